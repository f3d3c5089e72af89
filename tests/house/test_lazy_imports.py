"""Commands start quickly because they load only what they need."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from tests.house.trees import ROOT

WATCHED = {"sqlalchemy", "alembic", "networkx", "pydantic", "jinja2", "yaml", "cel_expr_python", "starlette", "numpy"}
PROBE = """
import json, sys
from pathlib import Path
sys.argv[0] = "lineage"
target = sys.argv.pop(1)
code = 0
try:
    from lineage.cli.main import main
    code = main()
except SystemExit as end:
    code = end.code
Path(target).write_text(json.dumps({"code": code or 0, "modules": sorted({m.partition(".")[0] for m in sys.modules})}))
"""


def run(folder, *arguments: str) -> tuple[int, set[str], str]:
    """Run a command in a new process; return its exit code, the watched packages it loaded, and what it said."""
    report = folder / "modules.json"
    report.unlink(missing_ok=True)
    variables = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"}
    command = [sys.executable, "-c", PROBE, str(report), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=variables | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert report.exists(), done.stderr
    seen = json.loads(report.read_text(encoding="utf-8"))
    return seen["code"], WATCHED & set(seen["modules"]), done.stdout + done.stderr


def question() -> tuple[str, ...]:
    """The question that dev.py asks of the sample, so that it stands in one place."""
    found = importlib.util.spec_from_file_location("dev_script", ROOT / "dev.py")
    script = importlib.util.module_from_spec(found)
    found.loader.exec_module(script)
    return script.DEMO_QUESTION


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_saying_what_it_is_loads_nothing_heavy(argument, tmp_path):
    code, loaded, said = run(tmp_path, argument)
    assert (code, loaded) == (0, set()), said


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    code, _, said = run(folder, "init", "demo", "--sample")
    assert code == 0, said
    return folder


def test_a_question_loads_neither_the_reader_nor_the_writer_of_documents(sample):
    ask = ("-C", "sqlite:///demo/lineage.db", "query", "may", *question())
    first, _, said = run(sample, *ask)
    assert first in {0, 1}, said
    again, loaded, said = run(sample, *ask)
    assert again == first, said
    assert not loaded & {"alembic", "jinja2", "yaml", "pydantic"}


@pytest.fixture(scope="module")
def carried(sample):
    """A bundle of the sample, and the key to check it with."""
    code, _, said = run(sample, "-C", "sqlite:///demo/lineage.db", "bundle", "build", "-o", "demo.bundle")
    assert code == 0, said
    return sample, ("--bundle", "demo.bundle", "--key", said.split("key")[1].split()[0])


ASKED = {
    "may": lambda process, element, _, purpose: ("may", process, element, "--for", purpose),
    "purposes": lambda _, element, *__: ("purposes", element),
    "elements": lambda process, *_: ("elements", "--process", process),
    "processes": lambda _, element, __, purpose: ("processes", element, "--for", purpose),
}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_question_to_a_bundle_loads_nothing_of_the_catalogue(name, form, carried):
    folder, bundle = carried
    code, loaded, said = run(folder, "query", *ASKED[name](*question()), *bundle, "--format", form)
    assert code in {0, 1}, said
    assert loaded == set(), said
