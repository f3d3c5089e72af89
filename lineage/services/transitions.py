"""Changes of stored consents that the life of a consent does not allow, as problems of the files that ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lineage.domain.consents import refusal, too_early
from lineage.intake.declarations import Declarations
from lineage.services.plans import Plan
from lineage.services.views import zone_of
from lineage.source import Place, Problem
from lineage.store.database import Connection, Database
from lineage.store.documents import read_one, read_versions

CHANGES = frozenset({"change", "restore", "conflict"})


def refusals(database: Database, plan: Plan, now: datetime) -> tuple[Problem, ...]:
    """Give a problem for each consent of a plan that would change in a way that consents do not."""
    if not any(item.kind == "consent" for item in plan.items):
        return ()
    with database.reading() as connection:
        return tuple(_refused(connection, plan, now))


def as_applied(database: Database, declared: Declarations, now: datetime) -> Declarations:
    """Give declarations with what applying them would refuse, so that nobody is told yes to what cannot come true."""
    from lineage.services.applying import plan_apply

    if declared.problems or not any(document.kind == "consent" for document in declared.documents):
        return declared
    return replace(declared, problems=refusals(database, plan_apply(database, declared), now))


def _refused(connection: Connection, plan: Plan, now: datetime) -> Iterator[Problem]:
    zone = ZoneInfo(zone_of(connection))
    for item in plan.items:
        if item.kind != "consent" or item.document is None or item.operation not in CHANGES:
            continue
        before = read_one(connection, "consent", item.key)
        body = item.document.body
        found = refusal(before.body, body, now.astimezone(UTC).isoformat(), zone) if before else None
        found = found or too_early(read_versions(connection, "consent", item.key), body, zone)
        if found:
            message, fix = found
            yield Problem(Place(item.document.file, item.document.line), f"consents.{item.key}", message, fix)
