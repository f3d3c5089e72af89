"""A change set is a state machine: which answer leads where, what is kept, and until when an emergency may stand."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from lineage.domain.review import Mark, People, mixes_scripts, plain_name
from lineage.errors import Refused, WrongUse
from lineage.services.change_sets import (
    ANSWERS,
    DONE,
    STATES,
    Answered,
    ChangeSet,
    Proposed,
    answered,
    body_of,
    change_set_of,
    digest_shown,
    overdue,
    proposed_anew,
    until_of,
)
from lineage.services.conflicts import value_at

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
FAIR = Proposed("touchpoint", "fair", "add", 0, '{"key":"fair","title":"Fair"}')


def change_set(state: str = "open", **said: object) -> ChangeSet:
    made = ChangeSet("change-1", state, "a new fair", ("a1",), 7, (FAIR,), until="2026-09-03T12:00:00Z")
    return ChangeSet(**{name: getattr(made, name) for name in made.__slots__} | said)


def given(answer: str) -> Answered:
    return Answered("b2", answer, "because", "2026-09-01T12:00:00Z")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("answer", DONE)
def test_an_answer_leads_where_the_table_says_or_is_refused(state, answer):
    to = ANSWERS.get((state, answer))
    if to is None:
        with pytest.raises(Refused):
            answered(change_set(state), given(answer))
        return
    after = answered(change_set(state), given(answer))
    assert (after.state, after.answers) == (to, (given(answer),))
    assert after.changes == change_set().changes


def test_what_is_over_stays_as_it_is():
    over = {"approved", "rejected", "withdrawn"}
    assert not [pair for pair in ANSWERS if pair[0] in over]


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_open_or_returned_can_be_proposed_anew(state):
    latest = change_set(changes=(Proposed("touchpoint", "shop", "add", 0, "{}"),), authors=("c3",), reason="")
    if state not in ("open", "returned"):
        with pytest.raises(Refused):
            proposed_anew(change_set(state), latest, "c3")
        return
    after = proposed_anew(change_set(state, answers=(given("return"),)), latest, "c3")
    assert after.authors == ("a1", "c3")
    assert (after.state, after.reason, after.changes, after.answers) == (
        "open", "a new fair", latest.changes, (given("return"),)
    )  # fmt: skip


def test_who_proposes_anew_twice_is_one_author():
    assert proposed_anew(change_set(), change_set(), "a1").authors == ("a1",)


FULL = change_set(
    "emergency",
    changes=(FAIR, Proposed("party", "nord", "retire", 3, "")),
    places=(("touchpoint", "fair", "/c/a.yaml", 3, "{}", "0" * 64),),
    forgotten=(("party", "nord"),),
    answers=(given("return"),),
    expects=(("party", "sued", 2),),
    proposed="2026-09-01T12:00:00Z",
)


@pytest.mark.parametrize("one", [change_set(), FULL])
def test_it_comes_back_from_the_store_as_it_went_in(one):
    assert change_set_of(body_of(one)) == one


def test_one_can_still_be_read_after_texts_were_taken_out():
    body = body_of(FULL) | {"reason": None, "places": None, "proposed": "[redacted]"}
    body["changes"][0]["body"]["title"] = "[redacted]"
    assert change_set_of(body).key == FULL.key


CHANGED = {
    "another version": (change_set(), 2, []),
    "another answer": (change_set(), 1, [["use", "", ["deny"]]]),
    "another body": (change_set(changes=(Proposed("touchpoint", "fair", "add", 0, "{}"),)), 1, []),
    "another author": (change_set(authors=("a1", "b2")), 1, []),
    "another expected version": (change_set(changes=(Proposed("touchpoint", "fair", "add", 1, FAIR.text),)), 1, []),
    "a further document": (change_set(changes=(FAIR, Proposed("party", "nord", "retire", 3, ""))), 1, []),
}


@pytest.mark.parametrize("what", CHANGED)
def test_the_digest_of_what_is_shown_differs_with(what):
    one, version, answers = CHANGED[what]
    assert digest_shown(one, version, answers) != digest_shown(change_set(), 1, [])
    assert digest_shown(change_set(), 1, []) == digest_shown(change_set(), 1, [])


UNTIL = {
    "P2D": "2026-09-03T12:00:00Z",
    "PT36H": "2026-09-03T00:00:00Z",
    "P7D": "2026-09-08T12:00:00Z",
    "P1W": "2026-09-08T12:00:00Z",
    "2026-09-01": "2026-09-01T22:00:00Z",
    "2026-09-08": "2026-09-08T22:00:00Z",
    "2026-09-02T08:00:00+02:00": "2026-09-02T06:00:00Z",
}


@pytest.mark.parametrize("text", UNTIL)
def test_an_emergency_may_stand_until(text):
    assert until_of(text, NOW, BERLIN) == UNTIL[text]


@pytest.mark.parametrize(
    "text",
    ["P8D", "P1M", "P1Y", "2026-09-09", "2026-09-08T12:00:01Z", "2026-08-31", "P0D", "PT0S", "P", "tomorrow", "",
     "2026-02-30", "2026-09-02T08:00:00"],
)  # fmt: skip
def test_an_emergency_may_not_stand_until(text):
    with pytest.raises(WrongUse, match="--emergency"):
        until_of(text, NOW, BERLIN)


def test_an_emergency_is_overdue_from_its_instant_on():
    assert not overdue(change_set("emergency"), datetime(2026, 9, 3, 11, 59, tzinfo=UTC))
    assert overdue(change_set("emergency"), datetime(2026, 9, 3, 12, tzinfo=UTC))
    assert not overdue(change_set("approved"), datetime(2026, 9, 4, tzinfo=UTC))


ALIKE = [
    ("Rina", "rina"),
    ("ＲＩＮＡ", "rina"),
    (" rina\t", "rina"),
    ("Straße", "STRASSE"),
    ("ri\u200bna", "rina"),
    ("a  b", "a b"),
    *((f"ri{chr(point)}na", "rina") for point in (
        0x034F, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180F, 0x200B, 0x200F, 0x2060, 0x206F, 0x2800, 0x3164, 0xFE00, 0xFE0F,
        0xFEFF, 0xFFA0, 0xE0100, 0xE01EF,
    )),
    ("e\u034f\u0301", "\u00e9"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_are_one_person(one, other):
    assert plain_name(one) == plain_name(other)
    assert People({"1": one, "2": other}).same("1", "2")


@pytest.mark.parametrize(
    ("name", "mixed"),
    [
        ("rina", False),
        ("Ирина", False),
        ("Ελένη", False),
        ("rin\u0430", True),
        ("\u0391lice", True),
        ("李 rina", False),
    ],
)
def test_a_name_of_look_alikes_mixes_alphabets(name, mixed):
    assert mixes_scripts(name) is mixed


def test_an_erased_name_with_a_mark_is_known_again():
    marks = (Mark.of("1", "ab" * 32, "Rina"),)
    people = People({"1": None, "2": None, "3": "rina", "4": "dewi"}, (("2", "1"),), marks)
    assert people.accounts_of("2") == {"1", "2", "3"}
    assert people.known_as("RINA") == ("1", "3")


def test_names_that_differ_are_two_people():
    assert not People({"1": "rina", "2": "dewi"}).same("1", "2")


def test_links_hold_in_both_directions_and_over_any_chain():
    people = People(
        {"1": "rina", "2": "dewi", "3": "budi", "4": "Budi", "5": None}, (("1", "2"), ("3", "2"), ("5", "4"))
    )
    assert people.accounts_of("1") == {"1", "2", "3", "4", "5"}
    assert people.written_by("5", ["1"])


def test_an_erased_account_is_nobody_s_namesake():
    people = People({"1": None, "2": None, "3": "rina"})
    assert not people.same("1", "2")
    assert people.shown("1") == "erased account 1"
    assert people.called("rina") == ("3",)


def test_values_are_found_by_paths_whose_keys_have_dots():
    body = {"basis": {"eu-gdpr": "consent"}, "a.b": {"c": 1}}
    assert value_at(body, "basis.eu-gdpr") == "consent"
    assert value_at(body, "a.b.c") == 1
    assert value_at(body, "a.x") is None
