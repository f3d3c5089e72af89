"""Facts of a use under one regime: basis, status, sensitivity, notice, transfer, assessments and consent, at an instant."""

from __future__ import annotations

from typing import Any, NamedTuple

from lineage.cycle.derivation import Windows
from lineage.domain.days import after, plus, start_of
from lineage.gate.instants import within
from lineage.judge.consents import NO_CONSENT, ConsentDates
from lineage.judge.criteria import Criteria
from lineage.judge.cycle_dates import FOREVER, GRACE, NEVER
from lineage.judge.material import ElementRecord, Material
from lineage.judge.origins import captured_since, given
from lineage.judge.parts import Label, Part, Steps
from lineage.judge.policies import Policies
from lineage.judge.sources import ORDER, Levels


class ElementLaw:
    """What an element's declarations say under one regime, for all its uses: status, its dates, sensitivity."""

    __slots__ = (
        "_policies",
        "_regime",
        "_zone",
        "assessed",
        "assessment",
        "clock",
        "levels",
        "needs",
        "review",
        "review_end",
        "status",
        "status_end",
        "words",
    )

    def __init__(
        self, material: Material, element: ElementRecord, regime: str, policies: Policies, levels: Levels
    ) -> None:
        zone = material.zone
        term = material.vocabulary.regimes.get(regime)
        self.needs = (term.needs_basis if term else True, term.needs_status if term else True)
        self._policies, self._zone, self._regime = policies, zone, regime
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
        whole: Windows = ((-FOREVER, FOREVER),)
        self.levels = ((levels.own(element.key, regime), whole), *levels.inherited(element.key, regime))
        said = policies.sensitivities.get(regime)
        self.words = said.words if said else {}

    def level_number(self, instant: int) -> int:
        """Give the number of the level that counts: the highest whose times hold the instant."""
        open_now = [number for number, (_, windows) in enumerate(self.levels) if within(windows, instant)]
        return max(open_now, key=lambda number: ORDER.index(self.levels[number][0]))

    def level(self, instant: int) -> str:
        """Give the level that counts at an instant, that of sources included."""
        return self.levels[self.level_number(instant)][0]

    def pack(self, instant: int) -> str:
        """Say whether rules of the regime are installed and in force."""
        return given(self._policies.speaks(self._regime, self._zone, instant))


class RegimeFacts:
    """The facts of one use under one regime; ``at`` gives them for an instant."""

    __slots__ = ("_criteria", "_head", "_kind", "_law", "_minors", "_steps", "consents", "labels", "parts")

    def __init__(
        self,
        law: ElementLaw,
        said: tuple[Any, ...],
        parts: tuple[Part, ...],
        criteria: Criteria,
        phases: tuple[int, ...],
    ) -> None:
        """Take basis, whether it is known, minors, child and condition as ``said``; notice, transfer, assessments as parts.

        ``phases`` are the instants at which rules come into force or go out of it.
        """
        basis, known, minors, child, condition, consents = said
        self._law = law
        self._head = (*law.needs, basis, known)
        self._minors = (minors, child, condition)
        self._criteria = criteria
        self.parts = parts
        self.consents: ConsentDates | None = consents
        levels = [level for level, _ in law.levels]
        self.labels = (
            *(part.labels for part in parts),
            tuple([_sensitive(law.words.get(level, level), criteria.at(level)) for level in levels]),
        )
        self._kind: tuple[Any, ...] | None = None
        self._steps: Steps[RegimeAt] = Steps([*phases, *self.instants()])

    def instants(self) -> list[int]:
        """Give every instant at which a fact may change, always in the same places."""
        law = self._law
        found = [law.assessed, law.review, law.review_end, law.clock]
        for _, windows in law.levels:
            found += [edge for window in windows for edge in window]
        for part in self.parts:
            found += part.instants()
        return found + self.consents.instants() if self.consents else found

    def kind(self) -> tuple[Any, ...]:
        """Give all that is no date."""
        if self._kind is None:
            law = self._law
            self._kind = (
                self._head,
                law.status,
                law.assessment,
                tuple([(level, len(windows)) for level, windows in law.levels]),
                self._minors,
                self._criteria,
                tuple([part.same() for part in self.parts]),
                self.consents and self.consents.kind(),
            )
        return self._kind

    def at(self, instant: int) -> RegimeAt:
        """Give the facts of scope regime itself, and what findings and the answer say with them."""
        return self._steps.at(instant, self._at)

    def _at(self, instant: int) -> RegimeAt:
        law = self._law
        status = law.status if instant >= law.assessed else "missing"
        review = (
            "current"
            if instant < law.review or status == "missing"
            else "grace"
            if instant < law.review_end
            else "overdue"
        )
        number = law.level_number(instant)
        level = law.levels[number][0]
        minors, child, condition = self._minors
        said = [part.at(instant) for part in self.parts]
        consent, shown, which = NO_CONSENT, "not_required", -1
        if self.consents:
            consent, which = self.consents.at(instant)
            shown = consent[0] if self._head[2] == "consent" or (not law.needs[0] and which >= 0) else shown
        clock = "running" if instant < law.clock else "over"
        head = (law.pack(instant), *self._head, status, law.assessment, review, clock, level, minors, child, condition)
        parts = [fact for facts, _ in said for fact in facts]
        facts = (*head, self._criteria.at(level), *parts, *consent)
        return RegimeAt(
            facts,
            status,
            level,
            minors,
            law.needs[1],
            shown,
            consent[0],
            which,
            (*(label for _, label in said), number),
        )


class RegimeAt(NamedTuple):
    """The facts of a use under a regime at an instant, and some of them apart.

    These are status, level, minors, whether a status is asked for, the consent state to show and the real one, and labels.
    """

    facts: tuple[Any, ...]
    status: str
    level: str
    minors: bool
    asked: bool
    shown: str
    state: str
    consent: int
    labels: tuple[int, ...]


def _sensitive(word: str, criteria: tuple[str, ...]) -> Label:
    return {"sensitivity": word, "criteria": ", ".join(name.replace("_", " ") for name in criteria) or "none"}, {}
