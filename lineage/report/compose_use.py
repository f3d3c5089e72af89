"""The uses of one element as its section shows them: permitted ones with their answer, then what is prohibited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from lineage.judge.material import UseRecord
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import consent_state, regime_statuses, stage_state
from lineage.report.compose_words import alternatives, basis, because, forbidden
from lineage.report.contexts_element import Effect, FixContext, UseContext, UseStage
from lineage.report.contexts_picture import STAGES, CycleState

MOST_FIXES = 8


def uses(sight: Sight, key: str, judged: Sequence[JudgedUse]) -> tuple[UseContext, ...]:
    """Give every use of an element, prohibitions last."""
    return (*(permitted(sight, one) for one in judged), *(prohibited(sight, record) for record in sight.bans(key)))


def permitted(sight: Sight, judged: JudgedUse) -> UseContext:
    """Give a permitted use with its answer."""
    use, said, body = judged.use, judged.answer, judged.record.body
    return UseContext(
        process=sight.process(use.process),
        purpose=sight.purpose(use.purpose),
        audience=sight.table.audiences.get(use.audience, use.audience),
        effect=cast("Effect", said.effect),
        cycle=cast("CycleState", said.cycle),
        stages=tuple(UseStage(stage, stage_state(judged, stage)) for stage in STAGES),
        basis=basis(body),
        consent=consent_state(judged),
        regulatory=regime_statuses(sight, sight.record(use.element), judged),
        obligations=tuple(sight.sentence(duty.message) for duty in said.obligations),
        findings=tuple(sight.finding(f) for f in said.findings if not sight.about_element(f)),
        holds_until=said.holds_until or "",
        because=because(sight, judged),
        why=str(body.get("why") or ""),
        alternatives=alternatives(sight, body),
    )


def prohibited(sight: Sight, record: UseRecord) -> UseContext:
    """Give a declared prohibition: nobody asked, so it has no answer, no cycle and no date."""
    body = record.body
    return UseContext(
        process=sight.process(body.get("process") or ""),
        purpose=sight.purpose(body["purpose"]),
        audience=sight.table.audiences.get(body.get("audience") or "", body.get("audience") or ""),
        effect="prohibited",
        cycle="incomplete",
        stages=(),
        basis=basis(body),
        consent="not_required",
        regulatory=(),
        obligations=(),
        findings=(),
        holds_until="",
        because=forbidden(sight, record),
        why=str(body.get("why") or ""),
        alternatives=alternatives(sight, body),
    )


def fixes(sight: Sight, judged: Sequence[JudgedUse]) -> tuple[FixContext, ...]:
    """Number what would have to be done: each remedy once, what stops most uses first, then as the verdict does."""
    found: dict[tuple[str, str], tuple[int, int, str]] = {}
    for one in judged:
        for place, finding in enumerate(one.blockers):
            name = (finding.code, finding.fix)
            number, first, message = found.get(name, (0, place, finding.message))
            found[name] = (number + 1, min(first, place), message)
    ranked = sorted(found.items(), key=lambda item: (-item[1][0], item[1][1], item[0]))
    return tuple(
        FixContext(_fix(sight, message, number, fix), code) for (code, fix), (number, _, message) in ranked[:MOST_FIXES]
    )


def _fix(sight: Sight, message: str, number: int, fix: str) -> str:
    more = f" (stops {number} uses)" if number > 1 else ""
    remedy = f": {fix}" if fix else ""
    return f"{sight.sentence(message)}{more}{remedy}."
