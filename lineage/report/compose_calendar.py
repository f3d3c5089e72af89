"""What ends next by itself: permissions, consents, assessments, by date."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from lineage.domain.days import after, instant_of
from lineage.gate.table import Element
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import declared_consent, words
from lineage.report.compose_words import quoted
from lineage.report.contexts import CalendarRow

MOST = 60
_PRUNED = 2000


class _Date(NamedTuple):
    """A date with what ends on it; ``use`` is the number of a use, -1 for anything else."""

    day: str
    what: str
    element: str
    effect: str
    use: int


class Calendar:
    """Collects dates element by element and keeps the nearest; what ends them is asked only for what is shown."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._dates: list[_Date] = []

    def add(self, element: Element, judged: Sequence[JudgedUse]) -> None:
        """Take in one element."""
        for number, one in zip(element.uses, judged, strict=True):
            if one.answer.effect == "allow" and one.answer.holds_until:
                what = f"Permission: {self._sight.process(one.use.process)}, {self._sight.purpose(one.use.purpose)}"
                # What ends in the course of the day itself still holds on that day.
                self._dates.append(_Date(max(one.answer.holds_until, self._sight.today), what, element.key, "", number))
        self._consents(element)
        self._reviews(element)
        if len(self._dates) > _PRUNED:
            self._dates = heapq.nsmallest(MOST, self._dates)

    def _consents(self, element: Element) -> None:
        record = self._sight.record(element.key)
        for key, body in record.consents:
            ends = body.get("expires")
            if not ends or after(ends, self._sight.zone) <= self._sight.view.instant:
                continue
            status, _ = declared_consent(self._sight, record, key, body)
            if status in ("given", "renewed"):
                purpose = quoted(self._sight.purpose(body.get("purpose") or ""))
                what = f"Consent {key.rpartition('#')[2]}"
                effect = f"it no longer carries uses for {purpose}"
                self._dates.append(_Date(self._day(ends), what, element.key, effect, -1))

    def _reviews(self, element: Element) -> None:
        for regime, body in sorted(self._sight.record(element.key).regulatory.items()):
            ends = body.get("review_by")
            if ends and after(ends, self._sight.zone) > self._sight.view.instant:
                status = words(body.get("status") or "unknown")
                effect = f"the status {quoted(status)} is due for review; thirty days later uses are denied"
                self._dates.append(_Date(self._day(ends), f"Assessment under {regime}", element.key, effect, -1))

    def _day(self, text: str) -> str:
        """Give the last day of a date; an instant counts as the day it lies in."""
        zone = self._sight.zone
        return text if len(text) == 10 else instant_of(after(text, zone), zone).date().isoformat()

    def rows(self) -> tuple[CalendarRow, ...]:
        """Give the nearest dates with what happens then."""
        return tuple(
            CalendarRow(
                date=date.day,
                what=date.what,
                element=self._sight.title(date.element),
                anchor=self._sight.anchor(date.element),
                effect=date.effect or self._lapse(date.use),
            )
            for date in heapq.nsmallest(MOST, self._dates)
        )

    def _lapse(self, number: int) -> str:
        """Say what will speak against a use once its permission has lapsed."""
        use = self._sight.table.uses[number]
        until = self._sight.ask(use, self._sight.view.instant).holds_until
        later = self._sight.lapse(use, until) if until else None
        if later is None or later.effect == "allow":
            return "it is denied for a time"
        effect = "denied" if later.effect == "deny" else "undecided"
        reasons = [f.message for f in later.findings if f.severity == "blocker" or f.unanswered]
        return f"{effect}: {reasons[0] if reasons else 'the cycle is open'}"
