"""Keeps the projection as today's documents are: called by the one that writes documents, in its transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table

from lineage.store import bulk
from lineage.store.projection.mapper import Mapper, Row
from lineage.store.projection.mappers import MAPPERS


@dataclass(frozen=True, slots=True)
class Current:
    """What a document is from now on; ``known`` where the projection has rows of it already."""

    key: str
    body_text: str
    retired: bool
    sequence: int
    known: bool


def project(connection: Connection, documents: Mapping[str, Sequence[Current]]) -> None:
    """Write the rows of documents, given by kind; rows of what was there before are replaced."""
    for kind, mapper in MAPPERS.items():
        if documents.get(kind):
            _project(connection, mapper, documents[kind])


def _project(connection: Connection, mapper: Mapper, documents: Sequence[Current]) -> None:
    new: list[Row] = []
    changed: list[Row] = []
    parts: list[list[Row]] = [[] for _ in mapper.children]
    for document in documents:
        body: dict[str, Any] = json.loads(document.body_text)
        row = mapper.row(document.key, body, document.sequence, retired=document.retired)
        if document.known:
            changed.append((*row[1:], row[0]))
        else:
            new.append(row)
        for child, rows in zip(mapper.children, parts, strict=True):
            rows.extend(child.rows(document.key, body))
    columns = names(mapper.table)
    bulk.insert(connection, mapper.table.name, columns, new)
    bulk.update(connection, mapper.table.name, columns[1:], columns[:1], changed)
    before = [(row[-1],) for row in changed]
    for child, rows in zip(mapper.children, parts, strict=True):
        own = names(child.table)
        bulk.delete(connection, child.table.name, own[:1], before)
        bulk.insert(connection, child.table.name, own, rows)


def names(table: Table) -> list[str]:
    """Give the names of a table's columns, in order."""
    return [column.name for column in table.columns]


def by_kind(documents: Iterable[tuple[str, Current]]) -> dict[str, list[Current]]:
    """Gather documents by kind."""
    found: dict[str, list[Current]] = {}
    for kind, document in documents:
        found.setdefault(kind, []).append(document)
    return found
