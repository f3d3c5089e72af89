"""Random catalogues over time: verdicts change only at breakpoints, and ``holds_until`` keeps its word."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.gate.answer import Question, answer
from tests.cases.random_catalogues import catalogues
from tests.cases.random_worlds import worlds
from tests.catalogues import ask, at_end_of, compiled, table_of
from tests.property.often import often

SLOW = settings(deadline=None, derandomize=True, max_examples=often(40))
QUESTION = ("bike-delivery", "customer.mobile", "DeliveryOfGoods")
FIRST, LAST = date(2026, 1, 1), date(2028, 6, 1)
EVERY_DAY = [(FIRST + timedelta(days=number)).isoformat() for number in range((LAST - FIRST).days)]
DAY = 86_400_000_000


def asked(table, day):
    return answer(table, Question(*QUESTION, at_end_of(day, table)))


@SLOW
@given(catalogues())
def test_holds_until_is_the_last_day_with_the_same_effect(data):
    table = table_of(data)
    answers = [asked(table, day) for day in EVERY_DAY]
    until = None
    following = ""
    for day, given_answer in zip(reversed(EVERY_DAY), reversed(answers), strict=True):
        if following and given_answer.effect != following:
            until = day
        following = given_answer.effect
        beyond = given_answer.holds_until is not None and given_answer.holds_until >= EVERY_DAY[-1]
        assert given_answer.holds_until == until or (until is None and beyond)


@SLOW
@given(catalogues())
def test_between_two_breakpoints_nothing_changes(data):
    table = table_of(data)
    (use,) = table.uses
    starts = use.timeline.starts
    for start, end in pairwise(starts[1:]):
        first, middle, last = (answer(table, Question(*QUESTION, at)) for at in (start, (start + end) // 2, end - 1))
        for one in (middle, last):
            assert (one.effect, one.cycle, one.findings, one.obligations) == (
                first.effect,
                first.cycle,
                first.findings,
                first.obligations,
            )
            assert (one.stages, one.consent, one.regulatory, one.holds_until) == (
                first.stages,
                first.consent,
                first.regulatory,
                first.holds_until,
            )


def same_when_judged_afresh(data, key, quarters):
    """Judge single instants of a use afresh, whatever the breakpoints, also under every further law."""
    made = compiled(data)
    use = next(use for use in made.table.uses if use.key == key)
    record = next(record for record in made.material.uses if record.key == key)
    begin = at_end_of(EVERY_DAY[0], made.table)
    for law, timeline in {"": use.timeline, **use.beyond}.items():
        wanted = made.uses.asked(record, use.audience, law)
        for quarter in quarters:
            instant = begin + quarter * DAY // 4 + 1
            number = timeline.at(instant)
            assert (timeline.cores[number], timeline.choices[number]) == made.uses._at(wanted, instant)


INSTANTS = st.lists(st.integers(0, (LAST - FIRST).days * 4), min_size=40, max_size=40)


@SLOW
@given(catalogues(), INSTANTS)
def test_the_verdict_at_any_instant_is_the_verdict_of_its_interval(data, quarters):
    same_when_judged_afresh(data, "customer.mobile/bike-delivery/DeliveryOfGoods", quarters)


@SLOW
@given(worlds(), INSTANTS)
def test_under_any_law_the_verdict_at_any_instant_is_the_verdict_of_its_interval(world, quarters):
    same_when_judged_afresh(world.data, "/".join(world.asked.use[1:]), quarters)


@SLOW
@given(worlds())
def test_under_any_law_holds_until_is_the_last_day_with_the_same_effect(world):
    table = table_of(world.data)
    for day in ("2026-03-05", "2026-11-22", "2027-02-05"):
        one = ask(table, day, *world.asked)
        end = (EVERY_DAY.index(one.holds_until) if one.holds_until in EVERY_DAY else len(EVERY_DAY) - 1) + 1
        until = EVERY_DAY[EVERY_DAY.index(day) : end]
        assert {ask(table, other, *world.asked).effect for other in until} == {one.effect}
        if one.holds_until in EVERY_DAY[:-1]:
            assert ask(table, EVERY_DAY[end], *world.asked).effect != one.effect


@SLOW
@given(st.lists(catalogues(), min_size=2, max_size=5))
def test_a_use_among_many_has_the_timeline_it_has_alone(several):
    """Equal patterns share their verdicts: nothing of one use may reach another."""
    together = several[0] | {"processes": [], "uses": []}
    for number, data in enumerate(several):
        name = f"process-{number}"
        process = next(body for body in data["processes"] if body["key"] == "bike-delivery")
        together["processes"].append(process | {"key": name})
        together["uses"].append(data["uses"][0] | {"process": name})
    many = table_of(together)
    for process, use in zip(together["processes"], together["uses"], strict=True):
        alone = table_of(together | {"processes": [process], "uses": [use]})
        key = alone.uses[0].key
        found = next(other for other in many.uses if other.key == key)
        assert found == alone.uses[0]
