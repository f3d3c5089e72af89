"""The stage graph: which shapes close the cycle, and what is missing where they do not."""

from __future__ import annotations

from itertools import product

import pytest

from lineage.cycle.stages import EDGES, SHAPES, STAGES, StageStates, is_closed, missing_edges, open_stages, shape_of

WHOLE = StageStates(origin=True, purpose=True, outcome=True, insight=True, applied=True)
EVERY_STATE = [StageStates(*states) for states in product((False, True), repeat=5)]


def test_the_cycle_is_closed_when_everything_is_there():
    assert is_closed(shape_of(WHOLE))
    assert missing_edges(shape_of(WHOLE)) == ()
    assert open_stages(WHOLE) == ()


@pytest.mark.parametrize(
    ("lacking", "missing", "still_open"),
    [
        ("origin", [("origin", "purpose")], ("origin",)),
        ("purpose", [("origin", "purpose"), ("purpose", "outcome")], ("purpose",)),
        ("outcome", [("purpose", "outcome"), ("outcome", "insight")], ("outcome",)),
        ("insight", [("outcome", "insight"), ("insight", "purpose")], ("insight",)),
        ("applied", [("insight", "purpose")], ("insight",)),
    ],
)
def test_one_thing_missing_opens_the_cycle_and_is_named(lacking, missing, still_open):
    states = WHOLE._replace(**{lacking: False})
    assert not is_closed(shape_of(states))
    assert list(missing_edges(shape_of(states))) == missing
    assert open_stages(states) == still_open


@pytest.mark.parametrize(
    "states", EVERY_STATE, ids=["".join("01"[state] for state in states) for states in EVERY_STATE]
)
def test_the_cycle_is_closed_exactly_when_no_stage_is_open(states):
    assert is_closed(shape_of(states)) == (open_stages(states) == ()) == all(states)


def test_the_loop_alone_does_not_close_without_an_origin_that_reaches_it():
    loop = sum(1 << bit for bit, edge in enumerate(EDGES) if edge[0] != "origin")
    assert not is_closed(loop)
    assert is_closed(loop | 1)


@pytest.mark.parametrize("number", [-1, SHAPES, 1000])
def test_a_number_that_is_no_shape_is_refused(number):
    with pytest.raises(ValueError, match="is no shape"):
        is_closed(number)


def test_every_edge_leads_from_stage_to_stage():
    assert {stage for edge in EDGES for stage in edge} == set(STAGES)
    assert SHAPES == 16
