"""What a template is told about one element: everything its section of the report shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from lineage.report.contexts_picture import CyclePicture, CycleState, LineagePicture, Stage, StageState
    from lineage.report.contexts_told import GapContext, InheritedContext

Readiness = Literal["ready", "with_limits", "not_ready", "not_assessed"]
Effect = Literal["allow", "deny", "undecided", "prohibited"]
Severity = Literal["blocker", "warning", "note"]


@dataclass(frozen=True, slots=True)
class FindingContext:
    """One thing wrong, or worth saying."""

    code: str
    """`pack/rule`; links to the method section when the rule is listed there."""
    stage: str
    """request, origin, purpose, outcome, insight, consent, expectation, derivation or regulation."""
    severity: Severity
    """blocker, warning or note."""
    message: str
    """What is the case, with names and dates filled in."""
    fix: str
    """What to do about it; empty when nothing needs doing."""
    cite: str = ""
    """Where the requirement comes from, e.g. an article."""
    where: str = ""
    """Where the fact was declared, e.g. `elements.yaml:31`."""


@dataclass(frozen=True, slots=True)
class FixContext:
    """One numbered line of the verdict: what to do so that the element may be used."""

    text: str
    """The problem and its remedy in one line."""
    code: str = ""
    """The rule that asks for it; empty when several do."""


@dataclass(frozen=True, slots=True)
class VerdictContext:
    """The answer at the top of an element's section."""

    state: Readiness
    """ready, with_limits, not_ready or not_assessed."""
    sentence: str = ""
    """One sentence; when empty the template's own sentence for the state stands in."""
    fixes: tuple[FixContext, ...] = ()
    """What would have to be done, most important first."""


@dataclass(frozen=True, slots=True)
class StageRow:
    """One line of the four-stage table beside the cycle."""

    stage: Stage
    """origin, purpose, outcome or insight; the row's anchor is `<element anchor>-<stage>`."""
    state: StageState
    """complete, partial, missing, expiring, not_assessed or not_required."""
    recorded: str
    """What the catalogue holds for this stage, in one line."""
    checked: str = ""
    """Day of the newest fact of this stage (ISO), or empty."""


@dataclass(frozen=True, slots=True)
class UseStage:
    """State of one stage for one use; only what does not hold is shown in words."""

    stage: Stage
    """origin, purpose, outcome or insight."""
    state: StageState
    """State of that stage for this use."""


@dataclass(frozen=True, slots=True)
class RegimeStatus:
    """Declared status of one regime."""

    regime: str
    """Key of the regime, e.g. eu-gdpr."""
    status: str
    """The declared status, e.g. compliant."""
    state: StageState
    """How it counts."""


@dataclass(frozen=True, slots=True)
class AudienceLabel:
    """An audience as named in an element's heading."""

    title: str
    """Its name."""
    rank: int | None
    """Its rank; None when nobody gave it one."""


@dataclass(frozen=True, slots=True)
class UseContext:
    """One use of the element: a process, a purpose, the answer and the reasons."""

    process: str
    """Title of the process."""
    purpose: str
    """Title of the purpose."""
    audience: str
    """Title of the audience, empty for all audiences of the element."""
    effect: Effect
    """allow, deny, undecided; prohibited when the declaration itself forbids the use."""
    cycle: CycleState
    """State of the usage cycle of this use."""
    stages: tuple[UseStage, ...]
    """The four stages of this use."""
    basis: str
    """Legal basis in words, several joined; empty when none is declared."""
    consent: StageState
    """State of the consent this use needs; not_required when its basis asks for none."""
    regulatory: tuple[RegimeStatus, ...]
    """Declared status per regime."""
    obligations: tuple[str, ...]
    """What must be done when the use goes ahead."""
    findings: tuple[FindingContext, ...]
    """Findings of this use; those of the element itself stand in ElementContext.findings."""
    holds_until: str
    """Last day on which the effect stays (ISO); empty when no date in the facts ends it."""
    because: str
    """One sentence: why the answer is what it is."""
    why: str = ""
    """Declared reason why this element and not another."""
    alternatives: tuple[str, ...] = ()
    """Alternatives looked at, each with why it was not taken."""


@dataclass(frozen=True, slots=True)
class OriginContext:
    """One way the element is captured."""

    key: str
    """Key of the origin within the element."""
    touchpoint: str
    """Where people meet the organisation, with the part of the journey; empty when not declared."""
    mode: str
    """provided, observed, derived, inferred or generated, with the source."""
    captured: str
    """What captures it and since when."""
    stored: str
    """System and country; empty when not declared."""
    retention: str
    """How long, counted from what, and what happens then."""
    measures: tuple[str, ...]
    """Security measures."""
    told: tuple[str, ...]
    """Titles of the statements people saw."""
    state: StageState
    """Whether this origin holds."""


@dataclass(frozen=True, slots=True)
class ElementLink:
    """Another element this one is derived from, or that is derived from it."""

    key: str
    """Key of the other element."""
    title: str
    """Its title."""
    anchor: str | None
    """Its section in this report; None when it is out of scope."""
    note: str = ""
    """What the edge does, e.g. masking with an approved assessment."""


@dataclass(frozen=True, slots=True)
class OutcomeContext:
    """What a use did in one period, for the organisation and for the person."""

    process: str
    """Title of the process."""
    period: str
    """First and last day, ISO."""
    organisation: str
    """Benefit, none or harm, and what was observed for the organisation."""
    subject: str
    """The same for the person."""
    recorded: str
    """Day it was recorded (ISO)."""
    evidence: tuple[str, ...]
    """References; never opened."""
    state: StageState
    """Whether this outcome holds."""


@dataclass(frozen=True, slots=True)
class InsightContext:
    """What was learned from outcomes and which decision followed."""

    process: str
    """Title of the process."""
    learned: str
    """What it means, not the number."""
    decision: str
    """confirm, amend, narrow, retire or propose_new."""
    applied: str
    """Day the decision was applied (ISO); empty while the loop is open."""
    evidence: tuple[str, ...]
    """References; never opened."""
    state: StageState
    """Whether this insight holds."""


@dataclass(frozen=True, slots=True)
class ConsentContext:
    """One declared consent."""

    purpose: str
    """Title of the purpose it was given for."""
    audience: str
    """Title of the audience."""
    status: str
    """given, renewed, requested, refused, expired, withdrawn, …"""
    state: StageState
    """How it counts on the day of the report."""
    method: str
    """How it was given, and how it can be withdrawn."""
    given: str
    """First day (ISO), or empty."""
    ends: str
    """Last day: expiry or withdrawal (ISO), or empty."""
    regimes: tuple[str, ...]
    """Regimes it counts for."""


@dataclass(frozen=True, slots=True)
class RegulatoryContext:
    """One regime that applies to the element or that a status is declared under."""

    regime: str
    """Title or key of the regime."""
    why: str
    """What brings the regime in; empty when it does not apply."""
    status: str
    """Declared status in words; empty when none is declared."""
    state: StageState
    """How it counts."""
    sensitivity: str
    """How sensitive the element is there, its sources included, in the regime's own word."""
    assessed: str
    """Day and person of the assessment, or empty."""
    review_by: str
    """Day it has to be looked at again (ISO), or empty."""


@dataclass(frozen=True, slots=True)
class ToldContext:
    """One thing people were told about the element, against what is done."""

    statement: str
    """Title of the statement and the time it was in force."""
    says: str
    """What it says, in words: will, will not or may do what, for which purpose, to whom, how long."""
    done: str
    """What the catalogue says is done; empty when nothing speaks to it."""
    state: StageState
    """complete when it is so, partial when more is done than that, missing when it is not, not_assessed when nobody can tell."""


@dataclass(frozen=True, slots=True)
class ElementContext:
    """One element's section of the report."""

    anchor: str
    """Id of the section, made with `anchor_of`; stage rows append `-origin`, `-purpose`, …"""
    number: int
    """Place in this report, from 1."""
    of: int
    """How many elements this report holds."""
    key: str
    """Key of the element."""
    title: str
    """Its name."""
    description: str
    """What it is, in a sentence or two; may be empty."""
    also_known_as: tuple[str, ...]
    """Other names."""
    kind: str
    """identity, descriptive, attitudinal or behavioural; empty when not declared."""
    category: str
    """Label of the data category; empty when not declared."""
    category_iri: str
    """IRI of the data category, or empty."""
    audiences: tuple[AudienceLabel, ...]
    """Whose data it is."""
    steward: str
    """Who looks after it; empty when nobody does."""
    lifecycle: str
    """draft, active or retired."""
    verdict: VerdictContext
    """The answer, with numbered fixes."""
    cycle: CyclePicture
    """What the keyhole is drawn from."""
    stages: tuple[StageRow, ...]
    """The four stages in words."""
    lineage: LineagePicture
    """What the lineage picture and its table are drawn from."""
    uses: tuple[UseContext, ...]
    """Which processes may use it."""
    origins: tuple[OriginContext, ...]
    """How it is captured."""
    outcomes: tuple[OutcomeContext, ...]
    """What its uses did."""
    insights: tuple[InsightContext, ...]
    """What was learned."""
    consents: tuple[ConsentContext, ...]
    """Declared consents."""
    regulatory: tuple[RegulatoryContext, ...]
    """Regimes that apply or are declared, by key."""
    told: tuple[ToldContext, ...]
    """What people were told."""
    gaps: tuple[GapContext, ...]
    """Where told and done differ, worst first."""
    inherited: tuple[InheritedContext, ...]
    """What binds it because of what it derives from, what stops a use first."""
    derived_from: tuple[ElementLink, ...]
    """Sources of a derived element."""
    feeds: tuple[ElementLink, ...]
    """Elements derived from this one."""
    findings: tuple[FindingContext, ...]
    """Findings about the element itself, worst first."""

    def __post_init__(self) -> None:
        """Refuse a table of stages that tells another story than the keyhole beside it."""
        if tuple((row.stage, row.state) for row in self.stages) != self.cycle.stages:
            raise ValueError(f"{self.key}: the stages in words differ from those of the cycle picture")
