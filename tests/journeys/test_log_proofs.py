"""Proofs that leave the catalogue: checkpoints, a new key, an exported log, and the program that checks it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from lineage import verifier
from lineage.store.note import Checkpoint, Note, VerifierKey
from tests.journeys.console import sql

REASON = ("--reason", "yearly")


def key_file(console, folder):
    """The one key file of a console that has a settings folder of its own."""
    (found,) = (folder / "lineage").glob("*.key")
    return found


@pytest.fixture
def own(shop, tmp_path, monkeypatch):
    """A shop whose key lies in a folder of its own: the settings folder, with the key of the shop copied there."""
    folder = tmp_path / "settings"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    shop("log", "checkpoint")
    return shop


@pytest.fixture
def fresh(bare, tmp_path, monkeypatch):
    """A console beside a catalogue just made, and the file of its key."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    assert bare("init").code == 0
    bare.key = key_file(bare, tmp_path / "settings")
    return bare


def change(console, number=1):
    console.write(f"catalog/more-{number}.yaml", f"touchpoints:\n- {{key: fair-{number}, title: Fair, journey: before}}\n")
    assert console("apply", "--yes", "catalog").code == 0


def vkey(console):
    (found,) = json.loads(console("log", "export").out.splitlines()[0])["vkeys"][-1:]
    return found


def checked(console, *words):
    """Run the verifier as an auditor does: alone, with nothing but Python."""
    assert console("log", "export", "-o", "log.jsonl").code == 0
    assert console("log", "export", "--verifier", "-o", "verify.py").code == 0
    program = [sys.executable, "-I", "-S", "verify.py", *words]
    done = subprocess.run(program, cwd=console.folder, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_a_checkpoint_is_a_signed_note_and_stays_the_same_until_something_changes(fresh):
    said = fresh("log", "checkpoint")
    assert said.code == 0
    note = Note.of(said.out)
    (signer,) = note.signed_by([VerifierKey.of(vkey(fresh))])
    found = Checkpoint.of(note.text)
    assert (found.origin, found.size) == (signer.name, fresh.size[0])
    assert fresh("log", "checkpoint").out == said.out
    change(fresh)
    assert Checkpoint.of(Note.of(fresh("log", "checkpoint").out).text).size == fresh.size[0] > found.size


def test_a_checkpoint_goes_to_a_file_and_comes_as_data(fresh):
    assert fresh("log", "checkpoint", "-o", "held.txt").code == 0
    assert (fresh.folder / "held.txt").read_text(encoding="utf-8") == fresh("log", "checkpoint").out
    data = fresh.json("log", "checkpoint").data
    assert data["schema"] == "lineage.log.checkpoint/1"
    assert data["summary"] == {"new": False}
    assert data["results"][0]["note"] == fresh("log", "checkpoint").out


def test_an_auditor_checks_an_export_and_the_catalogue_itself(fresh):
    fresh("log", "checkpoint", "-o", "held.txt")
    change(fresh)
    code, said = checked(fresh, "log.jsonl", "lineage.db", "--checkpoint", "held.txt", "--key", vkey(fresh))
    assert code == 0, said
    assert said.count("intact: ") == 2
    assert f"signed up to {fresh.size[0]} entries" in said


def test_who_rewrites_what_was_checkpointed_is_found(fresh):
    change(fresh)
    fresh("log", "checkpoint", "-o", "held.txt")
    sql(fresh.folder / "lineage.db", "DROP TRIGGER IF EXISTS " + trigger(fresh))
    code, said = checked(fresh, "lineage.db", "--checkpoint", "held.txt")
    assert code == 0, said
    for name in triggers(fresh):
        sql(fresh.folder / "lineage.db", f'DROP TRIGGER "{name}"')
    sql(fresh.folder / "lineage.db", "UPDATE document SET body = replace(body, 'Fair', 'Foul') WHERE key = 'fair-1'")
    code, said = checked(fresh, "lineage.db", "log.jsonl")
    assert code == 1
    assert said.count(f"entry {fresh.size[0] - 1}: ") >= 2, said


def triggers(console):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(console.folder / "lineage.db")) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]


def trigger(console):
    return (triggers(console) or ["none"])[0]
