"""Tables of processes, uses, what came of them, assessments and waivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Table

from lineage.domain.enumerations import (
    AssessmentResult,
    AssessmentType,
    Automation,
    Basis,
    Decision,
    Effect,
    Necessity,
    Scale,
    Value,
)
from lineage.domain.kinds import NOT_TOLD
from lineage.store.columns import (
    Place,
    child,
    day,
    flag,
    items,
    list_at,
    main,
    measured,
    one_of,
    refers,
    said,
    term,
    text,
)

processes = main(
    "processes", "process",
    text("title"), text("description"), text("owner"), one_of("automation", Automation), text("system"),
    one_of("scale", Scale),
)  # fmt: skip
child("process_operations", ("process", processes), items("operations"), term("operation", "", needed=True))
child("process_recipients", ("process", processes), items("recipients"), refers("party", "parties", ""))

uses = main(
    "uses", "use",
    refers("element", "elements", needed=True), refers("process", "processes"),
    term("purpose", index=True, needed=True), refers("audience", "audiences"),
    one_of("effect", Effect), text("law"), text("objection"), text("opt_out"), text("why"),
    said("no_alternative", "alternatives", "none"), one_of("necessity", Necessity),
    said("not_told", "told", "not_told"),
    text("organisation_benefit", "expects.organisation.benefit"),
    text("organisation_measure", "expects.organisation.measure"),
    measured("organisation_target", "expects.organisation.target"),
    text("subject_benefit", "expects.subject.benefit"), text("subject_measure", "expects.subject.measure"),
    measured("subject_target", "expects.subject.target"),
    day("review_by", index=True), day("changed"),
    day("pilot_from", "pilot.from"), day("pilot_until", "pilot.until"), text("pilot_hypothesis", "pilot.hypothesis"),
    text("pilot_measure", "pilot.measure"), measured("pilot_target", "pilot.target"),
    text("pilot_owner", "pilot.owner"),
    text("pilot_requested_by", "pilot.requested_by"), text("pilot_approved_by", "pilot.approved_by"),
    flag("pilot_legacy", "pilot.legacy"),
    checks=[CheckConstraint("process IS NOT NULL OR effect = 'prohibit'", name="process")],
)  # fmt: skip


def _bases(_: str, body: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """The legal basis and the condition for special data, side by side for each regime."""
    bases, conditions = body.get("basis") or {}, body.get("special_condition") or {}
    for regime in (*bases, *(regime for regime in conditions if regime not in bases)):
        yield (regime,), {"basis": bases.get(regime), "special_condition": conditions.get(regime)}


child("bases", ("use", uses), _bases, one_of("basis", Basis), text("special_condition"), by="regime")
child("use_evidence", ("use", uses), items("evidence"), text("reference", "", needed=True))
child("use_statements", ("use", uses), items("told"), refers("statement", "statements", ""))
child("alternatives", ("use", uses), items("alternatives"), refers("element", "elements"), text("why_not"))

outcomes = main(
    "outcomes", "outcome",
    text("name", "key", needed=True), day("period_from", "period.from"), day("period_until", "period.until"),
    one_of("organisation_value", Value, "organisation.value"),
    measured("organisation_observed", "organisation.observed"),
    one_of("subject_value", Value, "subject.value"), measured("subject_observed", "subject.observed"),
    day("recorded"), text("recorded_by", "by"),
    under=("use", "uses"),
)  # fmt: skip
child("outcome_evidence", ("outcome", outcomes), items("evidence"), text("reference", "", needed=True))

insights = main(
    "insights", "insight",
    text("name", "key", needed=True), text("learned"), one_of("decision", Decision),
    day("applied"), text("drawn_by", "by"),
    under=("use", "uses"),
)  # fmt: skip


def _cited(key: str, body: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """The outcomes an insight cites, by their whole key; in the document they stand without that of the use."""
    use = key.partition("#")[0]
    for position, own in enumerate(list_at(body, ("outcomes",))):
        yield (position,), {"outcome": None if own in NOT_TOLD else f"{use}#{own}"}


child("insight_outcomes", ("insight", insights), _cited, term("outcome", index=True))
child("insight_evidence", ("insight", insights), items("evidence"), text("reference", "", needed=True))

_COVERED = {"elements": "element", "processes": "process", "purposes": "purpose", "regimes": "regime"}


def _covered(_: str, body: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    """Everything an assessment or waiver covers, one thing a row."""
    position = 0
    for name, one in _COVERED.items():
        for key in list_at(body, ("covers", name)):
            yield (position,), {one: key}
            position += 1


def _covers(name: str, own: str, parent: Table) -> Table:
    return child(
        name, (own, parent), _covered,
        refers("element", "elements"), refers("process", "processes"), term("purpose"), term("regime"),
    )  # fmt: skip


assessments = main(
    "assessments", "assessment",
    text("title"), one_of("type", AssessmentType), one_of("result", AssessmentResult), text("requested_by"),
    text("approved_by"), day("approved"), day("valid_until", index=True),
)  # fmt: skip
_covers("assessment_covers", "assessment", assessments)
child("assessment_evidence", ("assessment", assessments), items("evidence"), text("reference", "", needed=True))

waivers = main(
    "waivers", "waiver",
    text("finding", needed=True), text("reason"), text("requested_by"), text("approved_by"), day("until", index=True),
)  # fmt: skip
_covers("waiver_covers", "waiver", waivers)

emergencies = main("emergencies", "emergency", text("until", needed=True), text("reason"))
child("emergency_uses", ("emergency", emergencies), items("uses"), term("use", "", index=True, needed=True))
