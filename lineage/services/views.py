"""A view: the documents of one revision, with whatever is laid over them, judged into a table."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from lineage.domain.days import micros
from lineage.domain.kinds import Declared
from lineage.errors import NoCatalogue, WrongUse
from lineage.gate.table import Table
from lineage.judge.compile import Compiled, compile_table
from lineage.judge.material import Row
from lineage.services.moments import Moment, entry_of, is_day, resolve, resolve_start
from lineage.store.database import Connection, Database
from lineage.store.documents import read_current, read_of_elements, read_one, revision
from lineage.store.history import end_of_command, instant_at, last_entry, sequence_at

UNDER_ELEMENTS = frozenset({"element", "origin", "consent", "regulatory", "use", "outcome", "insight"})
BINDING = UNDER_ELEMENTS - {"outcome", "insight"}
"""Kinds of the documents of a source that matter to what derives from it."""
LAST_ZONE = "Etc/GMT+12"
"""Where a day ends last on Earth."""
AROUND = frozenset(
    {
        "vocabulary",
        "pack",
        "catalogue",
        "party",
        "audience",
        "touchpoint",
        "statement",
        "purpose",
        "process",
        "assessment",
        "waiver",
        "emergency",
    }
)


@dataclass(frozen=True, slots=True)
class Times:
    """What was asked for on the command line, and the clock's instant. With ``past`` an ``as_of`` ahead of it is refused."""

    now: datetime
    at: str | None = None
    as_of: str | None = None
    past: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """Both times of a question. ``entry`` is the last journal entry it knows of; ``sequence`` the same, None for now."""

    at: Moment
    as_of: Moment
    sequence: int | None
    entry: int


@dataclass(frozen=True, slots=True)
class View:
    """A judged catalogue with its times. ``digest`` is empty when nobody asked for it: it costs a pass over all documents.

    ``entry`` is the last journal entry the view knows of, ``sequence`` the same where the past was asked, else None.
    """

    compiled: Compiled
    at: Moment
    as_of: Moment
    sequence: int | None
    revision: int
    digest: str
    entry: int = -1

    @property
    def table(self) -> Table:
        """The decision table."""
        return self.compiled.table


@dataclass(frozen=True, slots=True)
class Frame:
    """What every answer says about itself: its two times, and revision, digest and last journal entry of the catalogue."""

    at: Moment
    as_of: Moment
    revision: int
    digest: str
    entry: int = -1


@dataclass(frozen=True, slots=True)
class Scope:
    """What a view has to hold: all elements, or some with everything they derive from; uses of one process, or all.

    ``further`` are regimes to be asked about beyond those that apply; ``rivals`` says that the elements are to be
    compared with all others.
    """

    elements: tuple[str, ...] | None = None
    process: str = ""
    further: tuple[str, ...] = ()
    rivals: bool = False


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back the garbage collector: going through all that a large program holds takes as long as the work itself."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold back the garbage collector while millions of records are made that all stay: it never looks through them."""
    on = gc.isenabled()
    with undisturbed():
        yield
        if on:
            gc.freeze()


def zone_of(connection: Connection, as_of: int | None = None) -> str:
    """Give the catalogue's time zone."""
    stored = read_one(connection, "catalogue", "catalogue", as_of)
    return str((stored.body if stored else {}).get("time_zone") or "UTC")


def resolve_times(connection: Connection, times: Times) -> tuple[Moment, Moment, int | None]:
    """Resolve both times; give the journal sequence when the past is asked, None for now."""
    found = resolve_both(connection, times)
    return found.at, found.as_of, found.sequence


def resolve_both(connection: Connection, times: Times) -> Resolved:
    """Resolve both times, in the zone the catalogue had at the instant whose knowledge is asked for.

    Raises WrongUse for what is neither an instant nor an entry of the journal, and for knowledge of the future where
    only the past is asked; NoCatalogue where nothing was known yet.
    """
    known = times.as_of not in (None, "now")
    as_of, entry = _known_at(connection, times) if known else _known_now(connection, times)
    at = as_of if times.at is None else resolve(times.at, times.now, as_of.zone, "--at")
    return Resolved(at, as_of, entry if known else None, entry)


def _known_now(connection: Connection, times: Times) -> tuple[Moment, int]:
    return resolve(None, times.now, zone_of(connection), "--as-of"), last_entry(connection)


def _known_at(connection: Connection, times: Times) -> tuple[Moment, int]:
    """Give the instant of ``--as-of``, and the last journal entry known then."""
    number = entry_of(times.as_of, "--as-of")
    if number is not None:
        entry = _entry(connection, number)
        instant = instant_at(connection, entry)
        assert instant is not None
        return resolve(instant.isoformat(), times.now, zone_of(connection, entry), "--as-of"), entry
    as_of, entry = _instant(connection, times)
    if times.past:
        _require_begun(times, as_of.zone)
    if entry < 0:
        raise NoCatalogue(f"the catalogue held nothing yet at {as_of.shown}", "choose a later --as-of")
    return as_of, entry


def _require_begun(times: Times, zone: str) -> None:
    """Raise WrongUse for an instant to come, and for a day that has not begun: one that has is known up to now."""
    text = times.as_of or ""
    begins = resolve_start(text, times.now, zone, "--as-of")
    if begins.microseconds > micros(times.now):
        raise WrongUse(
            f"--as-of: {text} lies in the future, of which nothing is known yet",
            "leave out --as-of; --at asks what will hold on a day to come",
        )


def _entry(connection: Connection, number: int) -> int:
    """Give the entry to read as of: the last of the command that wrote ``number``, which nobody ever saw half done."""
    last = last_entry(connection)
    if last < 0:
        raise NoCatalogue("nothing was written to the catalogue yet", "apply some declarations first")
    if number > last:
        raise WrongUse(f"there is no journal entry {number}: the last one is {last}", f"choose one from @0 to @{last}")
    return end_of_command(connection, number)


def _instant(connection: Connection, times: Times) -> tuple[Moment, int]:
    """Resolve a time to its instant and the last entry then, in the zone the catalogue had by then.

    A bare day ends where it ends last on Earth, then in the zone known at that end: a later change of zone moves no past.
    """

    def ends_in(zone: str) -> tuple[Moment, int]:
        moment = resolve(times.as_of, times.now, zone, "--as-of")
        return moment, sequence_at(connection, moment.instant)

    moment, entry = ends_in(LAST_ZONE)
    zone = zone_of(connection, entry)
    if not is_day(times.as_of or ""):
        return replace(moment, zone=zone), entry
    earlier, known = ends_in(zone)
    if known == entry or (then := zone_of(connection, known)) == zone:
        return earlier, known
    return ends_in(then)


def frame_of(database: Database, times: Times) -> Frame:
    """Give the frame of an answer that judges nothing."""
    with database.reading() as connection:
        found = resolve_both(connection, times)
        return Frame(found.at, found.as_of, *revision(connection, found.sequence), found.entry)


def open_view(
    database: Database,
    times: Times,
    scope: Scope | None = None,
    overlay: Iterable[Declared] = (),
    *,
    gone: Collection[tuple[str, str]] = (),
    digest: bool = False,
) -> View:
    """Read and judge a catalogue. ``overlay`` documents stand in for stored ones (a "what if", docs/deciding.md).

    Documents in ``gone`` (kind, key) are read as if they were retired.
    """
    scope = scope or Scope()
    with database.reading() as connection:
        found = resolve_both(connection, times)
        sequence = found.sequence
        number, root = revision(connection, sequence) if digest else (-1, "")
        laid = {(d.kind, d.key): d for d in overlay}

        def judged(scope: Scope) -> Compiled:
            rows = _rows(connection, scope, sequence)
            with uncollected():
                changed = _overlaid(rows, laid, gone) if laid or gone else rows
                return compile_table(changed, number, root, _only(scope), scope.further)

        compiled = judged(scope)
        if scope.elements and compiled.compares(scope.elements):
            compiled = judged(replace(scope, rivals=True))
    return View(compiled, found.at, found.as_of, sequence, number, root, found.entry)


def _only(scope: Scope) -> Callable[[str, str], bool] | None:
    named = scope.elements if scope.rivals else None
    if not scope.process and named is None:
        return None
    return lambda element, process: (
        (not scope.process or process == scope.process) and (named is None or element in named)
    )


def _overlaid(
    rows: Iterable[Row], laid: Mapping[tuple[str, str], Declared], gone: Collection[tuple[str, str]]
) -> Iterator[Row]:
    for row in rows:
        name = (row[0], row[1])
        if name not in laid:
            yield (*row[:5], True) if name in gone else row
    for (kind, key), document in laid.items():
        yield kind, key, 0, document.text, document.digest, False


def _rows(connection: Connection, scope: Scope, sequence: int | None) -> Iterator[Row]:
    if scope.elements is None or scope.rivals:
        yield from read_current(connection, as_of=sequence)
        return
    yield from rows_of_elements(connection, scope.elements, sequence)


def rows_of_elements(connection: Connection, elements: Collection[str], sequence: int | None = None) -> Iterator[Row]:
    """Give the documents that some elements are judged from: theirs, those of their sources, and all that elements share."""
    yield from read_current(connection, AROUND, sequence)
    found = list(_with_sources(connection, elements, sequence))
    if {row[1] for row in found if row[0] == "element"} >= set(elements):
        yield from found
    else:
        yield from read_current(connection, UNDER_ELEMENTS, sequence)


def rows_to_judge(connection: Connection, elements: Collection[str]) -> Iterator[Row]:
    """Give the newest documents that the uses of some elements are judged from, and no more of their sources than that takes."""
    yield from read_current(connection, AROUND)
    yield from _with_sources(connection, elements, None, BINDING)


def _with_sources(
    connection: Connection, elements: Collection[str], sequence: int | None, kinds: Collection[str] = UNDER_ELEMENTS
) -> Iterator[Row]:
    """Give the documents of elements and of everything they derive from, of that some kinds only, level by level."""
    done: set[str] = set()
    todo = set(elements)
    while todo:
        wanted = UNDER_ELEMENTS if not done else kinds
        done |= todo
        sources: set[str] = set()
        for row in read_of_elements(connection, todo, sequence, wanted):
            if row[0] == "origin":
                sources.update(item["element"] for item in json.loads(row[3]).get("derived_from") or ())
            yield row
        todo = sources - done
