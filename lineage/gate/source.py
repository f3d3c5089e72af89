"""Where a gate has its knowledge from: a bundle, or a catalogue that goes on changing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lineage.gate.answer import Answer
from lineage.gate.findings import Finding
from lineage.gate.table import Table


class Unavailable(Exception):
    """The source cannot be read now. What was known before stays known, for as long as it may be used."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One revision, ready to answer.

    ``revision`` and ``digest`` are the catalogue's, ``root`` the table's. ``known`` is the last instant at which this was
    known to be what holds, ``expires`` the one after which it must not be used (None: never); both in microseconds since
    1970. ``bundle`` is the bundle's digest, empty for a catalogue. ``where`` tells the place a finding points to.
    """

    table: Table
    revision: int
    digest: str
    root: str
    known: int
    where: Callable[[Finding], str]
    expires: int | None = None
    bundle: str = ""


class Source(Protocol):
    """Gives snapshots. May be called from any thread, by one at a time."""

    def load(self, held: Snapshot | None, now: int) -> Snapshot:
        """Give what holds now: ``held`` with a later ``known`` when nothing changed. Unavailable when it cannot be read."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Recorder(Protocol):
    """Keeps decisions. ``Unrecorded`` is raised where an answer must not be given because it could not be kept."""

    def record(self, answer: Answer, snapshot: Snapshot, caller: str, now: int) -> str:
        """Keep an answered question; give the decision's id."""
        ...


class Unrecorded(Exception):
    """A decision could not be made durable, and was not to be given without."""
