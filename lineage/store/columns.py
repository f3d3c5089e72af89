"""What the tables are made of: types, names of constraints, and where a projected column's value comes from.

A projected column says in ``info["taken"]`` which part of a document it holds, so that the table and its mapper cannot
drift apart; ``projection/mapper.py`` reads that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.dialects import postgresql

from lineage.domain.kinds import NOT_TOLD

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
"""How constraints are called, on every database alike, so that a later migration can name them."""

metadata = MetaData(naming_convention=NAMING)

KEY = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""A key: compared byte by byte on both databases, so that ranges of keys use the index."""

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A sequence of the journal, or another number that may grow."""

LARGEST = 2**63 - 1

Item = Any
Place = tuple[int | str, ...]
Each = Callable[[str, Mapping[str, Any]], Iterable[tuple[Place, Item]]]
"""Key and body of a document → for each child row its place (position, or regime) and the part of the body it holds."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a column's value comes from: the steps into the item, and how what lies there is written.

    ``how`` is asked only where something was said, or ``always``.
    """

    steps: tuple[str, ...]
    how: Callable[[Any], Any] | None = None
    always: bool = False


def column(name: str, kind: Any, taken: Taken, *more: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, *more, info={"taken": taken}, **options)


def taken(name: str, path: str | None, how: Callable[[Any], Any] | None = None) -> Taken:
    """Give the place of a column: its own name unless ``path`` says otherwise; ``""`` is the item itself."""
    path = name if path is None else path
    return Taken(tuple(path.split(".")) if path else (), how)


def text(name: str, path: str | None = None, *, needed: bool = False) -> Column[Any]:
    return column(name, Text(), taken(name, path), nullable=not needed)


def term(name: str, path: str | None = None, *, index: bool = False, needed: bool = False) -> Column[Any]:
    """A key that may also be a term of the vocabulary (a purpose, a regime, a country), and so no foreign key."""
    return column(name, KEY, taken(name, path), index=index, nullable=not needed)


def measured(name: str, path: str | None = None) -> Column[Any]:
    """A text that people may also write as a whole number."""
    return column(name, Text(), taken(name, path, str))


def number(name: str, path: str | None = None) -> Column[Any]:
    return column(name, NUMBER, taken(name, path, lambda value: max(-LARGEST, min(value, LARGEST))))


def day(name: str, path: str | None = None, *, index: bool = False) -> Column[Any]:
    """A day or an instant, as the document has it."""
    return column(name, Text(), taken(name, path), index=index)


def flag(name: str, path: str | None = None) -> Column[Any]:
    return column(name, Boolean(), taken(name, path))


def said(name: str, path: str, word: str) -> Column[Any]:
    """Whether ``word`` stands where a list could stand, such as ``told: not_told``."""
    return column(
        name, Boolean(), Taken(tuple(path.split(".")), lambda value: value == word, always=True), nullable=False
    )


def present(name: str, path: str) -> Column[Any]:
    """Whether something was said at all; an empty list says "nobody"."""
    return column(
        name, Boolean(), Taken(tuple(path.split(".")), lambda value: value is not None, always=True), nullable=False
    )


def one_of(name: str, values: type[StrEnum], path: str | None = None) -> Column[Any]:
    """A word of a closed list of ``lineage.domain.enumerations``."""
    found = column(name, Text(), taken(name, path))
    found.info["words"] = tuple(value.value for value in values)
    return found


def _lists(columns: Iterable[Column[Any]]) -> Iterator[CheckConstraint]:
    """Give the check constraints of columns whose words are a closed list."""
    for one in columns:
        if "words" in one.info:
            words = ", ".join(f"'{word}'" for word in one.info["words"])
            yield CheckConstraint(f"{one.name} IN ({words})", name=one.name)


def foreign(target: str) -> ForeignKey:
    """A reference that is checked at the end of the transaction: a statement speaks of elements stored after it."""
    return ForeignKey(f"{target}.key", deferrable=True, initially="DEFERRED")


def refers(name: str, target: str, path: str | None = None, *, needed: bool = False) -> Column[Any]:
    """A reference to another document; the words for "none" are no references."""
    how = None if needed else _unless_none
    return column(name, KEY, taken(name, path, how), foreign(target), index=True, nullable=not needed)


def _unless_none(key: str) -> str | None:
    return None if key in NOT_TOLD else key


def main(
    name: str, kind: str, *columns: Column[Any], under: tuple[str, str] | None = None, checks: Iterable[Any] = ()
) -> Table:
    """The table of a kind: one row a document; ``under`` is the column and table of the parent it hangs under."""
    parent = [Column(under[0], KEY, foreign(under[1]), nullable=False, index=True)] if under else []
    return Table(
        name,
        metadata,
        Column("key", KEY, primary_key=True),
        *parent,
        *columns,
        Column("retired", Boolean(), nullable=False),
        Column("sequence", NUMBER, nullable=False),
        *_lists(columns),
        *checks,
        info={"kind": kind, "under": under is not None},
    )


def child(
    name: str,
    parent: tuple[str, Table],
    each: Each,
    *columns: Column[Any],
    by: str = "position",
    checks: Iterable[Any] = (),
) -> Table:
    """A table of the parts of a document: one row a part, numbered from 0, or ``by`` the regime it speaks of."""
    place = Column(by, Integer() if by == "position" else KEY, primary_key=True, autoincrement=False)
    own = Column(parent[0], KEY, foreign(parent[1].name), primary_key=True)
    return Table(
        name,
        metadata,
        own,
        place,
        *columns,
        *_lists(columns),
        *checks,
        info={"of": parent[1].info["kind"], "each": each},
    )


def items(path: str) -> Each:
    """Each entry of a list in the body."""
    steps = path.split(".")

    def each(_: str, body: Mapping[str, Any]) -> Iterator[tuple[Place, Item]]:
        for position, item in enumerate(list_at(body, steps)):
            yield (position,), item

    return each


def entries(name: str) -> Each:
    """Each key and value of a mapping in the body."""
    return lambda _, body: (((key,), value) for key, value in (body.get(name) or {}).items())


def list_at(body: Any, steps: Iterable[str]) -> list[Any]:
    """Give the list at ``steps``; nothing there, or a word such as not_told, is an empty one."""
    for step in steps:
        body = body.get(step) if isinstance(body, dict) else None
    return body if isinstance(body, list) else []
