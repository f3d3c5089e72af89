"""Which accounts are one person, as the catalogue knows it now."""

from __future__ import annotations

from lineage.domain.review import Mark, People
from lineage.store.actors import read_actors
from lineage.store.database import Connection
from lineage.store.documents import read_current, read_versions

ACCOUNT = "account"


def read_people(connection: Connection) -> People:
    """Give all accounts and every link that was ever said: a later version of a record takes none back."""
    names = {key: name for key, (name, _) in read_actors(connection).items()}
    said = [
        (key, body)
        for _, key, *_ in list(read_current(connection, {ACCOUNT}))
        for body in read_versions(connection, ACCOUNT, key)
    ]
    links = {(key, str(body["person"])) for key, body in said if body["person"] != key}
    marks = {(key, str(body["mark"]["key"]), str(body["mark"]["digest"])) for key, body in said if body.get("mark")}
    return People(names, tuple(sorted(links)), tuple(Mark(*mark) for mark in sorted(marks)))
