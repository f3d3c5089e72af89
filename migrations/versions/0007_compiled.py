"""Decision tables kept beside the record they were judged from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "compiled",
        sa.Column("root", sa.Text(), nullable=False), sa.Column("program", sa.Text(), nullable=False),
        sa.Column("entry", NUMBER, nullable=False), sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("root", "program", name=op.f("pk_compiled")),
        sa.CheckConstraint("entry >= 0", name=op.f("ck_compiled_entry")),
    )  # fmt: skip
    op.create_table(
        "compiled_segment",
        sa.Column("digest", sa.Text(), nullable=False), sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_compiled_segment")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("compiled_segment")
    op.drop_table("compiled")
