"""${message}.

Rules (delete this list when they are kept; migrations/README.md says why):
- the number follows the last one, and stands in REVISIONS of lineage/store/schema.py too
- nothing of `lineage` is imported: a migration must do the same for ever, whatever the program becomes
- every table, column, constraint and index is written out, each with its name (op.f), none is left to chance
- it runs on SQLite and PostgreSQL: columns and constraints of existing tables change in op.batch_alter_table
- a new column is nullable or has a server default, data is filled in SQL, only then it is set not null
- document, journal, head and actor are never rewritten: what was recorded stays as it was
- downgrade works, or raises and says what would be lost
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
