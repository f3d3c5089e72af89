"""The facts a rule may ask about: every name, type and meaning, declared once.

Policy compiles rules against these declarations and the judge fills them, so that a misspelt fact is an error when a
pack is loaded. A fact is an enumeration (text out of a closed list), a boolean or a list of texts; keys, titles and
dates are no facts, so that equal situations are equal records. Dates appear as states (docs/deciding.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lineage.domain.enumerations import (
    Automation,
    Basis,
    ConsentStatus,
    Decision,
    Identifiability,
    Kind,
    Lifecycle,
    Mode,
    Necessity,
    RegulatoryStatus,
    Sensitivity,
    Source,
    Value,
    ValueType,
)


class Scope(StrEnum):
    """What one record of facts is about."""

    ELEMENT = "element"
    ORIGIN = "origin"
    AUDIENCE = "audience"
    USE = "use"
    REGIME = "regime"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: qualified name, meaning, and its values (empty for a boolean; ``many`` for a list of texts)."""

    name: str
    about: str
    values: tuple[str, ...] = ()
    many: bool = False


def _all(*enumerations: type[StrEnum]) -> tuple[str, ...]:
    return ("missing", *(value.value for enumeration in enumerations for value in enumeration))


GIVEN = ("missing", "given")
PARTLY = ("missing", "partial", "given")
AGE = ("current", "grace", "overdue")

_FACTS: Mapping[str, tuple[Fact, ...]] = {
    "element": (
        Fact("element.title", "Whether it has a title", GIVEN),
        Fact("element.description", "Whether it is described", GIVEN),
        Fact("element.kind", "Its kind", _all(Kind)),
        Fact("element.category", "Whether a data category is named", GIVEN),
        Fact("element.category_flags", "What its category brings: special, sensitive, criminal, emotion", many=True),
        Fact("element.value", "Form of its values", _all(ValueType)),
        Fact("element.identifiability", "How closely it points at a person", _all(Identifiability)[1:]),
        Fact("element.lifecycle", "Where it stands in its life", _all(Lifecycle)[1:]),
        Fact("element.steward", "Whether somebody answers for it", GIVEN),
        Fact("element.audience", "Whether an audience is named", GIVEN),
        Fact("element.origin", "Whether an origin is declared", GIVEN),
        Fact("element.derived", "Whether an origin derives or infers it"),
        Fact("element.sources", "Origins of the elements it derives from", ("none", "complete", "incomplete")),
        Fact("element.circle", "Whether it derives from itself, over whatever way"),
    ),
    "origin": (
        Fact("origin.mode", "How it is captured", _all(Mode)),
        Fact("origin.source", "Who it comes from", _all(Source)),
        Fact("origin.party", "Whether the third party is named", GIVEN),
        Fact("origin.touchpoint", "Whether the touchpoint is named", GIVEN),
        Fact("origin.journey", "Whether the touchpoint says when in the journey it is met", GIVEN),
        Fact("origin.captured_by", "Whether the capturing system is named", GIVEN),
        Fact("origin.captured_since", "Whether the first day of capture is known", GIVEN),
        Fact("origin.system", "Whether the storing system is named", GIVEN),
        Fact("origin.country", "Whether the country of storage is named", GIVEN),
        Fact("origin.retention", "Period or criteria, start event and action", PARTLY),
        Fact("origin.told", "What people were told", ("missing", "not_told", "given")),
        Fact("origin.measures", "Whether security measures are named", GIVEN),
        Fact("origin.derived_from", "Whether its sources are named", GIVEN),
    ),
    "audience": (
        Fact("audience.rank", "Whether it has a rank", GIVEN),
        Fact("audience.owner", "Whether somebody owns it", GIVEN),
        Fact("audience.process", "Whether the work that serves it is named", GIVEN),
        Fact("audience.measure", "Whether the relation is measured", GIVEN),
    ),
    "use": (
        Fact("process.title", "Whether the process has a title", GIVEN),
        Fact("process.owner", "Whether somebody answers for the process", GIVEN),
        Fact("process.operations", "Whether the process names its operations", GIVEN),
        Fact("process.automation", "How far the process decides by itself", _all(Automation)),
        Fact("use.purpose", "What the purpose is", ("specific", "too_broad", "unplaced")),
        Fact("use.why", "Why this element: not said, under 20 characters, said", ("missing", "short", "given")),
        Fact(
            "use.alternatives",
            "Alternatives: not said, none considered, without reason, said",
            ("missing", "none", "partial", "given"),
        ),
        Fact("use.necessity", "Whether the purpose needs the element", _all(Necessity)),
        Fact("use.told", "Whether people are told of the use", ("missing", "not_told", "given")),
        Fact("use.evidence", "Whether evidence of the basis is named", GIVEN),
        Fact("use.expects_organisation", "Benefit, measure and target for the organisation", PARTLY),
        Fact("use.expects_subject", "Benefit, measure and target for the person", PARTLY),
        Fact("use.law", "Whether any regime applies", GIVEN),
        Fact("use.review", "The review by its date", ("missing", *AGE)),
        Fact(
            "use.changed",
            "Whether its terms changed within 90 days: the earlier cycle carries over",
            ("no", "carried_over", "settled"),
        ),
        Fact("use.ended", "Whether an applied insight retired it"),
        Fact("outcome.state", "The newest outcome: none, not yet recorded, or its age", ("none", "later", *AGE)),
        Fact("outcome.recorded", "Whether the day of recording is known", GIVEN),
        Fact("outcome.period", "Whether the observed period is known", GIVEN),
        Fact("outcome.organisation", "Value for the organisation", _all(Value)),
        Fact("outcome.subject", "Value for the person", _all(Value)),
        Fact("outcome.organisation_observed", "Whether the organisation's measure was observed", GIVEN),
        Fact("outcome.subject_observed", "Whether the person's measure was observed", GIVEN),
        Fact("outcome.evidence", "Whether the outcome is proven", GIVEN),
        Fact("outcome.harm", "A harm and whether an applied decision answers it", ("none", "unanswered", "answered")),
        Fact("outcome.others", "Whether another outcome lacks the day of recording", ("dated", "undated")),
        Fact("insight.state", "Whether an insight is recorded", ("none", "given")),
        Fact("insight.outcomes", "Whether it cites an outcome that counts", ("missing", "unknown", "not_yet", "given")),
        Fact("insight.learned", "Whether it says what was learned", GIVEN),
        Fact("insight.decision", "What it decides", _all(Decision)),
        Fact(
            "insight.applied",
            "Its application: not said, later, before the terms changed, counting",
            ("missing", "later", "outdated", "given"),
        ),
        Fact("insight.evidence", "Whether the insight is proven", GIVEN),
        Fact("pilot.state", "The pilot by its dates", ("none", "undated", "before", "running", "over")),
        Fact("pilot.plan", "Hypothesis, measure, target and owner of the pilot", PARTLY),
        Fact("pilot.approval", "Approval of the pilot", ("missing", "same_person", "given")),
        Fact("pilot.length", "Whether the declared pilot is longer than allowed", ("allowed", "shortened")),
    ),
    "regime": (
        Fact("regime.pack", "Whether rules for the regime are installed", GIVEN),
        Fact("regime.needs_basis", "Whether the regime asks for a legal basis"),
        Fact("regime.needs_status", "Whether the regime asks for a regulatory status"),
        Fact("regime.basis", "The declared basis", _all(Basis)),
        Fact("regime.basis_exists", "Whether the regime knows that basis"),
        Fact("regime.status", "The declared regulatory status", _all(RegulatoryStatus)),
        Fact("regime.assessed", "Whether day and person of the assessment are named", GIVEN),
        Fact("regime.status_review", "The age of the status by its review date", AGE),
        Fact("regime.clock", "The 30 days in which an unknown status is borne", ("running", "over")),
        Fact("regime.sensitivity", "Sensitivity of the element under the regime", _all(Sensitivity)[1:]),
        Fact("regime.minors", "Whether an audience may be under age"),
        Fact(
            "consent.status",
            "State of the consent that covers purpose, audience and regime",
            ("none", *(s.value for s in ConsentStatus)),
        ),
        Fact("consent.method", "How it was indicated", ("missing", "valid", "invalid")),
        Fact("consent.statement", "Whether the statement people saw is named", GIVEN),
        Fact("consent.withdraw", "Whether it says how to withdraw", GIVEN),
        Fact("consent.explicit", "Whether it was express"),
    ),
}

SEES: Mapping[Scope, tuple[str, ...]] = {
    Scope.ELEMENT: ("element",),
    Scope.ORIGIN: ("element", "origin"),
    Scope.AUDIENCE: ("audience",),
    Scope.USE: ("element", "use"),
    Scope.REGIME: ("element", "use", "regime"),
    Scope.REQUEST: (),
}
"""Scope → whose facts its rules may read; never those of another use."""

NAMES: Mapping[Scope, frozenset[str]] = {
    Scope.ELEMENT: frozenset({"element", "title", "sources"}),
    Scope.ORIGIN: frozenset({"element", "title", "origin"}),
    Scope.AUDIENCE: frozenset({"element", "title", "process", "purpose", "audience"}),
    Scope.USE: frozenset(
        {"element", "title", "process", "purpose", "audience", "review_by", "review_end", "outcome", "outcome_due",
         "outcome_end", "insight", "pilot_until", "pilot_limit"}
    ),
    Scope.REGIME: frozenset(
        {"element", "title", "process", "purpose", "audience", "whose", "regime", "basis", "status", "status_end",
         "consent"}
    ),
    Scope.REQUEST: frozenset(
        {"element", "process", "purpose", "audience", "whose", "regime", "near", "source", "path", "prohibited", "title"}
    ),
}  # fmt: skip
"""Scope → names that messages and fixes may hold in braces."""


def facts_of(scope: Scope) -> tuple[Fact, ...]:
    """Give every fact a rule of ``scope`` may read, in the order in which the judge fills them."""
    return tuple(fact for part in SEES[scope] for fact in _FACTS[part])


def own_facts(scope: Scope) -> tuple[Fact, ...]:
    """Give the facts that belong to ``scope`` itself."""
    return _FACTS.get(scope.value, ())
