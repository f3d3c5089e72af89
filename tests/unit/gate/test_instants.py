"""The last whole day before an instant, in the catalogue's zone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from lineage.domain.days import after, start_of
from lineage.gate.instants import last_day_before


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Asia/Jakarta", "America/Sao_Paulo", "UTC", "Pacific/Apia", "America/St_Johns"]
)
@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-25", "2026-12-31", "2028-02-29", "1999-12-31"])
def test_the_instant_after_a_day_gives_that_day_back(zone, day):
    assert last_day_before(after(day, ZoneInfo(zone)), zone) == day


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-22T00:00:00+01:00", "2026-11-21"),
        ("2026-11-22T00:00:01+01:00", "2026-11-21"),
        ("2026-11-22T23:59:59+01:00", "2026-11-21"),
        ("2026-11-22T23:30:00+00:00", "2026-11-22"),
    ],
)
def test_a_day_that_is_not_wholly_over_does_not_count(instant, day):
    assert last_day_before(start_of(instant, ZoneInfo("Europe/Berlin")), "Europe/Berlin") == day


def test_the_ends_of_time_are_days():
    assert last_day_before(1 << 62, "UTC") == "9999-12-31"
    assert last_day_before(-(1 << 62), "UTC") == "0001-01-01"
