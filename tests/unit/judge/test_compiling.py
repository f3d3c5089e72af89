"""Documents into a table: what is judged, how often, and what rules in force at other times do."""

from __future__ import annotations

import copy

import pytest

from lineage.judge.compile import compile_table
from tests.cases.changing import base, changed
from tests.catalogues import ask, at_end_of, codes, compiled, content_of, documents, pack_bodies, rows, table_of

QUESTION = ("bike-delivery", "customer.mobile", "DeliveryOfGoods")
USE = "customer.mobile/bike-delivery/DeliveryOfGoods"
RULE = {
    "id": "late",
    "title": "Late",
    "scope": "use",
    "stage": "expectation",
    "about": "use.why",
    "require": "false",
    "effect": "blocker",
    "message": "no longer",
    "fix": "do",
    "cite": "none",
    "certainty": "I",
}


def under(*rules, when="2026-11-22"):
    pack = {
        "pack": "dated",
        "title": "Dated",
        "version": "1",
        "as_of": "2026-11-01",
        "rules": [RULE | rule for rule in rules],
    }
    return ask(table_of(base(), packs=pack_bodies() | {"dated": pack}), when, *QUESTION)


@pytest.mark.parametrize(
    ("window", "when", "effect", "holds"),
    [
        ({"from": "2026-12-01"}, "2026-11-30", "allow", "2026-11-30"),
        ({"from": "2026-12-01"}, "2026-12-01", "deny", None),
        ({"until": "2026-11-22"}, "2026-11-22", "deny", "2026-11-22"),
        ({"until": "2026-11-22"}, "2026-11-23", "allow", "2027-03-12"),
        ({"from": "2026-10-01", "until": "2026-10-31"}, "2026-09-30", "allow", "2026-09-30"),
        ({"from": "2026-10-01", "until": "2026-10-31"}, "2026-10-01", "deny", "2026-10-31"),
        ({"from": "2026-10-01", "until": "2026-10-31"}, "2026-11-01", "allow", "2027-03-12"),
        ({}, "2026-11-22", "deny", None),
    ],
)
def test_a_rule_speaks_only_while_it_is_in_force(window, when, effect, holds):
    answer = under({"in_force": window}, when=when)
    assert (answer.effect, answer.holds_until) == (effect, holds)


def test_the_origin_of_an_element_changes_with_the_rules():
    rule = {"scope": "element", "stage": "origin", "about": "element.kind", "in_force": {"from": "2026-12-01"}}
    assert under(rule, when="2026-11-30").stages["origin"] == "complete"
    assert under(rule, when="2026-12-01").stages["origin"] == "partial"


def test_a_hundred_uses_alike_are_judged_once():
    data = base()
    data["processes"] += [{**data["processes"][0], "key": f"delivery-{number}"} for number in range(99)]
    data["uses"] += [{**data["uses"][0], "process": f"delivery-{number}"} for number in range(99)]
    one, many = compile_table(rows(documents(base())), 1, "x").work, compile_table(rows(documents(data)), 1, "x").work
    assert (one.uses, many.uses) == (1, 100)
    assert many.evaluations == one.evaluations
    assert many.verdicts == one.verdicts
    assert many.verdicts_made == one.verdicts_made


def test_uses_alike_but_for_their_days_share_their_verdicts():
    data = base()
    data["processes"].append({**data["processes"][0], "key": "delivery-2"})
    later = copy.deepcopy(data["uses"][0]) | {"process": "delivery-2", "review_by": "2027-02-20"}
    data["uses"].append(later)
    first, second = compiled(data).table.uses
    assert first.timeline.cores == second.timeline.cores
    assert all(one is other for one, other in zip(first.timeline.cores, second.timeline.cores, strict=True))
    assert first.timeline.starts != second.timeline.starts


def test_only_the_uses_asked_for_are_judged_and_everything_is_still_known():
    data = changed(base(), [{"add": ["uses"], "values": [{**base()["uses"][0], "process": "repair-service"}]}])
    table = compile_table(rows(documents(data)), 1, "x", only=lambda _, process: process == "repair-service").table
    assert [use.process for use in table.uses] == ["repair-service"]
    assert set(table.elements) == {"customer.mobile", "customer.mail"}


def test_the_same_rows_give_the_same_table():
    assert content_of(table_of(base())) == content_of(table_of(base()))


@pytest.mark.parametrize(
    ("key", "blockers", "cycle"),
    [
        ("customer.mobile", ["usage-cycle/element-retired"], "retired"),
        ("bike-delivery", ["usage-cycle/retired"], "retired"),
        (USE, ["usage-cycle/no-use"], "incomplete"),
        (f"{USE}#ring-first", ["usage-cycle/insight-recorded"], "incomplete"),
        (f"{USE}#spring", ["usage-cycle/outcome-recorded", "usage-cycle/insight-outcomes"], "incomplete"),
        ("customer.mobile#order-form", ["usage-cycle/origin-declared", "usage-cycle/G1"], "incomplete"),
        ("customer.mobile#eu-gdpr", ["usage-cycle/status-known"], "complete"),
    ],
)
def test_what_was_retired_is_no_longer_there(key, blockers, cycle):
    answer = ask(table_of(base(), retired=frozenset({key})), "2026-11-22", *QUESTION)
    assert (answer.effect, answer.cycle, codes(answer, "blocker")) == ("deny", cycle, blockers)


def test_a_retired_process_is_denied_even_without_a_use():
    answer = ask(table_of(base(), retired=frozenset({"repair-service"})), "2026-11-22", "repair-service", *QUESTION[1:])
    assert codes(answer, "blocker") == ["usage-cycle/retired"]
    assert answer.cycle == "retired"


def test_an_empty_catalogue_has_a_table_that_knows_nothing():
    table = table_of({"catalogue": {"name": "Empty"}})
    assert (table.elements, table.uses, table.zone) == ({}, (), "UTC")
    assert codes(ask(table, "2026-11-22", "a", "b", "c"), "blocker") == [
        f"usage-cycle/unknown-{name}" for name in ("element", "process", "purpose")
    ]


def test_a_timeline_begins_before_every_date_and_its_starts_rise():
    for use in table_of(base()).uses:
        starts = use.timeline.starts
        assert list(starts) == sorted(set(starts))
        assert starts[0] < at_end_of("0001-01-01", table_of(base()))


INSIGHTS = ["uses", USE, "insights"]
STOP = {
    "key": "a-stop",
    "outcomes": ["spring"],
    "learned": "nobody needs it",
    "decision": "retire",
    "applied": "2026-07-01",
    "evidence": ["x"],
}
RANG = {
    "key": "z-again",
    "outcomes": ["spring"],
    "learned": "it helps",
    "decision": "confirm",
    "applied": "2026-08-01",
    "evidence": ["x"],
}


def test_an_ended_use_names_the_insight_that_ended_it():
    answer = ask(table_of(changed(base(), [{"add": INSIGHTS, "values": [STOP]}])), "2026-11-22", *QUESTION)
    assert "insight a-stop ended the use" in answer.findings[0].message


def test_an_ended_use_names_the_insight_that_ended_it_though_another_came_later():
    answer = ask(table_of(changed(base(), [{"add": INSIGHTS, "values": [STOP, RANG]}])), "2026-11-22", *QUESTION)
    assert answer.cycle == "retired"
    assert "insight a-stop ended the use" in answer.findings[0].message


MASKED = [{"element": "customer.mobile", "masking": True}]
ORIGIN = {
    "mode": "derived", "source": "controller", "captured_by": "order-db", "captured_since": "2026-03-01",
    "stored_in": {"system": "order-db", "country": "DE"}, "derived_from": MASKED,
}  # fmt: skip


@pytest.mark.parametrize(
    "origins",
    [
        pytest.param(1, id="one origin"),
        pytest.param(2, id="two origins"),
    ],
)
def test_a_source_masked_in_every_origin_passes_no_prohibition_on(origins):
    area = {
        "key": "customer.area",
        "audiences": ["customer"],
        "origins": [ORIGIN | {"key": f"o{number}"} for number in range(origins)],
    }
    anonymous = {
        "key": "anon",
        "type": "anonymisation",
        "covers": {"elements": ["customer.area"]},
        "result": "acceptable",
        "approved_by": "inga",
        "approved": "2026-01-01",
    }
    ban = {"element": "customer.mobile", "purpose": "CustomerCare", "effect": "prohibit"}
    edits = [
        {"add": ["elements"], "values": [area]},
        {"add": ["assessments"], "values": [anonymous]},
        {"add": ["uses"], "values": [ban]},
    ]
    table = table_of(changed(base(), edits))
    since = at_end_of("2025-12-31", table) + 1
    assert [ban.windows[-1][1] for ban in table.elements["customer.area"].prohibitions] == [since]
