"""Everything one use is judged from, and what it comes to at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lineage.cycle.derivation import Windows
from lineage.domain.facts import Scope, own_facts
from lineage.gate.instants import within
from lineage.gate.table import ALWAYS, Choice
from lineage.judge.assessments import GOOD
from lineage.judge.cycle_dates import FOREVER, PILOT, RISK, CycleDates
from lineage.judge.parts import Part
from lineage.judge.regimes import RegimeAt, RegimeFacts
from lineage.judge.verdicts import Said
from lineage.judge.waivers import Waiver

_DESTINATION = -13 - 6 - 3
"""Place of ``transfer.destination`` among the facts of a regime, counted from the end: consents, assessments, transfer."""
_IDENTIFIABILITY = [fact.name for fact in own_facts(Scope.ELEMENT)].index("element.identifiability")
_ASSESSED = slice(-13 - 6, -13)
_MATTER = (1, 4, 5)
"""Assessments that make a risky pilot possible: impact, best interest, risk."""


class Asked(NamedTuple):
    """A use under some laws. ``key`` and ``said`` are what its element, origins and audiences come to, whatever the date.

    ``head`` holds the facts of the element and the use that no date touches, ``brief`` those of the use in a short form;
    ``claim`` is what the element is said to be that needs proof, with the times in which it is proven;
    ``risks`` are whether a gap between told and done weighs heavily, and whether a pilot needs an assessment first.
    """

    key: tuple[Any, ...]
    said: tuple[Said, ...]
    subjects: int
    head: tuple[Any, ...]
    brief: tuple[Any, ...]
    dates: CycleDates
    laws: list[RegimeFacts]
    regimes: tuple[str, ...]
    waivers: list[Waiver]
    parts: tuple[Part, ...]
    risks: tuple[bool, bool]
    claim: tuple[str, Windows]

    def instants(self, phases: Sequence[int]) -> list[int]:
        """Give every instant that may matter, always in the same places."""
        found = [ALWAYS, FOREVER, *phases, *self.dates.instants(), *(waiver.until for waiver in self.waivers)]
        for part in self.parts:
            found += part.instants()
        for law in self.laws:
            found += law.instants()
        return found + [edge for window in self.claim[1] for edge in window]

    def kind(self) -> tuple[Any, ...]:
        """Give all that is no date: uses of one kind whose instants stand in one order are judged alike."""
        return (
            self.key, self.brief, self.dates.kind(), tuple([law.kind() for law in self.laws]), self.regimes,
            tuple([(waiver.pattern, waiver.regimes, waiver.void) for waiver in self.waivers]),
            tuple([part.same() for part in self.parts]), self.risks,
            (self.claim[0], len(self.claim[1])),
        )  # fmt: skip

    def at(self, instant: int) -> Now:
        """Give the facts at an instant."""
        known, outcome, insight, review = self.dates.facts(instant)
        dated = [*known]
        laws = [law.at(instant) for law in self.laws]
        heavy, risky = self.risks
        special = any(law.level in ("special", "criminal") for law in laws)
        dated[RISK] = _pilot_risk(laws, risky=risky or special or any(law.minors for law in laws))
        said = [part.at(instant) for part in self.parts]
        told = [*said[0][0], "high" if heavy or special else "ordinary"]
        head, claim = self._element(instant)
        facts = (*head, *dated, *told, *(fact for part, _ in said[1:] for fact in part), claim)
        chosen = tuple([(law.status, law.consent, law.state, law.labels) for law in laws])
        labels = tuple([label for _, label in said])
        return Now(dated, facts, laws, Choice(outcome, insight, chosen, review, labels))

    def _element(self, instant: int) -> tuple[tuple[Any, ...], str]:
        """Give the undated facts with what the element is at an instant, and whether its claim to be anonymised is proven."""
        said, proven = self.claim
        if not said:
            return self.head, "no"
        if not within(proven, instant):
            return self.head, "unproven"
        return (*self.head[:_IDENTIFIABILITY], said, *self.head[_IDENTIFIABILITY + 1 :]), "proven"


class Now(NamedTuple):
    """The facts of a use at one instant: the dated ones, all of scope use, and law by law; and what findings speak of."""

    dated: list[Any]
    facts: tuple[Any, ...]
    laws: list[RegimeAt]
    choice: Choice

    @property
    def pilot(self) -> bool:
        """Whether a pilot with plan, approval and, where its risk asks for one, an assessment is running."""
        state, _, _, risk, plan, approval, _ = self.dated[PILOT : PILOT + 7]
        return bool(state == "running" and risk != "unassessed" and plan == approval == "given")

    def records(self, asked: Asked) -> Iterator[tuple[tuple[Any, ...], Scope, tuple[str, ...], int]]:
        """Give each record of facts with its scope, the regimes whose rules read it, and the number of its subject."""
        yield self.facts, Scope.USE, ("", *asked.regimes), asked.subjects
        for number, (regime, law) in enumerate(zip(asked.regimes, self.laws, strict=True), start=asked.subjects + 1):
            yield (*self.facts, *law.facts), Scope.REGIME, ("", regime), number


def _pilot_risk(laws: list[RegimeAt], *, risky: bool) -> str:
    """Say whether a pilot needs an assessment first, and has one."""
    unsafe = any(law.facts[_DESTINATION : _DESTINATION + 2] == ("third", "missing") for law in laws)
    if not (risky or unsafe):
        return "ordinary"
    states = [law.facts[_ASSESSED] for law in laws]
    return "assessed" if any(state[n] in GOOD for state in states for n in _MATTER) else "unassessed"
