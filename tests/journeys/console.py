"""The command line as a person meets it: a folder, a catalogue, a line typed, and what comes back."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lineage.cli.main import run
from tests.house.trees import ROOT
from tests.journeys.shop import FILES, MADE, NOW


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def results(self) -> list[dict[str, Any]]:
        return self.data["results"]

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


class Console:
    """Runs commands inside one folder, and holds every one of them to what all must keep."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.capsys, self.patch, self.folder = capsys, patch, folder
        patch.chdir(folder)
        patch.setenv("SOURCE_DATE_EPOCH", str(NOW))
        patch.delenv("LINEAGE_DEBUG", raising=False)

    def __call__(self, *words: object, typed: str = "") -> Said:
        self.capsys.readouterr()
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8"))
        code = run([str(word) for word in words])
        out, err = self.capsys.readouterr()
        keep_promises(err)
        return Said(code, out, err)

    def json(self, *words: object) -> Said:
        said = self(*words, "--format", "json")
        assert said.out, said.err
        return said

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return path

    def declare(self, files: Mapping[str, str] = FILES, folder: str = "catalog") -> Path:
        for name, text in files.items():
            self.write(f"{folder}/{name}", text)
        return self.folder / folder

    @property
    def digest(self) -> str:
        return self.json("check").data["catalogue"]["digest"]

    @property
    def size(self) -> tuple[int, int]:
        return stored(self.folder / "lineage.db")


def keep_promises(err: str) -> None:
    """No command may ever show a traceback, or call itself mistaken."""
    assert "Traceback" not in err
    assert "mistake in the program" not in err, err


def stored(path: Path) -> tuple[int, int]:
    """How many journal entries and document versions a catalogue holds."""
    connection = sqlite3.connect(path)
    try:
        entries = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
        return entries, connection.execute("SELECT count(*) FROM document").fetchone()[0]
    finally:
        connection.close()


def unguarded(database: Path, statement: str) -> None:
    """Run a statement as somebody who owns the file can: without the guards."""
    with closing(sqlite3.connect(database)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.commit()
    sql(database, statement)


def sql(path: Path, statement: str) -> None:
    """Change a catalogue's file by hand."""
    connection = sqlite3.connect(path)
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


def environment(**more: str) -> dict[str, str]:
    """The environment of a program started beside the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINEAGE_")}
    return kept | {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": str(NOW), "PYTHONIOENCODING": "utf-8"} | more


def start(folder: Path, *words: str, **more: Any) -> subprocess.Popen[bytes]:
    """Start the program beside the tests."""
    command = [sys.executable, "-m", "lineage", *words]
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more
    )


def made_catalogue(folder: Path, *, declared: bool) -> Path:
    """Make a catalogue once, to be copied for each test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SOURCE_DATE_EPOCH", str(MADE))
        assert run(["-q", "db", "upgrade"]) == 0
        if declared:
            (folder / "catalog").mkdir()
            for name, text in FILES.items():
                (folder / "catalog" / name).write_text(text, encoding="utf-8")
            assert run(["-q", "apply", "catalog", "--yes", "--format", "json", "-o", os.devnull]) == 0
    return folder


def copy_into(made: Path, folder: Path) -> None:
    """Copy a made catalogue with its declarations."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    # The copy stands for a catalogue whose declarations were applied from here.
    for database in folder.glob("*.db"):
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(
                "UPDATE place SET file = replace(file, ?, ?)", (str(made.resolve()), str(folder.resolve()))
            )
