"""Programs beside one another: stopped in the middle, two at once, and a reader that goes away."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from benchmarks._catalogues import write_catalogue
from tests.journeys.console import environment, keep_promises, start, stored

APPLY = ("apply", "catalog", "--yes")


def writes(path):
    """Whether somebody holds the catalogue for writing."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def wait_for_writer(program, path):
    """Wait until it has held the catalogue for a while: closing a file takes it for a moment, too."""
    end, busy = time.monotonic() + 120, 0
    while program.poll() is None and time.monotonic() < end:
        busy = busy + 1 if writes(path) else 0
        if busy == 10:
            return
        time.sleep(0.02)
    pytest.fail(f"it never wrote: {program.communicate()}")


def ended(program):
    out, err = (stream.decode() for stream in program.communicate(timeout=120))
    keep_promises(err)
    return program.returncode, out, err


STOPPED = """
import os, signal, sys
import lineage.cli.main as command
import lineage.services.applying as applying
import lineage.services.changing as changing
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts the tests in the background has it ignored
def stopped(*_):
    os.kill(os.getpid(), signal.SIGINT)
    raise AssertionError("it went on")
applying.{place} = changing.{place} = stopped
command.main(sys.argv[1:])
"""


@pytest.mark.parametrize("place", ["save_places", "forget_places", "_places"])
def test_an_apply_that_is_interrupted_while_it_writes_leaves_nothing_behind(empty, place):
    empty.declare()
    before, digest = empty.size, empty.digest
    command = [sys.executable, "-c", STOPPED.format(place=place), *APPLY]
    done = subprocess.run(command, cwd=empty.folder, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted; nothing was left half done")
    assert (empty.size, empty.digest) == (before, digest)
    assert empty(*APPLY).code == 0
    assert empty.json("doctor").data["summary"]["problems"] == 0


@pytest.mark.slow
def test_a_large_apply_that_is_interrupted_anywhere_leaves_nothing_behind_and_can_be_done_again(empty):
    write_catalogue(empty.folder / "catalog", 3_000)
    path = empty.folder / "lineage.db"
    before, digest = stored(path), empty.digest
    program = start(empty.folder, *APPLY)
    wait_for_writer(program, path)
    program.send_signal(signal.SIGINT)
    code, _, err = ended(program)
    assert (code, err.strip()) == (130, "interrupted; nothing was left half done")
    assert (stored(path), empty.digest) == (before, digest)
    assert empty(*APPLY).code == 0
    assert stored(path)[0] - before[0] > 20_000
    assert empty.json("doctor").data["summary"]["problems"] == 0


@pytest.mark.parametrize("words", [("check",), ("report",), ("export", "yaml")])
def test_a_question_that_is_interrupted_at_once_ends_with_130(shop, words):
    script = "import signal, sys, lineage.cli.main as m, lineage.store.database as d\n"
    script += "d.Database.reading = property(lambda self: (_ for _ in ()).throw(KeyboardInterrupt))\n"
    script += "m.main(sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=shop.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() == "interrupted; nothing was left half done"


def test_two_that_apply_at_once_both_end_and_the_catalogue_is_whole(empty):
    for name in ("one", "two"):
        entries = "".join(
            f"- {{key: {name}.e{n}, title: {name}, origins: [{{key: o, mode: provided}}]}}\n" for n in range(300)
        )
        empty.write(f"{name}/a.yaml", f"elements:\n{entries}")
    programs = [start(empty.folder, "apply", name, "--yes") for name in ("one", "two")]
    assert [ended(program)[0] for program in programs] == [0, 0]
    assert empty.json("element", "list").data["summary"] == {"elements": 600}
    assert empty.json("doctor").data["summary"]["problems"] == 0


def test_two_that_apply_the_same_at_once_end_with_it_applied_once(empty):
    entries, documents = empty.size
    empty.declare()
    programs = [start(empty.folder, *APPLY) for _ in range(2)]
    ends = [ended(program) for program in programs]
    assert 0 in {code for code, _, _ in ends}
    for code, _, err in ends:
        assert code in {0, 1}
        assert code == 0 or "  fix    " in err
    declared = 17
    assert empty.size == (entries + declared, documents + declared)
    assert "nothing to change" in empty(*APPLY).err


@pytest.mark.parametrize("words", [("export", "yaml"), ("element", "list"), ("element", "list", "--format", "json")])
def test_a_reader_that_goes_away_is_no_fault(empty, words):
    entries = "".join(f"- {{key: e{n}, title: {'long ' * 60}}}\n" for n in range(400))
    empty.write("catalog/a.yaml", f"elements:\n{entries}")
    assert empty(*APPLY).code == 0
    program = start(empty.folder, *words)
    assert program.stdout.read(10)
    program.stdout.close()
    err = program.stderr.read().decode()
    program.stderr.close()
    assert program.wait(60) == 0
    assert err == ""


def test_an_answer_in_letters_the_terminal_has_not_is_no_crash(shop):
    shop.write("more.yaml", "elements: [{key: a, title: Größe 🙈, description: 電話}]\n")
    assert shop("apply", "more.yaml", "--yes").code == 0
    for words in (
        ("element", "list"),
        ("element", "show", "a", "--format", "table"),
        ("export", "yaml"),
        ("explain", "a", "--format", "table"),
    ):
        command = [sys.executable, "-m", "lineage", *words]
        done = subprocess.run(
            command,
            cwd=shop.folder,
            env=environment(PYTHONIOENCODING="ascii"),
            capture_output=True,
            text=True,
            check=False,
        )
        keep_promises(done.stderr)
        assert done.returncode == 0, done.stderr


def test_a_closed_terminal_is_no_confirmation(empty):
    before = empty.size
    empty.declare()
    command = [sys.executable, "-m", "lineage", "apply", "catalog"]
    done = subprocess.run(
        command,
        cwd=empty.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was written" in done.stderr
    assert empty.size == before


def test_debugging_shows_where_a_mistake_is_and_nothing_else_does(bare):
    script = "import sys, lineage.cli.start as s, lineage.cli.main as m\n"
    script += "import lineage.services.describing as d\nd.json_schema = lambda: 1 / 0\nm.main(['schema'])"
    for more, shown in ((None, False), ("1", True)):
        variables = environment(**({"LINEAGE_DEBUG": more} if more else {}))
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=bare.folder, env=variables, capture_output=True, text=True, check=False
        )
        assert ("Traceback" in done.stderr) is shown
        assert done.returncode == (1 if shown else 3)
        assert shown or "LINEAGE_DEBUG=1" in done.stderr
    assert list(bare.folder.iterdir()) == []
