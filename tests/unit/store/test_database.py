"""What is said when a catalogue cannot be opened, read or written; and that readers wait for nobody."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from lineage.errors import (
    CannotAnswer,
    CatalogueBusy,
    CatalogueReadOnly,
    CatalogueTooNew,
    CatalogueUnreadable,
    LineageError,
    MigrationNeeded,
    NoCatalogue,
    WrongUse,
)
from lineage.store import engines, schema
from lineage.store.commands import write
from lineage.store.database import Database
from lineage.store.documents import read_one, revision
from lineage.store.tables import actor
from tests.house.trees import ROOT
from tests.unit.store.samples import all_changes, change, command


def failure_of(url: str, *, writing: bool = False) -> LineageError:
    database = Database(url)
    with pytest.raises(LineageError) as caught, database.writing() if writing else database.reading():
        pass
    return caught.value


@pytest.mark.parametrize("writing", [False, True])
def test_a_missing_file_is_no_catalogue_and_is_not_made(tmp_path, writing):
    url = f"sqlite:///{tmp_path}/none.db"
    found = failure_of(url, writing=writing)
    assert isinstance(found, NoCatalogue)
    assert "lineage init" in found.fix
    assert not Database(url).exists()
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_our_tables_is_no_catalogue(url):
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).touch()
    assert isinstance(failure_of(url), NoCatalogue)
    assert isinstance(failure_of(url, writing=True), NoCatalogue)
    assert not Database(url).exists()
    assert schema.current(url) is None


@pytest.mark.parametrize("writing", [False, True])
def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path, writing):
    (tmp_path / "notes.db").write_text("not a database at all, but long enough to be looked at " * 20)
    found = failure_of(f"sqlite:///{tmp_path}/notes.db", writing=writing)
    assert isinstance(found, CatalogueUnreadable)
    assert "holds no database" in found.sentence
    with pytest.raises(CatalogueUnreadable):
        schema.upgrade(f"sqlite:///{tmp_path}/notes.db")


def test_a_damaged_file_is_said_to_be_damaged(tmp_path):
    path = tmp_path / "lineage.db"
    schema.upgrade(f"sqlite:///{path}")
    data = bytearray(path.read_bytes())
    data[100:8192] = b"\xff" * 8092
    path.write_bytes(data)
    assert isinstance(failure_of(f"sqlite:///{path}"), CatalogueUnreadable)


def test_a_folder_is_no_catalogue(tmp_path):
    assert isinstance(failure_of(f"sqlite:///{tmp_path}"), CatalogueUnreadable)


@pytest.mark.parametrize(
    ("revision_found", "kind"), [(schema.REVISIONS[0], MigrationNeeded), ("9999", CatalogueTooNew)]
)
def test_another_version_is_said(database, url, revision_found, kind):
    with database.writing() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision_found}'"))
    for writing in (False, True):
        found = failure_of(url, writing=writing)
        assert type(found) is kind
    assert "db upgrade" in found.fix or kind is CatalogueTooNew
    assert database.exists()
    with pytest.raises(kind):
        database.check_version()
    if kind is CatalogueTooNew:
        with pytest.raises(CatalogueTooNew):
            schema.upgrade(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hidden@h/d",
        "postgresql+psycopg2://u:hidden@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "lineage.db",
        "",
        "http://u:hidden@x:y/",
    ],
)
def test_other_addresses_are_used_wrongly(url):
    with pytest.raises(WrongUse) as caught:
        Database(url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_password_is_never_shown(scheme):
    url = f"{scheme}://rina:hidden@127.0.0.1:1/nothing?sslpassword=hidden&connect_timeout=2"
    database = Database(url)
    found = failure_of(url)
    assert isinstance(found, CatalogueUnreadable)
    assert "rina" in database.shown
    assert not [said for said in (database.shown, repr(database), found.sentence, found.fix) if "hidden" in said]


def test_a_database_that_does_not_exist_is_no_catalogue(postgres_url):
    assert isinstance(failure_of(f"{postgres_url}_not"), NoCatalogue)


def test_a_server_that_lets_only_read_is_said(postgres_url):
    schema.upgrade(postgres_url)
    name = postgres_url.rpartition("/")[2]
    with Database(postgres_url).writing() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    with pytest.raises(CatalogueReadOnly), Database(postgres_url).writing() as connection:
        connection.execute(insert(actor).values(id="a", name="a", created=""))
    assert Database(postgres_url).exists()


def test_a_reader_cannot_write(database):
    with pytest.raises(CatalogueReadOnly), database.reading() as connection:
        connection.execute(insert(actor).values(id="a", name="a", created=""))


def test_a_reader_sees_one_state_and_waits_for_nobody(filled):
    with filled.reading() as early:
        before = revision(early)
        with filled.writing() as connection:
            write(connection, command(), [change("element", "new", {"key": "new"})])
            with filled.reading() as other:
                assert read_one(other, "element", "new") is None
        assert revision(early) == before
        assert read_one(early, "element", "new") is None
    with filled.reading() as late:
        assert read_one(late, "element", "new") is not None


def test_a_writer_that_waits_too_long_is_told(filled, monkeypatch):
    monkeypatch.setattr(engines, "PATIENCE", 0.1 if "sqlite" in filled.shown else 1)
    with filled.writing(), pytest.raises(CatalogueBusy), Database(filled.shown).writing():
        pass


def test_every_commit_is_on_disk_and_references_are_checked(sqlite_url):
    schema.upgrade(sqlite_url)
    with Database(sqlite_url).writing() as connection:
        assert [
            connection.scalar(text(f"PRAGMA {name}")) for name in ("synchronous", "foreign_keys", "journal_mode")
        ] == [2, 1, "wal"]


def test_a_missing_driver_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(CannotAnswer, match="psycopg") as caught, Database("postgresql://u@127.0.0.1:1/d").reading():
        pass
    assert "usage-cycle[postgres]" in caught.value.fix


READ = "with database.reading() as c: print(sum(1 for _ in read_current(c)))"
WRITE = "\ntry:\n with database.writing(): print('written')\nexcept Exception as e: print(type(e).__name__)"
UPGRADE = "\ntry: schema.upgrade(url)\nexcept Exception as e: print(type(e).__name__)"


@pytest.fixture
def open_folder():
    """A folder that another user can reach, which a test's own folder is not."""
    folder = Path(tempfile.mkdtemp(prefix="lineage-store-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_ordinary_user(url: str, code: str) -> list[str]:
    """Run code as a user whom permissions bind; the tests may run as root, whom they do not."""
    start = f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\n"
    start += "from lineage.store import schema; from lineage.store.database import Database\n"
    start += "from lineage.store.documents import read_current\n"
    start += "import sqlite3, sqlalchemy.dialects.sqlite, alembic.command\n"
    if os.geteuid() == 0:
        start += "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    script = f"{start}url = {url!r}; database = Database(url)\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions of POSIX")
@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o555, 0o444), (0o555, 0o644), (0o755, 0o444)])
def test_a_read_only_catalogue_can_be_read_and_not_written(open_folder, folder_mode, file_mode):
    path = open_folder / "lineage.db"
    url = f"sqlite:///{path}"
    schema.upgrade(url)
    with Database(url).writing() as connection:
        write(connection, command(), all_changes())
    path.chmod(file_mode)
    open_folder.chmod(folder_mode)
    assert as_ordinary_user(url, READ + WRITE) == [str(len(all_changes())), "CatalogueReadOnly"]
    assert as_ordinary_user(f"sqlite:///{open_folder}/more/new.db", UPGRADE) == ["CatalogueReadOnly"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions of POSIX")
def test_changes_that_cannot_be_seen_are_not_overlooked(open_folder):
    path = open_folder / "lineage.db"
    url = f"sqlite:///{path}"
    schema.upgrade(url)
    keeper = sqlite3.connect(path)
    keeper.execute("SELECT count(*) FROM actor").fetchone()
    with Database(url).writing() as connection:
        write(connection, command(), all_changes())
    shutil.copy(f"{path}-wal", open_folder / "copy.db-wal")
    shutil.copy(path, open_folder / "copy.db")
    keeper.close()
    open_folder.chmod(0o555)
    code = "\ntry:\n with database.reading(): pass\nexcept Exception as e: print(type(e).__name__)"
    assert as_ordinary_user(f"sqlite:///{open_folder}/copy.db", code) == ["CatalogueUnreadable"]


def test_reading_loads_only_what_it_needs():
    code = (
        "import sys; import lineage.store.database, lineage.store.documents, lineage.store.places; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"alembic", "pydantic", "yaml", "networkx", "psycopg"}
