"""Numbers for names, so that columns of questions can be columns of numbers. A name keeps its number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from threading import Lock
from types import MappingProxyType

from lineage.gate.table import Table

KINDS = ("process", "element", "purpose", "audience")
NOBODY = -1
"""The number of every name that nobody knows."""
PATIENCE, FEW = 8, 1_000
"""After so many names without a number, and one in so many of those that are known, all that are known get theirs."""


class Names:
    """Names of one kind with their numbers. One that is known and has none yet gets the next when it is looked up."""

    def __init__(self, *first: str) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._shown: _Shown | None = None
        self._known: Collection[str] = ()
        self._whole: Collection[str] | None = None
        self._missed = 0
        self._lock = Lock()
        self.add(first)

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def add(self, names: Iterable[str]) -> None:
        """Give each name a number that has none."""
        with self._lock:
            for name in names:
                if name not in self._numbers:
                    self.names.append(name)
                    self._numbers[name] = len(self.names) - 1
                    if self._shown is not None:
                        self._shown[name] = len(self.names) - 1

    def renew(self) -> None:
        """Use a lock of its own, in a forked process."""
        self._lock = Lock()

    def know(self, known: Collection[str]) -> None:
        """Give numbers from now on to these names."""
        self._known, self._missed = known, 0

    def all(self) -> None:
        """Give a number to each name that is known."""
        known = self._known
        self.add(known)
        self._whole = known

    def number(self, name: object) -> int:
        """Give the number of a name; ``NOBODY`` for what is no name that is known."""
        found = self._numbers.get(name)  # type: ignore[call-overload]
        return self._missing(name) if found is None else int(found)

    def numbers(self, names: Sequence[object]) -> Sequence[int]:
        """Give the numbers of names, in their order."""
        if len(names) > 1:
            try:
                # Five times as quick as a loop: a look-up in a dict, with nothing of the interpreter's in between.
                found: tuple[int, ...] = itemgetter(*names)(self._numbers)
            except KeyError:
                pass
            else:
                return found
        return [*map(self.number, names)]

    def shown(self) -> Mapping[str, int]:
        """Give all names with their numbers, those to come included."""
        with self._lock:
            if self._shown is None:
                self._shown = _Shown(self)
                self._shown.update(self._numbers)
        return MappingProxyType(self._shown)

    def _missing(self, name: object) -> int:
        known = self._known
        if not isinstance(name, str) or known is self._whole:
            return NOBODY
        self._missed += 1
        if self._missed > max(PATIENCE, len(known) // FEW):
            # Whoever asks about many names is served sooner by the list of all than shard by shard.
            self.all()
        elif name in known:
            self.add((name,))
        return self._numbers.get(name, NOBODY)


class _Shown(dict[str, int]):
    """Names with their numbers for whoever asks for them; separate, since such a dict is slower than a plain one."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, name: str) -> int:
        return self._names.number(name)


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
        for kind, known in zip(KINDS, _known(table), strict=True):
            self._names[kind].know(known)
        for kind in ("process", "purpose"):
            self._names[kind].all()

    def of(self, kind: str, table: Table | None) -> Mapping[str, int]:
        """Give all names of a kind with their numbers, those of a table included."""
        if kind not in self._names:
            raise ValueError(f"there is no kind {kind!r}: choose {', '.join(KINDS)}")
        if table is not None:
            self._names[kind].add(_known(table)[KINDS.index(kind)])
        return self._names[kind].shown()


def _known(table: Table) -> tuple[Mapping[str, object], ...]:
    return table.processes, table.elements, table.purposes.names(), table.audiences
