"""Decisions that were kept: listed, found by id, and derived anew from the journal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lineage.domain.days import micros
from lineage.errors import CannotAnswer, LineageError, WrongUse
from lineage.gate.answer import Question, answer
from lineage.gate.refusal import TOO_OLD, UNREADABLE
from lineage.services.decision_rows import LOST, decision_data, head_of, instant_shown, plain, verdict_data
from lineage.services.moments import resolve, resolve_start
from lineage.services.views import Scope, Times, View, open_view, zone_of
from lineage.store.address import address_of
from lineage.store.database import Database
from lineage.store.decisions import Connection, Decisions, Numbered, Wanted, last, read_decision, read_rows, read_said
from lineage.store.documents import read_keys
from lineage.store.documents import revision as documents_at
from lineage.store.history import last_entry

VARIABLE = "LINEAGE_DECISIONS"
OF_THE_GATE = {
    f"usage-cycle/{TOO_OLD}": "the gate's knowledge was of {known} when it answered at {time}: older than it may be",
    f"usage-cycle/{UNREADABLE}": "the gate could not read what it knew",
    "usage-cycle/unknown-type": "it was asked about a subject that is no process, or a resource that is no element",
}
"""Findings with which a gate denies whatever the catalogue says, and what they mean."""

COMPARED = (
    "effect", "cycle", "stages", "consent", "regulatory", "obligations", "findings", "holds_until", "uses",
)  # fmt: skip
"""The parts of a verdict that are compared, in the order in which they are told."""

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which decisions are asked for; empty means any. ``limit`` leaves the newest."""

    since: str | None = None
    until: str | None = None
    process: str = ""
    element: str = ""
    effect: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Rederived:
    """A logged decision beside what the catalogue says of it.

    ``then`` is the verdict from the journal as of the logged revision, about the logged instant; ``hindsight`` the one
    of today's knowledge about that instant; ``today`` of today's knowledge about now. ``differs`` names the parts in
    which ``then`` is not what was logged, ``reasons`` says why as far as that can be told. ``view`` is today's.
    """

    logged: Mapping[str, Any]
    then: Mapping[str, Any]
    hindsight: Mapping[str, Any]
    today: Mapping[str, Any]
    differs: tuple[str, ...]
    reasons: tuple[str, ...]
    view: View

    @property
    def same(self) -> bool:
        """Whether the journal gives what was answered."""
        return not self.differs


def store_url(catalog: str, given: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """Give the address of the decision log: as said, else from the environment, else beside a catalogue in SQLite.

    WrongUse where the catalogue lies on a server: that log must be named.
    """
    named = given or environment.get(VARIABLE, "")
    if named:
        return named
    path = address_of(catalog).path
    if path is None:
        raise WrongUse(
            "The decision log of a catalogue on a server has to be named.",
            f"Name it with --decisions URL or {VARIABLE}; it needs a database, or a schema, of its own.",
        )
    return f"sqlite:///{path.with_name(f'{path.stem}-decisions.db')}"


def zone_beside(database: Database) -> str:
    """Give the time zone of the catalogue; UTC where there is none, since a log can be read without it."""
    try:
        with database.reading() as connection:
            return zone_of(connection)
    except LineageError:
        return "UTC"


def find_rows(
    store: Decisions, asked: Filter, now: datetime, zone: str
) -> Iterator[tuple[list[Numbered], dict[str, str]]]:
    """Give the decisions asked for in pages, each with what its digests stand for, the oldest first.

    What comes in while they are read is left out. WrongUse for a time that is none.
    """
    with store.reading() as connection:
        wanted = _wanted(asked, now, zone, store.about["salt"])._replace(through=last(connection))
        if asked.limit is not None:
            found = read_rows(connection, wanted, asked.limit, newest=True)
            yield found, said_of(connection, found)
            return
    page: list[Numbered] = []
    while wanted.through:
        with store.reading() as connection:
            page = read_rows(connection, wanted, PAGE)
            said = said_of(connection, page)
        if page:
            yield page, said
        if len(page) < PAGE:
            return
        wanted = wanted._replace(after=page[-1].sequence)


def list_decisions(store: Decisions, asked: Filter, now: datetime, zone: str) -> Iterator[dict[str, Any]]:
    """Give the decisions asked for as plain data, the oldest first."""
    for page, said in find_rows(store, asked, now, zone):
        yield from (decision_data(found, said) for found in page)


def said_of(connection: Connection, found: Sequence[Numbered]) -> dict[str, str]:
    """Give what the digests of some decisions stand for."""
    digests = {row.verdict for _, row in found} | {row.knowledge for _, row in found}
    return read_said(connection, sorted(digests - {""}))


def _wanted(asked: Filter, now: datetime, zone: str, salt: str) -> Wanted:
    start = resolve_start(asked.since, now, zone, "--since").microseconds if asked.since else None
    until = resolve(asked.until, now, zone, "--until").microseconds if asked.until else None
    return Wanted(
        "" if start is None else head_of(start // 1_000),
        "" if until is None else head_of(until // 1_000 + 1),
        plain(asked.process, salt),
        plain(asked.element, salt),
        asked.effect,
    )


def one_decision(store: Decisions, number: str) -> tuple[Numbered, dict[str, Any]]:
    """Give a decision, as it is kept and as plain data. CannotAnswer when the log does not hold it."""
    with store.reading() as connection:
        found = read_decision(connection, number)
        if found is None:
            raise CannotAnswer(
                f"The decision log at {store.shown} does not hold {number}.",
                "Name the log it was kept in with --decisions; it may also have been dropped when its time was over.",
            )
        return found, decision_data(found, said_of(connection, [found]))


def rederive(database: Database, store: Decisions, number: str, now: datetime) -> Rederived:
    """Derive a decision anew from the catalogue's journal, and compare.

    CannotAnswer when the log does not hold it, when it is a gap, or when it was made with another catalogue.
    """
    found, logged = one_decision(store, number)
    if found.row.effect == LOST:
        raise CannotAnswer(
            f"{number} is a gap: {found.row.lost} decisions that were not kept.",
            "Nothing is known of them but when they were made.",
        )
    row, revision = found.row, logged.get("revision", -1)
    question = Question(row.process, row.element, row.purpose, row.at, row.audience, row.regime)
    scope = Scope((row.element,), row.process, (row.regime,) if row.regime else ())
    then, reasons = _then(database, question, scope, revision, logged, now)
    view = open_view(database, Times(now), scope, digest=True)
    verdicts = [_verdict(view, asked) for asked in (question, question._replace(instant=micros(now)))]
    differs = tuple(name for name in COMPARED if then[name] != logged.get(name))
    if differs:
        reasons = (*reasons, *_why(logged, then))
    return Rederived(logged, then, verdicts[0], verdicts[1], differs, reasons, view)


def _verdict(view: View, question: Question) -> dict[str, Any]:
    found = answer(view.table, question)
    return {"effect": found.effect, "at": instant_shown(question.instant)} | verdict_data(found)


def _then(
    database: Database, question: Question, scope: Scope, revision: int, logged: Mapping[str, Any], now: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Give the verdict as of the logged revision, and what has to be said about it."""
    if revision < 0:
        raise CannotAnswer("This decision was made with a catalogue that held nothing.", "There is nothing to derive.")
    try:
        view = open_view(database, Times(now, as_of=f"@{revision}"), scope, digest=True)
    except WrongUse:
        raise CannotAnswer(
            f"The journal of this catalogue does not reach entry {revision}, which the decision rests on.",
            "It was made with another catalogue, or a later state of it: name that one with --catalog.",
        ) from None
    reasons: tuple[str, ...] = ()
    if logged.get("digest") and (view.revision, view.digest) != (revision, logged["digest"]):
        reasons = (_other(database, revision),)
    verdict = _verdict(view, question)
    own = next((one["code"] for one in logged.get("findings", ()) if one["code"] in OF_THE_GATE), "")
    if not own:
        return verdict, reasons
    why = OF_THE_GATE[own].format_map(logged)
    said = f"{why}, and so it denies whatever the catalogue says; the catalogue itself gave {verdict['effect']}"
    return {name: logged.get(name) for name in (*COMPARED, "at")}, (*reasons, said)


def require_own(database: Database, revision: int, digest: str) -> None:
    """Raise CannotAnswer unless a decision's revision and digest are of this catalogue."""
    if revision < 0 or not digest:
        return
    with database.reading() as connection:
        found = documents_at(connection, revision) if revision <= last_entry(connection) else None
    if found is None or found != (revision, digest):
        _other(database, revision)


def _other(database: Database, revision: int) -> str:
    """Say why the documents of a revision have another digest now. CannotAnswer when nothing explains it."""
    with database.reading() as connection:
        redacted = read_keys(connection, "redaction")
    if not redacted:
        raise CannotAnswer(
            f"The documents of revision {revision} are not those the decision was made with.",
            "It was made with another catalogue, or this one was altered: lineage verify log tells.",
        )
    return f"texts were taken out of the journal since, so that revision {revision} has another digest now"


def _why(logged: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[str]:
    from lineage import __version__

    had, has = ([one["code"] for one in verdict.get("findings") or ()] for verdict in (logged, then))
    for word, codes, other in (("no longer found", had, has), ("found now", has, had)):
        missing = [code for code in dict.fromkeys(codes) if code not in other]
        if missing:
            yield f"{word}: {', '.join(missing)}"
    if logged.get("program") not in (None, __version__):
        yield f"version {logged['program']} of this program answered, and this is {__version__}"
    elif not had and not has:
        yield "what was logged is not what this revision says: lineage log decisions --verify tells whether it was altered"
