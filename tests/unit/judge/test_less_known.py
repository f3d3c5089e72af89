"""Taking a proof or a date away must never allow what was denied."""

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

UNPROVEN = [{"add": [*USE, "outcomes"], "values": [AUTUMN]}], [*USE, "outcomes", "autumn", "evidence"]
UNDATED_HARM = [{"add": [*USE, "outcomes"], "values": [HARM]}, *PILOT], [*USE, "outcomes", "autumn", "recorded"]
UNDATED_STATUS = [{"set": [*STATUS, "assessed"], "to": "2026-12-01"}], [*STATUS, "assessed"]


def effect(edits):
    return ask(
        table_of(changed(base(), edits)), "2026-11-22", "bike-delivery", "customer.mobile", "DeliveryOfGoods"
    ).effect


def known(reason):
    return pytest.mark.xfail(reason=reason, strict=True)


@pytest.mark.parametrize("edits", [UNPROVEN[0], UNDATED_HARM[0], UNDATED_STATUS[0]])
def test_the_situation_is_denied(edits):
    assert effect(edits) == "deny"


@pytest.mark.parametrize(
    ("edits", "path"),
    [
        pytest.param(
            *UNPROVEN, id="evidence of the newest outcome", marks=known("an older, better outcome speaks instead")
        ),
        pytest.param(*UNDATED_HARM, id="the day of a harm, while a pilot runs"),
        pytest.param(
            *UNDATED_STATUS, id="the day of an assessment", marks=known("a status without a day counts from ever on")
        ),
    ],
)
def test_it_is_still_denied_when_less_is_known(edits, path):
    assert effect([*edits, {"remove": path}]) == "deny"
