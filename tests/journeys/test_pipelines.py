"""Where pipelines are: a hook before a commit, a run of dbt, a task of Airflow. With the real tools where they install."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.cli.main import cli
from tests.catalogues import plain_file
from tests.house.test_docs import parse
from tests.house.trees import ROOT
from tests.journeys.console import environment
from tests.journeys.shop import NOW

EXAMPLES = ROOT / "docs" / "examples"
PHONE = "customer.phone_number"
SOUND = {"process": "parcel-dispatch", "purpose": "DeliveryOfGoods"}
TREE = ("pyproject.toml", "README.md", ".pre-commit-hooks.yaml", "lineage", "catalog", "templates", "migrations")
NOWHERE = "sqlite:////nowhere/lineage.db"


# --- What needs no tool ---


def test_the_hook_types_a_command_there_is():
    (hook,) = plain_file(ROOT / ".pre-commit-hooks.yaml")
    words = [*hook["entry"].split(), *hook["args"]]
    assert words[0] == "lineage"
    parse(cli, words[1:])
    assert "--on-error" in words, "what happens without an answer is said, not left to a default"
    assert hook["pass_filenames"] is False


@pytest.fixture
def named(monkeypatch, shop):
    """The program on the path, and the shop's catalogue in the environment, as an example finds them."""
    folder = shop.folder / "bin"
    folder.mkdir()
    program = folder / "lineage"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lineage "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(NOW))
    monkeypatch.setenv("LINEAGE_CATALOG", f"sqlite:///{shop.folder / 'lineage.db'}")
    return monkeypatch


def example(name: str, **stand_ins: types.ModuleType) -> types.ModuleType:
    """Load an example with stand-ins for what it imports."""
    found = importlib.util.spec_from_file_location("example", EXAMPLES / name)
    module = importlib.util.module_from_spec(found)
    with pytest.MonkeyPatch.context() as patch:
        for place, stand_in in stand_ins.items():
            patch.setitem(sys.modules, place.replace("__", "."), stand_in)
        found.loader.exec_module(module)
    return module


class Failed(Exception):
    """What Airflow may try again."""


class FailedForGood(Exception):
    """What it may not."""


@pytest.fixture
def decorator(named) -> Callable[..., object]:
    exceptions = types.ModuleType("exceptions")
    exceptions.AirflowException, exceptions.AirflowFailException = Failed, FailedForGood
    inner = types.ModuleType("inner")
    module = example("airflow/lineage_gate.py", airflow=inner, airflow__sdk=inner, airflow__sdk__exceptions=exceptions)
    return module.uses


@pytest.fixture
def why_not(named) -> Callable[..., str]:
    plugins, duckdb, inner = types.ModuleType("plugins"), types.ModuleType("duckdb"), types.ModuleType("inner")
    plugins.BasePlugin, duckdb.DuckDBPyConnection = object, object
    names = {f"dbt{tail}": inner for tail in ("", "__adapters", "__adapters__duckdb")}
    module = example("dbt/lineage_plugin.py", **names, dbt__adapters__duckdb__plugins=plugins, duckdb=duckdb)
    return module.why_not


def test_a_decorated_function_runs_when_all_it_uses_is_allowed(decorator):
    @decorator(PHONE, **SOUND, on_error="deny", timeout=30)
    def double(number: int) -> int:
        """Twice as much."""
        return 2 * number

    assert (double(4), double.__name__, double.__doc__) == (8, "double", "Twice as much.")


def test_a_decorated_function_does_not_run_on_a_no_whatever_was_chosen(decorator):
    for choice in ("deny", "allow"):
        guarded = decorator(PHONE, "customer.email", **SOUND, on_error=choice, timeout=30)(pytest.fail)
        with pytest.raises(FailedForGood, match=r"customer\.email"):
            guarded("it ran")


@pytest.mark.parametrize(("limit", "address"), [(0.01, None), (30, NOWHERE)])
def test_without_an_answer_a_decorated_function_does_what_was_chosen(decorator, named, limit, address, caplog):
    if address:
        named.setenv("LINEAGE_CATALOG", address)
    with pytest.raises(Failed):
        decorator(PHONE, **SOUND, on_error="deny", timeout=limit)(pytest.fail)("it ran")
    assert decorator(PHONE, **SOUND, on_error="allow", timeout=limit)(lambda: "ran")() == "ran"
    assert "not checked" in caplog.text


def test_a_bundle_is_asked_where_the_environment_names_one(decorator, named, shop):
    built = shop.json("bundle", "build", "-o", "decisions.bundle").results[0]
    named.setenv("LINEAGE_CATALOG", "decisions.bundle")
    with pytest.raises(Failed, match="key"):
        decorator(PHONE, **SOUND, on_error="deny", timeout=30)(pytest.fail)("it ran")
    named.setenv("LINEAGE_KEYS", built["key"])
    assert decorator(PHONE, **SOUND, on_error="deny", timeout=30)(lambda: "ran")() == "ran"


OBLIGED = """\
import json, sys
found = [{"code": f"{law}/log_use", "message": f"log it under {law}"} for law in ("eu-gdpr", "uk-gdpr")]
print(json.dumps({"effect": "allow", "findings": [], "obligations": found}))
"""


@pytest.fixture
def obliged(named, shop):
    """A program that answers as ours does where an allow comes with obligations."""
    (shop.folder / "obliged.py").write_text(OBLIGED, encoding="utf-8")
    (shop.folder / "bin" / "lineage").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" "{shop.folder / "obliged.py"}"\n', encoding="utf-8"
    )


@pytest.mark.parametrize("meets", [("log_use",), ("eu-gdpr/log_use", "uk-gdpr/log_use"), ("other", "log_use")])
def test_an_allow_that_obliges_holds_for_who_says_that_he_meets_it(decorator, why_not, obliged, meets):
    assert decorator(PHONE, **SOUND, on_error="deny", meets=meets)(lambda: "ran")() == "ran"
    assert why_not("parcel-dispatch", PHONE, "DeliveryOfGoods", 2, "deny", ", ".join(meets)) == ""


@pytest.mark.parametrize("meets", [(), ("eu-gdpr/log_use",), ("log",)])
def test_an_allow_that_obliges_is_a_no_for_everybody_else(decorator, why_not, obliged, meets):
    with pytest.raises(FailedForGood, match=r"only if it meets .*uk-gdpr/log_use: log it under uk-gdpr"):
        decorator(PHONE, **SOUND, on_error="allow", meets=meets)(pytest.fail)("it ran")
    said = why_not("parcel-dispatch", PHONE, "DeliveryOfGoods", 2, "allow", ",".join(meets))
    assert "obligation uk-gdpr/log_use is not met: log it under uk-gdpr" in said


@pytest.mark.parametrize(
    ("meets", "code", "left"),
    [(["log_use"], 0, ""), (["other", "log_use"], 0, ""), ([], 1, "eu-gdpr/log_use: log it"), (["log"], 1, "log it")],
)
def test_the_script_on_the_page_stops_at_an_obligation_it_is_not_told_of(tmp_path, meets, code, left):
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"^```python\n(# obligations\.py .*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "obligations.py").write_text(script, encoding="utf-8")
    answer = tmp_path / "answer.json"
    answer.write_text('{"obligations": [{"code": "eu-gdpr/log_use", "message": "log it"}]}\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "obligations.py", answer, *meets], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()[-len(left) :] if left else done.stderr) == (code, left)


def test_the_choice_has_to_be_made(decorator):
    with pytest.raises(TypeError, match="on_error"):
        decorator(PHONE, **SOUND)


def test_the_function_for_dbt_says_why_not(why_not, named):
    assert why_not("parcel-dispatch", PHONE, "DeliveryOfGoods", 30, "deny") == ""
    assert "unknown-element" in why_not("parcel-dispatch", "--help", "DeliveryOfGoods", 30, "allow")
    named.setenv("LINEAGE_CATALOG", NOWHERE)
    assert "There is no catalogue" in why_not("parcel-dispatch", PHONE, "DeliveryOfGoods", 30, "deny")
    assert why_not("parcel-dispatch", PHONE, "DeliveryOfGoods", 30, "allow") == ""


# --- With the real tools ---


def tools(folder: Path, *packages: str) -> Path:
    """Install tools into an environment of their own; skip where they do not install. Give its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    install = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{packages[0]} does not install here: {done.stderr.strip()[-300:]}")
    return programs


def ran(*words: object, folder: Path, **more: str) -> tuple[int, str]:
    variables = environment(PATH=os.environ["PATH"], **more)
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=rina", "-c", "user.email=rina@nord.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def repository(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=all", "--no-verify", "--allow-empty")
    return folder


@pytest.mark.slow
def test_pre_commit_refuses_a_commit_that_would_end_a_permission(shop, tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("pre-commit")
    program = tools(folder / "tool", "pre-commit") / "pre-commit"
    hooks = folder / "hooks"
    for name in TREE:
        source, skip = ROOT / name, shutil.ignore_patterns("__pycache__")
        hooks.mkdir(exist_ok=True)
        shutil.copytree(source, hooks / name, ignore=skip) if source.is_dir() else shutil.copy(source, hooks / name)
    repository(hooks)
    git(hooks, "tag", "v1")
    shop("apply", "catalog", "--yes")
    uses = shop.folder / "catalog" / "uses.yaml"
    sound = uses.read_text(encoding="utf-8")
    arguments = 'args: [catalog, --process, parcel-dispatch, --format, table, --timeout, "60", --on-error, deny]'
    shop.write(
        ".pre-commit-config.yaml",
        f"repos:\n- repo: {hooks}\n  rev: v1\n  hooks:\n  - id: lineage-check\n    {arguments}\n",
    )
    shop.write(".gitignore", "*.db*\n")
    repository(shop.folder)
    run = (program, "run", "--all-files")
    about = {"PRE_COMMIT_HOME": str(folder / "home"), "LINEAGE_CATALOG": "sqlite:///lineage.db", "PYTHONPATH": ""}
    code, out = ran(*run, folder=shop.folder, **about)
    assert code == 0, out
    uses.write_text(sound.replace("review_by: 2027-03-01", "review_by: 2026-07-01"), encoding="utf-8")
    code, out = ran(*run, folder=shop.folder, **about)
    assert code == 1, out
    assert "review-overdue" in out
    assert "catalog/uses.yaml:" in out


@pytest.mark.slow
def test_a_dbt_run_asks_first(named, shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dbt")
    # The line of dbt-core that is all Python; DuckDB's functions in Python need NumPy.
    dbt = tools(folder / "tool", "dbt-core>=1.9,<1.10", "dbt-duckdb<1.10", "numpy") / "dbt"
    project = folder / "project"
    shutil.copytree(EXAMPLES / "dbt", project, ignore=shutil.ignore_patterns("__pycache__"))
    schema = (project / "models" / "schema.yml").read_text(encoding="utf-8")
    about = {"DBT_PROFILES_DIR": str(project), "DO_NOT_TRACK": "1"}
    catalogue = f"sqlite:///{shop.folder / 'lineage.db'}"

    def built(catalogue: str, *words: str, timeout: str = "30") -> tuple[int, str]:
        chosen = [f"lineage_timeout: {timeout}", *words]
        words = (dbt, "run", "--vars", f"{{{', '.join(chosen)}}}")
        return ran(*words, folder=project, LINEAGE_CATALOG=catalogue, **about)

    code, out = built(catalogue)
    assert code == 0, out
    assert "created sql view model" in out
    for where, limit in ((NOWHERE, "30"), (catalogue, "0.01")):
        code, out = built(where, timeout=limit)
        assert (code, "created sql" in out) == (2, False), out
        code, out = built(where, "lineage_on_error: allow", timeout=limit)
        assert code == 0, out
        assert "not checked" in out
    (project / "models" / "schema.yml").write_text(schema.replace(PHONE, "customer.email"), encoding="utf-8")
    code, out = built(catalogue, "lineage_on_error: allow")
    assert (code, "created sql" in out) == (2, False), out
    assert "model.parcels.routes" in out
    assert "usage-cycle/no-use" in out


DAG_RUN = """
import sys
import parcels
print("state", parcels.parcels().test().state)
"""


@pytest.mark.slow
def test_an_airflow_task_asks_first(named, shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("airflow")
    programs = tools(folder / "tool", "apache-airflow>=3,<4")
    dags = folder / "dags"
    shutil.copytree(EXAMPLES / "airflow", dags, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "run.py").write_text(DAG_RUN, encoding="utf-8")
    about = {
        "AIRFLOW_HOME": str(folder / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": f"{dags}{os.pathsep}{ROOT}",
        "LINEAGE_CATALOG": f"sqlite:///{shop.folder / 'lineage.db'}",
    }
    code, out = ran(programs / "airflow", "db", "migrate", folder=folder, **about)
    assert code == 0, out
    example = dags / "parcels.py"
    text = example.read_text(encoding="utf-8").replace('on_error="deny"', 'on_error="deny", timeout=30')
    example.write_text(text, encoding="utf-8")
    run = (programs / "python", folder / "run.py")
    assert "state success" in ran(*run, folder=folder, **about)[1]
    out = ran(*run, folder=folder, **about | {"LINEAGE_CATALOG": NOWHERE})[1]
    assert "state failed" in out
    assert "There is no catalogue" in out
    example.write_text(text.replace(PHONE, "customer.email"), encoding="utf-8")
    out = ran(*run, folder=folder, **about)[1]
    assert "state failed" in out
    assert "AirflowFailException" in out
