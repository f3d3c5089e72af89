"""Every way to ask, against an evaluator that is slow and obviously right: random grants, prohibitions, lineage, open cycles."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._grant_documents import rows_of
from benchmarks._grants import AT, AUDIENCE, REGIME, Ask, Grants, dag
from benchmarks._ours import Still
from lineage.gate.answer import Question, answer
from lineage.gate.decode import table_of
from lineage.gate.encode import encode
from lineage.gate.gate import Gate
from lineage.gate.segments import parts_of
from lineage.judge import compile as compiling
from lineage.judge.compile import compile_table
from tests.catalogues import fixed_rows, remembered
from tests.property.often import often

ELEMENTS = [f"data.e{number}" for number in range(5)]
PROCESSES = ["p0", "p1"]
PURPOSES = list(dag())


class World(Grants):
    """Grants that were drawn, not generated."""

    def __init__(self, parents, grants, prohibitions, open_ones):
        self.above_of, self.purposes = dag(), PURPOSES
        self.elements, self.processes, self.parents = ELEMENTS, PROCESSES, parents
        self.grants, self.size = sorted(grants), len(grants)
        self.prohibitions, self.open = sorted(prohibitions), frozenset(open_ones)

    def __repr__(self):
        return f"World({self.parents}, {self.grants}, {self.prohibitions}, {sorted(self.open)})"


@st.composite
def worlds(draw):
    parents = {}
    for number, element in enumerate(ELEMENTS):
        above = st.lists(st.sampled_from(ELEMENTS[:number]), max_size=2, unique=True) if number else st.just([])
        parents[element] = tuple(sorted(draw(above)))
    purposes = st.sampled_from(PURPOSES[1:])
    grant = st.builds(Ask, st.sampled_from(PROCESSES), st.sampled_from(ELEMENTS), purposes)
    return World(
        parents,
        draw(st.sets(grant, min_size=3, max_size=14)),
        draw(st.sets(st.tuples(st.sampled_from(ELEMENTS), purposes), max_size=3)),
        draw(st.sets(st.sampled_from(ELEMENTS), max_size=2)),
    )


def segments_of(grants):
    with patch.object(compiling, "Policies", SimpleNamespace(of=remembered)):
        table = compile_table([*fixed_rows(), *rows_of(grants)], 1, "grants", further=()).table
    return table, parts_of(1, "grants", encode(table))


def wrong(grants, asks, decide):
    """Give the questions on which somebody and the reference differ."""
    return [ask for ask in asks if decide(ask) != grants.reference(ask)]


@settings(deadline=None, derandomize=True, max_examples=often(4))
@given(worlds())
def test_all_ways_of_asking_answer_as_the_slow_reference_does(world):
    asks = [Ask(*names) for names in product(PROCESSES, ELEMENTS, PURPOSES)]
    whole, parts = segments_of(world)
    read = table_of(parts)
    for table in (whole, read):
        assert not wrong(world, asks, lambda ask, t=table: bool(answer(t, Question(*ask, AT, AUDIENCE, REGIME))))
        assert not wrong(world, asks, lambda ask, t=table: bool(answer(t, Question(*ask, AT))))
    with Gate.of(Still(parts), refresh=None) as gate:
        for _ in ("worked out", "remembered"):
            assert not wrong(world, asks, lambda ask: bool(gate.may(*ask, audience=AUDIENCE, regime=REGIME, at=AT)))
        columns = [list(column) for column in zip(*asks, strict=True)]
        many = gate.may_many(*columns, audiences=AUDIENCE, regime=REGIME, at=AT)
        assert [bool(one) for one in many] == [world.reference(ask) for ask in asks]


@settings(deadline=None, derandomize=True, max_examples=often(4))
@given(worlds())
def test_a_no_says_what_stands_against_it(world):
    table, _ = segments_of(world)
    for ask in (Ask(*names) for names in product(PROCESSES[:1], ELEMENTS, PURPOSES)):
        given_answer = answer(table, Question(*ask, AT, AUDIENCE, REGIME))
        blockers = {
            finding.code.partition("/")[2] for finding in given_answer.findings if finding.severity == "blocker"
        }
        assert bool(blockers) != bool(given_answer)
        banned = world.bans[ask.element].get(ask.purpose)
        assert any(code.startswith("prohibited") for code in blockers) == (banned is not None)
        assert (blockers == {"no-use"}) == (not banned and not _granted(world, ask))


def _granted(world, ask):
    return any(grant[:2] == ask[:2] and grant.purpose in world.above[ask.purpose] for grant in world.grants)


@pytest.mark.parametrize("size", [1, 40])
def test_the_compiled_form_that_other_engines_are_given_is_the_references(size):
    grants = Grants(size, 400)
    assert [grants.compiled(ask) for ask in grants.questions] == [grants.reference(ask) for ask in grants.questions]
    assert sum(map(grants.reference, grants.questions)) == len(grants.questions) // 2
