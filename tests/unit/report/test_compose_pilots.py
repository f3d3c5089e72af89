from __future__ import annotations

import pytest

from lineage.report.compose import compose
from tests.unit.report.compose_catalogues import SHOP, view

OLD = SHOP.replace(
    "- element: customer.taste\n  process: campaigns\n",
    "- element: customer.taste\n  pilot: {legacy: true, from: 2026-09-01, until: 2026-12-31}\n  process: campaigns\n",
)


def pilots(text: str = SHOP, day: str = "2026-11-22", **more):
    return compose(view(text, day, **more)).pilots


def test_a_pilot_says_how_much_of_it_is_gone_and_what_is_still_open():
    (row,) = pilots()
    assert (row.element, row.process, row.purpose) == ("Basket", "Slot desk", "Agree a delivery slot")
    assert (row.until, row.days, row.gone) == ("2026-12-10", 71, 52)
    assert (row.open, row.effect, row.owner, row.legacy) == (("outcome", "insight"), "allow", "budi", False)
    assert row.anchor == "el-customer.basket"


def test_legacy_pilots_come_first_because_there_should_be_fewer_of_them():
    assert OLD != SHOP
    assert [(row.legacy, row.until) for row in pilots(OLD)] == [(True, "2026-12-31"), (False, "2026-12-10")]


@pytest.mark.parametrize(
    ("day", "gone"), [("2026-09-20", [0]), ("2026-10-01", [0]), ("2026-12-10", [70]), ("2026-12-11", [])]
)
def test_a_pilot_is_listed_from_its_plan_to_its_last_day(day, gone):
    assert [row.gone for row in pilots(day=day)] == gone


def test_pilots_of_other_elements_are_out_of_scope():
    assert pilots(keys=("customer.taste",)) == ()
