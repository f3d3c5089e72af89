"""Who can act on a finding: the person whose declaration mends it, as far as the catalogue names one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, NamedTuple

from lineage.domain.days import after
from lineage.gate.answer import Answer
from lineage.gate.findings import Finding
from lineage.gate.table import Use
from lineage.judge.compile import Compiled
from lineage.policy.pack import Rule

Body = Mapping[str, Any]
STEWARD = frozenset({"origin", "consent", "derivation"})
"""Stages whose findings the steward of the element mends; the owner of the process mends the others."""

_ASSESSMENT = re.compile(r"\bassessment\.(\w+)")


class Turn(NamedTuple):
    """A permission that ends at ``instant``: its use, and the answers just before and from then on."""

    use: Use
    instant: int
    before: Answer
    after: Answer


class Responsible:
    """Names the person for each finding: whoever answers for what the finding speaks of.

    A waiver's approver where a waiver ends, a pilot's owner where a pilot ends, an assessment's approver, who assessed a
    regulatory status, the steward of an element, the owner of a process. Where nobody is named: the owner of the process,
    then the contact of the catalogue's publisher.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._material = compiled.material
        self._purposes = compiled.table.purposes
        self._rules: Mapping[str, Rule] = {rule.code: rule for rule in compiled.policies.rules}

    def person(self, turn: Turn, finding: Finding) -> str:
        """Give the person who can act on a finding that ends a permission; empty when the catalogue names nobody."""
        return next(filter(None, self._candidates(turn, finding)), "")

    def _candidates(self, turn: Turn, finding: Finding) -> Iterator[str]:
        use, rule = turn.use, self._rules.get(finding.code)
        borne = turn.before.cycle == "pilot" and finding.stage in ("outcome", "insight")
        if not borne and rule is not None and rule.effect == "blocker" and _was_warning(turn.before, finding):
            yield self._waived_by(turn, finding)
        if borne and turn.after.cycle != "pilot":
            yield str((self._uses.get(use.key, {}).get("pilot") or {}).get("owner") or "")
        if finding.document[0] == "assessment" or (rule is not None and _ASSESSMENT.search(rule.when + rule.require)):
            yield self._assessed_by(use, finding, rule)
        kind, key = finding.document
        if kind == "regulatory":
            element, _, regime = key.partition("#")
            yield self._said(self._regulatory(element).get(regime), "by")
            yield self._steward(element)
        if finding.stage in STEWARD or kind in ("element", "origin", "consent"):
            yield self._steward(_element_of(kind, key) or use.element)
        yield self._said(self._material.processes.get(use.process, ({}, False))[0], "owner")
        yield self._publisher

    @cached_property
    def _uses(self) -> Mapping[str, Body]:
        return {use.key: use.body for use in self._material.uses}

    @cached_property
    def _publisher(self) -> str:
        publisher = self._material.catalogue.get("publisher") or ""
        return self._said(self._material.parties.get(publisher), "contact") or publisher

    def _said(self, body: Body | None, name: str) -> str:
        return str((body or {}).get(name) or "")

    def _regulatory(self, element: str) -> Mapping[str, Body]:
        record = self._material.elements.get(element)
        return record.regulatory if record else {}

    def _steward(self, element: str) -> str:
        record = self._material.elements.get(element)
        return self._said(record.body if record else None, "steward")

    def _waived_by(self, turn: Turn, finding: Finding) -> str:
        """Give who approved the waiver that ends at this instant."""
        zone = self._material.zone
        for _, body in self._material.waivers:
            ends = bool(body.get("until")) and after(body["until"], zone) == turn.instant
            if ends and fnmatchcase(finding.code, str(body["finding"])) and self._covers(body, turn.use):
                return self._said(body, "approved_by")
        return ""

    def _assessed_by(self, use: Use, finding: Finding, rule: Rule | None) -> str:
        """Give who approved the assessment a finding names, or the newest of its type that covers the use."""
        named = finding.document[1] if finding.document[0] == "assessment" else ""
        types = set(_ASSESSMENT.findall(f"{rule.when} {rule.require}")) if rule else set()
        fitting = [
            body
            for key, body in self._material.assessments
            if key == named or (not named and body.get("type") in types and self._covers(body, use))
        ]
        newest = max(fitting, key=lambda body: str(body.get("valid_until") or ""), default=None)
        return self._said(newest, "approved_by")

    def _covers(self, body: Body, use: Use) -> bool:
        covers = body.get("covers") or {}
        above = self._purposes.covering(use.purpose)
        regimes = {law.regime for law in use.timeline.naming.laws}
        return bool(covers) and (
            use.element in covers.get("elements", (use.element,))
            and use.process in covers.get("processes", (use.process,))
            and not above.keys().isdisjoint(covers.get("purposes", above))
            and ("regimes" not in covers or not regimes.isdisjoint(covers["regimes"]))
        )


def _was_warning(before: Answer, finding: Finding) -> bool:
    return any(
        f.severity == "warning" and (f.code, f.document) == (finding.code, finding.document) for f in before.findings
    )


def _element_of(kind: str, key: str) -> str:
    """Give the element a document belongs to; keys of uses begin with it too (a prohibition at a source)."""
    if kind in ("element", "origin", "consent", "regulatory"):
        return key.partition("#")[0]
    return key.partition("/")[0] if kind in ("use", "outcome", "insight") else ""
