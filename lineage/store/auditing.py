"""The journal made again from what is stored, and compared: entries, leaves, head."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from lineage.store.documents import CHUNK
from lineage.store.entry import payload_digest, payload_of
from lineage.store.merkle import Frontier, leaf_hash
from lineage.store.tables import document, head, journal


def last_instant(connection: Connection) -> datetime | None:
    """Give the instant of the last entry; None when there is none."""
    found = connection.scalar(select(func.max(journal.c.at)))
    return datetime.fromisoformat(found) if found else None


def journal_differences(connection: Connection) -> list[str]:
    """Name each journal entry that does not agree with its document version, its leaf or its place, and a wrong head."""
    found: list[str] = []
    tree = Frontier()
    j, d = journal.c, document.c
    query = (
        select(j.sequence, j.header, j.salt, j.payload_digest, j.leaf, j.reason, d.body, d.retired)
        .select_from(journal.outerjoin(document, (d.kind == j.kind) & (d.key == j.key) & (d.version == j.version)))
        .order_by(j.sequence)
    )
    expected = 0
    for row in connection.execute(query, execution_options={"stream_results": True, "yield_per": CHUNK}):
        found.extend(_wrong(row, expected))
        expected = row.sequence + 1
        tree.append(bytes(row.leaf))
    stored = connection.execute(select(head)).one_or_none()
    size = stored.size if stored else 0
    if size != expected or (stored and bytes(stored.frontier) != tree.to_bytes()):
        found.append(f"the head of the log says {size} entries, and the journal does not lead to it")
    return found


def _wrong(row: Any, expected: int) -> list[str]:
    entry = f"journal entry {row.sequence}"
    if row.sequence != expected:
        return [f"journal entry {expected} is missing"]
    if leaf_hash(bytes(row.header)) != bytes(row.leaf):
        return [f"{entry} does not agree with its leaf"]
    if row.body is None:
        return [f"{entry} has lost its document version"]
    payload = payload_of(row.body, row.reason, retired=row.retired)
    if payload_digest(bytes(row.salt), payload) != bytes(row.payload_digest):
        return [f"{entry} does not agree with its document version"]
    return []
