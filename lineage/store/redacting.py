"""Taking text out of an entry of the journal without breaking a proof.

The leaf commits to the payload through a salted digest only. Without the salt nobody can guess what was there, and what
is left is sealed by the entry that took the rest out: a ``redaction`` record whose body holds its digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.redaction import WrongPathError, left_of
from lineage.errors import Refused
from lineage.store.documents import CHUNK
from lineage.store.tables import document, journal

FINAL = frozenset({"approved", "rejected", "withdrawn"})
"""States in which a change set stays as it is: its last version may be redacted though it is the current one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The document version that an entry of the journal wrote."""

    sequence: int
    kind: str
    key: str
    version: int
    body: Mapping[str, Any]
    digest: str
    current: bool
    reason: str | None

    @property
    def fixed(self) -> bool:
        """Whether nothing live would change if text were taken out of it."""
        return not self.current or (self.kind == "change_set" and self.body.get("state") in FINAL)


_COLUMNS = (
    document.c.sys_from, document.c.kind, document.c.key, document.c.version, document.c.body, document.c.digest,
    document.c.sys_to, journal.c.reason,
)  # fmt: skip


def read_entry(connection: Connection, sequence: int) -> Entry | None:
    """Give what an entry wrote, or None when there is no such entry."""
    joined = document.join(journal, journal.c.sequence == document.c.sys_from)
    # By kind and key of the entry: documents are not found by sequence.
    of = select(journal.c.kind, journal.c.key, journal.c.version).where(journal.c.sequence == sequence)
    name = connection.execute(of).one_or_none()
    if name is None:
        return None
    wanted = (document.c.kind == name.kind, document.c.key == name.key, document.c.version == name.version)
    row = connection.execute(select(*_COLUMNS).select_from(joined).where(*wanted)).one_or_none()
    return _entry(row) if row is not None else None


def all_entries(connection: Connection) -> Iterator[Entry]:
    """Give what every entry wrote, in the order of kinds and keys; they stream."""
    joined = document.join(journal, journal.c.sequence == document.c.sys_from)
    query = select(*_COLUMNS).select_from(joined)
    for row in connection.execute(query, execution_options={"stream_results": True, "yield_per": CHUNK}):
        yield _entry(row)


def _entry(row: Any) -> Entry:
    sequence, kind, key, version, body, digest, until, reason = row
    return Entry(sequence, kind, key, version, json.loads(body), digest, until is None, reason)


def take_out(connection: Connection, record: Mapping[str, Any]) -> None:
    """Do what a ``redaction`` record says, in the transaction that writes it.

    Refused when there is no such entry, when it holds what is live or what proves the log, or when what would be left is
    not what was approved.
    """
    sequence = int(record["sequence"])
    entry = read_entry(connection, sequence)
    if entry is None:
        raise Refused(f"There is no journal entry {sequence}.", "See lineage log list.")
    if not entry.fixed:
        raise Refused(f"{entry.kind} {entry.key} of journal entry {sequence} is live.", "Change it first.")
    try:
        text = canonical(left_of(entry.kind, entry.body, record["paths"]))
    except WrongPathError as error:
        raise Refused(f"Journal entry {sequence}: {error}.", "Ask for other texts, or for none.") from None
    if digest_of(text) != record["digest"]:
        raise Refused(f"Journal entry {sequence} was changed since its redaction was asked for.", "Ask for it anew.")
    wanted = (document.c.kind == entry.kind, document.c.key == entry.key, document.c.version == entry.version)
    connection.execute(update(document).where(*wanted).values(body=text, digest=digest_of(text)))
    connection.execute(update(journal).where(journal.c.sequence == sequence).values(salt=None, reason=None))
