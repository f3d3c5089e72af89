"""The server as people start it: a process of its own, a catalogue that changes, a bundle that is replaced."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journeys.console import environment, start
from tests.journeys.shop import FILES, LOOP
from tests.postgres import DURABLE, CannotRunError, Server
from tests.unit.web.serving import EVALUATION, EVALUATIONS, QUESTION, SEARCH, Client

PATIENCE = 60
ADDRESS = re.compile(r"listening on http://127\.0\.0\.1:(\d+)")


class Running(Client):
    def __init__(self, process):
        self.process = process
        for line in process.stderr:
            if found := ADDRESS.search(line.decode()):
                super().__init__(int(found[1]))
                return
        raise AssertionError("the server did not start")

    def wait(self, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)


@contextmanager
def running(folder, *words, ready=True):
    process = start(folder, *words[:-1], "serve", "--port", "0", *words[-1])
    try:
        server = Running(process)
        if ready:
            server.wait(lambda: server.get("/readyz").status == 200)
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        said = process.stderr.read().decode()
        process.stdout.close()
        process.stderr.close()
    assert code == 0, said
    assert "Traceback" not in said, said


def command(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", "lineage", *words], cwd=folder, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done


def withdraw(folder, *words):
    """Take the sound use's insight away, so that its cycle no longer closes."""
    path = folder / "catalog" / "uses.yaml"
    path.write_text(path.read_text().replace(LOOP, ""))
    command(folder, *words, "-q", "apply", "catalog", "--prune", "--yes", "-o", os.devnull)


@pytest.mark.slow
def test_a_server_answers_as_the_command_line_does_now_and_then(shop):
    expected = shop.json("query", "may", "parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods").data
    then = shop.json(
        "query", "may", "parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods", "--as-of", "2026-08-15"
    ).data
    with running(shop.folder, []) as server:
        found = server.ask(QUESTION)["context"]
        assert {name: found[name] for name in expected["results"][0]} == expected["results"][0]
        assert found["catalogue"].items() <= expected["catalogue"].items()
        assert (found["at"], found["as_of"]) == (expected["at"], expected["as_of"])
        earlier = server.ask(QUESTION | {"context": {"as_of": "2026-08-15"}})["context"]
        assert {name: earlier[name] for name in then["results"][0]} == then["results"][0]
        assert earlier["catalogue"].items() <= then["catalogue"].items()
        assert (earlier["at"], earlier["as_of"]) == (then["at"], then["as_of"])
        search = server.post(SEARCH + "subject", QUESTION | {"context": {"as_of": "2026-08-15"}})
        assert [one["id"] for one in search.data["results"]] == ["parcel-dispatch"]
        batch = server.post(EVALUATIONS, QUESTION | {"evaluations": [{}, {"context": {"as_of": "2020-01-01"}}]}).data
        assert batch["evaluations"][0]["decision"] is True
        assert batch["evaluations"][1]["context"]["error"]["status"] == 400
        assert server.post(EVALUATION, QUESTION | {"context": {"as_of": "2020-01-01"}}).status == 400


@pytest.mark.slow
def test_workers_share_a_new_revision_and_the_counters(shop):
    with running(shop.folder, ["--workers", "2"]) as server:
        assert server.ask(QUESTION)["decision"] is True
        server.wait(lambda: len(revisions_of(server)) == 2)
        before = set(revisions_of(server))
        withdraw(shop.folder)
        # Who was asked does not matter: the counters of both stand in one answer.
        server.wait(lambda: len(now := set(revisions_of(server))) == 1 and now.isdisjoint(before))
        assert not any(server.ask(QUESTION)["decision"] for _ in range(20))
        page = server.post(SEARCH + "action", QUESTION | {"page": {"limit": 1}}).data["page"]
        assert page == {"next_token": "", "count": 0}


def revisions_of(server):
    """Give the revision that each worker answers from."""
    return re.findall(r"^lineage_revision\{[^}]*\} (\d+)$", server.get("/metrics").body.decode(), re.MULTILINE)


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced_and_none_is_left_behind(shop):
    with running(shop.folder, ["--workers", "2"]) as server:
        children = children_of(server.process.pid)
        assert len(children) >= 2
        os.kill(children[-1], signal.SIGKILL)
        server.wait(lambda: set(children_of(server.process.pid)) - set(children))
        assert server.ask(QUESTION)["decision"] is True
        children = children_of(server.process.pid)
    assert not [child for child in children if alive(child)]


def children_of(pid):
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in said.split() if b"spawn_main" in cmdline(int(child))]


def cmdline(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def alive(pid):
    return b"spawn_main" in cmdline(pid)


@pytest.mark.slow
def test_a_bundle_is_replaced_under_load(shop):
    key = shop.json("bundle", "build", "-o", "d.bundle").results[0]["key"]
    wrong, seen, stop = [], set(), threading.Event()
    with running(shop.folder, ["--bundle", "d.bundle", "--key", key]) as server:

        def ask():
            while not stop.is_set():
                found = server.ask(QUESTION)
                seen.add((found["decision"], found["context"]["catalogue"]["revision"]))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        withdraw(shop.folder)
        command(shop.folder, "-q", "bundle", "build", "-o", "new.bundle")
        (shop.folder / "new.bundle").replace(shop.folder / "d.bundle")
        try:
            server.wait(lambda: not server.ask(QUESTION)["decision"])
            (shop.folder / "d.bundle").write_bytes(b"nonsense")
            time.sleep(1)
            assert server.ask(QUESTION)["decision"] is False
            assert server.get("/readyz").status == 200
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert "trouble" in server.get("/readyz").data
    assert not wrong
    assert len(seen) == 2


@pytest.mark.slow
def test_decisions_are_logged_and_a_log_that_cannot_be_written_withholds_durable_answers(shop):
    log = f"sqlite:///{shop.folder / 'decisions.db'}"
    with running(shop.folder, ["--log-decisions", log, "--durable"]) as server:
        found = server.ask(QUESTION)
        assert found["context"]["id"].startswith("d-")
        assert 'lineage_decisions_unrecorded_total{worker="0"} 0' in server.get("/metrics").body.decode()
    with running(shop.folder, ["--log-decisions", "sqlite:////nowhere/there.db", "--durable"]) as server:
        assert server.post(EVALUATION, QUESTION).status == 503


@pytest.mark.slow
def test_a_server_killed_in_the_middle_of_a_request_ends_in_time(shop):
    with running(shop.folder, []) as server:
        body = json.dumps({"evaluations": [QUESTION | {"context": {"x": n}} for n in range(5_000)]}).encode()
        thread = threading.Thread(target=lambda: server.post(EVALUATIONS, body))
        thread.start()
        time.sleep(0.05)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        thread.join(20)
    assert time.monotonic() - begun < 15
    assert not thread.is_alive()


@pytest.mark.slow
def test_a_database_that_is_killed_leaves_answers_until_they_are_too_old(bare):
    try:
        database = Server(DURABLE).start()
    except CannotRunError as problem:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))
    try:
        database.run_sql("CREATE DATABASE killed")
        catalog = ("-C", database.url("killed"))
        bare.declare(FILES)
        command(bare.folder, *catalog, "-q", "db", "upgrade")
        command(bare.folder, *catalog, "-q", "apply", "catalog", "--yes", "-o", os.devnull)
        with running(bare.folder, *catalog, ["--max-age", "4"]) as server:
            seen, slow, stop = [], [], threading.Event()

            def ask():
                while not stop.is_set():
                    begun = time.monotonic()
                    found = server.ask(QUESTION)
                    slow.append(time.monotonic() - begun)
                    codes = [finding["code"] for finding in found["context"]["findings"]]
                    seen.append((begun, found["decision"], "usage-cycle/knowledge-too-old" in codes))

            threads = [threading.Thread(target=ask) for _ in range(2)]
            for thread in threads:
                thread.start()
            time.sleep(1)
            database.crash()
            gone = time.monotonic()
            server.wait(lambda: server.get("/readyz").status == 503)
            denied = time.monotonic() - gone
            past = server.post(EVALUATION, QUESTION | {"context": {"as_of": "2026-08-15"}})
            assert past.status in (400, 503)
            database.start_again()
            server.wait(lambda: server.get("/readyz").status == 200)
            stop.set()
            for thread in threads:
                thread.join(30)
        after = [decision for begun, decision, _ in seen if gone < begun < gone + 2]
        assert after
        assert all(after)
        assert 2 < denied < 8
        assert all(decision is not old for _, decision, old in seen)
        assert any(old for *_, old in seen)
        assert max(slow) < 5
    finally:
        database.stop()


def test_what_could_never_answer_is_said_at_once(bare):
    said = bare("serve", "--port", "0")
    assert (said.code, said.out) == (3, "")
    assert "There is no catalogue" in said.err
    assert bare("serve", "--bundle", "none.bundle").code == 3


@pytest.mark.parametrize(
    "words",
    [
        ("--tokens", "none"),
        ("--public-url", "ftp://x.example"),
        ("--public-url", "https://x.example/?a=1"),
        ("--max-age", "0"),
        ("--durable",),
        ("--port", "70000"),
        ("--workers", "0"),
        ("--at", "2026-09-01"),
        ("--as-of", "2026-09-01"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(shop, words):
    assert shop("serve", "--port", "0", *words).code == 2
