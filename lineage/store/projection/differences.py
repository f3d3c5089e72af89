"""Proves that the projection agrees with the documents: every row is made again and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from lineage.store.projection.mapper import Mapper, Row
from lineage.store.projection.mappers import MAPPERS
from lineage.store.verify_rows import stream


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what its document gives; ``sequence`` is the entry that wrote the document, where there is one."""

    table: str
    row: str
    what: str
    sequence: int | None

    def __str__(self) -> str:
        return f"{self.table} {self.row} {self.what}"


def rebuild_differences(connection: Connection) -> list[str]:
    """Name each row of the projection that differs from what the documents give; none when both agree."""
    return [str(found) for found in differences(connection)]


def differences(connection: Connection) -> Iterator[Difference]:
    """Give the same one by one. Both sides stream in order of their keys, so that memory stays flat."""
    for mapper in MAPPERS.values():
        yield from _of_kind(connection, mapper)


def _of_kind(connection: Connection, mapper: Mapper) -> Iterator[Difference]:
    """Walk along the documents of a kind and along its tables at once."""
    sides = [_Side(connection, table) for table in mapper.tables]
    query = (
        "SELECT key, body, retired, sys_from FROM document"
        f" WHERE kind = '{mapper.kind}' AND sys_to IS NULL ORDER BY key"
    )
    for key, text, retired, sequence in stream(connection, query):
        try:
            body: dict[str, Any] = json.loads(text)
            wanted = [[mapper.row(key, body, sequence, retired=retired)]]
            wanted += [sorted(child.rows(key, body), key=_places(child.table)) for child in mapper.children]
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            yield Difference(mapper.table.name, str(key), "cannot be made: its document is damaged", sequence)
            wanted = [[] for _ in sides]
        for side, rows in zip(sides, wanted, strict=True):
            yield from side.compared(key, rows, sequence)
    for side in sides:
        yield from side.rest()


class _Side:
    """The stored rows of one table, in the order of their keys."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._table = table
        self._width = len(table.primary_key.columns)
        query = select(table).order_by(*table.primary_key.columns)
        self._rows = stream(connection, str(query.compile(dialect=connection.dialect)))
        self._next: Row | None = next(self._rows, None)

    def compared(self, key: str, wanted: list[Row], sequence: int) -> Iterator[Difference]:
        """Compare the rows of one document; rows before them belong to none."""
        have: dict[Row, Row] = {}
        while self._next is not None and not _behind(self._next[0], key):
            row, self._next = self._next, next(self._rows, None)
            if row[0] == key:
                have[row[: self._width]] = row
            else:
                yield self._stray(row)
        for row in wanted:
            stored = have.pop(row[: self._width], None)
            if stored is None:
                yield Difference(self._table.name, _name(row, self._width), "is missing", sequence)
            elif stored != row:
                pairs = zip(self._table.columns, row, stored, strict=True)
                names = ", ".join(column.name for column, one, other in pairs if one != other)
                yield Difference(self._table.name, _name(row, self._width), f"differs in {names}", sequence)
        for row in have.values():
            yield self._stray(row)

    def rest(self) -> Iterator[Difference]:
        """Give the rows behind those of the last document."""
        while self._next is not None:
            row, self._next = self._next, next(self._rows, None)
            yield self._stray(row)

    def _stray(self, row: Row) -> Difference:
        at = row[-1] if "kind" in self._table.info and isinstance(row[-1], int) else None
        return Difference(self._table.name, _name(row, self._width), "belongs to no document", at)


def _behind(stored: Any, key: str) -> bool:
    return isinstance(stored, str) and isinstance(key, str) and stored > key


def _places(table: Table) -> Any:
    width = len(table.primary_key.columns)
    return lambda row: row[:width]


def _name(row: Row, width: int) -> str:
    return " ".join(str(part) for part in row[:width])
