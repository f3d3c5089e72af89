"""The contract between the code that gathers facts and the templates that show them.

Everything here is frozen text, numbers and states: a template never asks the catalogue anything. Words that are the
same in each report (state names, headings, the glossary) live in the templates; sentences that depend on facts arrive
as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lineage.report.contexts_element import (
    AudienceLabel,
    ConsentContext,
    Effect,
    ElementContext,
    ElementLink,
    FindingContext,
    FixContext,
    InsightContext,
    OriginContext,
    OutcomeContext,
    Readiness,
    RegimeStatus,
    RegulatoryContext,
    Severity,
    StageRow,
    ToldContext,
    UseContext,
    UseStage,
    VerdictContext,
)
from lineage.report.contexts_picture import (
    COLUMNS,
    HOLDING,
    STAGES,
    Column,
    CyclePicture,
    CycleState,
    LineageLink,
    LineageNode,
    LineagePicture,
    NodeState,
    Stage,
    StageState,
)
from lineage.report.contexts_told import GapContext, GapCount, InheritedContext, PilotRow, ToldSummary

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "COLUMNS", "HOLDING", "STAGES", "AttentionContext", "AudienceLabel", "AudienceRow", "CalendarRow",
    "CatalogueContext", "Column", "ConsentContext", "CountsContext", "CyclePicture", "CycleState", "Effect",
    "ElementContext", "ElementLink", "ElementRow", "FindingContext", "FixContext", "GapContext", "GapCount",
    "InheritedContext", "InsightContext", "KindBar",
    "LineageLink", "LineageNode", "LineagePicture", "MethodRule", "NodeState", "OriginContext", "OutcomeContext",
    "PackContext", "PilotRow", "ProcessRow", "ProcessUse", "Readiness", "RegimeStatus", "RegulatoryContext", "ReportContext",
    "ScopeContext", "Severity", "Stage", "StageCell", "StageRow", "StageState", "StampContext", "ToldContext", "ToldSummary",
    "UseContext", "UseStage", "VerdictContext", "VerifyLine", "anchor_of",
]  # fmt: skip

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


def anchor_of(key: str) -> str:
    """The id of an element's section; equal keys give equal anchors, different keys different ones."""
    # "_" may stand in a key, so the escape starts with ":" which may not.
    return "el-" + _UNSAFE.sub(lambda match: f":{ord(match.group()):x}:", key)


@dataclass(frozen=True, slots=True)
class CatalogueContext:
    """Whose catalogue this is."""

    name: str
    """Name of the catalogue."""
    description: str
    """What it is about; may be empty."""
    publisher: str
    """Who answers for it; may be empty."""


@dataclass(frozen=True, slots=True)
class StampContext:
    """When the report speaks of, on what state of the catalogue, and what made it."""

    as_of: str
    """What the catalogue knew at this instant, local time with offset."""
    as_of_utc: str
    """The same instant in UTC."""
    at: str
    """The instant the answers are about, local time with offset."""
    at_utc: str
    """The same instant in UTC."""
    made_by: str
    """Program and version."""
    revision: int
    """Revision of the catalogue."""
    digest: str
    """Digest over all current documents."""


@dataclass(frozen=True, slots=True)
class PackContext:
    """One rule pack the answers were given under."""

    key: str
    """Key of the pack."""
    title: str
    """Its name."""
    version: str
    """Version, or the day its sources were read."""
    digest: str
    """Digest of its rules."""


@dataclass(frozen=True, slots=True)
class ScopeContext:
    """What the report speaks of, and what it does not."""

    text: str
    """The selection in words."""
    leaves_out: tuple[str, ...] = ()
    """What was left out, with numbers."""


@dataclass(frozen=True, slots=True)
class CountsContext:
    """The numbers of the first page."""

    elements: int
    """Elements in scope."""
    ready: int
    """Elements all of whose uses are allowed."""
    with_limits: int
    """Elements with some use allowed, or allowed with obligations."""
    not_ready: int
    """Elements no process may use."""
    not_assessed: int
    """Elements nothing could be said about, or without a use."""
    uses: int
    """Declared uses, prohibitions apart."""
    allowed: int
    """Uses allowed, those with obligations included."""
    with_obligations: int
    """Of these, allowed with obligations."""
    denied: int
    """Uses denied."""
    undecided: int
    """Uses a failing rule left without an answer."""
    lapsing: int
    """Uses allowed now that lapse within 30 days if nobody changes anything."""


@dataclass(frozen=True, slots=True)
class KindBar:
    """How many elements of one kind hold each stage."""

    kind: str
    """identity, descriptive, attitudinal or behavioural; empty for not declared."""
    elements: int
    """Elements of this kind."""
    origin: int
    """Of these, how many hold the origin stage."""
    purpose: int
    """The same for purpose."""
    outcome: int
    """The same for outcome."""
    insight: int
    """The same for insight."""


@dataclass(frozen=True, slots=True)
class AttentionContext:
    """One line of "needs attention first"."""

    finding: FindingContext
    """The finding."""
    element: str
    """Title of the element; empty when the finding is about something else (see subject)."""
    anchor: str | None
    """The element's section, None when it is not in this report."""
    process: str = ""
    """Title of the process, when the finding is about one use."""
    subject: str = ""
    """What it is about when that is no element, e.g. an audience."""
    owner: str = ""
    """Who can do something about it; may be empty."""


@dataclass(frozen=True, slots=True)
class StageCell:
    """One cell of the elements by stages table."""

    state: StageState
    """complete, partial, missing, expiring, not_assessed or not_required."""
    note: str = ""
    """Two or three words that say why; shown small."""
    anchor: str | None = None
    """What the cell opens; None when the report has no such section."""


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One row of the elements by stages table."""

    key: str
    """Key of the element."""
    title: str
    """Its name."""
    kind: str
    """Its kind; empty when not declared."""
    anchor: str | None
    """Its section, None in a summary."""
    origin: StageCell
    """Stage origin over all its origins."""
    purpose: StageCell
    """Stage purpose over all its uses."""
    outcome: StageCell
    """Stage outcome."""
    insight: StageCell
    """Stage insight."""
    consent: StageCell
    """Consent, where its uses need one."""
    regulatory: StageCell
    """Regulatory status over all regimes."""
    may_be_used: Readiness
    """ready, with_limits, not_ready or not_assessed."""


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """An element a process uses, with the answer."""

    element: str
    """Title of the element."""
    anchor: str | None
    """Its section, or None."""
    purpose: str
    """Title of the purpose."""
    effect: Effect
    """allow, deny, undecided or prohibited."""


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process and what it uses."""

    key: str
    """Key of the process."""
    title: str
    """Its name."""
    owner: str
    """Who answers for it; empty when nobody does."""
    uses: tuple[ProcessUse, ...]
    """What it uses and whether it may."""


@dataclass(frozen=True, slots=True)
class AudienceRow:
    """One audience; an empty field is shown as a liability."""

    key: str
    """Key of the audience."""
    title: str
    """Its name."""
    rank: int | None
    """Its rank among audiences."""
    owner: str
    """Who owns the relationship."""
    process: str
    """The process that serves it."""
    measure: str
    """How the relationship is measured."""
    elements: int
    """Elements in scope that are about it."""


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """Something that ends by itself."""

    date: str
    """Last day it holds (ISO)."""
    what: str
    """What ends: a consent, a review, a pilot, a permission."""
    element: str
    """Title of the element."""
    anchor: str | None
    """Its section, or None."""
    effect: str
    """What happens then, in words."""


@dataclass(frozen=True, slots=True)
class MethodRule:
    """One rule in words."""

    code: str
    """`pack/rule`."""
    text: str
    """What it asks for."""
    effect: str
    """blocker, warning, note or obligation."""
    cite: str
    """Where it comes from; may be empty."""


@dataclass(frozen=True, slots=True)
class VerifyLine:
    """One line of "check it yourself"."""

    label: str
    """What the line shows."""
    text: str
    """A digest or a command, to be copied whole."""


@dataclass(frozen=True, slots=True)
class ReportContext:
    """The whole report. `elements` may be a lazy iterator: it is walked once and never held."""

    title: str
    """Heading and window title of the report."""
    catalogue: CatalogueContext
    """Whose catalogue it is."""
    stamp: StampContext
    """When, on what state, made by what."""
    packs: tuple[PackContext, ...]
    """The rules the answers were given under."""
    scope: ScopeContext
    """What the report speaks of and what it leaves out."""
    counts: CountsContext
    """The numbers of the first page."""
    headline: str
    """The answer in one sentence with numbers."""
    bars: tuple[KindBar, ...]
    """Stages that hold, by kind of data."""
    attention: tuple[AttentionContext, ...]
    """Ranked findings, worst first."""
    attention_total: int
    """How many findings there are; more than listed is said."""
    rows: tuple[ElementRow, ...]
    """The elements by stages table."""
    processes: tuple[ProcessRow, ...]
    """Processes and what they use."""
    audiences: tuple[AudienceRow, ...]
    """Audiences with what is missing."""
    told: ToldSummary
    """Told against done, over all elements in scope."""
    pilots: tuple[PilotRow, ...]
    """Pilots that run or are planned: legacy ones first, then by their last day."""
    calendar: tuple[CalendarRow, ...]
    """What ends next, by date."""
    elements: Iterable[ElementContext]
    """The elements one by one; empty in a summary."""
    method: tuple[MethodRule, ...]
    """Rules in words."""
    verify: tuple[VerifyLine, ...]
    """Check-it-yourself lines."""
    detail: Literal["summary", "full"] = "full"
    """summary leaves the elements out and says so."""
    draft: bool = False
    """True when something not yet approved is included; shown on top."""
    language: str = "en"
    """Language of the words around the facts (BCP 47)."""
    data: str = ""
    """Canonical JSON of the facts, carried inside the file for machines; empty for none."""
