"""What is allowed with each element, kept for columns of names where there is no NumPy, or few rows to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import contains, itemgetter
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lineage.gate.answer import NEVER
from lineage.gate.table import ALWAYS

if TYPE_CHECKING:
    from lineage.gate.grants import Grants, Row

KEPT = 200_000
"""Elements whose rows are kept."""
NONE: frozenset[str] = frozenset()
Allowed = dict[str, frozenset[str]]
"""Process → the purposes it may use an element for."""


class Rows:
    """For each element the purposes allowed to each process, worked out when it is looked up first, with all of its shard.

    All rows are good in the half-open interval ``since`` to ``until``, which grows narrower with each.
    """

    def __init__(self, grants: Grants, instant: int, kept: Mapping[str, Row] = MappingProxyType({})) -> None:
        self._grants = grants
        self._instant = instant
        self._lock = Lock()
        self._read: set[int] = set()
        self._sets: dict[int, frozenset[str]] = {}
        self._kept: dict[str, Row] = {}
        self._allowed: dict[str, Allowed] = {}
        self.since, self.until = ALWAYS, NEVER
        self._take(kept)

    def holds(self, instant: int) -> bool:
        """Tell whether every row is good at an instant."""
        return self.since <= instant < self.until

    def moved(self, instant: int) -> Rows:
        """Give rows for another instant, with those that are still good."""
        with self._lock:
            good = {key: row for key, row in self._kept.items() if row.since <= instant < row.until}
        return Rows(self._grants, instant, good)

    def allow(self, asked: Sequence[Any], size: int) -> list[bool]:
        """Tell of so many rows of process, element and purpose which are allowed; a name alone stands for all rows."""
        processes, elements, purposes = asked
        columns = [repeat(column, size) if isinstance(column, str) else column for column in (processes, purposes)]
        # No row is looked at by the interpreter, which would take most of the time.
        allowed: Iterable[frozenset[str]] = map(dict.get, self._rows(elements, size), columns[0], repeat(NONE))
        return list(map(contains, allowed, columns[1]))

    def _rows(self, elements: Any, size: int) -> Iterable[Allowed]:
        if isinstance(elements, str):
            return repeat(self._of(elements), size)
        if size > 1:
            try:
                found: tuple[Allowed, ...] = itemgetter(*elements)(self._allowed)
            except KeyError:
                pass
            else:
                return found
        return map(self._of, elements)

    def _of(self, element: object) -> Allowed:
        found = self._allowed.get(element)  # type: ignore[call-overload]
        if found is None and isinstance(element, str):
            found = self._met(element)
        return found or {}

    def _met(self, element: str) -> Allowed | None:
        with self._lock:
            shard = self._grants.shard(element)
            if element not in self._allowed and shard not in self._read:
                if len(self._allowed) >= KEPT:
                    self._allowed, self._kept, self._read = {}, {}, set()
                self._take(self._grants.rows(element, self._instant))
                if shard is not None:
                    self._read.add(shard)
            return self._allowed.get(element)

    def _take(self, rows: Mapping[str, Row]) -> None:
        for row in rows.values():
            # The interval is narrowed first: whoever finds a row finds out how long it is good.
            self.since, self.until = max(self.since, row.since), min(self.until, row.until)
        self._kept.update(rows)
        self._allowed.update({name: self._named(row) for name, row in rows.items()})

    def _named(self, row: Row) -> Allowed:
        return {process: self._set(purposes) for process, purposes in row.allowed.items()}

    def _set(self, purposes: int) -> frozenset[str]:
        found = self._sets.get(purposes)
        if found is None:
            found = self._sets[purposes] = self._grants.named(purposes)
        return found
