"""What rules say of one use at one instant, put together: stages, cycle, effect. Equal situations are judged once."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from lineage.cycle.stages import STAGES, StageStates, is_closed, shape_of
from lineage.gate.findings import SEVERITIES, STAGE_ORDER
from lineage.gate.table import Core, Mark
from lineage.judge.policies import Policies
from lineage.policy.engine import ERRED, FAILED, MET, Ruleset

_RANK = {name: rank for rank, name in enumerate(SEVERITIES)}
_ORDER = {name: rank for rank, name in enumerate(STAGE_ORDER)}


class Said(NamedTuple):
    """What one ruleset said of one record, the number of the subject the record is about, and the record's own regime."""

    ruleset: Ruleset
    answers: tuple[int, ...]
    subject: int
    law: str = ""


Accepted = tuple[str, tuple[str, ...]]
"""A pattern of codes, and regimes."""


class Situation(NamedTuple):
    """Everything else a verdict depends on.

    ``waived`` are patterns of codes, each with the regimes whose findings are accepted (none: of every regime); ``met``
    are codes of rules to be taken as met (what would be if they were).
    """

    applied: bool
    pilot: bool
    waived: tuple[Accepted, ...]
    consent: str
    regulatory: tuple[tuple[str, str], ...]
    phase: int
    met: tuple[str, ...] = ()


class Judge:
    """Makes verdicts and remembers them; ``made`` and ``asked`` count how often each was done."""

    def __init__(self, policies: Policies, active: Sequence[frozenset[int]]) -> None:
        self._policies = policies
        self._active = active
        self._first = {
            id(ruleset): [policies.numbers[rule.code] for rule in ruleset.rules] for ruleset in policies.rulesets
        }
        self._seen: dict[tuple[object, ...], Core] = {}
        self.asked = 0

    @property
    def made(self) -> int:
        """How many different verdicts were made."""
        return len(self._seen)

    def core(self, said: Sequence[Said], situation: Situation) -> Core:
        """Give the verdict. Answers are shared tuples, so that their identity stands for their content."""
        self.asked += 1
        key = (situation, *[(id(s.ruleset), id(s.answers), s.subject, s.law) for s in said])
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._make(said, situation)
        return found

    def origin_complete(self, said: Sequence[Said], phase: int) -> bool:
        """Tell whether the origin stage has no blocker."""
        return self.core(said, Situation(False, False, (), "not_required", (), phase)).stages[0] == "complete"

    def _make(self, said: Sequence[Said], situation: Situation) -> Core:
        marks, stages, on_cycle = self._tally(said, situation)
        origin, purpose, outcome, insight = (stages[stage] == "complete" for stage in STAGES)
        closed = is_closed(shape_of(StageStates(origin, purpose, outcome, insight, situation.applied)))
        cycle = _cycle(closed, on_cycle, pilot=situation.pilot and origin and purpose)
        if cycle == "pilot":
            marks = [_borne(mark, self._policies) for mark in marks]
        else:
            marks = [mark for mark in marks if self._policies.rules[mark.rule].cycle != "pilot"]
        effect = _effect(marks, allowed=cycle in ("complete", "stale", "pilot"))
        marks.sort(key=lambda m: (_RANK[m.severity], _ORDER[self._policies.rules[m.rule].stage], m.rule, m.subject))
        four = (stages["origin"], stages["purpose"], stages["outcome"], stages["insight"])
        return Core(effect, cycle, four, situation.consent, situation.regulatory, tuple(marks))

    def _tally(self, said: Sequence[Said], situation: Situation) -> tuple[list[Mark], dict[str, str], set[str]]:
        active = self._active[situation.phase]
        counts = {stage: [0, 0, 0] for stage in STAGES}
        marks: list[Mark] = []
        on_cycle: set[str] = set()
        for part in said:
            for number, rule, answer in zip(
                self._first[id(part.ruleset)], part.ruleset.rules, part.answers, strict=True
            ):
                if number not in active or answer not in (FAILED, MET, ERRED):
                    continue
                if rule.code in situation.met and rule.effect != "obligation":
                    answer = MET  # noqa: PLW2901 - what would be if the rule were met
                severity = rule.effect
                waived = (
                    answer == FAILED
                    and severity == "blocker"
                    and rule.waivable
                    and _matches(rule.code, part.law or part.ruleset.regime, situation.waived)
                )
                counts_for_stage = severity == "blocker" and rule.stage in counts and not rule.cycle
                if answer == ERRED and rule.stage in counts and not counts_for_stage:
                    counts[rule.stage][2] += 1
                if counts_for_stage:
                    counts[rule.stage][MET if waived else answer - (answer == ERRED)] += 1
                if answer == MET:
                    continue
                marks.append(Mark(number, "warning" if waived else severity, part.subject, answer == ERRED))
                if rule.cycle and answer == FAILED and not waived:
                    on_cycle.add(rule.cycle)
        return marks, {stage: _state(*tally) for stage, tally in counts.items()}, on_cycle


def _matches(code: str, law: str, waived: tuple[Accepted, ...]) -> bool:
    return any(fnmatchcase(code, pattern) and (not (law and laws) or law in laws) for pattern, laws in waived)


def _state(failed: int, met: int, unanswered: int) -> str:
    """Complete: no blocker. Partial: some but not all rules met. Missing: none. Not assessed: a rule gave no answer."""
    if unanswered:
        return "not_assessed"
    if not failed:
        return "complete"
    return "partial" if met else "missing"


def _cycle(closed: bool, on_cycle: set[str], *, pilot: bool) -> str:
    for state in ("retired", "suspended"):
        if state in on_cycle:
            return state
    if closed:
        return "stale" if "stale" in on_cycle else "complete"
    return "pilot" if pilot else "incomplete"


def _borne(mark: Mark, policies: Policies) -> Mark:
    """While a pilot runs, what outcome and insight lack is a warning: they cannot be there yet."""
    rule = policies.rules[mark.rule]
    if mark.severity == "blocker" and rule.stage in ("outcome", "insight") and not mark.unanswered:
        return mark._replace(severity="warning")
    return mark


def _effect(marks: list[Mark], *, allowed: bool) -> str:
    if any(mark.severity == "blocker" and not mark.unanswered for mark in marks):
        return "deny"
    if any(mark.unanswered for mark in marks):
        return "undecided"
    return "allow" if allowed else "deny"
