"""A rule that gives no answer leaves the verdict undecided, unless something certain denies already."""

from __future__ import annotations

import pytest

from tests.cases.changing import base, changed
from tests.catalogues import ask, codes, pack_bodies, table_of

QUESTION = ("bike-delivery", "customer.mobile", "DeliveryOfGoods")
RULE = {
    "id": "broken",
    "title": "Broken",
    "scope": "element",
    "stage": "origin",
    "about": "element.kind",
    "require": "int(element.kind) > 0",
    "effect": "blocker",
    "message": "no",
    "fix": "do",
    "cite": "none",
    "certainty": "I",
}
STEWARD = {"remove": ["elements", "customer.mobile", "steward"]}
BAN = {"add": ["uses"], "values": [{"element": "customer.mobile", "purpose": "DeliveryOfGoods", "effect": "prohibit"}]}
WAIVED = {
    "add": ["waivers"],
    "values": [
        {
            "finding": "*",
            "covers": {"elements": ["customer.mobile"]},
            "reason": "soon",
            "requested_by": "tomas",
            "approved_by": "inga",
            "until": "2026-12-31",
        }
    ],
}


def answer_under(rule, edits=(), when="2026-11-22", regime=""):
    pack = {
        "pack": "broken",
        "title": "Broken",
        "version": "1",
        "as_of": "2026-11-01",
        "regime": regime,
        "rules": [RULE | rule],
    }
    packs = pack_bodies() | {"broken": pack}
    return ask(table_of(changed(base(), list(edits)), packs=packs), when, *QUESTION)


@pytest.mark.parametrize(
    ("rule", "edits", "effect"),
    [
        ({}, (), "undecided"),
        ({"scope": "origin", "require": "int(origin.mode) > 0"}, (), "undecided"),
        ({"scope": "audience", "require": "int(audience.rank) > 0"}, (), "undecided"),
        ({"scope": "use", "stage": "purpose", "require": "int(use.why) > 0"}, (), "undecided"),
        ({"scope": "regime", "stage": "regulation", "require": "int(regime.basis) > 0"}, (), "undecided"),
        ({"when": "int(element.kind) > 0", "require": "true"}, (), "undecided"),
        ({"effect": "warning"}, (), "undecided"),
        ({"cycle": "stale"}, (), "undecided"),
        ({}, (STEWARD,), "deny"),
        ({}, (BAN,), "deny"),
        ({"stage": "insight", "scope": "use", "require": "int(use.why) > 0"}, (STEWARD,), "deny"),
        ({"when": 'element.kind == "attitudinal"'}, (), "allow"),
    ],
)
def test_the_effect_is_undecided_unless_something_certain_denies(rule, edits, effect):
    assert answer_under(rule, edits).effect == effect


def test_the_stage_of_the_rule_is_not_assessed():
    answer = answer_under({})
    assert answer.stages == {
        "origin": "not_assessed",
        "purpose": "complete",
        "outcome": "complete",
        "insight": "complete",
    }
    assert not answer


@pytest.mark.parametrize("effect", ["blocker", "warning", "note", "obligation"])
def test_a_rule_without_an_answer_is_a_finding_and_opens_its_stage_whatever_it_would_have_said(effect):
    answer = answer_under({"effect": effect})
    assert answer.stages["origin"] == "not_assessed"
    assert [(finding.code, finding.unanswered) for finding in answer.findings] == [("broken/broken", True)]
    assert answer.obligations == ()


def test_the_finding_says_that_the_rule_gave_no_answer_and_who_mends_it():
    (finding,) = answer_under({}).findings
    assert (finding.code, finding.severity, finding.unanswered) == ("broken/broken", "blocker", True)
    assert finding.message == "the rule “Broken” gave no answer for these facts"
    assert finding.fix == "ask whoever keeps the pack to mend the rule"


def test_an_undecided_answer_carries_no_obligations():
    edits = [
        {"remove": ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods", name]} for name in ("outcomes", "insights")
    ]
    sound = {"when": 'element.kind == "attitudinal"'}
    assert len(codes(answer_under(sound, edits, "2026-03-01"), "obligation")) == 2
    answer = answer_under({"scope": "use", "stage": "expectation", "require": "int(use.why) > 0"}, edits, "2026-03-01")
    assert (answer.effect, answer.cycle, answer.obligations) == ("undecided", "pilot", ())


def test_what_gave_no_answer_is_not_waived():
    assert answer_under({}, [WAIVED]).effect == "undecided"


def test_a_pilot_does_not_bear_a_rule_that_gave_no_answer():
    edits = [
        {"remove": ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods", name]} for name in ("outcomes", "insights")
    ]
    answer = answer_under({"scope": "use", "stage": "outcome", "require": "int(use.why) > 0"}, edits, "2026-03-01")
    assert (answer.effect, answer.cycle) == ("undecided", "pilot")


def test_a_regime_pack_that_does_not_apply_is_not_asked():
    assert answer_under({}, regime="br-lgpd").effect == "allow"


def test_holds_until_is_the_day_before_the_doubt_becomes_a_certainty():
    assert answer_under({}).holds_until == "2027-03-12"
