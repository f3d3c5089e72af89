"""Rule ids that a pack used before for something else: an id is never used again, so that old findings keep their meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lineage.services.plans import Plan
from lineage.source import Place, Problem
from lineage.store.database import Connection, Database
from lineage.store.documents import read_versions

_MEANING = ("scope", "stage", "when", "require")


def reused_ids(database: Database, plan: Plan) -> tuple[Problem, ...]:
    """Give a problem for each rule of an own pack whose id an earlier version of the pack had given to another rule."""
    if not any(item.kind == "pack" and item.operation in ("change", "restore") for item in plan.items):
        return ()
    with database.reading() as connection:
        return tuple(_reused(connection, plan))


def _reused(connection: Connection, plan: Plan) -> Iterator[Problem]:
    for item in plan.items:
        document = item.document
        if item.kind != "pack" or document is None or not document.file or item.operation not in ("change", "restore"):
            continue
        versions = [_rules(body) for body in read_versions(connection, "pack", item.key)]
        last = versions[-1] if versions else {}
        for name, rule in _rules(document.body).items():
            former = next((old[name] for old in reversed(versions) if name in old), None)
            if name in last or former is None or all(former.get(part) == rule.get(part) for part in _MEANING):
                continue
            place = Place(document.file, document.lines.get(f"rules.{name}") or document.line)
            message = f"rule {name} was the id of another rule of {item.key} before"
            yield Problem(place, f"rules.{name}", message, "give the rule an id that was never used")


def _rules(body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(rule.get("id")): rule for rule in body.get("rules") or ()}
