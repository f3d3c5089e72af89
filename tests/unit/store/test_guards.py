"""The database refuses whatever no command wrote, on every way in, and says which guard is not there."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, registry

from lineage.errors import Refused
from lineage.store import bulk, engines, guards, schema
from lineage.store.actors import erase_actors, need_actor, read_actors
from lineage.store.address import address_of
from lineage.store.commands import write
from lineage.store.database import Database
from lineage.store.documents import read_one
from lineage.store.projection import MAPPERS, rebuild_differences
from lineage.store.registry import metadata
from lineage.store.tables import actor, checkpoint, document, head, journal, tile
from tests.unit.store.attacks import BOTH, POSTGRES, SQLITE, UNSAID, attempt, contents
from tests.unit.store.samples import NOON, USE, all_changes, change, command

MAIL = ("element", "customer.mail")
elements, element_names = metadata.tables["elements"], metadata.tables["element_names"]


def fill(url: str) -> str:
    """Make a catalogue with something in every table of the record, and a document in two versions."""
    schema.upgrade(url)
    with Database(url).writing() as connection:
        write(connection, command(request="r-1"), all_changes())
        write(connection, command(1), [change(*MAIL, {"key": "customer.mail", "title": "E-mail"}, "change")])
        connection.execute(insert(checkpoint).values(number=0, size=3, root=bytes(32), key="k", note="signed"))
        connection.execute(insert(tile).values(level=0, number=0, hashes=bytes(8192)))
    return url


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory):
    return fill(f"sqlite:///{tmp_path_factory.mktemp('guards')}/lineage.db")


@pytest.fixture(scope="module")
def on_postgres(postgres_server):
    postgres_server.run_sql("CREATE DATABASE guards STRATEGY wal_log")
    yield fill(postgres_server.url("guards"))
    postgres_server.run_sql("DROP DATABASE guards WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def kept(request):
    """A catalogue that nothing in this file may change, shared by all who try."""
    return request.getfixturevalue(f"on_{request.param}")


def refused(url: str, told: str, statements: tuple[str, ...]) -> None:
    before = contents(url)
    said = attempt(url, statements)
    assert re.search(told, said), said
    assert contents(url) == before


@pytest.mark.parametrize(
    ("told", "statements"), [case[1:] for case in (*BOTH, *SQLITE)], ids=[c[0] for c in (*BOTH, *SQLITE)]
)
def test_sqlite_refuses_what_no_entry_speaks_of(on_sqlite, told, statements):
    refused(on_sqlite, told, statements)


@pytest.mark.parametrize(
    ("told", "statements"), [case[1:] for case in (*BOTH, *POSTGRES)], ids=[c[0] for c in (*BOTH, *POSTGRES)]
)
def test_postgres_refuses_what_no_entry_speaks_of(on_postgres, told, statements):
    refused(on_postgres, told, statements)


def test_enough_is_tried():
    assert min(len(BOTH) + len(SQLITE), len(BOTH) + len(POSTGRES)) >= 60
    assert len({name for name, *_ in (*BOTH, *SQLITE, *POSTGRES)}) == len(BOTH) + len(SQLITE) + len(POSTGRES)


class Element:
    """A row of elements, for the object-relational mapper."""


class Name:
    """A row of element_names."""


mapped = registry()
mapped.map_imperatively(Element, elements)
mapped.map_imperatively(Name, element_names)
NEW = {"key": "new", "retired": False, "sequence": 0}


def _session(connection):
    """Give a session that, when it fails, leaves the transaction to the one who began it."""
    return Session(connection, join_transaction_mode="create_savepoint")


def _upsert(connection):
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(elements).values(NEW).on_conflict_do_nothing())


def _add(connection):
    row = Element()
    for name, value in NEW.items():
        setattr(row, name, value)
    with _session(connection) as session:
        session.add(row)
        session.flush()


def _change(connection):
    with _session(connection) as session:
        session.get(Element, "customer.phone").title = "Fax"
        session.flush()


def _remove(connection):
    with _session(connection) as session:
        session.delete(session.get(Name, ("customer.phone", 0)))
        session.flush()


PATHS = {
    "Core insert": lambda c: c.execute(insert(elements).values(NEW)),
    "Core insert of many": lambda c: c.execute(insert(elements), [NEW | {"key": f"e{n}"} for n in range(100)]),
    "Core insert from a query": lambda c: c.execute(
        insert(element_names).from_select(
            ["element", "position", "name"],
            select(element_names.c.element, element_names.c.position + 9, element_names.c.name),
        )
    ),
    "Core insert that returns": lambda c: c.execute(insert(elements).values(NEW).returning(elements.c.key)),
    "Core update": lambda c: c.execute(update(elements).values(title="Fax")),
    "Core update of a document": lambda c: c.execute(update(document).values(body="{}")),
    "Core delete": lambda c: c.execute(element_names.delete()),
    "Core delete of entries": lambda c: c.execute(journal.delete()),
    "Core upsert": _upsert,
    "ORM add": _add,
    "ORM change": _change,
    "ORM delete": _remove,
    "ORM bulk insert": lambda c: _session(c).bulk_insert_mappings(Element, [NEW]),
    "ORM bulk update": lambda c: _session(c).bulk_update_mappings(Element, [{"key": "customer.phone", "title": "Fax"}]),
    "ORM insert of many": lambda c: _session(c).execute(insert(Element), [NEW | {"key": f"e{n}"} for n in range(3)]),
    "ORM update by query": lambda c: _session(c).query(Element).update({"title": "Fax"}),
    "ORM delete by query": lambda c: _session(c).query(Name).delete(),
    "driver's many": lambda c: bulk.insert(c, "elements", ("key", "retired", "sequence"), [("new", False, 0)]),
    "driver's copy": lambda c: bulk.insert(
        c, "elements", ("key", "retired", "sequence"), [(f"e{n}", False, 0) for n in range(200)]
    ),
    "driver's update": lambda c: bulk.update(c, "elements", ("title",), ("key",), [("Fax", "customer.phone")]),
    "driver's delete": lambda c: bulk.delete(c, "element_names", ("element",), [("customer.phone",)]),
}


@pytest.mark.parametrize("path", PATHS)
def test_no_other_way_of_writing_gets_past_the_journal(kept, path):
    assert len(PATHS) >= 12
    before = contents(kept)
    with pytest.raises((Refused, IntegrityError)) as caught, Database(kept).writing() as connection:
        PATHS[path](connection)
    assert re.search(f"{UNSAID}|are never", str(caught.value))
    assert contents(kept) == before


def test_every_table_has_guards_or_is_said_to_have_none(database):
    assert {"compiled", "compiled_segment", "place"} == guards.UNGOVERNED
    assert {table.name for table in guards.governed()} == set(metadata.tables) - guards.UNGOVERNED
    with database.writing() as connection:
        guards.drop(connection)
        said = " ".join(guards.missing(connection))
        assert all(re.search(rf"guard_{table.name}_\w+ is missing", said) for table in guards.governed())
        guards.install(connection)
        assert guards.missing(connection) == []


def test_a_table_nobody_thought_of_is_never_rewritten(url, monkeypatch):
    from sqlalchemy import Column, Integer, MetaData, Table

    from lineage.store import guards_rules

    schema.upgrade(url)
    more = Table("later", MetaData(), Column("id", Integer, primary_key=True), Column("said", Integer))
    monkeypatch.setattr(guards_rules, "metadata", type("Tables", (), {"sorted_tables": [more]}))
    with schema.changing(url) as connection:
        connection.exec_driver_sql("CREATE TABLE later (id INTEGER PRIMARY KEY, said INTEGER)")
        guards.install(connection)
        connection.exec_driver_sql("INSERT INTO later VALUES (1, 1)")
    for statement in ("UPDATE later SET said = 2", "DELETE FROM later"):
        assert "later are never" in attempt(url, (statement,))


def run(url: str, *statements: str) -> None:
    with engines.writer(address_of(url)).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


NOTHING = "CREATE OR REPLACE FUNCTION guard_head_update() RETURNS trigger LANGUAGE plpgsql"
TAMPERED = [
    ("sqlite", "DROP TRIGGER guard_journal_update", "guard_journal_update is missing"),
    (
        "sqlite",
        "DROP TRIGGER guard_head_update; CREATE TRIGGER guard_head_update BEFORE UPDATE ON head BEGIN SELECT 1; END",
        "guard_head_update was altered",
    ),
    ("postgres", "DROP TRIGGER guard_journal_update ON journal", "guard_journal_update is missing"),
    ("postgres", "ALTER TABLE journal DISABLE TRIGGER guard_journal_insert", "guard_journal_insert is disabled"),
    ("postgres", "ALTER TABLE journal DISABLE TRIGGER ALL", "guard_journal_never is disabled"),
    ("postgres", "ALTER TABLE head ENABLE TRIGGER guard_head_update", "guard_head_update is disabled"),
    ("postgres", "ALTER TABLE head ENABLE REPLICA TRIGGER guard_head_update", "guard_head_update is disabled"),
    ("postgres", f"{NOTHING} AS 'BEGIN RETURN NEW; END'", "guard_head_update was altered"),
    ("postgres", "ALTER FUNCTION guard_head_update() RESET search_path", "guard_head_update was altered"),
    ("postgres", "ALTER FUNCTION guard_head_update() SECURITY DEFINER", "guard_head_update was altered"),
    (
        "postgres",
        (
            "DROP TRIGGER guard_head_update ON head; CREATE TRIGGER guard_head_update BEFORE UPDATE ON head FOR EACH ROW"
            " WHEN (false) EXECUTE FUNCTION guard_head_update(); ALTER TABLE head ENABLE ALWAYS TRIGGER guard_head_update"
        ),
        "guard_head_update was altered",
    ),
    (
        "postgres",
        (
            "DROP TRIGGER guard_tile_never ON tile; CREATE TRIGGER guard_tile_never BEFORE UPDATE ON tile"
            " EXECUTE FUNCTION guard_tile_never(); ALTER TABLE tile ENABLE ALWAYS TRIGGER guard_tile_never"
        ),
        "guard_tile_never was altered",
    ),
]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_guard_that_is_absent_altered_or_disabled_is_named_and_made_anew(request, kind):
    url = request.getfixturevalue(f"{kind}_url")
    schema.upgrade(url)
    for _, statements, told in (case for case in TAMPERED if case[0] == kind):
        run(url, *re.split(r"; (?=DROP|CREATE|ALTER)", statements))
        with Database(url).reading() as connection:
            assert f"trigger {told}" in guards.missing(connection), statements
        assert schema.mend_guards(url)
        assert schema.mend_guards(url) == []


def test_an_upgrade_makes_the_guards_and_a_downgrade_takes_them_away(url):
    schema.upgrade(url)
    schema.downgrade(url, schema.REVISIONS[-2])
    triggers = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'guard%'"
    if url.startswith("postgres"):
        functions = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'guard%'"
        triggers = f"SELECT count(*) + ({functions}) FROM pg_trigger WHERE tgname LIKE 'guard%'"
    with engines.reader(address_of(url)).connect() as connection:
        assert connection.execute(text(triggers)).scalar() == 0
    schema.upgrade(url)
    with Database(url).reading() as connection:
        assert guards.missing(connection) == []


def test_what_commands_write_passes(filled):
    with filled.writing() as connection:
        write(
            connection,
            command(1),
            [change("use", USE, {}, "retire"), change(*MAIL, {"key": "customer.mail"}, "change")],
        )
        write(
            connection, command(2), [change("use", USE, operation="restore"), change("element", "new", {"key": "new"})]
        )
    with filled.reading() as connection:
        assert rebuild_differences(connection) == []
        assert guards.missing(connection) == []


def test_text_is_taken_out_of_what_is_over_when_a_redaction_says_so(filled):
    with filled.writing() as connection:
        write(
            connection,
            command(1, reason="asked by budi"),
            [change(*MAIL, {"key": "customer.mail", "title": "T"}, "change")],
        )
        write(connection, command(2), [change(*MAIL, {"key": "customer.mail"}, "change")])
        told = read_one(connection, *MAIL, as_of=len(all_changes()))
    assert told is not None
    sequence = told.sys_from
    left = change(*MAIL, {"key": "customer.mail", "title": "[redacted]"})
    body = {"key": str(sequence), "sequence": sequence, "paths": ["title"], "ground": "asked", "digest": left.digest}
    redaction = change("redaction", str(sequence), body)
    with pytest.raises(Refused, match=UNSAID), filled.writing() as connection:
        write(connection, command(3), [redaction])
    with filled.writing() as connection:
        proposed = {"key": "change-1", "authors": [need_actor(connection, "joko", NOON)]}
        write(connection, command(3), [change("change_set", "change-1", proposed | {"state": "open"})])
    for first in ([redaction, "approved"], ["rejected", redaction]):
        changes = [
            one if one is redaction else change("change_set", "change-1", proposed | {"state": one}, "change")
            for one in first
        ]
        with pytest.raises(Refused, match=UNSAID), filled.writing() as connection:
            write(connection, command(4), changes)
    with filled.writing() as connection:
        approved = change("change_set", "change-1", proposed | {"state": "approved"}, "change")
        write(connection, command(4), [approved, redaction])
    with filled.reading() as connection:
        entry = connection.execute(select(journal.c.salt, journal.c.reason).where(journal.c.sequence == sequence)).one()
        assert tuple(entry) == (None, None)
        stored = read_one(connection, *MAIL, as_of=sequence)
        assert stored is not None
        assert stored.body == {"key": "customer.mail", "title": "[redacted]"}
    # What was redacted once is not open to everybody from then on.
    assert UNSAID in attempt(filled_url(filled), ("UPDATE document SET body = '{}' WHERE key = 'customer.mail'",))


def filled_url(database: Database) -> str:
    return database.shown


def test_a_name_can_be_erased_and_stays_so(filled):
    with pytest.raises(Refused, match="which the journal says first"), filled.writing() as connection:
        erase_actors(connection, read_actors(connection))
    with filled.writing() as connection:
        (key,) = read_actors(connection)
        write(connection, command(1), [change("account", key, {"key": key, "erased": True})])
        erase_actors(connection, [key])
    assert "only erased" in attempt(filled_url(filled), ("UPDATE actor SET name = 'budi'",))
    with filled.reading() as connection:
        assert [tuple(row) for row in connection.execute(select(actor.c.name, actor.c.salt))] == [(None, None)]


def test_a_catalogue_copied_in_the_order_of_writing_passes(filled, tmp_path):
    url = f"sqlite:///{tmp_path}/copy.db"
    schema.upgrade(url)
    projected = [table for mapper in MAPPERS.values() for table in mapper.tables]
    with filled.writing() as connection:
        write(connection, command(1), [change(*MAIL, {"key": "customer.mail"}, "change")])
    with filled.reading() as source, Database(url).writing() as target:
        for table in (actor, journal, document, *projected, head, checkpoint, tile):
            order = table.c.sys_from if table is document else table.primary_key.columns[0]
            rows = [dict(row._mapping) for row in source.execute(select(table).order_by(order))]
            if rows:
                target.execute(insert(table), rows)
    with Database(url).reading() as connection:
        assert connection.scalar(select(func.count()).select_from(journal)) == len(all_changes()) + 1
        assert rebuild_differences(connection) == []
