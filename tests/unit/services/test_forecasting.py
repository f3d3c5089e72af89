"""The forecast goes from breakpoint to breakpoint, and finds what a walk from day to day would find."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from lineage.content import content
from lineage.domain.days import plus, start_of
from lineage.gate.answer import answer
from lineage.services.forecasting import asked, turns
from tests.catalogues import plain_file, table_of

DAYS = 800


@pytest.fixture(scope="module")
def sample():
    files = sorted((content("catalog") / "sample" / "food-delivery").glob("*.yaml"))
    return table_of(*(plain_file(path) for path in files))


def test_no_change_of_a_permission_is_missed(sample):
    zone = ZoneInfo(sample.zone)
    days = [start_of(plus("2026-03-01", f"P{n}D", zone), zone) for n in range(DAYS)]
    changes = 0
    for use in sample.uses:
        effects = [answer(sample, asked(use, day)).effect for day in days]
        seen = [
            (day, before, then)
            for day, before, then in zip(days[1:], effects, effects[1:], strict=False)
            if before != then and "allow" in (before, then)
        ]
        found = [(t.instant, t.before.effect, t.after.effect) for t in turns(sample, use, days[0], days[-1])]
        assert found == seen, use.key
        changes += len(found)
    assert changes > len(sample.uses)


def test_a_change_at_the_first_instant_has_happened_and_one_at_the_last_is_still_named(sample):
    turn = next(turn for use in sample.uses for turn in turns(sample, use, 0, 1 << 60))
    assert list(turns(sample, turn.use, turn.instant, turn.instant)) == []
    assert [t.instant for t in turns(sample, turn.use, turn.instant - 1, turn.instant)] == [turn.instant]
