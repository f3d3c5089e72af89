"""Writing: the one way documents change. A command is one transaction's work on all that must agree."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from lineage.domain.kinds import KINDS, RECORDS
from lineage.errors import Refused
from lineage.store import bulk
from lineage.store.actors import need_actor
from lineage.store.entry import SALT, Author, HeaderForm, instant_text, payload_digest, payload_of
from lineage.store.merkle import Frontier, leaf_hash
from lineage.store.projection.writer import Current, by_kind, project
from lineage.store.redacting import take_out
from lineage.store.tables import document, head, journal

BATCH = 2_500
"""Documents written at a time: memory stays flat however many there are."""

Operation = Literal["add", "change", "retire", "restore"]
OPERATIONS: frozenset[str] = frozenset({"add", "change", "retire", "restore"})
_ALL = frozenset({*KINDS, *RECORDS})

_DOCUMENT = tuple(column.name for column in document.columns)
_JOURNAL = tuple(column.name for column in journal.columns)
_ANEW = "Look at what it says now, and decide again."


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one document; ``body_text`` is canonical JSON. Retiring keeps the last body."""

    kind: str
    key: str
    operation: Operation
    body_text: str
    digest: str

    def __post_init__(self) -> None:
        if self.kind not in _ALL or self.operation not in OPERATIONS:
            raise ValueError(f"no such change: {self.operation} {self.kind}")


@dataclass(frozen=True, slots=True)
class Command:
    """Who does something, how that is known, when and why; ``request`` stays the same when it is tried again."""

    actor: str
    how_known: str
    instant: datetime
    request: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The journal entries of a command: first, last, its id, how many; ``repeated`` when it had been written before.

    A command without changes has no entries: ``last`` is before ``first`` and the id is empty.
    """

    first: int
    last: int
    command: str
    changes: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """The current version of a document."""

    version: int
    retired: bool
    body_text: str
    digest: str


@dataclass(slots=True)
class _Rows:
    """The rows of one batch."""

    closed: list[tuple[Any, ...]] = field(default_factory=list)
    documents: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    projected: list[tuple[str, Current]] = field(default_factory=list)


def write(
    connection: Connection,
    command: Command,
    changes: Iterable[Change],
    expected: Mapping[tuple[str, str], int] | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    new: bool = False,
) -> Written:
    """Write the changes in the order they come, in the transaction of ``connection`` (``Database.writing``).

    References may point forwards: they are checked when the transaction ends. A request id seen before gives the
    earlier result and writes nothing, unless ``new`` says that the caller looked for it. ``expected`` gives versions a
    document must have, 0 for none yet; ``progress`` hears how many changes are written. Refused, naming the document,
    when it is not in the expected or a fitting state.
    """
    earlier = None if new else _earlier(connection, command.request)
    if earlier is not None:
        return earlier
    writing = _Writing(connection, command, expected or {})
    for batch in _batches(changes):
        writing.batch(batch)
        if progress is not None:
            progress(writing.count)
    return writing.finish()


class _Writing:
    """The state of a command while it is written."""

    def __init__(self, connection: Connection, command: Command, expected: Mapping[tuple[str, str], int]) -> None:
        self._connection = connection
        self._command = command
        self._expected = dict(expected)
        self._id = secrets.token_hex(16)
        row = bulk.one(connection, _HEAD)
        self._log = Frontier.from_bytes(row.size, bytes(row.frontier)) if row else Frontier()
        self._has_head = row is not None
        self._latest = row.at or "" if row else ""
        self._first = self._log.size
        self._author: Author | None = None

    @property
    def count(self) -> int:
        return self._log.size - self._first

    def batch(self, changes: list[Change]) -> None:
        """Write some changes, each of another document."""
        author = self._author = self._author or self._make_author()
        known = self._known(changes)
        headers, rows = HeaderForm(author), _Rows()
        salts = secrets.token_bytes(SALT * len(changes))
        for number, change in enumerate(changes):
            before = known.get((change.kind, change.key))
            self._check(change, before)
            self._add(rows, change, before, headers, salts[number * SALT : (number + 1) * SALT])
        # The journal comes first: the database refuses whatever no entry of this transaction speaks of.
        bulk.insert(self._connection, journal.name, _JOURNAL, rows.entries)
        # A version is closed before its successor comes: a document has one current version at any moment.
        bulk.update(self._connection, document.name, ("sys_to",), ("kind", "key", "version"), rows.closed)
        bulk.insert(self._connection, document.name, _DOCUMENT, rows.documents)
        project(self._connection, by_kind(rows.projected))
        for change in changes:
            if change.kind == "redaction" and change.operation != "retire":
                take_out(self._connection, json.loads(change.body_text))

    def finish(self) -> Written:
        """Check what was expected of other documents, move the head, and give the result."""
        self._check_rest()
        if not self.count:
            return Written(self._first, self._first - 1, "", 0)
        row = (self._log.size, self._log.to_bytes(), 1)
        if self._has_head:
            bulk.update(self._connection, head.name, ("size", "frontier"), ("id",), [row])
        else:
            bulk.insert(self._connection, head.name, ("size", "frontier", "id"), [row])
        if self.count >= BATCH and bulk.is_postgres(self._connection):
            # Without statistics about what has just come in, the planner reads all documents to find a few.
            self._connection.exec_driver_sql("ANALYZE document")
        return Written(self._first, self._log.size - 1, self._id, self.count)

    def _add(self, rows: _Rows, change: Change, before: _Known | None, headers: HeaderForm, salt: bytes) -> None:
        """Add the rows of one change, and its leaf."""
        kind, key, operation = change.kind, change.key, change.operation
        author, sequence, version = headers.author, self._log.size, before.version + 1 if before else 1
        request = self._command.request if sequence == self._first else None
        retired = operation == "retire"
        body_text, digest = (
            (before.body_text, before.digest) if before and retired else (change.body_text, change.digest)
        )
        committed = payload_digest(salt, payload_of(body_text, author.reason, retired=retired))
        header = headers.header(kind, key, operation, committed, request, sequence, version)
        leaf = leaf_hash(header)
        self._log.append(leaf)
        if before:
            rows.closed.append((sequence, kind, key, before.version))
        rows.documents.append((kind, key, version, body_text, digest, retired, sequence, None))
        rows.entries.append((
            sequence, author.command, request, kind, key, version, operation, author.actor, author.how_known, author.at,
            author.reason, header, salt, committed, leaf,
        ))  # fmt: skip
        rows.projected.append((kind, Current(key, body_text, retired, sequence, before is not None)))

    def _check(self, change: Change, before: _Known | None) -> None:
        """Refuse a change that does not fit the document as it stands."""
        self._check_version(change.kind, change.key, before.version if before else 0)
        name = f"{change.kind} {change.key}"
        if change.operation == "add":
            if before:
                raise Refused(f"{name} exists already, in version {before.version}.", _ANEW)
        elif before is None:
            raise Refused(f"There is no {name} to {change.operation}.", "Check the key, or add it first.")
        elif before.retired != (change.operation == "restore"):
            state = "is retired" if before.retired else "is not retired"
            raise Refused(f"{name} {state}: it cannot be {_DONE[change.operation]}.", _ANEW)

    def _check_version(self, kind: str, key: str, version: int) -> None:
        wanted = self._expected.pop((kind, key), version)
        if wanted != version:
            now = f"is now in version {version}" if version else "does not exist any more"
            raise Refused(f"{kind} {key} {now}, not {wanted}: somebody else changed it.", _ANEW)

    def _check_rest(self) -> None:
        """Compare the expected versions of documents that do not change."""
        rest = list(self._expected)
        for start in range(0, len(rest), BATCH):
            part = rest[start : start + BATCH]
            rows = bulk.found(self._connection, "SELECT d.kind, d.key, d.version FROM", "document AS d", part, _CURRENT)
            versions = {(row[0], row[1]): row[2] for row in rows}
            for kind, key in part:
                self._check_version(kind, key, versions.get((kind, key), 0))

    def _known(self, changes: list[Change]) -> dict[tuple[str, str], _Known]:
        """Read the current versions of the documents that change."""
        retiring = any(change.operation == "retire" for change in changes)
        columns = "d.kind, d.key, d.version, d.retired, d.digest" + (", d.body" if retiring else "")
        keys = [(change.kind, change.key) for change in changes]
        rows = bulk.found(self._connection, f"SELECT {columns} FROM", "document AS d", keys, _CURRENT)
        return {(row[0], row[1]): _Known(row[2], bool(row[3]), row[5] if retiring else "", row[4]) for row in rows}

    def _make_author(self) -> Author:
        """Find the actor's opaque id, and an instant that is not before the last entry's."""
        at = max(instant_text(self._command.instant), self._latest)
        opaque = need_actor(self._connection, self._command.actor, self._command.instant)
        return Author(opaque, at, self._id, self._command.how_known, self._command.reason)


_HEAD = "SELECT h.size, h.frontier, j.at FROM head AS h LEFT JOIN journal AS j ON j.sequence = h.size - 1"
_CURRENT = "AND d.sys_to IS NULL"
_DONE = {"change": "changed", "retire": "retired", "restore": "restored"}


def _earlier(connection: Connection, request: str | None) -> Written | None:
    """Give the result of the command that carried this request id, when there was one."""
    if request is None:
        return None
    first = connection.execute(
        select(journal.c.sequence, journal.c.command).where(journal.c.request == request)
    ).one_or_none()
    if first is None:
        return None
    # The entries of a command stand together, so that the first of another ends them.
    next_one = select(journal.c.sequence).where(journal.c.sequence > first.sequence, journal.c.command != first.command)
    end = connection.scalar(next_one.order_by(journal.c.sequence).limit(1))
    if end is None:
        end = connection.scalar(select(func.max(journal.c.sequence))) + 1
    return Written(first.sequence, end - 1, first.command, end - first.sequence, repeated=True)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Give lists of changes of different documents: a second change of one goes into the next list."""
    batch: list[Change] = []
    seen: set[tuple[str, str]] = set()
    for change in changes:
        name = (change.kind, change.key)
        if len(batch) == BATCH or name in seen:
            yield batch
            batch, seen = [], set()
        batch.append(change)
        seen.add(name)
    if batch:
        yield batch
