"""Reading the journal: its entries, oldest first, and everything that is kept of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from lineage.store.documents import CHUNK
from lineage.store.tables import actor, journal


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``name`` is None once the person's name was erased; ``at`` is in UTC, as the leaf commits to it."""

    sequence: int
    command: str
    request: str | None
    kind: str
    key: str
    version: int
    operation: str
    actor: str
    name: str | None
    how_known: str
    at: str
    reason: str | None
    redacted: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """What an entry's leaf is made of; ``salt`` is None when its payload was redacted."""

    header: bytes
    salt: bytes | None
    payload_digest: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for: from ``since`` through ``until``, and what they have to say; empty means any."""

    since: int
    until: int
    kind: str = ""
    key: str = ""
    name: str = ""
    command: str = ""


_COLUMNS = (
    journal.c.sequence, journal.c.command, journal.c.request, journal.c.kind, journal.c.key, journal.c.version,
    journal.c.operation, journal.c.actor, actor.c.name, journal.c.how_known, journal.c.at, journal.c.reason,
    journal.c.salt.is_(None),
)  # fmt: skip


def read_entries(connection: Connection, wanted: Wanted, newest: int | None = None) -> Iterator[Entry]:
    """Give the entries in the order in which they were written, all or only the ``newest`` of them; they stream."""
    query = _query().where(*_conditions(wanted))
    if newest is not None:
        last = select(journal.c.sequence).where(*_conditions(wanted)).order_by(journal.c.sequence.desc()).limit(newest)
        query = _query().where(journal.c.sequence.in_(last))
    ordered = query.order_by(journal.c.sequence)
    result = connection.execute(ordered, execution_options={"stream_results": True, "yield_per": CHUNK})
    for part in result.partitions():
        yield from map(_entry, part)


def read_entry(connection: Connection, sequence: int) -> Entry | None:
    """Give one entry, or None."""
    row = connection.execute(_query().where(journal.c.sequence == sequence)).one_or_none()
    return _entry(row) if row else None


def read_sealed(connection: Connection, sequence: int) -> Sealed:
    """Give what the leaf of an entry is made of."""
    columns = (journal.c.header, journal.c.salt, journal.c.payload_digest, journal.c.leaf)
    row = connection.execute(select(*columns).where(journal.c.sequence == sequence)).one()
    return Sealed(bytes(row[0]), None if row[1] is None else bytes(row[1]), bytes(row[2]), bytes(row[3]))


def commands_like(connection: Connection, start: str, until: int, most: int = 2) -> list[tuple[str, int]]:
    """Give, for commands whose id begins so, the id and their first entry; not more than ``most``."""
    found: list[tuple[str, int]] = []
    is_so = journal.c.command.startswith(start, autoescape=True)
    while len(found) < most:
        others = journal.c.command.not_in([command for command, _ in found])
        query = select(journal.c.command, journal.c.sequence).where(is_so, others, journal.c.sequence <= until)
        row = connection.execute(query.order_by(journal.c.sequence).limit(1)).one_or_none()
        if row is None:
            break
        found.append((str(row[0]), int(row[1])))
    return found


def _query() -> Select[Any]:
    return select(*_COLUMNS).select_from(journal.outerjoin(actor, actor.c.id == journal.c.actor))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [journal.c.sequence.between(wanted.since, wanted.until)]
    if wanted.kind:
        found.append(journal.c.kind == wanted.kind)
    if wanted.key:
        found.append(journal.c.key == wanted.key)
    if wanted.name:
        found.append(journal.c.actor.in_(select(actor.c.id).where(actor.c.name == wanted.name)))
    if wanted.command:
        found.append(journal.c.command == wanted.command)
    return found


def _entry(row: Row[Any]) -> Entry:
    return Entry(*tuple(row))
