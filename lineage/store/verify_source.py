"""Journal entries with the document versions they wrote, as quickly as the driver gives them.

Reading is half of what verification costs, and each text taken over adds to it. On SQLite what the entries of a command
share is therefore compared where it lies, and a document is looked for under the number it got when it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from json.encoder import encode_basestring as quoted
from typing import Any

from sqlalchemy import Connection

from lineage.store.bulk import is_postgres
from lineage.store.entry import FORMAT
from lineage.store.verify_rows import stream

FITTING = {
    "add": (False, False),
    "change": (True, False),
    "retire": (True, True),
    "restore": (True, False),
}
"""Operation → whether there was a version before, whether the new one is retired."""

Said = tuple[Any, ...]
"""Command, actor, how that is known, instant, reason, kind, operation."""


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What entries that stand together have in common, and the pieces of headers and payloads that follow from it."""

    said: Said
    start: str = ""
    middle: str = ""
    end: bytes = b""
    end_retired: bytes = b""
    fitting: Any = None
    restores: bool = False

    @classmethod
    def of(cls, said: Said) -> Shared:
        """Make the pieces; without them, when something is no text, no header fits."""
        command, actor, how, at, reason, kind, operation = said
        try:
            start = f'{{"actor":{quoted(actor)},"at":{quoted(at)},"command":{quoted(command)},"format":{FORMAT},'
            middle = f',"kind":{quoted(kind)},"operation":{quoted(operation)},"payload":"'
            tail = f',"reason":{"null" if reason is None else quoted(reason)},"retired":'
            return cls(
                said, f'{start}"how_known":{quoted(how)},"key":', middle, f"{tail}false}}".encode(),
                f"{tail}true}}".encode(), FITTING.get(operation), operation == "restore",
            )  # fmt: skip
        except (TypeError, ValueError):
            return cls(said)


Row = tuple[Any, ...]
"""Sequence, what it shares (``SAME``: with the entry before), then what ``_OWN`` names."""

SAME = 1

_SHARED = ("command", "actor", "how_known", "at", "reason", "kind", "operation")
_OWN = (
    "j.request, j.key, j.version, j.header, j.salt, j.payload_digest, j.leaf, d.body, d.digest, d.retired, d.sys_from,"
    " d.sys_to"
)
_JOINED = (
    "FROM journal AS j LEFT JOIN document AS d ON {number}d.kind = j.kind AND d.key = j.key AND d.version = j.version"
)
_WHOLE = f"SELECT j.sequence, {', '.join(f'j.{name}' for name in _SHARED)}, {_OWN} {_JOINED}"
_SHORT = f"SELECT j.sequence, {' AND '.join(f'j.{name} IS ?' for name in _SHARED)}, {_OWN} {_JOINED}"
_FROM = " WHERE j.sequence >= {since:d} ORDER BY j.sequence"
_PART = " WHERE j.sequence >= ? ORDER BY j.sequence LIMIT ?"
_NUMBER = "d.rowid = j.sequence + 1 AND "


class Source:
    """Gives the entries from one on, some at a time."""

    def __init__(self, connection: Connection, since: int) -> None:
        self._driver: Any = connection.connection.driver_connection
        self._since = since
        self._last = Shared((None,) * len(_SHARED))
        self._alike = False
        self._number = _NUMBER
        self._rows: Iterator[Row] | None = None
        if is_postgres(connection):
            self._rows = stream(connection, _WHOLE.format(number="") + _FROM.format(since=since))

    def part(self, most: int) -> list[Row]:
        """Give the next entries, ``most`` of them unless there are no more."""
        if self._rows is not None:
            return [self._entry(row) for row in islice(self._rows, most)]
        rows = self._short(most) if self._alike else None
        if rows is None:
            found = self._fetched(_WHOLE, (), most)
            rows = [self._entry(row) for row in found]
            self._alike = len(rows) > 1 and rows[0][1] is rows[-1][1]
        if rows and isinstance(rows[-1][0], int):
            self._since = rows[-1][0] + 1
        return rows

    def _short(self, most: int) -> list[Row] | None:
        """Give entries that all share what the last one did; None when they do not."""
        rows = self._fetched(_SHORT, self._last.said, most)
        return rows if all(row[1] == SAME for row in rows) else None

    def _fetched(self, query: str, values: Said, most: int) -> list[Row]:
        rows = self._asked(query, values, most)
        if self._number and any(row[-5] is None for row in rows):
            # Written in another order, as after a restore: documents are found by what they are called.
            self._number = ""
            rows = self._asked(query, values, most)
        return rows

    def _asked(self, query: str, values: Said, most: int) -> list[Row]:
        statement = query.format(number=self._number) + _PART
        rows: list[Row] = self._driver.execute(statement, (*values, self._since, most)).fetchall()
        return rows

    def _entry(self, row: Row) -> Row:
        said = row[1:8]
        if said != self._last.said:
            self._last = Shared.of(said)
        return (row[0], self._last, *row[8:])
