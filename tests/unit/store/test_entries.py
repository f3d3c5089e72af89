"""The journal read back: which entries fit, and what is kept of one."""

from __future__ import annotations

import pytest

from lineage.store.commands import write
from lineage.store.documents import read_versions
from lineage.store.entries import Wanted, commands_like, read_entries, read_entry, read_sealed
from lineage.store.merkle import leaf_hash
from tests.unit.store.samples import NOON, SAMPLES, change, command

LAST = len(SAMPLES) - 1
MAIL = ("element", "customer.mail")


@pytest.fixture
def changed(filled):
    with filled.writing() as connection:
        write(
            connection, command(1, "r-1", "dewi", "as asked"), [change(*MAIL, {"key": MAIL[1], "title": "M"}, "change")]
        )
        write(connection, command(2, actor="dewi"), [change(*MAIL, {}, "retire"), change("element", "x", {"key": "x"})])
    return filled


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, range(LAST + 4)),
        ({"since": LAST, "until": LAST + 1}, [LAST, LAST + 1]),
        ({"since": LAST + 9}, []),
        ({"name": "dewi"}, [LAST + 1, LAST + 2, LAST + 3]),
        ({"name": "nobody"}, []),
        ({"kind": "element", "name": "dewi", "key": "x"}, [LAST + 3]),
        ({"key": MAIL[1], "since": LAST}, [LAST + 1, LAST + 2]),
    ],
)
def test_entries_that_fit_come_in_the_order_they_were_written(changed, asked, found):
    with changed.reading() as connection:
        wanted = Wanted(**{"since": 0, "until": LAST + 3} | asked)
        assert [entry.sequence for entry in read_entries(connection, wanted)] == list(found)
        assert [entry.sequence for entry in read_entries(connection, wanted, 2)] == list(found)[-2:]


def test_an_entry_says_everything(changed):
    with changed.reading() as connection:
        entry = read_entry(connection, LAST + 1)
        sealed = read_sealed(connection, LAST + 1)
        assert read_entry(connection, LAST + 4) is None
        assert read_versions(connection, *MAIL)[1] == {"key": MAIL[1], "title": "M"}
    assert (entry.kind, entry.key, entry.version, entry.operation) == (*MAIL, 2, "change")
    assert (entry.name, entry.request, entry.reason, entry.redacted) == ("dewi", "r-1", "as asked", False)
    assert entry.at == NOON.replace(minute=1).isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert sealed.leaf == leaf_hash(sealed.header)
    assert (len(sealed.payload_digest), len(sealed.salt)) == (32, 16)


def test_a_command_is_found_by_the_start_of_its_id(changed):
    with changed.reading() as connection:
        entry = read_entry(connection, LAST + 3)
        assert commands_like(connection, entry.command, LAST + 3) == [(entry.command, LAST + 2)]
        assert commands_like(connection, entry.command[:12], LAST + 3) == [(entry.command, LAST + 2)]
        assert commands_like(connection, entry.command, LAST + 1) == []
        assert commands_like(connection, "%", LAST + 3) == []
        assert len(commands_like(connection, "", LAST + 3)) == 2
        assert [e.sequence for e in read_entries(connection, Wanted(0, LAST + 3, command=entry.command))] == [
            LAST + 2, LAST + 3,
        ]  # fmt: skip
