"""Writers that are killed again and again, on SQLite and on PostgreSQL, and what the catalogue holds after each time."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from lineage.errors import LineageError
from lineage.store.database import Database
from tests.faults.invariants import Ack, broken, requests_of
from tests.faults.processes import Child, Say
from tests.faults.work import bare, counter, increment, set_counter
from tests.postgres import DURABLE, Server

WRITERS = 3
GONE = ("went away", "is starting or ending", "cannot be read")


def on_sqlite(folder: str, rounds: int, seed: int) -> dict[str, Any]:
    """Kill one writer, or all of them, at any moment."""
    database = bare(f"sqlite:///{Path(folder) / 'lineage.db'}", WRITERS)
    return Rounds(database, seed).run(rounds, kill_writers)


def on_postgres(victim: str, rounds: int, seed: int) -> dict[str, Any]:
    """Kill writers, one of the server's processes, or the whole server."""
    server = Server(DURABLE).start()
    try:
        server.run_sql("CREATE DATABASE killed")
        found = Rounds(bare(server.url("killed"), WRITERS), seed, server)
        return found.run(rounds, {"client": kill_writers, "backend": kill_backend, "server": kill_server}[victim])
    finally:
        server.stop()


class Rounds:
    """One catalogue through all rounds; each writer counts its own counter up, and says so when it was told that it is done."""

    def __init__(self, database: Database, seed: int, server: Server | None = None) -> None:
        self.database, self.chance, self._server = database, random.Random(seed), server
        self.acks: list[Ack] = []
        self.counts: Counter[str] = Counter()
        self.recovery = 0.0

    @property
    def server(self) -> Server:
        assert self._server is not None
        return self._server

    def run(self, rounds: int, kill: Any) -> dict[str, Any]:
        for number in range(rounds):
            children = [Child(partial(self._write, number, writer)) for writer in range(WRITERS)]
            for child in children:
                child.wait_for(2)
            time.sleep(self.chance.uniform(0.0, 0.15))
            kill(self, children)
            for child in children:
                child.end()
                self._take(child.said)
            self._look(number)
            self.counts["rounds"] += 1
        return dict(self.counts) | {"slowest recovery": round(self.recovery, 2)}

    def _write(self, number: int, writer: int, say: Say) -> None:
        """Count up until killed, or until the server is gone."""
        for turn in itertools.count():
            try:
                ack = increment(self.database, f"counter.{writer}", f"round-{number}/writer-{writer}/{turn}")
            except LineageError as error:
                say({"error": error.sentence, "code": error.exit_code, "fix": error.fix})
                return
            assert ack is not None
            say(ack)

    def _take(self, said: list[Any]) -> None:
        for what in said:
            if "error" in what:
                assert what["code"] == 3, what
                assert any(words in what["error"] for words in GONE), what
                self.counts["told that the server is gone"] += 1
            else:
                self.acks.append(what)
                self.counts["acknowledged"] += 1

    def _look(self, number: int) -> None:
        """Look at everything after a round, then let each writer send again what it does not know the end of."""
        self._recovered()
        assert broken(self.database, self.acks) == []
        kept = requests_of(self.database)
        for writer in range(WRITERS):
            own = [ack["request"] for ack in self.acks if f"/writer-{writer}/" in ack["request"]]
            start = f"round-{number}/writer-{writer}/"
            name = f"{start}{sum(request.startswith(start) for request in own)}"
            ack = set_counter(self.database, f"counter.{writer}", len(own) + 1, name)
            assert ack["repeated"] == (name in kept)
            self.acks.append(ack)
            self.counts["kept though not acknowledged"] += name in kept
            self.counts["sent again"] += 1
        assert len(self.acks) == len(requests_of(self.database)) - 1 == value(self.database)

    def _recovered(self) -> None:
        start = time.monotonic()
        while True:
            try:
                self.database.check_version()
            except LineageError:
                assert time.monotonic() - start < 30, "it does not recover"
                time.sleep(0.02)
            else:
                break
        self.recovery = max(self.recovery, time.monotonic() - start)


def value(database: Database) -> int:
    """Give what all writers counted together."""
    return sum(counter(database, f"counter.{writer}") for writer in range(WRITERS))


def kill_writers(rounds: Rounds, children: list[Child]) -> None:
    """Kill one, give the others a moment to go on, then kill them all."""
    rounds.chance.choice(children).kill()
    time.sleep(rounds.chance.uniform(0.0, 0.05))
    for child in children:
        child.kill()
    rounds.counts["killed"] += len(children)


def kill_backend(rounds: Rounds, children: list[Child]) -> None:
    """Kill one process that serves a writer: the server throws everybody out, and recovers."""
    found: list[int] = []
    while not found:
        found = rounds.server.backends()
    try:
        os.kill(rounds.chance.choice(found), signal.SIGKILL)
        rounds.counts["killed"] += 1
    except ProcessLookupError:
        rounds.counts["gone before it was killed"] += 1
    time.sleep(0.05)
    for child in children:
        child.kill()


def kill_server(rounds: Rounds, children: list[Child]) -> None:
    """Kill the server and all its processes, and start it on the same data."""
    rounds.counts["killed"] += rounds.server.crash()
    rounds.server.start_again()
    for child in children:
        child.kill()
