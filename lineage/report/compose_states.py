"""States of stages, consents and regimes: read off the answers, never decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from lineage.domain.consents import OVER
from lineage.domain.days import after, start_of
from lineage.gate.findings import Finding
from lineage.gate.table import Element
from lineage.judge.consents import ConsentDates
from lineage.judge.material import Body, ElementRecord
from lineage.report.compose_sight import GIVEN, JudgedUse, Sight
from lineage.report.contexts_element import Readiness, RegimeStatus
from lineage.report.contexts_picture import STAGES, CyclePicture, CycleState, Stage, StageState

WORST: tuple[StageState, ...] = ("missing", "partial", "not_assessed", "expiring", "complete", "not_required")
"""States, worst first."""

HOLDS = frozenset({"complete", "expiring"})
_CYCLES: tuple[CycleState, ...] = ("suspended", "incomplete", "stale", "pilot", "complete", "retired")
_STATUS: dict[str, StageState] = {
    "compliant": "complete",
    "partially_compliant": "partial",
    "non_compliant": "missing",
    "violation": "missing",
    "unlawful": "missing",
}
ENDED = OVER | {"none"}
"""States in which a consent carries nothing any more."""


def worst(states: Iterable[StageState], empty: StageState) -> StageState:
    """Give the worst state, or ``empty`` where there is none."""
    found = set(states)
    return next((state for state in WORST if state in found), empty)


def stage_state(judged: JudgedUse, stage: Stage) -> StageState:
    """Give the state of a stage for one use; a complete one that ends soon is expiring."""
    state = cast("StageState", judged.answer.stages[stage])
    return "expiring" if state == "complete" and stage in judged.ending else state


def consent_state(judged: JudgedUse) -> StageState:
    """Give the state of the consent a use needs."""
    status = judged.answer.consent
    stopped = any(finding.stage == "consent" for finding in judged.blockers)
    if status in GIVEN:
        return "partial" if stopped else "expiring" if "consent" in judged.ending else "complete"
    if status == "not_required":
        return "missing" if stopped else "not_required"
    return "missing" if stopped or status in ENDED else "not_assessed"


def declared_consent(sight: Sight, record: ElementRecord, key: str, body: Body) -> tuple[str, StageState]:
    """Give the status of one declared consent at the instant, as the judge reads it, and how it counts."""
    alone = ElementRecord(record.key, record.body, consents=[(key, body)])
    regime = next(iter(body.get("regimes") or ()), "")
    audience = (str(body["audience"]),) if body.get("audience") else ()
    purpose, purposes = body.get("purpose") or "", sight.table.purposes
    facts, number = ConsentDates(sight.material, alone, purpose, regime, audience, purposes).at(sight.view.instant)
    status = str(facts[0]) if number >= 0 else "unknown"
    if status in GIVEN:
        ends = body.get("expires")
        return status, "expiring" if ends and after(ends, sight.zone) <= sight.soon else "complete"
    return status, "missing" if status in ENDED else "not_assessed"


def status_state(sight: Sight, entry: Body | None, regime: str, status: str) -> StageState:
    """Give how a declared regulatory status counts at the instant."""
    term = sight.material.vocabulary.regimes.get(regime)
    if term is not None and not term.needs_status:
        return "not_required"
    state = _STATUS.get(status, "not_assessed")
    review = (entry or {}).get("review_by")
    if state == "complete" and review and after(review, sight.zone) <= sight.soon:
        return "expiring"
    return state


def declared_status(sight: Sight, entry: Body) -> str:
    """Give a declared status; one that is assessed later than the instant is not known yet."""
    assessed = entry.get("assessed")
    if assessed and start_of(assessed, sight.zone) > sight.view.instant:
        return "unknown"
    return str(entry.get("status") or "unknown")


def regime_statuses(sight: Sight, record: ElementRecord, judged: JudgedUse) -> tuple[RegimeStatus, ...]:
    """Give the status under each regime that applies to a use."""
    return tuple(
        RegimeStatus(regime, words(status), status_state(sight, record.regulatory.get(regime), regime, status))
        for regime, status in judged.answer.regulatory.items()
    )


def words(code: str) -> str:
    """Give a code as words."""
    return code.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Standing:
    """How an element stands over all its uses."""

    cycle: CyclePicture
    consent: StageState
    regulatory: StageState
    readiness: Readiness
    allowed: int
    with_obligations: int
    denied: int
    undecided: int

    @property
    def stages(self) -> tuple[tuple[Stage, StageState], ...]:
        """The four stages in the order of the cycle."""
        return self.cycle.stages


def standing(sight: Sight, element: Element, uses: Sequence[JudgedUse], findings: Sequence[Finding]) -> Standing:
    """Put the answers of an element's uses together; ``findings`` are those about the element itself."""
    allowed = [judged for judged in uses if judged.answer.effect == "allow"]
    bound = sum(bool(judged.answer.obligations) for judged in allowed)
    undecided = sum(judged.answer.effect == "undecided" for judged in uses)
    return Standing(
        cycle=_cycle(sight, element, uses),
        consent=worst(map(consent_state, uses), "not_required" if uses else "not_assessed"),
        regulatory=_regulatory(sight, element, uses, findings),
        readiness=_readiness(len(uses), len(allowed), bound, undecided),
        allowed=len(allowed),
        with_obligations=bound,
        denied=len(uses) - len(allowed) - undecided,
        undecided=undecided,
    )


def _readiness(uses: int, allowed: int, bound: int, undecided: int) -> Readiness:
    if uses == undecided:
        return "not_assessed"
    if not allowed:
        return "not_ready"
    return "ready" if allowed == uses and not bound else "with_limits"


def _cycle(sight: Sight, element: Element, uses: Sequence[JudgedUse]) -> CyclePicture:
    known = [judged for judged in uses if judged.answer.uses]
    timeline = element.origin
    alone = cast("StageState", timeline.cores[timeline.at(sight.view.instant)].stages[0])
    state = {stage: worst((stage_state(j, stage) for j in uses), "missing") for stage in STAGES[1:]}
    origin = worst((stage_state(j, "origin") for j in known), alone)
    holds = {stage: found in HOLDS for stage, found in {"origin": origin, **state}.items()}
    applied = all(is_applied(judged) for judged in uses)
    return CyclePicture(
        origin=origin,
        purpose=state["purpose"],
        outcome=state["outcome"],
        insight=state["insight"],
        origin_to_purpose=holds["origin"] and holds["purpose"],
        purpose_to_outcome=holds["purpose"] and holds["outcome"],
        outcome_to_insight=holds["outcome"] and holds["insight"],
        insight_to_purpose=holds["insight"] and applied,
        state=_cycle_state(element, uses),
    )


def is_applied(judged: JudgedUse) -> bool:
    """Tell whether the decision of an insight counts: a waiver may complete the stage, but never closes the loop."""
    said = judged.answer
    return said.stages["insight"] == "complete" and all(f.code != "usage-cycle/insight-applied" for f in said.findings)


def _cycle_state(element: Element, uses: Sequence[JudgedUse]) -> CycleState:
    found = {judged.answer.cycle for judged in uses}
    if element.retired:
        return "retired"
    return next((state for state in _CYCLES if state in found), "incomplete")


def _regulatory(sight: Sight, element: Element, uses: Sequence[JudgedUse], findings: Sequence[Finding]) -> StageState:
    """Give the regulatory state over all regimes; what a regime's rules find counts as well as what was declared."""
    record = sight.record(element.key)
    if any(f.stage == "regulation" and f.severity == "blocker" for f in findings):
        return "missing"
    if any(f.stage == "regulation" for judged in uses for f in judged.blockers):
        return "missing"
    if not uses:
        entries = record.regulatory.items()
        return worst((status_state(sight, e, r, declared_status(sight, e)) for r, e in entries), "not_assessed")
    states = [status.state for judged in uses for status in regime_statuses(sight, record, judged)]
    found = worst(states, "not_assessed")
    ending = any("regulation" in judged.ending for judged in uses)
    return "expiring" if found == "complete" and ending else found
