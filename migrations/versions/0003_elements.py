"""The projection of elements, origins, consents and regulatory status."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LATER: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"}  # checked when the transaction ends


def upgrade() -> None:
    op.create_table(
        "elements",
        sa.Column("key", KEY, nullable=False), sa.Column("title", sa.Text()), sa.Column("description", sa.Text()),
        sa.Column("kind", sa.Text()), sa.Column("category", KEY), sa.Column("value", sa.Text()),
        sa.Column("identifiability", sa.Text()), sa.Column("lifecycle", sa.Text()),
        sa.Column("steward", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_elements")),
        sa.CheckConstraint(
            "identifiability IN ("
            "'identifying', 'indirect', 'pseudonymised', 'anonymised', 'non_personal')",
            name=op.f("ck_elements_identifiability"),
        ),
        sa.CheckConstraint(
            "kind IN ("
            "'identity', 'descriptive', 'attitudinal', 'behavioural')",
            name=op.f("ck_elements_kind"),
        ),
        sa.CheckConstraint("lifecycle IN ('draft', 'active', 'retired')", name=op.f("ck_elements_lifecycle")),
        sa.CheckConstraint(
            "value IN ("
            "'text', 'number', 'date', 'boolean', 'code', 'media')",
            name=op.f("ck_elements_value"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_elements_category"), "elements", ["category"])
    op.create_table(
        "element_names",
        sa.Column("element", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("element", "position", name=op.f("pk_element_names")),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_element_names_element"), **LATER),
    )  # fmt: skip
    op.create_table(
        "element_audiences",
        sa.Column("element", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("audience", KEY),
        sa.PrimaryKeyConstraint("element", "position", name=op.f("pk_element_audiences")),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_element_audiences_element"), **LATER),
        sa.ForeignKeyConstraint(["audience"], ["audiences.key"], name=op.f("fk_element_audiences_audience"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_element_audiences_audience"), "element_audiences", ["audience"])
    op.create_table(
        "element_sensitivities",
        sa.Column("element", KEY, nullable=False), sa.Column("regime", KEY, nullable=False, autoincrement=False),
        sa.Column("sensitivity", sa.Text()),
        sa.PrimaryKeyConstraint("element", "regime", name=op.f("pk_element_sensitivities")),
        sa.ForeignKeyConstraint(
            ["element"], ["elements.key"],
            name=op.f("fk_element_sensitivities_element"), **LATER,
        ),
        sa.CheckConstraint(
            "sensitivity IN ("
            "'ordinary', 'sensitive', 'special', 'criminal')",
            name=op.f("ck_element_sensitivities_sensitivity"),
        ),
    )  # fmt: skip
    op.create_table(
        "fields",
        sa.Column("element", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("namespace", sa.Text(), nullable=False), sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("element", "position", name=op.f("pk_fields")),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_fields_element"), **LATER),
    )  # fmt: skip
    op.create_table(
        "origins",
        sa.Column("key", KEY, nullable=False), sa.Column("element", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False), sa.Column("mode", sa.Text()), sa.Column("source", sa.Text()),
        sa.Column("party", KEY), sa.Column("touchpoint", KEY), sa.Column("captured_by", sa.Text()),
        sa.Column("captured_since", sa.Text()), sa.Column("system", sa.Text()), sa.Column("country", KEY),
        sa.Column("transfer", sa.Text()), sa.Column("not_told", sa.Boolean(), nullable=False),
        sa.Column("retention", sa.Text()), sa.Column("retention_starts", sa.Text()),
        sa.Column("retention_action", sa.Text()), sa.Column("retention_criteria", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_origins")),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_origins_element"), **LATER),
        sa.ForeignKeyConstraint(["party"], ["parties.key"], name=op.f("fk_origins_party"), **LATER),
        sa.ForeignKeyConstraint(["touchpoint"], ["touchpoints.key"], name=op.f("fk_origins_touchpoint"), **LATER),
        sa.CheckConstraint(
            "mode IN ("
            "'provided', 'observed', 'derived', 'inferred', 'generated')",
            name=op.f("ck_origins_mode"),
        ),
        sa.CheckConstraint(
            "retention_action IN ("
            "'erase', 'anonymise', 'review')",
            name=op.f("ck_origins_retention_action"),
        ),
        sa.CheckConstraint(
            "source IN ("
            "'data_subject', 'controller', 'third_party', 'public')",
            name=op.f("ck_origins_source"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_origins_element"), "origins", ["element"])
    op.create_index(op.f("ix_origins_party"), "origins", ["party"])
    op.create_index(op.f("ix_origins_touchpoint"), "origins", ["touchpoint"])
    op.create_table(
        "origin_statements",
        sa.Column("origin", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("statement", KEY),
        sa.PrimaryKeyConstraint("origin", "position", name=op.f("pk_origin_statements")),
        sa.ForeignKeyConstraint(["origin"], ["origins.key"], name=op.f("fk_origin_statements_origin"), **LATER),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.key"],
            name=op.f("fk_origin_statements_statement"), **LATER,
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_origin_statements_statement"), "origin_statements", ["statement"])
    op.create_table(
        "origin_measures",
        sa.Column("origin", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("measure", KEY, nullable=False),
        sa.PrimaryKeyConstraint("origin", "position", name=op.f("pk_origin_measures")),
        sa.ForeignKeyConstraint(["origin"], ["origins.key"], name=op.f("fk_origin_measures_origin"), **LATER),
    )  # fmt: skip
    op.create_table(
        "origin_evidence",
        sa.Column("origin", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "position", name=op.f("pk_origin_evidence")),
        sa.ForeignKeyConstraint(["origin"], ["origins.key"], name=op.f("fk_origin_evidence_origin"), **LATER),
    )  # fmt: skip
    op.create_table(
        "derivations",
        sa.Column("origin", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("element", KEY),
        sa.Column("masking", sa.Boolean()),
        sa.PrimaryKeyConstraint("origin", "position", name=op.f("pk_derivations")),
        sa.ForeignKeyConstraint(["origin"], ["origins.key"], name=op.f("fk_derivations_origin"), **LATER),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_derivations_element"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_derivations_element"), "derivations", ["element"])
    op.create_table(
        "consents",
        sa.Column("key", KEY, nullable=False), sa.Column("element", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False), sa.Column("purpose", KEY), sa.Column("audience", KEY),
        sa.Column("status", sa.Text()), sa.Column("explicit", sa.Boolean()), sa.Column("method", sa.Text()),
        sa.Column("statement", KEY), sa.Column("given", sa.Text()), sa.Column("expires", sa.Text()),
        sa.Column("withdraw", sa.Text()), sa.Column("withdrawn", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_consents")),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_consents_element"), **LATER),
        sa.ForeignKeyConstraint(["audience"], ["audiences.key"], name=op.f("fk_consents_audience"), **LATER),
        sa.ForeignKeyConstraint(["statement"], ["statements.key"], name=op.f("fk_consents_statement"), **LATER),
        sa.CheckConstraint(
            "method IN ("
            "'ticked_box', 'button', 'signature', 'spoken', 'double_opt_in', 'statement', "
            "'preticked', 'silence', 'inactivity', 'continued_use')",
            name=op.f("ck_consents_method"),
        ),
        sa.CheckConstraint(
            "status IN ("
            "'given', 'renewed', 'requested', 'deferred', 'refused', 'expired', 'withdrawn', "
            "'revoked', 'invalidated', 'unknown')",
            name=op.f("ck_consents_status"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_consents_audience"), "consents", ["audience"])
    op.create_index(op.f("ix_consents_element"), "consents", ["element"])
    op.create_index(op.f("ix_consents_expires"), "consents", ["expires"])
    op.create_index(op.f("ix_consents_purpose"), "consents", ["purpose"])
    op.create_index(op.f("ix_consents_statement"), "consents", ["statement"])
    op.create_table(
        "consent_regimes",
        sa.Column("consent", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("regime", KEY, nullable=False),
        sa.PrimaryKeyConstraint("consent", "position", name=op.f("pk_consent_regimes")),
        sa.ForeignKeyConstraint(["consent"], ["consents.key"], name=op.f("fk_consent_regimes_consent"), **LATER),
    )  # fmt: skip
    op.create_table(
        "regulatory",
        sa.Column("key", KEY, nullable=False), sa.Column("element", KEY, nullable=False),
        sa.Column("regime", KEY, nullable=False), sa.Column("status", sa.Text()), sa.Column("assessed", sa.Text()),
        sa.Column("assessed_by", sa.Text()), sa.Column("review_by", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_regulatory")),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_regulatory_element"), **LATER),
        sa.CheckConstraint(
            "status IN ("
            "'compliant', 'partially_compliant', 'non_compliant', 'violation', 'unlawful', "
            "'indeterminate', 'unknown')",
            name=op.f("ck_regulatory_status"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_regulatory_element"), "regulatory", ["element"])
    op.create_table(
        "regulatory_reasons",
        sa.Column("regulatory", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("regulatory", "position", name=op.f("pk_regulatory_reasons")),
        sa.ForeignKeyConstraint(
            ["regulatory"], ["regulatory.key"],
            name=op.f("fk_regulatory_reasons_regulatory"), **LATER,
        ),
    )  # fmt: skip
    op.create_table(
        "sentence_elements",
        sa.Column("statement", KEY, nullable=False),
        sa.Column("sentence", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("element", KEY),
        sa.PrimaryKeyConstraint("statement", "sentence", "position", name=op.f("pk_sentence_elements")),
        sa.ForeignKeyConstraint(
            ["statement", "sentence"],
            ["statement_sentences.statement", "statement_sentences.position"],
            name=op.f("fk_sentence_elements_statement_sentence"), **LATER,
        ),
        sa.ForeignKeyConstraint(["element"], ["elements.key"], name=op.f("fk_sentence_elements_element"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_sentence_elements_element"), "sentence_elements", ["element"])


def downgrade() -> None:
    op.drop_table("sentence_elements")
    op.drop_table("regulatory_reasons")
    op.drop_table("regulatory")
    op.drop_table("consent_regimes")
    op.drop_table("consents")
    op.drop_table("derivations")
    op.drop_table("origin_evidence")
    op.drop_table("origin_measures")
    op.drop_table("origin_statements")
    op.drop_table("origins")
    op.drop_table("fields")
    op.drop_table("element_sensitivities")
    op.drop_table("element_audiences")
    op.drop_table("element_names")
    op.drop_table("elements")
