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
    NoticeItem,
    PartyRole,
    RegulatoryStatus,
    Scale,
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


def _items() -> tuple[str, ...]:
    return tuple(item.value for item in NoticeItem)


GIVEN = ("missing", "given")
PARTLY = ("missing", "partial", "given")
AGE = ("current", "grace", "overdue")
ASSESSMENTS = ("lia", "dpia", "tia", "compatibility", "best_interest", "risk")
"""Assessments by their type, in the order of their facts."""

ASSESSED = ("missing", "unapproved", "later", "refused", "high_risk", "given", "grace", "overdue")
"""States of an assessment that covers a use: none, approved by nobody or by who asked for it, approved later, with a bad
result, with high remaining risk, good, within thirty days after its last day, after these."""

PEOPLE = (
    "alumni", "child", "customer", "dealer", "donor", "employee", "fan", "investor", "media", "minor", "parent",
    "patient", "prospect", "student", "supplier", "vulnerable",
)  # fmt: skip
CRITERIA = ("evaluation", "automated", "monitoring", "sensitive", "large_scale", "combining", "vulnerable")
"""Criteria of WP248 rev.01 that a catalogue knows; the two it cannot know are innovation and a right that is lost."""
CONDITIONS = (
    "missing", "unknown", *(f"A9-2-{letter}" for letter in "abcdefghij"), "11-I", *(f"11-II-{letter}" for letter in "abcdefg"),
)  # fmt: skip

_FACTS: Mapping[str, tuple[Fact, ...]] = {
    "element": (
        Fact("element.title", "Whether it has a title", GIVEN),
        Fact("element.description", "Whether it is described", GIVEN),
        Fact("element.kind", "Its kind", _all(Kind)),
        Fact("element.category", "Whether a data category is named", GIVEN),
        Fact(
            "element.category_flags",
            "What its category brings",
            ("criminal", "emotion", "sensitive", "special"),
            many=True,
        ),
        Fact("element.categories", "Its category and every broader one, such as pd:Contact", many=True),
        Fact("element.biometric_source", "Whether it is, or derives from, data about body, face or voice"),
        Fact("element.consented", "Whether any consent is declared for it", GIVEN),
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
        Fact("origin.security", "Whether both encryption and access control are among its measures", PARTLY),
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
        Fact("process.does", "Its operations and every broader one, such as Disclose or Profiling", many=True),
        Fact("process.scale", "How much data it handles", _all(Scale)),
        Fact("purpose.above", "The purpose and every broader one, such as DirectMarketing", many=True),
        Fact("catalogue.controller", "Whether a controller with name and contact is declared", PARTLY),
        Fact("catalogue.dpo", "Whether a data protection officer is declared", GIVEN),
        Fact("use.audiences", "Kinds of people the data is about", PEOPLE, many=True),
        Fact(
            "use.recipients",
            "Roles of those who receive the data",
            (*(role.value for role in PartyRole), "unknown"),
            many=True,
        ),
        Fact(
            "use.uncontracted",
            "Roles of recipients without a contract on record",
            (*(role.value for role in PartyRole), "unknown"),
            many=True,
        ),
        Fact("use.register", "Whether a record of the activity after GDPR Article 30 could be written", PARTLY),
        Fact("use.citation", "Whether a law is cited", GIVEN),
        Fact("use.objection", "Whether it says how to object", GIVEN),
        Fact("use.opt_out", "Whether it says how to opt out", GIVEN),
        Fact(
            "use.less_sensitive",
            "Elements of lower sensitivity used for the same purpose: none, all weighed, some passed over",
            ("none", "considered", "ignored"),
        ),
        Fact(
            "use.waiver",
            "Waivers that cover it: none, all effective, one that can have no effect",
            ("none", "sound", "void"),
        ),
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
        Fact("use.law", "Whether a general data protection law applies", GIVEN),
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
        Fact("pilot.near", "Whether the pilot ends within 14 days"),
        Fact("pilot.legacy", "Whether it moves a use that existed before into the catalogue"),
        Fact(
            "pilot.risk",
            "Whether its risk asks for an assessment first, and has one",
            ("ordinary", "assessed", "unassessed"),
        ),
        Fact("pilot.plan", "Hypothesis, measure, target and owner of the pilot", PARTLY),
        Fact("pilot.approval", "Approval of the pilot", ("missing", "same_person", "given")),
        Fact("pilot.length", "Whether the declared pilot is longer than allowed", ("allowed", "shortened")),
        Fact(
            "told.purpose",
            "When people were told of the purpose: when their data was captured, only later, never, or nobody knows",
            ("at_capture", "later", "never", "unknown"),
        ),
        Fact(
            "told.flow",
            "Whether a statement covers the use: not asked yet, told, told to those captured later only, untold",
            ("unasked", "told", "stale", "untold"),
        ),
        Fact("told.broken", "Whether people were promised that this will not happen"),
        Fact("told.exceeded", "What goes further than people were told", ("no", "recipients", "retention", "both")),
        Fact("told.vague", "Whether a sentence that covers the use leaves something open"),
        Fact("told.undated", "Whether the days of capture or of a statement are unknown"),
        Fact("told.unused", "Whether people were told of a use of this element that nobody makes"),
        Fact("told.benefit", "Whether a benefit was promised"),
        Fact("told.risk", "Whether a gap weighs heavily: disclosure, sale or special data", ("ordinary", "high")),
        Fact(
            "source.purpose",
            "Whether what it derives from is used for the purpose too: nothing, yes, by assessment, no",
            ("none", "allowed", "assessed", "not_allowed"),
        ),
        Fact("source.consent", "Consents of what it derives from: none, standing, ended", ("none", "valid", "ended")),
        Fact(
            "use.emergency",
            "An emergency change that touches it: none, not approved yet, not approved in time",
            ("none", "open", "overdue"),
        ),
        Fact(
            "use.anonymised",
            "Whether the element is said to be anonymised, and an approved assessment bears that out",
            ("no", "proven", "unproven"),
        ),
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
            "regime.child",
            "Age of minors against the age of consent: no minors, below, above, unknown",
            ("none", "under_age", "of_age", "unknown"),
        ),
        Fact("regime.condition", "The declared condition for special data", CONDITIONS),
        Fact("regime.dpia_criteria", "Criteria of risk that are met", CRITERIA, many=True),
        Fact(
            "notice.state",
            "The statements people were told by: none, not in force yet, in force",
            ("missing", "later", "given"),
        ),
        Fact("notice.items", "Items that the statements cover at every origin", _items(), many=True),
        Fact(
            "transfer.destination",
            "Where data goes: inside, to countries with adequate law, to others",
            ("none", "adequate", "third"),
        ),
        Fact(
            "transfer.mechanism",
            "The weakest mechanism of a transfer to a country without adequate law",
            ("missing", "unknown", "other", "adequacy", "safeguard", "derogation"),
        ),
        Fact("transfer.evidence", "Whether every such transfer is proven", GIVEN),
        *(
            Fact(f"assessment.{name}", f"State of the {words}", ASSESSED)
            for name, words in (
                ("lia", "legitimate-interest assessment"),
                ("dpia", "data protection impact assessment"),
                ("tia", "transfer impact assessment"),
                ("compatibility", "assessment that a new purpose is compatible"),
                ("best_interest", "assessment of the best interest of a child"),
                ("risk", "risk assessment"),
            )
        ),
        Fact(
            "consent.status",
            "State of the consent that covers purpose, audience and regime",
            ("none", *(s.value for s in ConsentStatus)),
        ),
        Fact("consent.method", "How it was indicated", ("missing", "valid", "invalid")),
        Fact("consent.statement", "Whether the statement people saw is named", GIVEN),
        Fact("consent.withdraw", "Whether it says how to withdraw", GIVEN),
        Fact("consent.explicit", "Whether it was express"),
        Fact(
            "consent.informed",
            "Whether the statement was in force that day and names controller, purpose and withdrawal",
            ("missing", "later", "partial", "given"),
        ),
        Fact(
            "consent.purpose",
            "Whether it was asked for one purpose or for a group of them",
            ("none", "specific", "broad"),
        ),
        Fact(
            "consent.free",
            "Whether anything speaks against a free choice",
            ("free", "bundled", "detriment", "imbalance"),
        ),
        Fact("consent.separate", "Whether it was kept apart from other terms", ("unknown", "separate", "mixed")),
        Fact("consent.easy", "Whether withdrawing takes no more steps than giving", ("unknown", "easy", "harder")),
        Fact("consent.guardian", "Whether a guardian's consent is on record", GIVEN),
        Fact("consent.age", "Whether a consent without a last day is older than is usual", ("current", "old")),
        Fact("consent.sound", "Whether it stands and meets all that makes a consent valid (GDPR Articles 4(11), 7)"),
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
         "outcome_end", "insight", "pilot_until", "pilot_limit", "other", "waiver", "statement", "recipients", "promised",
         "source", "path", "gaps", "consent_source", "consent_path", "emergency", "emergency_until"}
    ),
    Scope.REGIME: frozenset(
        {"element", "title", "process", "purpose", "audience", "whose", "regime", "basis", "status", "status_end",
         "consent", "sensitivity", "lacking", "where", "criteria", "pilot_until", "gaps",
         *(f"{name}{end}" for name in ASSESSMENTS for end in ("", "_end"))}
    ),
    Scope.REQUEST: frozenset(
        {"element", "process", "purpose", "audience", "whose", "regime", "near", "source", "path", "prohibited", "title", "why"}
    ),
}  # fmt: skip
"""Scope → names that messages and fixes may hold in braces."""


def facts_of(scope: Scope) -> tuple[Fact, ...]:
    """Give every fact a rule of ``scope`` may read, in the order in which the judge fills them."""
    return tuple(fact for part in SEES[scope] for fact in _FACTS[part])


def own_facts(scope: Scope) -> tuple[Fact, ...]:
    """Give the facts that belong to ``scope`` itself."""
    return _FACTS.get(scope.value, ())
