"""The guards as triggers of SQLite: one a table and event, which looks at each row before it comes or goes.

Every connection reads all of them when it opens, so that they are short. REPLACE takes away what stands in its way
without a trigger that would notice: so a row of the record is refused when it
would take the place of another, and every row that brings its own number along.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Integer, Table, UniqueConstraint

from lineage.store.guards_rules import ALWAYS, Rule, governed, rules_of


class Words:
    """How SQLite says it."""

    same = "IS"
    one_by_one = True

    def field(self, body: str, name: str) -> str:
        return f"json_extract({body}, '$.{name}')"

    def within(self, value: str, body: str, name: str) -> str:
        return f"{value} IN (SELECT a.value FROM json_each({body}, '$.{name}') AS a)"


def install(connection: Connection) -> None:
    """Make all triggers."""
    for statement in _wanted().values():
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Take every guard away, also those of an earlier version of this program."""
    for name in _stored(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def missing(connection: Connection) -> Iterator[str]:
    """Give each guard that is not there or says something else."""
    stored = _stored(connection)
    for name, statement in _wanted().items():
        if name not in stored:
            yield f"trigger {name} is missing"
        elif stored[name] != statement:
            yield f"trigger {name} was altered"


def foreign(connection: Connection) -> Iterator[str]:
    """Give each trigger that is none of ours, whatever it is on."""
    query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY tbl_name, name"
    wanted = _wanted()
    for name, table in connection.exec_driver_sql(query):
        if name not in wanted:
            yield f"trigger {name} of {table} is not known"


def _stored(connection: Connection) -> dict[str, str]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"
    return {row[0]: row[1] for row in connection.exec_driver_sql(query)}


def _wanted() -> dict[str, str]:
    return {name: statement for table in governed() for name, statement in _triggers(table)}


def _triggers(table: Table) -> Iterator[tuple[str, str]]:
    """Give name and statement of each trigger of a table."""
    rules = rules_of(table, Words(), "NEW")
    for event, found in (
        ("INSERT", (*_in_the_way(table), *rules.insert)),
        ("UPDATE", rules.update if _numbered(table) else _unmoved(rules.update)),
        ("DELETE", rules.delete),
    ):
        name = f"guard_{table.name}_{event.lower()}"
        yield name, f"CREATE TRIGGER {name} BEFORE {event} ON {table.name} BEGIN SELECT {_refusal(found)}; END"


def _refusal(rules: tuple[Rule, ...]) -> str:
    (condition, message), *others = rules
    if condition == ALWAYS:
        return f"RAISE(ABORT, '{message}')"
    if not others:
        return f"RAISE(ABORT, '{message}') WHERE {condition}"
    cases = (f"WHEN {condition} THEN RAISE(ABORT, '{message}')" for condition, message in rules)
    return f"CASE {' '.join(cases)} END"


def _in_the_way(table: Table) -> Iterator[Rule]:
    """Refuse rows that would take the place of another.

    The rules of documents and of the journal see to their keys. Rows of the projection only come while their document is
    new: what they could replace is as new. SQLite says -1 of a row's number that the statement does not give.
    """
    if not _numbered(table):
        yield "NEW.rowid > 0", f"rows of {table.name} do not bring their number along"
    unique = [[column.name for column in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)]
    if "kind" not in table.info and "of" not in table.info and table.name not in ("document", "journal"):
        unique.append([column.name for column in table.primary_key.columns])
    for names in sorted(unique):
        parts = " AND ".join(f"{name} = NEW.{name}" for name in names)
        given = " AND ".join(f"NEW.{name} IS NOT NULL" for name in names)
        there = f"{given} AND EXISTS (SELECT 1 FROM {table.name} WHERE {parts})"
        yield there, f"there is a row of {table.name} with this {' and '.join(names)}"


def _unmoved(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Refuse that a row takes the number of another, too."""
    (condition, message), *others = rules
    return rules if condition == ALWAYS else ((f"NEW.rowid <> OLD.rowid OR {condition}", message), *others)


def _numbered(table: Table) -> bool:
    """Whether the key is the row's number itself: a single whole number."""
    columns = list(table.primary_key.columns)
    return len(columns) == 1 and isinstance(columns[0].type, Integer)
