"""The derivation graph: what an element derives from, what derives from it, and what travels along (docs/deciding.md).

Nodes are element keys. An edge runs from the source to what is derived from it. The networkx graph answers questions
about neighbourhoods; ``levels`` and ``inherit`` walk plain adjacency for whole catalogues, and tests hold them equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import networkx as nx

FOREVER = 1 << 62
Windows = tuple[tuple[int, int], ...]
"""Half-open intervals of instants, sorted and disjoint."""

ALL_TIME: Windows = ((-FOREVER, FOREVER),)


class Edge(NamedTuple):
    """``target`` derives from ``source``; restrictions do not pass during ``closed`` (proven anonymisation)."""

    source: str
    target: str
    closed: Windows = ()


class Inherited(NamedTuple):
    """A restriction that reached an element: whose, which, on which way and when it binds."""

    source: str
    restriction: int
    path: tuple[str, ...]
    windows: Windows


class Derivation:
    """The derivation graph of a catalogue or of a part of it."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.edges = tuple(sorted(set(edges)))

    @cached_property
    def sources(self) -> Mapping[str, tuple[Edge, ...]]:
        """Element → the edges that lead to it."""
        return _group(self.edges, 1)

    @cached_property
    def targets(self) -> Mapping[str, tuple[Edge, ...]]:
        """Element → the edges that leave it."""
        return _group(self.edges, 0)

    @cached_property
    def graph(self) -> nx.DiGraph[str]:
        """The same as a networkx graph."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_edges_from((edge.source, edge.target) for edge in self.edges)
        return graph

    def upstream(self, element: str) -> frozenset[str]:
        """Give everything the element derives from, over any number of steps."""
        import networkx as nx

        return frozenset(nx.ancestors(self.graph, element)) if element in self.graph else frozenset()

    def downstream(self, element: str) -> frozenset[str]:
        """Give everything that derives from the element."""
        import networkx as nx

        return frozenset(nx.descendants(self.graph, element)) if element in self.graph else frozenset()

    def what_breaks(self, element: str, uses: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
        """Give each (element, use) that stands on the element, when it is withdrawn or retired."""
        hit = {element} | self.downstream(element)
        return tuple((key, use) for key in sorted(hit) for use in sorted(uses.get(key, ())))

    def path(self, source: str, target: str) -> tuple[str, ...]:
        """Give a shortest way from source to target, both included; empty when there is none."""
        import networkx as nx

        if source not in self.graph or target not in self.graph or not nx.has_path(self.graph, source, target):
            return ()
        return tuple(min(nx.all_shortest_paths(self.graph, source, target)))

    @cached_property
    def circles(self) -> Mapping[str, tuple[str, ...]]:
        """Element that derives from itself → its circle, in order of derivation, starting with the smallest key."""
        left = set(self.sources) & set(self.targets) - set(self.order)
        if not left:
            return {}
        import networkx as nx

        found: dict[str, tuple[str, ...]] = {}
        for part in nx.strongly_connected_components(self.graph.subgraph(left)):
            loops = len(part) > 1 or any(self.graph.has_edge(key, key) for key in part)
            if loops:
                start = min(part)
                inner = self.graph.subgraph(part)
                way = [edge[0] for edge in nx.find_cycle(inner, start)]
                for key in part:
                    found[key] = tuple(way)
        return found

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Elements sources first (Kahn 1962), in a stable order; those on or behind a circle are left out."""
        waiting = {key: len(edges) for key, edges in self.sources.items()}
        ready = sorted(key for key in self.targets if key not in waiting)
        done: list[str] = []
        while ready:
            reached = []
            for key in ready:
                done.append(key)
                for edge in self.targets.get(key, ()):
                    waiting[edge.target] -= 1
                    if not waiting[edge.target]:
                        reached.append(edge.target)
            ready = sorted(reached)
        return tuple(done)

    def inherit(self, own: Mapping[str, Sequence[int]]) -> Mapping[str, tuple[Inherited, ...]]:
        """Carry restrictions along every edge that is not closed.

        ``own`` gives the numbers of the restrictions declared at an element. The result holds, for each element reached,
        one entry a restriction: the union of the times over all ways, with the shortest way (ties by key).
        """
        reached: dict[str, dict[tuple[str, int], Inherited]] = {}
        todo = {target for source in own for target in (edge.target for edge in self.targets.get(source, ()))}
        while todo:
            again: set[str] = set()
            for key in sorted(todo):
                if self._gather(key, own, reached):
                    again.update(edge.target for edge in self.targets.get(key, ()))
            todo = again
        return {key: tuple(sorted(entries.values())) for key, entries in reached.items() if entries}

    def _gather(
        self, key: str, own: Mapping[str, Sequence[int]], reached: dict[str, dict[tuple[str, int], Inherited]]
    ) -> bool:
        """Take over what the sources of one element hold; tell whether anything changed (so that circles come to rest)."""
        mine = reached.setdefault(key, {})
        before = dict(mine)
        for edge in self.sources.get(key, ()):
            offers = [Inherited(edge.source, number, (edge.source,), ALL_TIME) for number in own.get(edge.source, ())]
            offers += reached.get(edge.source, {}).values()
            for offer in offers:
                windows = cut(offer.windows, edge.closed)
                if windows and offer.source != key:
                    _merge(mine, offer._replace(path=(*offer.path, key), windows=windows))
        return mine != before


def _merge(mine: dict[tuple[str, int], Inherited], offer: Inherited) -> None:
    name = (offer.source, offer.restriction)
    old = mine.get(name)
    if old is None:
        mine[name] = offer
        return
    way = min((len(old.path), old.path), (len(offer.path), offer.path))[1]
    mine[name] = old._replace(path=way, windows=union(old.windows, offer.windows))


def union(one: Windows, other: Windows) -> Windows:
    """Join two sets of intervals."""
    if one == other:
        return one
    joined: list[tuple[int, int]] = []
    for start, end in sorted((*one, *other)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def cut(windows: Windows, away: Windows) -> Windows:
    """Take intervals away from intervals."""
    for hole_start, hole_end in away:
        left: list[tuple[int, int]] = []
        for start, end in windows:
            if start < min(end, hole_start):
                left.append((start, min(end, hole_start)))
            if max(start, hole_end) < end:
                left.append((max(start, hole_end), end))
        windows = tuple(left)
    return windows


def _group(edges: Iterable[Edge], by: int) -> Mapping[str, tuple[Edge, ...]]:
    found: dict[str, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge[by], []).append(edge)  # type: ignore[arg-type]
    return {key: tuple(group) for key, group in found.items()}
