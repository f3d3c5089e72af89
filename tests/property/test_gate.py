"""What the gate gives from memory, and by columns, is what the table answers row by row: for every catalogue and instant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.gate import index as arrays
from lineage.gate import many
from lineage.gate.answer import NEVER, Question, answer, spanned
from lineage.gate.table import ALWAYS
from tests.cases.random_catalogues import catalogues
from tests.cases.random_worlds import worlds
from tests.catalogues import at_end_of, table_of
from tests.gates import Hands, gate_over
from tests.property.often import often

COSTLY = settings(deadline=None, derandomize=True, max_examples=often(6))
SLOW = settings(deadline=None, derandomize=True, max_examples=often(15))
NOBODY = "nobody"
DATA = st.one_of(catalogues(), worlds().map(lambda world: world.data))


def names_of(table) -> tuple[list[str], list[str], list[str]]:
    """Give the names worth asking about: all that are declared, purposes around those used, and one nobody knows."""
    used = {use.purpose for use in table.uses} | {
        ban.purpose for e in table.elements.values() for ban in e.prohibitions
    }
    near = used | {name for purpose in used for name in table.purposes.above(purpose)}
    near |= {name for name in table.purposes.parents if table.purposes.above(name) & used}
    some = sorted(near - used)[:: max(1, len(near) // 4)]
    return [*table.processes, NOBODY], [*table.elements, NOBODY], [*sorted(used)[:5], *some, NOBODY]


def breakpoints(table) -> list[int]:
    found = {start for use in table.uses for start in use.timeline.starts}
    found |= {
        edge for e in table.elements.values() for ban in e.prohibitions for window in ban.windows for edge in window
    }
    return sorted(edge for edge in found if ALWAYS < edge < NEVER)


def instants_of(table) -> list[int]:
    edges = breakpoints(table)
    chosen = edges[:: max(1, len(edges) // 3)]
    return [at_end_of("2026-11-22", table), *(edge + step for edge in chosen for step in (-1, 0, 1))]


def rows_of(table) -> tuple[list[str], list[str], list[str]]:
    processes, elements, purposes = names_of(table)
    rows = [(p, e, u) for p in processes for e in elements for u in purposes]
    return tuple(list(column) for column in zip(*rows, strict=True))


VARIANTS = [("", ""), ("customer", ""), ("prospect", "eu-gdpr"), (NOBODY, ""), ("", "id-pdp"), ("", NOBODY)]


@COSTLY
@given(DATA, st.sampled_from(VARIANTS))
def test_columns_are_answered_as_rows_are(data, variant):
    table = table_of(data)
    columns = rows_of(table)
    gate, bulk = gate_over(table, memory=1_000), many.Bulk(table, gate_over(table)._numbers)
    numbered = [
        np.array([gate.ids(kind).get(name, -1) for name in column])
        for kind, column in zip(("process", "element", "purpose"), columns, strict=True)
    ]
    for instant in instants_of(table)[::2]:
        for audience, regime in {variant, ("", "")}:
            expected = [
                bool(answer(table, Question(*row, instant, audience, regime))) for row in zip(*columns, strict=True)
            ]
            more = {"audiences": audience, "regime": regime, "at": instant}
            assert gate.may_many(*columns, **more) == expected
            assert gate.may_many(*numbered, **more).tolist() == expected
            read = many.read((*columns, audience))
            assert bulk._lists(read, regime, instant) == expected


@SLOW
@given(DATA)
def test_memory_gives_at_every_instant_what_the_table_answers(data):
    table = table_of(data)
    hands = Hands(at_end_of("2026-11-22", table))
    gate = gate_over(table, clocks=hands.clocks)
    processes, elements, purposes = names_of(table)
    asked = [(p, e, u) for p in processes[:2] for e in elements[:3] for u in purposes[:2]]
    for instant in instants_of(table):
        hands.set(instant)
        gate.refresh()
        for question in asked:
            for _ in range(2):
                found = gate.may(*question)
                fresh = answer(table, Question(*question, instant))
                assert replace(found, question=fresh.question) == fresh


@SLOW
@given(DATA)
def test_an_answer_is_the_same_in_all_of_its_span_and_no_breakpoint_lies_inside(data):
    table = table_of(data)
    edges = breakpoints(table)
    for use in table.uses:
        for instant in instants_of(table):
            question = Question(use.process, use.element, use.purpose, instant)
            found, since, until = spanned(table, question)
            assert since <= instant < until
            for other in {max(since, edges[0] - 1 if edges else instant), min(until, (edges or [instant])[-1] + 1) - 1}:
                if since <= other < until:
                    there = answer(table, question._replace(instant=other))
                    assert replace(there, question=found.question) == found


AUDIENCES = st.sampled_from(["", "customer", "prospect", NOBODY])


@SLOW
@given(DATA, st.data())
def test_each_row_may_have_an_audience_of_its_own(data, more):
    table = table_of(data)
    columns = rows_of(table)
    audiences = more.draw(st.lists(AUDIENCES, min_size=len(columns[0]), max_size=len(columns[0])))
    instant = at_end_of("2026-11-22", table)
    rows = zip(*columns, audiences, strict=True)
    expected = [bool(answer(table, Question(p, e, u, instant, a))) for p, e, u, a in rows]
    gate = gate_over(table)
    assert gate.may_many(*columns, audiences=audiences, at=instant) == expected
    assert gate.may_many(*columns, audiences=pa.array([a or None for a in audiences]), at=instant).tolist() == expected


@pytest.mark.parametrize("cells", [0, arrays.CELLS])
@SLOW
@given(data=DATA)
def test_the_form_for_large_catalogues_holds_the_same(cells, data):
    table = table_of(data)
    processes, elements, purposes = rows_of(table)
    gate = gate_over(table)
    bulk = many.Bulk(table, gate._numbers)
    ids = [
        np.array([gate.ids(kind).get(name, -1) for name in column])
        for kind, column in (("process", processes), ("element", elements), ("purpose", purposes))
    ]
    inside = np.flatnonzero((ids[0] >= 0) & (ids[1] >= 0) & (ids[2] >= 0))
    ids = [column[inside] for column in ids]
    made = arrays.Index(bulk._grants("", ""), gate._numbers, len(table.elements), cells=cells)
    for instant in instants_of(table):
        made = made if made.holds(instant) else made.moved(instant)
        made.fill(ids[1], instant)
        assert made.holds(instant)
        expected = [
            bool(answer(table, Question(processes[row], elements[row], purposes[row], instant)))
            for row in inside.tolist()
        ]
        assert made.allowed(*ids).tolist() == expected
