"""Many rows at once, through the driver: a row costs a few microseconds instead of SQLAlchemy's twenty."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

Row = tuple[Any, ...]
COPY_FROM = 50


def insert(connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows whose values stand in the order of ``columns``; PostgreSQL copies them in where that pays."""
    if not rows:
        return
    names = tuple(columns)
    if is_postgres(connection) and len(rows) >= COPY_FROM:
        _copy(connection, f"COPY {table} ({', '.join(names)}) FROM STDIN", rows)
        return
    _each(connection, _insert(table, names, mark(connection)), rows)


def _copy(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def update(
    connection: Connection, table: str, columns: Sequence[str], where: Sequence[str], rows: Sequence[Row]
) -> None:
    """Set ``columns`` of the rows found by ``where``; each row holds the new values, then what finds it."""
    if rows:
        _each(connection, _update(table, tuple(columns), tuple(where), mark(connection)), rows)


def delete(connection: Connection, table: str, where: Sequence[str], rows: Sequence[Row]) -> None:
    """Delete the rows found by ``where``."""
    if rows:
        found = " AND ".join(f"{name} = {mark(connection)}" for name in where)
        _each(connection, f"DELETE FROM {table} WHERE {found}", rows)


def _each(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    """Carry a statement out for every row; for one alone the driver has a shorter way than for many."""
    connection.exec_driver_sql(statement, rows[0] if len(rows) == 1 else list(rows))


def one(connection: Connection, query: str, *values: object) -> Any:
    """Give the one row of a query that every command asks, or None; ``?`` stands for a value. Cheaper than building it."""
    return connection.exec_driver_sql(_marked(query, mark(connection)), values).one_or_none()


@lru_cache(maxsize=256)
def _marked(query: str, value: str) -> str:
    return query.replace("?", value)


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def mark(connection: Connection) -> str:
    """Give the driver's mark for a value."""
    return "%s" if is_postgres(connection) else "?"


@lru_cache(maxsize=256)
def _insert(table: str, columns: tuple[str, ...], value: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([value] * len(columns))})"


@lru_cache(maxsize=256)
def _update(table: str, columns: tuple[str, ...], where: tuple[str, ...], value: str) -> str:
    new = ", ".join(f"{name} = {value}" for name in columns)
    found = " AND ".join(f"{name} = {value}" for name in where)
    return f"UPDATE {table} SET {new} WHERE {found}"


def found(
    connection: Connection, start: str, table: str, keys: Iterable[tuple[str, str]], condition: str = ""
) -> Iterator[Row]:
    """Look rows up by kind and key, thousands at once: one value is bound, however many keys there are.

    ``start`` is the query up to its FROM; ``table`` must be called ``d``; ``condition`` begins with AND.
    """
    wanted = list(keys)
    if is_postgres(connection):
        query = (
            f"{start} unnest(CAST(%s AS text[]), CAST(%s AS text[])) AS given(kind, key)"
            f" JOIN {table} USING (kind, key) WHERE true {condition}"
        )
        yield from map(
            tuple, connection.exec_driver_sql(query, ([kind for kind, _ in wanted], [key for _, key in wanted]))
        )
        return
    # CROSS JOIN keeps SQLite from reading the whole table first.
    query = (
        f"{start} (SELECT json_extract(value, '$[0]') AS kind, json_extract(value, '$[1]') AS key FROM json_each(?))"
        " AS given"
        f" CROSS JOIN {table} WHERE d.kind = given.kind AND d.key = given.key {condition}"
    )
    yield from map(tuple, connection.exec_driver_sql(query, (json.dumps(wanted),)))
