"""A gate over a catalogue follows it, whatever becomes of its file."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from lineage.gate.answer import Question, answer
from lineage.gate.source import Unavailable
from lineage.services import opening
from lineage.services.opening import open_source

URL = "sqlite:///lineage.db"
PHONE = "customer.phone_number"


def now():
    return time.time_ns() // 1000


def replaced(folder: Path, source: Path) -> None:
    """Put another file in the place of the catalogue's, as a restore does."""
    copy = folder / "copy.db"
    shutil.copy(source, copy)
    for suffix in ("-wal", "-shm"):
        (folder / f"lineage.db{suffix}").unlink(missing_ok=True)
    copy.replace(folder / "lineage.db")


def test_a_snapshot_is_confirmed_as_long_as_nothing_changed_and_replaced_when_something_did(shop):
    source = open_source(URL)
    first = source.load(None, now())
    again = source.load(first, now())
    assert (again.table, again.root) == (first.table, first.root)
    assert again.known > first.known
    shop("element", "edit", PHONE, "--set", "title=Another", "--by", "rina")
    changed = source.load(again, now())
    assert changed.revision > first.revision
    assert changed.table.elements[PHONE].title == "Another"
    source.close()


def test_a_catalogue_whose_file_was_replaced_is_read_anew(shop):
    shutil.copy(shop.folder / "lineage.db", shop.folder / "before.db")
    shop("element", "edit", PHONE, "--set", "title=Another", "--by", "rina")
    source = open_source(URL)
    held = source.load(None, now())
    assert held.table.elements[PHONE].title == "Another"
    replaced(shop.folder, shop.folder / "before.db")
    found = source.load(held, now())
    assert found.revision < held.revision
    assert found.table.elements[PHONE].title == "Phone number"
    source.close()


def test_a_catalogue_that_is_gone_is_told(shop):
    source = open_source(URL)
    held = source.load(None, now())
    for file in shop.folder.glob("lineage.db*"):
        file.unlink()
    with pytest.raises(Unavailable):
        source.load(held, now())
    source.close()


def places(snapshot):
    """Give the place of every finding of some uses."""
    table = snapshot.table
    asked = [Question(use.process, use.element, use.purpose, now()) for use in table.uses]
    return [snapshot.where(finding) for question in asked for finding in answer(table, question).findings]


def test_places_are_the_same_read_at_once_or_one_by_one(shop, monkeypatch):
    source = open_source(URL)
    at_once = places(source.load(None, now()))
    source.close()
    monkeypatch.setattr(opening, "MANY", 0)
    source = open_source(URL)
    snapshot = source.load(None, now())
    one_by_one = places(snapshot)
    assert any(at_once)
    assert one_by_one == at_once
    shop("element", "edit", PHONE, "--set", "title=Another", "--by", "rina")
    assert any(places(source.load(snapshot, now())))
    source.close()


def test_where_the_catalogue_is_gone_findings_have_no_new_places_and_nothing_fails(shop, monkeypatch):
    monkeypatch.setattr(opening, "MANY", 0)
    source = open_source(URL)
    snapshot = source.load(None, now())
    for file in shop.folder.glob("lineage.db*"):
        file.unlink()
    assert not any(places(snapshot))
    source.close()


def test_nobody_who_answers_waits_again_for_a_database_that_hangs(shop, monkeypatch):
    """Until the catalogue was read again by who follows it."""
    monkeypatch.setattr(opening, "MANY", 0)
    monkeypatch.setattr(opening, "PATIENCE", 0.01)
    source = open_source(URL)
    snapshot = source.load(None, now())
    read, hanging, asked = opening.read_places_of, threading.Event(), []

    def hangs(*arguments):
        asked.append(arguments)
        assert hanging.wait(60)
        return read(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(opening, "read_places_of", hangs)
        assert not any(places(snapshot))
        assert len(asked) == 1
        hanging.set()
    assert not any(places(snapshot))
    monkeypatch.setattr(opening, "PATIENCE", 60)
    assert any(places(source.load(snapshot, now())))
    source.close()
