"""The sample company: an address given for delivery stays out of advertising, and each state of the cycle is shown."""

from __future__ import annotations

import json
from collections import Counter

import pytest
import yaml

from lineage.cli.main import run
from lineage.content import content

SAMPLE = content("catalog") / "sample" / "food-delivery"
DAY = "2026-11-22"
DELIVERY = ("query", "may", "deliver-orders", "customer.email", "--for", "DeliveryOfGoods")
DISCOUNT = ("query", "may", "email-discounts", "discount.customer_email", "--for", "DirectMarketing")
PATH = "customer.email → delivery.customer_email → discount.customer_email"
DESIGNED = {
    "complete": {
        "customer.address deliver-orders",
        "customer.email deliver-orders",
        "customer.email etl-customers",
        "customer.name deliver-orders",
        "customer.phone deliver-orders",
        "customer.phone etl-customers",
        "delivery.customer_email etl-delivery-7-days",
        "delivery.duration delivery-times-7-days",
        "discount.customer_email email-discounts",
        "driver.licence_plate etl-drivers",
        "driver.name etl-drivers",
        "driver.phone deliver-orders",
        "order.allergies warn-kitchens",
        "order.comment deliver-orders",
        "order.items etl-orders",
        "order.placed_on etl-orders-7-days",
        "order.placed_on orders-popular-day-of-week",
        "restaurant.contact_email etl-restaurants",
    },
    "pilot": {
        "customer.complaint_signal answer-complaints",
        "order.comment answer-complaints",
        "order.items partner-figures",
        "order.weekday plan-shifts",
    },
    "incomplete": {
        "customer.city orders-popular-day-of-week",
        "customer.name email-discounts",
        "delay.customer_email delivery-times-7-days",
        "driver.email etl-drivers",
    },
    "stale": {"delivery.customer_address etl-delivery-7-days", "order.status etl-order-status"},
    "suspended": {"discount.amount email-discounts"},
    "retired": {"driver.car etl-drivers", "driver.delivery_record delivery-times-7-days"},
}
ALLOWED_ALTHOUGH_NOT_COMPLETE = {*DESIGNED["pilot"], "order.status etl-order-status"}
DENIED_ALTHOUGH_COMPLETE = {"discount.customer_email email-discounts"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("sample")
    assert run(["-C", f"sqlite:///{made / 'lineage.db'}", "init", str(made), "--sample"]) == 0
    return made


@pytest.fixture
def ask(folder, capsys):
    """Run a command on the sample; give its exit code and its JSON answer."""

    def asked(*arguments, at=DAY):
        capsys.readouterr()
        code = run(["-C", f"sqlite:///{folder / 'lineage.db'}", "--at", at, "--format", "json", *arguments])
        said = capsys.readouterr()
        assert said.out, said.err
        return code, json.loads(said.out)

    return asked


def declared(section):
    """Everything the files declare in one section."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SAMPLE.glob("*.yaml"))]
    return [entry for file in files for entry in file.get(section, [])]


def name(result):
    return f"{result['element']} {result['process']}"


def codes(result, severity="blocker"):
    return {finding["code"] for finding in result["findings"] if finding["severity"] == severity}


def use_of(answer, wanted):
    (found,) = [result for result in answer["results"] if name(result) == wanted]
    return found


def test_the_sample_is_large_enough_to_show_something():
    assert len(declared("elements")) >= 14
    assert len([use for use in declared("uses") if use["effect"] == "allow"]) >= 20
    assert len([use for use in declared("uses") if use["effect"] == "prohibit"]) >= 1


def test_everything_declared_arrives_in_the_catalogue(ask):
    _, elements = ask("element", "list")
    assert {entry["element"] for entry in elements["results"]} == {entry["key"] for entry in declared("elements")}
    _, checked = ask("check")
    wanted = Counter(name(use) for use in declared("uses") if use["effect"] == "allow")
    assert Counter(name(result) for result in checked["results"]) == wanted


def test_each_use_is_in_the_state_it_was_designed_to_show(ask):
    code, answer = ask("check")
    found = {}
    for result in answer["results"]:
        found.setdefault(result["cycle"], set()).add(name(result))
    assert code == 1
    assert found == DESIGNED


def test_only_closed_and_tolerated_cycles_are_allowed(ask):
    _, answer = ask("check")
    allowed = {name(result) for result in answer["results"] if result["effect"] == "allow"}
    assert allowed == (DESIGNED["complete"] - DENIED_ALTHOUGH_COMPLETE) | ALLOWED_ALTHOUGH_NOT_COMPLETE


def test_the_e_mail_may_be_used_for_the_delivery_it_was_given_for(ask):
    code, answer = ask(*DELIVERY)
    (verdict,) = answer["results"]
    assert (code, verdict["effect"], verdict["cycle"]) == (0, "allow", "complete")
    assert not codes(verdict)
    assert verdict["holds_until"] >= "2027-09-30"


def test_the_discount_mail_is_denied_although_all_four_stages_are_complete(ask):
    code, answer = ask(*DISCOUNT)
    (verdict,) = answer["results"]
    assert (code, verdict["effect"], verdict["cycle"]) == (1, "deny", "complete")
    assert set(verdict["stages"].values()) == {"complete"}


def test_the_discount_mail_is_denied_for_the_promise_at_its_source_and_says_which_way_it_came(ask):
    _, answer = ask(*DISCOUNT)
    (verdict,) = answer["results"]
    assert "usage-cycle/prohibited-source" in codes(verdict)
    (finding,) = [f for f in verdict["findings"] if f["code"] == "usage-cycle/prohibited-source"]
    assert PATH in finding["message"]
    assert "uses-marketing.yaml" in finding["where"]


def test_the_address_itself_must_not_be_used_for_advertising_by_any_process(ask):
    for process in ("email-discounts", "deliver-orders"):
        code, answer = ask("query", "may", process, "customer.email", "--for", "DirectMarketing")
        assert code == 1
        assert "usage-cycle/prohibited" in codes(answer["results"][0])


def test_people_read_the_way_of_the_promise_in_the_check_and_in_the_explanation(folder, capsys):
    catalog = ["-C", f"sqlite:///{folder / 'lineage.db'}", "--at", DAY, "--format", "table"]
    for command in (["check"], ["explain", *DISCOUNT[3:4], "--process", DISCOUNT[2], *DISCOUNT[4:]]):
        capsys.readouterr()
        run([*catalog, *command])
        assert PATH in capsys.readouterr().out


@pytest.mark.parametrize("day", ["2026-12-31", "2027-03-31", "2027-06-30", "2027-09-30"])
def test_delivery_stays_allowed_until_its_next_yearly_outcome_is_due(ask, day):
    assert ask(*DELIVERY, at=day)[0] == 0


@pytest.mark.parametrize("day", ["2026-12-31", "2027-06-30", "2027-12-31", "2028-06-30"])
def test_the_discount_mail_stays_denied_for_as_long_as_the_promise_stands(ask, day):
    code, answer = ask(*DISCOUNT, at=day)
    assert code == 1
    assert "usage-cycle/prohibited-source" in codes(answer["results"][0])


@pytest.mark.parametrize(
    ("use", "code"),
    [
        ("customer.name email-discounts", "usage-cycle/outcome-recorded"),
        ("delay.customer_email delivery-times-7-days", "usage-cycle/why"),
        ("driver.email etl-drivers", "usage-cycle/insight-applied"),
        ("delivery.customer_address etl-delivery-7-days", "usage-cycle/review-overdue"),
        ("discount.amount email-discounts", "usage-cycle/harm"),
        ("driver.delivery_record delivery-times-7-days", "usage-cycle/ended"),
        ("driver.car etl-drivers", "usage-cycle/element-retired"),
    ],
)
def test_each_denied_use_says_what_keeps_it_from_being_used(ask, use, code):
    result = use_of(ask("check")[1], use)
    assert result["effect"] == "deny"
    assert code in codes(result)


def test_a_stale_use_in_its_grace_is_allowed_with_a_warning(ask):
    result = use_of(ask("check")[1], "order.status etl-order-status")
    assert (result["cycle"], result["effect"]) == ("stale", "allow")
    assert "usage-cycle/outcome-near" in codes(result, "warning")


def test_the_sentiment_signal_is_present_or_absent_and_its_pilot_runs_on_consent(ask):
    (signal,) = [element for element in declared("elements") if element["key"] == "customer.complaint_signal"]
    assert (signal["kind"], signal["value"]) == ("attitudinal", "boolean")
    result = use_of(ask("check")[1], "customer.complaint_signal answer-complaints")
    assert result["consent"] == "given"
    obligations = {obligation["code"].rpartition("/")[2] for obligation in result["obligations"]}
    assert obligations >= {"filter_by_consent", "log_use", "report_as_provisional"}


@pytest.mark.parametrize(
    ("use", "gap", "severity", "effect"),
    [
        ("order.items partner-figures", "G1", "warning", "allow"),
        ("discount.customer_email email-discounts", "G2", "blocker", "deny"),
        ("delay.customer_email delivery-times-7-days", "G3", "blocker", "deny"),
        ("restaurant.contact_email etl-restaurants", "G4", "warning", "allow"),
        ("order.comment answer-complaints", "G5", "warning", "allow"),
        ("driver.email etl-drivers", "G6", "warning", "deny"),
        ("delivery.duration delivery-times-7-days", "G7", "note", "allow"),
    ],
)
def test_each_kind_of_gap_between_told_and_done_is_shown(ask, use, gap, severity, effect):
    result = use_of(ask("check")[1], use)
    assert (result["effect"], f"usage-cycle/{gap}" in codes(result, severity)) == (effect, True)


ALTERED = [
    (
        "the compatibility assessment says no",
        (
            "assessments: [{key: compat-delays, type: compatibility, result: incompatible, requested_by: jonas,"
            " covers: {elements: [delivery.duration], purposes: [ImproveExistingProductsAndServices]}}]"
        ),
        "delivery.duration delivery-times-7-days",
        "usage-cycle/source-purpose",
    ),
    (
        "the consent to read comments is withdrawn at the source",
        (
            "elements: [{key: order.comment, consents: [{key: feedback-2026, purpose: CustomerCare, audience: customer,"
            " regimes: [eu-gdpr], status: withdrawn, explicit: true, method: ticked_box, statement: feedback-box,"
            " given: 2026-10-15, withdrawn: 2026-11-20, withdraw: switch on the feedback page}]}]"
        ),
        "customer.complaint_signal answer-complaints",
        "usage-cycle/source-consent",
    ),
    (
        "special data lose the assessment of their impact",
        "assessments: [{key: dpia-allergies, type: dpia, result: acceptable, covers: {elements: [order.allergies]}}]",
        "order.allergies warn-kitchens",
        "eu-gdpr/EU-19",
    ),
    (
        "the transfer to the United States loses its mechanism",
        "parties: [{key: lighthouse-desk, name: Lighthouse Desk Inc., role: processor, country: US, contract: AVV-2026-07}]",
        "customer.complaint_signal answer-complaints",
        "eu-gdpr/EU-21",
    ),
]


@pytest.mark.parametrize(("text", "use", "code"), [case[1:] for case in ALTERED], ids=[case[0] for case in ALTERED])
def test_what_allows_a_use_is_what_was_weighed_and_proven(ask, tmp_path, text, use, code):
    assert use_of(ask("check")[1], use)["effect"] == "allow"
    altered = tmp_path / "altered.yaml"
    altered.write_text(text, encoding="utf-8")
    result = use_of(ask("check", "--with", str(altered))[1], use)
    assert result["effect"] == "deny"
    assert code in codes(result)


def test_a_waiver_holds_through_its_last_day_and_the_use_lapses_with_it(ask):
    sold_out = "order.items partner-figures"
    assert use_of(ask("check", at="2026-12-15")[1], sold_out)["effect"] == "allow"
    lapsed = use_of(ask("check", at="2026-12-16")[1], sold_out)
    assert (lapsed["effect"], codes(lapsed)) == ("deny", {"usage-cycle/G1"})


def test_a_waiver_somebody_approved_for_herself_changes_nothing_and_is_named(ask):
    result = use_of(ask("check")[1], "discount.customer_email email-discounts")
    assert "usage-cycle/prohibited-source" in codes(result)
    assert codes(result, "warning") == {"usage-cycle/waiver-void"}


def test_a_use_from_before_the_catalogue_runs_as_a_legacy_pilot(ask):
    result = use_of(ask("check")[1], "order.items partner-figures")
    assert (result["cycle"], result["effect"]) == ("pilot", "allow")
    assert "usage-cycle/pilot-legacy" in codes(result, "note")
    _, listed = ask("forecast", "--pilots")
    assert [name(pilot) for pilot in listed["results"] if pilot["legacy"]] == ["order.items partner-figures"]


def test_an_audience_that_nobody_owns_is_a_liability(ask):
    result = use_of(ask("check")[1], "restaurant.contact_email etl-restaurants")
    assert result["effect"] == "allow"
    assert "usage-cycle/audience-owner" in codes(result, "warning")


def test_applying_the_open_insight_of_the_readme_closes_the_loop(ask, folder, tmp_path):
    text = (folder / "catalog" / "uses-people.yaml").read_text(encoding="utf-8")
    head, open_insight, rest = text.partition("drivers look into the app and not into their mail, decision: amend,")
    assert open_insight
    mended = tmp_path / "mended.yaml"
    mended.write_text(f"{head}{open_insight} applied: 2026-11-20,{rest}", encoding="utf-8")
    _, answer = ask("check", "--with", str(mended))
    result = use_of(answer, "driver.email etl-drivers")
    assert (result["cycle"], result["effect"]) == ("complete", "allow")


def test_the_report_counts_as_the_commands_do(ask, folder, capsys):
    _, told = ask("expectations")
    _, lapsing = ask("forecast")
    assert run(["-C", f"sqlite:///{folder / 'lineage.db'}", "--at", DAY, "report", "-o", str(folder / "r.html")]) == 0
    text = (folder / "r.html").read_text(encoding="utf-8")
    assert f"People were told of {told['summary']['told']} of {told['summary']['flows']} flows" in text
    assert f">{len(lapsing['results'])} permissions lapse within 30 days<" in text
    assert ">1 legacy of 4 pilots<" in text


def test_applying_the_sample_again_changes_nothing(ask, folder, capsys):
    before = ask("check")[1]["catalogue"]
    assert run(["-C", f"sqlite:///{folder / 'lineage.db'}", "apply", str(folder / "catalog"), "--yes"]) == 0
    assert ask("check")[1]["catalogue"] == before


def test_the_readme_counts_right_and_asks_questions_that_work(ask):
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    effects = Counter(result["effect"] for result in ask("check")[1]["results"])
    count = f"all {effects.total()} permissions: {effects['allow']} are allowed, {effects['deny']} are not"
    assert count in text
    questions = [line.split()[1:] for line in text.splitlines() if line.startswith("lineage ") and "--at" in line]
    assert len(questions) >= 4
    for words in questions:
        assert words[-2:] == ["--at", DAY]
        assert ask(*words[:-2])[0] in {0, 1}
