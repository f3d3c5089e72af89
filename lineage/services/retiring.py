"""What may not be retired because something that stays refers to it: without it, a law or a promise would be forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lineage.domain.kinds import references
from lineage.services.plans import Plan
from lineage.source import Place, Problem
from lineage.store.database import Connection, Database
from lineage.store.documents import read_current

_UNDER = {"origin": "element", "consent": "element", "regulatory": "element", "outcome": "use", "insight": "use"}


def still_needed(database: Database, plan: Plan) -> tuple[Problem, ...]:
    """Give a problem for each document a plan would retire although another, which stays, refers to it."""
    retired = {(item.kind, item.key): item.where for item in plan.items if item.operation == "retire"}
    if not retired:
        return ()
    with database.reading() as connection:
        found = list(_needed(connection, plan, retired))
    return tuple(dict.fromkeys(found))


def _needed(connection: Connection, plan: Plan, retired: dict[tuple[str, str], str]) -> Iterator[Problem]:
    coming = {(document.kind, document.key): document.text for document in plan.documents}
    for kind, key, _, text, _, gone in read_current(connection):
        parent = (_UNDER.get(kind, ""), key.rpartition("#")[0])
        if gone or (kind, key) in retired or parent in retired:
            continue
        for _, target, name in references(kind, json.loads(coming.get((kind, key), text))):
            if (target, name) in retired:
                file, _, line = retired[target, name].rpartition(":")
                place = Place(file, int(line)) if line.isdigit() else Place(retired[target, name], 1)
                fix = f"declare {target} {name} again, or take it out of {kind} {key} first"
                yield Problem(place, "", f"{target} {name} cannot be retired: {kind} {key} refers to it", fix)
