"""Who thought out what somebody else let hold: the change set that a command carried out, and its authors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from lineage.store.actors import read_actors
from lineage.store.tables import document, journal

CARRIED_OUT = frozenset({"approved", "rejected"})
"""States whose entry was written by whoever answered; an emergency change is written by its author."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The change set a command carried out: its key, state, and its authors' names (None once erased)."""

    key: str
    state: str
    authors: tuple[str | None, ...]

    @property
    def by(self) -> tuple[str, ...]:
        """The authors as people read them."""
        return tuple(name or "erased" for name in self.authors)


def read_proposals(connection: Connection) -> Mapping[str, Proposal]:
    """Give the proposal behind each command that carried one out, by the command's id."""
    query = (
        select(journal.c.command, document.c.body)
        .select_from(document.join(journal, journal.c.sequence == document.c.sys_from))
        .where(document.c.kind == "change_set")
    )
    names = read_actors(connection)
    found = {}
    for command, text in connection.execute(query):
        body = json.loads(text)
        if body["state"] in CARRIED_OUT:
            authors = tuple(names.get(author, (None, ""))[0] for author in body["authors"])
            found[command] = Proposal(body["key"], body["state"], authors)
    return found
