"""The dated part of a use: review, outcomes, insights and pilot as states at an instant, and the instants that matter.

``kind`` holds everything about them that is no date. Two uses of the same kind whose instants stand in the same order
have the same states in the same order, so that only one of them has to be judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lineage.domain.days import after, plus, start_of
from lineage.judge.material import Body, UseRecord
from lineage.judge.parts import Steps
from lineage.judge.people import by_another, person

GRACE = "P30D"
CARRY = "P90D"
LONGEST_PILOT = "P180D"
LAST_DAYS = 14 * 86_400 * 1_000_000
"""How long before its end a pilot is said to end soon, in microseconds."""
FOREVER = 1 << 62
NEVER = FOREVER + 1
"""The instant of what has no day: later than everything, and no breakpoint."""

APPLIED = 3 + 10 + 4
"""Place of ``insight.applied`` among the dated facts."""
NO_PILOT = ["none", False, False, "ordinary", "missing", "missing", "allowed"]
PILOT = 3 + 10 + 6
"""Place of ``pilot.state`` among the dated facts."""
RISK = PILOT + 3
"""Place of ``pilot.risk`` among the dated facts."""


class Due(NamedTuple):
    """A review: from when it is the one that counts, when it is overdue, when its grace ends, and the last two as days."""

    since: int
    by: int
    end: int
    day: str
    end_day: str


class Outcome(NamedTuple):
    """An outcome as the judge needs it: ``facts`` are those of scope outcome after its state and day of recording."""

    recorded: int
    due: int
    end: int
    facts: tuple[str, ...]
    whole: bool
    harm: bool


class Insight(NamedTuple):
    """An insight: the numbers of the outcomes it cites, whether it names any, and what it says."""

    applied: int
    cites: tuple[int, ...]
    named: bool
    learned: str
    decision: str
    evidence: str


class Pilot(NamedTuple):
    """A declared pilot with its effective window; ``near`` is when its last days begin.

    ``facts`` are whether it moves an older use in, its risk (the judge of the use knows it), plan, approval and length.
    """

    dated: bool
    start: int
    near: int
    end: int
    until: str
    limit: str
    facts: tuple[bool, str, str, str, str]


class CycleDates:
    """All dates of one use; ``facts`` gives the dated facts of scope use at an instant, in their declared order."""

    __slots__ = (
        "_instants",
        "_kind",
        "_steps",
        "carry_end",
        "changed",
        "insights",
        "labels",
        "outcomes",
        "pilot",
        "reviews",
    )

    def __init__(self, use: UseRecord, zone: ZoneInfo, defaults: Body, cadence: str, strict: bool) -> None:
        read = [_outcome(key, body, zone, cadence) for key, body in use.outcomes]
        self.outcomes = tuple(outcome for outcome, _ in read)
        self.labels = tuple(label for _, label in read)
        numbers = {key.rpartition("#")[2]: number for number, (key, _) in enumerate(use.outcomes)}
        self.insights = tuple(_insight(body, zone, numbers) for _, body in use.insights)
        changed = use.body.get("changed")
        self.changed = start_of(changed, zone) if changed else NEVER
        self.carry_end = start_of(plus(changed, CARRY, zone), zone) if changed else NEVER
        self.pilot = _pilot(use.body.get("pilot"), zone, defaults.get("pilot"))
        declared = use.body.get("review_by")
        due = [Due(-FOREVER, *_review(declared, zone))] if declared else self._due(use, defaults, zone, strict=strict)
        self.reviews = tuple(due)
        self._instants = self._edges()
        self._kind = (
            tuple([outcome[3:] for outcome in self.outcomes]),
            tuple([insight[1:] for insight in self.insights]),
            self.pilot and (self.pilot.dated, self.pilot.facts),
            len(self.reviews),
        )
        self._steps: Steps[tuple[tuple[Any, ...], int, int, int]] = Steps(self._instants)

    def _due(self, use: UseRecord, defaults: Body, zone: ZoneInfo, *, strict: bool) -> Iterator[Due]:
        """Work out the reviews of a use that declares none: the default period after each anchor, nothing without one.

        An anchor is the first day of the pilot, the day the terms changed, and each insight from when it counts.
        Attitudinal, special and minors' data is reviewed within six months.
        """
        period = defaults.get("review")
        if not period:
            return
        days = [(use.body.get("pilot") or {}).get("from"), use.body.get("changed")]
        anchors = [(start_of(day, zone), day) for day in days if day]
        for insight, (_, body) in zip(self.insights, use.insights, strict=True):
            if insight.applied != NEVER and insight.learned == "given" and insight.decision != "missing":
                anchors.append((self._counts_from(insight), body["applied"]))
        for start, day in anchors:
            ends = [plus(day, period, zone), *([plus(day, "P6M", zone)] if strict else [])]
            yield Due(start, *_review(min(ends), zone))

    def instants(self) -> list[int]:
        """Give every instant at which a dated fact may change, always in the same places; NEVER where there is none."""
        return self._instants

    def _edges(self) -> list[int]:
        found = [self.changed, self.carry_end]
        for review in self.reviews:
            found += review[:3]
        for outcome in self.outcomes:
            found += outcome[:3]
        found += [insight.applied for insight in self.insights]
        if self.pilot:
            found += (self.pilot.start, self.pilot.near, self.pilot.end)
        return found

    def kind(self) -> tuple[Any, ...]:
        """Give all that is no date."""
        return self._kind

    def facts(self, at: int) -> tuple[tuple[Any, ...], int, int, int]:
        """Give the dated facts at an instant, and the numbers of outcome, insight and review they speak of (-1: none)."""
        return self._steps.at(at, self._facts)

    def _facts(self, at: int) -> tuple[tuple[Any, ...], int, int, int]:
        outcome = self._outcome(at)
        ending = [n for n, i in enumerate(self.insights) if i.decision == "retire" and self._counts_from(i) <= at]
        insight = ending[0] if ending else self._insight(at)
        applied, carried = self._applied(self.insights[insight], at) if insight >= 0 else ("missing", False)
        changed = "no" if at < self.changed else "carried_over" if carried else "settled"
        ended = bool(ending)
        due = max(
            (n for n, r in enumerate(self.reviews) if r.since <= at), key=lambda n: self.reviews[n].since, default=-1
        )
        review = "missing" if due < 0 else _age(at, self.reviews[due].by, self.reviews[due].end)
        facts = [review, changed, ended, *self._outcome_facts(outcome, at), *self._insight_facts(insight, applied, at)]
        pilot = self.pilot
        facts += NO_PILOT if pilot is None else [*_pilot_state(pilot, at), *pilot.facts]
        return tuple(facts), outcome, insight, due

    def _counts_from(self, insight: Insight) -> int:
        """Give the instant from which a decision counts: applied, and every cited outcome recorded.

        An outcome without a day of recording has a finding of its own; it is not reported a second time here.
        """
        recorded = [self.outcomes[number].recorded for number in insight.cites]
        return max([insight.applied, *(instant for instant in recorded if instant != NEVER)])

    def _outcome(self, at: int) -> int:
        """Choose the outcome the facts speak of: the newest complete one that counts, else the newest that counts, else any."""
        if not self.outcomes:
            return -1
        counting = [n for n, o in enumerate(self.outcomes) if o.recorded <= at]
        if counting:
            return max(counting, key=lambda n: (self.outcomes[n].whole, self.outcomes[n].recorded, n))
        unknown = [n for n, o in enumerate(self.outcomes) if o.recorded == NEVER]
        return unknown[0] if unknown else min(range(len(self.outcomes)), key=lambda n: (self.outcomes[n].recorded, n))

    def _insight(self, at: int) -> int:
        if not self.insights:
            return -1

        def rank(number: int) -> tuple[Any, ...]:
            i = self.insights[number]
            good = self._applied(i, at)[0] == "given" and self._cited(i, at) == "given"
            whole = good and i.learned == "given" and i.decision != "missing"
            return whole, good, i.learned, i.applied != NEVER, i.applied, number

        return max(range(len(self.insights)), key=rank)

    def _applied(self, insight: Insight, at: int) -> tuple[str, bool]:
        """Give the state of an application, and whether it stands only because the earlier cycle carries over."""
        if insight.applied == NEVER:
            return "missing", False
        if at < self._counts_from(insight):
            return "later", False
        if at < self.changed or insight.applied >= self.changed:
            return "given", False
        return ("given", True) if at < self.carry_end else ("outdated", False)

    def _cited(self, insight: Insight, at: int) -> str:
        if not insight.cites:
            return "unknown" if insight.named else "missing"
        counting = [n for n, o in enumerate(self.outcomes) if o.whole and o.recorded <= at]
        newest = max((self.outcomes[n].end for n in counting), default=0)
        for number in insight.cites:
            if number in counting and (at < self.outcomes[number].end or self.outcomes[number].end == newest):
                return "given"
        # While no outcome at all counts, the outcome stage says so; citing it is not the mistake.
        return "not_yet" if counting else "given"

    def _outcome_facts(self, number: int, at: int) -> list[Any]:
        outcome = self.outcomes[number] if number >= 0 else None
        later = outcome is not None and at < outcome.recorded < FOREVER
        if outcome is None or later:
            return ["later" if later else "none", *["missing"] * 7, self._harm(at), "dated"]
        known = outcome.recorded != NEVER
        state = _age(at, outcome.due, outcome.end) if known else "current"
        others = "undated" if known and any(o.recorded == NEVER for o in self.outcomes) else "dated"
        return [state, _given(known), *outcome.facts, self._harm(at), others]

    def _harm(self, at: int) -> str:
        # A harm without a day stands from the start: what is unknown never counts in favour.
        harms = {n for n, o in enumerate(self.outcomes) if o.harm and (o.recorded <= at or o.recorded == NEVER)}
        if not harms:
            return "none"
        deciding = [
            i for i in self.insights if i.decision in ("amend", "narrow", "retire") and self._counts_from(i) <= at
        ]
        return "answered" if harms <= {number for i in deciding for number in i.cites} else "unanswered"

    def _insight_facts(self, number: int, applied: str, at: int) -> list[Any]:
        if number < 0:
            return ["none", "missing", "missing", "missing", "missing", "missing"]
        insight = self.insights[number]
        return ["given", self._cited(insight, at), insight.learned, insight.decision, applied, insight.evidence]


def _given(there: object) -> str:
    return "given" if there else "missing"


def _age(at: int, due: int, end: int) -> str:
    return "current" if at < due else "grace" if at < end else "overdue"


@lru_cache(maxsize=65536)
def _fresh(recorded: str, cadence: str, zone: ZoneInfo) -> tuple[tuple[int, int, int], str, str]:
    """Give when an outcome counts, is due for a newer one and is out of grace; and the last two as days."""
    due = plus(recorded, cadence, zone)
    end = plus(due, GRACE, zone)
    return (start_of(recorded, zone), after(due, zone), after(end, zone)), due, end


@lru_cache(maxsize=65536)
def _review(day: str, zone: ZoneInfo) -> tuple[int, int, str, str]:
    """Give when a review is overdue, when its grace ends, and both as days."""
    end = plus(day, GRACE, zone)
    return after(day, zone), after(end, zone), day, end


def _outcome(key: str, body: Body, zone: ZoneInfo, cadence: str) -> tuple[Outcome, tuple[str, str, str]]:
    recorded = body.get("recorded")
    instants, due, end = _fresh(recorded, cadence, zone) if recorded else ((NEVER, NEVER, NEVER), "", "")
    organisation, subject = body.get("organisation") or {}, body.get("subject") or {}
    period = body.get("period") or {}
    values = (organisation.get("value") or "missing", subject.get("value") or "missing")
    facts = (
        _given(period.get("from") and period.get("until")), *values, _given("observed" in organisation),
        _given("observed" in subject), _given(body.get("evidence")),
    )  # fmt: skip
    whole = "missing" not in facts[1:]
    return Outcome(*instants, facts, whole, "harm" in values), (key, due, end)


def _insight(body: Body, zone: ZoneInfo, numbers: dict[str, int]) -> Insight:
    applied, named = body.get("applied"), body.get("outcomes") or ()
    return Insight(
        start_of(applied, zone) if applied else NEVER,
        tuple([numbers[name] for name in named if name in numbers]),
        bool(named),
        _given(body.get("learned")),
        body.get("decision") or "missing",
        _given(body.get("evidence")),
    )


def _pilot(body: Body | None, zone: ZoneInfo, default: str | None) -> Pilot | None:
    if body is None:
        return None
    start, until = body.get("from"), body.get("until")
    limit = plus(start, LONGEST_PILOT, zone) if start else ""
    if start and default and not body.get("legacy"):
        limit = min(limit, plus(start, default, zone))
        until = until or limit
    plan = [bool(body.get(name)) or body.get(name) == 0 for name in ("hypothesis", "measure", "target", "owner")]
    asked, approved = body.get("requested_by"), body.get("approved_by")
    named = person(asked) and person(approved)
    approval = "missing" if not named else "given" if by_another(asked, approved) else "same_person"
    dated = bool(start and until)
    longer = dated and after(until, zone) > after(limit, zone)
    end = min(after(until, zone), after(limit, zone)) if dated else NEVER
    return Pilot(
        dated=dated,
        start=start_of(start, zone) if start else NEVER,
        near=end - LAST_DAYS if dated else NEVER,
        end=end,
        until=min(until[:10], limit) if until and limit else "",
        limit=limit,
        facts=(
            bool(body.get("legacy")),
            "ordinary",
            "given" if all(plan) else "partial" if any(plan) else "missing",
            approval,
            "shortened" if longer else "allowed",
        ),
    )


def _pilot_state(pilot: Pilot, at: int) -> tuple[str, bool]:
    """Give the state, and whether the last days have begun."""
    if not pilot.dated:
        return "undated", False
    if at < pilot.start:
        return "before", False
    return ("running", at >= pilot.near) if at < pilot.end else ("over", False)
