"""Columns of questions in, booleans out: the same as asking row by row (a law of the test suite compares the two)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import repeat
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from lineage.gate.answer import NEVER
from lineage.gate.grants import Grants, Row
from lineage.gate.numbers import KINDS, NOBODY, Names, Numbers
from lineage.gate.table import ALWAYS, Table

if TYPE_CHECKING:
    from lineage.gate.index import Array, Index

Column = Any
"""One name for all rows, a sequence of names, an array of names or numbers (NumPy), an Arrow array, or what becomes one."""
Kept = TypeVar("Kept")
VARIANTS = 4
"""So many pairs of audience and regime are kept as arrays; that asked about longest ago goes first."""
FEW = 20_000
"""For fewer rows of lists it does not pay to import NumPy."""
_MOST = 1 << 62
KEPT = 50_000
"""Elements whose rows are kept where there is no NumPy."""


class Columns(NamedTuple):
    """Columns in the order of ``KINDS``, of one length; a text stands for all rows. ``arrays``: not all were lists."""

    columns: tuple[Any, ...]
    size: int
    arrays: bool

    def rows(self, numbers: Numbers) -> Iterator[tuple[str, str, str, str]]:
        """Give the names row by row."""
        named = [_named(numbers[kind], column) for kind, column in zip(KINDS, self.columns, strict=True)]
        yield from zip(*[repeat(c, self.size) if isinstance(c, str) else c for c in named], strict=True)


def read(said: Sequence[Column]) -> Columns:
    """Take in columns. ValueError for different lengths, TypeError for what is no column."""
    columns = tuple([_taken(kind, column) for kind, column in zip(KINDS, said, strict=True)])
    lengths = {kind: len(one) for kind, one in zip(KINDS, columns, strict=True) if not isinstance(one, str)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{kind} has {length}" for kind, length in lengths.items())
        raise ValueError(f"the columns have different numbers of rows: {told}")
    arrays = any(not isinstance(column, str | list) for column in columns)
    return Columns(columns, next(iter(lengths.values()), 1), arrays)


def _taken(kind: str, column: Column) -> Any:
    """Give a column as a text, a list or a NumPy array; an Arrow array as the numbers and names it consists of."""
    if isinstance(column, str | list):
        return str(column) if isinstance(column, str) else column
    if isinstance(column, bytes) or not isinstance(column, Iterable):
        raise TypeError(f"{kind} is a {type(column).__name__}: give a name, a list of names or an array")
    if type(column).__module__.partition(".")[0] == "pyarrow" or hasattr(column, "__arrow_c_stream__"):
        from lineage.gate.arrow import coded

        return coded(kind, column)
    if hasattr(column, "to_numpy"):
        column = column.to_numpy()
    if not hasattr(column, "dtype"):
        return list(column)
    if column.ndim != 1 or column.dtype.kind not in "iuUOT":
        raise TypeError(
            f"{kind} is an array of {column.ndim} dimensions of {column.dtype}: give names or whole numbers"
        )
    return column


def _named(names: Names, column: Any) -> Any:
    """Give a column as names; numbers nobody was given become a name that nobody has."""
    if isinstance(column, str):
        return column
    values = column if isinstance(column, list) else column.tolist()
    if _numbered(values):
        known = names.names
        return [known[number] if 0 <= number < len(known) else "\0" for number in values]
    return [value or "" for value in values]


def _numbered(values: Sequence[Any]) -> bool:
    return bool(values) and isinstance(values[0], int) and not isinstance(values[0], bool)


def one_by_one(numbers: Numbers, said: Sequence[Column], ask: Callable[[tuple[str, str, str, str]], bool]) -> Any:
    """Ask each row by itself, as where every answer is recorded."""
    columns = read(said)
    return _shaped([ask(names) for names in columns.rows(numbers)], columns)


def denied(said: Sequence[Column]) -> Any:
    """Deny every row."""
    columns = read(said)
    return _shaped([False] * columns.size, columns)


def _shaped(answers: list[bool], columns: Columns) -> Any:
    if not columns.arrays:
        return answers
    import numpy as np

    return np.array(answers, np.bool_)


class Rows(dict[str, Mapping[str, int]]):
    """For each element the purposes allowed to each process, worked out when it is looked up first.

    All rows are good in the half-open interval ``since`` to ``until``, which grows narrower with each.
    """

    def __init__(self, grants: Grants, instant: int, kept: Mapping[str, Row] = MappingProxyType({})) -> None:
        super().__init__({element: row.allowed for element, row in kept.items()})
        self._grants = grants
        self._instant = instant
        self._kept = dict(kept)
        self.since = max([row.since for row in kept.values()], default=ALWAYS)
        self.until = min([row.until for row in kept.values()], default=NEVER)

    def holds(self, instant: int) -> bool:
        """Tell whether every row is good at an instant."""
        return self.since <= instant < self.until

    def moved(self, instant: int) -> Rows:
        """Give rows for another instant, with those that are still good."""
        good = {key: row for key, row in list(self._kept.items()) if row.since <= instant < row.until}
        return Rows(self._grants, instant, good)

    def __missing__(self, element: str) -> Mapping[str, int]:
        row = self._grants.row(element, self._instant)
        self.since, self.until = max(self.since, row.since), min(self.until, row.until)
        if row.allowed and len(self._kept) < KEPT:
            self._kept[element] = row
            self[element] = row.allowed
        return row.allowed


class Bulk:
    """Answers columns from one table. What was worked out is kept for the columns to come."""

    def __init__(self, table: Table, numbers: Numbers) -> None:
        self._table = table
        self._numbers = numbers
        self._lock = Lock()
        self._indexes: dict[tuple[str, str], Index] = {}
        self._rows: dict[tuple[str, str], Rows] = {}
        numbers.know(table)
        self._masks = {purpose: 1 << number for purpose, number in numbers["purpose"].items()}

    def answers(self, said: Sequence[Column], regime: str, instant: int) -> Any:
        """Answer each row about an instant."""
        columns = read(said)
        if not columns.arrays and not _pays(columns.size):
            return self._lists(columns, regime, instant)
        found = self._arrays(columns, regime, instant)
        return found if columns.arrays else found.tolist()

    def _lists(self, columns: Columns, regime: str, instant: int) -> list[bool]:
        """Answer without NumPy."""
        masks = self._masks
        while True:
            of: dict[str, Rows] = {}
            found = []
            for process, element, purpose, audience in columns.rows(self._numbers):
                rows = of.get(audience)
                if rows is None:
                    rows = of[audience] = self._of(audience, regime, instant)
                found.append(masks.get(purpose, 0) & rows[element].get(process, 0) != 0)
            if all(rows.holds(instant) for rows in of.values()):
                return found

    def _of(self, audience: str, regime: str, instant: int) -> Rows:
        with self._lock:
            rows = self._rows.pop((audience, regime), None)
            if rows is None:
                rows = Rows(self._grants(audience, regime), instant)
            elif not rows.holds(instant):
                rows = rows.moved(instant)
            return _kept(self._rows, (audience, regime), rows)

    def _grants(self, audience: str, regime: str) -> Grants:
        return Grants(self._table, audience, regime, self._numbers["purpose"])

    def _arrays(self, columns: Columns, regime: str, instant: int) -> Array:
        import numpy as np

        numbered = [self._ids(kind, column) for kind, column in zip(KINDS, columns.columns, strict=True)]
        *asked, audiences = [np.broadcast_to(ids, columns.size) for ids in numbered]
        found = np.zeros(columns.size, np.bool_)
        known = self._numbers["audience"].names
        for number in np.unique(numbered[3]).tolist():
            if 0 <= number < len(known):
                if numbered[3].ndim == 0:
                    return self._looked_up(asked, (known[number], regime), instant)
                rows = np.flatnonzero(audiences == number)
                found[rows] = self._looked_up([ids[rows] for ids in asked], (known[number], regime), instant)
        return found

    def _ids(self, kind: str, column: Any) -> Array:
        """Give a column as numbers."""
        import numpy as np

        names = self._numbers[kind]
        nothing = names.get("", NOBODY)
        if isinstance(column, str):
            return np.array(names[column], np.intp)
        if hasattr(column, "names"):
            known = np.array([*map(names.__getitem__, column.names), nothing], np.intp)
            codes: Array = known.take(column.codes)
            return codes
        if not isinstance(column, list):
            if column.dtype.kind in "iu":
                return np.asarray(column, np.intp)
            column = column.tolist()
        elif _numbered(column):
            # A number nobody has is unknown, however large.
            return np.array([n if isinstance(n, int) and 0 <= n < _MOST else NOBODY for n in column], np.intp)
        if nothing != NOBODY:
            column = [name or "" for name in column]
        return np.fromiter(map(names.__getitem__, column), np.intp, len(column))

    def _looked_up(self, asked: list[Array], variant: tuple[str, str], instant: int) -> Array:
        import numpy as np

        from lineage.gate.index import CHUNK

        count = len(asked[0])
        found = np.zeros(count, np.bool_)
        for start in range(0, count, CHUNK):
            part = [ids[start : start + CHUNK] for ids in asked]
            index = self._index(variant, instant)
            inside = index.inside(*part)
            if inside is not None:
                part = [ids[inside] for ids in part]
            index.fill(part[1], instant)
            while not index.holds(instant):  # another thread asked about another instant
                index = self._index(variant, instant)
                index.fill(part[1], instant)
            allowed = index.allowed(*part)
            found[start : start + CHUNK][slice(None) if inside is None else inside] = allowed
        return found

    def _index(self, variant: tuple[str, str], instant: int) -> Index:
        """Give the arrays for an audience and a regime that are good at an instant."""
        from lineage.gate.index import Index

        index = self._indexes.get(variant)
        elements = len(self._numbers["element"].names)
        if index is not None and index.elements >= elements and index.holds(instant):
            return index
        with self._lock:
            index = self._indexes.pop(variant, None)
            if index is None or index.elements < elements:
                index = Index(self._grants(*variant), self._numbers, max(elements, len(self._table.elements)))
            elif not index.holds(instant):
                index = index.moved(instant)
            return _kept(self._indexes, variant, index)


def _kept(kept: dict[tuple[str, str], Kept], variant: tuple[str, str], one: Kept) -> Kept:
    while len(kept) >= VARIANTS:
        del kept[next(iter(kept))]
    kept[variant] = one
    return one


def _pays(rows: int) -> bool:
    """Tell whether so many rows of names are quicker with NumPy, its import included."""
    return "numpy" in sys.modules or (rows >= FEW and find_spec("numpy") is not None)
