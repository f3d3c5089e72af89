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
        "obligations": _obligations(answered.obligations),
        "findings": [finding_data(finding, where) for finding in answered.findings],
        "holds_until": answered.holds_until,
    }


def _obligations(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Give each obligation once, with the packs that ask for it: several laws ask the same."""
    merged: dict[str, dict[str, Any]] = {}
    for obligation in found:
        pack, _, code = obligation.code.rpartition("/")
        entry = merged.setdefault(code, {"code": code, "message": obligation.message, "packs": []})
        if pack not in entry["packs"]:
            entry["packs"].append(pack)
    return list(merged.values())


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
