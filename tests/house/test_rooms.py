"""What may be done only in its own room: printing, asking the time, ending the program, committing, touching files."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.trees import aliases, dotted, imported_modules, room_of, shown, sources, tree_of

CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip
ENDINGS = {"sys.exit", "os._exit", "exit", "quit"}
OPENINGS = {"open", "io.open", "os.open", "codecs.open"}
WRITINGS = {"write_text", "write_bytes", "mkdir", "touch", "unlink", "rmdir", "symlink_to", "hardlink_to"}
CHANCE = {"random", "uuid"}
TRANSACTIONS = {"commit", "begin", "begin_nested"}
NO_FILES = {"domain", "cycle", "policy", "judge", "gate"}


def test_everything_is_done_in_its_room():
    wrong = [f"{shown(path)}:{text}" for path in sources() for text in misplaced(tree_of(path), room_of(path))]
    assert not wrong, "\n".join(wrong)


def misplaced(tree: ast.Module, room: str) -> Iterator[str]:
    """Name what does not belong into ``room``, with its line."""
    known = aliases(tree)
    for line, module in imported_modules(tree):
        if module.partition(".")[0] in CHANCE:
            yield f"{line} {module} makes two runs differ"
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and raised(node, known) == "SystemExit" and room not in {"cli", "__main__"}:
            yield f"{node.lineno} only the command line ends the program"
        if isinstance(node, ast.Call):
            reason = misplaced_call(node, dotted(node.func, known), room)
            if reason:
                yield f"{node.lineno} {ast.unparse(node.func)}: {reason}"


def raised(node: ast.Raise, known: dict[str, str]) -> str:
    what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return dotted(what, known) if what is not None else ""


def misplaced_call(node: ast.Call, name: str, room: str) -> str:
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name == "print" and room != "cli":
        return "only the command line prints"
    if name in CLOCKS and room != "clock":
        return "only clock.py asks the time"
    if name in ENDINGS and room not in {"cli", "__main__", "verifier"}:
        return "only the command line ends the program"
    if method in TRANSACTIONS and room not in {"services", "store"}:
        return "only services and store have transactions"
    if room in NO_FILES and (name in OPENINGS or method in WRITINGS):
        return f"{room} works on what it is given, not on files"
    return ""


@pytest.mark.parametrize(
    ("room", "text"),
    [
        ("report", "print('x')"),
        ("judge", "from datetime import datetime as d\nd.now()"),
        ("judge", "import datetime\ndatetime.date.today()"),
        ("store", "import time as t\nt.time()"),
        ("services", "import sys\nsys.exit(1)"),
        ("services", "raise SystemExit(1)"),
        ("report", "session.commit()"),
        ("judge", "with engine.begin() as c: pass"),
        ("policy", "open('x')"),
        ("cycle", "Path('x').write_text('y')"),
        ("store", "def f():\n    from uuid import uuid4"),
    ],
)
def test_the_check_itself_finds(room, text):
    assert list(misplaced(ast.parse(text), room))


@pytest.mark.parametrize(
    ("room", "text"),
    [
        ("cli", "import sys\nprint('x')\nsys.exit(0)"),
        ("clock", "from datetime import datetime\ndatetime.now()"),
        ("judge", "clock.now()"),
        ("services", "unit.commit()"),
        ("gate", "path.read_bytes()"),
        ("report", "path.write_text('y')"),
        ("store", "import time\ntime.monotonic()"),
    ],
)
def test_the_check_itself_lets_pass(room, text):
    assert not list(misplaced(ast.parse(text), room))
