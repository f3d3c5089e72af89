"""Restrictions that follow a change: only descendants whose mask really becomes another are walked through.

The work is in proportion to the descendants looked at, never to the catalogue. A walk stops wherever a mask stays the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from lineage.cycle.arrays import Column, Masks, numbers, unmasked, use_arrays
from lineage.cycle.plain_push import PlainGraph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lineage.cycle.array_push import ArrayGraph


class Live(Protocol):
    """Restrictions of a catalogue, kept up to date."""

    def mask(self, element: int) -> int:
        """Give the restrictions of an element, inherited ones included."""
        ...

    def change(self, element: int, mask: int) -> Sequence[int]:
        """Declare other restrictions at an element; give, sorted, the elements whose restrictions are others now."""
        ...


def live(
    count: int,
    sources: Column,
    targets: Column,
    restrictions: Masks | Sequence[int],
    masked: Column | None = None,
    *,
    arrays: bool | None = None,
) -> Live:
    """Carry the restrictions of ``count`` elements once, and keep them from then on; the columns are those of ``Bulk``."""
    if use_arrays(count + len(sources)) if arrays is None else arrays:
        from lineage.cycle.array_push import passing_graph

        graph = passing_graph(count, sources, targets, masked)
        if not graph.condensed.deep:
            return ArrayLive(graph, restrictions)
    pairs = numbers(sources), numbers(targets)
    return PlainLive(PlainGraph(count, *(pairs if masked is None else unmasked(*pairs, masked))), restrictions)


class PlainLive:
    """Kept in lists."""

    def __init__(self, graph: PlainGraph, restrictions: Masks | Sequence[int]) -> None:
        self._own = numbers(restrictions)
        self._reached = graph.push(self._own)
        self._parts = {min(part): part for part in graph.parts}
        self._labels, open_graph = graph.condensed
        self._below, self._above, self._depth = open_graph.below, open_graph.above, open_graph.depth

    def mask(self, element: int) -> int:
        return self._reached[self._labels[element]]

    def change(self, element: int, mask: int) -> Sequence[int]:
        self._own[element] = mask
        first = self._labels[element]
        waiting = {self._depth[first]: {first}}
        changed: list[int] = []
        while waiting:
            for label in waiting.pop(min(waiting)):
                found = self._joined(label)
                if found == self._reached[label]:
                    continue
                self._reached[label] = found
                changed.extend(self._parts.get(label, (label,)))
                for target in self._below.get(label, ()):
                    waiting.setdefault(self._depth[target], set()).add(target)
        return sorted(changed)

    def _joined(self, label: int) -> int:
        found = 0
        for member in self._parts.get(label, (label,)):
            found |= self._own[member]
        for source in self._above.get(label, ()):
            found |= self._reached[source]
        return found


class ArrayLive:
    """Kept in NumPy arrays, looked at level by level."""

    def __init__(self, graph: ArrayGraph, restrictions: Masks | Sequence[int]) -> None:
        import numpy as np

        from lineage.cycle.array_push import offsets, words_of

        self._graph = graph.condensed
        self._labels = graph.labels[0]
        self._own = words_of(restrictions, graph.count).copy()
        self._reached = graph.push(self._own)
        order = np.argsort(self._graph.targets, kind="stable")
        self._above = offsets(self._graph.targets, graph.count)
        self._sources = self._graph.sources[order]
        self._depth = np.zeros(graph.count, np.int32)
        for number, level in enumerate(self._graph.levels[0]):
            self._depth[level] = number
        on_circles = np.flatnonzero(graph.circles)
        self._parts: dict[int, list[int]] = {}
        for element, label in zip(on_circles.tolist(), self._labels[on_circles].tolist(), strict=True):
            self._parts.setdefault(label, []).append(element)

    def mask(self, element: int) -> int:
        from lineage.cycle.array_push import WordMasks

        return int(WordMasks(self._reached)[self._labels[element]])

    def change(self, element: int, mask: int) -> Sequence[int]:
        import numpy as np

        self._declare(element, mask)
        first = int(self._labels[element])
        waiting: dict[int, list[Any]] = {int(self._depth[first]): [np.array([first], np.int32)]}
        changed: list[int] = []
        while waiting:
            depth = min(waiting)
            labels = np.unique(np.concatenate(waiting.pop(depth)))
            found = self._joined(labels)
            differs = (found != self._reached[:, labels]).any(axis=0)
            labels = labels[differs]
            self._reached[:, labels] = found[:, differs]
            changed.extend(member for label in labels.tolist() for member in self._parts.get(label, (label,)))
            self._wait(waiting, self._graph.targets[self._graph.edges_of(labels)[0]])
        return sorted(changed)

    def _declare(self, element: int, mask: int) -> None:
        """Write the words of a mask, wider ones than before if need be."""
        import numpy as np

        from lineage.cycle.array_push import FULL, WORD

        more = -(-mask.bit_length() // WORD) - len(self._own)
        if more > 0:
            blank = np.zeros((more, self._own.shape[1]), np.uint64)
            self._own, self._reached = np.concatenate([self._own, blank]), np.concatenate([self._reached, blank])
        self._own[:, element] = [mask >> (WORD * word) & FULL for word in range(len(self._own))]

    def _joined(self, labels: NDArray[np.int32]) -> NDArray[np.uint64]:
        """Give what some labels hold by themselves and from their sources."""
        import numpy as np

        from lineage.cycle.array_push import spans

        found = self._own[:, labels]
        if self._parts:
            for place, label in enumerate(labels.tolist()):
                for member in self._parts.get(label, ()):
                    found[:, place] |= self._own[:, member]
        places, many = spans(self._above, labels)
        whose = np.repeat(np.arange(len(labels)), many)
        for row, reached in zip(found, self._reached, strict=True):
            np.bitwise_or.at(row, whose, reached[self._sources[places]])
        return found

    def _wait(self, waiting: dict[int, list[Any]], targets: Any) -> None:
        """Put elements to those that wait at their depth."""
        import numpy as np

        depths = self._depth[targets]
        for depth in np.unique(depths).tolist():
            waiting.setdefault(depth, []).append(targets[depths == depth])
