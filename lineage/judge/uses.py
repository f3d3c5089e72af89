"""Facts of uses that no date touches."""

from __future__ import annotations

from typing import Any

from lineage.gate.purposes import Purposes
from lineage.judge.material import Body
from lineage.judge.origins import given

WHY_AT_LEAST = 20


def use_facts(purpose: str, use: Body, regimes: tuple[str, ...]) -> tuple[Any, ...]:
    """Give the facts of scope use that no date touches and that are the use's own, in their declared order."""
    why = str(use.get("why") or "").strip()
    told = use.get("told")
    expects = use.get("expects") or {}
    return (
        purpose,
        "missing" if not why else "short" if len(why) < WHY_AT_LEAST else "given",
        _alternatives(use.get("alternatives")),
        use.get("necessity") or "missing",
        told if told == "not_told" else given(told),
        given(use.get("evidence")),
        _expectation(expects.get("organisation")),
        _expectation(expects.get("subject")),
        given(regimes),
    )


def purpose_state(purposes: Purposes, root: str, purpose: str) -> str:
    """Say what a purpose is: too broad to be granted, under no standard term, or specific."""
    if purpose in purposes.broad:
        return "too_broad"
    return "specific" if root in purposes.above(purpose) and purpose in purposes else "unplaced"


def _alternatives(said: Any) -> str:
    if said == "none":
        return "none"
    if not said:
        return "missing"
    return "given" if all(item.get("why_not") for item in said) else "partial"


def _expectation(side: Body | None) -> str:
    if not side:
        return "missing"
    said = [bool(side.get(name)) or side.get(name) == 0 for name in ("benefit", "measure", "target")]
    return "given" if all(said) else "partial" if any(said) else "missing"
