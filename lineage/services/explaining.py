"""Say why, in plain words: an element with its uses, what breaks without it, or a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.domain.facts import Scope as RuleScope
from lineage.errors import Refused
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.findings import Finding, ordered, timeline_findings
from lineage.gate.nearest import did_you_mean
from lineage.judge.inheritance import derivation_of
from lineage.policy.pack import Rule
from lineage.services.checking import answers
from lineage.services.places import locate
from lineage.services.shapes import answer_data, finding_data
from lineage.services.views import Scope, Times, View, open_view
from lineage.store.database import Database

CERTAINTY = {
    "L": "read in the text of the law or standard",
    "S": "taken from a secondary source",
    "M": "to be verified before it is quoted",
    "I": "this product's interpretation",
}
EFFECTS = {
    "blocker": "the use is denied",
    "warning": "it is said, and the use goes on",
    "note": "it is noted",
    "obligation": "the use is allowed only if this is done",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """An explanation as data and as text; ``code`` is the exit code."""

    view: View
    summary: Mapping[str, Any]
    results: Sequence[Mapping[str, Any]]
    columns: tuple[str, ...]
    text: str
    code: int = 0


def explain(
    database: Database, times: Times, what: str, process: str = "", purpose: str = "", *, breaks: bool = False
) -> Explanation:
    """Explain an element or a rule. Raises Refused, with the nearest names, when it is neither."""
    view = open_view(database, times, None if breaks else Scope((what,)), digest=True)
    if what in view.table.elements:
        return _breaks(view, what) if breaks else _element(database, view, what, process, purpose)
    codes = {rule.code: rule for rule in view.compiled.policies.rules}
    short = {rule.id: rule for rule in view.compiled.policies.rules}
    rule = codes.get(what) or short.get(what)
    if rule is None:
        hint = did_you_mean(what, [*view.table.elements, *codes, *short])
        raise Refused(
            f"there is no element and no rule {what}", hint or "see lineage element list and lineage pack list"
        )
    return _rule(view, rule)


def _rule(view: View, rule: Rule) -> Explanation:
    data = {
        "code": rule.code, "title": rule.title, "scope": rule.scope.value, "stage": rule.stage, "about": rule.about,
        "when": rule.when, "require": rule.require, "effect": rule.effect, "waivable": rule.waivable,
        "message": rule.message, "fix": rule.fix, "cite": rule.cite,
        "certainty": rule.certainty, "in_force": {"from": rule.since or None, "until": rule.until or None},
    }  # fmt: skip
    lines = [
        f"{rule.code}: {rule.title}",
        "",
        f"It concerns the stage {rule.stage}, and speaks of {rule.about or 'the question itself'}.",
    ]
    if rule.scope is not RuleScope.REQUEST:
        lines.append(
            f"It is asked {'of every ' + rule.scope.value if rule.when == 'true' else f'of each {rule.scope.value} where'}"
        )
        lines += [] if rule.when == "true" else [f"    {rule.when}"]
        lines += ["and holds when", f"    {rule.require}"]
    lines.append(f"When it does not hold, {EFFECTS[rule.effect]}; it says: {_spoken(rule.message)}")
    if rule.fix:
        lines.append(f"To mend it: {_spoken(rule.fix)}")
    waiving = "It can be waived for a time." if rule.waivable else "It cannot be waived."
    lines.append(f"Source: {rule.cite} ({CERTAINTY[rule.certainty]}). {waiving}")
    return Explanation(
        view, {"rule": rule.code}, [data], ("code", "stage", "effect", "certainty", "cite", "title"), "\n".join(lines)
    )


def _spoken(text: str) -> str:
    return (
        text.replace("{{", "\x00")
        .replace("}}", "\x01")
        .replace("{", "‹")
        .replace("}", "›")
        .replace("\x00", "{")
        .replace("\x01", "}")
    )


def _element(database: Database, view: View, key: str, process: str, purpose: str) -> Explanation:
    if process and purpose:
        found: Sequence[Answer] = [answer(view.table, Question(process, key, purpose, view.at.microseconds))]
    else:
        found = [a for a in answers(view, [key], process) if not purpose or a.question.purpose == purpose]
    where = locate(database, (finding for a in found for finding in a.findings))
    results = [answer_data(a, where) | {"if_fixed": _if_fixed(a)} for a in found]
    if not results and (process or purpose):
        raise _no_such_use(view, key, process, purpose)
    if not results:
        return _without_use(database, view, key)
    lines = [_heading(view, key)]
    for answered in found:
        lines += ["", *_sentences(answered, where)]
    effects = [a.effect for a in found]
    summary = {effect: effects.count(effect) for effect in ("allow", "deny", "undecided")}
    code = 0
    if process and purpose:
        code = {"allow": 0, "deny": 1, "undecided": 3}[effects[0]]
    return Explanation(
        view,
        summary,
        results,
        ("effect", "process", "element", "purpose", "cycle", "holds_until", "findings"),
        "\n".join(lines),
        code,
    )


def _no_such_use(view: View, key: str, process: str, purpose: str) -> Refused:
    uses = [use for use in view.table.uses if use.element == key]
    by, aim = f" by {process}" if process else "", f" for {purpose}" if purpose else ""
    hint = did_you_mean(process or purpose, {use.process if process else use.purpose for use in uses})
    return Refused(f"no use of {key}{by}{aim} is declared", hint or f"see lineage explain {key}")


def _without_use(database: Database, view: View, key: str) -> Explanation:
    """Explain an element nobody uses: what its origin lacks."""
    timeline = view.table.elements[key].origin
    interval = timeline.at(view.at.microseconds)
    found = [f for f in ordered(timeline_findings(view.table, timeline, interval)) if f.severity != "obligation"]
    where = locate(database, found)
    lines = [_heading(view, key), "", "No use of it is declared, so that no process may use it."]
    lines += [line for finding in found for line in _finding(finding, where(finding))]
    stages = {"origin": timeline.cores[interval].stages[0]} | dict.fromkeys(
        ("purpose", "outcome", "insight"), "missing"
    )
    result = {
        "element": key,
        "effect": "deny",
        "cycle": "incomplete",
        "stages": stages,
        "findings": [finding_data(f, where) for f in found],
    }
    return Explanation(
        view, {"uses": 0}, [result], ("effect", "element", "cycle", "stages", "findings"), "\n".join(lines)
    )


def _heading(view: View, key: str) -> str:
    element = view.table.elements[key]
    text = f"{element.title} ({key}), at {view.at.shown}"
    sources = sorted({ban.source for ban in element.prohibitions if ban.source != key})
    return f"{text}\nIt inherits prohibitions from {', '.join(sources)}." if sources else text


def _sentences(answered: Answer, where: Any) -> list[str]:
    q = answered.question
    verb = {"allow": "may use it", "deny": "may not use it", "undecided": "gets no answer"}[answered.effect]
    until = f" This holds until {answered.holds_until} if nobody changes anything." if answered.holds_until else ""
    lines = [f"{q.process} {verb} for {q.purpose}: the cycle is {answered.cycle}.{until}"]
    stages = ", ".join(f"{stage} {state.replace('_', ' ')}" for stage, state in answered.stages.items())
    lines.append(f"  Stages: {stages}.")
    for finding in answered.findings:
        lines += _finding(finding, where(finding))
    lines += [f"  It must: {o.message}." for o in answered.obligations]
    if answered.effect == "deny":
        lines += [f"  {_if_fixed(answered)}"] if _if_fixed(answered) else []
    return lines


def _finding(finding: Finding, where: str) -> list[str]:
    lines = [f"  {finding.severity}[{finding.code}] {finding.message}"]
    place = where or (f"{finding.document[0]} {finding.document[1]}" if finding.document[1] else "")
    if place:
        lines.append(f"    declared  {place}{f'  ({finding.about})' if finding.about else ''}")
    if finding.fix:
        lines.append(f"    fix       {finding.fix}")
    lines.append(f"    source    {finding.cite} ({CERTAINTY.get(finding.certainty, '')})")
    return lines


def _if_fixed(answered: Answer) -> str:
    blockers = sum(finding.severity == "blocker" for finding in answered.findings)
    if not blockers or answered.cycle == "retired":
        return ""
    what = "this is" if blockers == 1 else f"these {blockers} are"
    return f"Once {what} mended, nothing that is known today stands against it."


def _breaks(view: View, key: str) -> Explanation:
    uses: dict[str, list[str]] = {}
    for use in view.table.uses:
        uses.setdefault(use.element, []).append(use.key)
    broken = derivation_of(view.compiled.material).what_breaks(key, uses)
    by_key = {use.key: use for use in view.table.uses}
    results = [
        {"element": element, "process": by_key[use].process, "purpose": by_key[use].purpose} for element, use in broken
    ]
    lines = [f"Without {key} these stop:", *(f"  {r['element']} · {r['process']} · {r['purpose']}" for r in results)]
    text = "\n".join(lines) if results else f"Nothing stops without {key}."
    return Explanation(view, {"uses": len(results)}, results, ("element", "process", "purpose"), text)
