"""Documents into rows: a mapper for each kind, made from what the columns of its tables say they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from lineage.store.columns import Each, Taken

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ChildMapper:
    """Fills one child table from the part of the body it holds."""

    table: Table
    each: Each
    taken: tuple[Taken, ...]

    def rows(self, key: str, body: Mapping[str, Any]) -> Iterator[Row]:
        """Give the rows of one document; a part that says nothing, or only "none", is no row."""
        for place, item in self.each(key, body):
            values = values_of(item, self.taken)
            if any(value is not None for value in values):
                yield (key, *place, *values)


@dataclass(frozen=True, slots=True)
class Mapper:
    """Fills the table of one kind, and those of its parts."""

    kind: str
    table: Table
    under: bool
    taken: tuple[Taken, ...]
    children: tuple[ChildMapper, ...]

    def row(self, key: str, body: Mapping[str, Any], sequence: int, *, retired: bool) -> Row:
        """Give the one row of a document in the main table of its kind."""
        parent = (key.partition("#")[0],) if self.under else ()
        return (key, *parent, *values_of(body, self.taken), retired, sequence)

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table, *(child.table for child in self.children))


def values_of(item: Any, taken: tuple[Taken, ...]) -> list[Any]:
    """Take each column's value out of ``item``; what was not said is None."""
    values = []
    for place in taken:
        value = item
        for step in place.steps:
            if value is None:
                break
            value = value.get(step)
        if place.how is not None and (value is not None or place.always):
            value = place.how(value)
        values.append(value)
    return values
