"""The forecast: what lapses if nobody does anything, on which day, why, and who can act."""

from __future__ import annotations

import pytest

from tests.journeys.shop import ELEMENTS, LOOP, OPEN, SOUND, USES

PHONE = "customer.phone_number"
DELIVERY = (PHONE, "parcel-dispatch", "DeliveryOfGoods")
PILOT = """\
  pilot: {{from: {start}, until: {until}, hypothesis: fewer calls, measure: calls, target: "< 3", owner: tia,
          requested_by: rina, approved_by: dewi{more}}}
"""
CONSENT = """\
  consents:
  - {key: calls, purpose: DeliveryOfGoods, audience: customer, regimes: [eu-gdpr], status: given, explicit: true,
     method: ticked_box, statement: notice-7, given: 2026-03-05, expires: 2026-09-10, withdraw: account page,
     separate_from_terms: true, give_steps: 1, withdraw_steps: 1}
"""
WAIVER = """\
waivers:
- {finding: eu-gdpr/EU-03, covers: {processes: [parcel-dispatch]}, reason: contract is being filed, requested_by: rina,
   approved_by: mira, until: 2026-09-30}
"""
ASSESSMENT = """\
assessments:
- {key: weighing, type: lia, covers: {processes: [parcel-dispatch]}, result: acceptable, requested_by: rina,
   approved_by: mira, approved: 2026-03-01, valid_until: 2026-08-20}
"""
INTEREST = SOUND.replace("contract_performance", "legitimate_interest").replace(
    "  evidence:", "  objection: by mail\n  evidence:"
)
STATUS = ELEMENTS.replace("review_by: 2027-03-10", "review_by: 2026-08-20")
SLOT = (
    ELEMENTS.partition("- {key: customer.email")[0]
    .replace(PHONE, "order.slot")
    .replace("steward: rina", "steward: tomo")
    .replace("notice-7", "notice-8")
    .replace("mode: provided", f"mode: derived\n    derived_from: [{{element: {PHONE}, masking: true}}]")
)
MASKED = f"""\
{SLOT}
statements:
- key: notice-8
  title: Privacy notice, version 8
  touchpoints: [web-checkout]
  audiences: [customer]
  in_force: {{from: 2026-03-01}}
  items: [controller, dpo, purpose, basis, recipients, retention, rights, withdraw, complaint, obligation]
  says: [{{modality: will, elements: [order.slot], purpose: DeliveryOfGoods, recipients: [kurier], retention: P24M}}]
uses:
{SOUND.replace(PHONE, "order.slot").replace("notice-7", "notice-8")}{LOOP}
- {{element: {PHONE}, purpose: DeliveryOfGoods, effect: prohibit}}
assessments:
- {{key: anonymous, type: anonymisation, covers: {{elements: [order.slot]}}, result: acceptable, requested_by: tomo,
   approved_by: dewi, approved: 2026-03-01, valid_until: 2026-09-15}}
- {{key: fits, type: compatibility, covers: {{elements: [order.slot]}}, result: compatible, requested_by: tomo,
   approved_by: dewi, approved: 2026-03-01}}
"""


def declare(shop, uses=USES, elements=ELEMENTS, more=""):
    shop.write("catalog/uses.yaml", uses)
    shop.write("catalog/elements.yaml", elements)
    shop.write("catalog/more.yaml", more or "touchpoints: []\n")
    said = shop("apply", "catalog", "--yes")
    assert said.code == 0, said.err


def pilot(until, start="2026-08-01", more=""):
    return f"uses:\n{SOUND}{LOOP}{OPEN}{PILOT.format(start=start, until=until, more=more)}"


def change(result):
    return result["change"], result["on"], result["last_day"], result["from"], result["to"]


def test_thirty_days_are_looked_ahead_unless_another_day_is_named(shop):
    said = shop.json("forecast")
    assert (said.code, said.results) == (0, [])
    assert said.data["schema"] == "lineage.forecast/1"
    assert said.data["summary"] == {"lapse": 0, "begin": 0, "uses": 2, "until": "2026-10-01T23:59:59+02:00"}
    assert shop("forecast", "--format", "table").out == "no permissions lapse until 2026-10-01\n"


@pytest.mark.parametrize(("until", "lapse"), [("2027-03-31", 0), ("2027-04-01", 1), ("2027-04-01T00:00:00+02:00", 1)])
def test_a_permission_lapses_on_the_first_day_without_it(shop, until, lapse):
    said = shop.json("forecast", "--until", until)
    assert said.data["summary"]["lapse"] == lapse
    for result in said.results:
        assert (result["element"], result["process"], result["purpose"]) == DELIVERY
        assert change(result) == ("lapses", "2027-04-01", "2027-03-31", "allow", "deny")
        assert result["instant"] == "2027-04-01T00:00:00+02:00"


def test_the_day_it_names_is_the_day_the_answer_changes(shop):
    (result,) = shop.json("forecast", "--until", "2027-06-01").results
    element, process, purpose = DELIVERY
    question = ("query", "may", process, element, "--for", purpose, "--at")
    assert (shop(*question, result["last_day"]).code, shop(*question, result["on"]).code) == (0, 1)


LAPSES = {
    "a review that is due": ({}, "2027-04-01", ["usage-cycle/review-overdue"], ["budi"]),
    "a consent that expires": (
        {"uses": f"uses:\n{SOUND.replace('contract_performance', 'consent')}{LOOP}",
         "elements": ELEMENTS.replace("  regulatory:", f"{CONSENT}  regulatory:")},
        "2026-09-11", ["eu-gdpr/EU-02"], ["rina"],
    ),
    "a pilot that ends": (
        {"uses": pilot("2026-09-20")},
        "2026-09-21", ["usage-cycle/outcome-recorded", "usage-cycle/insight-recorded"], ["tia"],
    ),
    "a waiver that ends": (
        {"uses": f"uses:\n{SOUND.replace('  evidence: [terms-of-sale-2026]', '')}{LOOP}", "more": WAIVER},
        "2026-10-01", ["eu-gdpr/EU-03"], ["mira"],
    ),
    "a regulatory status that ages": (
        {"elements": STATUS}, "2026-09-20", ["usage-cycle/status-review-overdue"], ["dewi"],
    ),
    "an assessment that runs out": (
        {"uses": f"uses:\n{INTEREST}{LOOP}", "more": ASSESSMENT}, "2026-09-20", ["eu-gdpr/EU-07"], ["mira"],
    ),
    "an anonymisation that runs out": (
        {"more": MASKED}, "2026-09-16", ["usage-cycle/prohibited-source"], ["rina"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", LAPSES)
def test_it_says_why_a_permission_lapses_and_who_can_act(shop, why):
    declared, on, codes, who = LAPSES[why]
    declare(shop, **declared)
    said = shop.json("forecast", "--until", on)
    (result,) = [found for found in said.results if found["on"] == on]
    assert change(result)[0] == "lapses"
    assert [finding["code"] for finding in result["findings"]] == codes
    assert result["who"] == who
    assert all(finding["fix"] and finding["cite"] for finding in result["findings"])


def test_only_what_is_new_that_day_is_a_reason(shop):
    declare(shop, uses=pilot("2026-09-20"))
    (result,) = shop.json("forecast").results
    asked = ("query", "may", result["process"], result["element"], "--for", result["purpose"])
    before = shop.json(*asked, "--at", result["last_day"]).results[0]
    assert not [finding for finding in before["findings"] if finding["severity"] == "blocker"]


def test_what_begins_comes_after_what_lapses_and_is_marked(shop):
    later = SOUND + LOOP.replace("applied: 2026-07-20", "applied: 2026-09-05")
    declare(shop, uses=pilot("2026-09-20").replace(f"{SOUND}{LOOP}", later))
    said = shop.json("forecast")
    assert [change(result) for result in said.results] == [
        ("lapses", "2026-09-21", "2026-09-20", "allow", "deny"),
        ("begins", "2026-09-05", "2027-03-31", "deny", "allow"),
    ]
    assert [f["code"] for f in said.results[1]["findings"]] == ["usage-cycle/insight-applied"]
    assert said.results[1]["who"] == []
    text = shop("forecast", "--format", "table").out
    assert text.startswith("one permission lapses until 2026-10-01; one permission begins\n")
    assert f"deny from 2026-09-21, last day 2026-09-20: {PHONE} · slot-planning · AgreeDeliverySlot" in text
    assert "    who    tia" in text
    assert f"allow begins on 2026-09-05, and holds until 2027-03-31: {PHONE} · parcel-dispatch" in text


def test_elements_and_processes_narrow_it(shop):
    words = ("forecast", "--until", "2027-06-01")
    assert shop.json(*words, PHONE).data["summary"]["lapse"] == 1
    assert shop.json(*words, "customer.email").data["summary"] == {
        "lapse": 0, "begin": 0, "uses": 0, "until": "2027-06-01T23:59:59+02:00"
    }  # fmt: skip
    assert shop.json(*words, "--process", "slot-planning").data["summary"]["lapse"] == 0
    assert shop.json(*words, PHONE, "--process", "parcel-dispatch").data["summary"]["lapse"] == 1


def test_a_question_about_the_future_is_answered_from_there(shop):
    said = shop.json("forecast", "--at", "2027-03-20")
    assert said.data["summary"]["until"] == "2027-04-19T23:59:59+02:00"
    assert [result["on"] for result in said.results] == ["2027-04-01"]
    assert shop.json("forecast", "--at", "2027-04-01").results == []


def test_piped_it_is_one_change_a_line(shop):
    (row,) = shop("forecast", "--until", "2027-06-01").rows
    assert row == ["lapses", "2027-04-01", "2027-03-31", *DELIVERY, "", "allow", "deny", "budi",
                   "usage-cycle/review-overdue"]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("customer.phon",), 1, "did you mean customer.phone_number"),
        (("--process", "slot-planing"), 1, "did you mean slot-planning?"),
        (("--until", "soon"), 2, "--until: 'soon' is neither a day"),
        (("--until", "2026-08-31"), 2, "lies before"),
        (("--pilots", "--until", "2026-12-01"), 2, "--until does not go with it"),
    ],
)
def test_what_cannot_be_forecast_is_said(shop, words, code, sentence):
    said = shop("forecast", *words)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err


def test_without_a_catalogue_nothing_is_forecast(bare):
    assert bare("forecast").code == 3


PILOTS = {
    "running": (("2026-09-20", "2026-08-01"), ("running", 19), (0, 1, 0, 0, 0)),
    "ending soon": (("2026-09-15", "2026-08-01"), ("running", 14), (0, 1, 0, 1, 0)),
    "planned": (("2026-10-20", "2026-09-10"), ("planned", 49), (0, 1, 0, 0, 0)),
    "over": (("2026-08-20", "2026-07-01"), ("over", -12), (0, 0, 0, 0, 1)),
    "legacy": (("2026-10-20", "2026-08-01", ", legacy: true"), ("running", 49), (1, 0, 0, 0, 0)),
    "longer than allowed": (("2027-02-20", "2026-08-01"), ("running", 59), (0, 1, 0, 0, 0)),
}


@pytest.mark.parametrize("name", PILOTS)
def test_pilots_burn_down(shop, name):
    dates, state, counts = PILOTS[name]
    declare(shop, uses=pilot(*dates))
    said = shop.json("forecast", "--pilots")
    assert (said.code, said.data["schema"]) == (0, "lineage.forecast.pilots/1")
    assert tuple(said.data["summary"].values()) == counts
    assert list(said.data["summary"]) == ["legacy", "ordinary", "not_counting", "ending", "over_without_outcome"]
    (result,) = said.results
    assert (result["state"], result["days_left"]) == state
    assert (result["process"], result["owner"], result["open"]) == ("slot-planning", "tia", ["outcome", "insight"])
    assert {finding["stage"] for finding in result["findings"]} == {"outcome", "insight"}


def test_a_pilot_that_does_not_count_is_not_said_to_run(shop):
    declare(shop, uses=pilot("2026-10-20").replace("approved_by: dewi", "approved_by: rina"))
    said = shop.json("forecast", "--pilots")
    (result,) = said.results
    assert (result["state"], result["effect"], said.data["summary"]["not_counting"]) == ("not_counting", "deny", 1)
    assert "usage-cycle/pilot-approval" in [finding["code"] for finding in result["findings"]]


def test_legacy_pilots_come_first_and_what_is_over_last(shop):
    declare(
        shop,
        uses=pilot("2026-09-20")
        + SOUND.replace("parcel-dispatch", "slot-planning")
        + PILOT.format(start="2026-08-01", until="2026-10-20", more=", legacy: true")
        + SOUND.replace("DeliveryOfGoods", "CustomerCare")
        + PILOT.format(start="2026-07-01", until="2026-08-01", more=""),
    )
    said = shop.json("forecast", "--pilots")
    assert [(result["state"], result["legacy"]) for result in said.results] == [
        ("running", True), ("running", False), ("over", False)
    ]  # fmt: skip
    text = shop("forecast", "--pilots", "--format", "table").out
    assert text.startswith(
        "1 legacy pilot, 1 ordinary, 0 not counting, 0 ending within 14 days, 1 over without an outcome, on "
    )
    assert "19 days left, until 2026-09-20; owner tia; still open: outcome, insight" in text
    assert "ended on 2026-08-01 without an outcome" in text


def test_somebody_is_named_for_everything_that_lapses(shop):
    for result in shop.json("forecast", "--until", "2036-01-01").results:
        assert result["who"] if result["change"] == "lapses" else not result["who"]
