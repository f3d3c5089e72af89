"""Programs that go on writing while somebody upgrades the catalogue under them."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

from lineage.errors import LineageError
from lineage.store import schema
from lineage.store.database import Database
from tests.faults.invariants import broken, requests_of
from tests.faults.processes import Child, Say, all_end
from tests.faults.work import bare, increment

WRITERS = 3


def set_version(url: str, revision: str) -> None:
    """Do what a newer program's migration does at its end."""
    with schema.changing(url) as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def run(url: str) -> dict[str, Any]:
    """Upgrade under three writers; give what they were told, and how much was written in all."""
    database = bare(url, WRITERS)
    children = [Child(partial(_write, database, number)) for number in range(WRITERS)]
    for child in children:
        child.wait_for(3)
    set_version(url, "9999")
    said = [what for lines in all_end(children) for what in lines]
    acks = [what for what in said if "request" in what]
    set_version(url, schema.HEAD)
    assert broken(database, acks) == []
    kept = len(requests_of(database)) - 1
    return {"told": [what for what in said if "code" in what], "acknowledged": len(acks), "kept": kept}


def _write(database: Database, number: int, say: Say) -> None:
    for turn in itertools.count():
        try:
            ack = increment(database, f"counter.{number}", f"{number}/{turn}")
        except LineageError as error:
            say({"kind": type(error).__name__, "sentence": error.sentence, "fix": error.fix, "code": error.exit_code})
            return
        say(ack)
