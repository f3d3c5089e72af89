"""A clock that is set back, or that runs a year ahead: the order of the journal holds, and somebody is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from lineage.services.examining import examine
from lineage.store.documents import read_one
from lineage.store.history import sequence_at
from lineage.store.tables import journal
from lineage.store.verifying import verify
from tests.faults.invariants import broken
from tests.faults.work import NOW, bare, increment

DAY = timedelta(days=1)
CLOCK = [NOW, NOW + DAY, NOW - 30 * DAY, NOW + DAY, NOW - DAY, NOW + 2 * DAY, NOW]


@pytest.fixture
def database(url):
    """A catalogue whose machine's clock jumped back three times."""
    made = bare(url)
    for number, now in enumerate(CLOCK):
        assert increment(made, "counter.0", f"turn-{number}", now=now)
    return made


def test_no_entry_is_dated_before_the_one_it_follows(database):
    with database.reading() as connection:
        found = [at[:10] for at in connection.scalars(select(journal.c.at).order_by(journal.c.sequence))]
    days = [(NOW + later * DAY).date().isoformat() for later in (0, 0, 1, 1, 1, 1, 2, 2)]
    assert found == days
    assert broken(database) == []


def test_every_instant_still_leads_to_one_state(database):
    """What was written while the clock was wrong counts from the latest instant known then."""
    with database.reading() as connection:
        counted = {}
        for days in (-1, 0, 1, 2, 3):
            sequence = sequence_at(connection, NOW + days * DAY)
            held = read_one(connection, "element", "counter.0", as_of=sequence) if sequence >= 0 else None
            counted[days] = held.body["title"] if held else None
    assert counted == {-1: None, 0: "1", 1: "5", 2: "7", 3: "7"}


def test_an_account_made_while_the_clock_was_wrong_is_no_break(database):
    from lineage.services.changing import Actor, Request, carry_out
    from tests.faults.work import element

    wrong = Request(Actor("budi", "stated"), NOW - 30 * DAY, "because it is so")
    carry_out(database, wrong, [element("other", "Other")])
    assert broken(database) == []


def test_a_clock_a_year_ahead_is_told_by_the_doctor_and_by_verify(database, url):
    assert increment(database, "counter.0", "ahead", now=NOW + 365 * DAY)
    now = NOW + 3 * DAY
    problems = [look.what for look in examine(database, url, now) if look.state == "problem"]
    assert any("in the future" in what or "after now" in what for what in problems), problems
    with database.reading() as connection:
        breaks = verify(connection, "full", now).breaks
    assert [(found.layer, found.sequence) for found in breaks] == [("journal", len(CLOCK) + 1)]
    assert "clock" in breaks[0].fix


def test_after_a_clock_ran_ahead_the_journal_goes_on_in_order(database):
    assert increment(database, "counter.0", "ahead", now=NOW + 365 * DAY)
    assert increment(database, "counter.0", "again", now=NOW + 3 * DAY)
    assert broken(database) == []
