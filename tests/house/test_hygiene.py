"""Nothing in the tree may depend on the machine it was written on, or be left for later."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house.trees import ROOT

# Built from halves, so that this file does not find itself.
PLACES = [
    "pypi" + ".org", "pypi" + ".python", "files.python" + "hosted", "test." + "pypi", "artifact" + "ory",
    "/wo" + "rk/", "../sha" + "red", "/ro" + "ot/", "/opt/" + "pypi", "/opt/" + "wheels", "file:" + "///",
]  # fmt: skip
LATER = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error"]))
LOCKS = ("requirements.lock", "requirements-dev.lock")


def tracked() -> list[Path]:
    """The files git knows or would take; all files where there is no git, as in a source archive."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git checkout")
    return sorted(path for name in set(names) if name and (path := ROOT / name).is_file())


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", errors="replace")


def test_no_file_names_a_registry_or_a_folder_of_somebody_s_machine():
    found = []
    for path in tracked():
        text = text_of(path)
        found += [f"{path.relative_to(ROOT)}: {place}" for place in PLACES if place in text]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_versions_and_hashes_only(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line or line.startswith("-") or " @ " in line]
    pinned = [line for line in lines if re.match(r"[a-z0-9]", line)]
    assert pinned
    assert all(re.match(r"[a-z0-9._-]+==\S+( ; .+)? \\$", line) for line in pinned)
    assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"(?m)^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8")):
        found.setdefault(package, set()).add(version)
    return found


def test_both_locks_pin_the_same_versions():
    runtime, dev = (pins(name) for name in LOCKS)
    assert runtime == {package: dev.get(package) for package in runtime}


def test_the_locks_hold_every_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for group in project["optional-dependencies"].values() for line in group]
    for declared, name in ((project["dependencies"], LOCKS[0]), (extras, LOCKS[1])):
        wanted = {re.split(r"[\[<>=!~ ;]", line)[0].lower() for line in declared}
        assert not wanted - set(pins(name))


def test_nothing_is_left_for_later():
    folders = {ROOT / "lineage", ROOT / "templates"}
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in tracked()
        if folders & set(path.parents)
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if LATER.search(line)
    ]
    assert not found, "\n".join(found)
