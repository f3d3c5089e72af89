"""Rows as the driver gives them, streamed: verification reads every one, and each costs a few microseconds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from sqlalchemy import Connection

from lineage.store.bulk import is_postgres

CHUNK = 2_000
"""Rows fetched at a time from a server."""

_names = count(1)


def stream(connection: Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a query without values to bind; what the database holds is not converted in any way."""
    driver: Any = connection.connection.driver_connection
    if is_postgres(connection):
        return _from_server(driver, query)
    rows: Iterator[tuple[Any, ...]] = driver.execute(query)
    return rows


def _from_server(driver: Any, query: str) -> Iterator[tuple[Any, ...]]:
    with driver.cursor(name=f"verify_{next(_names)}") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(query)
        yield from cursor


def fetch(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """Give the few rows of a query at once."""
    driver: Any = connection.connection.driver_connection
    rows: list[tuple[Any, ...]] = driver.execute(query).fetchall()
    return rows


def one(connection: Connection, query: str) -> Any:
    """Give the first value of a query, None when it has no row."""
    rows = fetch(connection, query)
    return rows[0][0] if rows else None


def read_broken_text(connection: Connection) -> None:
    """Let text that is not UTF-8 be read, with marks where it is broken: it is to be named, not to end the reading."""
    if not is_postgres(connection):
        driver: Any = connection.connection.driver_connection
        driver.text_factory = lambda data: data.decode(errors="surrogateescape")


def is_broken_text(error: BaseException) -> bool:
    """Whether a driver's error says that a text is not UTF-8."""
    return isinstance(error, UnicodeError) or "Could not decode to UTF-8" in str(error)
