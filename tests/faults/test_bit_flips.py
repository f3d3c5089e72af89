"""One bit of a catalogue's file is another: whatever changes what is stored is found, or the file cannot be read."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from lineage.errors import LineageError
from lineage.store.database import Database
from lineage.store.verifying import verify
from tests.faults.tampering import NOW, copy_file, looked_at, make_world

FLIPS = 400
SECONDS = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The file of a sealed catalogue, without room between what it holds."""
    folder = tmp_path_factory.mktemp("flips")
    path = folder / "lineage.db"
    make_world(f"sqlite:///{path}", f"sqlite:///{folder}/old.db", copy_file, folder)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
    return path


def content(path: Path) -> object:
    """Every row of every table, in the order of its number or key; an error where that cannot be read."""
    found = {}
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            connection.text_factory = bytes
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            for (name,) in names:
                table = name.decode()
                found[table] = connection.execute(f'SELECT * FROM "{table}" NOT INDEXED').fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return f"{type(error).__name__}: {error}"
    return found


def is_checked_by_sqlite(path: Path) -> bool:
    """Whether SQLite's own check finds something."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",)
    except (sqlite3.Error, UnicodeDecodeError):
        return True


def is_told(path: Path, notes: list[str]) -> bool:
    """Whether verification breaks, says something it does not say of a sound catalogue, or cannot read the file."""
    url = f"sqlite:///{path}"
    try:
        with Database(url).reading() as connection:
            outcome = verify(connection, "full", NOW)
        if outcome.breaks or list(outcome.notes) != notes:
            return True
        return not looked_at(url).intact
    except LineageError as error:
        return error.exit_code == 3
    except UnicodeDecodeError:
        return True  # what SQLite says of a damaged table is no text itself: the file cannot be opened


@pytest.mark.slow
def test_every_bit_that_changes_what_is_stored_is_found(made, tmp_path):
    data, before = made.read_bytes(), content(made)
    sound = looked_at(f"sqlite:///{made}")
    assert sound.breaks == []
    assert sound.size > 300
    chance, path, start = random.Random(20261122), tmp_path / "lineage.db", time.process_time()
    changed, missed, by_sqlite = 0, [], 0
    for number in range(FLIPS):
        at, bit = chance.randrange(len(data)), chance.randrange(8)
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :])
        if content(path) != before:
            changed += 1
            by_sqlite += is_checked_by_sqlite(path)
            if not is_told(path, list(sound.notes)):
                missed.append((number, at, bit))
    took = time.process_time() - start
    sys.stdout.write(
        f"{FLIPS} flips in {len(data)} bytes, {changed} changed what is stored, {changed - len(missed)} found;"
        f" SQLite's own check found {by_sqlite}; {took:.0f} CPU seconds\n"
    )
    assert missed == []
    assert changed >= FLIPS // 5
    assert took < SECONDS
