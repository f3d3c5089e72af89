"""The record: documents, journal, head of the log, actors and places."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("kind", KEY, nullable=False), sa.Column("key", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("body", sa.Text(), nullable=False), sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False), sa.Column("sys_from", NUMBER, nullable=False),
        sa.Column("sys_to", NUMBER),
        sa.PrimaryKeyConstraint("kind", "key", "version", name=op.f("pk_document")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_document_digest")),
        sa.CheckConstraint("sys_to IS NULL OR sys_to > sys_from", name=op.f("ck_document_interval")),
        sa.CheckConstraint("sys_from >= 0", name=op.f("ck_document_sys_from")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_document_version")),
    )  # fmt: skip
    now = sa.text("sys_to IS NULL")
    current = {"sqlite_where": now, "postgresql_where": now}
    op.create_index(op.f("uq_document_current"), "document", ["kind", "key"], unique=True, **current)
    op.create_table(
        "actor",
        sa.Column("id", sa.Text(), nullable=False), sa.Column("name", sa.Text()),
        sa.Column("created", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
        sa.UniqueConstraint("name", name=op.f("uq_actor_name")),
    )  # fmt: skip
    op.create_table(
        "journal",
        sa.Column("sequence", NUMBER, nullable=False, autoincrement=False),
        sa.Column("command", sa.Text(), nullable=False), sa.Column("request", sa.Text()),
        sa.Column("kind", KEY, nullable=False), sa.Column("key", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False), sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False), sa.Column("how_known", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False), sa.Column("reason", sa.Text()),
        sa.Column("header", sa.LargeBinary(), nullable=False), sa.Column("salt", sa.LargeBinary()),
        sa.Column("payload_digest", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_journal")),
        sa.UniqueConstraint("request", name=op.f("uq_journal_request")),
        sa.ForeignKeyConstraint(["actor"], ["actor.id"], name=op.f("fk_journal_actor")),
        sa.CheckConstraint("length(leaf) = 32", name=op.f("ck_journal_leaf")),
        sa.CheckConstraint("operation <> ''", name=op.f("ck_journal_operation")),
        sa.CheckConstraint("length(payload_digest) = 32", name=op.f("ck_journal_payload_digest")),
        sa.CheckConstraint("salt IS NULL OR length(salt) = 16", name=op.f("ck_journal_salt")),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_journal_sequence")),
    )  # fmt: skip
    op.create_index(op.f("ix_journal_actor"), "journal", ["actor"])
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("size", NUMBER, nullable=False), sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head")),
        sa.CheckConstraint("id = 1", name=op.f("ck_head_id")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_head_size")),
    )  # fmt: skip
    op.create_table(
        "place",
        sa.Column("kind", KEY, nullable=False), sa.Column("key", KEY, nullable=False),
        sa.Column("file", sa.Text(), nullable=False), sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False), sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_place")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("place")
    op.drop_table("head")
    op.drop_table("journal")
    op.drop_table("actor")
    op.drop_table("document")
