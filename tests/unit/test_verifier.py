"""The stand-alone verifier: whole logs pass, and whatever was done to them is named with the first bad entry."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from functools import lru_cache

import pytest
from sqlalchemy import create_engine

from lineage import verifier
from lineage.domain.canonical import digest_of
from lineage.services.changing import Actor, Request
from lineage.services.sealing import export_log, make_key, rotate, seal
from lineage.store import schema
from lineage.store.commands import write
from lineage.store.database import Database
from tests.house.trees import LINEAGE
from tests.unit.logs import ONE, ORIGIN, THIEF, TWO, Log, small, written
from tests.unit.store.samples import NOON, all_changes, change, command

FLIPS = 400
CUTS = 60


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Verify each signature once a test process: what is tried here is everything around it."""
    monkeypatch.setattr(verifier, "is_signed", _signed)


_signed = lru_cache(maxsize=None)(verifier.is_signed)


@pytest.fixture
def run(tmp_path, capsys):
    """Check a log; give the exit code and what was said."""

    def _run(log, held="", key=""):
        path = tmp_path / "log.jsonl"
        path.write_bytes(log if isinstance(log, bytes) else (log if isinstance(log, str) else log.export()).encode())
        more = ["--key", key] if key else []
        if held:
            (tmp_path / "held.txt").write_text(held, encoding="utf-8")
            more += ["--checkpoint", str(tmp_path / "held.txt")]
        code = verifier.main([str(path), *more])
        return code, capsys.readouterr().out

    return _run


def test_a_whole_log_is_intact_and_says_how_far_it_is_signed(run):
    code, said = run(small())
    assert code == 0
    assert "intact" in said
    assert "8 entries, 1 redacted" in said
    assert "signed up to 7 entries" in said
    assert [line for line in said.splitlines() if line.startswith("key: ")] == [f"key: {ONE.key}", f"key: {TWO.key}"]


@pytest.mark.parametrize("log", [Log(), Log().add({"key": "a"}), Log().add({"key": "a"}).key(ONE)])
def test_a_log_that_nobody_signed_says_so(run, log):
    code, said = run(log)
    assert code == 0
    assert "not signed" in said


def rewritten(log: Log, number: int, body: dict) -> Log:
    """The same log with another content in one entry, every hash made again, and nothing signed."""
    made = Log()
    for at, line in enumerate(log.entries):
        kind = json.loads(verifier.decoded(line["header"]))["kind"]
        made.add(body if at == number else line["payload"]["body"], kind)
    made.keys = log.keys
    return made


def plain(count: int = 5) -> Log:
    log = Log().key(ONE)
    for number in range(count):
        log.add({"key": f"e{number}"})
    return log.seal(ONE)


def edited(log: Log, number: int, **parts) -> Log:
    log.entries[number] |= parts
    return log


def without(log: Log, number: int) -> Log:
    del log.entries[number]
    return log


def swapped(log: Log, number: int) -> Log:
    entries = log.entries
    entries[number], entries[number + 1] = entries[number + 1], entries[number]
    return log


def doubled(log: Log, number: int) -> Log:
    log.entries.insert(number, dict(log.entries[number]))
    return log


def resealed(log: Log, *notes: str) -> Log:
    log.notes = list(notes)
    return log


PAYLOAD = {"body": {"key": "other"}, "reason": "why", "retired": False}
ATTACKS = {
    "a content": (edited(plain(), 3, payload=PAYLOAD), "entry 3"),
    "a leaf": (edited(plain(), 3, leaf="00" * 32), "entry 3"),
    "a header": (edited(plain(), 3, header=plain().entries[2]["header"]), "entry 3"),
    "a salt": (edited(plain(), 2, salt=plain().entries[3]["salt"]), "entry 2"),
    "a number": (edited(plain(), 3, sequence=4), "entry 3"),
    "an entry missing": (without(plain(), 3), "entry 3"),
    "the first entry missing": (without(plain(), 0), "entry 0"),
    "two entries swapped": (swapped(plain(), 2), "entry 2"),
    "an entry twice": (doubled(plain(), 2), "entry 3"),
    "a content gone": (edited(plain(), 2, payload=None), "entry 2"),
    "a content and its salt gone": (edited(plain(), 2, payload=None, salt=None), "entry 2"),
    "all hashes made again": (resealed(rewritten(plain(), 3, {"key": "x"}), *plain().notes), "checkpoint 0"),
    "an entry dated back": (plain().add({"key": "x"}, at="2020-01-01T00:00:00.000000Z"), "entry 6"),
    "a tail cut off": (without(plain(), 5), "only 5"),
    "a checkpoint by nobody": (resealed(plain(), plain().signed(THIEF)), "checkpoint 0"),
    "two checkpoints of one size": (plain().seal(ONE), "order"),
    "a checkpoint that is nonsense": (resealed(plain(), "nonsense"), "checkpoint 0"),
    "a redaction of something later": (plain().redact(3, sequence=6), "entry 3"),
    "a redaction of another entry": (plain().redact(3, sequence=2), "entry 3"),
    "a smuggled key": (plain().key(THIEF), "entry 6"),
    "a key signed by a thief": (plain().key(TWO, THIEF), "entry 6"),
    "a key of another size": (Log().key(ONE, **{"from": 9}), "entry 0"),
    "a key of another log": (Log().key(ONE, origin="usage-cycle/f"), "entry 0"),
    "a key whose record is nonsense": (Log().key(ONE, vkey=7, signatures=[]), "entry 0"),
    "a retired key that signs": (plain().key(TWO, ONE).seal(ONE), "checkpoint 1"),
    "a key that signs before its time": (
        resealed(plain().add({"key": "x"}).key(TWO, ONE), plain().signed(TWO)),
        "checkpoint 0",
    ),
}


@pytest.mark.parametrize(("log", "named"), ATTACKS.values(), ids=ATTACKS)
def test_what_was_done_to_a_log_is_named(run, log, named):
    code, said = run(log)
    assert code == 1
    assert said.startswith("broken: ")
    assert named in said.splitlines()[0], said


def test_the_first_bad_entry_comes_first_and_a_long_list_is_cut(run):
    log = plain(60)
    for number in range(5, 55):
        edited(log, number, payload=PAYLOAD)
    code, said = run(log)
    assert code == 1
    assert "entry 5" in said.splitlines()[0]
    assert len(said.splitlines()) == verifier.SHOWN


HELD = plain().notes[0]


@pytest.mark.parametrize(
    ("log", "code", "named"),
    [
        (plain(), 0, "signed up to 6"),
        (plain().add({"key": "x"}), 0, "signed up to 6"),
        (plain(4), 1, "your checkpoint"),
        (resealed(plain(4)), 1, "only 5"),
        (resealed(rewritten(plain(), 3, {"key": "x"})).seal(ONE), 1, "altered"),
        (Log().key(THIEF).add({"key": "x"}).seal(THIEF), 1, "your checkpoint"),
        (Log(), 1, "your checkpoint"),
    ],
)
def test_a_checkpoint_held_outside_convicts_even_who_has_the_key(run, log, code, named):
    given, said = run(log, held=HELD)
    assert (given, named in said) == (code, True), said


@pytest.mark.parametrize(
    ("log", "key", "code"),
    [
        (plain(), str(ONE.key), 0),
        (small(), str(ONE.key), 0),
        (small(), str(TWO.key), 0),
        (plain(), str(TWO.key), 1),
        (resealed(plain()), str(ONE.key), 1),
    ],
)
def test_a_key_held_outside_must_be_one_of_the_log(run, log, key, code):
    assert run(log, key=key)[0] == code


@pytest.mark.parametrize(
    ("held", "key"),
    [("nonsense", ""), ("", "nonsense"), ("", str(ONE.key)[:-2]), (HELD.replace("\n6\n", "\n06\n"), "")],
)
def test_what_is_held_and_cannot_be_used_is_wrong_use(run, capsys, held, key):
    with pytest.raises(SystemExit) as ended:
        run(plain(), held, key)
    assert ended.value.code == 2


def test_a_file_that_is_not_there_and_one_that_is_none_cannot_be_read(run, capsys, tmp_path):
    assert verifier.main([str(tmp_path / "none")]) == 3
    for text in [
        "",
        "\n",
        "{}\n",
        "[]",
        "null",
        '{"format":"usage-cycle-log/2"}\n',
        "x" * 1000,
        "\0" * 100,
        "[" * 100_000,
    ]:
        assert run(text)[0] == 3, text[:40]
    assert verifier.main([str(tmp_path)]) == 3


def test_one_file_that_cannot_be_read_beats_a_broken_one(run, tmp_path):
    (tmp_path / "good.jsonl").write_text(plain().export(), encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text(without(plain(), 2).export(), encoding="utf-8")
    names = [str(tmp_path / name) for name in ("good.jsonl", "bad.jsonl", "none")]
    assert verifier.main(names) == 3
    assert verifier.main(names[:2]) == 1
    assert verifier.main(names[:1]) == 0


def test_no_bit_can_be_flipped_in_an_export(run):
    data, chance = small().export().encode(), random.Random(7)
    assert run(data)[0] == 0
    for _ in range(FLIPS):
        at, bit = chance.randrange(len(data)), 1 << chance.randrange(8)
        flipped = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        code, said = run(flipped)
        assert code in {1, 3}, (at, bit, said)
        assert "Traceback" not in said


def test_no_export_can_be_cut(run):
    data, chance = small().export().encode(), random.Random(8)
    ends = {chance.randrange(len(data)) for _ in range(CUTS)} | {len(data) - 1}
    ends |= {at + 1 for at, byte in enumerate(data[:-1]) if byte == ord("\n")}
    for end in ends:
        assert run(data[:end])[0] in {1, 3}, end
    assert run(data + b"\n")[0] == 1
    assert run(data + data)[0] == 1


STRANGE = [None, True, 0, -1, 10**30, 1.5, "", "x", "\u202e", [], {}, [[]], {"a": {}}, "A" * 5000, [None] * 50]


@pytest.mark.parametrize("line", [0, 1, 2, 3, -1])
def test_strange_values_in_a_line_never_pass_and_never_surprise(run, line):
    tried = 0
    for value in STRANGE:
        for name in small().lines()[line]:
            lines = small().lines()
            if lines[line][name] == value:
                continue
            lines[line] = lines[line] | {name: value}
            assert run(written(lines))[0] in {1, 3}, (name, value)
            tried += 1
    assert tried > len(STRANGE)


@pytest.mark.parametrize("kind", ["redaction", "signing_key"])
def test_strange_values_in_a_record_never_surprise(run, kind):
    for value in STRANGE:
        for name in ("key", "sequence", "digest", "vkey", "origin", "from", "signatures"):
            body = {"key": "k", "sequence": 0, "digest": "d", "vkey": str(ONE.key), "origin": ORIGIN, "from": 1} | {
                name: value
            }
            if isinstance(value, float) or (isinstance(value, int) and value > 2**53):
                continue
            assert run(Log().add(body, kind))[0] in {0, 1}


# ---- catalogues -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A catalogue with keys, checkpoints, and every kind of document."""
    path = tmp_path_factory.mktemp("catalogue") / "lineage.db"
    url = f"sqlite:///{path}"
    schema.upgrade(url)
    database, request = Database(url), Request(Actor("rina", "stated"), NOON)
    with database.writing() as connection:
        write(connection, command(), all_changes())
    make_key(database, request)
    seal(database)
    with database.writing() as connection:
        write(connection, command(reason="mended"), [change("touchpoint", "shop", {"key": "shop"})])
    rotate(database, Request(Actor("rina", "stated"), NOON, "yearly"))
    seal(database)
    return path


def unguarded(path) -> None:
    """Take away what would refuse the changes of these tests: whoever owns the file can do that too."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    engine.dispose()


def sql(path, *statements: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_catalogue_and_its_export_are_the_same_log(made, run, capsys):
    assert verifier.main([str(made)]) == 0
    catalogue = capsys.readouterr().out
    code, export = run("".join(export_log(Database(f"sqlite:///{made}"))))
    assert code == 0
    assert catalogue.split(": ", 2)[2] == export.split(": ", 2)[2]


TAMPERED = {
    "a body": ('UPDATE document SET body = \'{"key":"x"}\' WHERE sys_from = 4', "entry 4"),
    "a body and its digest": (
        f"UPDATE document SET body = '{{}}', digest = '{digest_of('{}')}' WHERE sys_from = 4",
        "entry 4",
    ),
    "a reason": ("UPDATE journal SET reason = 'x' WHERE sequence = 5", "entry 5"),
    "an actor": ("UPDATE journal SET how_known = 'x' WHERE sequence = 5", "entry 5"),
    "a key": ("UPDATE journal SET key = 'x' WHERE sequence = 5", "entry 5"),
    "a version gone": ("DELETE FROM document WHERE sys_from = 6", "entry 6"),
    "a version more": (
        "INSERT INTO document SELECT kind, 'x', version, body, digest, retired, sys_from, sys_to FROM document LIMIT 1",
        "stands beside",
    ),
    "an entry gone": ("DELETE FROM journal WHERE sequence = 7", "entry 7"),
    "a content's salt gone": ("UPDATE journal SET salt = NULL, reason = NULL WHERE sequence = 8", "entry 8"),
    "an entry of another kind of value": ("UPDATE journal SET header = 'text' WHERE sequence = 3", "entry 3"),
    "a leaf that is a number": ("UPDATE journal SET leaf = 7 WHERE sequence = 3", "entry 3"),
    "the head": ("UPDATE head SET size = size - 1", "stands beside"),
    "a head that is text": ("UPDATE head SET frontier = 'x'", "stands beside"),
    "a checkpoint gone": ("DELETE FROM checkpoint WHERE number = 0", "stands beside"),
    "a note": ("UPDATE checkpoint SET note = 7 WHERE number = 0", "checkpoint 0"),
    "a note of another size": ("UPDATE checkpoint SET note = replace(note, '=', '-') WHERE number = 1", "checkpoint 1"),
}


@pytest.mark.parametrize(("statement", "named"), TAMPERED.values(), ids=TAMPERED)
def test_what_was_done_to_a_catalogue_is_named(made, tmp_path, capsys, statement, named):
    path = shutil.copy(made, tmp_path / "lineage.db")
    unguarded(path)
    sql(path, "PRAGMA ignore_check_constraints = ON", statement)
    assert verifier.main([str(path)]) == 1
    said = capsys.readouterr().out
    assert named in said.splitlines()[0], said


def test_checking_a_catalogue_changes_nothing_and_needs_no_permission_to_write(made, tmp_path, capsys):
    folder = tmp_path / "read only"
    folder.mkdir()
    path = shutil.copy(made, folder / "a#b?c.db")
    before = path.read_bytes()
    folder.chmod(0o500)
    try:
        assert verifier.main([str(path)]) == 0
    finally:
        folder.chmod(0o700)
    assert path.read_bytes() == before
    assert [file.name for file in folder.iterdir()] == ["a#b?c.db"]


def test_a_damaged_catalogue_never_passes_for_another_one(made, tmp_path, capsys):
    """Bits flipped anywhere in the file: what is said changes, or the flip lies where nothing of the log does."""
    data, chance = made.read_bytes(), random.Random(9)
    path = tmp_path / "lineage.db"
    assert verifier.main([str(made)]) == 0
    whole = capsys.readouterr().out.replace(str(made), "")
    codes = []
    for _ in range(60):
        at = chance.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :])
        codes.append(verifier.main([str(path)]))
        said = capsys.readouterr().out.replace(str(path), "")
        assert said == whole or codes[-1] in {1, 3}
    assert len(codes) == 60


# ---- the file itself ------------------------------------------------------------------------------------------------


def test_it_runs_alone_with_nothing_but_python(tmp_path):
    alone = shutil.copy(LINEAGE / "verifier.py", tmp_path / "verify.py")
    (tmp_path / "log.jsonl").write_text(small().export(), encoding="utf-8")
    (tmp_path / "held.txt").write_text(small().notes[0], encoding="utf-8")
    words = ["log.jsonl", "--checkpoint", "held.txt", "--key", str(TWO.key)]
    command_line = [sys.executable, "-I", "-S", str(alone), *words]
    done = subprocess.run(command_line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("intact: log.jsonl: 8 entries")


def test_it_is_short_enough_to_be_read():
    assert len((LINEAGE / "verifier.py").read_text(encoding="utf-8").splitlines()) < 300
