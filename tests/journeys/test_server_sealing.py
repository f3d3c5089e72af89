"""Decisions that a server logs are sealed by itself: while it runs, when it ends, and by one process only."""

from __future__ import annotations

import logging
import time

import pytest

from lineage.errors import CannotAnswer, CatalogueReadOnly, Refused
from lineage.web import sealing
from lineage.web.sealing import Sealing, seal
from tests.decisions import asked, keep, url_of
from tests.journeys.test_server import running
from tests.unit.web.serving import EVALUATIONS, QUESTION


def plan_of(folder, every=300.0):
    return Sealing(f"sqlite:///{folder / 'lineage.db'}", url_of(folder), every, "dewi", "stated")


def state(shop):
    return shop.json("log", "decisions", "--verify").data["summary"]


def begun(shop):
    return shop("log", "decisions", "--verify").code == 0


def test_what_was_logged_is_sealed_in_the_name_of_who_started_the_server(shop):
    assert seal(plan_of(shop.folder)) == ("", False)  # there is no log yet
    keep(shop.folder, asked(), asked())
    assert seal(plan_of(shop.folder)) == ("", False)
    found = state(shop)
    assert (found["sealed"], found["unsealed"], found["intact"]) == (2, 0, True)
    entry = shop.json("log", "list").results[-1]
    assert (entry["kind"], entry["by"], entry["reason"]) == ("decision_batch", "dewi", "sealed by lineage serve")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Refused("somebody else seals it"), ("", False)),
        (CannotAnswer("it was made with another catalogue"), ("it was made with another catalogue", False)),
        (
            CatalogueReadOnly("it is read-only"),
            ("it is read-only; whoever may write does it with lineage log seal-decisions", True),
        ),
        (OSError("the disk is full"), ("OSError: the disk is full", False)),
    ],
)
def test_what_goes_wrong_is_told_and_never_raised(tmp_path, monkeypatch, error, outcome):
    def failing(*_):
        raise error

    monkeypatch.setattr("lineage.services.decisions_sealing.seal_decisions", failing)
    assert seal(plan_of(tmp_path)) == outcome


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([("away", False)] * 3 + [("", False)], ["decisions are not sealed: away", "decisions are sealed again"]),
        ([("read-only", True)], ["decisions are not sealed: read-only"]),
    ],
)
def test_trouble_is_said_once_and_what_is_hopeless_is_not_tried_again(tmp_path, monkeypatch, caplog, outcomes, said):
    tried = []

    def attempt(_plan, _seconds):
        tried.append(1)
        return sealing._Outcome(*outcomes[min(len(tried), len(outcomes)) - 1])

    monkeypatch.setattr(sealing, "attempt", attempt)
    with caplog.at_level(logging.WARNING, "lineage.web"), sealing.sealing(plan_of(tmp_path, 0.01)):
        time.sleep(0.3)
    assert [record.getMessage() for record in caplog.records] == said
    assert (len(tried) == 1) is outcomes[0][1]


def test_a_seal_that_hangs_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "_work", time.sleep)  # it sleeps for what it was given: that is no number
    assert sealing.attempt(plan_of(tmp_path), 20).trouble == "the process that seals ended by itself"
    monkeypatch.setattr(sealing, "_work", _hang)
    begun = time.monotonic()
    assert sealing.attempt(plan_of(tmp_path), 1.5).trouble == "it took longer than 1.5 seconds"
    assert time.monotonic() - begun < 10


def _hang(_plan, telling):
    time.sleep(60)
    telling.close()


@pytest.mark.parametrize("every", ["-1", "nan", "inf", "1e9"])
def test_a_time_that_is_none_is_refused(shop, every):
    said = shop("serve", "--port", "0", "--seal-every", every)
    assert (said.code, "--seal-every" in said.err, "such as --seal-every 300" in said.err) == (2, True, True)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_seals_while_it_runs_and_when_it_ends(shop, workers):
    log = ["--log-decisions", url_of(shop.folder), "--workers", workers]
    batch = {"evaluations": [QUESTION] * 50}
    with running(shop.folder, ["--by", "dewi", *log, "--seal-every", "1"]) as server:
        server.post(EVALUATIONS, batch)
        server.wait(lambda: begun(shop) and state(shop)["sealed"] == 50)
    with running(shop.folder, ["--by", "dewi", *log]) as server:
        for _ in range(8):
            server.post(EVALUATIONS, batch)
    found = state(shop)
    assert (found["sealed"], found["unsealed"], found["intact"], found["batches"]) == (450, 0, True, 2)
    with running(shop.folder, [*log, "--seal-every", "0"]) as server:
        server.post(EVALUATIONS, batch)
    assert (state(shop)["sealed"], state(shop)["unsealed"]) == (450, 50)
