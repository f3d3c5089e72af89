"""The projection of what consents, processes and pilots may say since rules ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CONSENTS = {
    "bundled": sa.Boolean(), "detriment": sa.Boolean(), "separate_from_terms": sa.Boolean(),
    "give_steps": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    "withdraw_steps": sa.BigInteger().with_variant(sa.Integer(), "sqlite"), "guardian": sa.Text(),
}  # fmt: skip


def upgrade() -> None:
    for name, kind in CONSENTS.items():
        op.add_column("consents", sa.Column(name, kind))
    op.add_column("uses", sa.Column("pilot_legacy", sa.Boolean()))
    # With its column: SQLite cannot add a constraint to a table that is there.
    words = "'small', 'medium', 'large'"
    op.execute(f"ALTER TABLE processes ADD COLUMN scale TEXT CONSTRAINT ck_processes_scale CHECK (scale IN ({words}))")


def downgrade() -> None:
    op.drop_column("processes", "scale")
    op.drop_column("uses", "pilot_legacy")
    for name in reversed(CONSENTS):
        op.drop_column("consents", name)
