"""A copy is the original row by row, on either database, whole or not there at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from lineage.errors import CannotAnswer, Refused
from lineage.services import backups
from lineage.store import copying, guards, schema
from lineage.store.commands import write
from lineage.store.database import Database
from lineage.store.places import save_places
from lineage.store.registry import metadata
from tests.house.trees import ROOT
from tests.unit.store.samples import BODIES, change, command

TITLES = 40


@pytest.fixture
def grown(filled):
    """A catalogue with a past: versions, a retired and a restored document, reasons in many letters, a place."""
    key = ("element", "customer.mail")
    with filled.writing() as connection:
        for number in range(TITLES):
            body = BODIES[key] | {"title": f"Titel {number} — “ü” 漢字 \N{GRINNING FACE}"}
            write(connection, command(number + 1, f"r{number}", reason="weil"), [change(*key, body, "change")])
        write(connection, command(60), [change("waiver", "eu-gdpr/EU-18#0123456789ab", operation="retire")])
        write(connection, command(61), [change("waiver", "eu-gdpr/EU-18#0123456789ab", operation="restore")])
        save_places(connection, [(*key, "a.yaml", 3, {"": 3}, "d")])
    return filled


def everything(url):
    """All rows of all tables, as the program reads them."""
    with Database(url).reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


def of(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_backup_is_the_original_row_by_row(grown, url, tmp_path):
    file = tmp_path / "backup.db"
    made = backups.back_up(url, file)
    assert everything(of(file)) == everything(url)
    assert made.rows == sum(map(len, everything(url).values())) > 100
    with Database(of(file)).reading() as connection:
        assert copying.look(connection) == copying.Look(made.seal, (), unguarded=False)
    assert schema.check(of(file)) == []
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == ["backup.db"]


def test_a_catalogue_moves_to_another_database_and_back(grown, url, tmp_path, postgres_server):
    there = postgres_server.url("moved") if url.startswith("sqlite") else of(tmp_path / "moved.db")
    postgres_server.run_sql("DROP DATABASE IF EXISTS moved WITH (FORCE)")
    postgres_server.run_sql("CREATE DATABASE moved STRATEGY wal_log")
    try:
        first = backups.back_up(url, tmp_path / "first.db")
        moved = backups.restore(there, tmp_path / "first.db")
        second = backups.back_up(there, tmp_path / "second.db")
        back = backups.restore(of(tmp_path / "back.db"), tmp_path / "second.db")
        assert first.seal == moved.seal == second.seal == back.seal
        assert everything(there) == everything(of(tmp_path / "back.db")) == everything(url)
        with Database(there).writing() as connection:
            assert guards.missing(connection) == []
            written = write(connection, command(90), [change("element", "customer.mail", operation="change")])
        assert written.first == first.seal.size
    finally:
        postgres_server.run_sql("DROP DATABASE moved WITH (FORCE)")


def test_a_backup_shows_one_instant_while_others_write(grown, url, tmp_path, monkeypatch):
    insert, written = copying.bulk.insert, []

    def slow(connection, table, columns, rows):
        if table in {"actor", "journal", "uses"} and not connection.info.get("writer"):
            with Database(url).writing() as other:
                other.info["writer"] = True
                body = BODIES["element", "customer.mail"] | {"title": f"while copying {table}"}
                monkeypatch.setattr(copying.bulk, "insert", insert)
                written.append(write(other, command(70), [change("element", "customer.mail", body, "change")]))
            monkeypatch.setattr(copying.bulk, "insert", slow)
        insert(connection, table, columns, rows)

    before = everything(url)
    monkeypatch.setattr(copying.bulk, "insert", slow)
    backups.back_up(url, tmp_path / "b.db")
    assert len(written) == 3
    assert everything(of(tmp_path / "b.db")) == before != everything(url)


KILLING = """
import os, signal, sys
from pathlib import Path
from lineage.services import backups
from lineage.store import backup_files, copying
what, point, url, file = sys.argv[1:]
insert, count = copying.bulk.insert, 0
def killed(*given):
    global count
    count += 1
    if point.isdigit() and count == int(point):
        os.kill(os.getpid(), signal.SIGKILL)
    insert(*given)
def proven(*given, **more):
    if point == "proven":
        prove(*given, **more)
        os.kill(os.getpid(), signal.SIGKILL)
    prove(*given, **more)
copying.bulk.insert, prove, copying._prove = killed, copying._prove, proven
getattr(backups, what)(url, Path(file))
"""


def killed(what, point, url, file):
    words = [sys.executable, "-c", KILLING, what, str(point), url, str(file)]
    done = subprocess.run(
        words, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, check=False, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("point", [1, 9, 25, "proven"])
def test_a_killed_backup_leaves_no_file_and_the_next_one_works(grown, url, tmp_path, point):
    file = tmp_path / "b.db"
    killed("back_up", point, url, file)
    assert not file.exists()
    assert backups.back_up(url, file).rows
    with Database(url).writing() as connection:
        assert not copying.look(connection).breaks


@pytest.mark.slow
@pytest.mark.parametrize("point", [1, 9, 25, "proven"])
def test_a_killed_restore_leaves_the_place_empty_and_the_next_one_works(filled, url, tmp_path, postgres_server, point):
    file = tmp_path / "b.db"
    seal = backups.back_up(url, file).seal
    target = of(tmp_path / "new.db")
    if not url.startswith("sqlite"):
        postgres_server.run_sql("CREATE DATABASE killed STRATEGY wal_log")
        target = postgres_server.url("killed")
    try:
        killed("restore", point, target, file)
        if url.startswith("sqlite"):
            assert not (tmp_path / "new.db").exists()
        else:
            assert schema.current(target) is None
        assert backups.restore(target, file).seal == seal
        assert everything(target) == everything(url)
    finally:
        if not url.startswith("sqlite"):
            postgres_server.run_sql("DROP DATABASE killed WITH (FORCE)")


def tampered(url, statement):
    """Change a row as the owner of the database could: behind the back of the guards."""
    with schema.changing(url) as connection:
        guards.drop(connection)
        connection.exec_driver_sql(statement)
        guards.install(connection)


DAMAGES = {
    "a body": "UPDATE document SET body = '{}' WHERE sys_to IS NULL AND kind = 'process'",
    "a row": "UPDATE elements SET title = 'other'",
    "a leaf": "UPDATE journal SET reason = 'other' WHERE sequence = 3",
}


@pytest.mark.parametrize("statement", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_catalogue_is_backed_up_as_evidence_only_and_never_restored(filled, url, tmp_path, statement):
    tampered(url, statement)
    file = tmp_path / "b.db"
    with pytest.raises(Refused, match="is damaged: "):
        backups.back_up(url, file)
    assert not file.exists()
    made = backups.back_up(url, file, damaged=True)
    assert made.damage
    assert everything(of(file)) == everything(url)
    with pytest.raises(Refused, match="is damaged: "):
        backups.restore(of(tmp_path / "new.db"), file)
    assert not (tmp_path / "new.db").exists()


def test_a_copy_has_its_guards_though_the_original_lost_them(filled, url, tmp_path):
    with schema.changing(url) as connection:
        guards.drop(connection)
    assert backups.back_up(url, tmp_path / "b.db").unguarded
    with Database(of(tmp_path / "b.db")).reading() as connection:
        assert guards.missing(connection) == []


def test_a_copy_that_arrives_differently_is_not_kept(filled, url, tmp_path, monkeypatch):
    insert = copying.bulk.insert

    def losing(connection, table, columns, rows):
        insert(connection, table, columns, rows[:-1] if table == "statement_items" else rows)

    monkeypatch.setattr(copying.bulk, "insert", losing)
    with pytest.raises(CannotAnswer, match="statement_items has 1 rows and should have 2"):
        backups.back_up(url, tmp_path / "b.db")
    assert not list(tmp_path.glob("*b.db*"))


def test_nothing_is_restored_over_a_catalogue_but_an_empty_one_is_filled(filled, url, tmp_path, postgres_url):
    file = tmp_path / "b.db"
    seal = backups.back_up(url, file).seal
    before = everything(url)
    with pytest.raises(Refused, match="already"):
        backups.restore(url, file)
    assert everything(url) == before
    empty = of(tmp_path / "empty.db")
    schema.upgrade(empty)
    assert backups.restore(empty, file).seal == seal
    with pytest.raises(Refused, match="already"):
        backups.restore(empty, file)
