"""Where documents were last declared. Places are no facts: they change without a journal entry."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from lineage.domain.canonical import canonical
from lineage.store import bulk
from lineage.store.tables import place

CHUNK = 5_000
_KEY = ("kind", "key")
_REST = ("file", "line", "lines", "digest")

Declared = tuple[str, str, str, int, Mapping[str, int] | str, str]
"""Kind, key, file, line, line of each path in the body (or the JSON of these), digest of what was applied."""


def save_places(connection: Connection, rows: Iterable[Declared]) -> None:
    """Keep where documents are declared now; an earlier place of the same document is replaced. At most once each."""
    todo = iter(rows)
    while chunk := [(*row[:4], _text(row[4]), row[5]) for row in islice(todo, CHUNK)]:
        known = {row[:2] for row in _find(connection, [row[:2] for row in chunk])}
        new = [row for row in chunk if row[:2] not in known]
        moved = [(*row[2:], *row[:2]) for row in chunk if row[:2] in known]
        bulk.insert(connection, place.name, (*_KEY, *_REST), new)
        bulk.update(connection, place.name, _REST, _KEY, moved)


def _text(lines: Mapping[str, int] | str) -> str:
    return lines if isinstance(lines, str) else canonical(lines)


def forget_places(connection: Connection, keys: Collection[tuple[str, str]]) -> None:
    """Forget where documents were declared: no file declares them any more."""
    bulk.delete(connection, place.name, _KEY, sorted(keys))


def read_places(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, int, dict[str, int]]]:
    """Give file, line and the line of each path for those of the documents that are declared in a file."""
    found: dict[tuple[str, str], tuple[str, int, dict[str, int]]] = {}
    wanted = iter(sorted(set(keys)))
    while chunk := list(islice(wanted, CHUNK)):
        for kind, key, file, line, lines in _find(connection, chunk, "file", "line", "lines"):
            found[kind, key] = file, line, json.loads(lines)
    return found


def places_as_kept(connection: Connection) -> dict[tuple[str, str], tuple[str, int, str]]:
    """Give file, line and the JSON of the lines of every document declared in a file."""
    query = select(place.c.kind, place.c.key, place.c.file, place.c.line, place.c.lines)
    rows = connection.execute(query, execution_options={"stream_results": True, "yield_per": CHUNK})
    return {(row.kind, row.key): (row.file, row.line, row.lines) for row in rows}


def has_more(connection: Connection, than: int) -> bool:
    """Tell whether more documents than so many are declared in files; no more than these are counted."""
    return connection.execute(select(place.c.kind).offset(than).limit(1)).first() is not None


def applied(connection: Connection) -> dict[tuple[str, str], tuple[str, str]]:
    """Give, for every document declared in a file, the file and the digest of what was last applied from there."""
    query = select(place.c.kind, place.c.key, place.c.file, place.c.digest)
    rows = connection.execute(query, execution_options={"stream_results": True, "yield_per": CHUNK})
    return {(row.kind, row.key): (row.file, row.digest) for row in rows}


def _find(connection: Connection, keys: Collection[tuple[str, str]], *columns: str) -> Iterator[Any]:
    names = ", ".join(f"d.{name}" for name in (*_KEY, *columns))
    return bulk.found(connection, f"SELECT {names} FROM", "place AS d", keys)
