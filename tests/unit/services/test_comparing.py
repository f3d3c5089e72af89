"""Two tables side by side: the same answer as asking each, and the first instant at which they part."""

from __future__ import annotations

import copy
import itertools
from zoneinfo import ZoneInfo

import pytest

from lineage.domain.days import start_of
from lineage.gate.answer import Question, answer
from lineage.services.comparing import compare, turns
from lineage.services.moments import Moment
from lineage.services.views import View
from tests.cases.changing import base, changed
from tests.catalogues import at_end_of, compiled

DAY = "2026-11-22"
USE = ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods"]
MOBILE = ["elements", "customer.mobile"]
BAN = {"element": "customer.mobile", "purpose": "DeliveryOfGoods", "effect": "prohibit"}
CONSENT = {
    "key": "box", "purpose": "DeliveryOfGoods", "status": "given", "method": "button", "statement": "notice-3",
    "given": "2026-02-05", "withdraw": "account page",
}  # fmt: skip
RESTING = {"set": [*USE, "basis"], "to": {"eu-gdpr": "consent"}}

EDITS = {
    "nothing": [],
    "no steward": [{"remove": [*MOBILE, "steward"]}],
    "an earlier review": [{"set": [*USE, "review_by"], "to": "2026-12-01"}],
    "a prohibition": [{"add": ["uses"], "values": [BAN]}],
    "a retired element": [{"set": [*MOBILE, "lifecycle"], "to": "retired"}],
    "no use": [{"remove": USE}],
    "on a consent nobody gave": [RESTING],
    "another purpose": [{"set": [*USE, "purpose"], "to": "CustomerCare"}],
}


def view_of(edits, day=DAY):
    found = compiled(changed(base(), copy.deepcopy(edits)))
    moment = Moment(at_end_of(day, found.table), found.table.zone)
    return View(found, moment, moment, None, 1, "")


PAIRS = list(itertools.product(EDITS, EDITS))
VIEWS = {name: view_of(edits) for name, edits in EDITS.items()}


def asked(view, use, moment):
    """The effect a question gets, for the use itself where it is declared."""
    declared = use.key in {known.key for known in view.table.uses}
    question = Question(use.process, use.element, use.purpose, moment, use.audience, use=use.key if declared else "")
    return answer(view.table, question)


def uses_of(*views):
    return {use.key: use for view in views for use in view.table.uses}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_comparison_finds_what_asking_both_finds(one, other):
    before, after = VIEWS[one], VIEWS[other]
    found = {change.use: change for change in compare(before, after).changes}
    for key, use in uses_of(before, after).items():
        was, now = (asked(view, use, view.at.microseconds) for view in (before, after))
        said = [{(f.severity, f.code) for f in a.findings if f.severity in ("blocker", "warning")} for a in (was, now)]
        differs = said[0] != said[1] or (was.effect, was.cycle, was.holds_until) != (
            now.effect,
            now.cycle,
            now.holds_until,
        )
        assert (key in found) == differs
        if differs:
            assert (found[key].before.effect, found[key].after.effect) == (was.effect, now.effect)
            assert {(f.severity, f.code) for f in found[key].added} == said[1] - said[0]
            assert {(f.severity, f.code) for f in found[key].removed} == said[0] - said[1]


@pytest.mark.parametrize("day", ["2026-03-01", "2026-11-30", "2027-05-01", "2031-01-01"])
def test_one_table_at_two_instants_is_compared_as_well(day):
    before, after = VIEWS["nothing"], view_of([], day)
    same = View(before.compiled, after.at, after.as_of, None, 1, "")
    assert compare(before, same) == compare(before, after)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_turn_is_the_first_instant_at_which_the_effects_differ(one, other):
    before, after = VIEWS[one], VIEWS[other]
    start = before.at.microseconds
    found = {turn.use: turn for turn in turns(before, after, start)}
    edges = sorted({start} | {
        edge
        for view in (before, after)
        for edge in (
            *(s for use in view.table.uses for s in use.timeline.starts),
            *(e for element in view.table.elements.values() for ban in element.prohibitions for w in ban.windows for e in w),
        )
        if start < edge < 1 << 61
    })  # fmt: skip
    for key, use in uses_of(before, after).items():
        parted = [e for e in edges if asked(before, use, e).effect != asked(after, use, e).effect]
        assert (key in found) == bool(parted)
        if parted:
            assert found[key].since.microseconds == parted[0]


def test_a_withdrawal_to_come_turns_on_its_day():
    given = view_of([RESTING, {"add": [*MOBILE, "consents"], "values": [CONSENT]}])
    later = CONSENT | {"status": "withdrawn", "withdrawn": "2027-01-01"}
    withdrawn = view_of([RESTING, {"add": [*MOBILE, "consents"], "values": [later]}])
    day = start_of("2027-01-01", ZoneInfo(given.table.zone))
    assert compare(given, withdrawn).counts()["allow_to_deny"] == 0
    [turn] = turns(given, withdrawn, given.at.microseconds)
    assert (turn.what, turn.since.microseconds) == ("allow_to_deny", day)
    assert "eu-gdpr/EU-02" in [finding.code for finding in turn.added]


def test_only_the_elements_asked_for_are_compared():
    comparison = compare(VIEWS["nothing"], VIEWS["a prohibition"], ["customer.other"])
    assert (comparison.uses, comparison.changes) == (0, ())
