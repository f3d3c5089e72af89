"""Whole catalogues from arrays: the small cases by hand, when arrays are used, and what changes cost."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from lineage.cycle import arrays as module
from lineage.cycle.array_push import WordMasks
from lineage.cycle.arrays import LARGE, Bulk, closing, number_of, stand, states_from, use_arrays
from lineage.cycle.live import live
from lineage.cycle.stages import StageStates

WAYS = pytest.mark.parametrize("arrays", [pytest.param(False, id="plain"), pytest.param(True, id="numpy")])
WHOLE = 31
#  0 → 1 → 2 → 3,  0 → 3;  4 ⇄ 5 → 6
SOURCES, TARGETS = [0, 1, 2, 0, 4, 5, 5], [1, 2, 3, 3, 5, 4, 6]
BIG = 1 << 200


def standing(arrays, *, states=None, restrictions=None, masked=None):
    return stand(Bulk(states or [WHOLE] * 7, SOURCES, TARGETS, restrictions or [0] * 7, masked), arrays=arrays)


def flags(column):
    return [number for number, flag in enumerate(column) if flag]


@WAYS
def test_an_element_on_or_behind_a_circle_has_no_complete_origin(arrays):
    found = standing(arrays)
    assert flags(found.circles) == [4, 5]
    assert flags(found.origins) == flags(found.closed) == [0, 1, 2, 3]


@WAYS
def test_an_origin_that_is_not_complete_opens_the_cycle_of_everything_derived_from_it(arrays):
    found = standing(arrays, states=[WHOLE, WHOLE - 1, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE])
    assert flags(found.closed) == [0]


@WAYS
def test_another_stage_that_is_not_complete_opens_the_elements_own_cycle_only(arrays):
    without = number_of(StageStates(origin=True, purpose=True, outcome=True, insight=True, applied=False))
    found = standing(arrays, states=[WHOLE, without, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE])
    assert flags(found.closed) == [0, 2, 3]
    assert flags(found.origins) == [0, 1, 2, 3]


@WAYS
def test_restrictions_of_any_size_reach_everything_below_and_all_of_a_circle(arrays):
    found = standing(arrays, restrictions=[1, 2, 0, 0, BIG, 8, 0])
    assert list(found.restrictions) == [1, 3, 3, 3, BIG | 8, BIG | 8, BIG | 8]
    assert len(found.restrictions) == 7


@WAYS
def test_a_masked_derivation_passes_no_restriction_but_an_origin_still_stands_on_its_source(arrays):
    found = standing(
        arrays,
        states=[WHOLE - 1, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE],
        restrictions=[1, 0, 0, 0, 4, 0, 0],
        masked=[1, 0, 0, 0, 0, 0, 1],
    )
    assert list(found.restrictions) == [1, 0, 0, 1, 4, 4, 0]
    assert flags(found.origins) == []


@WAYS
def test_an_empty_catalogue_has_nothing(arrays):
    found = stand(Bulk([], [], [], []), arrays=arrays)
    assert (list(found.closed), list(found.restrictions)) == ([], [])


def test_only_one_of_all_combinations_of_stages_is_closed():
    assert flags(closing()) == [WHOLE]


def test_arrays_are_used_for_large_catalogues_where_numpy_is_installed(monkeypatch):
    assert [use_arrays(LARGE - 1), use_arrays(LARGE)] == [False, True]
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    assert not use_arrays(LARGE)


def test_a_large_catalogue_is_judged_without_numpy_too(monkeypatch):
    count = LARGE // 2 + 1
    chain = list(range(count))
    bulk = Bulk([WHOLE] * count, chain[:-1], chain[1:], [1] + [0] * (count - 1))
    quick = stand(bulk)
    assert isinstance(quick.restrictions, WordMasks)
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    slow = stand(bulk)
    assert isinstance(slow.restrictions, list)
    assert (bytes(slow.closed), list(slow.restrictions)) == (bytes(quick.closed), list(quick.restrictions))


@pytest.mark.parametrize("count", [5, LARGE])
def test_states_are_put_together_from_rows_in_any_order(count):
    rows = [(1, 0), (0, 4), (1, 2), (0, 0), (1, 2)]
    found = states_from(count, [element for element, _ in rows], [stage for _, stage in rows])
    assert [int(state) for state in found[:3]] == [17, 5, 0]


def test_importing_the_module_loads_neither_numpy_nor_scipy_nor_networkx():
    found = "[m for m in ('numpy', 'scipy', 'networkx') if m in sys.modules]"
    ask = f"import sys, lineage.cycle.arrays, lineage.cycle.live; print({found})"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@WAYS
def test_a_change_stops_where_a_mask_stays_the_same(arrays):
    kept = live(7, SOURCES, TARGETS, [1, 0, 1, 0, 0, 0, 0], arrays=arrays)
    assert list(kept.change(0, 0)) == [0, 1]
    assert [kept.mask(element) for element in range(4)] == [0, 0, 1, 1]


@WAYS
def test_a_restriction_taken_back_on_a_circle_leaves_all_of_it(arrays):
    kept = live(7, SOURCES, TARGETS, [0, 0, 0, 0, 2, 0, 0], arrays=arrays)
    assert list(kept.change(4, 0)) == [4, 5, 6]
    assert list(kept.change(5, BIG)) == [4, 5, 6]
    assert kept.mask(6) == BIG


def test_a_change_looks_at_the_elements_below_it_and_no_further():
    count = 50_000
    sources = np.arange(count - 1, dtype=np.int32)
    kept = live(count, sources[:10], sources[:10] + 1, np.zeros(count, np.uint64), arrays=True)
    assert list(kept.change(5, 1)) == [5, 6, 7, 8, 9, 10]
