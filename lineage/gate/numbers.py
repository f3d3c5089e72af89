"""Numbers for names, so that columns of questions can be columns of numbers. A name keeps its number."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from threading import Lock
from types import MappingProxyType

from lineage.gate.table import Table

KINDS = ("process", "element", "purpose", "audience")
NOBODY = -1
"""The number of every name that nobody knows."""


class Names(dict[str, int]):
    """Names of one kind with their numbers. One that is known and has none yet gets the next when it is looked up."""

    def __init__(self, *first: str) -> None:
        super().__init__()
        self.known: Container[str] = ()
        self.names: list[str] = []
        self._lock = Lock()
        self.add(first)

    def add(self, names: Iterable[str]) -> None:
        """Give each name a number that has none."""
        with self._lock:
            for name in names:
                if name not in self:
                    self.names.append(name)
                    self[name] = len(self.names) - 1

    def renew(self) -> None:
        """Use a lock of its own, in a forked process."""
        self._lock = Lock()

    def __missing__(self, name: str) -> int:
        if not isinstance(name, str) or name not in self.known:
            return NOBODY
        self.add((name,))
        return self[name]


class Numbers:
    """The numbers of processes, elements, purposes and audiences; audience 0 is none: every audience of the element."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names = {kind: Names(*(("",) if kind == "audience" else ())) for kind in KINDS}

    def __getitem__(self, kind: str) -> Names:
        return self._names[kind]

    def renew(self) -> None:
        """Use locks of their own, in a forked process."""
        for names in self._names.values():
            names.renew()

    def know(self, table: Table) -> None:
        """Number from now on what is in a table."""
        for kind, names in zip(KINDS, _known(table), strict=True):
            self._names[kind].known = names
        for kind in ("process", "purpose"):
            self._names[kind].add(_known(table)[KINDS.index(kind)])

    def of(self, kind: str, table: Table | None) -> Mapping[str, int]:
        """Give all names of a kind with their numbers, those of a table included."""
        if kind not in self._names:
            raise ValueError(f"there is no kind {kind!r}: choose {', '.join(KINDS)}")
        if table is not None:
            self._names[kind].add(_known(table)[KINDS.index(kind)])
        return MappingProxyType(self._names[kind])


def _known(table: Table) -> tuple[Mapping[str, object], ...]:
    return table.processes, table.elements, table.purposes.names(), table.audiences
