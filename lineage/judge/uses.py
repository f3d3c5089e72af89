"""Facts of uses that no date touches, and facts of uses under a regime."""

from __future__ import annotations

from typing import Any

from lineage.domain.days import after, plus, start_of
from lineage.gate.purposes import Purposes
from lineage.judge.consents import NO_CONSENT, ConsentDates
from lineage.judge.cycle_dates import FOREVER, GRACE, NEVER
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.origins import captured_since, given

WHY_AT_LEAST = 20


def process_facts(process: Body) -> tuple[str, ...]:
    """Give the facts of a process."""
    said = (given(process.get("title")), given(process.get("owner")), given(process.get("operations")))
    return (*said, process.get("automation") or "missing")


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


class ElementLaw:
    """What an element's declarations say under one regime, for all its uses: status, its dates, sensitivity."""

    __slots__ = (
        "assessed",
        "assessment",
        "clock",
        "needs",
        "review",
        "review_end",
        "sensitivity",
        "status",
        "status_end",
    )

    def __init__(self, material: Material, element: ElementRecord, regime: str, installed: bool) -> None:
        zone = material.zone
        term = material.vocabulary.regimes.get(regime)
        self.needs = (given(installed), term.needs_basis if term else True, term.needs_status if term else True)
        entry = element.regulatory.get(regime) or {}
        self.status = entry.get("status") or "missing"
        self.assessment = given(entry.get("assessed") and entry.get("by"))
        self.assessed = start_of(entry["assessed"], zone) if entry.get("assessed") else -FOREVER
        review = entry.get("review_by")
        self.status_end = plus(review, GRACE, zone) if review else ""
        self.review = after(review, zone) if review else NEVER
        self.review_end = after(self.status_end, zone) if review else NEVER
        since = captured_since(element)
        self.clock = start_of(plus(since, GRACE, zone), zone) if since else -FOREVER
        self.sensitivity = _sensitivity(material, element, regime)


def _sensitivity(material: Material, element: ElementRecord, regime: str) -> str:
    order = ("ordinary", "sensitive", "special", "criminal")
    flags = material.vocabulary.category_flags(element.body.get("category") or "")
    found = next((level for level in ("criminal", "special", "sensitive") if level in flags), "ordinary")
    raised = (element.body.get("sensitivity") or {}).get(regime) or "ordinary"
    return max(found, raised, key=order.index)


class RegimeFacts:
    """The facts of one use under one regime; ``at`` gives them for an instant."""

    __slots__ = ("_consents", "_head", "_law", "_minors")

    def __init__(self, law: ElementLaw, basis: str, known: bool, minors: bool, consents: ConsentDates | None) -> None:
        self._law = law
        self._head = (*law.needs, basis, known)
        self._minors = minors
        self._consents = consents

    def instants(self) -> list[int]:
        """Give every instant at which a fact may change, always in the same places."""
        law = self._law
        found = [law.assessed, law.review, law.review_end, law.clock]
        return found + self._consents.instants() if self._consents else found

    def kind(self) -> tuple[Any, ...]:
        """Give all that is no date."""
        law = self._law
        return (
            self._head,
            law.status,
            law.assessment,
            law.sensitivity,
            self._minors,
            self._consents and self._consents.kind(),
        )

    def at(self, instant: int) -> tuple[tuple[Any, ...], str, int]:
        """Give the facts of scope regime itself, the consent state for the answer, and the number of the consent (-1: none)."""
        law = self._law
        status = law.status if instant >= law.assessed else "missing"
        review = (
            "current"
            if instant < law.review or status == "missing"
            else "grace"
            if instant < law.review_end
            else "overdue"
        )
        clock = "running" if instant < law.clock else "over"
        consent, shown, number = NO_CONSENT, "not_required", -1
        if self._consents:
            consent, number = self._consents.at(instant)
            shown = consent[0]
        facts = (*self._head, status, law.assessment, review, clock, law.sensitivity, self._minors, *consent)
        return facts, shown, number
