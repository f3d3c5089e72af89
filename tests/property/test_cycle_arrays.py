"""Cycle and restrictions from arrays, and their changes, against networkx on random graphs: circles, masking, many bits."""

from __future__ import annotations

from array import array
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.cycle import array_push
from lineage.cycle.arrays import Bulk, number_of, stand, states_of
from lineage.cycle.derivation import ALL_TIME, Derivation, Edge
from lineage.cycle.live import live
from lineage.cycle.stages import is_closed, shape_of
from tests.property.often import often

QUICK = settings(deadline=None, derandomize=True, max_examples=often(120))
WAYS = pytest.mark.parametrize("arrays", [pytest.param(False, id="plain"), pytest.param(True, id="numpy")])
masks = st.one_of(st.just(0), st.integers(0, 15), st.integers(0, (1 << 150) - 1))


@st.composite
def bulks(draw):
    """A catalogue of at most twelve elements; derivations may form circles, lead to themselves and be told twice."""
    count = draw(st.integers(1, 12))
    element = st.integers(0, count - 1)
    edges = draw(st.lists(st.tuples(element, element), max_size=20))
    if draw(st.booleans()):
        edges = [edge for edge in edges if edge[0] < edge[1]]
    states = draw(st.lists(st.sampled_from([31, 31, 30, *range(32)]), min_size=count, max_size=count))
    own = draw(st.lists(masks, min_size=count, max_size=count))
    hidden = draw(st.none() | st.lists(st.integers(0, 1), min_size=len(edges), max_size=len(edges)))
    return Bulk(states, [source for source, _ in edges], [target for _, target in edges], own, hidden)


def graph_of(bulk, *, passing=False):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(bulk.states)))
    hidden = bulk.masked or [0] * len(bulk.sources)
    pairs = zip(bulk.sources, bulk.targets, hidden, strict=True)
    graph.add_edges_from((source, target) for source, target, closed in pairs if not (passing and closed))
    return graph


def joined(graph, element, own):
    found = own[element]
    for source in nx.ancestors(graph, element):
        found |= own[source]
    return found


def expected(bulk):
    """Give what networkx says, element by element."""
    whole, passing = graph_of(bulk), graph_of(bulk, passing=True)
    circles = [any(element in nx.descendants(whole, n) | {n} for n in whole[element]) for element in whole]
    lacking = [state & 1 == 0 or circle for state, circle in zip(bulk.states, circles, strict=True)]
    origins = [not joined(whole, element, lacking) for element in whole]
    closed = [
        is_closed(shape_of(states_of(state)._replace(origin=origin)))
        for state, origin in zip(bulk.states, origins, strict=True)
    ]
    return closed, origins, circles, [joined(passing, element, list(bulk.restrictions)) for element in passing]


def plain(standing):
    flags = [[bool(flag) for flag in part] for part in (standing.closed, standing.origins, standing.circles)]
    return (*flags, list(standing.restrictions))


@WAYS
@QUICK
@given(bulks())
def test_every_element_stands_as_networkx_says(arrays, bulk):
    assert plain(stand(bulk, arrays=arrays)) == expected(bulk)


@QUICK
@given(bulks())
def test_circles_found_by_scipy_are_those_of_networkx(bulk):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(array_push, "MANY_ON_CIRCLES", 0)
        assert plain(stand(bulk, arrays=True)) == expected(bulk)


@QUICK
@given(bulks())
def test_a_lineage_deeper_than_levels_are_counted_stands_the_same(bulk):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(array_push, "MANY_LEVELS", 1)
        assert plain(stand(bulk, arrays=True)) == expected(bulk)
        kept = live(len(bulk.states), bulk.sources, bulk.targets, bulk.restrictions, bulk.masked, arrays=True)
        assert [kept.mask(element) for element in range(len(bulk.states))] == expected(bulk)[-1]


@QUICK
@given(bulks())
def test_columns_may_be_of_any_kind(bulk):
    narrow = [mask & (1 << 64) - 1 for mask in bulk.restrictions]
    lists = Bulk(bulk.states, bulk.sources, bulk.targets, narrow, bulk.masked)
    hidden = None if bulk.masked is None else np.array(bulk.masked, bool)
    numbers = [np.array(column, np.int32) for column in (bulk.sources, bulk.targets)]
    arrays = Bulk(np.array(bulk.states, np.uint8), *numbers, np.array(narrow, np.uint64), hidden)
    stored = Bulk(
        bytes(bulk.states), array("i", bulk.sources), array("i", bulk.targets), array("Q", narrow), bulk.masked
    )
    found = [plain(stand(one, arrays=way)) for one, way in product((lists, arrays, stored), (False, True))]
    assert found == [expected(lists)] * 6


@WAYS
@QUICK
@given(bulks(), st.lists(st.tuples(st.integers(0, 11), masks), max_size=6))
def test_a_change_gives_what_judging_everything_again_gives_and_names_what_changed(arrays, bulk, changes):
    count, own = len(bulk.states), list(bulk.restrictions)
    kept = live(count, bulk.sources, bulk.targets, own, bulk.masked, arrays=arrays)
    graph = graph_of(bulk, passing=True)
    before = [kept.mask(element) for element in range(count)]
    for place, mask in changes:
        own[place % count] = mask
        changed = list(kept.change(place % count, mask))
        after = [kept.mask(element) for element in range(count)]
        assert after == [joined(graph, element, own) for element in range(count)]
        assert changed == [element for element in range(count) if before[element] != after[element]]
        before = after


@WAYS
@QUICK
@given(bulks())
def test_restrictions_are_those_that_the_derivation_graph_hands_down(arrays, bulk):
    """One bit a source: what reaches an element in the derivation graph is what its mask holds, its own bit apart."""
    count = len(bulk.states)
    bits = [1 << element for element in range(count)]
    hidden = bulk.masked or [0] * len(bulk.sources)
    pairs = sorted(set(zip(bulk.sources, bulk.targets, hidden, strict=True)))
    edges = [Edge(f"{source:02}", f"{target:02}", ALL_TIME if closed else ()) for source, target, closed in pairs]
    inherited = Derivation(edges).inherit({f"{element:02}": (0,) for element in range(count)})
    found = stand(Bulk(bulk.states, bulk.sources, bulk.targets, bits, bulk.masked), arrays=arrays).restrictions
    for element in range(count):
        sources = {int(entry.source) for entry in inherited.get(f"{element:02}", ())}
        assert sources == {bit for bit in range(count) if found[element] >> bit & 1} - {element}


def test_every_combination_of_stage_states_is_judged_as_networkx_judges_its_shape():
    everything = list(range(32))
    for arrays in (False, True):
        closed = stand(Bulk(everything, [], [], [0] * 32), arrays=arrays).closed
        assert [bool(one) for one in closed] == [is_closed(shape_of(states_of(number))) for number in everything]
    assert [number_of(states_of(number)) for number in everything] == everything
