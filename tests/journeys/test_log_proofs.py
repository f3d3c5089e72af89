"""Proofs that leave the catalogue: checkpoints, a new key, an exported log, and the program that checks it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from lineage.gate.signing import VerifierKey
from lineage.store.note import Checkpoint, Note
from tests.journeys.console import unguarded


@pytest.fixture
def fresh(bare, tmp_path, monkeypatch):
    """A console beside a catalogue just made, whose key lies in a settings folder of its own: ``key``."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    assert bare("init").code == 0
    (bare.key,) = (tmp_path / "settings" / "lineage").glob("*.key")
    return bare


def change(console, number=1):
    console.write(
        f"catalog/more-{number}.yaml", f"touchpoints:\n- {{key: fair-{number}, title: Fair, journey: before}}\n"
    )
    said = console("apply", "--yes", "catalog")
    assert said.code == 0, said.err


def first_line(console):
    return json.loads(console("log", "export").out.splitlines()[0])


def checked(console, *words):
    """Export the log, and run the verifier on it as an auditor does: alone, with nothing but Python."""
    assert console("log", "export", "-o", "log.jsonl").code == 0
    return run_alone(console, *words)


def run_alone(console, *words):
    assert console("log", "export", "--verifier", "-o", "verify.py").code == 0
    program = [sys.executable, "-I", "-S", "verify.py", *words]
    done = subprocess.run(program, cwd=console.folder, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def secret(console):
    return console.key.read_text(encoding="ascii").strip()


def test_a_checkpoint_is_a_signed_note_and_stays_the_same_until_something_changes(fresh):
    said = fresh("log", "checkpoint")
    assert said.code == 0, said.err
    note = Note.of(said.out)
    (vkey,) = first_line(fresh)["vkeys"]
    assert [str(key) for key in note.signed_by([VerifierKey.of(vkey)])] == [vkey]
    found = Checkpoint.of(note.text)
    assert (found.origin, found.size) == (vkey.partition("+")[0], fresh.size[0])
    assert fresh("log", "checkpoint").out == said.out
    change(fresh)
    assert Checkpoint.of(Note.of(fresh("log", "checkpoint").out).text).size == fresh.size[0] > found.size


def test_a_checkpoint_goes_to_a_file_and_comes_as_data(fresh):
    assert fresh("log", "checkpoint", "-o", "held.txt").code == 0
    held = (fresh.folder / "held.txt").read_text(encoding="utf-8")
    said = fresh.json("log", "checkpoint")
    assert (said.data["schema"], said.data["summary"]) == ("lineage.log.checkpoint/1", {"new": False})
    assert said.results[0]["note"] == held == fresh("log", "checkpoint").out


def test_an_auditor_checks_an_export_and_the_catalogue_itself(fresh):
    fresh("log", "checkpoint", "-o", "held.txt")
    change(fresh)
    (vkey,) = first_line(fresh)["vkeys"]
    code, said = checked(fresh, "log.jsonl", "lineage.db", "--checkpoint", "held.txt", "--key", vkey)
    assert code == 0, said
    assert said.count("intact: ") == 2
    assert said.count(f"signed up to {fresh.size[0]} entries") == 2


def test_who_rewrites_a_document_is_found_in_the_catalogue_and_in_what_it_exports(fresh):
    change(fresh)
    unguarded(
        fresh.folder / "lineage.db", "UPDATE document SET body = replace(body, 'Fair', 'Foul') WHERE key = 'fair-1'"
    )
    for name in ("log.jsonl", "lineage.db"):
        code, said = checked(fresh, name)
        assert code == 1
        assert said.startswith(f"broken: {name}: entry {fresh.size[0] - 1}: "), said


def test_who_cuts_the_log_is_found_with_the_checkpoint_that_is_held(fresh):
    change(fresh)
    fresh("log", "checkpoint", "-o", "held.txt")
    size = fresh.size[0]
    lines = fresh("log", "export").out.splitlines(keepends=True)
    start, end = json.loads(lines[0]) | {"checkpoint": None}, '{"checkpoints":[],"tiles":0}\n'
    fresh.write("cut.jsonl", json.dumps(start) + "\n" + "".join(lines[1:-2]) + end)
    code, said = run_alone(fresh, "cut.jsonl", "--checkpoint", "held.txt")
    assert code in {1, 3}
    fresh.write("cut.jsonl", json.dumps(start, separators=(",", ":")) + "\n" + "".join(lines[1:-2]) + end)
    code, said = run_alone(fresh, "cut.jsonl", "--checkpoint", "held.txt")
    assert code == 1
    assert f"your checkpoint has another root over its {size} entries: the log has only {size - 1}" in said


def test_a_log_that_was_altered_is_not_signed_again(fresh):
    assert fresh("log", "checkpoint").code == 0
    change(fresh)
    unguarded(
        fresh.folder / "lineage.db", f"UPDATE journal SET leaf = zeroblob(32) WHERE sequence = {fresh.size[0] - 1}"
    )
    said = fresh("log", "checkpoint")
    assert said.code == 1
    assert "it was altered" in said.err
    assert "lineage verify log" in said.err
    exported = fresh("log", "export", "-o", "log.jsonl")
    assert exported.code == 0
    assert "it was altered" in exported.err
    assert run_alone(fresh, "log.jsonl")[0] == 1


def test_a_new_key_takes_over_and_the_old_one_signs_no_more(fresh):
    old = fresh("log", "checkpoint").out
    said = fresh("log", "rotate", "--reason", "yearly")
    assert said.code == 0, said.err
    vkeys = first_line(fresh)["vkeys"]
    assert (len(vkeys), said.out.strip()) == (2, vkeys[1])
    new = fresh("log", "checkpoint").out
    keys = [VerifierKey.of(vkey) for vkey in vkeys]
    assert (Note.of(old).signed_by(keys), Note.of(new).signed_by(keys)) == ([keys[0]], [keys[1]])
    assert fresh.key.with_name(f"{fresh.key.name}.{keys[0].hash}").exists()
    change(fresh)
    assert fresh("log", "rotate", "--reason", "yearly").code == 0
    code, said = checked(fresh, "log.jsonl", "lineage.db", "--key", vkeys[0])
    assert (code, said.count("key: ")) == (0, 6), said


def test_a_new_key_is_asked_for_once_however_often_it_is_sent(fresh):
    first = fresh("log", "rotate", "--reason", "yearly", "--request", "rotate-2026")
    again = fresh("log", "rotate", "--reason", "yearly", "--request", "rotate-2026")
    assert (first.code, again.code) == (0, 0)
    assert first.out == again.out
    assert len(first_line(fresh)["vkeys"]) == 2
    assert len(list(fresh.key.parent.iterdir())) == 2


@pytest.mark.parametrize("words", [("rotate",), ("rotate", "--reason", ""), ("rotate", "--reason", "x", "--as-of", "2026-01-01"),
                                   ("checkpoint", "--as-of", "2026-01-01"), ("export", "--as-of", "@1"),
                                   ("checkpoint", "-o", "no/such/folder/x"), ("export", "-o", "no/such/folder/x")])  # fmt: skip
def test_wrong_use_changes_nothing(fresh, words):
    before = fresh.size
    assert fresh("log", *words).code == 2
    assert fresh.size == before


def test_a_catalogue_whose_key_is_elsewhere_does_everything_but_sign(fresh, tmp_path):
    kept = fresh("log", "checkpoint").out
    fresh.key.rename(tmp_path / "elsewhere.key")
    assert fresh("log", "checkpoint").out == kept
    change(fresh)
    for words in (("checkpoint",), ("rotate", "--reason", "x")):
        said = fresh("log", *words)
        assert said.code == 3
        assert "is not on this machine" in said.err
        assert "LINEAGE_KEY" in said.err
    exported = fresh("log", "export", "-o", "log.jsonl")
    assert exported.code == 0
    assert "is not on this machine" in exported.err
    code, said = run_alone(fresh, "log.jsonl")
    assert code == 0
    assert f"signed up to {Checkpoint.of(Note.of(kept).text).size} entries" in said
    fresh.patch.setenv("LINEAGE_KEY", str(tmp_path / "elsewhere.key"))
    assert fresh("log", "checkpoint").code == 0


def test_the_key_of_another_catalogue_is_refused(fresh, tmp_path):
    fresh.patch.setenv("LINEAGE_KEY", str(tmp_path / "other.key"))
    assert fresh("init", "other").code == 0
    change(fresh)
    said = fresh("log", "checkpoint")
    assert said.code == 1
    assert "this catalogue is signed with" in said.err


def test_a_key_others_can_read_is_not_used(fresh):
    fresh.key.chmod(0o644)
    change(fresh)
    said = fresh("log", "checkpoint")
    assert said.code == 3
    assert f"chmod 600 {fresh.key}" in said.err


def test_a_place_that_holds_a_key_already_is_left_alone_and_the_catalogue_is_made_all_the_same(fresh, tmp_path):
    fresh.patch.setenv("LINEAGE_KEY", str(fresh.key))
    before = secret(fresh)
    assert fresh("init", "other").code == 0
    assert secret(fresh) == before
    assert fresh("-C", "sqlite:///other/lineage.db", "check").code == 0
    said = fresh("-C", "sqlite:///other/lineage.db", "log", "checkpoint")
    assert said.code == 3
    assert "lineage db upgrade" in said.err
    upgraded = fresh("-C", "sqlite:///other/lineage.db", "db", "upgrade")
    assert upgraded.code == 0
    assert "is there already" in upgraded.err
    fresh.patch.setenv("LINEAGE_KEY", str(tmp_path / "better.key"))
    assert fresh("-C", "sqlite:///other/lineage.db", "db", "upgrade").code == 0
    assert fresh("-C", "sqlite:///other/lineage.db", "log", "checkpoint").code == 0


def test_bringing_a_catalogue_up_to_date_twice_makes_one_key(fresh):
    before = fresh.size
    said = fresh("db", "upgrade")
    assert (said.code, fresh.size) == (0, before)
    assert "key" not in said.err


def test_the_private_key_is_never_shown_and_never_in_the_database(fresh):
    said = [fresh(*words) for words in (
        ("log", "checkpoint"), ("log", "export"), ("log", "rotate", "--reason", "x"), ("-v", "doctor"), ("db", "upgrade"),
    )]  # fmt: skip
    files = list(fresh.key.parent.iterdir())
    stored = b"".join(path.read_bytes() for path in fresh.folder.glob("*.db*"))
    assert len(files) == 2
    for file in files:
        seed = file.read_text(encoding="ascii").strip().split("+", 4)[4]
        assert len(seed) == 44
        assert seed not in "".join(one.out + one.err for one in said)
        assert seed.encode() not in stored


def test_a_redacted_entry_is_accounted_for_in_what_leaves_the_catalogue(fresh):
    fresh.write("catalog/a.yaml", "touchpoints:\n- {key: fair-1, title: Fair of Mrs Example, journey: before}\n")
    assert fresh("apply", "--yes", "catalog").code == 0
    entry = fresh.size[0] - 1
    fresh.write("catalog/a.yaml", "touchpoints:\n- {key: fair-1, title: Fair, journey: before}\n")
    assert fresh("apply", "--yes", "catalog").code == 0
    assert fresh("log", "checkpoint", "-o", "held.txt").code == 0
    asked = ("log", "redact", entry, "--path", "title", "--ground", "asked", "--reason", "asked")
    proposed = fresh.json("--by", "rina", *asked).data["summary"]["change_set"]
    assert fresh("--by", "dewi", "review", "approve", proposed, "--yes").code == 0
    code, said = checked(fresh, "log.jsonl", "lineage.db", "--checkpoint", "held.txt")
    assert (code, said.count("1 redacted")) == (0, 2), said
    assert "Mrs Example" not in (fresh.folder / "log.jsonl").read_text(encoding="utf-8")


def test_on_postgresql_it_is_the_same(bare, postgres_url, tmp_path):
    bare.patch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    bare.patch.setenv("LINEAGE_CATALOG", postgres_url)
    assert bare("init").code == 0
    assert bare("log", "checkpoint", "-o", "held.txt").code == 0
    assert bare("log", "rotate", "--reason", "yearly").code == 0
    change(bare)
    code, said = checked(bare, "log.jsonl", "--checkpoint", "held.txt")
    assert (code, said.count("key: ")) == (0, 2), said
