"""The tables are made anew from the documents, and stand guarded afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from lineage.errors import LineageError, Refused
from lineage.services.changing import Actor, Request
from lineage.services.examining import rebuild
from lineage.store import guards, rebuilding
from lineage.store.documents import read_one, revision
from lineage.store.projection import rebuild_differences
from lineage.store.projection.differences import differences
from tests.unit.store.samples import NOON, USE
from tests.unit.store.test_verifying import by_hand, look

DRIFTED = (
    "UPDATE elements SET title = 'Drifted' WHERE key = 'customer.phone'",
    "DELETE FROM element_names WHERE element = 'customer.phone' AND position = 1",
    "INSERT INTO touchpoints (key, title, retired, sequence) VALUES ('nowhere', 'Nowhere', false, 3)",
    "UPDATE uses SET retired = true",
)


def asked(reason="drifted rows"):
    return Request(Actor("rina", "stated"), NOON, reason)


def test_drifted_rows_are_made_anew_and_a_record_says_how_many(filled):
    with filled.reading() as connection:
        before = revision(connection)
    by_hand(filled, *DRIFTED)
    with filled.reading() as connection:
        found = {str(one): one.sequence for one in differences(connection)}
    assert len(found) == 5
    assert found["touchpoints nowhere belongs to no document"] == 3
    assert f"uses {USE} differs in retired" in found
    done = rebuild(filled, asked())
    assert done.differed == 5
    with filled.reading() as connection:
        assert rebuild_differences(connection) == []
        assert guards.missing(connection) == []
        stored = read_one(connection, "rebuild", f"rebuild-{done.sequence}")
        reason = connection.execute(text(f"SELECT reason FROM journal WHERE sequence = {done.sequence}")).scalar_one()
        assert revision(connection) == before
    assert (stored.body["differed"], reason) == (5, "drifted rows")
    assert [one for one in look(filled).breaks if one.layer != "journal"] == []


def test_sound_tables_can_be_made_anew_too(filled):
    assert rebuild(filled, asked()).differed == 0
    assert rebuild(filled, asked()).differed == 0
    with filled.reading() as connection:
        assert rebuild_differences(connection) == []


def test_nothing_is_made_from_a_journal_that_does_not_hold(filled):
    by_hand(filled, DRIFTED[0], "UPDATE document SET body = '{}' WHERE key = 'customer.mail'")
    with pytest.raises(Refused, match="nothing was rebuilt"):
        rebuild(filled, asked())
    with filled.reading() as connection:
        assert [one for one in rebuild_differences(connection) if one.startswith("elements customer.phone")]


def test_a_rebuild_that_fails_leaves_tables_and_guards_as_they_were(filled, monkeypatch):
    by_hand(filled, DRIFTED[0])

    def fail(*_):
        raise Refused("no")

    monkeypatch.setattr("lineage.services.examining._record", fail)
    with pytest.raises(Refused):
        rebuild(filled, asked())
    with filled.reading() as connection:
        assert len(rebuild_differences(connection)) == 1
        assert guards.missing(connection) == []


def test_afterwards_the_guards_refuse_as_before(filled):
    rebuild(filled, asked())
    with pytest.raises((LineageError, DBAPIError)), filled.writing() as connection:
        connection.execute(text(DRIFTED[0]))


def test_a_document_that_cannot_be_read_is_a_difference_and_no_failure(filled):
    by_hand(filled, "UPDATE document SET body = '[1]' WHERE key = 'customer.mail'")
    with filled.reading() as connection:
        said = list(map(str, differences(connection)))
        assert rebuilding.count_differences(connection) == len(said)
    assert "elements customer.mail cannot be made: its document is damaged" in said
