"""What an element's documents say: origins, outcomes, insights, consents, and what people were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lineage.domain.days import start_of
from lineage.gate.findings import Finding
from lineage.judge.material import Body, ElementRecord
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import declared_consent, stage_state, words
from lineage.report.compose_words import captured_how, in_force, listed, quoted, retention, says
from lineage.report.contexts_element import (
    ConsentContext,
    InsightContext,
    OriginContext,
    OutcomeContext,
    ToldContext,
)
from lineage.report.contexts_picture import StageState

EXCEEDED = "usage-cycle/G3"


def origins(sight: Sight, record: ElementRecord, findings: Sequence[Finding]) -> tuple[OriginContext, ...]:
    """Give every way the element is captured; ``findings`` are those about the element itself."""
    return tuple(_origin(sight, key, body, origin_state(key, body, findings)) for key, body in record.origins)


def origin_state(key: str, body: Body, findings: Iterable[Finding]) -> StageState:
    """Give the state of one origin: open where a blocker speaks of it, missing where nothing but its key is said."""
    about = [finding for finding in findings if finding.document == ("origin", key)]
    if any(finding.unanswered for finding in about):
        return "not_assessed"
    if any(finding.severity == "blocker" for finding in about):
        return "partial" if len(body) > 1 else "missing"
    return "complete"


def _origin(sight: Sight, key: str, body: Body, state: StageState) -> OriginContext:
    stored = body.get("stored_in") or {}
    told = body.get("told")
    kept = retention(body.get("retention") or {})
    default = retention(sight.material.defaults.get("retention") or {})
    since = f"since {body['captured_since']}" if body.get("captured_since") else ""
    return OriginContext(
        key=key.rpartition("#")[2],
        touchpoint=touchpoint(sight, body),
        mode=captured_how(sight, body),
        captured=" ".join(part for part in (str(body.get("captured_by") or ""), since) if part),
        stored=", ".join(str(stored[name]) for name in ("system", "country") if stored.get(name)),
        retention=kept or (f"{default} (default of the catalogue)" if default else ""),
        measures=tuple(words(m) for m in body.get("measures") or sight.material.defaults.get("measures") or ()),
        told=tuple(statement(sight, name) for name in told) if isinstance(told, list) else (),
        state=state,
    )


def touchpoint(sight: Sight, origin: Body) -> str:
    """Give the touchpoint of an origin with its part of the journey."""
    key = origin.get("touchpoint")
    if not key:
        return ""
    found = sight.material.touchpoints.get(key, {})
    journey = f" ({found['journey']})" if found.get("journey") else ""
    return f"{found.get('title') or key}{journey}"


def statement(sight: Sight, key: str) -> str:
    """Give the title of a statement, or its key."""
    return str(sight.material.statements.get(key, {}).get("title") or key)


def outcomes(sight: Sight, uses: Sequence[JudgedUse]) -> tuple[OutcomeContext, ...]:
    """Give what the uses did, use by use, the newest first."""
    found = []
    for judged in uses:
        newest = newest_outcome(sight, judged)
        for key, body in _newest_first(judged.record.outcomes, "recorded"):
            window = body.get("period") or {}
            found.append(
                OutcomeContext(
                    process=sight.process(judged.use.process),
                    period=" to ".join(str(window[name]) for name in ("from", "until") if window.get(name)),
                    organisation=side(body, "organisation"),
                    subject=side(body, "subject"),
                    recorded=str(body.get("recorded") or ""),
                    evidence=tuple(body.get("evidence") or ()),
                    state=stage_state(judged, "outcome") if key == newest else outcome_state(sight, body),
                )
            )
    return tuple(found)


def _newest_first(documents: Iterable[tuple[str, Body]], day: str) -> list[tuple[str, Body]]:
    return sorted(documents, key=lambda item: (item[1].get(day) or "", item[0]), reverse=True)


def newest_outcome(sight: Sight, judged: JudgedUse) -> str:
    """Give the key of the newest outcome that was recorded by the instant; nothing where there is none."""
    counting = [(body["recorded"], key) for key, body in judged.record.outcomes if recorded(sight, body)]
    return max(counting)[1] if counting else ""


def recorded(sight: Sight, body: Body) -> bool:
    """Tell whether an outcome was recorded by the instant."""
    day = body.get("recorded")
    return bool(day) and start_of(day, sight.zone) <= sight.view.instant


def outcome_state(sight: Sight, body: Body) -> StageState:
    """Give the state of an outcome the verdict does not speak of: whole, open, or not recorded yet."""
    if body.get("recorded") and not recorded(sight, body):
        return "not_assessed"
    sides = [body.get("organisation") or {}, body.get("subject") or {}]
    said = all(part.get("value") and "observed" in part for part in sides)
    return "complete" if said and body.get("recorded") and body.get("evidence") else "partial"


def side(body: Body, name: str) -> str:
    """Give what an outcome was for one side, and what was observed."""
    found = body.get(name) or {}
    observed = found.get("observed", "")
    return ": ".join(str(part) for part in (found.get("value") or "", observed) if part != "")


def insights(sight: Sight, uses: Sequence[JudgedUse]) -> tuple[InsightContext, ...]:
    """Give what was learned, use by use, the newest first."""
    found = []
    for judged in uses:
        newest = newest_insight(sight, judged)
        for key, body in _newest_first(judged.record.insights, "applied"):
            found.append(
                InsightContext(
                    process=sight.process(judged.use.process),
                    learned=str(body.get("learned") or ""),
                    decision=words(body.get("decision") or "none"),
                    applied=str(body.get("applied") or ""),
                    evidence=tuple(body.get("evidence") or ()),
                    state=stage_state(judged, "insight") if key == newest else _insight_state(sight, body),
                )
            )
    return tuple(found)


def newest_insight(sight: Sight, judged: JudgedUse) -> str:
    """Give the key of the insight applied last by the instant, or of any where none is."""
    ranked = [(applied(sight, body), body.get("applied") or "", key) for key, body in judged.record.insights]
    return max(ranked)[2] if ranked else ""


def applied(sight: Sight, body: Body) -> bool:
    """Tell whether the decision of an insight was applied by the instant."""
    day = body.get("applied")
    return bool(day) and start_of(day, sight.zone) <= sight.view.instant


def _insight_state(sight: Sight, body: Body) -> StageState:
    whole = applied(sight, body) and body.get("learned") and body.get("decision") and body.get("outcomes")
    return "complete" if whole else "partial"


def consents(sight: Sight, record: ElementRecord) -> tuple[ConsentContext, ...]:
    """Give the declared consents as they stand at the instant."""
    found = []
    for key, body in record.consents:
        status, state = declared_consent(sight, record, key, body)
        audience = body.get("audience") or ""
        ways = (words(body.get("method") or ""), f"withdrawn by: {body['withdraw']}" if body.get("withdraw") else "")
        found.append(
            ConsentContext(
                purpose=sight.purpose(body.get("purpose") or "") or "No purpose",
                audience=sight.table.audiences.get(audience, audience) or "everybody",
                status=words(status),
                state=state,
                method="; ".join(way for way in ways if way),
                given=str(body.get("given") or ""),
                ends=str(body.get("withdrawn") or body.get("expires") or ""),
                regimes=tuple(body.get("regimes") or ()),
            )
        )
    return tuple(found)


def told(sight: Sight, key: str, uses: Sequence[JudgedUse]) -> tuple[ToldContext, ...]:
    """Give each sentence of a statement that names the element, against what the catalogue says is done."""
    found = []
    for name, said in sight.sentences.get(key, ()):
        body = sight.material.statements[name]
        heading = ", ".join(part for part in (statement(sight, name), in_force(body)) if part)
        done, state = _kept(sight, body, said, uses)
        found.append(ToldContext(heading, sight.sentence(says(sight, said)), done, state))
    return tuple(found)


def _kept(sight: Sight, body: Body, said: Body, uses: Sequence[JudgedUse]) -> tuple[str, StageState]:
    start = (body.get("in_force") or {}).get("from")
    if start and start_of(start, sight.zone) > sight.view.instant:
        return "The statement is not in force yet.", "not_assessed"
    modality, purpose = said.get("modality"), said.get("purpose")
    if not purpose:
        return "It names no purpose, so nothing can be compared.", "not_assessed"
    done = [judged for judged in uses if _touches(sight, judged.use.purpose, purpose, modality)]
    if not done:
        # Nobody declared it; whether it is done all the same is nothing a catalogue can know.
        return "No permitted use covers this.", "not_assessed"
    text = f"{'; '.join(dict.fromkeys(_deed(sight, judged) for judged in done))}."
    if modality == "will" and any(_exceeds(judged) for judged in done):
        return text, "partial"
    return text, {"will": "complete", "will_not": "missing"}.get(modality or "", "not_assessed")  # type: ignore[return-value]


def _exceeds(judged: JudgedUse) -> bool:
    """Tell whether a use goes further than people were told: other recipients, kept longer."""
    return any(finding.code == EXCEEDED for finding in judged.answer.findings)


def _touches(sight: Sight, used: str, said: str, modality: str | None) -> bool:
    """Tell whether a use does what a sentence speaks of.

    A promise to do something is kept by a use that covers it. A promise not to do it binds everything narrower, as a
    prohibition does, and a broader use that includes it.
    """
    purposes = sight.table.purposes
    if used in purposes.covering(said):
        return True
    return said in (purposes.above(used) if modality == "will_not" else purposes.covering(used))


def _deed(sight: Sight, judged: JudgedUse) -> str:
    allowed = "" if judged.answer.effect == "allow" else " (declared; not allowed now)"
    recipients = sight.process_body(judged.use.process).get("recipients") or ()
    whom = f", passing it to {listed(sight.party(key) for key in recipients)}" if recipients else ""
    return f"{sight.process(judged.use.process)} uses it for {quoted(sight.purpose(judged.use.purpose))}{whom}{allowed}"
