"""Processes that keep decisions and are killed: what they said they kept, and what the log says."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from lineage.services.changing import Actor, Request
from lineage.services.decision_log import open_log
from lineage.services.decisions_sealing import seal_decisions, verify_decisions
from lineage.store.decisions import Decisions, Wanted, read_rows
from tests.decisions import TIME, made, snapshot
from tests.faults.processes import Child, Say, all_end
from tests.faults.work import NOW, bare
from tests.postgres import DURABLE, Server

LIMIT = 500


def durable(url: str, name: str) -> Any:
    def task(say: Say) -> None:
        log = open_log(url, "durable", patience=60.0)
        number = 0
        while True:
            number += 3
            say(log.record_many([made(number), made(number), made(number)], snapshot(), name, TIME))

    return task


def bounded(url: str, name: str) -> Any:
    def task(say: Say) -> None:
        log = open_log(url, "bounded", limit=LIMIT, interval=0.005)
        while True:
            given = [log.record(made(number), snapshot(), name, TIME) for number in range(20)]
            say([one for one in given if one])
            time.sleep(0.001)

    return task


def killed(folder: str, mode: str, rounds: int, seed: int) -> dict[str, int]:
    """Kill three writers at any moment, again and again; nothing that was durable is missing, and little else."""
    chance, url = random.Random(seed), f"sqlite:///{Path(folder) / 'd.db'}"
    task = {"durable": durable, "bounded": bounded}[mode]
    given, worst = 0, 0
    first = Decisions(url)
    assert first.about["store"]
    first.close()
    for _ in range(rounds):
        children = [Child(task(url, f"c{number}")) for number in range(3)]
        for child in children:
            child.wait_for(2)
        time.sleep(chance.random() * 0.3)
        for child in children:
            child.kill()
        for child in children:
            assert child.end() == -9
        kept = ids(url)
        for child in children:
            said = [one for part in child.said for one in part]
            missing = [one for one in said if one not in kept]
            assert len(missing) <= (0 if mode == "durable" else LIMIT), len(missing)
            worst, given = max(worst, len(missing)), given + len(said)
    return {"rounds": rounds, "given": given, "missing_at_most": worst, "kept": len(ids(url))}


def ids(url: str) -> set[str]:
    store = Decisions(url)
    try:
        with store.reading() as connection:
            rows = read_rows(connection, Wanted(), 10_000_000)
    finally:
        store.close()
    assert len({one.row.id for one in rows}) == len(rows)
    return {one.row.id for one in rows}


def together(url: str, catalogue: str, writers: int, batches: int) -> dict[str, int]:
    """Let several processes write to one log while another seals it all the time; every row ends in one seal."""
    database, first = bare(catalogue), Decisions(url)
    assert first.about["store"]
    first.close()

    def write(say: Say) -> None:
        log = open_log(url, "durable", patience=60.0)
        for number in range(batches):
            log.record_many([made(number)] * 25, replace(snapshot(), digest=""), "c", TIME + number)
        log.close()
        say("done")

    def seal(say: Say) -> None:
        store, count = Decisions(url), 0
        for number in range(batches):
            found = seal_decisions(database, store, Request(Actor("dewi", "stated"), NOW, request=f"s-{number}"), 200)
            count += sum(batch.count for batch in found)
            time.sleep(0.005)
        say([count])

    children = [*[Child(write) for _ in range(writers)], Child(seal)]
    *_, [[sealed]] = all_end(children)
    store = Decisions(url)
    try:
        seal_decisions(database, store, Request(Actor("dewi", "stated"), NOW), 200)
        found = verify_decisions(database, store)
    finally:
        store.close()
    assert found.misfits == ()
    assert (found.sealed, found.unsealed) == (writers * batches * 25, 0)
    return {"written": found.sealed, "sealed_meanwhile": sealed, "batches": found.batches}


def with_a_server(what: str, **arguments: Any) -> Any:
    """Call a function of this module with the address of a database on a server that keeps what it acknowledged."""
    server = Server(DURABLE)
    server.start()
    try:
        server.run_sql("CREATE DATABASE log")
        server.run_sql("CREATE DATABASE catalogue")
        if what == "server_killed":
            return server_killed(server, **arguments)
        return together(server.url("log"), server.url("catalogue"), **arguments)
    finally:
        server.stop()


def server_killed(server: Server, rounds: int) -> dict[str, int]:
    """Kill the server under two writers, again and again; they go on, and nothing they were told was kept is missing."""
    url = server.url("log")
    given = 0
    for _ in range(rounds):
        children = [Child(durable(url, f"c{number}")) for number in range(2)]
        for child in children:
            child.wait_for(3)
        server.crash()
        before = [len(child.said) for child in children]
        server.start_again()
        for child, count in zip(children, before, strict=True):
            child.wait_for(count + 3)
            child.kill()
        for child in children:
            assert child.end() == -9
        kept = ids(url)
        said = [one for child in children for part in child.said for one in part]
        assert set(said) <= kept
        given += len(said)
    return {"rounds": rounds, "given": given}
