"""Facts of uses and of uses under a regime."""

from __future__ import annotations

from typing import Any

from lineage.domain.days import after, plus, start_of
from lineage.gate.purposes import Purposes
from lineage.judge.cycle_dates import FOREVER, GRACE
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.origins import captured_since, given

WHY_AT_LEAST = 20


def undated_use_facts(material: Material, purposes: Purposes, process: Body, use: Body, regimes: tuple[str, ...]) -> tuple[Any, ...]:
    """Give the facts of scope use that no date touches, in their declared order."""
    why = str(use.get("why") or "").strip()
    told = use.get("told")
    expects = use.get("expects") or {}
    return (
        given(process.get("title")),
        given(process.get("owner")),
        given(process.get("operations")),
        process.get("automation") or "missing",
        _purpose_state(purposes, material.vocabulary.root, use["purpose"]),
        "missing" if not why else "short" if len(why) < WHY_AT_LEAST else "given",
        _alternatives(use.get("alternatives")),
        use.get("necessity") or "missing",
        told if told == "not_told" else given(told),
        given(use.get("evidence")),
        _expectation(expects.get("organisation")),
        _expectation(expects.get("subject")),
        given(regimes),
    )


def _purpose_state(purposes: Purposes, root: str, purpose: str) -> str:
    if purpose in purposes.broad:
        return "too_broad"
    return "specific" if root in purposes.above(purpose) else "unplaced"


def _alternatives(said: Any) -> str:
    if said == "none":
        return "none"
    if not said:
        return "missing"
    return "given" if all(item.get("why_not") for item in said) else "partial"


def _expectation(side: Body | None) -> str:
    said = [bool((side or {}).get(name)) or (side or {}).get(name) == 0 for name in ("benefit", "measure", "target")]
    return "given" if all(said) else "partial" if any(said) else "missing"


class RegimeFacts:
    """The facts of one use under one regime; ``at`` gives them for an instant."""

    __slots__ = ("_assessed", "_clock", "_consents", "_fixed", "_head", "_review", "_review_end", "_status", "status_end")

    def __init__(self, material: Material, element: ElementRecord, use: Body, regime: str, installed: bool, purposes: Purposes) -> None:  # noqa: FBT001, PLR0913 - one caller
        zone = material.zone
        term = material.vocabulary.regimes.get(regime)
        basis = (use.get("basis") or {}).get(regime) or "missing"
        known = material.vocabulary.enumerations.get("basis", {}).get(basis, {}).get("regimes") or ()
        self._head = (given(installed), term.needs_basis if term else True, term.needs_status if term else True, basis, regime in known)
        entry = element.regulatory.get(regime) or {}
        self._status = entry.get("status") or "missing"
        self._assessed = start_of(entry["assessed"], zone) if entry.get("assessed") else -FOREVER
        review = entry.get("review_by")
        self.status_end = plus(review, GRACE, zone) if review else ""
        self._review = after(review, zone) if review else FOREVER
        self._review_end = after(self.status_end, zone) if review else FOREVER
        since = captured_since(element)
        self._clock = after(plus(since, GRACE, zone), zone) if since else -FOREVER
        audiences = (use["audience"],) if use.get("audience") else tuple(element.body.get("audiences") or ())
        minors = any(material.audiences.get(key, {}).get("minor") for key in audiences)
        self._fixed = (_sensitivity(material, element, regime), bool(minors))
        self._consents = ConsentDates(material, element, use, regime, audiences, purposes) if basis == "consent" else None

    def breakpoints(self) -> set[int]:
        """Give every instant at which a fact may change."""
        found = {self._assessed, self._review, self._review_end, self._clock}
        if self._consents:
            found |= self._consents.breakpoints()
        return {instant for instant in found if abs(instant) < FOREVER}

    def at(self, instant: int) -> tuple[tuple[Any, ...], str, str]:
        """Give the facts of scope regime itself, the consent state for the answer, and the key of the consent."""
        status = self._status if instant >= self._assessed else "missing"
        review = "current" if instant < self._review else "grace" if instant < self._review_end else "overdue"
        if status == "missing":
            review = "current"
        clock = "running" if instant < self._clock else "over"
        consent, shown, key = (("none", "missing", "missing", "missing", False), "not_required", "")
        if self._consents:
            consent, key = self._consents.at(instant)
            shown = consent[0]
        return (*self._head, status, review, clock, *self._fixed, *consent), shown, key


def _sensitivity(material: Material, element: ElementRecord, regime: str) -> str:
    order = ("ordinary", "sensitive", "special", "criminal")
    flags = material.vocabulary.category_flags(element.body.get("category") or "")
    found = next((level for level in ("criminal", "special", "sensitive") if level in flags), "ordinary")
    raised = (element.body.get("sensitivity") or {}).get(regime) or "ordinary"
    return max(found, raised, key=order.index)


class ConsentDates:
    """The consents of an element that cover one use under one regime, as states at an instant."""

    __slots__ = ("_by_audience", "_zone")

    def __init__(self, material: Material, element: ElementRecord, use: Body, regime: str, audiences: tuple[str, ...], purposes: Purposes) -> None:  # noqa: PLR0913 - one caller
        self._zone = material.zone
        covering = purposes.covering(use["purpose"])
        also = {"eu-eprivacy": "eu-gdpr"}.get(regime, regime)
        fitting = [
            (key, body)
            for key, body in element.consents
            if body.get("purpose") in covering and (not body.get("regimes") or {regime, also} & set(body["regimes"]))
        ]
        self._by_audience = [
            [(key, body) for key, body in fitting if not body.get("audience") or body["audience"] == audience]
            for audience in audiences or ("",)
        ]

    def breakpoints(self) -> set[int]:
        """Give every instant at which one of the consents changes its state."""
        found: set[int] = set()
        for group in self._by_audience:
            for _, body in group:
                found.update(start_of(body[name], self._zone) for name in ("given", "withdrawn") if body.get(name))
                if body.get("expires"):
                    found.add(after(body["expires"], self._zone))
        return found

    def at(self, instant: int) -> tuple[tuple[Any, ...], str]:
        """Give the consent facts: for each audience its best consent, over the audiences the worst of these."""
        worst: tuple[bool, tuple[Any, ...], str] | None = None
        for group in self._by_audience:
            best: tuple[bool, tuple[Any, ...], str] = (False, ("none", "missing", "missing", "missing", False), "")
            for key, body in group:
                facts = self._facts(body, instant)
                valid = facts[0] in ("given", "renewed") and facts[1:4] == ("valid", "given", "given")
                if not best[2] or (valid and not best[0]):
                    best = (valid, facts, key)
            if worst is None or (worst[0] and not best[0]):
                worst = best
        return (worst[1], worst[2]) if worst else (("none", "missing", "missing", "missing", False), "")

    def _facts(self, body: Body, instant: int) -> tuple[Any, ...]:
        method = body.get("method")
        valid = method not in ("preticked", "silence", "inactivity", "continued_use")
        return (
            self._status(body, instant),
            "missing" if not method else "valid" if valid else "invalid",
            given(body.get("statement")),
            given(body.get("withdraw")),
            bool(body.get("explicit")),
        )

    def _status(self, body: Body, instant: int) -> str:
        """Give the state at an instant; an end wins at once, and what was not given yet, or on no known day, is unknown."""
        status = str(body.get("status") or "unknown")
        withdrawn = start_of(body["withdrawn"], self._zone) if body.get("withdrawn") else None
        if withdrawn is not None and instant >= withdrawn:
            return "withdrawn"
        if status == "withdrawn":
            if withdrawn is None:
                return "withdrawn"
            status = "given"
        if status in ("given", "renewed"):
            if not body.get("given") or instant < start_of(body["given"], self._zone):
                return "unknown"
            if body.get("expires") and instant >= after(body["expires"], self._zone):
                return "expired"
        return status
