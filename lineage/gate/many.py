"""Columns of questions in, booleans out: the same as asking row by row (a law of the test suite compares the two)."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import repeat
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from lineage.gate.numbers import KINDS, NOBODY, Names, Numbers
from lineage.gate.rows import Rows
from lineage.gate.table import Table

if TYPE_CHECKING:
    from lineage.gate.grants import Grants
    from lineage.gate.index import Array, Index

Column = Any
"""One name for all rows, a sequence of names, an array of names or numbers (NumPy), an Arrow array, or what becomes one."""
Kept = TypeVar("Kept")
VARIANTS = 4
"""So many pairs of audience and regime are kept as arrays; that asked about longest ago goes first."""
FEW = 200_000
"""For fewer rows of lists it does not pay to import NumPy."""
FEWER = 100
"""For fewer rows of lists it does not even pay to use NumPy."""
_MOST = 1 << 62


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
        return [known[n] if isinstance(n, int) and 0 <= n < len(known) else "\0" for n in values]
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


class Bulk:
    """Answers columns from one table. What was worked out is kept for the columns to come."""

    def __init__(self, table: Table, numbers: Numbers) -> None:
        self._table = table
        self._numbers = numbers
        self._lock = Lock()
        self._indexes: dict[tuple[str, str], Index] = {}
        self._rows: dict[tuple[str, str], Rows] = {}
        numbers.know(table)

    def answers(self, said: Sequence[Column], regime: str, instant: int) -> Any:
        """Answer each row about an instant."""
        columns = read(said)
        if not columns.arrays and not _pays(columns.size):
            return self._lists(columns, regime, instant)
        found = self._arrays(columns, regime, instant)
        return found if columns.arrays else found.tolist()

    def _lists(self, columns: Columns, regime: str, instant: int) -> list[bool]:
        """Answer without NumPy."""
        *asked, audiences = [self._names(kind, column) for kind, column in zip(KINDS, columns.columns, strict=True)]
        while True:
            if isinstance(audiences, str):
                rows = self._of(audiences, regime, instant)
                found, used = rows.allow(asked, columns.size), [rows]
            else:
                found, used = self._mixed(asked, audiences, regime, instant)
            if all(rows.holds(instant) for rows in used):
                return found

    def _mixed(
        self, asked: Sequence[Any], audiences: list[str], regime: str, instant: int
    ) -> tuple[list[bool], list[Rows]]:
        """Answer rows with an audience each, and tell from what."""
        found, used = [False] * len(audiences), []
        places: dict[str, list[int]] = {}
        for place, audience in enumerate(audiences):
            places.setdefault(audience, []).append(place)
        for audience, own in places.items():
            if not audience or audience in self._table.audiences:
                columns = [c if isinstance(c, str) else [c[place] for place in own] for c in asked]
                rows = self._of(audience, regime, instant)
                used.append(rows)
                for place, allowed in zip(own, rows.allow(columns, len(own)), strict=True):
                    found[place] = allowed
        return found, used

    def _names(self, kind: str, column: Any) -> Any:
        # Only for an audience does an empty name stand for anything.
        return _named(self._numbers[kind], column) if kind == "audience" or _numbered(column) else column

    def _of(self, audience: str, regime: str, instant: int) -> Rows:
        with self._lock:
            rows = self._rows.pop((audience, regime), None)
            if rows is None:
                rows = Rows(self._grants(audience, regime), instant)
            elif not rows.holds(instant):
                rows = rows.moved(instant)
            return _kept(self._rows, (audience, regime), rows)

    def _grants(self, audience: str, regime: str) -> Grants:
        from lineage.gate.grants import Grants

        return Grants(self._table, audience, regime, self._numbers["purpose"].number)

    def _arrays(self, columns: Columns, regime: str, instant: int) -> Array:
        import numpy as np

        *asked, audiences = columns.columns
        numbered = [self._ids(kind, column) for kind, column in zip(KINDS, asked, strict=False)]
        numbered = [ids if ids.ndim else np.broadcast_to(ids, columns.size) for ids in numbered]
        if isinstance(audiences, str):
            return self._looked_up(numbered, (audiences, regime), instant)
        several = self._ids("audience", audiences)
        known = self._numbers["audience"].names
        found = np.zeros(columns.size, np.bool_)
        for number in np.unique(several).tolist():
            if 0 <= number < len(known):
                rows = np.flatnonzero(several == number)
                found[rows] = self._looked_up([ids[rows] for ids in numbered], (known[number], regime), instant)
        return found

    def _ids(self, kind: str, column: Any) -> Array:
        """Give a column as numbers."""
        import numpy as np

        names = self._numbers[kind]
        nothing = names.number("") if kind == "audience" else NOBODY
        if isinstance(column, str):
            return np.array(names.number(column), np.intp)
        if hasattr(column, "names"):
            known = np.array([*map(names.number, column.names), nothing], np.intp)
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
        # This is three times as quick as to have NumPy look at each number.
        return np.frombuffer(struct.pack(f"{len(column)}n", *names.numbers(column)), np.intp)

    def _looked_up(self, asked: list[Array], variant: tuple[str, str], instant: int) -> Array:
        import numpy as np

        from lineage.gate.index import CHUNK

        count = len(asked[0])
        if count <= CHUNK:
            return self._part(asked, variant, instant)
        found = np.zeros(count, np.bool_)
        for start in range(0, count, CHUNK):
            part = [ids[start : start + CHUNK] for ids in asked]
            found[start : start + CHUNK] = self._part(part, variant, instant)
        return found

    def _part(self, asked: list[Array], variant: tuple[str, str], instant: int) -> Array:
        import numpy as np

        index = self._index(variant, instant)
        inside = index.inside(*asked)
        if inside is not None:
            found = np.zeros(len(asked[0]), np.bool_)
            if len(inside):
                found[inside] = self._part([ids[inside] for ids in asked], variant, instant)
            return found
        index.fill(asked[1], instant)
        while not index.holds(instant):  # another thread asked about another instant
            index = self._index(variant, instant)
            index.fill(asked[1], instant)
        return index.allowed(*asked)

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
    if "numpy" in sys.modules:
        return rows >= FEWER
    return rows >= FEW and find_spec("numpy") is not None
