"""One use in plain words: its verdict, why, what mending would change, and whether less would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lineage.gate.answer import Answer
from lineage.gate.findings import Finding
from lineage.gate.shapes import answer_data, finding_data
from lineage.judge.choices import weighed_by
from lineage.judge.sources import ORDER
from lineage.services.explaining_tracing import facts_data, reasons
from lineage.services.explaining_words import certainty, finding_lines, together
from lineage.services.places import Where
from lineage.services.views import View


def explained(view: View, answered: Answer, where: Where) -> dict[str, Any]:
    """Give a verdict as data, with the facts behind each finding and what mending one or all of them would change."""
    why = reasons(view, answered)
    blockers = {finding.code for finding in answered.findings if finding.severity == "blocker"}
    alone = {code: why.without({code}) for code in dict.fromkeys(finding.code for finding in answered.findings)}
    every = why.without(blockers) if blockers else answered.effect
    count = sum(finding.severity == "blocker" for finding in answered.findings)
    fixed = together(count, answered.effect, every) if answered.cycle != "retired" else ""
    body = _body(view, answered)
    return answer_data(answered, where) | {
        "findings": [
            finding_told(view, finding, where, why.facts.get(finding, {}), alone[finding.code])
            for finding in answered.findings
        ],
        "basis": _bases(view, answered, body),
        "if_fixed": fixed,
        "if_all_fixed": every,
        "choices": _choices(view, body),
    }


def finding_told(view: View, finding: Finding, where: Where, facts: Mapping[str, Any], alone: str) -> dict[str, Any]:
    """Give a finding as data with its rule, its facts, and the verdict if it alone were mended."""
    place = where(finding) or f"{finding.document[0]} {finding.document[1]}" * bool(finding.document[1])
    return finding_data(finding, where) | {
        "title": finding.title,
        "certainty": certainty(finding.certainty),
        "declared": f"{place}{f'  ({finding.about})' if finding.about else ''}" if place else "",
        "facts": facts_data(view, finding, facts),
        "if_fixed_alone": alone,
    }


def _body(view: View, answered: Answer) -> Mapping[str, Any]:
    """Give the declaration of the use that decides; where none does, the question as if it were one."""
    wanted = answered.uses[0] if answered.uses else ""
    for use in view.compiled.material.uses:
        if use.key == wanted:
            return use.body
    question = answered.question
    return {
        "element": question.element,
        "process": question.process,
        "purpose": question.purpose,
        "audience": question.audience,
        "effect": "allow",
    }


def _bases(view: View, answered: Answer, body: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give the legal basis under each regime that applies, with its article there."""
    declared = body.get("basis") or {}
    return [
        {"regime": regime, "basis": str(declared[regime]), "cite": _article(view, regime, str(declared[regime]))}
        for regime in answered.regulatory
        if regime in declared
    ]


def _article(view: View, regime: str, basis: str) -> str:
    """Give the article of a regime that knows a basis; nothing where none is on record."""
    known = view.compiled.material.vocabulary.enumerations.get("basis", {}).get(basis, {})
    return str((known.get("articles") or {}).get(regime) or "")


def _choices(view: View, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    weighed = weighed_by(body)
    return [
        {
            "element": choice.element,
            "title": choice.title,
            "sensitivity": ORDER[choice.level],
            "purpose": choice.purpose,
            "process": choice.process,
            "weighed": choice.element in weighed,
        }
        for choice in view.compiled.known.choices.lower(body)
    ]


def use_lines(answered: Answer, told: Mapping[str, Any]) -> list[str]:
    """Write an explained use."""
    question = answered.question
    verb = {"allow": "may use it", "deny": "may not use it", "undecided": "gets no answer"}[answered.effect]
    until = f" This holds until {answered.holds_until} if nobody changes anything." if answered.holds_until else ""
    whose = f" with data of {question.audience}" if question.audience else ""
    # A closed cycle is no reason for a no: the findings below are.
    sign = ", though" if answered.effect == "deny" and answered.cycle in ("complete", "pilot") else ":"
    lines = [f"{question.process} {verb} for {question.purpose}{whose}{sign} the cycle is {answered.cycle}.{until}"]
    stages = ", ".join(f"{stage} {state.replace('_', ' ')}" for stage, state in answered.stages.items())
    lines.append(f"  Stages: {stages}.")
    for basis in told["basis"]:
        cite = f" ({basis['cite']})" if basis["cite"] else ""
        lines.append(f"  Legal basis under {basis['regime']}: {basis['basis'].replace('_', ' ')}{cite}.")
    lines += [line for finding in told["findings"] for line in finding_lines(finding, answered.effect)]
    lines += [f"  It must: {obligation.message}." for obligation in answered.obligations]
    lines += [f"  {told['if_fixed']}"] if told["if_fixed"] else []
    if told["choices"]:
        lines.append("  Why this identifier rather than another? Less sensitive elements serve the same purpose:")
    for choice in told["choices"]:
        state = "weighed" if choice["weighed"] else "not weighed in alternatives"
        name = f"{choice['element']} ({choice['title']}, {choice['sensitivity']})"
        lines.append(f"    {name}: used by {choice['process']} for {choice['purpose']}; {state}")
    return lines
