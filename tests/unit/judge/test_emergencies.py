"""A change that nobody else has approved holds for some days only; then the uses it touches rest."""

from __future__ import annotations

import pytest

from lineage.domain.canonical import canonical
from lineage.judge.compile import compile_table
from tests.cases.changing import base
from tests.catalogues import ask, codes, documents, rows

QUESTION = ("bike-delivery", "customer.mobile", "DeliveryOfGoods")
USE = "customer.mobile/bike-delivery/DeliveryOfGoods"
OPEN, OVERDUE = "usage-cycle/emergency-open", "usage-cycle/emergency-overdue"


def table(*emergencies, retired=False):
    laid = [("emergency", body["key"], 1, canonical(body), "", retired) for body in emergencies]
    return compile_table([*rows(documents(base())), *laid], 1, "digest").table


def emergency(until, key="change-7", uses=(USE,)):
    return {"key": key, "until": until, "reason": "the shop is down", "uses": list(uses)}


def without(given, code):
    return [found for found in codes(given, "warning") if found != code]


def test_it_is_allowed_with_a_warning_until_the_day_is_over_and_suspended_after():
    found = table(emergency("2026-11-24"))
    before, during, after = (ask(found, day, *QUESTION) for day in ("2026-11-22", "2026-11-24", "2026-11-25"))
    plain = ask(table(), "2026-11-22", *QUESTION)
    assert plain.effect == "allow"
    for given in (before, during):
        assert (given.effect, given.cycle, given.holds_until) == ("allow", plain.cycle, "2026-11-24")
        assert OPEN in codes(given, "warning")
        assert without(given, OPEN) == codes(plain, "warning")
    assert (after.effect, after.cycle) == ("deny", "suspended")
    assert codes(after, "blocker") == [OVERDUE]
    message = next(finding for finding in after.findings if finding.code == OVERDUE)
    assert "change-7" in message.message
    assert "2026-11-24" in message.message


@pytest.mark.parametrize(
    ("emergencies", "retired", "effect", "warned"),
    [
        ((emergency("2026-11-24"),), True, "allow", False),
        ((emergency("2026-11-24", uses=("customer.mail/post/DeliveryOfGoods",)),), False, "allow", False),
        ((emergency("2026-11-29"), emergency("2026-11-24", "change-8")), False, "deny", False),
        ((emergency("2026-11-29"), emergency("2026-11-28", "change-8")), False, "allow", True),
        ((emergency("2026-11-25T12:00:00+01:00"),), False, "deny", False),
    ],
    ids=["approved", "another use", "the first of two to end counts", "two open ones", "an instant"],
)
def test_it_binds_just_the_uses_it_names_while_it_stands(emergencies, retired, effect, warned):
    given = ask(table(*emergencies, retired=retired), "2026-11-25", *QUESTION)
    assert given.effect == effect
    assert (OPEN in codes(given, "warning")) == warned


def test_no_waiver_helps_over_the_day():
    waiver = {
        "finding": "*", "covers": {"elements": ["customer.mobile"]}, "reason": "soon", "requested_by": "tomas",
        "approved_by": "inga", "until": "2026-12-31",
    }  # fmt: skip
    laid = canonical(emergency("2026-11-24"))
    declared = documents(base(), {"waivers": [waiver]})
    found = compile_table([*rows(declared), ("emergency", "change-7", 1, laid, "", False)], 1, "digest").table
    assert ask(found, "2026-11-25", *QUESTION).effect == "deny"
