"""The derivation graph: neighbourhoods, circles, and restrictions that travel."""

from __future__ import annotations

import pytest

from lineage.cycle.derivation import FOREVER, Derivation, Edge, Inherited, cut, union

ALL = ((-FOREVER, FOREVER),)
#  a → b → d → e,  a → c → d
DIAMOND = Derivation([Edge("a", "b"), Edge("a", "c"), Edge("b", "d"), Edge("c", "d"), Edge("d", "e")])


def test_what_lies_above_and_below():
    assert DIAMOND.upstream("d") == {"a", "b", "c"}
    assert DIAMOND.downstream("b") == {"d", "e"}
    assert DIAMOND.upstream("a") == DIAMOND.downstream("e") == frozenset()
    assert DIAMOND.upstream("nowhere") == DIAMOND.downstream("nowhere") == frozenset()


def test_what_breaks_when_an_element_is_withdrawn():
    uses = {"a": ["a/p/x"], "b": ["b/q/y", "b/p/x"], "e": ["e/p/x"], "z": ["z/p/x"]}
    assert DIAMOND.what_breaks("b", uses) == (("b", "b/p/x"), ("b", "b/q/y"), ("e", "e/p/x"))
    assert DIAMOND.what_breaks("alone", {"alone": ["alone/p/x"]}) == (("alone", "alone/p/x"),)


@pytest.mark.parametrize(
    ("source", "target", "way"),
    [("a", "e", ("a", "b", "d", "e")), ("a", "a", ("a",)), ("e", "a", ()), ("a", "nowhere", ()), ("nowhere", "a", ())],
)
def test_the_way_between_two_elements_is_the_shortest_and_the_first_of_these(source, target, way):
    assert DIAMOND.path(source, target) == way


def test_sources_come_before_what_derives_from_them():
    assert DIAMOND.order == ("a", "b", "c", "d", "e")
    assert DIAMOND.circles == {}


def test_an_empty_graph_has_nothing():
    empty = Derivation([])
    assert (empty.order, empty.circles, empty.inherit({"a": [0]})) == ((), {}, {})


def test_a_circle_is_found_and_told_from_what_stands_behind_it():
    graph = Derivation([Edge("a", "b"), Edge("b", "c"), Edge("c", "b"), Edge("c", "d"), Edge("s", "s")])
    assert graph.circles == {"b": ("b", "c"), "c": ("b", "c"), "s": ("s",)}
    assert graph.order == ("a",)


def test_a_circle_is_told_in_the_order_of_derivation():
    graph = Derivation([Edge("x", "m"), Edge("m", "z"), Edge("z", "x")])
    assert graph.circles["z"] == ("m", "z", "x")


def test_a_restriction_reaches_everything_below_once():
    found = DIAMOND.inherit({"a": [7]})
    assert found["b"] == (Inherited("a", 7, ("a", "b"), ALL),)
    assert found["d"] == (Inherited("a", 7, ("a", "b", "d"), ALL),)
    assert found["e"] == (Inherited("a", 7, ("a", "b", "d", "e"), ALL),)
    assert "a" not in found


def test_restrictions_of_several_sources_stay_apart():
    found = DIAMOND.inherit({"a": [1, 2], "b": [3]})
    assert [(entry.source, entry.restriction) for entry in found["d"]] == [("a", 1), ("a", 2), ("b", 3)]
    assert [(entry.source, entry.restriction) for entry in found["c"]] == [("a", 1), ("a", 2)]


def test_a_restriction_does_not_pass_while_an_edge_is_closed():
    graph = Derivation([Edge("a", "b", ((10, 20),)), Edge("b", "c")])
    open_times = ((-FOREVER, 10), (20, FOREVER))
    assert graph.inherit({"a": [0]})["c"] == (Inherited("a", 0, ("a", "b", "c"), open_times),)


def test_an_edge_closed_for_ever_stops_a_restriction():
    graph = Derivation([Edge("a", "b", ALL), Edge("b", "c")])
    assert graph.inherit({"a": [0]}) == {}


def test_two_ways_bind_whenever_one_of_them_does():
    graph = Derivation([Edge("a", "b", ((0, 50),)), Edge("a", "c", ((40, 90),)), Edge("b", "d"), Edge("c", "d")])
    (entry,) = graph.inherit({"a": [0]})["d"]
    assert entry.windows == ((-FOREVER, 40), (50, FOREVER))


def test_restrictions_in_a_circle_come_to_rest_and_do_not_return_to_their_source():
    graph = Derivation([Edge("a", "b"), Edge("b", "a"), Edge("b", "c")])
    found = graph.inherit({"a": [0]})
    assert set(found) == {"b", "c"}


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        ((), (), ()),
        (((0, 5),), (), ((0, 5),)),
        (((0, 5),), ((5, 9),), ((0, 9),)),
        (((0, 5),), ((6, 9),), ((0, 5), (6, 9))),
        (((0, 9),), ((2, 3),), ((0, 9),)),
        (((2, 3), (8, 9)), ((0, 4), (5, 8)), ((0, 4), (5, 9))),
    ],
)
def test_times_are_joined(one, other, joined):
    assert union(one, other) == union(other, one) == joined


@pytest.mark.parametrize(
    ("windows", "away", "left"),
    [
        (((0, 9),), (), ((0, 9),)),
        (((0, 9),), ((0, 9),), ()),
        (((0, 9),), ((3, 5),), ((0, 3), (5, 9))),
        (((0, 9),), ((9, 12),), ((0, 9),)),
        (((0, 3), (5, 9)), ((2, 6),), ((0, 2), (6, 9))),
        (((0, 9),), ((1, 2), (4, 5)), ((0, 1), (2, 4), (5, 9))),
    ],
)
def test_times_are_taken_away(windows, away, left):
    assert cut(windows, away) == left
