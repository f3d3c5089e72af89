"""Look for problems: tables, packs, journal, projection, guards, keys, clock; each with what to do about it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lineage import __version__
from lineage.domain.canonical import canonical, digest_of
from lineage.errors import LineageError, Refused
from lineage.services.changing import Request, carry_out_within
from lineage.services.compiling import kept_and_made
from lineage.services.installed import installed_documents
from lineage.services.plans import make_plan
from lineage.services.views import zone_of
from lineage.store import keys, rebuilding, roles, schema
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.verifying import Outcome, verify, verify_record

REBUILD = "rebuild"
"""Kind of the record that says the projection was made anew."""

_MOST = 20
_BY_HAND = "restore a backup, or ask who changed the database by hand"
_SOUND = {
    "journal": "every journal entry agrees with its leaf, and the log with its head",
    "documents": "every document version agrees with its journal entry",
    "tables": "every table row agrees with its document",
    "guards": "the guards stand that refuse changes without a journal entry",
    "checkpoints": "every checkpoint agrees with the log",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One thing looked at: ``state`` is fine, note (worth knowing) or problem."""

    state: str
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The projection was made anew: how many rows had differed, and the journal entry that says so."""

    differed: int
    sequence: int


def check_tables(url: str) -> list[str]:
    """Compare the tables with what this program expects; give each difference."""
    return schema.check(url)


def examine(database: Database, url: str, now: datetime, environment: Mapping[str, str] = os.environ) -> list[Look]:
    """Look at everything. What cannot be looked at is itself a problem, never an exception."""
    found = [
        Look("fine", f"lineage {__version__} on Python {platform.python_version()}"),
        Look("fine", f"the catalogue is {database.shown}"),
    ]
    try:
        found += _tables(url)
        with database.reading() as connection:
            found += _contents(connection)
            found += _role(connection)
            outcome = verify(connection, "full", now)
        found += _verified(outcome)
        found += _kept_table(database)
        found += _key(outcome, environment)
    except LineageError as error:
        found.append(Look("problem", error.sentence, error.fix))
    return found


def _kept_table(database: Database) -> Iterator[Look]:
    """Compare the decision table that is kept with what judging the catalogue makes: answers are given from it."""
    kept, made = kept_and_made(database)
    if kept is None:
        return
    if kept == made:
        yield Look("fine", "the kept decision table is the one the catalogue makes")
    else:
        yield Look("problem", "the kept decision table is not the one the catalogue makes", "run: lineage db compile")


def rebuild(database: Database, request: Request) -> Rebuilt:
    """Empty the projection and make it anew from today's documents, in one transaction; a record of it is journaled.

    Refused when the journal itself does not hold: what it says is not to be spread. CatalogueReadOnly when the tables
    belong to somebody else.
    """
    with database.writing() as connection:
        outcome = verify_record(connection, request.now)
        broken = [one for one in outcome.breaks if one.layer != "guards"]
        if broken:
            raise Refused(f"the journal does not hold: {broken[0].what}; nothing was rebuilt", broken[0].fix)
        differed = rebuilding.count_differences(connection)
        rebuilding.rebuild(connection)
        left = rebuilding.count_differences(connection)
        if left:
            raise Refused(f"{left} rows still differ after they were made anew; nothing was changed", "report this")
        record = _record(outcome.size, differed)
        done = carry_out_within(database, connection, request, [record], {(REBUILD, record.key): 0})
    return Rebuilt(differed, done.written.first)


def _record(size: int, differed: int) -> Change:
    key = f"{REBUILD}-{size}"
    text = canonical({"differed": differed, "key": key})
    return Change(REBUILD, key, "add", text, digest_of(text))


def _tables(url: str) -> Iterator[Look]:
    differences = schema.check(url)
    for difference in differences[:_MOST]:
        yield Look("problem", f"the tables differ: {difference}", _BY_HAND)
    if not differences:
        yield Look("fine", "the tables, indexes and constraints are as this program expects")


def _contents(connection: Connection) -> Iterator[Look]:
    yield Look("fine", f"the catalogue's days begin and end in {zone_of(connection)}")
    stale = [item.key for item in make_plan(connection, installed_documents()).items]
    if stale:
        what = f"these packs or vocabularies are older than this program: {', '.join(stale)}"
        yield Look("problem", what, "run lineage db upgrade")
    else:
        yield Look("fine", "packs and vocabulary are those of this program")


def _role(connection: Connection) -> Iterator[Look]:
    """Say whether whoever works here could do without the guards: a note, since owners have to be able to look too."""
    for sentence in roles.problems(connection):
        yield Look("note", sentence, "run lineage db grant ROLE as the owner, and work with that role")


def _verified(outcome: Outcome) -> Iterator[Look]:
    """Give what verification found, layer by layer."""
    for layer, sentence in _SOUND.items():
        broken = [one for one in outcome.breaks if one.layer == layer]
        for one in broken:
            at = "" if one.sequence is None else f" (entry {one.sequence})"
            yield Look("problem", f"{one.what}{at}", one.fix)
        if not broken:
            yield Look("fine", sentence)
    for sentence in outcome.notes:
        yield Look("note", sentence)


def _key(outcome: Outcome, environment: Mapping[str, str]) -> Iterator[Look]:
    """Say whether checkpoints can be signed here."""
    current = outcome.keyring.current
    if current is None:
        return
    try:
        place = keys.place_of(current.key.name, environment)
        keys.load(place, current.key)
    except LineageError as error:
        yield Look("note", error.sentence, error.fix)
    else:
        yield Look("fine", f"checkpoints can be signed on this machine, with the key in {place}")
