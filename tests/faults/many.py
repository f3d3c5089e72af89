"""A journal of a million entries: written in bulk, verified, and the work of both counted rather than timed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage.domain.canonical import canonical, digest_of
from lineage.store import schema
from lineage.store.commands import Change, Command, write
from lineage.store.database import Connection, Database
from lineage.store.verifying import verify
from tests.faults.invariants import LATER
from tests.faults.work import NOW

STEP = 1_000
"""Instructions of SQLite's machine in one unit of work."""

BLOCK = 400
"""Documents written one after the other, before each gets its next version."""


@dataclass(slots=True)
class Work:
    """How many units SQLite worked, and the processor's seconds of all."""

    units: int = 0
    cpu: float = 0.0


@contextmanager
def counted(connection: Connection) -> Iterator[Work]:
    work, start = Work(), time.process_time()

    def tick() -> int:
        work.units += 1
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(tick, STEP)
    try:
        yield work
    finally:
        driver.set_progress_handler(None, 0)
        work.cpu = time.process_time() - start


def run(folder: str, sizes: list[int]) -> list[dict[str, Any]]:
    """Let the journal grow to each size; verify it there, in full. Gives the work per entry."""
    url = f"sqlite:///{Path(folder) / 'lineage.db'}"
    schema.upgrade(url)
    database, found, size = Database(url), [], 0
    for wanted in sizes:
        with database.writing() as connection, counted(connection) as writing:
            written = write(connection, Command("rina", "stated", NOW, None, "in bulk"), _changes(size, wanted))
        assert written.changes == wanted - size
        with database.reading() as connection, counted(connection) as reading:
            outcome = verify(connection, "full", LATER)
        assert outcome.intact, outcome.breaks
        assert outcome.checked == outcome.size == wanted
        found.append({
            "entries": wanted,
            "written": wanted - size,
            "writing, units per thousand": round(1_000 * writing.units / (wanted - size), 1),
            "verifying, units per thousand": round(1_000 * reading.units / wanted, 1),
            "writing, entries per second": round((wanted - size) / writing.cpu),
            "verifying, entries per second": round(wanted / reading.cpu),
        })  # fmt: skip
        size = wanted
    return found


def _changes(start: int, end: int) -> Iterator[Change]:
    """Give five versions of each document, of one block of documents after the other."""
    for number in range(start, end):
        block, place = divmod(number, 5 * BLOCK)
        version, which = divmod(place, BLOCK)
        key = f"touchpoint-{block}-{which}"
        text = canonical({"key": key, "title": f"Version {version}"})
        yield Change("touchpoint", key, "change" if version else "add", text, digest_of(text))
