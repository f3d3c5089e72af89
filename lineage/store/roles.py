"""The application's role on PostgreSQL: what it may do, and nothing that would let it rewrite what was written.

The owner of the tables makes and changes them, redacts, erases names and rebuilds the projection. Everything else the
application does as a role of its own, which the database then binds: it can add to the record and end versions.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table

from lineage.errors import Refused, WrongUse
from lineage.store.address import address_of
from lineage.store.bulk import is_postgres
from lineage.store.database import check_revision
from lineage.store.guards_rules import UNGOVERNED
from lineage.store.registry import metadata
from lineage.store.schema import VERSION_TABLE, changing

CHANGED = {"document": ("sys_to",), "head": ("size", "frontier")}
"""Columns of the record that commands change; those of everything else in it stay as they came."""

MIGHTY = ("pg_write_all_data", "pg_write_server_files", "pg_execute_server_program")
"""Roles of the server whose members need no rights of their own."""


READS = ("may read every table",)
WRITES = (
    "may add documents, journal entries, actors, checkpoints and tiles, end document versions and move the head of the log",
    "may write the tables made from documents, and where documents are declared",
    "may not redact, erase names, rebuild or upgrade: that is for the owner of the tables",
)


def grant(url: str, role: str, *, read_only: bool = False) -> list[str]:
    """Give an existing role what the application needs, and take away what else it had of our tables.

    Says what it may do. To be run again after an upgrade: nobody else has rights to new tables. WrongUse on SQLite or for
    an unknown role, Refused for a role that could rewrite whatever it was given, or when we may not grant.
    """
    address = address_of(url)
    if address.path is not None:
        raise WrongUse(
            f"{address.shown} is a file, and knows no roles.", "Let the file's permissions say who may write."
        )
    with changing(url) as connection:
        check_revision(connection, address.shown)
        _require(connection, role)
        for statement in list(_statements(connection, role, read_only=read_only)):
            connection.exec_driver_sql(statement.replace("%", "%%"))
    return [f"{role} {sentence}" for sentence in (READS if read_only else (*READS, *WRITES))]


def problems(connection: Connection) -> list[str]:
    """Say why the role of a connection could rewrite the record in spite of the guards; nothing when it could not.

    On SQLite that is a matter of the file's permissions, and nothing is said.
    """
    if not is_postgres(connection):
        return []
    role = str(connection.exec_driver_sql("SELECT current_user").scalar_one())
    found = [f"the role {role} {reason}: it can switch the guards off" for reason in _might(connection, role)]
    if not found and _any(connection, "has_table_privilege(%s, c.oid, 'TRIGGER')", role):
        found.append(f"the role {role} has the right to make triggers: they could change what is written")
    return found


def _require(connection: Connection, role: str) -> None:
    found = connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).scalar()
    if found is None:
        raise WrongUse(
            f"There is no role {role} on this server.", "Make it with CREATE ROLE … LOGIN, or check the name."
        )
    for reason in _might(connection, role):
        raise Refused(
            f"The role {role} {reason}: nothing that is granted would bind it.",
            "Choose a role for the application only.",
        )
    owner = connection.exec_driver_sql(
        "SELECT pg_has_role(current_user, c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = to_regclass('journal')"
    ).scalar()
    if not owner:
        raise Refused("Only the owner of the tables can grant rights to them.", "Connect as the owner.")


def _might(connection: Connection, role: str) -> Iterator[str]:
    """Give each reason why a role is bound by no guard."""
    row = connection.exec_driver_sql(
        "SELECT rolsuper, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = %s", (role,)
    ).one()
    if row.rolsuper:
        yield "is a superuser"
        return
    if _any(connection, "pg_has_role(%s, c.relowner, 'MEMBER')", role):
        yield "owns the tables, or can become their owner"
    member = connection.exec_driver_sql(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(%s, oid, 'MEMBER') ORDER BY rolname",
        (list(MIGHTY), role),
    ).scalars()
    yield from (f"is a member of {name}" for name in member)
    if row.rolcreaterole:
        yield "can make roles"


def _any(connection: Connection, condition: str, role: str) -> bool:
    """Tell whether a condition holds of one of our tables, ``c``, for a role."""
    query = (
        "SELECT count(*) FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s)"
        f" AND {condition}"
    )
    names = [table.name for table in metadata.sorted_tables]
    return bool(connection.exec_driver_sql(query, (names, role)).scalar())


def _statements(connection: Connection, role: str, *, read_only: bool) -> Iterator[str]:
    schema, name = connection.exec_driver_sql("SELECT quote_ident(current_schema()), quote_ident(%s)", (role,)).one()
    tables = [f"{schema}.{table.name}" for table in metadata.sorted_tables]
    every = ", ".join([*tables, f"{schema}.{VERSION_TABLE}"])
    # Rights to a table that were given before include those to its columns.
    yield f"REVOKE ALL ON {every} FROM {name}"
    yield f"REVOKE CREATE ON SCHEMA {schema} FROM {name}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {name}"
    yield f"GRANT SELECT ON {every} TO {name}"
    if not read_only:
        for table in metadata.sorted_tables:
            yield f"GRANT {', '.join(_rights(table))} ON {schema}.{table.name} TO {name}"


def _rights(table: Table) -> Iterator[str]:
    """Give what the application may do with the rows of a table, besides reading them."""
    columns = ", ".join(column.name for column in table.columns)
    # Column by column, so that a column somebody adds is not meant.
    yield f"INSERT ({columns})"
    if table.name in UNGOVERNED:
        yield f"UPDATE ({columns})"
        yield "DELETE"
    elif "kind" in table.info:
        yield f"UPDATE ({', '.join(column.name for column in table.columns if not column.primary_key)})"
    elif "of" in table.info:
        yield "DELETE"
    elif table.name in CHANGED:
        yield f"UPDATE ({', '.join(CHANGED[table.name])})"
