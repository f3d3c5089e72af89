"""What a table allows as arrays: one look-up for (element, process), one in the purposes allowed together (NumPy).

Elements are read when they are asked about first, with all of their shard. Few sets of purposes are allowed together, so a
cell holds the number of its set; number 0 allows nothing. Rows are filled under a lock, sets before cells and cells before
``done``; whoever looks up takes them in the opposite order, and so never sees half of a row.
"""

from __future__ import annotations

from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

from lineage.gate.answer import NEVER
from lineage.gate.grants import NOTHING, Grants
from lineage.gate.numbers import Numbers
from lineage.gate.table import ALWAYS

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

CELLS = 1 << 24
"""A matrix of more cells is kept as a hash table of the pairs that have uses."""
CHUNK = 1 << 15
"""Rows looked up at once: what is worked with stays in the processor's cache."""


class Dense:
    """A matrix of elements and processes."""

    def __init__(self, elements: int, processes: int) -> None:
        import numpy as np

        self.processes = processes
        self.cells = np.zeros(elements * processes, np.uint16)

    def put(self, cells: dict[tuple[int, int], int]) -> None:
        """Hold the sets of pairs of an element and a process."""
        import numpy as np

        if self.cells.dtype == np.uint16 and max(cells.values(), default=0) >= 1 << 16:
            self.cells = self.cells.astype(np.uint32)
        places = [element * self.processes + process for element, process in cells]
        self.cells[np.array(places, np.intp)] = list(cells.values())

    def keep(self, elements: Array) -> None:
        """Forget all but some elements, which come as a mask."""
        self.cells.reshape(len(elements), self.processes)[~elements] = 0

    def get(self, elements: Array, processes: Array) -> Array:
        import numpy as np

        places = np.multiply(elements, self.processes, dtype=np.intp)
        places += processes
        return self.cells.take(places, mode="clip")

    def copy(self) -> Dense:
        other = Dense(0, self.processes)
        other.cells = self.cells.copy()
        return other


class Sparse:
    """A hash table with open addressing of the pairs that have uses, for catalogues whose matrix would be too large."""

    _FACTOR = 0x9E3779B97F4A7C15

    def __init__(self, bits: int = 12) -> None:
        import numpy as np

        self._held = 0
        self._table = np.full(1 << bits, -1, np.int64), np.zeros(1 << bits, np.uint32), bits

    def put(self, cells: dict[tuple[int, int], int]) -> None:
        """Hold the sets of pairs of an element and a process."""
        if 2 * (self._held + len(cells)) > len(self._table[0]):
            self._grow(len(cells))
        for (element, process), cell in cells.items():
            self._put(element << 32 | process, cell)

    def keep(self, elements: Array) -> None:
        """Forget all but some elements, which come as a mask."""
        pairs, cells, _ = self._table
        cells[(pairs >= 0) & ~elements.take(pairs >> 32, mode="clip")] = 0

    def _put(self, pair: int, cell: int) -> None:
        pairs, cells, bits = self._table
        slot = (pair * self._FACTOR & 0xFFFFFFFFFFFFFFFF) >> (64 - bits)
        while pairs[slot] not in (-1, pair):
            slot = (slot + 1) & ((1 << bits) - 1)
        self._held += int(pairs[slot] == -1)
        cells[slot] = cell
        pairs[slot] = pair

    def _grow(self, more: int) -> None:
        pairs, cells, _ = self._table
        kept = pairs >= 0
        other = Sparse((4 * (self._held + more)).bit_length())
        for pair, cell in zip(pairs[kept].tolist(), cells[kept].tolist(), strict=True):
            other._put(pair, cell)
        self._table = other._table

    def get(self, elements: Array, processes: Array) -> Array:
        import numpy as np

        pairs, cells, bits = self._table
        wanted = elements.astype(np.int64) << 32 | processes
        slots = ((wanted.view(np.uint64) * np.uint64(self._FACTOR)) >> np.uint64(64 - bits)).astype(np.intp)
        found = pairs.take(slots)
        result = np.where(found == wanted, cells.take(slots), 0)
        going = np.flatnonzero((found != wanted) & (found != -1))
        while len(going):
            slots[going] = (slots[going] + 1) & ((1 << bits) - 1)
            met, sought = pairs[slots[going]], wanted[going]
            hit = met == sought
            result[going[hit]] = cells[slots[going[hit]]]
            going = going[~hit & (met != -1)]
        return result

    def copy(self) -> Sparse:
        other = Sparse(1)
        pairs, cells, bits = self._table
        other._held, other._table = self._held, (pairs.copy(), cells.copy(), bits)
        return other


class Index:
    """What is allowed for one audience and regime in the half-open interval ``since`` to ``until``."""

    def __init__(self, grants: Grants, numbers: Numbers, elements: int, *, cells: int = CELLS) -> None:
        import numpy as np

        self._grants = grants
        self._numbers = numbers
        self._lock = Lock()
        self.elements, self.processes, self.purposes = (
            elements,
            len(numbers["process"].names),
            len(numbers["purpose"].names),
        )
        dense = elements * self.processes <= cells
        self.cells: Dense | Sparse = Dense(elements, self.processes) if dense else Sparse()
        self.since, self.until = ALWAYS, NEVER
        self._done = np.zeros(elements, np.bool_)
        self._spans = np.zeros((elements, 2), np.int64)
        self._sets: dict[int, int] = {0: 0}
        self._allowed = np.zeros(16 * self.purposes, np.bool_)

    def holds(self, instant: int) -> bool:
        """Tell whether this is good at an instant."""
        return self.since <= instant < self.until

    def moved(self, instant: int) -> Index:
        """Give the index for another instant, with what is still good."""
        import numpy as np

        with self._lock:
            other = object.__new__(Index)
            other.__dict__.update(self.__dict__)
            other._lock = Lock()
            other.cells, other._sets = self.cells.copy(), dict(self._sets)
            other._spans, other._allowed = self._spans.copy(), self._allowed.copy()
            other._done = self._done & (self._spans[:, 0] <= instant) & (instant < self._spans[:, 1])
            other.cells.keep(other._done)
        kept = other._spans[other._done]
        other.since = int(np.max(kept[:, 0], initial=ALWAYS))
        other.until = int(np.min(kept[:, 1], initial=NEVER))
        return other

    def inside(self, processes: Array, elements: Array, purposes: Array) -> Array | None:
        """Give which rows consist of numbers that there are; None for all."""
        import numpy as np

        bounds = ((processes, self.processes), (elements, self.elements), (purposes, self.purposes))
        # Seen without a sign, what is below nothing is beyond everything.
        wrong = [(ids, end) for ids, end in bounds if len(ids) and int(ids.view(np.uintp).max()) >= end]
        if not wrong:
            return None
        return np.flatnonzero(np.logical_and.reduce([(ids >= 0) & (ids < end) for ids, end in wrong]))

    def fill(self, elements: Array, instant: int) -> None:
        """Read the elements that were never asked about, and what lies beside them."""
        import numpy as np

        if bool(self._done.take(elements, mode="clip").all()):
            return
        with self._lock:
            for number in np.unique(elements[~self._done.take(elements, mode="clip")]).tolist():
                if not self._done[number]:
                    self._fill(number, instant)

    def _fill(self, number: int, instant: int) -> None:
        """Take in what is read together with an element; others only where they have room, and were not yet read."""
        names, processes = self._numbers["element"], self._numbers["process"]
        asked = names.names[number] if number < len(names.names) else ""
        rows = self._grants.rows(asked, instant) if asked else {}
        # A name that has no number yet gets one of those there is still room for.
        names.add(list(islice((name for name in rows if name not in names), max(0, self.elements - len(names.names)))))
        places = {names.number(name): row for name, row in rows.items() if name in names}
        places.setdefault(number, NOTHING)
        new = {place: row for place, row in places.items() if place < self.elements and not self._done[place]}
        cells = {
            (place, process): self._set(purposes)
            for place, row in new.items()
            for name, purposes in row.allowed.items()
            if 0 <= (process := processes.number(name)) < self.processes
        }
        self.cells.put(cells)
        for place, row in new.items():
            self._spans[place] = row.since, row.until
            self.since, self.until = max(self.since, row.since), min(self.until, row.until)
        for place in new:
            self._done[place] = True

    def _set(self, purposes: int) -> int:
        """Give the number of a set of purposes."""
        found = self._sets.get(purposes)
        if found is None:
            import numpy as np

            found = len(self._sets)
            if (found + 1) * self.purposes > len(self._allowed):
                self._allowed = np.concatenate([self._allowed, np.zeros_like(self._allowed)])
            own = self._allowed[found * self.purposes : (found + 1) * self.purposes]
            own[:] = [bool(purposes >> bit & 1) for bit in range(self.purposes)]
            self._sets[purposes] = found
        return found

    def allowed(self, processes: Array, elements: Array, purposes: Array) -> Array:
        """Look up rows of numbers that are all within bounds, and whose elements were filled."""
        import numpy as np

        cells = self.cells.get(elements, processes)
        places = np.multiply(cells, self.purposes, dtype=np.intp)
        places += purposes
        return self._allowed.take(places, mode="clip")
