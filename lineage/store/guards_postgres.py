"""The guards as triggers of PostgreSQL, which fire whatever ``session_replication_role`` says.

Rows that come are looked at once a statement, since they come by the thousand; rows that change or go one by one.
Functions name their own search path, so that nobody puts a table or an operator of the same name before ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table

from lineage.store.guards_rules import ALWAYS, Rule, Rules, governed, rules_of

ROW, BEFORE = 1, 2
EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
"""Bits of ``pg_trigger.tgtype``."""

_CODE = "USING ERRCODE = 'integrity_constraint_violation'"


class Words:
    """How PostgreSQL says it."""

    same = "IS NOT DISTINCT FROM"
    one_by_one = False

    def field(self, body: str, name: str) -> str:
        return f"(CAST({body} AS json) ->> '{name}')"

    def within(self, value: str, body: str, name: str) -> str:
        return f"{value} IN (SELECT json_array_elements_text(CAST({body} AS json) -> '{name}'))"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger and the function of the same name that it calls."""

    table: str
    name: str
    events: tuple[str, ...]
    body: str
    row: bool = False
    rows: str = ""

    @property
    def bits(self) -> int:
        """What ``pg_trigger.tgtype`` says of it."""
        return sum(EVENTS[event] for event in self.events) + (ROW if self.row else 0) + (0 if self.rows else BEFORE)

    def statements(self, schema: str) -> Iterator[str]:
        """Give the statements that make it."""
        settings = " ".join(f"SET {name} TO {value}" for name, value in settings_of(schema).items())
        yield f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql {settings} AS $guard${self.body}$guard$"
        when = "AFTER" if self.rows else "BEFORE"
        rows = f" REFERENCING NEW TABLE AS {self.rows}" if self.rows else ""
        yield (
            f"CREATE TRIGGER {self.name} {when} {' OR '.join(self.events)} ON {self.table}{rows}"
            f" FOR EACH {'ROW' if self.row else 'STATEMENT'} EXECUTE FUNCTION {self.name}()"
        )
        yield f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name}"


def settings_of(schema: str) -> dict[str, str]:
    """Give what holds inside the functions.

    Temporary tables come last in the search path, which is first unless said. A plan is made once: making one anew for
    each row takes twenty times as long as to look.
    """
    return {"search_path": f"pg_catalog, {schema}, pg_temp", "plan_cache_mode": "force_generic_plan"}


def install(connection: Connection) -> None:
    """Make all functions and triggers, in one go: there are hundreds."""
    schema = _schema(connection)
    cursor: Any = connection.connection.cursor()
    with cursor:
        cursor.execute(";\n".join(statement for trigger in _wanted() for statement in trigger.statements(schema)))


def drop(connection: Connection) -> None:
    """Take every guard away, also those of an earlier version of this program."""
    query = (
        "SELECT format('DROP TRIGGER %%I ON %%s', t.tgname, t.tgrelid::regclass) FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = current_schema()::regnamespace"
        " AND NOT t.tgisinternal AND t.tgname LIKE 'guard\\_%%'"
        " UNION ALL SELECT format('DROP FUNCTION %%s', p.oid::regprocedure) FROM pg_proc p"
        " WHERE p.pronamespace = current_schema()::regnamespace AND p.proname LIKE 'guard\\_%%'"
    )
    statements = list(connection.exec_driver_sql(query).scalars())
    if statements:
        cursor: Any = connection.connection.cursor()
        with cursor:
            cursor.execute(";\n".join(statements))


def missing(connection: Connection) -> Iterator[str]:
    """Give each trigger that is not there, does not fire always, or says or calls something else."""
    schema, stored = _schema(connection), _stored(connection)
    for trigger in _wanted():
        found = stored.get((trigger.table, trigger.name))
        if found is None:
            yield f"trigger {trigger.name} is missing"
        elif found.tgenabled != "A":
            yield f"trigger {trigger.name} is disabled"
        elif _said(found) != (trigger.bits, trigger.rows, trigger.name, trigger.body, settings_of(schema)):
            yield f"trigger {trigger.name} was altered"


def foreign(connection: Connection) -> Iterator[str]:
    """Give each trigger, rule and policy on tables of the catalogue's schema that is none of ours."""
    wanted = {(trigger.table, trigger.name) for trigger in _wanted()}
    for table, name in sorted(_stored(connection).keys() - wanted):
        yield f"trigger {name} of {table} is not known"
    for what, name, table in connection.exec_driver_sql(_OTHERS):
        yield f"{what} {name} of {table} is not known"


_OTHERS = (
    "SELECT 'rule', r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
    " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
    " UNION ALL SELECT 'policy', p.polname, c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace ORDER BY 1, 3, 2"
)


def _said(found: Any) -> tuple[Any, ...]:
    """Give what a stored trigger does; one with a condition, columns or arguments is none of ours."""
    if found.narrowed:
        return ()
    settings = dict(one.split("=", 1) for one in found.proconfig or ())
    return found.tgtype, found.tgnewtable or "", found.proname, found.prosrc, settings


def _stored(connection: Connection) -> dict[tuple[str, str], Any]:
    query = (
        "SELECT c.relname, t.tgname, t.tgtype, t.tgenabled, t.tgnewtable, p.proname, p.prosrc, p.proconfig,"
        " (t.tgqual IS NOT NULL OR t.tgnargs > 0 OR t.tgattr::text <> '' OR t.tgoldtable IS NOT NULL"
        " OR p.pronamespace <> c.relnamespace OR l.lanname <> 'plpgsql' OR p.prosecdef) AS narrowed"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " JOIN pg_language l ON l.oid = p.prolang"
        " WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal"
    )
    return {(row.relname, row.tgname): row for row in connection.exec_driver_sql(query)}


def _schema(connection: Connection) -> str:
    found: str = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    return found


def _wanted() -> list[Trigger]:
    return [trigger for table in governed() for trigger in _triggers(table)]


def _triggers(table: Table) -> Iterator[Trigger]:
    rules = rules_of(table, Words(), "n")
    never = (*(event for event, found in _events(rules) if found and found[0][0] == ALWAYS), "TRUNCATE")
    message = f"rows of {table.name} are never changed or deleted"
    yield Trigger(table.name, f"guard_{table.name}_never", never, f" BEGIN RAISE EXCEPTION '{message}' {_CODE}; END ")
    for event, found in _events(rules):
        if not found or event in never:
            continue
        name = f"guard_{table.name}_{event.lower()}"
        if event == "INSERT":
            yield Trigger(table.name, name, (event,), _each(found), rows="fresh")
        else:
            yield Trigger(table.name, name, (event,), _one(found, "NEW" if event == "UPDATE" else "OLD"), row=True)


def _events(rules: Rules) -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    return ("INSERT", rules.insert), ("UPDATE", rules.update), ("DELETE", rules.delete)


def _each(rules: tuple[Rule, ...]) -> str:
    """Write a function that looks at all rows of a statement."""
    cases = " ".join(f"WHEN {condition} THEN '{message}'" for condition, message in rules)
    return (
        f" DECLARE refusal text; BEGIN SELECT f.said INTO refusal FROM (SELECT CASE {cases} END AS said FROM fresh AS n) AS f"
        f" WHERE f.said IS NOT NULL LIMIT 1; IF refusal IS NOT NULL THEN RAISE EXCEPTION '%', refusal {_CODE}; END IF;"
        " RETURN NULL; END "
    )


def _one(rules: tuple[Rule, ...], row: str) -> str:
    """Write a function that looks at one row."""
    checks = (f"IF ({condition}) THEN RAISE EXCEPTION '{message}' {_CODE}; END IF;" for condition, message in rules)
    return f" BEGIN {' '.join(checks)} RETURN {row}; END "
