"""The consents of an element that cover one use under one regime, as states at an instant."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from lineage.domain.consents import ENDED, INVALID_METHODS, STANDS
from lineage.domain.days import after, plus, start_of
from lineage.gate.purposes import Purposes
from lineage.judge.cycle_dates import NEVER
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.origins import given

NO_CONSENT: tuple[Any, ...] = (
    "none", "missing", "missing", "missing", False, "missing", "none", "free", "unknown", "unknown", "missing", "current", False,
)  # fmt: skip
_SOUND = ("valid", "given", "given")
_NEEDED = frozenset({"controller", "purpose", "withdraw"})
"""Items of the notice without which nobody can be said to have agreed (GDPR Article 4(11), recital 42)."""
_ALSO = {"eu-eprivacy": "eu-gdpr"}
"""A consent given under the second counts for the first."""


class ConsentDates:
    """The consents that fit; for each audience its best consent counts, over the audiences the worst of these."""

    __slots__ = ("_covers", "_dates", "_groups", "_said", "_usual", "keys")

    def __init__(
        self,
        material: Material,
        element: ElementRecord,
        purpose: str,
        regime: str,
        audiences: tuple[str, ...],
        purposes: Purposes,
    ) -> None:
        covering = purposes.covering(purpose)
        above = purposes.above(purpose)
        wanted = {regime, _ALSO.get(regime, regime)}
        fitting = [
            (k, b)
            for k, b in element.consents
            if b.get("purpose") in above and (not regime or not b.get("regimes") or wanted & set(b["regimes"]))
        ]
        # Who said no to something broader said no to this; who agreed to it did so only where the purpose is inherited.
        self._covers = tuple(body.get("purpose") in covering for _, body in fitting)
        self.keys = tuple(key for key, _ in fitting)
        self._said = tuple(_said(body, material, purposes) for _, body in fitting)
        usual = _usual_age(material, element, above)
        self._usual = tuple(_old_from(body, usual, material.zone) for _, body in fitting)
        self._dates = tuple(_dates(body, material.zone) for _, body in fitting)
        self._groups = tuple(
            tuple(n for n, (_, body) in enumerate(fitting) if not body.get("audience") or body["audience"] == audience)
            for audience in audiences or ("",)
        )

    def instants(self) -> list[int]:
        """Give every instant at which one of the consents changes its state, always in the same places."""
        return [instant for dates in self._dates for instant in dates] + list(self._usual)

    def kind(self) -> tuple[Any, ...]:
        """Give all that is no date."""
        return self._said, self._covers, self._groups

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give the consent facts, and the number of the consent they speak of."""
        worst: tuple[bool, tuple[Any, ...], int] | None = None
        for group in self._groups:
            best: tuple[bool, tuple[Any, ...], int] = (False, NO_CONSENT, -1)
            known = {number: self._status(number, instant) for number in group}
            states = {n: state for n, state in known.items() if self._covers[n] or state in ENDED}
            ended = max((self._end(n) for n, state in states.items() if state in ENDED), default=0)
            for number, state in states.items():
                facts = (state, *self._said[number][1:], "old" if instant >= self._usual[number] else "current")
                facts = (*facts, stands(facts))
                # One that was given before another was withdrawn does not bring it back.
                fresh = not ended or ended < self._dates[number][0]
                valid = state in STANDS and facts[1:4] == _SOUND and fresh and self._covers[number]
                if best[2] < 0 or _speaks(valid, facts) > _speaks(best[0], best[1]):
                    best = (valid, facts, number)
            if worst is None or (worst[0] and not best[0]):
                worst = best
        return (worst[1], worst[2]) if worst else (NO_CONSENT, -1)

    def _end(self, number: int) -> int:
        """Give when a consent that no longer stands ended: its withdrawal, or the day of the act; NEVER where nobody knows."""
        begun, withdrawn, _ = self._dates[number]
        if self._said[number][0] == "withdrawn" and withdrawn == NEVER:
            return NEVER
        return begun if withdrawn == NEVER else withdrawn

    def _status(self, number: int, instant: int) -> str:
        """Give the state at an instant; an end wins at once, and what was not given yet, or on no known day, is unknown."""
        status, (begun, withdrawn, expires) = str(self._said[number][0]), self._dates[number]
        if instant >= withdrawn:
            return "withdrawn"
        if status == "withdrawn":
            if withdrawn == NEVER:
                return status
            status = "given"
        if status in STANDS:
            if instant < begun:
                return "unknown"
            if instant >= expires:
                return "expired"
        return status


def _old_from(body: Body, usual: str, zone: ZoneInfo) -> int:
    """Give from when a consent without a last day is older than is usual."""
    counts = usual and body.get("given") and not body.get("expires")
    return start_of(plus(body["given"], usual, zone), zone) if counts else NEVER


def _dates(body: Body, zone: ZoneInfo) -> tuple[int, int, int]:
    """Give when a consent was given, is withdrawn, and has expired."""
    return (
        start_of(body["given"], zone) if body.get("given") else NEVER,
        start_of(body["withdrawn"], zone) if body.get("withdrawn") else NEVER,
        after(body["expires"], zone) if body.get("expires") else NEVER,
    )


def _speaks(valid: bool, facts: tuple[Any, ...]) -> tuple[bool, ...]:
    """Rank consents: of valid ones that which meets more conditions speaks, of others that which ended or expired."""
    if not valid:
        return False, facts[0] in ENDED, facts[0] == "expired"
    _, _, _, _, explicit, _, purpose, free, _, easy, guardian, age, sound = facts
    return (
        True,
        sound and easy != "harder",
        bool(explicit),
        purpose == "specific" and free == "free",
        age == "current",
        guardian == "given",
    )


def stands(facts: tuple[Any, ...]) -> bool:
    """Tell whether a consent stands and meets the conditions of GDPR Articles 4(11) and 7 that make it valid at all."""
    state, method, statement, withdraw, _, informed, _, free, separate, *_ = facts
    return bool(
        state in STANDS
        and (method, statement, withdraw) == _SOUND
        and informed == "given"
        and free not in ("bundled", "detriment")
        and separate != "mixed"
    )


def _said(body: Body, material: Material, purposes: Purposes) -> tuple[Any, ...]:
    method = body.get("method")
    indicated = "missing" if not method else "invalid" if method in INVALID_METHODS else "valid"
    apart = body.get("separate_from_terms")
    giving, withdrawing = body.get("give_steps"), body.get("withdraw_steps")
    return (
        body.get("status") or "unknown",
        indicated,
        given(body.get("statement")),
        given(body.get("withdraw")),
        bool(body.get("explicit")),
        _informed(body, material),
        "broad" if body.get("purpose") in purposes.broad else "specific",
        _free(body, material),
        "unknown" if apart is None else "separate" if apart else "mixed",
        "unknown" if giving is None or withdrawing is None else "harder" if withdrawing > giving else "easy",
        given(body.get("guardian")),
    )


def _informed(body: Body, material: Material) -> str:
    """Say whether the statement people saw was in force that day and told them what they agreed to."""
    statement = material.statements.get(body.get("statement") or "")
    if statement is None:
        return "missing"
    window, day, zone = statement.get("in_force") or {}, body.get("given"), material.zone
    if day:
        acted = start_of(day, zone)
        if window.get("from") and start_of(window["from"], zone) > acted:
            return "later"
        if window.get("until") and after(window["until"], zone) <= acted:
            return "later"
    return "given" if set(statement.get("items") or ()) >= _NEEDED else "partial"


def _free(body: Body, material: Material) -> str:
    if body.get("bundled"):
        return "bundled"
    if body.get("detriment"):
        return "detriment"
    audience = material.audiences.get(body.get("audience") or "", {})
    employed = body.get("audience") == "employee" or str(audience.get("subject") or "").lower() == "dpv:employee"
    return "imbalance" if employed else "free"


def _usual_age(material: Material, element: ElementRecord, above: frozenset[str]) -> str:
    """Give how long a consent without a last day is usually relied on; nothing where there is no custom."""
    category = element.body.get("category") or ""
    if "special" in material.vocabulary.category_flags(category):
        return "P12M"
    if "pd:DeviceBased" in material.vocabulary.categories_above(category):
        return "P6M"
    return "P24M" if "Marketing" in above else ""
