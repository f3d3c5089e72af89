"""What is not there, not readable, not ours, too old, too new, or already taken."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.journeys.console import copy_into, environment, keep_promises, sql, stored
from tests.journeys.shop import OPEN_QUESTION, SOUND_QUESTION

READING = [("check",), ("query", "may", *SOUND_QUESTION), ("element", "list"), ("explain", "customer.email"), ("export", "yaml"),
           ("process", "list"), ("report", "-o", "r.html")]  # fmt: skip
RECORD = ("outcome", "record", *OPEN_QUESTION, "--key", "q2")
WRITING = [("apply", "more.yaml", "--yes"), RECORD]


@pytest.mark.parametrize("words", [*READING, *WRITING, ("db", "check")])
@pytest.mark.parametrize(
    "data", [b"just some text, and not a database at all\n" * 40, os.urandom(5000)], ids=["text", "noise"]
)
def test_a_file_that_is_no_database_is_said_to_be_none_and_left_alone(bare, words, data):
    bare.write("more.yaml", "elements: [{key: a}]\n")
    file = bare.write("lineage.db", data)
    said = bare(*words)
    assert (said.code, said.out) == (3, "")
    assert "is not a catalogue: the file holds no database" in said.err
    assert file.read_bytes() == data


@pytest.mark.parametrize("words", [("db", "upgrade"), ("init",)])
def test_a_file_that_is_no_database_is_never_made_one(bare, words):
    data = b"just some text, and not a database at all\n" * 40
    file = bare.write("lineage.db", data)
    assert bare(*words).code in {1, 3}
    assert file.read_bytes() == data


def test_a_database_of_somebody_else_is_no_catalogue(bare):
    sql(bare.folder / "lineage.db", "CREATE TABLE customers (id INTEGER)")
    for words in READING:
        said = bare(*words)
        assert (said.code, said.out) == (3, "")
        assert "There is no catalogue at" in said.err


def test_a_damaged_catalogue_is_said_to_be_damaged(shop):
    path = shop.folder / "lineage.db"
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(bytes(data))
    for words in (("check",), ("query", "may", *SOUND_QUESTION), ("export", "yaml")):
        assert shop(*words).code == 3


@pytest.mark.parametrize(
    ("revision", "sentence", "fix"),
    [
        ("9999", "was made by a newer version of this program", "Install that version"),
        ("0001", "was made by an older version", "lineage db upgrade"),
    ],
)
def test_a_catalogue_of_another_version_is_neither_read_nor_written(shop, revision, sentence, fix):
    sql(shop.folder / "lineage.db", f"UPDATE alembic_version SET version_num = '{revision}'")
    shop.write("more.yaml", "elements: [{key: a}]\n")
    before = shop.size
    for words in (*READING, *WRITING):
        said = shop(*words)
        assert (said.code, said.out) == (3, "")
        assert sentence in said.err
        assert fix in said.err
    assert shop.size == before
    looked = shop.json("doctor")
    assert looked.code == 1
    assert any(sentence in look["what"] for look in looked.results)


def test_a_newer_catalogue_is_not_upgraded_and_not_made_again(shop):
    sql(shop.folder / "lineage.db", "UPDATE alembic_version SET version_num = '9999'")
    before = shop.size
    assert shop("db", "upgrade").code == 3
    assert shop("init").code == 1
    assert shop.size == before


@pytest.fixture
def reachable(made_shop):
    """A catalogue in a folder that an ordinary user can reach, which a test's own folder is not."""
    folder = Path(tempfile.mkdtemp(prefix="lineage-journey-"))
    copy_into(made_shop, folder)
    (folder / "more.yaml").write_text("elements: [{key: a}]\n", encoding="utf-8")
    folder.chmod(0o755)
    (folder / "out").mkdir()
    (folder / "out").chmod(0o777)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


AS_USER = """
import json, os, shutil, sys, tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from lineage.cli.main import run

def answers():
    for words in json.loads(sys.argv[1]):
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(words)
        yield code, out.getvalue(), err.getvalue()

here = os.getcwd()
with tempfile.TemporaryDirectory() as copy:  # loads every module: the ordinary user may not reach them
    shutil.copytree(here, copy, dirs_exist_ok=True)
    os.chdir(copy)
    os.chmod("lineage.db", 0o644)
    list(answers())
    os.chdir(here)
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(json.dumps(list(answers())))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions of POSIX")
@pytest.mark.parametrize(("folder_mode", "file_mode"), [(0o755, 0o444), (0o555, 0o644), (0o555, 0o444)])
def test_a_read_only_catalogue_answers_and_takes_nothing(reachable, folder_mode, file_mode):
    path = reachable / "lineage.db"
    before = stored(path)
    path.chmod(file_mode)
    reachable.chmod(folder_mode)
    asked = [list(words) for words in (*READING[:-1], ("report", "-o", "out/report.html"))]
    command = [sys.executable, "-c", AS_USER, json.dumps([*asked, *(list(words) for words in WRITING)])]
    done = subprocess.run(
        command, cwd=reachable, env=environment(LINEAGE_USER="rina"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    for words, (code, out, err) in zip(asked, answers[: len(asked)], strict=True):
        keep_promises(err)
        assert code == (1 if words[0] == "check" else 0), err
        assert out
    for code, _, err in answers[len(asked) :]:
        keep_promises(err)
        assert code == 3
        assert "can be read but not written: its file or folder is read-only" in err
        assert "Ask for the right to write there, or work on a copy." in err
    reachable.chmod(0o755)
    assert stored(path) == before


def test_who_waits_too_long_for_another_writer_is_told(shop, monkeypatch):
    from lineage.store import engines

    monkeypatch.setattr(engines, "PATIENCE", 0.2)
    shop.write("more.yaml", "elements: [{key: a}]\n")
    other = sqlite3.connect(shop.folder / "lineage.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        for words in WRITING:
            said = shop(*words)
            assert said.code == 3
            assert "Somebody else is writing to the catalogue" in said.err
            assert "Try again in a moment." in said.err
        assert shop("query", "may", *SOUND_QUESTION).code == 0
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert shop(*WRITING[0]).code == 0


def test_the_report_is_written_whole_or_not_at_all(shop, monkeypatch):
    said = shop("report", "-o", "report.html")
    path = shop.folder / "report.html"
    assert (said.code, said.out) == (0, f"{path}\n")
    text = path.read_text(encoding="utf-8")
    assert "</html>" in text
    from lineage.services import reporting

    def broken(view):
        yield "<html>"
        raise KeyboardInterrupt

    monkeypatch.setattr(reporting, "render", broken)
    assert shop("report", "-o", "report.html").code == 130
    assert path.read_text(encoding="utf-8") == text
    assert [file.name for file in shop.folder.glob("*report*")] == ["report.html"]
    assert not list(shop.folder.glob(".report*"))


def test_the_report_has_a_name_of_its_own_and_refuses_unknown_elements(shop):
    said = shop("report", "customer.phone_number")
    assert (said.code, said.out) == (0, f"{shop.folder / 'lineage-report.html'}\n")
    said = shop("report", "customer.phone", "-o", "other.html")
    assert said.code == 1
    assert "did you mean customer.phone_number" in said.err
    assert not (shop.folder / "other.html").exists()


def test_a_report_that_cannot_be_written_is_used_wrongly(shop):
    said = shop("report", "-o", "catalog/uses.yaml/report.html")
    assert (said.code, said.out) == (2, "")
    assert "cannot be written" in said.err
