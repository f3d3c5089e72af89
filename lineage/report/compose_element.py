"""One element's section of the report, composed when it is written and not before."""

from __future__ import annotations

from collections.abc import Sequence

from lineage.gate.findings import Finding
from lineage.gate.instants import within
from lineage.judge.material import Body, ElementRecord
from lineage.report.compose_facts import (
    applied,
    consents,
    insights,
    origins,
    outcomes,
    recorded,
    told,
)
from lineage.report.compose_law import inherited, regulatory
from lineage.report.compose_lineage import lineage
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import HOLDS, Standing, is_applied, standing
from lineage.report.compose_told import gaps
from lineage.report.compose_use import fixes, uses
from lineage.report.compose_words import count, shortened
from lineage.report.contexts import anchor_of
from lineage.report.contexts_element import (
    AudienceLabel,
    ElementContext,
    ElementLink,
    StageRow,
    VerdictContext,
)
from lineage.report.contexts_picture import Stage


def element_context(sight: Sight, key: str, number: int) -> ElementContext:
    """Compose the section of one element; it is the ``number``-th of the report."""
    element = sight.table.elements[key]
    record = sight.record(key)
    judged = sight.judged(element)
    findings = sight.element_findings(element, judged)
    stands = standing(sight, element, judged, findings)
    body = record.body
    category = sight.material.vocabulary.categories.get(body.get("category") or "")
    return ElementContext(
        anchor=anchor_of(key),
        number=number,
        of=len(sight.keys),
        key=key,
        title=element.title,
        description=str(body.get("description") or ""),
        also_known_as=element.also,
        kind=str(body.get("kind") or ""),
        category=category.title if category else str(body.get("category") or ""),
        category_iri=category.iri if category else "",
        audiences=tuple(_audience(sight, name) for name in element.audiences),
        steward=str(body.get("steward") or ""),
        lifecycle="retired" if element.retired else str(body.get("lifecycle") or "active"),
        verdict=_verdict(sight, stands, judged, len(sight.bans(key))),
        cycle=stands.cycle,
        stages=_stages(record, judged, stands, findings, sight),
        lineage=lineage(sight, element, judged, stands, findings),
        uses=uses(sight, key, judged),
        origins=origins(sight, record, findings),
        outcomes=outcomes(sight, judged),
        insights=insights(sight, judged),
        consents=consents(sight, record),
        regulatory=regulatory(sight, record),
        told=told(sight, key, judged),
        gaps=gaps(sight, element, judged),
        inherited=inherited(sight, element, judged),
        derived_from=tuple(_link(sight, e.source, e.source, key) for e in sight.derivation.sources.get(key, ())),
        feeds=tuple(_link(sight, e.target, key, e.target) for e in sight.derivation.targets.get(key, ())),
        findings=tuple(map(sight.finding, findings)),
    )


def _audience(sight: Sight, key: str) -> AudienceLabel:
    return AudienceLabel(sight.table.audiences.get(key, key), sight.material.audiences.get(key, {}).get("rank"))


# ---- the verdict ----------------------------------------------------------------------------------------------------


def _verdict(sight: Sight, stands: Standing, judged: Sequence[JudgedUse], bans: int) -> VerdictContext:
    return VerdictContext(stands.readiness, _sentence(stands, len(judged), bans), fixes(sight, judged))


def _sentence(stands: Standing, number: int, bans: int) -> str:
    """Say in one sentence with numbers whether processes may use the element."""
    if not number:
        only = "Only a prohibition is" if bans == 1 else f"Only {bans} prohibitions are"
        return f"{only} declared for this element." if bans else "No process has asked to use this element."
    if stands.undecided == number:
        return f"A rule gave no answer for {_all(number)}: ask whoever keeps the pack."
    if not stands.allowed:
        return f"No process may use this element yet: {_none(number)} allowed."
    duties = f", {stands.with_obligations} with obligations" if stands.with_obligations else ""
    if stands.allowed == number:
        return f"Processes may use this element: {_all(number)} {'is' if number == 1 else 'are'} allowed{duties}."
    verb = "is" if stands.allowed == 1 else "are"
    return f"Some processes may use this element: {stands.allowed} of {number} uses {verb} allowed{duties}."


def _all(number: int) -> str:
    return "its only use" if number == 1 else f"all {number} uses"


def _none(number: int) -> str:
    return "its only use is not" if number == 1 else f"none of its {number} uses is"


# ---- the four stages in words ---------------------------------------------------------------------------------------


def _stages(
    record: ElementRecord, judged: Sequence[JudgedUse], stands: Standing, findings: Sequence[Finding], sight: Sight
) -> tuple[StageRow, ...]:
    texts = {
        "origin": (_origin_text(record), _newest(sight, [body.get("captured_since") for _, body in record.origins])),
        "purpose": (_purpose_text(sight, judged), _newest(sight, [j.record.body.get("changed") for j in judged])),
        "outcome": _outcome_text(sight, judged),
        "insight": _insight_text(sight, judged),
    }
    found = []
    for stage, state in stands.stages:
        text, day = texts[stage]
        lacks = _open(stage, judged, findings)
        found.append(StageRow(stage, state, f"{text}; not met: {lacks}" if lacks else text, day))
    return tuple(found)


def _open(stage: Stage, judged: Sequence[JudgedUse], findings: Sequence[Finding]) -> str:
    """Name the rules of a stage that are not met, by their titles, the most frequent first."""
    spoken = [f for f in findings if f.stage == stage and f.severity == "blocker"]
    spoken += [f for one in judged for f in one.blockers if f.stage == stage]
    numbers: dict[str, int] = {}
    for finding in spoken:
        numbers[finding.title] = numbers.get(finding.title, 0) + 1
    names = sorted(numbers, key=lambda title: (-numbers[title], title))
    return shortened([f"{title[:1].lower()}{title[1:]}" for title in names])


def _origin_text(record: ElementRecord) -> str:
    if not record.origins:
        return "nothing recorded"
    bodies = [body for _, body in record.origins]
    touchpoints = len({body["touchpoint"] for body in bodies if body.get("touchpoint")})
    stores = len({(body["stored_in"]["system"]) for body in bodies if (body.get("stored_in") or {}).get("system")})
    sources = len({item["element"] for body in bodies for item in body.get("derived_from") or ()})
    parts = [count(touchpoints, "touchpoint")] if touchpoints else []
    parts += [count(sources, "source element")] if sources else []
    return ", ".join([*parts, count(stores, "store")]) if stores else ", ".join(parts) or count(len(bodies), "origin")


def _purpose_text(sight: Sight, judged: Sequence[JudgedUse]) -> str:
    if not judged:
        return "no use declared"
    number = count(len({one.use.process for one in judged}), "process")
    purposes = shortened(list(dict.fromkeys(sight.purpose(one.use.purpose) for one in judged)))
    return f"{number}: {purposes}"


def _outcome_text(sight: Sight, judged: Sequence[JudgedUse]) -> tuple[str, str]:
    if not judged:
        return "nothing to observe yet", ""
    done = [[body for _, body in one.record.outcomes if recorded(sight, body)] for one in judged]
    if not any(done):
        return f"none recorded for {count(len(judged), 'use')}", ""
    us, person = (
        sum(any(_value(body, side) for body in part) for part in done) for side in ("organisation", "subject")
    )
    text = f"value to us known for {us} of {len(judged)}, to the person for {person} of {len(judged)}"
    return text, _newest(sight, [body["recorded"] for bodies in done for body in bodies])


def _value(body: Body, side: str) -> bool:
    return bool((body.get(side) or {}).get("value"))


def _insight_text(sight: Sight, judged: Sequence[JudgedUse]) -> tuple[str, str]:
    if not judged:
        return "nothing to learn from yet", ""
    used = [one for one in judged if one.answer.stages["insight"] in HOLDS and is_applied(one)]
    text = f"a decision was applied for {len(used)} of {len(judged)}"
    days = [body.get("applied") for one in judged for _, body in one.record.insights if applied(sight, body)]
    return text, _newest(sight, days)


def _newest(sight: Sight, days: Sequence[str | None]) -> str:
    return max((day[:10] for day in days if day and day[:10] <= sight.today), default="")


# ---- derivation -----------------------------------------------------------------------------------------------------


def _link(sight: Sight, shown: str, source: str, target: str) -> ElementLink:
    """Name the element at the other end of an edge, with what the edge does."""
    record = sight.material.elements.get(target)
    items = [item for _, body in record.origins for item in body.get("derived_from") or ()] if record else []
    masked = [bool(item.get("masking")) for item in items if item["element"] == source]
    edge = next(e for e in sight.derivation.sources[target] if e.source == source)
    closed = within(edge.closed, sight.view.instant)
    if closed:
        note = "masked, with an approved assessment: restrictions do not travel along"
    elif masked and all(masked):
        note = "masked, but no approved assessment says so: restrictions travel along"
    else:
        note = "restrictions travel along"
    return ElementLink(shown, sight.title(shown), sight.anchor(shown), note)
