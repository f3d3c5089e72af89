"""Answers as plain data: the one JSON form of a verdict, for every command, page and file (docs/commands.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lineage.gate.answer import Answer
from lineage.gate.findings import Finding


def answer_data(answered: Answer, where: Callable[[Finding], str]) -> dict[str, Any]:
    """Give a verdict as plain data."""
    question = answered.question
    data: dict[str, Any] = {"element": question.element, "process": question.process, "purpose": question.purpose}
    if question.audience:
        data["audience"] = question.audience
    if question.regime:
        data["regime"] = question.regime
    return data | {
        "effect": answered.effect,
        "cycle": answered.cycle,
        "stages": dict(answered.stages),
        "consent": answered.consent,
        "regulatory": dict(answered.regulatory),
        "obligations": obligation_data(answered.obligations),
        "findings": [finding_data(finding, where) for finding in answered.findings],
        "holds_until": answered.holds_until,
    }


def obligation_data(found: Iterable[Finding]) -> list[dict[str, str]]:
    """Give each obligation once, under the code it has in Python and in the decision log: ``pack/rule``."""
    return [{"code": code, "message": said} for code, said in dict.fromkeys((one.code, one.message) for one in found)]


def finding_data(finding: Finding, where: Callable[[Finding], str]) -> dict[str, Any]:
    """Give a finding as plain data."""
    return {
        "code": finding.code,
        "stage": finding.stage,
        "severity": finding.severity,
        "message": finding.message,
        "fix": finding.fix,
        "cite": finding.cite,
        "where": where(finding),
        "document": finding.document[1],
    }
