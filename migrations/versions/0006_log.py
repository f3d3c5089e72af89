"""The log: names of actors sealed, tiles of the Merkle tree, signed checkpoints; and emergency changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # With its column: SQLite cannot add a constraint to a table that is there.
    kind = "BYTEA" if op.get_context().dialect.name == "postgresql" else "BLOB"
    check = "CONSTRAINT ck_actor_salt CHECK (salt IS NULL OR length(salt) = 16)"
    op.execute(f"ALTER TABLE actor ADD COLUMN salt {kind} {check}")
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_tile")),
        sa.CheckConstraint("length(hashes) = 8192", name=op.f("ck_tile_hashes")),
        sa.CheckConstraint("level >= 0", name=op.f("ck_tile_level")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_tile_number")),
    )  # fmt: skip
    op.create_table(
        "checkpoint",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False), sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checkpoint")),
        sa.CheckConstraint("number >= 0", name=op.f("ck_checkpoint_number")),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_checkpoint_root")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_checkpoint_size")),
    )  # fmt: skip
    op.create_table(
        "emergencies",
        sa.Column("key", KEY, nullable=False), sa.Column("until", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()), sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_emergencies")),
    )  # fmt: skip
    op.create_table(
        "emergency_uses",
        sa.Column("emergency", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False), sa.Column("use", KEY, nullable=False),
        sa.PrimaryKeyConstraint("emergency", "position", name=op.f("pk_emergency_uses")),
        sa.ForeignKeyConstraint(
            ["emergency"], ["emergencies.key"], name=op.f("fk_emergency_uses_emergency"), deferrable=True,
            initially="DEFERRED",
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_emergency_uses_use"), "emergency_uses", ["use"])


def downgrade() -> None:
    op.drop_table("emergency_uses")
    op.drop_table("emergencies")
    op.drop_table("checkpoint")
    op.drop_table("tile")
    op.drop_column("actor", "salt")
