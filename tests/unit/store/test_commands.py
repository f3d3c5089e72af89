"""A command writes document, journal, head and projection together, once, or not at all."""

from __future__ import annotations

import json
import random
import threading
from hashlib import sha256

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError

from lineage.domain.canonical import canonical
from lineage.errors import Refused
from lineage.store import commands
from lineage.store.commands import Change, write
from lineage.store.documents import read_one
from lineage.store.merkle import Frontier
from lineage.store.projection import rebuild_differences
from lineage.store.tables import actor, document, head, journal
from tests.unit.store.samples import SAMPLES, all_changes, change, command
from tests.unit.store.test_merkle import naive_root

MAIL = ("element", "customer.mail")


def do(database, *changes, expected=None, **more):
    with database.writing() as connection:
        return write(connection, command(**more), changes, expected)


def counts(database):
    with database.reading() as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) for table in (document, journal, actor, head)
        ]


def entries_of(database):
    with database.reading() as connection:
        return list(connection.execute(select(journal).order_by(journal.c.sequence)))


def test_the_result_counts_entries_from_zero(database):
    first = do(database, change(*MAIL))
    second = do(database, change("process", "dispatch", {"key": "dispatch"}), change("touchpoint", "web"))
    assert (first.first, first.last, first.changes, first.repeated) == (0, 0, 1, False)
    assert (second.first, second.last, second.changes) == (1, 2, 2)
    assert first.command != second.command


def test_changes_may_come_in_any_order(database):
    changes = all_changes()
    random.Random(7).shuffle(changes)
    assert do(database, *changes).changes == len(SAMPLES)
    with database.reading() as connection:
        assert rebuild_differences(connection) == []


def test_a_version_follows_the_other_and_one_is_current(filled):
    do(filled, change(*MAIL, {"key": "customer.mail", "title": "E-mail"}, "change"))
    do(filled, change(*MAIL, {}, "retire"))
    do(filled, change(*MAIL, {"key": "customer.mail"}, "restore"))
    with filled.reading() as connection:
        rows = connection.execute(select(document).where(document.c.key == MAIL[1]).order_by(document.c.version)).all()
    assert [row.version for row in rows] == [1, 2, 3, 4]
    assert [row.sys_to for row in rows] == [*[row.sys_from for row in rows[1:]], None]
    assert [row.retired for row in rows] == [False, False, True, False]
    assert rows[2].body == rows[1].body
    assert rows[2].digest == rows[1].digest


def test_the_database_refuses_a_second_current_version(filled):
    with filled.reading() as connection:
        row = dict(connection.execute(select(document).where(document.c.key == MAIL[1])).one()._mapping)
    with pytest.raises(Refused), filled.writing() as connection:
        connection.execute(insert(document).values(row | {"version": 2}))


def test_leaves_are_what_the_stored_rows_give(filled):
    do(
        filled,
        change(*MAIL, {"key": "customer.mail", "title": 'a "quoted" nämé'}, "change"),
        reason='Because "so"\n…',
        request="r-1",
    )
    do(filled, change(*MAIL, {}, "retire"), request="r-2")
    leaves = []
    with filled.reading() as connection:
        for entry in connection.execute(select(journal).order_by(journal.c.sequence)).all():
            stored = read_one(connection, entry.kind, entry.key, as_of=entry.sequence)
            payload = canonical({"body": stored.body, "reason": entry.reason, "retired": stored.retired}).encode()
            digest = sha256(b"\x02" + entry.salt + payload).digest()
            header = {
                "actor": entry.actor, "at": entry.at, "command": entry.command, "format": 1,
                "how_known": entry.how_known,
                "key": entry.key, "kind": entry.kind, "operation": entry.operation, "payload": digest.hex(),
                "request": entry.request, "sequence": entry.sequence, "version": entry.version,
            }  # fmt: skip
            assert entry.header == canonical(header).encode()
            assert entry.payload_digest == digest
            assert entry.leaf == sha256(b"\x00" + entry.header).digest()
            leaves.append(entry.header)
        row = connection.execute(select(head)).one()
    assert row.size == len(leaves)
    assert Frontier.from_bytes(row.size, row.frontier).root() == naive_root(leaves)


def test_salts_differ(filled):
    salts = [entry.salt for entry in entries_of(filled)]
    assert len(set(salts)) == len(salts) == len(SAMPLES)


def test_the_actor_is_an_opaque_id_that_stays(filled):
    do(filled, change(*MAIL, {"key": "customer.mail"}, "change"))
    do(filled, change(*MAIL, {"key": "customer.mail"}, "change"), actor="budi")
    with filled.reading() as connection:
        names = {row.id: row.name for row in connection.execute(select(actor))}
    *_, last_but_one, last = entries_of(filled)
    assert sorted(names.values()) == ["budi", "rina"]
    assert (names[last_but_one.actor], names[last.actor]) == ("rina", "budi")
    assert not any(name in entry.header.decode() for entry in entries_of(filled) for name in ('"rina"', '"budi"'))


def test_instants_never_go_back(filled):
    do(filled, change(*MAIL, {"key": "customer.mail"}, "change"), minutes=-60)
    do(filled, change(*MAIL, {"key": "customer.mail"}, "change"), minutes=5)
    found = [entry.at for entry in entries_of(filled)]
    assert found == sorted(found)
    assert found[-2:] == ["2026-03-01T12:00:00.000000Z", "2026-03-01T12:05:00.000000Z"]


def test_an_instant_without_offset_is_a_mistake(database):
    naive = commands.Command("rina", "test", command().instant.replace(tzinfo=None))
    with pytest.raises(ValueError, match="offset"), database.writing() as connection:
        write(connection, naive, [change(*MAIL)])


def test_a_request_seen_before_gives_the_earlier_result_and_writes_nothing(database):
    do(database, change("touchpoint", "web"))
    first = do(database, change(*MAIL), change("element", "b", {"key": "b"}), request="r-1")
    last = do(database, change("element", "c", {"key": "c"}), request="r-2")
    before = counts(database)
    again = do(database, change(*MAIL), request="r-1")
    assert again.repeated
    assert (again.first, again.last, again.command, again.changes) == (1, 2, first.command, 2)
    again = do(database, request="r-2")
    assert (again.first, again.last, again.command, again.changes, again.repeated) == (3, 3, last.command, 1, True)
    assert counts(database) == before
    assert [entry.request for entry in entries_of(database)] == [None, "r-1", None, "r-2"]


def test_no_changes_write_nothing(database):
    assert do(database, request="r-1").changes == 0
    assert counts(database) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("key", "operation", "told"),
    [
        ("customer.mail", "add", "exists already"),
        ("customer.nail", "change", "no element customer.nail to change"),
        ("customer.mail", "restore", "is not retired"),
        ("retired", "change", "is retired"),
        ("retired", "retire", "is retired"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(filled, key, operation, told):
    do(filled, change("element", "retired", {"key": "retired"}))
    do(filled, change("element", "retired", {}, "retire"))
    before = counts(filled)
    with pytest.raises(Refused, match=told) as caught:
        do(filled, change("touchpoint", "web", operation="change"), change("element", key, {"key": key}, operation))
    assert key in caught.value.sentence
    assert counts(filled) == before


@pytest.mark.parametrize(
    ("expected", "told"),
    [({MAIL: 2}, "is now in version 1, not 2"), ({("element", "x"): 1}, "element x does not exist any more")],
)
def test_an_unexpected_version_is_refused_and_the_document_named(filled, expected, told):
    before = counts(filled)
    for changes in (
        [change(*MAIL, {"key": "customer.mail"}, "change")],
        [change("touchpoint", "web", operation="change")],
        [],
    ):
        with pytest.raises(Refused, match=told):
            do(filled, *changes, expected=expected)
    assert counts(filled) == before


def test_expected_versions_let_pass_what_is_so(filled):
    assert do(filled, change("element", "new", {"key": "new"}), expected={MAIL: 1, ("element", "new"): 0}).changes == 1


def test_an_unknown_kind_or_operation_is_a_mistake():
    for kind, operation in (("thing", "add"), ("element", "delete")):
        with pytest.raises(ValueError, match="no such change"):
            Change(kind, "x", operation, "{}", "")  # type: ignore[arg-type]


def test_a_reference_that_leads_nowhere_is_refused(filled):
    before = counts(filled)
    with pytest.raises(Refused, match="elements"):
        do(filled, change("origin", "nothing#web", {"key": "web"}))
    assert counts(filled) == before


def test_an_unknown_word_is_refused(filled):
    with pytest.raises(Refused):
        do(filled, change("touchpoint", "shop", {"key": "shop", "journey": "never"}))


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_an_error_in_the_middle_leaves_nothing(filled, failure):
    before = counts(filled)

    def changes():
        for number in range(commands.BATCH + 10):
            yield change("element", f"e{number:05d}", {"key": f"e{number:05d}"})
        raise failure

    with pytest.raises(failure), filled.writing() as connection:
        write(connection, command(), changes())

    def retire():
        with filled.writing() as connection:
            write(connection, command(), [change(*MAIL, {}, "retire")])
            raise failure

    with pytest.raises(failure):
        retire()
    assert counts(filled) == before
    with filled.reading() as connection:
        assert rebuild_differences(connection) == []


def test_batches_add_up_and_progress_is_told(database, monkeypatch):
    monkeypatch.setattr(commands, "BATCH", 70)
    told = []
    changes = (change("element", f"e{number:03d}", {"key": f"e{number:03d}", "audiences": []}) for number in range(200))
    with database.writing() as connection:
        result = write(connection, command(), changes, progress=told.append)
    assert (result.changes, told) == (200, [70, 140, 200])
    entries = entries_of(database)
    assert [entry.sequence for entry in entries] == list(range(200))
    with database.reading() as connection:
        row = connection.execute(select(head)).one()
    assert Frontier.from_bytes(row.size, row.frontier).root() == naive_root([entry.header for entry in entries])


def test_a_document_may_change_twice_in_one_command(database):
    do(
        database,
        change(*MAIL),
        change(*MAIL, {"key": "customer.mail", "title": "E-mail"}, "change"),
        change(*MAIL, {}, "retire"),
    )
    with database.reading() as connection:
        stored = read_one(connection, *MAIL)
        assert rebuild_differences(connection) == []
    assert (stored.version, stored.retired, stored.body["title"]) == (3, True, "E-mail")


def test_writers_take_turns(database):
    failed = []

    def add(name: str) -> None:
        try:
            for number in range(5):
                do(database, change("element", f"{name}{number}", {"key": f"{name}{number}"}))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert [entry.sequence for entry in entries_of(database)] == list(range(15))


def test_headers_keep_their_names_in_order(filled):
    for entry in entries_of(filled):
        names = list(json.loads(entry.header))
        assert names == sorted(names)


def test_the_database_refuses_what_is_no_entry(filled):
    row = dict(entries_of(filled)[0]._mapping)
    for wrong in ({"sequence": -1}, {"sequence": 999, "leaf": b"short"}, {"sequence": 999, "operation": ""}, {}):
        with pytest.raises((Refused, IntegrityError)), filled.writing() as connection:
            connection.execute(insert(journal).values(row | wrong))
    with pytest.raises(Refused), filled.writing() as connection:
        connection.execute(text("INSERT INTO head (id, size, frontier) VALUES (2, 0, '')"))
