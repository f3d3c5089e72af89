"""Covering and prohibiting on random graphs of purposes, against a search along every path."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.gate.purposes import Purposes

QUICK = settings(deadline=None, derandomize=True, max_examples=200)
TERMS = "abcdefgh"


@st.composite
def graphs(draw):
    """A random graph: each term stands under some of those before it; some have to be named."""
    parents = {}
    for number, term in enumerate(TERMS):
        above = list(TERMS[:number])
        parents[term] = tuple(draw(st.lists(st.sampled_from(above), max_size=3, unique=True))) if above else ()
    return Purposes(parents, frozenset(draw(st.sets(st.sampled_from(TERMS), max_size=3))), frozenset())


def paths_down(purposes, granted, asked):
    """Give every path from the granted term down to the one asked for, both included."""
    if granted == asked:
        yield (granted,)
    for child, parents in purposes.parents.items():
        if granted in parents:
            for path in paths_down(purposes, child, asked):
                yield (granted, *path)


@QUICK
@given(graphs())
def test_a_grant_covers_when_some_path_down_meets_no_term_that_has_to_be_named(purposes):
    for asked in TERMS:
        for granted in TERMS:
            free = [path for path in paths_down(purposes, granted, asked) if not set(path[1:]) & purposes.explicit]
            assert (granted in purposes.covering(asked)) == bool(free)
            if free:
                assert purposes.covering(asked)[granted] == min(len(path) for path in free) - 1


@QUICK
@given(graphs())
def test_a_prohibition_reaches_down_every_path(purposes):
    for asked in TERMS:
        assert purposes.above(asked) == {term for term in TERMS if any(paths_down(purposes, term, asked))}


@QUICK
@given(graphs())
def test_what_covers_stands_above_and_naming_more_never_covers_more(purposes):
    stricter = Purposes(purposes.parents, purposes.explicit | {"d"}, frozenset())
    for term in TERMS:
        assert set(purposes.covering(term)) <= purposes.above(term)
        assert set(stricter.covering(term)) <= set(purposes.covering(term))
