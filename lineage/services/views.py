"""A view: the documents of one revision, with whatever is laid over them, judged into a table."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from lineage.domain.kinds import Declared
from lineage.errors import NoCatalogue
from lineage.gate.table import Table
from lineage.judge.compile import Compiled, compile_table
from lineage.judge.material import Row
from lineage.services.moments import Moment, resolve
from lineage.store.database import Connection, Database
from lineage.store.documents import read_current, read_of_elements, read_one, revision
from lineage.store.history import sequence_at

UNDER_ELEMENTS = frozenset({"element", "origin", "consent", "regulatory", "use", "outcome", "insight"})
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
    }
)


@dataclass(frozen=True, slots=True)
class Times:
    """What was asked for on the command line, and the clock's instant."""

    now: datetime
    at: str | None = None
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A judged catalogue with its times. ``digest`` is empty when nobody asked for it: it costs a pass over all documents."""

    compiled: Compiled
    at: Moment
    as_of: Moment
    sequence: int | None
    revision: int
    digest: str

    @property
    def table(self) -> Table:
        """The decision table."""
        return self.compiled.table


@dataclass(frozen=True, slots=True)
class Frame:
    """What every answer says about itself: its two times, and the revision and digest of the catalogue."""

    at: Moment
    as_of: Moment
    revision: int
    digest: str


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
def uncollected() -> Iterator[None]:
    """Hold back the garbage collector while millions of records are made that all stay: it would look through them in vain."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.freeze()
            gc.enable()


def zone_of(connection: Connection, as_of: int | None = None) -> str:
    """Give the catalogue's time zone."""
    stored = read_one(connection, "catalogue", "catalogue", as_of)
    return str((stored.body if stored else {}).get("time_zone") or "UTC")


def resolve_times(connection: Connection, times: Times) -> tuple[Moment, Moment, int | None]:
    """Resolve both times; give the journal sequence when the past is asked, None for now."""
    as_of = resolve(times.as_of, times.now, zone_of(connection), "--as-of")
    sequence = None if times.as_of is None else sequence_at(connection, as_of.instant)
    if sequence is not None and sequence < 0:
        raise NoCatalogue(f"the catalogue held nothing yet at {as_of.shown}", "choose a later --as-of")
    at = resolve(times.as_of if times.at is None else times.at, times.now, as_of.zone, "--at")
    return at, as_of, sequence


def frame_of(database: Database, times: Times) -> Frame:
    """Give the frame of an answer that judges nothing."""
    with database.reading() as connection:
        at, as_of, sequence = resolve_times(connection, times)
        return Frame(at, as_of, *revision(connection, sequence))


def open_view(
    database: Database,
    times: Times,
    scope: Scope | None = None,
    overlay: Iterable[Declared] = (),
    *,
    digest: bool = False,
) -> View:
    """Read and judge a catalogue. ``overlay`` documents stand in for stored ones (a "what if", docs/deciding.md)."""
    scope = scope or Scope()
    with database.reading() as connection:
        at, as_of, sequence = resolve_times(connection, times)
        number, root = revision(connection, sequence) if digest else (-1, "")
        laid = {(d.kind, d.key): d for d in overlay}

        def judged(scope: Scope) -> Compiled:
            rows = _rows(connection, scope, sequence)
            with uncollected():
                return compile_table(_overlaid(rows, laid) if laid else rows, number, root, _only(scope), scope.further)

        compiled = judged(scope)
        if scope.elements and compiled.compares(scope.elements):
            compiled = judged(replace(scope, rivals=True))
    return View(compiled, at, as_of, sequence, number, root)


def _only(scope: Scope) -> Callable[[str, str], bool] | None:
    named = scope.elements if scope.rivals else None
    if not scope.process and named is None:
        return None
    return lambda element, process: (
        (not scope.process or process == scope.process) and (named is None or element in named)
    )


def _overlaid(rows: Iterable[Row], laid: Mapping[tuple[str, str], Declared]) -> Iterator[Row]:
    for row in rows:
        if (row[0], row[1]) not in laid:
            yield row
    for (kind, key), document in laid.items():
        yield kind, key, 0, document.text, document.digest, False


def _rows(connection: Connection, scope: Scope, sequence: int | None) -> Iterator[Row]:
    if scope.elements is None or scope.rivals:
        yield from read_current(connection, as_of=sequence)
        return
    yield from read_current(connection, AROUND, sequence)
    found = list(_with_sources(connection, scope.elements, sequence))
    if {row[1] for row in found if row[0] == "element"} >= set(scope.elements):
        yield from found
    else:
        yield from read_current(connection, UNDER_ELEMENTS, sequence)


def _with_sources(connection: Connection, elements: Collection[str], sequence: int | None) -> Iterator[Row]:
    """Give the documents of elements and of everything they derive from, level by level."""
    done: set[str] = set()
    todo = set(elements)
    while todo:
        done |= todo
        sources: set[str] = set()
        for row in read_of_elements(connection, todo, sequence):
            if row[0] == "origin":
                sources.update(item["element"] for item in json.loads(row[3]).get("derived_from") or ())
            yield row
        todo = sources - done
