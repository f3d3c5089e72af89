"""The two graphs against plain definitions: all shapes, random derivations, random times."""

from __future__ import annotations

from itertools import pairwise, product

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.cycle.derivation import FOREVER, Derivation, Edge, Windows, cut, union
from lineage.cycle.stages import EDGES, SHAPES, STAGES, StageStates, is_closed, missing_edges, shape_of

QUICK = settings(deadline=None, derandomize=True, max_examples=150)
NODES = "abcdefg"


def edges_of(shape):
    return {edge for bit, edge in enumerate(EDGES) if shape >> bit & 1}


def reaches(edges, start, goal):
    """Follow edges one by one, without any library."""
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for source, target in edges:
            if source == here and target not in seen:
                seen.add(target)
                todo.append(target)
    return goal in seen


def test_every_shape_is_judged_as_the_plain_definition_and_as_networkx_do():
    loop = ("purpose", "outcome", "insight")
    for shape in range(SHAPES):
        edges = edges_of(shape)
        plain = reaches(edges, "origin", "purpose") and all(
            reaches(edges, one, other) for one, other in product(loop, loop)
        )
        graph = nx.DiGraph(list(edges))
        graph.add_nodes_from(STAGES)
        component = next(part for part in nx.strongly_connected_components(graph) if "purpose" in part)
        assert is_closed(shape) == plain == (set(loop) <= component and nx.has_path(graph, "origin", "purpose"))


def test_more_edges_never_open_a_cycle():
    for shape, bit in product(range(SHAPES), range(len(EDGES))):
        assert is_closed(shape) <= is_closed(shape | 1 << bit)


def test_what_is_missing_is_what_would_close_it():
    for shape in range(SHAPES):
        added = sum(1 << EDGES.index(edge) for edge in missing_edges(shape))
        assert is_closed(shape | added)
        assert not added & shape


def test_more_that_is_complete_never_takes_an_edge_away():
    for states in product((False, True), repeat=5):
        for place in range(5):
            better = (*states[:place], True, *states[place + 1 :])
            before, after = shape_of(StageStates(*states)), shape_of(StageStates(*better))
            assert before & after == before


instants = st.integers(0, 12)
spans = st.lists(st.tuples(instants, instants).filter(lambda span: span[0] < span[1]), max_size=3)
closed_times = spans.map(lambda found: union(tuple(sorted(found))[:1], tuple(sorted(found))[1:]) if found else ())


@st.composite
def derivations(draw, *, timed=True, circles=False):
    pairs = [(a, b) for a in NODES for b in NODES if a < b or (circles and a != b)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=10, unique=True))
    return [Edge(*pair, draw(closed_times) if timed and draw(st.booleans()) else ()) for pair in chosen]


sources = st.dictionaries(
    st.sampled_from(NODES), st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True), max_size=3
)


def ways(edges):
    """Give every simple way with the edges on it."""
    graph = nx.DiGraph([(edge.source, edge.target) for edge in edges])
    closed = {(edge.source, edge.target): edge.closed for edge in edges}
    for start, goal in product(graph.nodes, graph.nodes):
        for way in nx.all_simple_paths(graph, start, goal) if start != goal else ():
            yield tuple(way), [closed[step] for step in pairwise(way)]


def brute_force(edges, own):
    """Give (element, source, restriction) → ways and the union of the times in which all edges of a way are open."""
    found = {}
    for way, closures in ways(edges):
        times: Windows = ((-FOREVER, FOREVER),)
        for closed in closures:
            times = cut(times, closed)
        for number in own.get(way[0], ()) if times else ():
            shortest, windows = found.get((way[-1], way[0], number), (way, ()))
            found[way[-1], way[0], number] = (min((len(shortest), shortest), (len(way), way))[1], union(windows, times))
    return found


def inherited(edges, own):
    reached = Derivation(edges).inherit(own)
    return {(key, entry.source, entry.restriction): entry for key, entries in reached.items() for entry in entries}


@QUICK
@given(derivations(), sources)
def test_inheritance_is_the_union_over_all_simple_ways(edges, own):
    found = inherited(edges, own)
    assert {key: entry.windows for key, entry in found.items()} == {
        key: times for key, (_, times) in brute_force(edges, own).items()
    }
    steps = {(edge.source, edge.target) for edge in edges}
    for key, entry in found.items():
        assert (entry.path[0], entry.path[-1]) == (entry.source, key[0])
        assert set(pairwise(entry.path)) <= steps


@QUICK
@given(derivations(timed=False), sources)
def test_without_masking_the_way_named_is_the_shortest_of_all(edges, own):
    assert {key: entry.path for key, entry in inherited(edges, own).items()} == {
        key: way for key, (way, _) in brute_force(edges, own).items()
    }


@QUICK
@given(derivations(circles=True), sources)
def test_circles_change_nothing_about_when_a_restriction_binds(edges, own):
    expected = {key: times for key, (_, times) in brute_force(edges, own).items()}
    assert {key: entry.windows for key, entry in inherited(edges, own).items()} == expected


@QUICK
@given(derivations(circles=True), sources, st.randoms(use_true_random=False))
def test_the_order_of_edges_never_matters(edges, own, random):
    shuffled = list(edges)
    random.shuffle(shuffled)
    one, other = Derivation(edges), Derivation(shuffled)
    assert (one.order, one.circles, one.inherit(own)) == (other.order, other.circles, other.inherit(own))


@QUICK
@given(derivations(circles=True))
def test_order_and_circles_are_those_of_networkx(edges):
    graph = nx.DiGraph([(edge.source, edge.target) for edge in edges])
    derivation = Derivation(edges)
    on_circles = {key for part in nx.strongly_connected_components(graph) if len(part) > 1 for key in part}
    assert set(derivation.circles) == on_circles
    behind = on_circles.union(*(nx.descendants(graph, key) for key in on_circles))
    assert set(derivation.order) == set(graph.nodes) - behind
    place = {key: number for number, key in enumerate(derivation.order)}
    assert all(place[edge.source] < place[edge.target] for edge in edges if edge.target in place)
    for circle in derivation.circles.values():
        assert all(graph.has_edge(*step) for step in zip(circle, (*circle[1:], circle[0]), strict=True))


@QUICK
@given(closed_times, closed_times, instants)
def test_joining_and_taking_away_are_right_at_every_instant(one, other, instant):
    def holds(windows):
        return any(start <= instant < end for start, end in windows)

    assert holds(union(one, other)) == (holds(one) or holds(other))
    assert holds(cut(one, other)) == (holds(one) and not holds(other))
    assert list(union(one, other)) == sorted(union(one, other))
