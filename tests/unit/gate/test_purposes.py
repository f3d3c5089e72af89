"""Which purpose covers which."""

from __future__ import annotations

import pytest

from lineage.gate.purposes import Purposes

#        root
#       /    \
#    sell    care
#    /  \    /  \
# data   offer   call
#  |
# list
PARENTS = {
    "root": (),
    "sell": ("root",),
    "care": ("root",),
    "data": ("sell",),
    "offer": ("sell", "care"),
    "call": ("care",),
    "list": ("data",),
}
PURPOSES = Purposes(PARENTS, frozenset({"data", "list"}), frozenset({"root"}))


@pytest.mark.parametrize(
    ("purpose", "covering"),
    [
        ("root", {"root": 0}),
        ("sell", {"sell": 0, "root": 1}),
        ("offer", {"offer": 0, "sell": 1, "care": 1, "root": 2}),
        ("data", {"data": 0}),
        ("list", {"list": 0}),
        ("unknown", {"unknown": 0}),
    ],
)
def test_a_grant_covers_what_is_below_it_unless_that_has_to_be_named(purpose, covering):
    assert PURPOSES.covering(purpose) == covering


def test_a_term_below_an_explicit_one_that_is_not_explicit_itself_is_covered_by_it_and_nothing_above():
    purposes = Purposes(PARENTS, frozenset({"data"}), frozenset())
    assert purposes.covering("list") == {"list": 0, "data": 1}


def test_one_free_way_is_enough():
    purposes = Purposes(PARENTS | {"list": ("data", "call")}, frozenset({"data"}), frozenset())
    assert purposes.covering("list") == {"list": 0, "data": 1, "call": 1, "care": 2, "root": 3}


@pytest.mark.parametrize(
    ("purpose", "above"),
    [("root", {"root"}), ("offer", {"offer", "sell", "care", "root"}), ("list", {"list", "data", "sell", "root"})],
)
def test_a_prohibition_of_anything_above_binds_over_every_way(purpose, above):
    assert PURPOSES.above(purpose) == above


def test_a_circle_of_purposes_comes_to_an_end():
    purposes = Purposes({"a": ("b",), "b": ("a",)}, frozenset(), frozenset())
    assert purposes.above("a") == {"a", "b"}
    assert purposes.covering("a") == {"a": 0, "b": 1}


def test_answers_are_remembered():
    assert PURPOSES.covering("offer") is PURPOSES.covering("offer")
    assert PURPOSES.above("offer") is PURPOSES.above("offer")
    assert "offer" in PURPOSES
    assert "nothing" not in PURPOSES
