"""An actor's id is a hash of salt and name: another name would not fit it, and nothing fits once both are erased."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import insert, select

from lineage.errors import Refused
from lineage.store import guards, schema
from lineage.store.actors import erase_actors, read_actors
from lineage.store.commands import write
from lineage.store.tables import actor, journal
from tests.unit.store.samples import change, command

MAIL = ("element", "customer.mail")


def actors(database):
    with database.reading() as connection:
        return list(connection.execute(select(actor).order_by(actor.c.created, actor.c.id)))


def sealed(row) -> bool:
    return row.id == sha256(bytes(row.salt) + row.name.encode()).hexdigest()[:32]


def do(database, name, *changes):
    with database.writing() as connection:
        return write(connection, command(actor=name), changes)


@pytest.mark.parametrize("name", ["rina", "Ренат 🐍", "a" * 500, "o'x", "r.i+n@a"])
def test_an_id_is_sealed_by_its_salt(database, name):
    do(database, name, change(*MAIL))
    (row,) = actors(database)
    assert (row.name, len(row.salt), len(row.id)) == (name, 16, 32)
    assert sealed(row)


def test_salts_differ_and_an_actor_keeps_the_id(database):
    do(database, "rina", change(*MAIL))
    do(database, "budi", change("element", "a", {"key": "a"}))
    do(database, "rina", change("element", "b", {"key": "b"}))
    rows = actors(database)
    assert sorted(row.name for row in rows) == ["budi", "rina"]
    assert len({bytes(row.salt) for row in rows}) == 2
    ids = {row.name: row.id for row in rows}
    with database.reading() as connection:
        wrote = list(connection.scalars(select(journal.c.actor).order_by(journal.c.sequence)))
    assert wrote == [ids["rina"], ids["budi"], ids["rina"]]


def test_a_renamed_actor_is_refused_and_without_guards_found(database, url):
    do(database, "rina", change(*MAIL))
    with pytest.raises(Refused, match="only erased"), database.writing() as connection:
        connection.execute(actor.update().values(name="budi"))
    with schema.changing(url) as connection:
        guards.drop(connection)
        connection.execute(actor.update().values(name="budi"))
        guards.install(connection)
    (row,) = actors(database)
    assert not sealed(row)


def test_an_erased_name_says_nothing_and_the_person_acts_anew(database):
    do(database, "rina", change(*MAIL))
    with database.writing() as connection:
        (key,) = read_actors(connection)
        write(connection, command(1), [change("account", key, {"key": key, "erased": True})])
        erase_actors(connection, [key])
    do(database, "rina", change("element", "a", {"key": "a"}))
    erased, anew = sorted(actors(database), key=lambda row: row.name or "")
    assert (erased.name, erased.salt) == (None, None)
    assert sealed(anew)
    assert erased.id != anew.id


def test_an_id_from_before_there_were_salts_goes_on(database):
    with database.writing() as connection:
        connection.execute(insert(actor).values(id="0" * 32, name="rina", created="2026-01-01T00:00:00.000000Z"))
    do(database, "rina", change(*MAIL))
    (row,) = actors(database)
    assert (row.id, row.salt) == ("0" * 32, None)
