"""Taking a proof or a date away must never allow what was denied; each case is one where the product still does."""

from __future__ import annotations

import pytest

from tests.cases.changing import base, changed
from tests.catalogues import ask, table_of

USE = ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods"]
STATUS = ["elements", "customer.mobile", "regulatory", "eu-gdpr"]
NOTHING = {"value": "none", "observed": "no difference"}
AUTUMN = {
    "key": "autumn",
    "period": {"from": "2026-06-01", "until": "2026-08-31"},
    "organisation": NOTHING,
    "subject": NOTHING,
    "evidence": ["autumn.pdf"],
    "recorded": "2026-09-07",
}
HARM = AUTUMN | {"subject": {"value": "harm", "observed": "calls at night"}}
PILOT = [
    {"remove": [*USE, "insights"]},
    {"set": [*USE, "pilot", "from"], "to": "2026-10-01"},
    {"set": [*USE, "pilot", "until"], "to": "2026-12-20"},
]

CASES = [
    pytest.param([{"add": [*USE, "outcomes"], "values": [AUTUMN]}], [*USE, "outcomes", "autumn", "evidence"],
                 id="an outcome without evidence leaves the word to an older, better one"),
    pytest.param([{"add": [*USE, "outcomes"], "values": [HARM]}, *PILOT], [*USE, "outcomes", "autumn", "recorded"],
                 id="a harm without a day of recording does not count while a pilot runs"),
    pytest.param([{"set": [*STATUS, "assessed"], "to": "2026-12-01"}], [*STATUS, "assessed"],
                 id="a status without a day counts from ever on"),
]  # fmt: skip


def effect(edits):
    return ask(
        table_of(changed(base(), edits)), "2026-11-22", "bike-delivery", "customer.mobile", "DeliveryOfGoods"
    ).effect


@pytest.mark.parametrize(("edits", "path"), CASES)
def test_the_situation_is_denied(edits, path):
    assert effect(edits) == "deny"


@pytest.mark.xfail(reason="a fact that is missing is better for the use than one that is there", strict=True)
@pytest.mark.parametrize(("edits", "path"), CASES)
def test_and_it_is_still_denied_when_less_is_known(edits, path):
    assert effect([*edits, {"remove": path}]) == "deny"
