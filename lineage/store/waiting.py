"""Looking for change sets and requests without reading every body there is."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from lineage.domain.canonical import canonical
from lineage.store import bulk
from lineage.store.tables import document, journal

CHANGE_SET = "change_set"
_ASKED = "SELECT kind, key, version, actor, reason, salt FROM journal WHERE request = ?"


@dataclass(frozen=True, slots=True)
class Asked:
    """The first entry of a request that was carried out: the document it wrote, and the id of whoever asked.

    ``redacted`` says that something was taken out of that document since.
    """

    kind: str
    key: str
    version: int
    actor: str
    reason: str | None
    redacted: bool


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """One document as an entry wrote it; ``digest`` is of what a redaction left where ``redacted``."""

    kind: str
    key: str
    version: int
    operation: str
    digest: str
    redacted: bool


def read_change_sets(
    connection: Connection, states: Collection[str] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give version and body of every change set, or of those in some states, the oldest first."""
    query = select(document.c.version, document.c.body).where(
        document.c.kind == CHANGE_SET, document.c.sys_to.is_(None)
    )
    if states is not None:
        # In canonical JSON a quote within text stands behind a backslash: this finds fields only, if not only ours.
        query = query.where(or_(*(document.c.body.contains(f'"state":{canonical(state)}') for state in sorted(states))))
    rows = [(row.version, json.loads(row.body)) for row in connection.execute(query)]
    found = [row for row in rows if states is None or row[1]["state"] in states]
    yield from sorted(found, key=lambda row: number_of(row[1]["key"]))


def number_of(key: str) -> int:
    """Give the number of a change set."""
    return int(key.rpartition("-")[2])


def next_change_set(connection: Connection) -> str:
    """Give the key of a new change set. They are numbered from 1; none is ever taken away."""
    query = select(func.count()).where(document.c.kind == CHANGE_SET, document.c.sys_to.is_(None))
    return f"change-{(connection.scalar(query) or 0) + 1}"


def asked_before(connection: Connection, request: str | None) -> Asked | None:
    """Give the first entry that a request wrote; None when it was not carried out yet."""
    if request is None:
        return None
    row = bulk.one(connection, _ASKED, request)
    return Asked(row.kind, row.key, row.version, row.actor, row.reason, row.salt is None) if row else None


def read_written(connection: Connection, first: int, last: int) -> Iterator[WrittenEntry]:
    """Give what the entries from ``first`` to ``last`` wrote, in their order."""
    same = and_(document.c.kind == journal.c.kind, document.c.key == journal.c.key)
    query = (
        select(
            document.c.kind, document.c.key, document.c.version, journal.c.operation, document.c.digest, journal.c.salt
        )
        .join_from(journal, document, and_(same, document.c.version == journal.c.version))
        .where(journal.c.sequence.between(first, last))
        .order_by(journal.c.sequence)
    )
    for row in connection.execute(query):
        yield WrittenEntry(row.kind, row.key, row.version, row.operation, row.digest, row.salt is None)
