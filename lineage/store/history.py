"""From clock time to a place in the journal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from lineage.store.entry import instant_text
from lineage.store.tables import journal


def sequence_at(connection: Connection, instant: datetime) -> int:
    """Give the sequence of the last entry written at or before an instant; -1 when there was none yet."""
    found = connection.scalar(select(func.max(journal.c.sequence)).where(journal.c.at <= instant_text(instant)))
    return -1 if found is None else int(found)
