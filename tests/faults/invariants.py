"""What must hold of a catalogue after any fault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from lineage.store.commands import Written
from lineage.store.database import Connection, Database
from lineage.store.tables import document, journal
from lineage.store.verifying import Level, verify

LATER = datetime(2100, 1, 1, tzinfo=UTC)

Ack = dict[str, Any]
"""What somebody was told: request id, first and last entry, command. As plain data, to go through a pipe."""


def ack_of(request: str, written: Written) -> Ack:
    return {"request": request, **asdict(written)}


def broken(database: Database, acks: Iterable[Ack] = (), level: Level = "full") -> list[str]:
    """Name everything that does not hold; none when all is well."""
    with database.reading() as connection:
        return [
            *_verified(connection, level),
            *_versions(connection),
            *_times(connection),
            *_acknowledged(connection, acks),
        ]


def _verified(connection: Connection, level: Level) -> Iterable[str]:
    """Journal, head, documents, tables, guards and, on SQLite, the file, as verification sees them."""
    for found in verify(connection, level, LATER).breaks:
        yield f"{found.layer}: {found.what}"
    if connection.dialect.name == "sqlite":
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"reference: {row}"


def _versions(connection: Connection) -> Iterable[str]:
    """Each version begins where the one before ends, at an entry that says so; only the last has no end."""
    d, j = document.c, journal.c
    after = func.lead(d.sys_from).over(partition_by=(d.kind, d.key), order_by=d.version)
    number = func.row_number().over(partition_by=(d.kind, d.key), order_by=d.version)
    rows = select(
        d.kind, d.key, d.version, d.sys_from, d.sys_to, after.label("after"), number.label("number")
    ).subquery()
    r = rows.c
    wrong = r.sys_to.is_distinct_from(r.after) | (r.version != r.number)
    for row in connection.execute(select(r.kind, r.key, r.version).where(wrong)):
        yield f"version {tuple(row)} does not join its neighbours"
    same = (j.sequence == d.sys_from) & (j.kind == d.kind) & (j.key == d.key) & (j.version == d.version)
    lost = select(d.kind, d.key, d.version).select_from(document.outerjoin(journal, same)).where(j.sequence.is_(None))
    for row in connection.execute(lost):
        yield f"version {tuple(row)} has no journal entry"


def _times(connection: Connection) -> Iterable[str]:
    before = func.lag(journal.c.at).over(order_by=journal.c.sequence)
    rows = select(journal.c.sequence, journal.c.at, before.label("before")).subquery()
    for row in connection.execute(select(rows.c.sequence).where(rows.c.at < rows.c.before)):
        yield f"entry {row.sequence} is dated before the one before it"


def _acknowledged(connection: Connection, acks: Iterable[Ack]) -> Iterable[str]:
    """Everything acknowledged is in the journal, once, as it was said."""
    wanted = {ack["request"]: ack for ack in acks}
    first = {row.request: row for row in connection.execute(select(journal).where(journal.c.request.is_not(None)))}
    counts = select(journal.c.command, func.count()).group_by(journal.c.command)
    sizes: dict[str, int] = dict(connection.execute(counts).all())  # type: ignore[arg-type]
    for request, ack in wanted.items():
        row = first.get(request)
        if row is None:
            yield f"acknowledged and lost: {request}"
        elif (row.sequence, row.command, sizes[row.command]) != (ack["first"], ack["command"], ack["changes"]):
            yield f"acknowledged otherwise than written: {ack}"


def requests_of(database: Database) -> list[str]:
    """Give the request ids of the journal, in order."""
    with database.reading() as connection:
        query = select(journal.c.request).where(journal.c.request.is_not(None)).order_by(journal.c.sequence)
        return list(connection.scalars(query))
