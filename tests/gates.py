"""Gates in tests: over a table in memory, with clocks that are moved by hand."""

from __future__ import annotations

from dataclasses import replace

from lineage.gate.gate import Gate
from lineage.gate.options import Clocks
from lineage.gate.source import Snapshot, Unavailable

SECOND = 1_000_000_000


class Hands:
    """Two clocks that stand still until they are moved; ``now`` is in microseconds since 1970."""

    def __init__(self, now: int = 1_795_000_000_000_000) -> None:
        self.calendar = now * 1_000
        self.steady = 7 * SECOND

    @property
    def now(self) -> int:
        return self.calendar // 1_000

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.calendar, lambda: self.steady)

    def pass_(self, seconds: float) -> None:
        """Let time go by, for both clocks."""
        self.calendar += int(seconds * SECOND)
        self.steady += int(seconds * SECOND)

    def set(self, now: int) -> None:
        """Set the calendar, as people and time servers do."""
        self.calendar = now * 1_000


def nowhere(_finding) -> str:
    return ""


class Shelf:
    """A source that holds one table at a time; ``broken`` is what it raises instead."""

    def __init__(self, table, where=nowhere, expires: int | None = None) -> None:
        self.table = table
        self.where = where
        self.expires = expires
        self.known: int | None = None
        self.broken: Exception | None = None
        self.loads = 0
        self.closed = False

    def load(self, held: Snapshot | None, now: int) -> Snapshot:
        self.loads += 1
        if self.broken:
            raise self.broken
        known = now if self.known is None else self.known
        if held is not None and held.table is self.table:
            return held if self.known is not None else replace(held, known=known)
        return Snapshot(self.table, self.table.revision, self.table.digest, "", known, self.where, self.expires)

    def close(self) -> None:
        self.closed = True


def unavailable() -> Unavailable:
    return Unavailable("the database is away")


def gate_over(table, **options) -> Gate:
    """Give a gate over a table that nobody refreshes."""
    return Gate.of(Shelf(table), **{"refresh": None} | options)
