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


Label = tuple[Mapping[str, str], Mapping[str, str]]
"""Names for messages, and documents by kind."""


class Choice(NamedTuple):
    """Which of a use's outcomes and insights an interval speaks of (-1: none), and which label of each of its parts.

    ``laws`` holds, law by law, status, number and state of the consent, and the labels of the law's parts.
    """

    outcome: int = -1
    insight: int = -1
    laws: tuple[tuple[str, int, str, tuple[int, ...]], ...] = ()
    review: int = -1
    labels: tuple[int, ...] = ()


class Law(NamedTuple):
    """A regime that applies to a use: declared basis, last day of grace of its status, keys of the consents that fit."""

    regime: str
    basis: str
    status_end: str
    consents: tuple[str, ...] = ()
    labels: tuple[tuple[Label, ...], ...] = ()


class Naming(NamedTuple):
    """What the findings of a timeline are about. Subjects are numbered: the fixed ones, then the use, then each law."""

    fixed: tuple[Subject, ...]
    names: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    outcomes: tuple[tuple[str, str, str], ...] = ()
    """Key, last day of freshness, last day of grace."""
    insights: tuple[str, ...] = ()
    laws: tuple[Law, ...] = ()
    reviews: tuple[tuple[str, str], ...] = ()
    """Day, last day of grace."""
    labels: tuple[tuple[Label, ...], ...] = ()
    """What each dated part of the use may speak of."""


class Timeline(NamedTuple):
    """``starts[i]`` is when ``cores[i]`` begins to hold; ``choices[i]`` says what its findings speak of."""

    starts: tuple[int, ...]
    cores: tuple[Core, ...]
    choices: tuple[Choice, ...]
    naming: Naming

    def at(self, instant: int) -> int:
        """Give the number of the interval that holds ``instant``."""
        return bisect_right(self.starts, instant) - 1

    @property
    def regimes(self) -> tuple[str, ...]:
        """The laws it was judged under."""
        return tuple([law.regime for law in self.naming.laws])

    def subject(self, interval: int, number: int) -> Subject:
        """Give what a finding of an interval is about."""
        naming, choice = self.naming, self.choices[interval]
        behind = number - len(naming.fixed)
        if behind < 0:
            return naming.fixed[number]
        names, documents = dict(naming.names), dict(naming.documents)
        if choice.review >= 0:
            names["review_by"], names["review_end"] = naming.reviews[choice.review]
        _label(names, documents, naming.labels, choice.labels)
        if behind == 0:
            if choice.outcome >= 0:
                key, due, end = naming.outcomes[choice.outcome]
                names |= {"outcome": key.rpartition("#")[2], "outcome_due": due, "outcome_end": end}
                documents["outcome"] = key
            if choice.insight >= 0:
                documents["insight"] = naming.insights[choice.insight]
                names["insight"] = documents["insight"].rpartition("#")[2]
            return Subject(names, documents)
        law, (status, consent, state, labels) = naming.laws[behind - 1], choice.laws[behind - 1]
        _label(names, documents, law.labels, labels)
        names |= {"regime": law.regime, "basis": law.basis, "status": status, "status_end": law.status_end}
        if status != "missing":
            documents["regulatory"] = f"{documents['element']}#{law.regime}"
        if consent >= 0:
            documents["consent"] = law.consents[consent]
            names["consent"] = f" ({documents['consent'].rpartition('#')[2]}: {state})"
        return Subject(names, documents)


def _label(
    names: dict[str, str], documents: dict[str, str], parts: tuple[tuple[Label, ...], ...], chosen: tuple[int, ...]
) -> None:
    for labels, number in zip(parts, chosen, strict=True):
        if number >= 0:
            names.update(labels[number][0])
            documents.update(labels[number][1])


class Aim(NamedTuple):
    """A use asked about for a narrower purpose: its timelines, and for several audiences those of each by itself."""

    timeline: Timeline
    beyond: Mapping[str, Timeline]
    audiences: Mapping[str, tuple[Timeline, Mapping[str, Timeline]]] = {}


class Use(NamedTuple):
    """A permitted use with its timeline; ``beyond`` holds the timelines under one further regime each.

    ``audiences`` holds, for a use of several audiences that names none, both for each audience by itself; ``narrower``
    the same for every narrower purpose that the use covers, since consents, promises and laws may tell these apart.
    """

    key: str
    element: str
    process: str
    purpose: str
    audience: str
    timeline: Timeline
    beyond: Mapping[str, Timeline]
    audiences: Mapping[str, tuple[Timeline, Mapping[str, Timeline]]] = {}
    narrower: Mapping[str, Aim] = {}


def usual_key(element: str, process: str, purpose: str, audience: str) -> str:
    """Give the key a permitted use has."""
    return "/".join([element, process, purpose, audience] if audience else [element, process, purpose])


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
