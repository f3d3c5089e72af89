"""From an instant to the journal and back, found by halving."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lineage.store.commands import write
from lineage.store.history import end_of_command, instant_at, last_entry, sequence_at, sequence_since, start_of_command
from tests.unit.store.samples import NOON, change, command

COMMANDS = [(0, 3), (0, 1), (5, 1), (5, 4), (6, 2), (60, 1), (60, 1)]
"""When a command was given, in minutes, and how many entries it wrote; some at the same instant."""
ENTRIES = [(number, minutes) for number, (minutes, size) in enumerate(COMMANDS) for _ in range(size)]


@pytest.fixture
def written(database):
    with database.writing() as connection:
        for number, (minutes, size) in enumerate(COMMANDS):
            changes = [change("element", f"a{number}-{part}", {"key": f"a{number}-{part}"}) for part in range(size)]
            write(connection, command(minutes), changes)
    return database


@pytest.mark.parametrize("minutes", [-1, 0, 1, 4, 5, 5.5, 6, 59, 60, 61])
def test_an_instant_lies_between_two_entries(written, minutes):
    instant = NOON + timedelta(minutes=minutes)
    with written.reading() as connection:
        assert sequence_at(connection, instant) == sum(at <= minutes for _, at in ENTRIES) - 1
        assert sequence_since(connection, instant) == sum(at < minutes for _, at in ENTRIES)


def test_every_entry_knows_its_instant_and_where_its_command_begins_and_ends(written):
    with written.reading() as connection:
        assert last_entry(connection) == len(ENTRIES) - 1
        for sequence, (number, minutes) in enumerate(ENTRIES):
            of = [place for place, entry in enumerate(ENTRIES) if entry[0] == number]
            assert instant_at(connection, sequence) == NOON + timedelta(minutes=minutes)
            assert (start_of_command(connection, sequence), end_of_command(connection, sequence)) == (of[0], of[-1])
        assert instant_at(connection, len(ENTRIES)) is None


def test_an_empty_journal_has_no_place(database):
    with database.reading() as connection:
        assert (last_entry(connection), sequence_at(connection, NOON), sequence_since(connection, NOON)) == (-1, -1, 0)
