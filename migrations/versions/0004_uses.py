"""The projection of processes, uses, outcomes, insights, assessments and waivers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LATER: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"}  # checked when the transaction ends


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("key", KEY, nullable=False), sa.Column("title", sa.Text()), sa.Column("description", sa.Text()),
        sa.Column("owner", sa.Text()), sa.Column("automation", sa.Text()), sa.Column("system", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_processes")),
        sa.CheckConstraint("automation IN ('none', 'partial', 'full')", name=op.f("ck_processes_automation")),
    )  # fmt: skip
    op.create_table(
        "process_operations",
        sa.Column("process", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("operation", KEY, nullable=False),
        sa.PrimaryKeyConstraint("process", "position", name=op.f("pk_process_operations")),
        sa.ForeignKeyConstraint(["process"], ["processes.key"], name=op.f("fk_process_operations_process"), **LATER),
    )  # fmt: skip
    op.create_table(
        "process_recipients",
        sa.Column("process", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("party", KEY),
        sa.PrimaryKeyConstraint("process", "position", name=op.f("pk_process_recipients")),
        sa.ForeignKeyConstraint(["process"], ["processes.key"], name=op.f("fk_process_recipients_process"), **LATER),
        sa.ForeignKeyConstraint(["party"], ["parties.key"], name=op.f("fk_process_recipients_party"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_process_recipients_party"), "process_recipients", ["party"])
    op.create_table(
        "uses",
        sa.Column("key", KEY, nullable=False), sa.Column("element", KEY, nullable=False),
        sa.Column("process", KEY), sa.Column("purpose", KEY, nullable=False), sa.Column("audience", KEY),
        sa.Column("effect", sa.Text()), sa.Column("law", sa.Text()), sa.Column("objection", sa.Text()),
        sa.Column("opt_out", sa.Text()), sa.Column("why", sa.Text()),
        sa.Column("no_alternative", sa.Boolean(), nullable=False), sa.Column("necessity", sa.Text()),
        sa.Column("not_told", sa.Boolean(), nullable=False), sa.Column("organisation_benefit", sa.Text()),
        sa.Column("organisation_measure", sa.Text()), sa.Column("organisation_target", sa.Text()),
        sa.Column("subject_benefit", sa.Text()), sa.Column("subject_measure", sa.Text()),
        sa.Column("subject_target", sa.Text()), sa.Column("review_by", sa.Text()), sa.Column("changed", sa.Text()),
        sa.Column("pilot_from", sa.Text()), sa.Column("pilot_until", sa.Text()),
        sa.Column("pilot_hypothesis", sa.Text()), sa.Column("pilot_measure", sa.Text()),
        sa.Column("pilot_target", sa.Text()), sa.Column("pilot_owner", sa.Text()),
        sa.Column("pilot_requested_by", sa.Text()), sa.Column("pilot_approved_by", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_uses")),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_uses_element"), **LATER),
        sa.ForeignKeyConstraint(["process"], ["processes.key"], name=op.f("fk_uses_process"), **LATER),
        sa.ForeignKeyConstraint(["audience"], ["audiences.key"], name=op.f("fk_uses_audience"), **LATER),
        sa.CheckConstraint("effect IN ('allow', 'prohibit')", name=op.f("ck_uses_effect")),
        sa.CheckConstraint("necessity IN ('required', 'optional', 'not_required')", name=op.f("ck_uses_necessity")),
        sa.CheckConstraint("process IS NOT NULL OR effect = 'prohibit'", name=op.f("ck_uses_process")),
    )  # fmt: skip
    op.create_index(op.f("ix_uses_audience"), "uses", ["audience"])
    op.create_index(op.f("ix_uses_element"), "uses", ["element"])
    op.create_index(op.f("ix_uses_process"), "uses", ["process"])
    op.create_index(op.f("ix_uses_purpose"), "uses", ["purpose"])
    op.create_index(op.f("ix_uses_review_by"), "uses", ["review_by"])
    op.create_table(
        "bases",
        sa.Column("use", KEY, nullable=False), sa.Column("regime", KEY, nullable=False, autoincrement=False),
        sa.Column("basis", sa.Text()), sa.Column("special_condition", sa.Text()),
        sa.PrimaryKeyConstraint("use", "regime", name=op.f("pk_bases")),
        sa.ForeignKeyConstraint(["use"], ["uses.key"], name=op.f("fk_bases_use"), **LATER),
        sa.CheckConstraint(
            "basis IN ("
            "'consent', 'contract_performance', 'enter_into_contract', 'legal_obligation', "
            "'vital_interest', 'public_interest', 'official_authority', 'legitimate_interest', "
            "'recognised_legitimate_interest', 'credit_protection', 'exercise_of_rights', "
            "'health_protection', 'research', 'deemed_consent', 'deemed_contractual_necessity', "
            "'deemed_by_notification', 'legitimate_interests_exception', 'business_improvement', "
            "'not_applicable')",
            name=op.f("ck_bases_basis"),
        ),
    )  # fmt: skip
    op.create_table(
        "use_evidence",
        sa.Column("use", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("use", "position", name=op.f("pk_use_evidence")),
        sa.ForeignKeyConstraint(["use"], ["uses.key"], name=op.f("fk_use_evidence_use"), **LATER),
    )  # fmt: skip
    op.create_table(
        "use_statements",
        sa.Column("use", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("statement", KEY),
        sa.PrimaryKeyConstraint("use", "position", name=op.f("pk_use_statements")),
        sa.ForeignKeyConstraint(["use"], ["uses.key"], name=op.f("fk_use_statements_use"), **LATER),
        sa.ForeignKeyConstraint(["statement"], ["statements.key"], name=op.f("fk_use_statements_statement"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_use_statements_statement"), "use_statements", ["statement"])
    op.create_table(
        "alternatives",
        sa.Column("use", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("element", KEY),
        sa.Column("why_not", sa.Text()),
        sa.PrimaryKeyConstraint("use", "position", name=op.f("pk_alternatives")),
        sa.ForeignKeyConstraint(["use"], ["uses.key"], name=op.f("fk_alternatives_use"), **LATER),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_alternatives_element"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_alternatives_element"), "alternatives", ["element"])
    op.create_table(
        "outcomes",
        sa.Column("key", KEY, nullable=False), sa.Column("use", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False), sa.Column("period_from", sa.Text()),
        sa.Column("period_until", sa.Text()), sa.Column("organisation_value", sa.Text()),
        sa.Column("organisation_observed", sa.Text()), sa.Column("subject_value", sa.Text()),
        sa.Column("subject_observed", sa.Text()), sa.Column("recorded", sa.Text()),
        sa.Column("recorded_by", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outcomes")),
        sa.ForeignKeyConstraint(["use"], ["uses.key"], name=op.f("fk_outcomes_use"), **LATER),
        sa.CheckConstraint(
            "organisation_value IN ("
            "'benefit', 'none', 'harm')",
            name=op.f("ck_outcomes_organisation_value"),
        ),
        sa.CheckConstraint("subject_value IN ('benefit', 'none', 'harm')", name=op.f("ck_outcomes_subject_value")),
    )  # fmt: skip
    op.create_index(op.f("ix_outcomes_use"), "outcomes", ["use"])
    op.create_table(
        "outcome_evidence",
        sa.Column("outcome", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outcome", "position", name=op.f("pk_outcome_evidence")),
        sa.ForeignKeyConstraint(["outcome"], ["outcomes.key"], name=op.f("fk_outcome_evidence_outcome"), **LATER),
    )  # fmt: skip
    op.create_table(
        "insights",
        sa.Column("key", KEY, nullable=False), sa.Column("use", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False), sa.Column("learned", sa.Text()),
        sa.Column("decision", sa.Text()), sa.Column("applied", sa.Text()), sa.Column("drawn_by", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_insights")),
        sa.ForeignKeyConstraint(["use"], ["uses.key"], name=op.f("fk_insights_use"), **LATER),
        sa.CheckConstraint(
            "decision IN ("
            "'confirm', 'amend', 'narrow', 'retire', 'propose_new')",
            name=op.f("ck_insights_decision"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_insights_use"), "insights", ["use"])
    op.create_table(
        "insight_outcomes",
        sa.Column("insight", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("outcome", KEY),
        sa.PrimaryKeyConstraint("insight", "position", name=op.f("pk_insight_outcomes")),
        sa.ForeignKeyConstraint(["insight"], ["insights.key"], name=op.f("fk_insight_outcomes_insight"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_insight_outcomes_outcome"), "insight_outcomes", ["outcome"])
    op.create_table(
        "insight_evidence",
        sa.Column("insight", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("insight", "position", name=op.f("pk_insight_evidence")),
        sa.ForeignKeyConstraint(["insight"], ["insights.key"], name=op.f("fk_insight_evidence_insight"), **LATER),
    )  # fmt: skip
    op.create_table(
        "assessments",
        sa.Column("key", KEY, nullable=False), sa.Column("title", sa.Text()), sa.Column("type", sa.Text()),
        sa.Column("result", sa.Text()), sa.Column("requested_by", sa.Text()), sa.Column("approved_by", sa.Text()),
        sa.Column("approved", sa.Text()), sa.Column("valid_until", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_assessments")),
        sa.CheckConstraint(
            "result IN ("
            "'acceptable', 'not_acceptable', 'high_risk', 'compatible', 'incompatible')",
            name=op.f("ck_assessments_result"),
        ),
        sa.CheckConstraint(
            "type IN ("
            "'lia', 'dpia', 'tia', 'compatibility', 'anonymisation', 'best_interest', 'risk')",
            name=op.f("ck_assessments_type"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_assessments_valid_until"), "assessments", ["valid_until"])
    op.create_table(
        "assessment_covers",
        sa.Column("assessment", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("element", KEY),
        sa.Column("process", KEY), sa.Column("purpose", KEY), sa.Column("regime", KEY),
        sa.PrimaryKeyConstraint("assessment", "position", name=op.f("pk_assessment_covers")),
        sa.ForeignKeyConstraint(
            ["assessment"], ["assessments.key"],
            name=op.f("fk_assessment_covers_assessment"), **LATER,
        ),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_assessment_covers_element"), **LATER),
        sa.ForeignKeyConstraint(["process"], ["processes.key"], name=op.f("fk_assessment_covers_process"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_assessment_covers_element"), "assessment_covers", ["element"])
    op.create_index(op.f("ix_assessment_covers_process"), "assessment_covers", ["process"])
    op.create_table(
        "assessment_evidence",
        sa.Column("assessment", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("assessment", "position", name=op.f("pk_assessment_evidence")),
        sa.ForeignKeyConstraint(
            ["assessment"], ["assessments.key"],
            name=op.f("fk_assessment_evidence_assessment"), **LATER,
        ),
    )  # fmt: skip
    op.create_table(
        "waivers",
        sa.Column("key", KEY, nullable=False), sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()), sa.Column("requested_by", sa.Text()), sa.Column("approved_by", sa.Text()),
        sa.Column("until", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_waivers")),
    )  # fmt: skip
    op.create_index(op.f("ix_waivers_until"), "waivers", ["until"])
    op.create_table(
        "waiver_covers",
        sa.Column("waiver", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("element", KEY),
        sa.Column("process", KEY), sa.Column("purpose", KEY), sa.Column("regime", KEY),
        sa.PrimaryKeyConstraint("waiver", "position", name=op.f("pk_waiver_covers")),
        sa.ForeignKeyConstraint(["waiver"], ["waivers.key"], name=op.f("fk_waiver_covers_waiver"), **LATER),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_waiver_covers_element"), **LATER),
        sa.ForeignKeyConstraint(["process"], ["processes.key"], name=op.f("fk_waiver_covers_process"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_waiver_covers_element"), "waiver_covers", ["element"])
    op.create_index(op.f("ix_waiver_covers_process"), "waiver_covers", ["process"])


def downgrade() -> None:
    op.drop_table("waiver_covers")
    op.drop_table("waivers")
    op.drop_table("assessment_evidence")
    op.drop_table("assessment_covers")
    op.drop_table("assessments")
    op.drop_table("insight_evidence")
    op.drop_table("insight_outcomes")
    op.drop_table("insights")
    op.drop_table("outcome_evidence")
    op.drop_table("outcomes")
    op.drop_table("alternatives")
    op.drop_table("use_statements")
    op.drop_table("use_evidence")
    op.drop_table("bases")
    op.drop_table("uses")
    op.drop_table("process_recipients")
    op.drop_table("process_operations")
    op.drop_table("processes")
