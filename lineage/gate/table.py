"""The form of a decision table: the timelines of every use of one catalogue revision, as plain frozen data.

Instants are whole microseconds since 1970-01-01T00:00Z. A timeline is a tuple of starts and, for each, what holds from
there until the next start; the first start is ``ALWAYS``, before every date. Everything shared is held once: the texts
of rules in ``rules``, verdicts in ``cores``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lineage.gate.purposes import Purposes

ALWAYS = -(1 << 62)
STAGES = ("origin", "purpose", "outcome", "insight")


class RuleText(NamedTuple):
    """What a rule says to people; ``message`` and ``fix`` hold names in braces."""

    code: str
    id: str
    title: str
    stage: str
    about: str
    message: str
    fix: str
    cite: str
    certainty: str


class Subject(NamedTuple):
    """What a finding is about: the names its message is filled with, and the documents it may point to, by kind."""

    names: Mapping[str, str]
    documents: Mapping[str, str]


class Mark(NamedTuple):
    """A rule that speaks: its number, how severely, and about which subject of the interval.

    ``severity`` is blocker, warning, note or obligation; ``unanswered`` marks a rule that gave no answer.
    """

    rule: int
    severity: str
    subject: int
    unanswered: bool = False


class Core(NamedTuple):
    """A verdict without its names, shared by every interval with the same facts."""

    effect: str
    cycle: str
    stages: tuple[str, str, str, str]
    consent: str
    regulatory: tuple[tuple[str, str], ...]
    marks: tuple[Mark, ...]


class Timeline(NamedTuple):
    """``starts[i]`` is when ``cores[i]``, spoken of ``subjects[i]``, begins to hold."""

    starts: tuple[int, ...]
    cores: tuple[Core, ...]
    subjects: tuple[tuple[Subject, ...], ...]

    def at(self, instant: int) -> int:
        """Give the number of the interval that holds ``instant``."""
        return bisect_right(self.starts, instant) - 1


class Use(NamedTuple):
    """A permitted use with its timeline; ``beyond`` holds the timelines under one further regime each."""

    key: str
    element: str
    process: str
    purpose: str
    audience: str
    timeline: Timeline
    beyond: Mapping[str, Timeline]


class Prohibition(NamedTuple):
    """A purpose that is forbidden, here or at a source; ``process`` and ``audience`` are empty where it binds all.

    ``windows`` are the half-open intervals in which it binds.
    """

    purpose: str
    process: str
    audience: str
    source: str
    use: str
    path: tuple[str, ...]
    windows: tuple[tuple[int, int], ...]


class Element(NamedTuple):
    """An element: who it is about, what it is used for, what is forbidden, and how its origin stands."""

    key: str
    title: str
    retired: bool
    audiences: tuple[str, ...]
    uses: tuple[int, ...]
    prohibitions: tuple[Prohibition, ...]
    origin: Timeline
    also: tuple[str, ...] = ()


class Process(NamedTuple):
    """A process as the table knows it."""

    key: str
    title: str
    retired: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Everything needed to answer questions about one revision of one catalogue."""

    revision: int
    digest: str
    zone: str
    elements: Mapping[str, Element]
    processes: Mapping[str, Process]
    audiences: Mapping[str, str]
    regimes: Mapping[str, str]
    purposes: Purposes
    uses: tuple[Use, ...]
    rules: tuple[RuleText, ...]
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Code of a rule → its number in ``rules``."""
