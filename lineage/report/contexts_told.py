"""What a template is told about promises and pilots: gaps between told and done, what sources bring along, open pilots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lineage.report.contexts_element import Effect, Severity
    from lineage.report.contexts_picture import Stage, StageState


@dataclass(frozen=True, slots=True)
class GapContext:
    """One difference between what people were told and what is done with an element."""

    code: str
    """`pack/rule` of the gap; links to the method section when the rule is listed there."""
    severity: Severity
    """blocker, warning or note."""
    accepted: bool
    """True when a waiver accepts it for a time; it is open no longer."""
    statement: str
    """Titles of the statements it is about; empty when no statement says anything of it."""
    process: str
    """Title of the process; empty when people are told of a use that nobody makes."""
    purpose: str
    """Title of the purpose; empty when nobody makes a use."""
    message: str
    """What differs, with names filled in."""
    fix: str
    """What to do about it."""


@dataclass(frozen=True, slots=True)
class InheritedContext:
    """Something that binds an element because of what it derives from, over a way that is open."""

    what: str
    """What the source brings along, in words: a prohibition, a purpose it does not serve, a consent, a sensitivity."""
    source: str
    """Title of the source."""
    anchor: str | None
    """Its section in this report, or None."""
    path: str
    """The way from the source to the element, key by key."""
    state: StageState
    """missing when it stops a use, partial when it binds, complete when an assessment answers it."""
    effect: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class GapCount:
    """How often one kind of gap is open."""

    code: str
    """`pack/rule` of the gap."""
    title: str
    """What the rule asks for."""
    severity: Severity
    """blocker, warning or note."""
    flows: int
    """How many flows have it, waived ones left out."""


@dataclass(frozen=True, slots=True)
class ToldSummary:
    """Told against done over all elements in scope."""

    flows: int
    """Flows of personal data: permitted uses that were not ended, for each audience."""
    told: int
    """Of these, how many people were told of, with no promise broken and nothing gone beyond."""
    gaps: tuple[GapCount, ...]
    """Open gaps by kind, worst first."""
    accepted: int
    """Gaps that a waiver accepts for a time."""


@dataclass(frozen=True, slots=True)
class PilotRow:
    """One pilot that runs or is planned; it ends by itself."""

    element: str
    """Title of the element."""
    anchor: str | None
    """Its section, or None."""
    process: str
    """Title of the process."""
    purpose: str
    """Title of the purpose."""
    legacy: bool
    """True for a use from before the catalogue that is being moved into it."""
    until: str
    """Last day it counts (ISO)."""
    days: int
    """Days it may run in all."""
    gone: int
    """Of these, how many are over."""
    open: tuple[Stage, ...]
    """Stages of the cycle that are still open."""
    effect: Effect
    """allow, deny or undecided: the answer as long as it runs."""
    owner: str
    """Who answers for it; empty when nobody does."""
