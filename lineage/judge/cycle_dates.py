"""The dated part of a use: review, outcomes, insights and pilot as states at an instant, and the instants that matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lineage.domain.days import after, plus, start_of
from lineage.judge.material import Body, UseRecord

GRACE = "P30D"
CARRY = "P90D"
LONGEST_PILOT = "P180D"
FOREVER = 1 << 62


class Outcome(NamedTuple):
    """An outcome as the judge needs it; ``due`` and ``end`` bound its freshness."""

    key: str
    recorded: int | None
    due: int
    end: int
    due_day: str
    end_day: str
    organisation: str
    subject: str
    organisation_observed: bool
    subject_observed: bool
    evidence: bool
    period: bool

    @property
    def whole(self) -> bool:
        """Whether everything that completes the stage is said."""
        sides = self.organisation != "missing" and self.subject != "missing"
        return bool(sides and self.organisation_observed and self.subject_observed and self.evidence)


class Insight(NamedTuple):
    """An insight as the judge needs it; ``cites`` are the outcomes it names."""

    key: str
    cites: tuple[Outcome, ...]
    learned: bool
    decision: str
    applied: int | None
    evidence: bool

    def counts_from(self) -> int:
        """Give the instant from which its decision counts: applied, and every cited outcome recorded."""
        if self.applied is None:
            return FOREVER
        recorded = [FOREVER if outcome.recorded is None else outcome.recorded for outcome in self.cites]
        return max(self.applied, *recorded) if recorded else self.applied


class Pilot(NamedTuple):
    """A declared pilot with its effective window."""

    dated: bool
    start: int
    end: int
    until: str
    limit: str
    plan: str
    approval: str
    length: str


class CycleDates:
    """All dates of one use; ``facts`` gives the dated facts of scope use at an instant, in their declared order."""

    __slots__ = ("changed", "carry_end", "grace_end", "insights", "outcomes", "pilot", "review_by", "review_day", "review_end_day", "zone")

    def __init__(self, use: UseRecord, zone: ZoneInfo, defaults: Body, cadence: str, since: str, strict: bool) -> None:  # noqa: FBT001, PLR0913 - one call
        self.zone = zone
        self.outcomes = tuple(_outcome(key, body, zone, cadence) for key, body in use.outcomes)
        by_key = {outcome.key.rpartition("#")[2]: outcome for outcome in self.outcomes}
        self.insights = tuple(_insight(key, body, zone, by_key) for key, body in use.insights)
        changed = use.body.get("changed")
        self.changed = start_of(changed, zone) if changed else None
        self.carry_end = start_of(plus(changed, CARRY, zone), zone) if changed else 0
        self.pilot = _pilot(use.body.get("pilot"), zone, defaults.get("pilot"))
        self.review_day = use.body.get("review_by") or _review_from(use, defaults, since, zone, strict=strict)
        self.review_by, self.grace_end, self.review_end_day = FOREVER, FOREVER, ""
        if self.review_day:
            self.review_by = after(self.review_day, zone)
            self.review_end_day = plus(self.review_day, GRACE, zone)
            self.grace_end = after(self.review_end_day, zone)

    def breakpoints(self) -> set[int]:
        """Give every instant at which a dated fact may change."""
        found = {self.review_by, self.grace_end}
        for outcome in self.outcomes:
            found.update((outcome.recorded or FOREVER, outcome.due, outcome.end))
        for insight in self.insights:
            found.add(insight.counts_from())
        if self.changed is not None:
            found.update((self.changed, self.carry_end))
        if self.pilot and self.pilot.dated:
            found.update((self.pilot.start, self.pilot.end))
        return {instant for instant in found if instant < FOREVER}

    def facts(self, at: int) -> tuple[list[Any], Outcome | None, Insight | None]:
        """Give the dated facts at an instant, and the outcome and insight they speak of."""
        outcome = self._outcome(at)
        insight = self._insight(at)
        applied, carried = self._applied(insight, at) if insight else ("missing", False)
        changed = "no" if self.changed is None or at < self.changed else "carried_over" if carried else "settled"
        ended = any(i.decision == "retire" and i.counts_from() <= at for i in self.insights)
        review = "missing" if not self.review_day else _age(at, self.review_by, self.grace_end)
        facts = [review, changed, ended, *self._outcome_facts(outcome, at), *self._insight_facts(insight, applied, at)]
        pilot = self.pilot
        if pilot is None:
            facts += ["none", "missing", "missing", "allowed"]
        else:
            facts += [_pilot_state(pilot, at), pilot.plan, pilot.approval, pilot.length]
        return facts, outcome, insight

    def _outcome(self, at: int) -> Outcome | None:
        """Choose the outcome the facts speak of: the newest complete one that counts, else the newest that counts, else any."""
        if not self.outcomes:
            return None
        counting = [o for o in self.outcomes if o.recorded is not None and o.recorded <= at]
        if counting:
            return max(counting, key=lambda o: (o.whole, o.recorded or 0, o.key))
        unknown = [o for o in self.outcomes if o.recorded is None]
        return unknown[0] if unknown else min(self.outcomes, key=lambda o: (o.recorded or 0, o.key))

    def _insight(self, at: int) -> Insight | None:
        if not self.insights:
            return None

        def rank(i: Insight) -> tuple[Any, ...]:
            good = self._applied(i, at)[0] == "given" and self._cited(i, at) == "given"
            return good and i.learned and i.decision != "missing", good, i.learned, i.applied or 0, i.key

        return max(self.insights, key=rank)

    def _applied(self, insight: Insight, at: int) -> tuple[str, bool]:
        """Give the state of an application, and whether it stands only because the earlier cycle carries over."""
        if insight.applied is None:
            return "missing", False
        if at < insight.counts_from():
            return "later", False
        if self.changed is None or at < self.changed or insight.applied >= self.changed:
            return "given", False
        return ("given", True) if at < self.carry_end else ("outdated", False)

    def _cited(self, insight: Insight, at: int) -> str:
        if not insight.cites:
            return "missing"
        newest = max((o.end for o in self.outcomes if o.whole and o.recorded is not None and o.recorded <= at), default=0)
        for outcome in insight.cites:
            if outcome.whole and outcome.recorded is not None and outcome.recorded <= at and (at < outcome.end or outcome.end == newest):
                return "given"
        return "not_yet"

    def _outcome_facts(self, outcome: Outcome | None, at: int) -> list[Any]:
        later = outcome is not None and outcome.recorded is not None and at < outcome.recorded
        if outcome is None or later:
            return ["later" if later else "none", *["missing"] * 7, "none"]
        state = "current" if outcome.recorded is None else _age(at, outcome.due, outcome.end)
        return [
            state, _given(outcome.recorded is not None), _given(outcome.period), outcome.organisation, outcome.subject,
            _given(outcome.organisation_observed), _given(outcome.subject_observed), _given(outcome.evidence), self._harm(at),
        ]  # fmt: skip

    def _harm(self, at: int) -> str:
        harms = [o for o in self.outcomes if o.recorded is not None and o.recorded <= at and "harm" in (o.organisation, o.subject)]
        if not harms:
            return "none"
        answers = {o.key for i in self.insights if i.decision in ("amend", "narrow", "retire") and i.counts_from() <= at for o in i.cites}
        return "answered" if all(o.key in answers for o in harms) else "unanswered"

    def _insight_facts(self, insight: Insight | None, applied: str, at: int) -> list[Any]:
        if insight is None:
            return ["none", "missing", "missing", "missing", "missing", "missing"]
        return ["given", self._cited(insight, at), _given(insight.learned), insight.decision, applied, _given(insight.evidence)]


def _given(there: object) -> str:
    return "given" if there else "missing"


def _age(at: int, due: int, end: int) -> str:
    return "current" if at < due else "grace" if at < end else "overdue"


def _outcome(key: str, body: Body, zone: ZoneInfo, cadence: str) -> Outcome:
    recorded = body.get("recorded")
    due_day = plus(recorded, cadence, zone) if recorded else ""
    end_day = plus(due_day, GRACE, zone) if recorded else ""
    organisation, subject = body.get("organisation") or {}, body.get("subject") or {}
    return Outcome(
        key=key,
        recorded=start_of(recorded, zone) if recorded else None,
        due=after(due_day, zone) if recorded else FOREVER,
        end=after(end_day, zone) if recorded else FOREVER,
        due_day=due_day,
        end_day=end_day,
        organisation=organisation.get("value") or "missing",
        subject=subject.get("value") or "missing",
        organisation_observed="observed" in organisation,
        subject_observed="observed" in subject,
        evidence=bool(body.get("evidence")),
        period=bool((body.get("period") or {}).get("from") and (body.get("period") or {}).get("until")),
    )


def _insight(key: str, body: Body, zone: ZoneInfo, outcomes: Mapping[str, Outcome]) -> Insight:
    applied = body.get("applied")
    return Insight(
        key=key,
        cites=tuple(outcomes[name] for name in body.get("outcomes") or () if name in outcomes),
        learned=bool(body.get("learned")),
        decision=body.get("decision") or "missing",
        applied=start_of(applied, zone) if applied else None,
        evidence=bool(body.get("evidence")),
    )


def _pilot(body: Body | None, zone: ZoneInfo, default: str | None) -> Pilot | None:
    if body is None:
        return None
    start, until = body.get("from"), body.get("until")
    limit = plus(start, LONGEST_PILOT, zone) if start else ""
    if start and default:
        limit = min(limit, plus(start, default, zone))
        until = until or limit
    plan = [bool(body.get(name)) for name in ("hypothesis", "measure", "target", "owner")]
    asked, approved = body.get("requested_by"), body.get("approved_by")
    approval = "missing" if not asked or not approved else "same_person" if asked == approved else "given"
    dated = bool(start and until)
    end = min(after(until, zone), after(limit, zone)) if dated else 0
    return Pilot(
        dated=dated,
        start=start_of(start, zone) if start else 0,
        end=end,
        until=min(until[:10], limit) if until and limit else "",
        limit=limit,
        plan="given" if all(plan) else "partial" if any(plan) else "missing",
        approval=approval,
        length="shortened" if dated and after(until, zone) > after(limit, zone) else "allowed",
    )


def _pilot_state(pilot: Pilot, at: int) -> str:
    if not pilot.dated:
        return "undated"
    return "before" if at < pilot.start else "running" if at < pilot.end else "over"


def _review_from(use: UseRecord, defaults: Body, since: str, zone: ZoneInfo, *, strict: bool) -> str:
    """Work out the review day a use does not declare: the default period after its last anchor; nothing without either.

    The anchor is the last applied insight, else the day its terms changed, else its pilot, else the first capture.
    Attitudinal, special and minors' data is reviewed within six months (standards 7.4).
    """
    period = defaults.get("review")
    applied = max((body["applied"][:10] for _, body in use.insights if body.get("applied")), default="")
    anchor = applied or use.body.get("changed") or (use.body.get("pilot") or {}).get("from") or since
    if not period or not anchor:
        return ""
    day = plus(anchor, period, zone)
    return min(day, plus(anchor, "P6M", zone)) if strict else day
