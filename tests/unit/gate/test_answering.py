"""One question, one answer: in which order, for how many audiences, until when."""

from __future__ import annotations

import copy

import pytest

from lineage.gate.answer import Question, answer
from lineage.gate.findings import SEVERITIES, STAGE_ORDER, Finding, ordered
from tests.cases.changing import base, changed
from tests.catalogues import ask, at_end_of, codes, table_of

QUESTION = ("bike-delivery", "customer.mobile", "DeliveryOfGoods")
USE = ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods"]
MOBILE = ["elements", "customer.mobile"]
BOTH = {"set": [*MOBILE, "audiences"], "to": ["customer", "prospect"]}
TOLD_BOTH = {"set": ["statements", "notice-3", "audiences"], "to": ["customer", "prospect"]}
BARE = {"element": "customer.mobile", "process": "bike-delivery", "purpose": "DeliveryOfGoods", "effect": "allow"}


def finding(code, stage="origin", severity="blocker", message="m", number=0):
    return Finding(code, stage, severity, message, "fix", "cite", "title", "I", number=number)


def test_findings_stand_worst_first_and_then_in_the_order_of_the_verdict():
    mixed = [
        finding(f"{stage}-{severity}", stage, severity)
        for severity in reversed(SEVERITIES)
        for stage in reversed(STAGE_ORDER)
    ]
    expected = [f"{stage}-{severity}" for severity in SEVERITIES for stage in STAGE_ORDER]
    assert [item.code for item in ordered(mixed)] == expected


def test_findings_of_one_stage_stand_in_the_order_of_the_rules():
    assert [
        item.code for item in ordered([finding("a", number=3), finding("b", number=1), finding("c", number=2)])
    ] == ["b", "c", "a"]


def test_a_finding_is_said_once_and_two_messages_of_one_rule_are_two():
    assert len(ordered([finding("a"), finding("a"), finding("a", message="other")])) == 2


def test_everything_that_fails_is_reported_in_the_order_of_the_verdict():
    edits = [
        {"remove": [*MOBILE, "steward"]},
        {"remove": [*USE, "why"]},
        {"remove": [*USE, "insights"]},
        {"remove": [*MOBILE, "origins", "order-form", "measures"]},
        {"remove": [*USE, "basis"]},
        {"set": [*USE, "told"], "to": "not_told"},
        {"set": [*MOBILE, "regulatory", "eu-gdpr", "status"], "to": "unlawful"},
        {
            "add": ["uses"],
            "values": [{"element": "customer.mobile", "purpose": "DeliveryOfGoods", "effect": "prohibit"}],
        },
    ]
    given = ask(table_of(changed(base(), edits)), "2026-11-22", *QUESTION)
    own = ["prohibited", "status-unlawful", "element-steward", "why", "insight-recorded", "G1"]
    assert [code for code in codes(given, "blocker") if code.startswith("usage-cycle/")] == [
        f"usage-cycle/{name}" for name in own
    ]
    stages = [STAGE_ORDER.index(item.stage) for item in given.findings if item.severity == "blocker"]
    assert stages == sorted(stages)
    assert given.findings[-1].severity == "warning"


def test_an_unknown_key_is_said_alone_and_holds_for_ever():
    given = ask(table_of(base()), "2026-11-22", "bike-delivery", "customer.fax", "DeliveryOfGoods")
    assert (given.effect, given.holds_until, given.uses, given.obligations) == ("deny", None, (), ())
    assert set(given.stages.values()) == {"not_assessed"}


def test_without_an_audience_the_worst_answer_of_all_audiences_counts():
    edits = [BOTH, TOLD_BOTH, {"set": [*USE, "audience"], "to": "customer"}]
    edits.append({"add": ["uses"], "values": [BARE | {"audience": "prospect"}]})
    table = table_of(changed(base(), edits))
    assert ask(table, "2026-11-22", *QUESTION, "customer").effect == "allow"
    assert ask(table, "2026-11-22", *QUESTION, "prospect").effect == "deny"
    both = ask(table, "2026-11-22", *QUESTION)
    assert both.effect == "deny"
    assert both.stages == ask(table, "2026-11-22", *QUESTION, "prospect").stages
    assert both.uses == tuple(
        f"customer.mobile/bike-delivery/DeliveryOfGoods/{name}" for name in ("customer", "prospect")
    )


def test_what_two_audiences_have_in_common_is_said_once():
    edits = [BOTH, TOLD_BOTH, {"set": [*MOBILE, "origins", "order-form", "measures"], "to": []}]
    given = ask(table_of(changed(base(), edits)), "2026-11-22", *QUESTION)
    assert [item.code for item in given.findings] == ["eu-gdpr/EU-18", "usage-cycle/origin-measures"]


def test_an_element_without_audiences_is_asked_about_as_a_whole():
    given = ask(table_of(changed(base(), [{"remove": [*MOBILE, "audiences"]}])), "2026-11-22", *QUESTION)
    assert codes(given, "blocker") == ["usage-cycle/element-audience"]
    asked = ask(table_of(changed(base(), [{"remove": [*MOBILE, "audiences"]}])), "2026-11-22", *QUESTION, "customer")
    assert codes(asked, "blocker") == ["usage-cycle/other-audience"]


def test_among_equal_uses_the_best_one_gives_the_answer():
    specific = copy.deepcopy(base()["uses"][0]) | {"audience": "customer", "told": "not_told"}
    table = table_of(changed(base(), [{"add": ["uses"], "values": [specific]}]))
    given = ask(table, "2026-11-22", *QUESTION, "customer")
    assert given.effect == "allow"
    assert given.uses == ("customer.mobile/bike-delivery/DeliveryOfGoods",)


def test_a_question_about_one_use_is_answered_by_that_use():
    bare = BARE | {"audience": "customer"}
    table = table_of(changed(base(), [{"add": ["uses"], "values": [bare]}]))
    instant = at_end_of("2026-11-22", table)
    key = "customer.mobile/bike-delivery/DeliveryOfGoods"
    assert answer(table, Question(*QUESTION, instant, "customer", use=key)).effect == "allow"
    assert answer(table, Question(*QUESTION, instant, "customer", use=f"{key}/customer")).effect == "deny"


def test_between_equal_uses_the_effect_holds_as_long_as_one_of_them_allows():
    longer = copy.deepcopy(base()["uses"][0]) | {"audience": "customer", "review_by": "2027-05-01"}
    edits = [{"add": ["uses"], "values": [longer]}, {"remove": [*MOBILE, "regulatory", "eu-gdpr", "review_by"]}]
    assert ask(table_of(changed(base(), edits[1:])), "2026-11-22", *QUESTION).holds_until == "2027-03-17"
    assert ask(table_of(changed(base(), edits)), "2026-11-22", *QUESTION, "customer").holds_until == "2027-05-31"


@pytest.mark.parametrize(
    ("when", "effect", "holds"),
    [
        ("2026-01-31", "deny", "2026-01-31"),
        ("2026-02-01", "allow", "2026-05-02"),
        ("2026-05-02", "allow", "2026-05-02"),
        ("2026-05-03", "deny", "2026-06-21"),
        ("2026-06-22", "allow", "2027-03-12"),
        ("2027-03-12", "allow", "2027-03-12"),
        ("2027-03-13", "deny", None),
        ("0001-01-02", "deny", "2026-01-31"),
        ("9999-12-30", "deny", None),
    ],
)
def test_an_answer_holds_until_the_effect_changes(when, effect, holds):
    given = ask(table_of(base()), when, *QUESTION)
    assert (given.effect, given.holds_until) == (effect, holds)


def test_an_answer_is_true_only_when_it_allows():
    assert ask(table_of(base()), "2026-11-22", *QUESTION)
    assert not ask(table_of(base()), "2026-06-01", *QUESTION)


def test_the_same_question_to_the_same_table_has_the_same_answer():
    table = table_of(base())
    assert ask(table, "2026-06-01", *QUESTION) == ask(table, "2026-06-01", *QUESTION)


def test_obligations_are_told_only_with_an_allow():
    edits = [{"remove": [*USE, "outcomes"]}, {"remove": [*USE, "insights"]}]
    table = table_of(changed(base(), edits))
    assert len(ask(table, "2026-03-01", *QUESTION).obligations) == 2
    denied = ask(table_of(changed(base(), [*edits, {"remove": [*USE, "basis"]}])), "2026-03-01", *QUESTION)
    assert (denied.effect, denied.cycle, denied.obligations) == ("deny", "pilot", ())
