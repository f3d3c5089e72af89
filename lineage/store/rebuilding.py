"""The projection emptied and made anew from today's documents, by whoever owns the tables."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import Connection

from lineage.store import guards
from lineage.store.bulk import is_postgres
from lineage.store.projection.differences import differences
from lineage.store.projection.mappers import MAPPERS
from lineage.store.projection.writer import Current, project
from lineage.store.verify_rows import fetch, stream

BATCH = 2_500
"""Documents made into rows at a time."""


def count_differences(connection: Connection) -> int:
    """Count the rows of the projection that are not what their documents give."""
    return sum(1 for _ in differences(connection))


def rebuild(connection: Connection) -> None:
    """Make the projection anew, in the transaction of a writer, and the guards with it.

    What stands in the way is the guards themselves, which refuse rows that no new entry speaks of: they are taken away
    and put back before the transaction ends, so that nobody else ever sees the tables without them.
    """
    guards.drop(connection)
    for mapper in reversed(list(MAPPERS.values())):
        for table in reversed(mapper.tables):
            connection.exec_driver_sql(f"DELETE FROM {connection.dialect.identifier_preparer.format_table(table)}")
    for kind in MAPPERS:
        for batch in _batches(_current(connection, kind)):
            project(connection, {kind: batch})
    check_references_now(connection)
    guards.install(connection)


def check_references_now(connection: Connection) -> None:
    """Check references that were to be checked at the end: PostgreSQL changes no triggers of a table before that."""
    if is_postgres(connection):
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")


def size_of(connection: Connection) -> int:
    """Give how many entries the journal has."""
    rows = fetch(connection, "SELECT size FROM head")
    return int(rows[0][0]) if rows else 0


def _current(connection: Connection, kind: str) -> Iterable[Current]:
    query = f"SELECT key, body, retired, sys_from FROM document WHERE kind = '{kind}' AND sys_to IS NULL ORDER BY key"
    for key, body, retired, sequence in stream(connection, query):
        yield Current(key, body, bool(retired), sequence, known=False)


def _batches(documents: Iterable[Current]) -> Iterable[list[Current]]:
    rest = iter(documents)
    while batch := list(islice(rest, BATCH)):
        yield batch
