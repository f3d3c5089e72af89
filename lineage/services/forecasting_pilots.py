"""The burn-down of pilots: how long each still runs, who answers for it, and what its cycle still lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from lineage.domain.days import start_of
from lineage.gate.answer import Answer, answer
from lineage.gate.shapes import finding_data
from lineage.gate.table import STAGES, Use
from lineage.services.forecasting import Forecast, asked, open_scope, uses_of
from lineage.services.places import locate
from lineage.services.views import Times, View
from lineage.store.database import Database

SOON = 14
"""Days before the end from which a pilot counts as ending, as in the warning of the rules."""

COLUMNS = (
    "state", "legacy", "days_left", "until", "element", "process", "purpose", "audience", "owner", "open", "effect",
)  # fmt: skip
_STATES = ("running", "not_counting", "planned", "undated", "over")
_VOID = frozenset({"usage-cycle/pilot-plan", "usage-cycle/pilot-approval", "usage-cycle/pilot-risk"})
"""What keeps a pilot from counting, though its days have come."""


def pilots(
    database: Database, times: Times, keys: Sequence[str] = (), process: str = "", *, digest: bool = False
) -> Forecast:
    """List the pilots that run or are planned, and those that are over without a complete outcome.

    Legacy pilots come first, then by what runs, what is planned, what has no dates, what is over, and by days left.
    """
    view = open_scope(database, times, keys, process, digest=digest)
    bodies = {use.key: use.body for use in view.compiled.material.uses if use.body.get("pilot")}
    found = [
        (_pilot(view, use, bodies[use.key]["pilot"], given), given)
        for use in uses_of(view, keys, process)
        if use.key in bodies
        for given in (answer(view.table, asked(use, view.at.microseconds)),)
    ]
    kept = [(result, given) for result, given in found if result["state"] != "over" or "outcome" in result["open"]]
    kept.sort(key=lambda pair: _order(pair[0]))
    where = locate(database, (finding for _, given in kept for finding in given.findings))
    results = [
        result
        | {"findings": [finding_data(f, where) for f in given.findings if f.stage in result["open"] or f.code in _VOID]}
        for result, given in kept
    ]
    summary = _summary(results)
    return Forecast(view, summary, results, _sentence(summary, view.at.day))


def _pilot(view: View, use: Use, pilot: Mapping[str, Any], given: Answer) -> dict[str, Any]:
    until = dict(use.timeline.naming.names).get("pilot_until") or None
    day = view.at.day
    left = (date.fromisoformat(until[:10]) - date.fromisoformat(day)).days if until else None
    begun = pilot.get("from")
    if left is None or not begun:
        state = "undated"
    elif left < 0:
        state = "over"
    else:
        state = "planned" if view.at.microseconds < start_of(begun, view.compiled.material.zone) else "running"
    if state == "running" and any(finding.code in _VOID for finding in given.findings):
        state = "not_counting"
    return {
        "element": use.element,
        "process": use.process,
        "purpose": use.purpose,
        "audience": use.audience or None,
        "state": state,
        "legacy": bool(pilot.get("legacy")),
        "from": begun,
        "until": until,
        "days_left": left,
        "owner": pilot.get("owner") or None,
        "open": [stage for stage in STAGES if given.stages[stage] not in ("complete", "not_required")],
        "effect": given.effect,
        "cycle": given.cycle,
    }


def _order(result: Mapping[str, Any]) -> tuple[Any, ...]:
    left = result["days_left"]
    use = (result["element"], result["process"], result["purpose"], result["audience"] or "")
    return _STATES.index(result["state"]) > 3, not result["legacy"], _STATES.index(result["state"]), left or 0, use


def _summary(results: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    live = [result for result in results if result["state"] != "over"]
    return {
        "legacy": sum(result["legacy"] for result in live),
        "ordinary": sum(not result["legacy"] for result in live),
        "not_counting": sum(result["state"] == "not_counting" for result in live),
        "ending": sum(result["state"] == "running" and result["days_left"] <= SOON for result in live),
        "over_without_outcome": len(results) - len(live),
    }


def _sentence(summary: Mapping[str, int], day: str) -> str:
    return ", ".join(_counts(summary)) + f", on {day}"


def _counts(summary: Mapping[str, int]) -> Iterator[str]:
    yield f"{summary['legacy']} legacy pilot{'' if summary['legacy'] == 1 else 's'}"
    yield f"{summary['ordinary']} ordinary"
    yield f"{summary['not_counting']} not counting"
    yield f"{summary['ending']} ending within {SOON} days"
    yield f"{summary['over_without_outcome']} over without an outcome"
