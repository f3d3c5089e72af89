"""Needs attention first: what stops most, worst first, each thing once however many uses it stops."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from lineage.gate.findings import Finding
from lineage.gate.table import Element
from lineage.report.compose_sight import JudgedUse, Sight, weight
from lineage.report.contexts import AttentionContext

MOST = 50
_PRUNED = 2000


class _Entry(NamedTuple):
    """One line in the making, in the order in which lines are ranked."""

    severity: int
    uses: int
    stage: int
    code: str
    element: str
    process: str
    subject: tuple[str, str]
    finding: Finding


_Found = dict[tuple[str, str], tuple[Finding, int]]


class Attention:
    """Collects findings element by element and keeps only those that may be listed."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._entries: list[_Entry] = []
        self._shared: dict[tuple[str, tuple[str, str]], tuple[Finding, int]] = {}
        self._total = 0

    @property
    def total(self) -> int:
        """How many findings there are, listed or not."""
        return self._total + len(self._shared)

    def add(self, element: Element, judged: Sequence[JudgedUse], findings: Sequence[Finding]) -> None:
        """Take in one element; ``findings`` are those about the element itself."""
        found: _Found = {}
        for finding in findings:
            reach = sum(finding in one.answer.findings for one in judged) if judged else 0
            self._take(found, finding, "", reach)
        for one in judged:
            for finding in one.answer.findings:
                if not self._sight.about_element(finding):
                    self._take(found, finding, one.use.process, 1)
        self._total += len(found)
        for (code, process), (finding, uses) in found.items():
            entry = _Entry(*_rank(finding, uses), code, element.key, process, ("", ""), finding)
            self._entries.append(entry)
        if len(self._entries) > _PRUNED:
            self._entries = heapq.nsmallest(MOST, self._entries, key=_order)

    def _take(self, found: _Found, finding: Finding, process: str, uses: int) -> None:
        if finding.severity not in ("blocker", "warning"):
            return
        kind = finding.document[0]
        if kind in ("audience", "process"):
            # One audience without an owner is one thing to do, not one for each of its elements.
            name = (finding.code, finding.document)
            self._shared[name] = (finding, self._shared.get(name, (finding, 0))[1] + uses)
            return
        old = found.get((finding.code, process))
        kept = finding if old is None or weight(finding) < weight(old[0]) else old[0]
        found[finding.code, process] = (kept, (old[1] if old else 0) + uses)

    def ranked(self) -> list[_Entry]:
        """Give what is listed: blockers before warnings, then what touches most uses."""
        shared = (
            _Entry(*_rank(finding, uses), code, "", "", document, finding)
            for (code, document), (finding, uses) in self._shared.items()
        )
        return heapq.nsmallest(MOST, (*self._entries, *shared), key=_order)

    def first(self) -> str:
        """Give what stops most; nothing where nothing does."""
        # A blocker of an element without uses stops nobody: it is no reason for a use to be denied.
        return next((e.finding.message for e in self.ranked() if e.severity == 0 and e.uses), "")

    def listed(self) -> tuple[AttentionContext, ...]:
        """Give the lines as the report shows them."""
        return tuple(self._line(entry) for entry in self.ranked())

    def _line(self, entry: _Entry) -> AttentionContext:
        sight, finding = self._sight, self._sight.finding(entry.finding)
        kind, key = entry.subject
        if kind == "audience":
            body = sight.material.audiences.get(key, {})
            title = sight.table.audiences.get(key, key)
            return AttentionContext(finding, "", None, "", f"Audience {title}", str(body.get("owner") or ""))
        if kind == "process":
            return AttentionContext(finding, "", None, "", f"Process {sight.process(key)}", sight.owner(key))
        steward = str(sight.record(entry.element).body.get("steward") or "")
        return AttentionContext(
            finding=finding,
            element=sight.title(entry.element),
            anchor=sight.anchor(entry.element),
            process=sight.process(entry.process) if entry.process else "",
            owner=(sight.owner(entry.process) if entry.process else "") or steward,
        )


def _rank(finding: Finding, uses: int) -> tuple[int, int, int]:
    severity, stage = weight(finding)
    return severity, -uses, stage


def _order(entry: _Entry) -> tuple[int, int, int, str, str, str, tuple[str, str]]:
    return entry[:7]
