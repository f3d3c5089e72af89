"""Look for problems: tables, packs, projection, journal, clock; each with what to do about it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lineage import __version__
from lineage.errors import LineageError
from lineage.services.installed import installed_documents
from lineage.services.plans import make_plan
from lineage.services.views import zone_of
from lineage.store import schema
from lineage.store.auditing import journal_differences, last_instant
from lineage.store.database import Database
from lineage.store.projection import rebuild_differences

_MOST = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing looked at: ``state`` is fine or problem."""

    state: str
    what: str
    fix: str = ""


def check_tables(url: str) -> list[str]:
    """Compare the tables with what this program expects; give each difference."""
    return schema.check(url)


def examine(database: Database, url: str, now: datetime) -> list[Look]:
    """Look at everything. What cannot be looked at is itself a problem, never an exception."""
    found = [
        Look("fine", f"lineage {__version__} on Python {platform.python_version()}"),
        Look("fine", f"the catalogue is {database.shown}"),
    ]
    try:
        found += _tables(url)
        found += _contents(database, now)
    except LineageError as error:
        found.append(Look("problem", error.sentence, error.fix))
    return found


def _tables(url: str) -> Iterator[Look]:
    differences = schema.check(url)
    for difference in differences[:_MOST]:
        yield Look(
            "problem", f"the tables differ: {difference}", "restore a backup, or ask who changed the database by hand"
        )
    if not differences:
        yield Look("fine", "the tables are as this program expects")


def _contents(database: Database, now: datetime) -> Iterator[Look]:
    with database.reading() as connection:
        yield Look("fine", f"the catalogue's days begin and end in {zone_of(connection)}")
        last = last_instant(connection)
        if last is not None and last > now + _DAY:
            yield Look(
                "problem",
                f"the last change is dated {last.astimezone(UTC).isoformat()}, after now",
                "set the clock of this machine",
            )
        stale = [item.key for item in make_plan(connection, installed_documents()).items]
        if stale:
            yield Look(
                "problem",
                f"these packs or vocabularies are older than this program: {', '.join(stale)}",
                "run lineage db upgrade",
            )
        else:
            yield Look("fine", "packs and vocabulary are those of this program")
        wrong = rebuild_differences(connection)
        for difference in wrong[:_MOST]:
            yield Look(
                "problem",
                f"a table row differs from its document: {difference}",
                "restore a backup, or ask who changed the database by hand",
            )
        if not wrong:
            yield Look("fine", "every table row agrees with its document")
        broken = journal_differences(connection)
        for difference in broken[:_MOST]:
            yield Look(
                "problem",
                difference,
                "somebody changed the journal: keep this database, and restore a backup beside it",
            )
        if not broken:
            yield Look("fine", "every journal entry agrees with its leaf, and the log with its head")
