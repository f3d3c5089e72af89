"""Migrations build what the program expects, on both databases, up and down, in one piece."""

from __future__ import annotations

import threading

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from lineage.content import content
from lineage.domain.kinds import KINDS
from lineage.store import engines, schema
from lineage.store.address import address_of
from lineage.store.projection import MAPPERS, rebuild_differences
from lineage.store.registry import metadata


def tables(url: str) -> set[str]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return set(inspect(connection).get_table_names())


def run(url: str, *statements: str) -> None:
    engine = engines.writer(address_of(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_the_known_migrations_are_those_of_the_folder():
    config = Config()
    config.set_main_option("script_location", str(content("migrations")))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == schema.REVISIONS
    assert scripts.get_current_head() == schema.HEAD


def test_migrations_do_not_import_the_program():
    for path in (content("migrations") / "versions").glob("*.py"):
        assert "lineage" not in path.read_text(encoding="utf-8").replace("LINEAGE", ""), path.name


def test_up_down_and_up_again(url):
    assert schema.upgrade(url) == (None, schema.HEAD)
    assert schema.check(url) == []
    assert tables(url) == {*metadata.tables, "alembic_version"}
    assert schema.upgrade(url) == (schema.HEAD, schema.HEAD)
    for revision in reversed(schema.REVISIONS[:-1]):
        schema.downgrade(url, revision)
        assert schema.current(url) == revision
    schema.downgrade(url, "base")
    assert tables(url) == {"alembic_version"}
    assert schema.current(url) is None
    assert schema.upgrade(url) == (None, schema.HEAD)
    assert schema.check(url) == []


def test_a_half_way_catalogue_is_brought_to_the_end(url):
    schema.upgrade(url)
    schema.downgrade(url, schema.REVISIONS[1])
    assert schema.upgrade(url) == (schema.REVISIONS[1], schema.HEAD)


@pytest.mark.parametrize("revision", schema.REVISIONS[:-1])
def test_tables_that_come_in_again_hold_what_the_documents_say(filled, url, revision):
    schema.downgrade(url, revision)
    schema.upgrade(url)
    with filled.reading() as connection:
        assert rebuild_differences(connection) == []


def test_a_missing_folder_is_made(tmp_path):
    url = f"sqlite:///{tmp_path}/new/er/a catalogue?.db".replace("?", "%3F")
    schema.upgrade(url)
    assert schema.current(url) == schema.HEAD


def test_a_failing_migration_leaves_nothing_behind(url):
    schema.upgrade(url)
    schema.downgrade(url, schema.REVISIONS[0])
    run(url, "CREATE TABLE waivers (key TEXT)")  # the last table of the last migration
    with pytest.raises(Exception, match="waivers"):
        schema.upgrade(url)
    assert schema.current(url) == schema.REVISIONS[0]
    assert "elements" not in tables(url)


def test_two_upgrades_at_once_are_one(url):
    found, failed = [], []

    def upgrade() -> None:
        try:
            found.append(schema.upgrade(url))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(before or "" for before, _ in found) == ["", schema.HEAD, schema.HEAD]


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP INDEX ix_uses_purpose", "ix_uses_purpose"),
        ("DROP TABLE insight_evidence", "insight_evidence"),
        ("ALTER TABLE elements ADD COLUMN extra TEXT", "extra"),
        ("DROP INDEX uq_document_current", "uq_document_current"),
    ],
)
def test_a_difference_is_told(url, statement, told):
    schema.upgrade(url)
    run(url, statement)
    assert [line for line in schema.check(url) if told in line]


def test_a_check_constraint_that_lists_other_words_is_told(postgres_url):
    schema.upgrade(postgres_url)
    run(
        postgres_url,
        "ALTER TABLE touchpoints DROP CONSTRAINT ck_touchpoints_journey",
        "ALTER TABLE touchpoints ADD CONSTRAINT ck_touchpoints_journey CHECK (journey IN ('before', 'never'))",
        "ALTER TABLE head DROP CONSTRAINT ck_head_size",
    )
    assert schema.check(postgres_url) == [
        "check constraint ck_head_size of head is missing",
        "check constraint ck_touchpoints_journey of touchpoints differs",
    ]


def test_every_constraint_has_a_name_that_fits(url):
    schema.upgrade(url)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        inspector = inspect(connection)
        for name in metadata.tables:
            found = [
                inspector.get_pk_constraint(name),
                *inspector.get_foreign_keys(name),
                *inspector.get_check_constraints(name),
            ]
            for constraint in found:
                assert constraint["name"], f"a constraint of {name} has no name"
                assert len(constraint["name"]) <= 63


def test_every_kind_but_packs_and_vocabularies_has_tables():
    assert set(MAPPERS) == set(KINDS) - {"pack", "vocabulary"}


def test_ranges_of_keys_use_the_index(url):
    schema.upgrade(url)
    query = "SELECT body FROM document WHERE kind = 'origin' AND key >= 'a#' AND key < 'a$' AND sys_to IS NULL"
    with create_engine(url, poolclass=NullPool).connect() as connection:
        if connection.dialect.name == "sqlite":
            plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
            assert "uq_document_current (kind=? AND key>? AND key<?)" in plan
        else:
            connection.execute(text("SET enable_seqscan = off"))
            plan = " ".join(connection.scalars(text(f"EXPLAIN {query}")))
            assert "uq_document_current" in plan
            assert "Index Cond: ((kind = 'origin'::text) AND (key >= 'a#'::text) AND (key < 'a$'::text))" in plan
