"""One mapper for each kind of document that has tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Table

from lineage.domain.kinds import KINDS
from lineage.store.columns import Taken, metadata
from lineage.store.projection import elements, surroundings, uses
from lineage.store.projection.mapper import ChildMapper, Mapper

MODULES = (surroundings, elements, uses)
"""Importing them puts their tables into the metadata."""


def _taken(table: Table) -> tuple[Taken, ...]:
    return tuple(column.info["taken"] for column in table.columns if "taken" in column.info)


def _mapper(kind: str, table: Table) -> Mapper:
    children = (
        ChildMapper(other, other.info["each"], _taken(other))
        for other in metadata.tables.values()
        if other.info.get("of") == kind
    )
    return Mapper(kind, table, bool(table.info["under"]), _taken(table), tuple(children))


def _mappers() -> Iterator[tuple[str, Mapper]]:
    tables = {table.info["kind"]: table for table in metadata.tables.values() if "kind" in table.info}
    for kind in KINDS:
        if kind in tables:
            yield kind, _mapper(kind, tables[kind])


MAPPERS: Mapping[str, Mapper] = dict[str, Any](_mappers())
"""Kind → its mapper, in the order in which kinds are stored; packs and vocabularies have no tables."""
