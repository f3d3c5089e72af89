"""The projection of the catalogue itself, parties, audiences, touchpoints, statements and own purposes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LATER: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"}  # checked when the transaction ends


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("key", KEY, nullable=False), sa.Column("name", sa.Text()), sa.Column("role", sa.Text()),
        sa.Column("country", KEY), sa.Column("contact", sa.Text()), sa.Column("address", sa.Text()),
        sa.Column("email", sa.Text()), sa.Column("phone", sa.Text()), sa.Column("contract", sa.Text()),
        sa.Column("transfer", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_parties")),
        sa.CheckConstraint(
            "role IN ("
            "'controller', 'joint_controller', 'representative', 'dpo', 'processor', "
            "'sub_processor', 'third_party', 'authority')",
            name=op.f("ck_parties_role"),
        ),
    )  # fmt: skip
    op.create_table(
        "catalogue",
        sa.Column("key", KEY, nullable=False), sa.Column("name", sa.Text()), sa.Column("description", sa.Text()),
        sa.Column("publisher", KEY), sa.Column("home_jurisdiction", sa.Text()), sa.Column("time_zone", sa.Text()),
        sa.Column("review", sa.Text()), sa.Column("default_review", sa.Text()),
        sa.Column("default_pilot", sa.Text()), sa.Column("default_retention", sa.Text()),
        sa.Column("default_retention_starts", sa.Text()), sa.Column("default_retention_action", sa.Text()),
        sa.Column("default_retention_criteria", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_catalogue")),
        sa.ForeignKeyConstraint(["publisher"], ["parties.key"], name=op.f("fk_catalogue_publisher"), **LATER),
        sa.CheckConstraint(
            "default_retention_action IN ("
            "'erase', 'anonymise', 'review')",
            name=op.f("ck_catalogue_default_retention_action"),
        ),
        sa.CheckConstraint("key = 'catalogue'", name=op.f("ck_catalogue_key")),
        sa.CheckConstraint("review IN ('none', 'four_eyes')", name=op.f("ck_catalogue_review")),
    )  # fmt: skip
    op.create_index(op.f("ix_catalogue_publisher"), "catalogue", ["publisher"])
    op.create_table(
        "catalogue_regimes",
        sa.Column("catalogue", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("regime", KEY, nullable=False),
        sa.PrimaryKeyConstraint("catalogue", "position", name=op.f("pk_catalogue_regimes")),
        sa.ForeignKeyConstraint(
            ["catalogue"], ["catalogue.key"],
            name=op.f("fk_catalogue_regimes_catalogue"), **LATER,
        ),
    )  # fmt: skip
    op.create_table(
        "catalogue_measures",
        sa.Column("catalogue", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("measure", KEY, nullable=False),
        sa.PrimaryKeyConstraint("catalogue", "position", name=op.f("pk_catalogue_measures")),
        sa.ForeignKeyConstraint(
            ["catalogue"], ["catalogue.key"],
            name=op.f("fk_catalogue_measures_catalogue"), **LATER,
        ),
    )  # fmt: skip
    op.create_table(
        "party_evidence",
        sa.Column("party", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("party", "position", name=op.f("pk_party_evidence")),
        sa.ForeignKeyConstraint(["party"], ["parties.key"], name=op.f("fk_party_evidence_party"), **LATER),
    )  # fmt: skip
    op.create_table(
        "audiences",
        sa.Column("key", KEY, nullable=False), sa.Column("title", sa.Text()), sa.Column("rank", NUMBER),
        sa.Column("owner", sa.Text()), sa.Column("process", sa.Text()), sa.Column("measure", sa.Text()),
        sa.Column("subject", sa.Text()), sa.Column("vulnerable", sa.Boolean()), sa.Column("minor", sa.Boolean()),
        sa.Column("age_band", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_audiences")),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_audiences_rank")),
    )  # fmt: skip
    op.create_table(
        "audience_countries",
        sa.Column("audience", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("country", KEY, nullable=False),
        sa.PrimaryKeyConstraint("audience", "position", name=op.f("pk_audience_countries")),
        sa.ForeignKeyConstraint(
            ["audience"], ["audiences.key"],
            name=op.f("fk_audience_countries_audience"), **LATER,
        ),
    )  # fmt: skip
    op.create_table(
        "touchpoints",
        sa.Column("key", KEY, nullable=False), sa.Column("title", sa.Text()), sa.Column("journey", sa.Text()),
        sa.Column("channel", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_touchpoints")),
        sa.CheckConstraint("journey IN ('before', 'during', 'after')", name=op.f("ck_touchpoints_journey")),
    )  # fmt: skip
    op.create_table(
        "statements",
        sa.Column("key", KEY, nullable=False), sa.Column("title", sa.Text()), sa.Column("language", sa.Text()),
        sa.Column("in_force_from", sa.Text()), sa.Column("in_force_until", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_statements")),
    )  # fmt: skip
    op.create_table(
        "statement_touchpoints",
        sa.Column("statement", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("touchpoint", KEY),
        sa.PrimaryKeyConstraint("statement", "position", name=op.f("pk_statement_touchpoints")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.key"],
            name=op.f("fk_statement_touchpoints_statement"), **LATER,
        ),
        sa.ForeignKeyConstraint(
            ["touchpoint"], ["touchpoints.key"],
            name=op.f("fk_statement_touchpoints_touchpoint"), **LATER,
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_statement_touchpoints_touchpoint"), "statement_touchpoints", ["touchpoint"])
    op.create_table(
        "statement_audiences",
        sa.Column("statement", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("audience", KEY),
        sa.PrimaryKeyConstraint("statement", "position", name=op.f("pk_statement_audiences")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.key"],
            name=op.f("fk_statement_audiences_statement"), **LATER,
        ),
        sa.ForeignKeyConstraint(
            ["audience"], ["audiences.key"],
            name=op.f("fk_statement_audiences_audience"), **LATER,
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_statement_audiences_audience"), "statement_audiences", ["audience"])
    op.create_table(
        "statement_evidence",
        sa.Column("statement", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("statement", "position", name=op.f("pk_statement_evidence")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.key"],
            name=op.f("fk_statement_evidence_statement"), **LATER,
        ),
    )  # fmt: skip
    op.create_table(
        "statement_items",
        sa.Column("statement", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("item", sa.Text()),
        sa.PrimaryKeyConstraint("statement", "position", name=op.f("pk_statement_items")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.key"],
            name=op.f("fk_statement_items_statement"), **LATER,
        ),
        sa.CheckConstraint(
            "item IN ("
            "'controller', 'dpo', 'purpose', 'basis', 'legit_interest', 'recipients', 'transfer', "
            "'retention', 'rights', 'withdraw', 'complaint', 'obligation', 'adm', 'categories', "
            "'source')",
            name=op.f("ck_statement_items_item"),
        ),
    )  # fmt: skip
    op.create_table(
        "statement_sentences",
        sa.Column("statement", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("modality", sa.Text()),
        sa.Column("purpose", KEY), sa.Column("retention", sa.Text()), sa.Column("benefit", sa.Text()),
        sa.Column("names_elements", sa.Boolean(), nullable=False),
        sa.Column("names_recipients", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("statement", "position", name=op.f("pk_statement_sentences")),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.key"],
            name=op.f("fk_statement_sentences_statement"), **LATER,
        ),
        sa.CheckConstraint("modality IN ('will', 'will_not', 'may')", name=op.f("ck_statement_sentences_modality")),
    )  # fmt: skip
    op.create_table(
        "sentence_recipients",
        sa.Column("statement", KEY, nullable=False),
        sa.Column("sentence", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("party", KEY),
        sa.PrimaryKeyConstraint("statement", "sentence", "position", name=op.f("pk_sentence_recipients")),
        sa.ForeignKeyConstraint(
            ["statement", "sentence"],
            ["statement_sentences.statement", "statement_sentences.position"],
            name=op.f("fk_sentence_recipients_statement_sentence"), **LATER,
        ),
        sa.ForeignKeyConstraint(["party"], ["parties.key"], name=op.f("fk_sentence_recipients_party"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_sentence_recipients_party"), "sentence_recipients", ["party"])
    op.create_table(
        "purposes",
        sa.Column("key", KEY, nullable=False), sa.Column("title", sa.Text()), sa.Column("description", sa.Text()),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_purposes")),
    )  # fmt: skip
    op.create_table(
        "purpose_broader",
        sa.Column("purpose", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("broader", KEY, nullable=False),
        sa.PrimaryKeyConstraint("purpose", "position", name=op.f("pk_purpose_broader")),
        sa.ForeignKeyConstraint(["purpose"], ["purposes.key"], name=op.f("fk_purpose_broader_purpose"), **LATER),
    )  # fmt: skip
    op.create_index(op.f("ix_purpose_broader_broader"), "purpose_broader", ["broader"])


def downgrade() -> None:
    op.drop_table("purpose_broader")
    op.drop_table("purposes")
    op.drop_table("sentence_recipients")
    op.drop_table("statement_sentences")
    op.drop_table("statement_items")
    op.drop_table("statement_evidence")
    op.drop_table("statement_audiences")
    op.drop_table("statement_touchpoints")
    op.drop_table("statements")
    op.drop_table("touchpoints")
    op.drop_table("audience_countries")
    op.drop_table("audiences")
    op.drop_table("party_evidence")
    op.drop_table("catalogue_measures")
    op.drop_table("catalogue_regimes")
    op.drop_table("catalogue")
    op.drop_table("parties")
