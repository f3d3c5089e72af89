"""The application's role can do everything commands do, and nothing by which it could rewrite what was written."""

from __future__ import annotations

import re
from itertools import count

import pytest
from sqlalchemy import insert, make_url, select, text, update

from lineage.errors import CatalogueReadOnly, MigrationNeeded, Refused, WrongUse
from lineage.store import roles, schema
from lineage.store.actors import need_actor, read_actors
from lineage.store.commands import write
from lineage.store.database import Database
from lineage.store.documents import read_current
from lineage.store.guards_rules import UNGOVERNED
from lineage.store.places import forget_places, save_places
from lineage.store.projection import rebuild_differences
from lineage.store.registry import metadata
from lineage.store.tables import actor, checkpoint, document, journal, tile
from tests.unit.store.attacks import EVIL, attempt, contents, entry, forge, version
from tests.unit.store.samples import NOON, USE, all_changes, change, command

MAIL = ("element", "customer.mail")
_numbers = count(1)


@pytest.fixture
def role(postgres_server):
    """Make roles; they go with the server."""

    def make(options: str = "") -> str:
        name = f"app_{next(_numbers)}"
        postgres_server.run_sql(f'CREATE ROLE "{name}" LOGIN {options}')
        return name

    return make


def as_role(url: str, name: str) -> str:
    return make_url(url).set(username=name).render_as_string(hide_password=False)


@pytest.fixture
def application(postgres_url, role):
    """The address of a filled catalogue as the application uses it."""
    schema.upgrade(postgres_url)
    name = role()
    roles.grant(postgres_url, name)
    url = as_role(postgres_url, name)
    with Database(url).writing() as connection:
        write(connection, command(), all_changes())
    return url


def test_every_command_works_for_the_application(application):
    database = Database(application)
    many = [
        change("element", f"e{number:05d}", {"key": f"e{number:05d}", "also_known_as": ["x"]})
        for number in range(3_000)
    ]
    with database.writing() as connection:
        write(connection, command(1, actor="budi"), many)
        save_places(connection, [("element", "e00000", "a.yaml", 1, {}, "0" * 64)])
    with database.writing() as connection:
        write(connection, command(2), [change(*MAIL, {"key": "customer.mail", "title": "T"}, "change")])
        write(connection, command(2), [change("use", USE, {}, "retire")])
        write(connection, command(2), [change("use", USE, operation="restore")])
        save_places(connection, [("element", "e00000", "b.yaml", 2, {}, "0" * 64)])
        forget_places(connection, [("element", "e00000")])
        connection.execute(insert(checkpoint).values(number=0, size=3, root=bytes(32), key="k", note="signed"))
        connection.execute(insert(tile).values(level=0, number=0, hashes=bytes(8192)))
    with database.reading() as connection:
        assert rebuild_differences(connection) == []
        assert roles.problems(connection) == []
        assert sum(1 for _ in read_current(connection)) == 3_000 + len(all_changes())


DENIED = "permission denied|must be owner|no permission"
ATTACKS = [
    ("an entry changed", DENIED, ("UPDATE journal SET reason = 'x'",)),
    ("an entry redacted", DENIED, ("UPDATE journal SET salt = NULL, reason = NULL",)),
    ("entries deleted", DENIED, ("DELETE FROM journal",)),
    ("the journal emptied", DENIED, ("TRUNCATE journal CASCADE",)),
    ("a number chosen", "comes next", (entry("999").replace("SELECT", "OVERRIDING SYSTEM VALUE SELECT", 1),)),
    ("a number before the first", "comes next|ck_journal_sequence", (entry("-5"),)),
    ("a body changed", DENIED, ("UPDATE document SET body = '{}'",)),
    ("a version ended", "no new entry", ("UPDATE document SET sys_to = 999 WHERE sys_to IS NULL",)),
    ("documents deleted", DENIED, ("DELETE FROM document",)),
    ("a document without an entry", "no new entry", (version("element", "new"),)),
    ("the head deleted", DENIED, ("DELETE FROM head",)),
    ("the head moved back", "only moves forwards", ("UPDATE head SET size = 1",)),
    ("the head given another number", DENIED, ("UPDATE head SET id = 1",)),
    ("an actor renamed", DENIED, ("UPDATE actor SET name = 'x'",)),
    ("a checkpoint changed", DENIED, ("UPDATE checkpoint SET note = 'x'",)),
    ("a tile deleted", DENIED, ("DELETE FROM tile",)),
    ("a projected row changed", "no new entry", ("UPDATE elements SET title = 'Fax'",)),
    ("projected rows deleted", DENIED, ("DELETE FROM elements",)),
    ("parts deleted", "no new entry", ("DELETE FROM element_names",)),
    ("triggers disabled", DENIED, ("ALTER TABLE journal DISABLE TRIGGER ALL",)),
    ("a trigger dropped", DENIED, ("DROP TRIGGER guard_journal_update ON journal",)),
    (
        "a function replaced",
        DENIED,
        ("CREATE OR REPLACE FUNCTION guard_head_update() RETURNS trigger AS 'x' LANGUAGE plpgsql",),
    ),
    ("a function of one's own", DENIED, ("ALTER FUNCTION guard_head_update() RESET search_path",)),
    (
        "a trigger of one's own",
        DENIED,
        ("CREATE TRIGGER x BEFORE INSERT ON journal EXECUTE FUNCTION guard_head_update()",),
    ),
    ("a rule of one's own", DENIED, ("CREATE RULE x AS ON INSERT TO journal DO INSTEAD NOTHING",)),
    ("triggers passed by", DENIED, ("SET session_replication_role TO replica",)),
    ("the owner's role taken", DENIED, ("SET ROLE postgres",)),
    ("the owner's session taken", DENIED, ("SET SESSION AUTHORIZATION postgres",)),
    ("rights given to oneself", DENIED, ("GRANT ALL ON journal TO CURRENT_USER", "DELETE FROM journal")),
    ("a sequence set", "does not exist", ("SELECT setval('journal_sequence_seq', 1)",)),
    ("the tables taken away", DENIED, ("DROP TABLE journal CASCADE",)),
    ("the tables changed", DENIED, ("ALTER TABLE journal DROP COLUMN leaf",)),
    ("the version of the tables changed", DENIED, ("UPDATE alembic_version SET version_num = '0001'",)),
    ("a schema of one's own", DENIED, EVIL[:1]),
    (
        "a journal of one's own",
        "no new entry",
        (
            "CREATE TEMP TABLE journal AS SELECT * FROM public.journal",
            "CREATE TEMP TABLE head AS SELECT * FROM public.head",
            "SET search_path TO pg_temp, public",
            forge("element", "'new'"),
            version("element", "new", into="public.document"),
        ),
    ),
    ("the journal read by a program", DENIED, ("COPY journal TO PROGRAM 'cat'",)),
]


def test_the_application_cannot_rewrite_what_was_written(application):
    assert len(ATTACKS) >= 12
    before = contents(application)
    for name, told, statements in ATTACKS:
        said = attempt(application, statements)
        assert re.search(told, said), f"{name}: {said or 'nothing was refused'}"
    assert contents(application) == before


def test_a_role_that_reads_changes_nothing(postgres_url, role):
    schema.upgrade(postgres_url)
    name = role()
    roles.grant(postgres_url, name)
    said = roles.grant(postgres_url, name, read_only=True)
    assert said == [f"{name} may read every table"]
    reading = Database(as_role(postgres_url, name))
    with reading.reading() as connection:
        assert list(read_current(connection)) == []
        for table in metadata.tables:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    with pytest.raises(CatalogueReadOnly, match="permission denied"), reading.writing() as connection:
        write(connection, command(), all_changes())


def test_whatever_else_a_role_had_is_taken_away(postgres_url, role):
    schema.upgrade(postgres_url)
    name = role()
    with Database(postgres_url).writing() as connection:
        connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}"))
        connection.execute(text(f"GRANT CREATE ON SCHEMA public TO {name}"))
    with Database(as_role(postgres_url, name)).reading() as connection:
        assert "make triggers" in roles.problems(connection)[0]
    assert len(roles.grant(postgres_url, name)) == 4
    with Database(as_role(postgres_url, name)).reading() as connection:
        assert roles.problems(connection) == []
    assert "permission denied" in attempt(as_role(postgres_url, name), ("TRUNCATE journal CASCADE",))


def test_the_application_gets_no_right_it_does_not_need(application):
    rights = text(
        "SELECT table_name, privilege_type FROM information_schema.table_privileges"
        " WHERE grantee = current_user AND privilege_type <> 'SELECT' ORDER BY 1, 2"
    )
    columns = text(
        "SELECT table_name || '.' || column_name FROM information_schema.column_privileges WHERE grantee = current_user"
        " AND privilege_type = 'UPDATE' AND table_name IN ('document', 'journal', 'head', 'actor', 'checkpoint', 'tile')"
    )
    children = {table.name for table in metadata.tables.values() if "of" in table.info}
    with Database(application).reading() as connection:
        wanted = {(name, "DELETE") for name in {*children, *UNGOVERNED}}
        assert {tuple(row) for row in connection.execute(rights)} == wanted
        assert set(connection.scalars(columns)) == {"document.sys_to", "head.size", "head.frontier"}
        assert connection.scalar(text("SELECT count(*) FROM pg_sequences")) == 0


def test_roles_are_for_postgres_only(sqlite_url):
    schema.upgrade(sqlite_url)
    with pytest.raises(WrongUse, match="knows no roles"):
        roles.grant(sqlite_url, "app")
    with Database(sqlite_url).reading() as connection:
        assert roles.problems(connection) == []


def test_a_role_that_would_not_be_bound_is_refused(postgres_server, postgres_url, role):
    schema.upgrade(postgres_url)
    mighty = {role("SUPERUSER"): "is a superuser", role("CREATEROLE"): "can make roles", role(): "pg_write_all_data"}
    postgres_server.run_sql(f"GRANT pg_write_all_data TO {list(mighty)[-1]}")
    for name, told in mighty.items():
        with pytest.raises(Refused, match=told):
            roles.grant(postgres_url, name)
    for strange in ("nobody-of-that-name", 'x"; DROP TABLE journal; --', "100%"):
        with pytest.raises(WrongUse, match="There is no role"):
            roles.grant(postgres_url, strange)


def test_a_name_that_needs_quotes_is_quoted(postgres_server, postgres_url):
    schema.upgrade(postgres_url)
    postgres_server.run_sql('CREATE ROLE "An app; 100%" LOGIN')
    assert roles.grant(postgres_url, "An app; 100%")[0] == "An app; 100% may read every table"


def test_an_owner_who_is_no_superuser_makes_and_grants_and_is_told_of(postgres_server, postgres_url, role):
    owner, heir, stranger = role(), role(), role()
    postgres_server.run_sql(f"ALTER DATABASE {make_url(postgres_url).database} OWNER TO {owner}")
    postgres_server.run_sql(f"GRANT {owner} TO {heir}")
    url = as_role(postgres_url, owner)
    schema.upgrade(url)
    assert roles.grant(url, stranger)
    for name in (owner, heir):
        with pytest.raises(Refused, match="owns the tables"):
            roles.grant(url, name)
        with Database(as_role(postgres_url, name)).reading() as connection:
            assert "it can switch the guards off" in roles.problems(connection)[0]
    with pytest.raises(Refused, match="Only the owner"):
        roles.grant(as_role(postgres_url, stranger), stranger)
    with Database(postgres_url).reading() as connection:
        assert roles.problems(connection) == ["the role postgres is a superuser: it can switch the guards off"]


def test_rights_are_given_to_tables_of_this_version_only(postgres_url, role):
    schema.upgrade(postgres_url)
    schema.downgrade(postgres_url, schema.REVISIONS[-2])
    with pytest.raises(MigrationNeeded):
        roles.grant(postgres_url, role())


def test_the_owner_does_what_the_application_may_not(application, postgres_url):
    with Database(postgres_url).writing() as connection:
        keys = list(read_actors(connection))
        write(connection, command(1), [change("account", key, {"key": key, "erased": True}) for key in keys])
        connection.execute(update(actor).where(actor.c.id.in_(keys)).values(name=None, salt=None))
        title = change(*MAIL, {"key": "customer.mail", "title": "T"}, "change")
        write(connection, command(1, actor="sari"), [title, change(*MAIL, {"key": "customer.mail"}, "change")])
        sequence = connection.scalar(select(journal.c.sequence).where(journal.c.key == MAIL[1], journal.c.version == 2))
        left = change(*MAIL, {"key": "customer.mail", "title": "[redacted]"})
        body = {"key": str(sequence), "sequence": sequence, "paths": ["title"], "ground": "g", "digest": left.digest}
        proposed = {"key": "change-1", "authors": [need_actor(connection, "joko", NOON)]}
        write(connection, command(2), [change("change_set", "change-1", proposed | {"state": "open"})])
    with Database(postgres_url).writing() as connection:
        approved = change("change_set", "change-1", proposed | {"state": "approved"}, "change")
        write(connection, command(3, actor="sari"), [approved, change("redaction", str(sequence), body)])
    with Database(application).reading() as connection:
        assert connection.scalar(select(journal.c.salt).where(journal.c.sequence == sequence)) is None
        assert connection.scalar(select(document.c.body).where(document.c.sys_from == sequence)) == left.body_text
