"""Migrations that end in the middle: by an error at any statement, or by the death of the program."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from lineage.errors import LineageError
from lineage.services.changing import carry_out
from lineage.store import engines, schema
from lineage.store.address import address_of
from lineage.store.database import Database
from tests.faults.invariants import broken
from tests.faults.processes import Child
from tests.faults.work import element, request
from tests.unit.store.samples import all_changes

POSTGRES = (
    "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid > 0",
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
)
SQLITE = ("SELECT type, name, tbl_name, sql FROM sqlite_master",)


class Struck(Exception):
    """What ends a migration."""


def made_at(url: str, revision: str) -> Database:
    """Make a catalogue in which every kind has documents, and take it back to an older revision."""
    schema.upgrade(url)
    database = Database(url)
    carry_out(database, request("made"), all_changes())
    carry_out(database, request("more"), [element("counter.0", "0")])
    schema.downgrade(url, revision)
    return database


def contents(url: str) -> dict[str, str]:
    """Give everything a database holds: how its tables are made, and a digest of the rows of each."""
    with engines.writer(address_of(url)).connect() as connection, connection.begin():
        postgres = connection.dialect.name == "postgresql"
        queries = POSTGRES if postgres else SQLITE
        found = {query: _digest(connection, query) for query in queries}
        names = connection.dialect.get_table_names(connection, "public" if postgres else "main")
        return found | {name: _digest(connection, f'SELECT * FROM "{name}"') for name in names}


def _digest(connection: Connection, query: str) -> str:
    rows = sorted(repr(tuple(row)) for row in connection.execute(text(query)))
    return f"{len(rows)} {sha256(repr(rows).encode()).hexdigest()[:16]}"


@contextmanager
def struck_at(nth: int, *, kill: bool = False) -> Iterator[list[str]]:
    """Strike at the n-th statement of any connection (0: never); give the statements there were."""
    seen: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)
        if len(seen) == nth:
            if kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Struck(statement)

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def run(url: str, revision: str, points: int) -> dict[str, Any]:
    """Strike so many statements of the way up from a revision (0: every one); then go up, and look at everything."""
    database = made_at(url, revision)
    old = contents(url)
    with struck_at(0) as seen:
        schema.upgrade(url)
    new, count = contents(url), len(seen)
    schema.downgrade(url, revision)
    assert contents(url) == old, "going up and down again is not where it began"
    counts: Counter[str] = Counter(statements=count)
    stride = max(1, count // points) if points else 1
    for number, nth in enumerate(range(1 + count % stride, count + 1, stride)):
        _strike(url, nth, kill=number % 2 == 1)
        counts["killed" if number % 2 else "raised"] += 1
        after = contents(url)
        assert after in (old, new), f"statement {nth}: neither old nor new"
        assert after == old or nth > count - 2, f"statement {nth}: new, though there was more to do"
        assert schema.current(url) == (revision if after == old else schema.HEAD)
    counts["versions up"] = schema.REVISIONS.index(schema.upgrade(url)[1]) - schema.REVISIONS.index(revision)
    assert contents(url) == new
    _look(url, database)
    return dict(counts)


def _strike(url: str, nth: int, *, kill: bool) -> None:
    if kill:

        def upgrade(_say: Any) -> None:
            with struck_at(nth, kill=True):
                schema.upgrade(url)

        assert Child(upgrade).end() == -signal.SIGKILL
        return
    with struck_at(nth):
        try:
            schema.upgrade(url)
        except (Struck, LineageError):
            return
    raise AssertionError(f"statement {nth} was struck, and nobody noticed")


def _look(url: str, database: Database) -> None:
    """The journal is whole, tables that were gone were filled from the documents, and it can be written."""
    assert schema.check(url) == []
    assert broken(database) == []
    carry_out(database, request("after"), [element("counter.0", "1", "change")], {("element", "counter.0"): 1})
    assert broken(database) == []
