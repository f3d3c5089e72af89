from __future__ import annotations

from dataclasses import replace

import pytest

from lineage.gate.table import Mark
from lineage.report.compose import compose
from lineage.report.contexts import ElementContext
from tests.unit.report.compose_catalogues import EXAMPLE, SHOP, view


def elements(text: str = SHOP, day: str = "2026-11-22", **more) -> dict[str, ElementContext]:
    return {element.key: element for element in compose(view(text, day, **more)).elements}


@pytest.fixture(scope="module")
def shop() -> dict[str, ElementContext]:
    return elements()


def test_the_example_of_the_design():
    phone = elements(EXAMPLE)["customer.phone_number"]
    assert phone.verdict.state == "ready"
    assert phone.verdict.sentence == "Processes may use this element: its only use is allowed."
    assert phone.verdict.fixes == ()
    assert phone.cycle.held == 4
    assert phone.cycle.insight_to_purpose
    assert phone.cycle.state == "complete"
    assert (phone.category, phone.audiences[0].title, phone.audiences[0].rank) == ("Telephone number", "Customers", 1)
    use = phone.uses[0]
    assert (use.process, use.purpose, use.effect, use.basis) == (
        "Parcel dispatch", "Delivery of goods", "allow", "contract performance",
    )  # fmt: skip
    assert use.because == "The cycle is closed, and the use rests on contract performance."
    assert use.alternatives == ("E-mail address: read too late",)
    origin = phone.origins[0]
    assert origin.touchpoint == "Web checkout (during)"
    assert origin.mode == "provided, by the person"
    assert origin.captured == "web-shop since 2026-03-01"
    assert origin.retention == "24 months after last order, then erased"
    assert origin.told == ("Privacy notice, version 7",)
    assert [row.checked for row in phone.stages] == ["2026-03-01", "", "2026-07-05", "2026-07-20"]
    assert phone.outcomes[0].organisation == "benefit: 2.1 % failed"
    assert phone.insights[0].decision == "confirm"
    assert phone.regulatory[0].assessed == "2026-03-10 by dewi"


def test_before_anything_was_recorded_nothing_counts():
    phone = elements(EXAMPLE, "2026-02-01")["customer.phone_number"]
    assert phone.verdict.state == "not_ready"
    assert [row.state for row in phone.stages] == ["complete", "complete", "missing", "partial"]
    assert phone.outcomes[0].state == "not_assessed"
    assert phone.insights[0].state == "partial"
    assert not phone.cycle.insight_to_purpose
    assert phone.consents[0].status == "unknown"
    assert phone.regulatory[0].status == "unknown"
    assert [row.checked for row in phone.stages] == ["", "", "", ""]


def test_what_is_near_its_end_is_expiring():
    phone = elements(EXAMPLE, "2027-03-10")["customer.phone_number"]
    assert [row.state for row in phone.stages] == ["complete", "expiring", "complete", "complete"]
    assert phone.cycle.state == "stale"
    assert phone.cycle.held == 4
    assert phone.uses[0].because.startswith("The cycle is closed but due for a fresh look")


def test_an_answer_that_lapses_within_thirty_days_names_the_stage_that_ends_it():
    silent = EXAMPLE.replace("review_by: 2027-03-01", "review_by: 2027-01-30")
    assert [row.state for row in elements(silent, "2027-01-29")["customer.phone_number"].stages][1] == "complete"
    assert [row.state for row in elements(silent, "2027-02-10")["customer.phone_number"].stages][1] == "expiring"
    row = next(r for r in compose(view(silent, "2027-02-10")).rows if r.key == "customer.phone_number")
    assert row.purpose.note == "until 2027-03-01"


def test_the_stages_are_the_worst_over_the_uses(shop):
    basket = shop["customer.basket"]
    assert basket.verdict.state == "with_limits"
    assert basket.verdict.sentence == (
        "Some processes may use this element: 2 of 3 uses are allowed, 1 with obligations."
    )
    assert [row.state for row in basket.stages] == ["complete", "partial", "missing", "missing"]
    assert [row.recorded for row in basket.stages[2:]] == [
        "value to us known for 1 of 3, to the person for 1 of 3; not met: an outcome is recorded",
        "a decision was applied for 1 of 3; not met: an insight is recorded",
    ]
    assert not basket.cycle.insight_to_purpose


def test_a_pilot_may_run_with_obligations(shop):
    pilot = next(use for use in shop["customer.basket"].uses if use.process == "Slot desk")
    assert (pilot.effect, pilot.cycle, pilot.holds_until) == ("allow", "pilot", "2026-12-10")
    assert pilot.because == "A time-boxed pilot is running; the use rests on contract performance."
    assert len(pilot.obligations) == 2
    assert [(s.stage, s.state) for s in pilot.stages][2:] == [("outcome", "missing"), ("insight", "missing")]


def test_a_denied_use_says_why(shop):
    denied = next(use for use in shop["customer.basket"].uses if use.purpose == "Direct marketing")
    assert denied.effect == "deny"
    assert denied.because == "Nobody answers for process campaigns, and 4 more blockers."
    assert denied.consent == "expiring"
    assert {f.severity for f in denied.findings} == {"blocker", "warning"}
    assert all(f.where for f in denied.findings)


def test_fixes_are_distinct_and_name_problem_and_remedy(shop):
    for element in shop.values():
        texts = [fix.text for fix in element.verdict.fixes]
        assert len(texts) == len(set(texts)) <= 8
        assert all(": " in text for text in texts)
    first = shop["customer.taste"].verdict.fixes[0]
    assert first.code == "usage-cycle/prohibited-source"
    assert first.text.startswith("customer.taste derives from customer.basket")


def test_a_fix_that_helps_several_uses_comes_first_and_says_so():
    basket = elements(SHOP.replace("  steward: rina\n  origins:\n  - {key: till", "  origins:\n  - {key: till"))[
        "customer.basket"
    ]
    assert basket.verdict.fixes[0].code == "usage-cycle/element-steward"
    assert "(stops 3 uses)" in basket.verdict.fixes[0].text


def test_prohibitions_are_uses_nobody_may_make(shop):
    banned = [use for use in shop["customer.basket"].uses if use.effect == "prohibited"]
    assert [(use.process, use.because) for use in banned] == [
        ("Every process", "No process may use it for “Sell data to third parties” or anything narrower."),
        ("Campaigns", "Campaigns must not use it for “Targeted advertising” or anything narrower."),
    ]


def test_an_inherited_prohibition_denies_and_is_told_with_its_way(shop):
    taste = shop["customer.taste"]
    assert taste.verdict.state == "not_ready"
    assert "derives from customer.basket" in taste.uses[0].because
    assert [(one.what, one.effect, one.path) for one in taste.inherited] == [
        ("Campaigns must not use it for “Targeted advertising”", "Stops a use", "customer.basket → customer.taste"),
        ("Is itself not used for “Targeted advertising”", "Stops a use", "customer.basket → customer.taste"),
        ("Must not be used for “Sell data to third parties”", "Binds", "customer.basket → customer.taste"),
    ]
    assert [(link.key, link.anchor) for link in taste.derived_from] == [("customer.basket", "el-customer.basket")]
    assert taste.derived_from[0].note.startswith("masked, but no approved assessment")
    assert [link.key for link in shop["customer.basket"].feeds] == ["customer.taste"]


def test_an_approved_anonymisation_stops_what_travels():
    proven = SHOP + (
        "- {key: anon, type: anonymisation, covers: {elements: [customer.taste]}, result: acceptable,\n"
        "   approved_by: dewi, approved: 2026-03-01}\n"
    )
    taste = elements(proven)["customer.taste"]
    assert taste.derived_from[0].note.startswith("masked, with an approved assessment")
    assert taste.inherited == ()


def test_an_element_without_uses_is_not_assessed_beyond_its_origin(shop):
    email = shop["customer.email"]
    assert email.verdict.state == "not_assessed"
    assert email.verdict.sentence == "No process has asked to use this element."
    assert [row.state for row in email.stages] == ["partial", "missing", "missing", "missing"]
    assert {f.stage for f in email.findings} == {"origin"}
    assert email.uses == ()


def test_what_people_were_told_against_what_is_done(shop):
    told = shop["customer.basket"].told
    assert [(t.statement, t.state) for t in told] == [
        ("Privacy notice, version 1, from 2026-01-01", "complete"),
        ("Privacy notice, version 1, from 2026-01-01", "missing"),
        ("Privacy notice, version 1, from 2026-01-01", "not_assessed"),
        ("Privacy notice for fans, from 2027-01-01", "not_assessed"),
    ]
    assert told[0].says == "We will use it for “Delivery of goods”, passing it to Kurier GmbH, keeping it for 24 months"
    assert told[0].done.startswith("Parcel dispatch uses it for “Delivery of goods”, passing it to Kurier GmbH; ")
    assert told[1].says == "We will not use it for “Direct marketing”"
    assert told[1].done == "Campaigns uses it for “Direct marketing” (declared; not allowed now)."


def test_a_promise_nothing_speaks_to_can_not_be_told():
    phone = elements(EXAMPLE)["customer.phone_number"]
    assert [t.state for t in phone.told] == ["complete", "not_assessed"]
    assert phone.told[1].done == "No permitted use covers this."


def test_consents_stand_as_the_judge_reads_them(shop):
    assert [(c.status, c.state, c.ends) for c in shop["customer.basket"].consents] == [
        ("given", "expiring", "2026-12-05"),
        ("withdrawn", "missing", "2026-01-31"),
    ]
    early = elements(day="2026-01-25")["customer.basket"].consents
    assert [(c.status, c.state) for c in early] == [("unknown", "not_assessed"), ("given", "complete")]
    late = elements(day="2027-01-01")["customer.basket"].consents
    assert (late[0].status, late[0].state) == ("expired", "missing")


def test_a_waived_blocker_is_no_blocker_of_the_element():
    open_ = SHOP.replace("  steward: rina\n  origins:\n  - {key: till", "  origins:\n  - {key: till")
    assert elements(open_)["customer.basket"].stages[0].state == "partial"
    waived = open_ + (
        "waivers:\n- {finding: usage-cycle/element-steward, covers: {elements: [customer.basket]},\n"
        "   reason: being found, requested_by: rina, approved_by: dewi, until: 2026-12-31}\n"
    )
    basket = elements(waived)["customer.basket"]
    assert basket.stages[0].state == "complete"
    assert [f.severity for f in basket.findings] == ["warning"]


def test_a_use_for_one_audience_is_asked_for_that_audience():
    fans = SHOP.replace("  process: dispatch\n", "  process: dispatch\n  audience: customer\n")
    fans = fans.replace("value: code\n  audiences: [customer]", "value: code\n  audiences: [customer, fan]")
    assert elements(fans)["customer.basket"].audiences[1].title == "Fans"
    use = next(use for use in elements(fans)["customer.basket"].uses if use.process == "Parcel dispatch")
    assert (use.audience, use.effect) == ("Customers", "allow")


def test_a_rule_without_an_answer_leaves_the_use_undecided():
    made = view(EXAMPLE)
    table = made.compiled.table
    use = table.uses[0]
    broken = [
        core._replace(effect="undecided", stages=("complete", "not_assessed", "complete", "complete"),
                      marks=(Mark(table.numbers["usage-cycle/why"], "blocker", 0, unanswered=True),))
        for core in use.timeline.cores
    ]  # fmt: skip
    silent = use._replace(timeline=use.timeline._replace(cores=tuple(broken)))
    compiled = replace(made.compiled, table=replace(table, uses=(silent,)))
    report = compose(replace(made, compiled=compiled))
    phone = next(e for e in report.elements if e.key == "customer.phone_number")
    assert (report.counts.undecided, report.counts.not_assessed) == (1, 2)
    assert report.headline.startswith("The only use is undecided; the first reason is that the rule “")
    assert phone.verdict.state == "not_assessed"
    assert phone.uses[0].effect == "undecided"
    assert "gave no answer" in phone.uses[0].because
    assert phone.stages[1].state == "not_assessed"
    assert [node.state for node in phone.lineage.nodes if node.column == "purpose"] == ["not_assessed"]
