"""Guards: triggers by which the database itself refuses what does not come through a command.

They are made from the tables this program knows, anew after every migration, and compared with what the database has.
Whoever owns the tables can take them away; that is why they can be asked for, and why PostgreSQL has a role for the
application besides the owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from lineage.store.guards_rules import UNGOVERNED, governed

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["UNGOVERNED", "drop", "foreign", "governed", "install", "missing"]


def install(connection: Connection) -> None:
    """Make the guards of all tables anew, in the transaction of a connection that may change tables."""
    drop(connection)
    _of(connection).install(connection)


def drop(connection: Connection) -> None:
    """Take all guards away: before tables change, which copies them on SQLite."""
    _of(connection).drop(connection)


def missing(connection: Connection) -> list[str]:
    """Say of each guard that is absent, altered or disabled that it is; none when all stand."""
    return list(_of(connection).missing(connection))


def foreign(connection: Connection) -> list[str]:
    """Name what else acts when rows come or go: every trigger, rule or policy that is none of ours."""
    return list(_of(connection).foreign(connection))


def _of(connection: Connection) -> ModuleType:
    from lineage.store import guards_postgres, guards_sqlite

    return guards_postgres if connection.dialect.name == "postgresql" else guards_sqlite
