"""What a verdict rests on: the facts each finding was made from, and the verdict without some of the findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.domain.facts import facts_of
from lineage.gate.answer import Answer, Question
from lineage.gate.findings import Finding, timeline_findings
from lineage.gate.table import Table, Timeline, Use
from lineage.judge.material import UseRecord
from lineage.judge.tracing import Trace, trace
from lineage.services.views import View

_RANK = {"allow": 0, "undecided": 1, "deny": 2}
_BRINGS = {"usage-cycle/insight-recorded": "usage-cycle/insight-applied"}
"""Rule → a rule that its fix meets as well: an insight is recorded together with the day its decision was applied."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why an answer is what it is.

    ``facts`` gives, for each finding of a rule, what the rule read, by name. ``audiences`` holds for each audience asked
    about the traces of the uses that decide for it; one that allows is enough. ``outside`` are blockers that no rule of
    these uses made, such as a prohibition or an unknown key.
    """

    facts: Mapping[Finding, Mapping[str, Any]]
    audiences: tuple[tuple[Trace, ...], ...]
    outside: tuple[Finding, ...]

    def without(self, codes: Collection[str]) -> str:
        """Give the effect if these rules held; where no use decides, nothing is allowed whatever is mended."""
        gone = frozenset(codes) | {_BRINGS[code] for code in codes if code in _BRINGS}
        left = ["undecided" if f.unanswered else "deny" for f in self.outside if f.code not in gone]
        for traces in self.audiences:
            left.append(min((traced.without(gone) for traced in traces), key=_RANK.__getitem__, default="deny"))
        return max(left, key=_RANK.__getitem__, default="deny")


def reasons(view: View, answered: Answer) -> Reasons:
    """Trace an answer back to the facts of its rules."""
    table, question = view.table, answered.question
    element = table.elements.get(question.element)
    facts: dict[Finding, Mapping[str, Any]] = {}
    audiences: list[tuple[Trace, ...]] = []
    for audience in _audiences(question, element.audiences if element else ()):
        traces = []
        for use in _uses(table, answered, audience):
            timeline, further = _timeline(use, audience, question.regime)
            traced = trace(view.compiled, use.key, audience, question.instant, further)
            facts |= _facts(table, timeline, question.instant, traced)
            traces.append(traced)
        audiences.append(tuple(traces))
    outside = tuple(f for f in answered.findings if f.severity == "blocker" and f not in facts)
    return Reasons(facts, tuple(audiences), outside)


def facts_of_origin(view: View, key: str) -> Mapping[Finding, Mapping[str, Any]]:
    """Give what the rules read of an element that nobody uses, finding by finding.

    The facts of elements and origins do not depend on who uses them; a use is made up so that they can be traced.
    """
    material, table, instant = view.compiled.material, view.table, view.at.microseconds
    if not material.processes:
        return {}
    body = {"element": key, "process": min(material.processes), "purpose": material.vocabulary.root, "effect": "allow"}
    made_up = UseRecord(key, body)
    traced = Trace(view.compiled, made_up, "", instant, view.compiled.uses.asked(made_up, ""))
    return _facts(table, table.elements[key].origin, instant, traced)


def facts_data(view: View, finding: Finding, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the facts a rule read as plain data, each with its meaning."""
    scope = view.compiled.policies.rules[finding.number].scope
    about = {fact.name: fact.about for fact in facts_of(scope)}
    return [
        {"name": name, "about": about.get(name, ""), "value": list(value) if isinstance(value, tuple) else value}
        for name, value in facts.items()
    ]


def _audiences(question: Question, audiences: Sequence[str]) -> Sequence[str]:
    return (question.audience,) if question.audience else tuple(audiences) or ("",)


def _uses(table: Table, answered: Answer, audience: str) -> list[Use]:
    element = table.elements.get(answered.question.element)
    mine = [table.uses[number] for number in element.uses] if element else []
    return [use for use in mine if use.key in answered.uses and use.audience in ("", audience)]


def _timeline(use: Use, audience: str, regime: str) -> tuple[Timeline, str]:
    """Give the timeline that decided, as the gate chooses it, and the further regime it was judged under."""
    timeline, beyond = use.audiences.get(audience, (use.timeline, use.beyond))
    return (beyond[regime], regime) if regime in beyond else (timeline, "")


def _facts(table: Table, timeline: Timeline, instant: int, traced: Trace) -> dict[Finding, Mapping[str, Any]]:
    number = timeline.at(instant)
    found: dict[Finding, Mapping[str, Any]] = {}
    marks = timeline.cores[number].marks
    for mark, finding in zip(marks, timeline_findings(table, timeline, number), strict=True):
        read = traced.records.get((finding.code, mark.subject))
        if read is not None:
            found.setdefault(finding, read)
    return found
