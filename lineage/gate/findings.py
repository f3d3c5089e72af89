"""Findings: a rule that speaks, with its text filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.gate.table import Mark, RuleText, Subject, Table, Timeline

SEVERITIES = ("blocker", "warning", "note", "obligation")
STAGE_ORDER = (
    "request",
    "regulation",
    "consent",
    "derivation",
    "origin",
    "purpose",
    "outcome",
    "insight",
    "expectation",
)
_RANKS = {name: rank for rank, name in enumerate(SEVERITIES)}
_STAGES = {name: rank for rank, name in enumerate(STAGE_ORDER)}
_OWN = "usage-cycle"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong or worth saying. ``document`` is the (kind, key) it points to, ``about`` the path in there."""

    code: str
    stage: str
    severity: str
    message: str
    fix: str
    cite: str
    title: str
    certainty: str
    document: tuple[str, str] = ("", "")
    about: str = ""
    unanswered: bool = False
    number: int = 0
    """Place of its rule among all rules: findings of one stage stand in that order."""


class _Blank(dict[str, Any]):
    """Names for a message; one that is not known reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def finding_of(
    rule: RuleText, severity: str, subject: Subject, number: int = 0, *, unanswered: bool = False
) -> Finding:
    """Fill a rule's text with the names of its subject."""
    names = _Blank(subject.names)
    kind, _, path = rule.about.partition(".")
    key = subject.documents.get(kind, "")
    kind = kind.partition(":")[0]
    if not key and kind in ("outcome", "insight", "regulatory", "consent", "origin", "assessment"):
        fallback = "use" if kind in ("outcome", "insight", "assessment") else "element"
        kind, path, key = fallback, f"{kind}s" if kind != "regulatory" else kind, subject.documents.get(fallback, "")
    message = rule.message.format_map(names)
    fix = rule.fix.format_map(names)
    if unanswered:
        message, fix = (
            f"the rule “{rule.title}” gave no answer for these facts",
            "ask whoever keeps the pack to mend the rule",
        )
    return Finding(
        rule.code,
        rule.stage,
        severity,
        message,
        fix,
        rule.cite,
        rule.title,
        rule.certainty,
        (kind, key),
        path,
        unanswered,
        number,
    )


def request_finding(table: Table, rule: str, names: Mapping[str, Any]) -> Finding:
    """Give the finding of a rule about the request itself."""
    number = table.numbers[f"{_OWN}/{rule}"]
    return finding_of(table.rules[number], "blocker", Subject(names, {}), number)


def timeline_findings(table: Table, timeline: Timeline, number: int) -> Iterator[Finding]:
    """Give the findings of one interval."""
    for mark in timeline.cores[number].marks:
        yield _marked(table, mark, timeline.subject(number, mark.subject))


def _marked(table: Table, mark: Mark, subject: Subject) -> Finding:
    return finding_of(table.rules[mark.rule], mark.severity, subject, mark.rule, unanswered=mark.unanswered)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put findings worst first, in the order of the verdict, each once."""
    unique = dict.fromkeys(findings)
    return tuple(
        sorted(unique, key=lambda f: (_RANKS[f.severity], _STAGES.get(f.stage, 99), f.number, f.document, f.message))
    )
