"""One catalogue that changes, and four ways to ask it: the command, a bundle, Python, and a server."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from lineage import Gate
from lineage.cli.main import run
from lineage.domain.canonical import canonical
from lineage.gate.shapes import answer_data
from lineage.judge.policies import Policies
from tests.catalogues import Data
from tests.journeys.console import environment, keep_promises

PATIENCE = 10.0
ASIDE = ("catalogue", "at", "as_of", "id")
"""What a server tells beside the verdict."""


class Ways:
    """A catalogue in a folder of its own, with everything that answers from it. Each way is started once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundle = folder / "decisions.bundle"
        self.address = f"sqlite:///{folder / 'lineage.db'}"
        self.key = ""
        self.revision = -1
        said(run, "-q", "db", "upgrade")
        self._doors = contextlib.ExitStack()

    def change(self, data: Data, then: tuple[str, ...] = ()) -> None:
        """Bring the catalogue into a state: what ``data`` declares and nothing else, then one command."""
        declared = self.folder / "catalog" / "all.json"
        declared.parent.mkdir(exist_ok=True)
        declared.write_text(json.dumps(data, indent=1), encoding="utf-8")
        said(run, "apply", "catalog", "--yes", "--prune", "--on-conflict", "mine")
        if then:
            said(run, *then)
        built = json.loads(said(run, "bundle", "build", "-o", self.bundle, "--format", "json"))["results"][0]
        self.key, self.revision = built["key"], built["revision"]

    def open(self) -> None:
        """Start what goes on running while the catalogue changes."""
        self.carried = self._doors.enter_context(Gate.load(self.bundle, key=self.key, refresh=None))
        self.opened = self._doors.enter_context(Gate.open(self.address, refresh=None))
        self.server = self._doors.enter_context(served(self.folder, self.address))

    def close(self) -> None:
        self._doors.close()

    def answers(self, questions: list[Data]) -> dict[str, list[Data]]:
        """Ask every question in every way."""
        assert self.carried.refresh(patient=False)
        assert self.opened.refresh(patient=False)
        found = {
            "command": [self._typed(question) for question in questions],
            "command, bundle": [
                self._typed(question, "--bundle", self.bundle, "--key", self.key) for question in questions
            ],
            "bundle": [asked(self.carried, question) for question in questions],
            "python": [asked(self.opened, question) for question in questions],
        }
        self._served_revision()
        return found | {"server": [self._posted(question)[0] for question in questions]}

    def _typed(self, question: Data, *more: object) -> Data:
        options = [
            word for name in ("audience", "regime", "at") if name in question for word in (f"--{name}", question[name])
        ]
        words = ("query", "may", *options, "--for", question["purpose"], *more, "--format", "json")
        text = said(run, *words, "--", question["process"], question["element"], may=(0, 1, 3))
        found = json.loads(text)
        assert found["catalogue"]["revision"] == self.revision
        return found["results"][0]

    def _posted(self, question: Data) -> tuple[Data, int]:
        about = {name: question[name] for name in ("audience", "regime", "at") if name in question}
        body: Data = {
            "subject": {"type": "process", "id": question["process"]},
            "action": {"name": question["purpose"]},
            "resource": {"type": "element", "id": question["element"]},
        }
        answer = self.server.post("/access/v1/evaluation", json=body | ({"context": about} if about else {}))
        assert answer.status_code == 200, answer.text
        context = answer.json()["context"]
        assert answer.json()["decision"] is (context["effect"] == "allow")
        verdict = {name: value for name, value in context.items() if name not in ASIDE}
        return {"holds_until": None} | verdict, context["catalogue"]["revision"]

    def _served_revision(self) -> None:
        """Wait until the server knows what was just written."""
        probe = {"process": "a", "element": "b", "purpose": "c"}
        end = time.monotonic() + PATIENCE
        while self._posted(probe)[1] != self.revision:
            assert time.monotonic() < end, "the server did not notice the change"
            time.sleep(0.02)


def asked(gate: Gate, question: Data) -> Data:
    """Ask a gate, and write its answer as every answer is written."""
    names = [question[name] for name in ("process", "element", "purpose")]
    more = {name: question[name] for name in ("audience", "regime", "at") if name in question}
    answer = gate.may(*names, **more)
    assert gate.snapshot is not None
    assert bool(answer) == (answer.effect == "allow")
    return answer_data(answer, gate.snapshot.where)


def said(command: Any, *words: object, may: tuple[int, ...] = (0,)) -> str:
    """Type a command; give what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = command([str(word) for word in words])
    keep_promises(err.getvalue())
    assert code in may, f"{words} ended with {code}: {err.getvalue()}"
    return out.getvalue()


@contextlib.contextmanager
def served(folder: Path, address: str) -> Iterator[httpx.Client]:
    """Start ``lineage serve`` in a process of its own, wait until it can answer, and stop it in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "lineage", "-C", address, "serve", "--port", str(port)]
    variables = {name: value for name, value in environment().items() if name != "SOURCE_DATE_EPOCH"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, env=variables, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            wait_for(client, process, folder / "server.log")
            yield client
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_for(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 3 * PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.05)
    pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8', errors='replace')}", pytrace=False)


def cache_of(compile_packs: Callable[[list[Data]], Policies]) -> Callable[[list[Data]], Policies]:
    kept: dict[str, Policies] = {}

    def of(bodies: list[Data]) -> Policies:
        key = canonical(bodies)
        if key not in kept:
            kept[key] = compile_packs(bodies)
        return kept[key]

    return of


@contextlib.contextmanager
def ways_in(folder: Path) -> Iterator[Ways]:
    """Make a catalogue in a folder that changes quickly: the rules are compiled once, and we are in that folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(Policies, "of", cache_of(Policies.of))
        ways = Ways(folder)
        try:
            yield ways
        finally:
            ways.close()


def differences(answers: Mapping[str, list[Data]], questions: list[Data]) -> list[str]:
    """Name, for each question, the fields in which a way does not answer as the command does."""
    found = []
    for name, given in answers.items():
        for question, one, first in zip(questions, given, answers["command"], strict=True):
            fields = [field for field in {**first, **one} if one.get(field, "–") != first.get(field, "–")]
            found += [
                f"{question}: {name} says {field} {one.get(field)!r}, the command {first.get(field)!r}"
                for field in fields
            ]
    return found


def renamed(data: Data, number: int) -> Data:
    """Give each consent a key of its own in each state: a stored consent that ended could not become given again."""
    text = json.dumps(data)
    keys = {consent["key"] for element in data.get("elements", ()) for consent in element.get("consents") or ()}
    for key in keys:
        text = re.sub(rf'"key": "{re.escape(key)}"', f'"key": "{key}-{number}"', text)
    return json.loads(text)
