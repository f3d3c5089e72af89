"""The journal on both databases: what digests cost, commands a second, verification, any past day, growth.

    python3 dev.py bench journal

Ratios compare runs that take turns, and are medians of five. ``--large`` (``python3 benchmarks/journal.py --large``) adds
the sizes that take minutes: a million entries, and as-of of 100,000 elements in five versions on PostgreSQL too.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from unittest.mock import patch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.check import calibrate  # noqa: E402 - the folder has to be on the path first
from lineage.domain.canonical import canonical, digest_of  # noqa: E402
from lineage.services.changing import Actor, Request, carry_out  # noqa: E402
from lineage.store import commands, schema  # noqa: E402
from lineage.store.commands import Change, Command, write  # noqa: E402
from lineage.store.database import Database  # noqa: E402
from lineage.store.documents import read_current, read_one  # noqa: E402
from lineage.store.merkle import Frontier  # noqa: E402
from tests.postgres import DURABLE, Server  # noqa: E402

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUNS = 5
APPENDED = 20_000
WRITERS = 8
SECONDS = 6.0
SIZES = (10_000, 100_000)
LARGE = 1_000_000
ELEMENTS = 100_000
VERSIONS = 5


class Place:
    """Makes new, empty catalogues on one kind of database."""

    def __init__(self, name: str, folder: Path, server: Server | None) -> None:
        self.name = name
        self._folder = folder
        self._server = server
        self._made = 0

    def new(self) -> str:
        """Give the address of a new catalogue with tables and nothing in them."""
        self._made += 1
        if self._server is None:
            url = f"sqlite:///{self._folder}/{self._made}.db"
        else:
            self._server.run_sql(f"CREATE DATABASE bench_{self._made}")
            url = self._server.url(f"bench_{self._made}")
        schema.upgrade(url)
        return url


def element(number: int, version: int = 1, operation: str = "add") -> Change:
    """Make a change of an element whose document has some 400 bytes."""
    key = f"data.e{number:07d}"
    body = {
        "key": key, "title": f"Element {number}", "kind": "identity", "category": "pd:TelephoneNumber", "value": "text",
        "description": f"Generated element number {number} in its version {version}, " + "long enough to be like others" * 6,
        "steward": f"person-{number % 50}", "also_known_as": [f"e{number}", f"element {number}"],
    }  # fmt: skip
    text = canonical(body)
    return Change("element", key, operation, text, digest_of(text))  # type: ignore[arg-type]


def command(minute: int = 0) -> Command:
    return Command("maker", "stated", START + timedelta(minutes=minute), reason="measured")


def cost(work: Callable[[], object]) -> tuple[float, float]:
    """Give seconds and seconds of CPU of some work in this process."""
    wall, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - cpu


@contextmanager
def without_digests() -> Iterator[None]:
    """Write the same rows without hashing anything: what the log costs is the difference."""
    nothing = bytes(32)

    def grow(self: Frontier, leaf: bytes) -> None:  # noqa: ARG001 - takes the place of a method
        self.size += 1
        self._peaks = [nothing] * self.size.bit_count()

    with (
        patch.object(commands, "payload_digest", lambda *_: nothing),
        patch.object(commands, "leaf_hash", lambda _: nothing),
        patch.object(Frontier, "append", grow),
    ):
        yield


def overhead(place: Place) -> None:
    """Print what the Merkle log adds to a bulk append."""
    changes = [element(number) for number in range(APPENDED)]
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}

    def append(url: str) -> None:
        with Database(url).writing() as connection:
            write(connection, command(), changes)

    for _ in range(RUNS):
        for hashed in (False, True):
            url = place.new()
            if hashed:
                found[hashed].append(cost(lambda url=url: append(url)))  # type: ignore[misc]
            else:
                with without_digests():
                    found[hashed].append(cost(lambda url=url: append(url)))  # type: ignore[misc]
    (wall, cpu), (plain_wall, plain_cpu) = (
        (median(run[0] for run in found[hashed]), median(run[1] for run in found[hashed])) for hashed in (True, False)
    )
    print(
        f"{place.name}: {APPENDED:,} documents appended in {wall:.2f} s ({cpu:.2f} s CPU, {APPENDED / cpu:,.0f} entries per CPU"
        f" second); digests add {100 * (wall / plain_wall - 1):+.1f} % of time, {100 * (cpu / plain_cpu - 1):+.1f} % of CPU",
        flush=True,
    )


def _worker(url: str, number: int, ready: Barrier, done: multiprocessing.Queue[int]) -> None:
    """Write one document after the other, each in a command and a transaction of its own, from when all are connected."""
    database, count = Database(url, keep=True), -1
    end = float("inf")
    while perf_counter() < end:
        request = Request(Actor(f"writer-{number}", "stated"), datetime.now(UTC), request=f"{number}-{count}")
        carry_out(database, request, [element(number * 1_000_000 + count + 1)])
        count += 1
        if count == 0:
            ready.wait()
            end = perf_counter() + SECONDS
    database.close()
    done.put(count)


def singles(place: Place, writers: int) -> None:
    """Print how many single commands several processes get through in a second."""
    url, context = place.new(), multiprocessing.get_context("fork")
    done: multiprocessing.Queue[int] = context.Queue()
    ready = context.Barrier(writers)
    workers = [context.Process(target=_worker, args=(url, number, ready, done)) for number in range(writers)]
    for worker in workers:
        worker.start()
    count = sum(done.get() for _ in workers)
    for worker in workers:
        worker.join()
    print(f"{place.name}: {count / SECONDS:,.0f} single commands a second with {writers} writers", flush=True)


def fill(url: str, documents: int, versions: int = 1) -> list[int]:
    """Write documents in several versions; give the last entry of each."""
    database, ends = Database(url), []
    for version in range(1, versions + 1):
        operation = "add" if version == 1 else "change"
        with database.writing() as connection:
            changes = (element(number, version, operation) for number in range(documents))
            ends.append(write(connection, command(version), changes).last)
    return ends


def verification(place: Place, size: int) -> float:
    """Print what a full verification costs; give entries per CPU second."""
    from lineage.services.verifying import verify_log

    url = place.new()
    wall, cpu = cost(lambda: fill(url, size))
    print(f"{place.name}: {size:,} entries written in {wall:.1f} s ({size / cpu:,.0f} per CPU second)", flush=True)
    found: list[object] = []
    wall, cpu = cost(lambda: found.append(verify_log(Database(url), url, "full", datetime.now(UTC))))
    print(
        f"{place.name}: {size:,} entries verified in full in {wall:.2f} s ({size / cpu:,.0f} per CPU second)",
        flush=True,
    )
    return size / cpu


def past(place: Place, elements: int) -> None:
    """Print what reading a past point costs beside reading now."""
    url = place.new()
    ends = fill(url, elements, VERSIONS)
    database = Database(url)

    def read(as_of: int | None) -> int:
        with database.reading() as connection:
            return sum(1 for _ in read_current(connection, as_of=as_of))

    def one() -> None:
        with database.reading() as connection:
            for number in range(0, elements, elements // 100):
                read_one(connection, "element", f"data.e{number:07d}", ends[1])

    times: dict[int | None, list[float]] = {}
    for _ in range(RUNS):
        for as_of in (None, ends[0], ends[2]):
            times.setdefault(as_of, []).append(cost(lambda as_of=as_of: read(as_of))[0])  # type: ignore[misc]
    assert read(ends[2]) == read(None) == elements
    now, first, middle = (median(times[as_of]) for as_of in (None, ends[0], ends[2]))
    single = cost(one)[0] / 100
    print(
        f"{place.name}: {elements:,} elements x {VERSIONS} versions: now {now:.2f} s, oldest {first:.2f} s (x{first / now:.2f}),"
        f" middle {middle:.2f} s (x{middle / now:.2f}); one element {1000 * single:.2f} ms",
        flush=True,
    )


def main() -> None:
    """Measure both databases."""
    large = "--large" in sys.argv
    print(
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; ten million additions take {calibrate():.2f} s of CPU"
    )
    with tempfile.TemporaryDirectory() as name:
        server = Server(DURABLE).start()
        try:
            places = [Place("SQLite", Path(name), None), Place("PostgreSQL", Path(name), server)]
            for place in places:
                overhead(place)
                singles(place, 1)
                singles(place, WRITERS)
                rates = [verification(place, size) for size in (*SIZES, *((LARGE,) if large else ()))]
                ratios = ", ".join(f"x{one / other:.2f}" for one, other in pairwise(rates))
                print(f"{place.name}: cost of an entry from size to size: {ratios}", flush=True)
                if large or place.name == "SQLite":
                    past(place, ELEMENTS)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
