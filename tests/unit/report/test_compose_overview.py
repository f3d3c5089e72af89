from __future__ import annotations

import pytest

from lineage.report.compose import compose
from lineage.report.compose_words import count, listed, period
from tests.unit.report.compose_catalogues import EXAMPLE, SHOP, view


def test_attention_is_ranked_and_without_doubles():
    found = compose(view())
    severities = [line.finding.severity for line in found.attention]
    assert severities == sorted(severities)
    names = [(line.finding.code, line.element, line.process, line.subject) for line in found.attention]
    assert len(names) == len(set(names)) == found.attention_total
    first = found.attention[0]
    assert (first.finding.code, first.subject, first.element, first.owner) == (
        "usage-cycle/process-owner", "Process Campaigns", "", "",
    )  # fmt: skip


def test_attention_names_who_can_do_something():
    lines = {(line.finding.code, line.process): line for line in compose(view()).attention}
    assert lines["usage-cycle/outcome-recorded", "Campaigns"].owner == "rina"
    assert lines["usage-cycle/alternatives-none", "Slot desk"].owner == "budi"


def test_an_audience_is_named_once_however_many_uses_it_touches():
    nobody = SHOP.replace(" owner: head-of-crm,", "")
    lines = [line for line in compose(view(nobody)).attention if line.finding.code == "usage-cycle/audience-owner"]
    assert [(line.subject, line.element, line.anchor) for line in lines] == [("Audience Customers", "", None)]


def test_long_lists_are_cut_and_the_total_is_said(monkeypatch):
    total = compose(view()).attention_total
    monkeypatch.setattr("lineage.report.compose_attention.MOST", 3)
    monkeypatch.setattr("lineage.report.compose_attention._PRUNED", 5)
    cut = compose(view())
    assert len(cut.attention) == 3
    assert cut.attention_total == total
    assert cut.attention[0].finding.code == "usage-cycle/process-owner"


def test_the_calendar_is_sorted_and_lies_ahead():
    rows = compose(view()).calendar
    assert [(row.date, row.what) for row in rows] == [
        ("2026-12-05", "Consent ads"),
        ("2026-12-10", "Permission: Slot desk, Agree a delivery slot"),
        ("2027-02-01", "Assessment under eu-gdpr"),
        ("2027-03-03", "Permission: Parcel dispatch, Delivery of goods"),
    ]
    assert rows[1].effect.startswith("denied: no outcome is recorded")
    assert rows[3].effect.startswith("denied: the assessment of customer.basket under eu-gdpr was due")
    assert [row.date for row in compose(view(day="2028-06-01")).calendar] == []


def test_the_calendar_keeps_the_nearest(monkeypatch):
    monkeypatch.setattr("lineage.report.compose_calendar.MOST", 2)
    assert [row.date for row in compose(view()).calendar] == ["2026-12-05", "2026-12-10"]


def test_cells_say_in_a_few_words_why():
    rows = {row.key: row for row in compose(view()).rows}
    basket, email = rows["customer.basket"], rows["customer.email"]
    assert (basket.outcome.state, basket.outcome.note) == ("missing", "2 of 3 open")
    assert (basket.consent.state, basket.regulatory.state, basket.regulatory.note) == ("expiring", "complete", "")
    assert (email.origin.note, email.purpose.note) == ("5 gaps", "no use")
    assert (email.consent.state, email.regulatory.state) == ("not_assessed", "not_assessed")
    assert basket.outcome.anchor == "el-customer.basket-outcome"


def test_a_missing_status_and_a_missing_basis_stand_in_the_regulatory_cell():
    status = "  - {regime: eu-gdpr, status: compliant, assessed: 2026-02-01, by: dewi, review_by: 2027-02-01}\n"
    bare = SHOP.replace(f"  regulatory:\n{status}", "")
    assert bare != SHOP
    row = next(r for r in compose(view(bare)).rows if r.key == "customer.basket")
    assert (row.regulatory.state, row.regulatory.note) == ("missing", "1 gap")
    baseless = SHOP.replace("  basis: {eu-gdpr: consent}\n", "")
    row = next(r for r in compose(view(baseless)).rows if r.key == "customer.basket")
    assert row.regulatory.state == "missing"


def test_processes_show_answers_and_prohibitions():
    rows = {row.key: row for row in compose(view()).processes}
    assert [(use.purpose, use.effect) for use in rows["campaigns"].uses] == [
        ("Direct marketing", "deny"),
        ("Targeted advertising", "prohibited"),
        ("Targeted advertising", "deny"),
    ]
    assert [use.effect for use in rows["*"].uses] == ["prohibited"]


def test_audiences_come_by_rank():
    rows = compose(view()).audiences
    assert [(row.key, row.rank, row.elements) for row in rows] == [("customer", 1, 2), ("fan", None, 1)]


def test_an_expiring_review_is_counted_in_the_row():
    row = next(r for r in compose(view(EXAMPLE, "2027-03-20")).rows if r.key == "customer.phone_number")
    assert (row.purpose.state, row.purpose.note) == ("expiring", "until 2027-03-31")
    assert row.regulatory.state == "expiring"
    assert row.may_be_used == "ready"


@pytest.mark.parametrize(
    ("text", "words"),
    [("P24M", "24 months"), ("P1Y6M", "1 year 6 months"), ("PT1H", "1 hour"), ("P0D", "no time"), ("x", "x")],
)
def test_periods_in_words(text, words):
    assert period(text) == words


def test_numbers_and_lists_in_words():
    assert [count(n, w) for n, w in ((1, "entry"), (2, "entry"), (2, "day"), (0, "process"))] == [
        "1 entry", "2 entries", "2 days", "0 processes",
    ]  # fmt: skip
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
