"""Proves that the projection agrees with the documents: every row is made again and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection, Table, select

from lineage.store.documents import CHUNK, holds
from lineage.store.projection.mapper import ChildMapper, Mapper, Row
from lineage.store.projection.mappers import MAPPERS
from lineage.store.tables import document


def rebuild_differences(connection: Connection) -> list[str]:
    """Name each row of the projection that differs from what the documents give; none when both agree.

    Both sides stream in order of their keys, so that memory stays flat.
    """
    found: list[str] = []
    for mapper in MAPPERS.values():
        for child in (None, *mapper.children):
            table = mapper.table if child is None else child.table
            found.extend(_compared(table, _expected(connection, mapper, child), _stored(connection, table)))
    return found


def _expected(connection: Connection, mapper: Mapper, child: ChildMapper | None) -> Iterator[Row]:
    columns = (document.c.key, document.c.body, document.c.retired, document.c.sys_from)
    query = select(*columns).where(holds(None), document.c.kind == mapper.kind).order_by(document.c.key)
    for row in connection.execute(query, execution_options={"stream_results": True, "yield_per": CHUNK}):
        body: dict[str, Any] = json.loads(row.body)
        if child is None:
            yield mapper.row(row.key, body, row.sys_from, retired=row.retired)
        else:
            yield from sorted(child.rows(row.key, body), key=lambda found: found[: _width(child.table)])


def _stored(connection: Connection, table: Table) -> Iterator[Row]:
    query = select(table).order_by(*table.primary_key.columns)
    for row in connection.execute(query, execution_options={"stream_results": True, "yield_per": CHUNK}):
        yield tuple(row)


def _compared(table: Table, expected: Iterator[Row], stored: Iterator[Row]) -> Iterator[str]:
    """Walk along both sides at once; the keys stand first in every row."""
    width = _width(table)
    nothing = repeat(None)
    ours, theirs = chain(expected, nothing), chain(stored, nothing)
    want, have = next(ours), next(theirs)
    while want is not None or have is not None:
        if have is None or (want is not None and want[:width] < have[:width]):
            yield f"{table.name} {_name(want, width)} is missing"
            want = next(ours)
        elif want is None or have[:width] < want[:width]:
            yield f"{table.name} {_name(have, width)} belongs to no document"
            have = next(theirs)
        else:
            if want != have:
                pairs = zip(table.columns, want, have, strict=True)
                names = ", ".join(column.name for column, one, other in pairs if one != other)
                yield f"{table.name} {_name(want, width)} differs in {names}"
            want, have = next(ours), next(theirs)


def _width(table: Table) -> int:
    return len(table.primary_key.columns)


def _name(row: Row | None, width: int) -> str:
    return " ".join(str(part) for part in row[:width]) if row else ""
