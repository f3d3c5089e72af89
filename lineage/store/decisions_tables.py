"""The tables of a decision log: a store of its own, beside the catalogue and never in it.

They are made when the first decision is kept. The database itself refuses to change a decision, and to delete one that
was not dropped on purpose; whoever owns the tables can take that away, which is why decisions are sealed elsewhere.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Column, Connection, Identity, Integer, LargeBinary, MetaData, Table, Text

from lineage.errors import CannotAnswer, WrongUse
from lineage.store.columns import KEY, NAMING, NUMBER

VERSION = "1"
LOCK = 0x6465636973696F6E
"""Number of the advisory lock on PostgreSQL: writers share it, whoever looks where the log ends holds it alone."""

metadata = MetaData(naming_convention=NAMING)

about = Table("decision_about", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
"""``version`` of these tables, ``store``: the id of this log, ``salt``: what opaque names of callers are made with."""

said = Table("decision_said", metadata, Column("digest", Text, primary_key=True), Column("body", Text, nullable=False))
"""What many decisions share, each once: what a verdict said, and which knowledge it rests on. Named by their digest."""

decision = Table(
    "decision",
    metadata,
    Column("sequence", NUMBER, Identity(), primary_key=True),
    Column("id", KEY, nullable=False, unique=True),
    Column("time", NUMBER, nullable=False),
    Column("caller", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("element", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("regime", Text, nullable=False),
    Column("at", NUMBER, nullable=False),
    Column("effect", Text, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("knowledge", Text, nullable=False),
    Column("known", NUMBER, nullable=False),
    sqlite_autoincrement=True,
)
"""Every decision in the order of its commit. ``time``, ``at`` and ``known`` are microseconds since 1970.

A row with ``lost`` above 0 is a gap: so many decisions between ``time`` and ``at`` could not be kept.
"""

sealed = Table(
    "decision_sealed",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
"""The leaf hashes of each sealed batch, in order: they prove themselves against the root that the catalogue's journal holds."""

dropped = Table(
    "decision_dropped",
    metadata,
    Column("first", NUMBER, primary_key=True, autoincrement=False),
    Column("last", NUMBER, nullable=False),
)
"""Ranges of sequences that were dropped because their time was over; only those rows may be deleted."""

_SAYS = {
    "decision": "decisions are never changed, and only sealed ones are dropped",
    "decision_said": "what decisions say is never changed",
    "decision_sealed": "seals are never changed",
    "decision_dropped": "what was dropped stays known",
    "decision_about": "a decision log keeps its name",
}
_DROPPED = "EXISTS (SELECT 1 FROM decision_dropped AS d WHERE OLD.sequence BETWEEN d.first AND d.last)"


def need_tables(connection: Connection, shown: str) -> dict[str, str]:
    """Make the tables where there are none, in the transaction of a writer; give what the log says about itself.

    WrongUse when the database is a catalogue's, CannotAnswer when a newer program made the log.
    """
    found = read_about(connection, shown)
    if found is not None:
        return found
    if connection.dialect.has_table(connection, "alembic_version"):
        raise WrongUse(
            f"{shown} is a catalogue; decisions are kept in a store of their own.",
            "Name another database with --decisions or LINEAGE_DECISIONS.",
        )
    metadata.create_all(connection)
    _guard(connection)
    values = {"version": VERSION, "store": secrets.token_hex(6), "salt": secrets.token_hex(16)}
    connection.execute(about.insert(), [{"name": name, "value": value} for name, value in values.items()])
    return values


def read_about(connection: Connection, shown: str) -> dict[str, str] | None:
    """Give what a log says about itself; None where there is none. CannotAnswer when a newer program made it."""
    if not connection.dialect.has_table(connection, about.name):
        return None
    found = {row.name: row.value for row in connection.execute(about.select())}
    if found.get("version") != VERSION:
        raise CannotAnswer(
            f"The decision log at {shown} was made by another version of this program (its tables are of version"
            f" {found.get('version')}).",
            "Install that version, or name another log with --decisions.",
        )
    return found


def _guard(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        _guard_postgres(connection)
        return
    for table, says in _SAYS.items():
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        unless = f" WHEN NOT {_DROPPED}" if table == "decision" else ""
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table}{unless} BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )


def _guard_postgres(connection: Connection) -> None:
    for table, says in _SAYS.items():
        leave = (
            f"IF TG_OP = 'DELETE' THEN IF {_DROPPED} THEN RETURN OLD; END IF; END IF; " if table == "decision" else ""
        )
        connection.exec_driver_sql(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {leave}RAISE EXCEPTION '{says}' USING ERRCODE = '23000'; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {table}_refuse()"
        )
