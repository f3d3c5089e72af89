"""Every version of an element can be read again: when it was written, by whom, why, and what it changed."""

from __future__ import annotations

from contextlib import closing
from sqlite3 import connect

import pytest

from tests.journeys.console import unguarded

PHONE = "customer.phone_number"
EDIT = ("element", "edit", PHONE)
HISTORY = ("element", "history", PHONE)
LATER = 1_788_350_400  # 2026-09-02T12:00:00Z


@pytest.fixture
def edited(shop):
    """A shop in which two people changed the phone number, one a day later."""
    assert shop(*EDIT, "--set", "steward=budi", "--by", "dewi", "--reason", "rina left").code == 0
    shop.patch.setenv("SOURCE_DATE_EPOCH", str(LATER))
    assert (
        shop(*EDIT, "--set", "origins[checkout].stored_in.country=NL", "--unset", "steward", "--by", "budi").code == 0
    )
    return shop


def test_every_version_is_told_with_its_author_its_reason_and_what_changed(edited):
    said = edited.json(*HISTORY)
    assert (said.code, said.data["schema"]) == (0, "lineage.element.history/1")
    assert [(r["operation"], r["kind"], r["version"]) for r in said.results] == [
        ("add", "element", 1), ("add", "origin", 1), ("add", "regulatory", 1), ("change", "element", 2),
        ("change", "element", 3), ("change", "origin", 2),
    ]  # fmt: skip
    first, last = said.results[3], said.results[-1]
    assert (first["who"], first["how_known"], first["reason"]) == ("dewi", "stated", "rina left")
    assert first["at"] == "2026-09-01T14:00:00+02:00"
    assert first["changes"] == [{"path": "steward", "before": "rina", "after": "budi"}]
    assert last["changes"] == [{"path": "origins[checkout].stored_in.country", "before": "DE", "after": "NL"}]
    assert last["reason"] is None
    assert said.data["summary"] == {"kind": "element", "key": PHONE, "versions": 6}


def test_a_path_of_the_history_can_be_set_again(edited):
    change = edited.json(*HISTORY).results[-1]["changes"][0]
    assert edited(*EDIT, "--set", f"{change['path']}={change['before']}").code == 0
    assert edited.json(*HISTORY).results[-1]["changes"] == [{**change, "before": "NL", "after": "DE"}]


def test_people_read_it_and_programs_get_lines(edited):
    told = edited(*HISTORY, "--format", "table").out
    assert "~ element customer.phone_number  version 2  2026-09-01T14:00:00+02:00  by dewi (stated), entry " in told
    assert "    why: rina left\n" in told
    assert '    steward: "rina" → "budi"\n' in told
    assert "title" not in told
    assert '    title: (not said) → "Phone number"' in edited(*HISTORY, "--format", "table", "-v").out
    assert [row[2] for row in edited(*HISTORY).rows][-1] == "budi"


def test_of_its_uses_is_told_when_all_is_asked_for(edited):
    few, every = edited.json(*HISTORY).results, edited.json(*HISTORY, "--all").results
    assert {r["kind"] for r in every} - {r["kind"] for r in few} == {"use", "outcome", "insight"}
    assert [r["sequence"] for r in every] == sorted(r["sequence"] for r in every)


def test_the_past_knows_only_what_was_written_by_then(edited):
    said = edited.json(*HISTORY, "--as-of", "2026-09-01")
    assert [r["version"] for r in said.results if r["kind"] == "element"] == [1, 2]
    assert said.data["as_of"] == "2026-09-01T23:59:59+02:00"
    number = said.results[-1]["sequence"]
    entry = edited.json(*HISTORY, "--as-of", f"@{number - 1}")
    assert [r["version"] for r in entry.results if r["kind"] == "element"] == [1]
    assert entry.data["catalogue"]["sequence"] == number - 1
    assert "(journal entry " in edited(*HISTORY, "--as-of", "2026-09-01", "--format", "table").err


def test_a_name_that_was_erased_is_told_as_such(edited):
    with closing(connect(edited.folder / "lineage.db")) as connection:
        [opaque] = connection.execute("SELECT id FROM actor WHERE name = 'dewi'").fetchone()
    unguarded(edited.folder / "lineage.db", f"UPDATE actor SET name = NULL, salt = NULL WHERE id = '{opaque}'")
    said = edited.json(*HISTORY)
    assert [r["who"] for r in said.results if r["version"] == 2] == ["erased", "budi"]
    assert "by erased (stated)" in edited(*HISTORY, "--format", "table").out


def test_a_retirement_is_a_version(edited):
    assert edited(*EDIT, "--unset", "regulatory[eu-gdpr]").code == 0
    last = edited.json(*HISTORY).results[-1]
    assert (last["operation"], last["retired"], last["changes"]) == ("retire", True, [])


@pytest.mark.parametrize(
    ("kind", "key", "versions"),
    [
        ("statement", "notice-7", 1), ("process", "parcel-dispatch", 1), ("catalogue", "catalogue", 1),
        ("origin", f"{PHONE}#checkout", 2), ("use", f"{PHONE}/slot-planning/AgreeDeliverySlot", 1),
    ],
)  # fmt: skip
def test_any_document_has_a_history(edited, kind, key, versions):
    found = edited.json("element", "history", key, "--kind", kind).results
    assert [(r["kind"], r["key"], r["version"]) for r in found] == [(kind, key, n + 1) for n in range(versions)]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("customer.phone",), 1, "did you mean customer.phone_number"),
        (("nothing",), 1, "there is no element nothing"),
        (("notice-8", "--kind", "statement"), 1, "did you mean notice-7?"),
        (("x", "--kind", "statment"), 2, "did you mean statement?"),
    ],
)
def test_what_never_was_has_none(edited, words, code, sentence):
    said = edited("element", "history", *words)
    assert (said.code, sentence in said.err) == (code, True), said.err
