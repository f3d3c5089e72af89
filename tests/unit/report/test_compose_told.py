from __future__ import annotations

import pytest

from lineage.report.compose import compose
from lineage.report.contexts import ElementContext, ReportContext
from tests.unit.report.compose_catalogues import EXAMPLE, SHOP, view

WAIVED = (
    "waivers:\n- {finding: usage-cycle/G2, covers: {elements: [customer.basket]}, reason: letters are printed,\n"
    "   requested_by: rina, approved_by: dewi, until: 2026-12-31}\n"
)
IDLE = EXAMPLE.replace(
    "  - {modality: will_not,",
    "  - {modality: will, elements: [customer.email], purpose: ServiceUsageAnalytics, recipients: [], retention: P1M}\n"
    "  - {modality: will_not,",
)
UNTOLD = EXAMPLE.replace("  told: [notice-7]\n  expects", "  told: not_told\n  expects")


def found(text: str = SHOP, key: str = "customer.basket", **more) -> ElementContext:
    return next(element for element in compose(view(text, **more)).elements if element.key == key)


def report(text: str = SHOP, **more) -> ReportContext:
    return compose(view(text, **more))


def test_a_gap_names_statement_process_and_what_to_do_worst_first():
    promise, vague = found().gaps
    assert (promise.code, promise.severity, promise.accepted) == ("usage-cycle/G2", "blocker", False)
    assert (promise.statement, promise.process, promise.purpose) == (
        "Privacy notice, version 1", "Campaigns", "Direct marketing",
    )  # fmt: skip
    assert promise.message.startswith("campaigns uses customer.basket for DirectMarketing, although notice-1 promises")
    assert promise.fix.startswith("stop the use")
    assert (vague.code, vague.severity, vague.statement) == (
        "usage-cycle/G4", "warning", "Privacy notice, version 1",
    )  # fmt: skip


def test_a_waived_gap_is_accepted_and_no_longer_open():
    gap = next(gap for gap in found(SHOP + WAIVED).gaps if gap.code == "usage-cycle/G2")
    assert (gap.severity, gap.accepted) == ("warning", True)
    told = report(SHOP + WAIVED).told
    assert (told.accepted, [count.code for count in told.gaps]) == (1, ["usage-cycle/G4"])


def test_what_people_are_told_and_nobody_does_belongs_to_nobody():
    assert IDLE != EXAMPLE
    (gap,) = found(IDLE, "customer.email").gaps
    assert (gap.code, gap.severity, gap.process, gap.purpose) == ("usage-cycle/G7", "note", "", "")
    assert gap.statement == "Privacy notice, version 7"
    assert "ServiceUsageAnalytics (notice-7)" in gap.message
    assert [(count.code, count.flows) for count in report(IDLE).told.gaps] == [("usage-cycle/G7", 1)]


def test_a_use_nobody_was_told_of_has_a_gap_without_a_statement():
    assert UNTOLD != EXAMPLE
    (gap,) = found(UNTOLD, "customer.phone_number").gaps
    assert (gap.code, gap.statement, gap.process) == ("usage-cycle/G1", "", "Parcel dispatch")
    assert (report(UNTOLD).told.flows, report(UNTOLD).told.told) == (1, 0)


def test_flows_are_counted_for_each_audience_and_told_only_where_everything_fits():
    told = report().told
    assert (told.flows, told.told, told.accepted) == (4, 2, 0)
    assert [(count.code, count.title, count.severity, count.flows) for count in told.gaps] == [
        ("usage-cycle/G2", "No promise is broken", "blocker", 1),
        ("usage-cycle/G4", "What people are told leaves nothing open", "warning", 1),
    ]
    fans = SHOP.replace("value: code\n  audiences: [customer]", "value: code\n  audiences: [customer, fan]")
    assert report(fans).told.flows == 7


@pytest.mark.parametrize("state", ["anonymised", "non_personal"])
def test_data_of_nobody_flows_nowhere(state):
    nobody = SHOP.replace("  value: code\n", f"  value: code\n  identifiability: {state}\n")
    assert found(nobody).gaps == ()
    assert report(nobody).told.flows == 1


def test_only_the_chosen_elements_are_counted():
    assert report(keys=("customer.email",)).told.flows == 0
    assert report(keys=("customer.taste",)).told.flows == 1
