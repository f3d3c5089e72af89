"""Masks carried along derivation in plain Python: what small catalogues, and machines without NumPy, use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property


class PlainGraph:
    """A derivation graph of elements 0 … ``count`` - 1; ``sources[i]`` → ``targets[i]``."""

    def __init__(self, count: int, sources: Sequence[int], targets: Sequence[int]) -> None:
        self.count = count
        self.sources = sources
        self.targets = targets

    @cached_property
    def order(self) -> tuple[list[int], list[int]]:
        """Give the elements sources first (Kahn 1962), and those on or behind a circle, which have no such order."""
        waiting = [0] * self.count
        for target in self.targets:
            waiting[target] += 1
        below = self.below
        done = [element for element, open_ones in enumerate(waiting) if not open_ones]
        for element in done:
            for target in below.get(element, ()):
                waiting[target] -= 1
                if not waiting[target]:
                    done.append(target)
        return done, [element for element, open_ones in enumerate(waiting) if open_ones]

    @cached_property
    def below(self) -> dict[int, list[int]]:
        """Element → what derives from it directly."""
        return _grouped(self.sources, self.targets)

    @cached_property
    def above(self) -> dict[int, list[int]]:
        """Element → what it derives from directly."""
        return _grouped(self.targets, self.sources)

    @cached_property
    def depth(self) -> list[int]:
        """Give for each element the steps of the longest way to it, where there is an order."""
        found = [0] * self.count
        for element in self.order[0]:
            deeper = found[element] + 1
            for target in self.below.get(element, ()):
                found[target] = max(found[target], deeper)
        return found

    @cached_property
    def parts(self) -> list[list[int]]:
        """Give the sets of elements that derive from one another, each with at least one element on a circle."""
        left = set(self.order[1])
        pairs = [pair for pair in zip(self.sources, self.targets, strict=True) if pair[0] in left and pair[1] in left]
        return circles_of(pairs)

    @cached_property
    def circles(self) -> bytes:
        """Tell for each element whether it derives from itself."""
        found = bytearray(self.count)
        for part in self.parts:
            for element in part:
                found[element] = 1
        return bytes(found)

    @cached_property
    def condensed(self) -> tuple[list[int], PlainGraph]:
        """Give for each element a number that all of a circle share, and the graph of these numbers, without circles."""
        labels = list(range(self.count))
        for part in self.parts:
            first = min(part)
            for element in part:
                labels[element] = first
        pairs = [(labels[s], labels[t]) for s, t in zip(self.sources, self.targets, strict=True)]
        kept = [pair for pair in pairs if pair[0] != pair[1]]
        return labels, PlainGraph(self.count, [pair[0] for pair in kept], [pair[1] for pair in kept])

    def push(self, masks: Sequence[int]) -> list[int]:
        """Give each element's mask joined with those of everything upstream."""
        if self.order[1]:
            labels, graph = self.condensed
            joined = [0] * self.count
            for label, mask in zip(labels, masks, strict=True):
                joined[label] |= mask
            carried = graph.push(joined)
            return [carried[label] for label in labels]
        reached = list(masks)
        below = self.below
        for element in self.order[0]:
            mask = reached[element]
            if mask:
                for target in below.get(element, ()):
                    reached[target] |= mask
        return reached


def circles_of(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Give the strongly connected components in which an element derives from itself; networkx finds them."""
    if not pairs:
        return []
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(pairs)
    parts = nx.strongly_connected_components(graph)
    return [sorted(part) for part in parts if len(part) > 1 or graph.has_edge(*part, *part)]


def _grouped(keys: Sequence[int], values: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, value in zip(keys, values, strict=True):
        found.setdefault(key, []).append(value)
    return found
