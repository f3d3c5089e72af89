"""Masks carried along derivation in NumPy arrays, level by level; SciPy joins circles where there are many.

A table of masks has one row of 64-bit words a word, and one column an element: ``words[w, element]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lineage.cycle.arrays import ORIGIN, STATES, Bulk, Standing, closing
from lineage.cycle.plain_push import PlainGraph, circles_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int32] | NDArray[np.int64]
    Words = NDArray[np.uint64]

WORD = 64
FULL = (1 << WORD) - 1
MANY_LEVELS = 2_000
"""Levels beyond which a step in NumPy moves too little, and plain Python is quicker."""
MANY_ON_CIRCLES = 5_000
"""Derivations left over by ordering from which SciPy finds circles sooner than networkx."""


class WordMasks(Sequence[int]):
    """The masks of all elements, held in 64-bit words; reads as whole numbers."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def __len__(self) -> int:
        return int(self.words.shape[1])

    def __getitem__(self, element: Any) -> Any:
        return sum(int(word) << (WORD * place) for place, word in enumerate(self.words[:, element].tolist()))

    def __iter__(self) -> Iterator[int]:
        rows = [row.tolist() for row in self.words]
        for parts in zip(*rows, strict=True):
            yield sum(part << (WORD * place) for place, part in enumerate(parts))


def words_of(masks: Any, count: int) -> Words:
    """Give masks as words: from words, from an array of unsigned numbers, or from whole numbers of any size."""
    import numpy as np

    if isinstance(masks, WordMasks):
        return masks.words
    if isinstance(masks, np.ndarray):
        return np.ascontiguousarray(masks, np.uint64).reshape(-1, count)
    numbers = list(masks)
    wide = max(1, -(-max((number.bit_length() for number in numbers), default=0) // WORD))
    rows = [np.fromiter((n >> (WORD * w) & FULL for n in numbers), np.uint64, count) for w in range(wide)]
    return np.stack(rows)


class ArrayGraph:
    """A derivation graph of elements 0 … ``count`` - 1, its derivations sorted by source."""

    def __init__(self, count: int, sources: Any, targets: Any) -> None:
        import numpy as np

        self.count = count
        given = np.ascontiguousarray(sources, np.int32)
        self.order = np.argsort(given, kind="stable")
        self.targets = np.ascontiguousarray(targets, np.int32)[self.order]
        self.starts = offsets(given, count)

    def edges_of(self, elements: Ints) -> tuple[Ints, Ints]:
        """Give the places of the derivations that leave some elements, and how many leave each."""
        return spans(self.starts, elements)

    @cached_property
    def levels(self) -> tuple[list[Ints], Ints]:
        """Give the elements sources first (Kahn 1962), level by level, and those on or behind a circle."""
        import numpy as np

        waiting = np.bincount(self.targets, minlength=self.count).astype(np.int32)
        place = np.empty(self.count, np.int32)
        front: Any = np.flatnonzero(waiting == 0).astype(np.int32)
        levels: list[Ints] = []
        while len(front):
            if len(levels) == MANY_LEVELS:
                return self._plain_levels()
            levels.append(front)
            reached = self.targets[self.edges_of(front)[0]]
            np.subtract.at(waiting, reached, 1)
            ready = reached[waiting[reached] == 0]
            # An element may be reached over several derivations at once; the last one to write its place stands for it.
            numbers = np.arange(len(ready), dtype=np.int32)
            place[ready] = numbers
            front = ready[place[ready] == numbers]
        return levels, np.flatnonzero(waiting > 0)

    @property
    def deep(self) -> bool:
        """Whether there are so many levels that they were ordered in plain Python, as one."""
        return len(self.levels[0]) == 1 and len(self.targets) > 0

    def _plain_levels(self) -> tuple[list[Ints], Ints]:
        import numpy as np

        done, left = self._plain.order
        return [np.array(done, np.int32)], np.array(left, np.int64)

    @cached_property
    def _plain(self) -> PlainGraph:
        return PlainGraph(self.count, self.sources.tolist(), self.targets.tolist())

    @property
    def sources(self) -> Ints:
        """The sources of the derivations, in the order of ``targets``."""
        import numpy as np

        return np.repeat(np.arange(self.count, dtype=np.int32), np.diff(self.starts))

    @cached_property
    def labels(self) -> tuple[Ints, Any]:
        """Give for each element a number that all of a circle share, and whether it is on one."""
        import numpy as np

        labels = np.arange(self.count, dtype=np.int32)
        circles = np.zeros(self.count, np.uint8)
        if not len(self.levels[1]):
            return labels, circles
        left = np.zeros(self.count, bool)
        left[self.levels[1]] = True
        inner = left[self.targets] & left[self.sources]
        if inner.any():
            sources, targets = self.sources[inner], self.targets[inner]
            if len(sources) >= MANY_ON_CIRCLES and find_spec("scipy") is not None:
                _join(labels, circles, sources, targets)
            else:
                for part in circles_of(list(zip(sources.tolist(), targets.tolist(), strict=True))):
                    labels[part] = part[0]
                    circles[part] = 1
        return labels, circles

    @property
    def circles(self) -> Any:
        """Tell for each element whether it derives from itself."""
        return self.labels[1]

    @cached_property
    def condensed(self) -> ArrayGraph:
        """The graph of the labels, without circles; the graph itself when it has none."""
        if not len(self.levels[1]):
            return self
        labels = self.labels[0]
        sources, targets = labels[self.sources], labels[self.targets]
        kept = sources != targets
        return ArrayGraph(self.count, sources[kept], targets[kept])

    def push(self, words: Words) -> Words:
        """Give each element's mask joined with those of everything upstream."""
        import numpy as np

        graph = self.condensed
        if graph is not self:
            labels = self.labels[0]
            joined = np.zeros_like(words)
            for row, own in zip(joined, words, strict=True):
                np.bitwise_or.at(row, labels, own)
            pushed: Words = graph.push(joined)[:, labels]
            return pushed
        reached = words.copy()
        levels = self.levels[0]
        if self.deep:
            return np.stack([np.array(self._plain.push(row.tolist()), np.uint64) for row in reached])
        for row in reached:
            for front in levels:
                # Most elements hold no restriction: only those that do have something to pass on.
                holding = front[row[front] != 0]
                places, many = self.edges_of(holding)
                np.bitwise_or.at(row, self.targets[places], np.repeat(row[holding], many))
        return reached


def offsets(keys: Ints, count: int) -> Ints:
    """Give where the entries of each key begin when they are sorted by key, and where the last one ends."""
    import numpy as np

    found = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=count), out=found[1:])
    return found


def spans(starts: Ints, keys: Ints) -> tuple[Ints, Ints]:
    """Give the places of all entries of some keys, one after the other, and how many each key has."""
    import numpy as np

    begin = starts[keys]
    many = starts[keys + 1] - begin
    ends = np.cumsum(many)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(begin - ends + many, many) + np.arange(total), many


def _join(labels: Ints, circles: Any, sources: Ints, targets: Ints) -> None:
    """Label the circles among some derivations with the smallest of their elements."""
    import numpy as np
    from scipy.sparse import csr_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    names, numbers = np.unique(np.concatenate([sources, targets]), return_inverse=True)
    size = len(names)
    pairs = (numbers[: len(sources)], numbers[len(sources) :])
    graph = csr_array((np.ones(len(sources), np.int8), pairs), shape=(size, size))
    _, part = connected_components(graph, directed=True, connection="strong")
    first = np.full(size, size, np.int64)
    np.minimum.at(first, part, np.arange(size))
    labels[names] = names[first[part]]
    alone = np.bincount(part, minlength=size)[part] == 1
    alone[numbers[: len(sources)][sources == targets]] = False
    circles[names[~alone]] = 1


def passing_graph(count: int, sources: Any, targets: Any, masked: Any) -> ArrayGraph:
    """Give the graph of the derivations that pass restrictions on."""
    import numpy as np

    if masked is None:
        return ArrayGraph(count, sources, targets)
    passing = np.asarray(masked) == 0
    return ArrayGraph(count, *(np.ascontiguousarray(column, np.int32)[passing] for column in (sources, targets)))


def stand_in_arrays(bulk: Bulk) -> Standing:
    """Judge a whole catalogue with NumPy."""
    import numpy as np

    given = bulk.states
    states = np.frombuffer(given, np.uint8) if isinstance(given, bytes) else np.ascontiguousarray(given, np.uint8)
    count = len(states)
    whole = ArrayGraph(count, bulk.sources, bulk.targets)
    own = words_of(bulk.restrictions, count)
    lacks = ((states & ORIGIN == 0) | (whole.circles != 0)).astype(np.uint64)[None, :]
    if bulk.masked is None or not np.any(bulk.masked):
        together = whole.push(np.concatenate([own, lacks]))
        reached, lacking = together[:-1], together[-1]
    else:
        lacking = whole.push(lacks)[0]
        reached = passing_graph(count, bulk.sources, bulk.targets, bulk.masked).push(own)
    table = np.frombuffer(closing(), np.uint8)
    origins = (lacking == 0).astype(np.uint8)
    closed = (table[states & STATES - 1] & origins).tobytes()
    return Standing(closed, origins.tobytes(), whole.circles.tobytes(), WordMasks(reached))
