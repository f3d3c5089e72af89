"""The guards as triggers of SQLite: one a table and event, which looks at each row before it comes or goes.

REPLACE takes away what stands in its way without a trigger that would notice, so that a row is refused whenever a row
like it, of whatever unique column, is there already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Index, Integer, Table, UniqueConstraint

from lineage.store.guards_rules import ALWAYS, SIZE, START, Rule, governed, now, rules_of


class Words:
    """How SQLite says it."""

    same = "IS"
    size = "(SELECT size FROM guard_start)"
    start = "(SELECT start FROM guard_start)"
    now = "guard_now"
    one_by_one = True

    def field(self, body: str, name: str) -> str:
        return f"json_extract({body}, '$.{name}')"

    def within(self, value: str, body: str, name: str) -> str:
        return f"{value} IN (SELECT a.value FROM json_each({body}, '$.{name}') AS a)"


VIEWS = {
    "guard_start": f"CREATE VIEW guard_start AS SELECT {SIZE} AS size, {START} AS start",
    "guard_now": f"CREATE VIEW guard_now AS {now(Words.start)}",
}
"""What many triggers say: every connection reads all of them when it opens, so that they have to be short."""


def install(connection: Connection) -> None:
    """Make all triggers, and the views they look into."""
    for statement in _wanted().values():
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Take every guard away, also those of an earlier version of this program."""
    for name, statement in sorted(_stored(connection).items(), reverse=True):
        connection.exec_driver_sql(f'DROP {statement.split()[1]} "{name}"')


def missing(connection: Connection) -> Iterator[str]:
    """Give each guard that is not there or says something else."""
    stored = _stored(connection)
    for name, statement in _wanted().items():
        what = f"{statement.split()[1].lower()} {name}"
        if name not in stored:
            yield f"{what} is missing"
        elif stored[name] != statement:
            yield f"{what} was altered"


def _stored(connection: Connection) -> dict[str, str]:
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view') AND name LIKE 'guard\\_%' ESCAPE '\\'"
    )
    return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def _wanted() -> dict[str, str]:
    return VIEWS | {name: said for table in governed() for name, said in _triggers(table)}


def _triggers(table: Table) -> Iterator[tuple[str, str]]:
    """Give name and statement of each trigger of a table."""
    rules = rules_of(table, Words(), "NEW")
    there = (_there(table), f"this row of {table.name} is there already")
    for event, found in (
        ("INSERT", (there, *rules.insert)),
        ("UPDATE", rules.update if _numbered(table) else _unmoved(rules.update)),
        ("DELETE", rules.delete),
    ):
        name = f"guard_{table.name}_{event.lower()}"
        yield name, f"CREATE TRIGGER {name} BEFORE {event} ON {table.name} BEGIN SELECT {_refusal(found)}; END"


def _unmoved(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Refuse that a row takes the number of another, which REPLACE would take away."""
    (condition, message), *others = rules
    return rules if condition == ALWAYS else ((f"NEW.rowid <> OLD.rowid OR {condition}", message), *others)


def _refusal(rules: tuple[Rule, ...]) -> str:
    if rules[0][0] == ALWAYS:
        return f"RAISE(ABORT, '{rules[0][1]}')"
    cases = (f"WHEN {condition} THEN RAISE(ABORT, '{message}')" for condition, message in rules)
    return f"CASE {' '.join(cases)} END"


def _there(table: Table) -> str:
    """Give the condition that a row would take the place of another, by whatever is unique.

    A part of a document may only come while the document's row is new, and then nothing of another can be in its way but
    by the number of the row.
    """
    found = [] if _numbered(table) else [f"NEW.rowid IN (SELECT rowid FROM {table.name})"]
    unique = [list(one.columns) for one in _by_name(table.constraints) if isinstance(one, UniqueConstraint)]
    for columns in [] if "of" in table.info else [list(table.primary_key.columns), *unique]:
        found.append(_taken(table, [column.name for column in columns]))
    found.extend(_of_index(table, index) for index in _by_name(table.indexes) if index.unique)
    return " OR ".join(found)


def _by_name(parts: Iterable[Any]) -> list[Any]:
    return sorted(parts, key=lambda part: str(part.name))


def _taken(table: Table, names: list[str]) -> str:
    if len(names) == 1:
        return f"NEW.{names[0]} IN (SELECT {names[0]} FROM {table.name})"
    parts = " AND ".join(f"{name} = NEW.{name}" for name in names)
    return f"EXISTS (SELECT 1 FROM {table.name} WHERE {parts})"


def _of_index(table: Table, index: Index) -> str:
    """An index with a condition binds a row that comes only when the row meets it as well."""
    names = [column.name for column in index.columns]
    where = index.dialect_options["sqlite"]["where"]
    if where is None:
        return _taken(table, names)
    parts = " AND ".join(f"{name} = NEW.{name}" for name in names)
    return f"NEW.{where} AND EXISTS (SELECT 1 FROM {table.name} WHERE {parts} AND {where})"


def _numbered(table: Table) -> bool:
    """Whether the key is the row's number itself: a single whole number."""
    columns = list(table.primary_key.columns)
    return len(columns) == 1 and isinstance(columns[0].type, Integer)
