"""The accounts that acted: opaque ids and their names. What the journal holds are the ids alone."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from lineage.store import bulk
from lineage.store.entry import SALT, instant_text
from lineage.store.tables import actor


def read_actors(connection: Connection) -> dict[str, tuple[str | None, str]]:
    """Give name (None once erased) and first act of every account, by id."""
    return {row.id: (row.name, row.created) for row in connection.execute(select(actor).order_by(actor.c.id))}


def find_actor(connection: Connection, name: str) -> str | None:
    """Give the id of the account of exactly this name."""
    row = bulk.one(connection, "SELECT id FROM actor WHERE name = ?", name)
    return None if row is None else str(row.id)


def need_actor(connection: Connection, name: str, instant: datetime) -> str:
    """Give the id of the account of exactly this name; an account that is new gets one, sealed by its salt."""
    found = find_actor(connection, name)
    if found is None:
        salt = secrets.token_bytes(SALT)
        found = sha256(salt + name.encode()).hexdigest()[:32]
        values = {"id": found, "name": name, "created": instant_text(instant), "salt": salt}
        connection.execute(insert(actor).values(values))
    return found


def erase_actors(connection: Connection, ids: Collection[str]) -> None:
    """Take names and salts away: what stays says nothing about who it was."""
    connection.execute(update(actor).where(actor.c.id.in_(sorted(ids))).values(name=None, salt=None))
