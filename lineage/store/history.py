"""From clock time to a place in the journal, and back.

An entry's instant is never before the one of the entry in front of it, so that a place is found by halving: some twenty
look-ups by primary key in one statement, however long the journal is, and no index that every writer would pay for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from lineage.store.entry import instant_text
from lineage.store.tables import journal


def last_entry(connection: Connection) -> int:
    """Give the sequence of the last entry; -1 when there is none yet."""
    found = connection.scalar(select(func.max(journal.c.sequence)))
    return -1 if found is None else int(found)


def sequence_at(connection: Connection, instant: datetime) -> int:
    """Give the sequence of the last entry written at or before an instant; -1 when there was none yet."""
    return _first(connection, 0, "at > :value", instant_text(instant)) - 1


def sequence_since(connection: Connection, instant: datetime) -> int:
    """Give the sequence of the first entry written at or after an instant; one behind the last when there is none."""
    return _first(connection, 0, "at >= :value", instant_text(instant))


def instant_at(connection: Connection, sequence: int) -> datetime | None:
    """Give the instant of an entry, in UTC; None when there is no such entry."""
    found = connection.scalar(select(journal.c.at).where(journal.c.sequence == sequence))
    return datetime.fromisoformat(found) if found else None


def end_of_command(connection: Connection, sequence: int) -> int:
    """Give the last entry of the command that wrote an entry: what it wrote became known together."""
    command = connection.scalar(select(journal.c.command).where(journal.c.sequence == sequence))
    return _first(connection, sequence, "command <> :value", command) - 1


def start_of_command(connection: Connection, sequence: int) -> int:
    """Give the first entry of the command that wrote an entry."""
    command = connection.scalar(select(journal.c.command).where(journal.c.sequence == sequence))
    return _first(connection, 0, "command = :value", command, sequence)


def _first(connection: Connection, low: int, condition: str, value: Any, high: int | None = None) -> int:
    """Give the first entry from ``low`` on that meets a condition which stays met once it is; one behind ``high`` if none."""
    end = "(SELECT coalesce(max(sequence), -1) FROM journal)" if high is None else f"{high:d}"
    query = text(
        "WITH RECURSIVE search(low, high) AS ("
        f" SELECT CAST(:low AS bigint), CAST({end} + 1 AS bigint) UNION ALL SELECT"
        f" CASE WHEN {_met(condition)} THEN low ELSE (low + high) / 2 + 1 END,"
        f" CASE WHEN {_met(condition)} THEN (low + high) / 2 ELSE high END"
        " FROM search WHERE low < high) SELECT max(low) FROM search"
    )
    return int(connection.scalar(query, {"low": low, "value": value}) or 0)


def _met(condition: str) -> str:
    return f"(SELECT j.{condition} FROM journal AS j WHERE j.sequence = (low + high) / 2)"
