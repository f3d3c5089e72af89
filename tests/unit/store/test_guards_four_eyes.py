"""Where a catalogue asks for four eyes the database itself lets nobody change it alone."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.errors import Refused
from lineage.store.actors import need_actor
from lineage.store.commands import Change, write
from lineage.store.documents import read_one
from tests.unit.store.attacks import attempt, contents, forge
from tests.unit.store.samples import BODIES, NOON, change, command

CATALOGUE = ("catalogue", "catalogue")
SET = ("change_set", "change-1")
ALONE = "four eyes"


def element(key: str = "new") -> Change:
    return change("element", key, {"key": key})


def review(how: str) -> Change:
    return change(*CATALOGUE, BODIES[CATALOGUE] | {"review": how}, "change")


@pytest.fixture
def people(filled):
    """Ids of rina and dewi, in a catalogue that asks for four eyes from now on."""
    with filled.writing() as connection:
        write(connection, command(1), [review("four_eyes")])
        return {name: need_actor(connection, name, NOON) for name in ("rina", "dewi")}


def change_set(state: str, authors: list[str], operation: str = "change", key: str = "change-1") -> Change:
    body: dict[str, Any] = {"key": key, "state": state, "authors": authors, "changes": []}
    return change("change_set", key, body, operation)


def do(database, *changes, actor="rina"):
    with database.writing() as connection:
        return write(connection, command(9, actor=actor), changes)


@pytest.mark.parametrize("actor", ["rina", "dewi", "root"])
def test_nobody_changes_the_catalogue_alone(filled, people, actor):
    before = contents(filled.shown)
    for changes in (
        [element()],
        [change("element", "customer.mail", {}, "retire")],
        [review("none")],
        [review("none"), element()],
        [element("a"), change_set("emergency", [], "add")],
    ):
        with pytest.raises(Refused, match=ALONE):
            do(filled, *changes, actor=actor)
    assert contents(filled.shown) == before
    assert len(people) == 2


STATES = [
    ("open", "dewi", ALONE),
    ("returned", "dewi", ALONE),
    ("withdrawn", "rina", ALONE),
    ("rejected", "dewi", ALONE),
    ("approved", "rina", "an author"),
    ("approved", "dewi", None),
    ("emergency", "rina", None),
]


@pytest.mark.parametrize(("state", "actor", "told"), STATES)
def test_only_an_approved_change_set_or_an_emergency_goes_live(filled, people, state, actor, told):
    do(filled, change_set("open", [people["rina"]], "add"))
    if told is None:
        assert do(filled, change_set(state, [people["rina"]]), element(), actor=actor).changes == 2
        return
    with pytest.raises(Refused, match=told):
        do(filled, change_set(state, [people["rina"]]), element(), actor=actor)


@pytest.mark.parametrize("authors", [[], ["dewi"], ["rina", "dewi"]])
def test_an_author_cannot_leave_the_list_in_order_to_approve(filled, people, authors):
    do(filled, change_set("open", [people["rina"]], "add"))
    with pytest.raises(Refused, match="an author"):
        do(filled, change_set("approved", [people[name] for name in authors]), element())


@pytest.mark.parametrize("former", [None, "returned", "withdrawn", "rejected", "approved"])
def test_only_what_is_open_can_be_approved(filled, people, former):
    if former:
        do(filled, change_set("open", [people["rina"]], "add"))
        do(filled, change_set(former, [people["rina"]]), actor="dewi")
    with pytest.raises(Refused, match="only a change set that is open"):
        do(filled, change_set("approved", [people["rina"]], "change" if former else "add"), element(), actor="budi")


def test_an_emergency_is_approved_or_taken_back_by_somebody_else(filled, people):
    do(filled, change_set("emergency", [people["rina"]], "add"), element())
    with pytest.raises(Refused, match="an author"):
        do(filled, change_set("approved", [people["rina"]]))
    do(filled, change_set("rejected", [people["rina"]]), change("element", "new", {}, "retire"), actor="dewi")
    with filled.reading() as connection:
        stored = read_one(connection, "element", "new")
    assert stored is not None
    assert stored.retired


def test_a_large_change_set_goes_live_in_one_piece(filled, people):
    do(filled, change_set("open", [people["rina"]], "add"))
    many = [element(f"e{number:05d}") for number in range(6_000)]
    assert do(filled, change_set("approved", [people["rina"]]), *many, review("none"), actor="dewi").changes == 6_002
    assert do(filled, element()).changes == 1


def test_records_need_no_second_pair_of_eyes_of_the_database(filled, people):
    account = change("account", people["rina"], {"key": people["rina"], "person": people["dewi"]})
    assert do(filled, account).changes == 1


def test_no_statement_by_hand_approves_or_goes_live(filled, people):
    do(filled, change_set("open", [people["rina"]], "add"))
    before = contents(filled.shown)
    body = f'{{"authors":["{people["rina"]}"],"state":"approved"}}'
    last, digest = "(SELECT max(sequence) FROM journal)", "0" * 64
    live = f"INSERT INTO document VALUES ('element', 'new', 1, '{{}}', '{digest}', false, {last}, NULL)"
    approve = (
        forge("change_set", "'change-1'", 2),
        f"UPDATE document SET sys_to = {last} WHERE kind = 'change_set'",
        f"INSERT INTO document VALUES ('change_set', 'change-1', 2, '{body}', '{digest}', false, {last}, NULL)",
    )
    assert "an author" in attempt(filled.shown, approve)
    assert ALONE in attempt(filled.shown, (forge("element", "'new'"), live))
    assert ALONE in attempt(filled.shown, (*approve[:2], forge("element", "'new'"), live))
    assert contents(filled.shown) == before
