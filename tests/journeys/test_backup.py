"""An operator backs a catalogue up, loses it, brings it back, and moves it to the other kind of database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from lineage.store import schema
from tests.journeys.shop import OPEN_QUESTION, SOUND_QUESTION


@pytest.fixture
def kept(bare, monkeypatch):
    """A console beside the sample's catalogue, which signs its log."""
    monkeypatch.setenv("LINEAGE_KEY", str(bare.folder / "secret.key"))
    assert bare("init", "--sample").code == 0
    return bare


def test_what_was_lost_comes_back_and_answers_as_before(shop):
    before = [shop.json("query", "may", *question) for question in (SOUND_QUESTION, OPEN_QUESTION)]
    said = shop.json("db", "backup", "backup.db")
    assert said.code == 0
    assert "compared with the original and verified" in said.err
    for path in shop.folder.glob("lineage.db*"):
        path.unlink()
    assert shop("check").code == 3
    assert shop("db", "restore", "backup.db").code == 0
    assert [shop.json("query", "may", *question) for question in (SOUND_QUESTION, OPEN_QUESTION)] == before
    assert "nothing to change" in shop("apply", "catalog", "--yes").err
    result = said.results[0]
    assert (result["entries"], result["digest"]) == (shop.size[0], before[0].data["catalogue"]["digest"])


def test_a_catalogue_moves_and_what_an_auditor_holds_still_fits(kept, postgres_url):
    assert kept("log", "checkpoint", "-o", "held.txt").code == 0
    first = kept.json("db", "backup", "one.db").results[0]
    assert kept("-C", postgres_url, "db", "restore", "one.db").code == 0
    assert kept("-C", postgres_url, "verify", "log", "--checkpoint", "held.txt").code == 0
    second = kept.json("-C", postgres_url, "db", "backup", "two.db").results[0]
    assert kept("-C", "sqlite:///back.db", "db", "restore", "two.db").code == 0
    assert kept("-C", "sqlite:///back.db", "verify", "log", "--checkpoint", "held.txt").code == 0
    for name in ("root", "digest", "revision", "entries", "rows"):
        assert first[name] == second[name]
    assert leaves(kept.folder / "back.db") == leaves(kept.folder / "lineage.db")
    assert len(leaves(kept.folder / "back.db")) > 200


def leaves(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT leaf FROM journal ORDER BY sequence")]


def test_the_private_key_is_no_part_of_a_backup(kept):
    key = kept.folder / "secret.key"
    assert key.stat().st_mode & 0o077 == 0
    kept("db", "backup", "backup.db")
    held = (kept.folder / "backup.db").read_bytes()
    secrets = [line for line in key.read_bytes().split() if len(line) > 20]
    assert secrets
    assert not any(secret in held for secret in secrets)
    assert b"PRIVATE KEY" not in held


def test_nothing_is_ever_replaced(shop):
    shop.write("there.db", b"mine")
    said = shop("db", "backup", "there.db")
    assert (said.code, said.out) == (1, "")
    assert "there.db is there already" in said.err
    assert (shop.folder / "there.db").read_bytes() == b"mine"
    assert shop("db", "backup", "lineage.db").code == 1
    before = shop.size
    assert shop("db", "backup", "backup.db").code == 0
    said = shop("db", "restore", "backup.db")
    assert said.code == 1
    assert "There is a catalogue at sqlite:///lineage.db already" in said.err
    assert shop.size == before
    assert sorted(path.name for path in shop.folder.glob("*.db*")) == ["backup.db", "lineage.db", "there.db"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("db", "backup", "no/such/b.db"), 2, "There is no folder"),
        (("db", "restore", "none.db"), 2, "There is no file none.db"),
        (("-C", "sqlite:///new.db", "db", "restore", "text.db"), 3, "holds no database"),
        (("-C", "sqlite:///new.db", "db", "restore", "blank.db"), 3, "is no backup: it holds no catalogue"),
        (("-C", "sqlite:///new.db", "db", "backup", "b.db"), 3, "There is no catalogue at"),
    ],
)
def test_what_cannot_be_done_says_why(shop, words, code, said):
    shop.write("text.db", b"this is no database at all, " * 99)
    shop.write("blank.db", b"")
    answer = shop(*words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert "  fix    " in answer.err
    assert not (shop.folder / "new.db").exists()


def test_a_backup_of_an_older_program_is_upgraded_first(shop):
    shop("db", "backup", "old.db")
    schema.downgrade(f"sqlite:///{shop.folder / 'old.db'}", "0005")
    said = shop("-C", "sqlite:///new.db", "db", "restore", "old.db")
    assert said.code == 3
    assert "lineage -C sqlite:///old.db db upgrade" in said.err
    assert shop("-C", "sqlite:///old.db", "db", "upgrade").code == 0
    # Taking the migration back lost what seals the names of accounts: that is told, not passed over.
    said = shop("-C", "sqlite:///new.db", "db", "restore", "old.db")
    assert said.code == 1
    assert "without a seal" in said.err


def test_a_damaged_catalogue_is_kept_as_evidence_when_asked(shop):
    with closing(sqlite3.connect(shop.folder / "lineage.db")) as connection, connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'document'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE document SET body = replace(body, 'Phone number', 'Shoe size')")
    said = shop("db", "backup", "b.db")
    assert (said.code, said.out) == (1, "")
    assert "is damaged: " in said.err
    assert "--damaged" in said.err
    said = shop("db", "backup", "b.db", "--damaged")
    assert said.code == 0
    assert "damaged: " in said.err
    assert shop("-C", "sqlite:///new.db", "db", "restore", "b.db").code == 1
    assert shop("-C", "sqlite:///b.db", "verify", "log").code == 1
