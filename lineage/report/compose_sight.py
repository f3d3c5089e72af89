"""What every part of the composing looks at: the compiled catalogue, the instant, and indexes made once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from lineage.cycle.derivation import Derivation
from lineage.domain.days import after, instant_of, plus
from lineage.domain.facts import Scope
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.findings import SEVERITIES, STAGE_ORDER, Finding, ordered, timeline_findings
from lineage.gate.table import Element, Use
from lineage.judge.compile import Compiled
from lineage.judge.inheritance import derivation_of
from lineage.judge.material import Body, ElementRecord, UseRecord
from lineage.report.contexts import anchor_of
from lineage.report.contexts_element import FindingContext, Severity

SOON = "P30D"
"""What ends within this time from the instant of the report is shown as expiring."""

_NEAR = {
    "usage-cycle/review-near": "purpose",
    "usage-cycle/outcome-near": "outcome",
    "usage-cycle/status-review-near": "regulation",
}
GIVEN = frozenset({"given", "renewed"})
"""States in which a consent carries a use."""

_KEPT = 2000
_WHOSE = frozenset({"element", "origin", "regulatory", "audience"})
_SEVERITY = {name: rank for rank, name in enumerate(SEVERITIES)}
_STAGE = {name: rank for rank, name in enumerate(STAGE_ORDER)}


@dataclass(frozen=True, slots=True)
class ReportView:
    """What a report is made of: a compiled catalogue, the instant, and what the caller already put in words."""

    compiled: Compiled
    """The table and what it was made from."""
    instant: int
    """The instant the answers are about, in microseconds since 1970."""
    at: str
    """The same instant, local time with offset."""
    at_utc: str
    """The same instant in UTC."""
    as_of: str
    """What the catalogue knew at this instant, local time with offset."""
    as_of_utc: str
    """The same in UTC."""
    made_by: str
    """Program and version."""
    where: Callable[[Finding], str]
    """Gives "file:line" of what a finding speaks of, or nothing."""
    keys: tuple[str, ...] = ()
    """The elements chosen; empty for all."""
    pictures: bool = True
    """Whether the lineage is drawn."""
    detail: Literal["summary", "full"] = "full"
    """Whether the elements are told one by one."""
    command: str = ""
    """The command line that makes this report again."""
    proof: tuple[tuple[str, str], ...] = ()
    """What the report says of its own proof: label and text, line by line."""


class JudgedUse(NamedTuple):
    """A permitted use with its answer; ``ending`` names the stages of findings that say something is near its end."""

    use: Use
    record: UseRecord
    answer: Answer
    ending: frozenset[str]

    @property
    def blockers(self) -> list[Finding]:
        """What stops it."""
        return [finding for finding in self.answer.findings if finding.severity == "blocker"]


class Sight:
    """The view with its indexes. It asks the gate and decides nothing itself."""

    def __init__(self, view: ReportView) -> None:
        self.view = view
        self.table = view.compiled.table
        self.material = view.compiled.material
        self.zone = self.material.zone
        self.today = instant_of(view.instant, self.zone).date().isoformat()
        self.soon = after(plus(self.today, SOON, self.zone), self.zone)
        self.derivation: Derivation = derivation_of(self.material)
        self.unknown = tuple(key for key in view.keys if key not in self.table.elements)
        chosen = set(view.keys) or {key for key, element in self.table.elements.items() if not element.retired}
        self.keys = tuple(key for key in self.table.elements if key in chosen)
        self._chosen = frozenset(self.keys)
        self._records = {record.key: record for record in self.material.uses}
        self._bans: dict[str, list[UseRecord]] = {}
        self._granted: dict[str, set[str]] = {}
        for record in self.material.uses:
            if record.body["effect"] == "prohibit":
                self._bans.setdefault(record.body["element"], []).append(record)
            else:
                self._granted.setdefault(record.body["element"], set()).add(record.body["purpose"])
        rules = view.compiled.policies.rules
        self._of_uses = frozenset(rule.code for rule in rules if rule.scope is Scope.USE)
        self._blockers = frozenset(rule.code for rule in rules if rule.effect == "blocker")
        self._kept: dict[str, tuple[JudgedUse, ...]] = {}
        self._room = _KEPT if view.detail == "full" else 0
        self.idle: dict[str, list[tuple[str, str]]] = {}
        for name, key, purpose in view.compiled.known.expectations.idle(view.instant):
            self.idle.setdefault(key, []).append((name, purpose))
        self.sentences: dict[str, list[tuple[str, Body]]] = {}
        for key, body in sorted(self.material.statements.items()):
            for said in body.get("says") or ():
                for element in dict.fromkeys(said.get("elements") or ()):
                    self.sentences.setdefault(element, []).append((key, said))

    # ---- who is who -------------------------------------------------------------------------------------------------

    def record(self, key: str) -> ElementRecord:
        """Give the documents of an element."""
        return self.material.elements[key]

    def bans(self, key: str) -> list[UseRecord]:
        """Give the prohibitions declared at an element."""
        return self._bans.get(key, [])

    def granted(self, key: str) -> set[str]:
        """Give the purposes an element is declared to be used for."""
        return self._granted.get(key, set())

    def blocks(self, code: str) -> bool:
        """Tell whether a rule is a blocker by itself, so that a finding of less weight was waived."""
        return code in self._blockers

    def anchor(self, key: str) -> str | None:
        """Give the section of an element; nothing where the report has none."""
        return anchor_of(key) if self.view.detail == "full" and key in self._chosen else None

    def title(self, key: str) -> str:
        """Give the title of an element, or its key."""
        element = self.table.elements.get(key)
        return element.title if element else key

    def process(self, key: str) -> str:
        """Give the title of a process; none means every one."""
        process = self.table.processes.get(key)
        return process.title if process else key or "Every process"

    def owner(self, process: str) -> str:
        """Give who answers for a process, or nothing."""
        return str(self.process_body(process).get("owner") or "")

    def process_body(self, key: str) -> Body:
        """Give the document of a process; an empty one for an unknown key."""
        found = self.material.processes.get(key)
        return found[0] if found else {}

    def purpose(self, key: str) -> str:
        """Give the title of a purpose, or its key."""
        term = self.material.vocabulary.purposes.get(key)
        return term.title if term else key

    def party(self, key: str) -> str:
        """Give the name of a party, or its key."""
        return str(self.material.parties.get(key, {}).get("name") or key)

    def sentence(self, text: str) -> str:
        """Begin ``text`` with a capital, unless it begins with a key."""
        word = text.partition(" ")[0]
        known = word in self.table.elements or word in self.table.processes or word in self.table.purposes.parents
        return text if known or not word.isalpha() else text[:1].upper() + text[1:]

    # ---- what the gate says -----------------------------------------------------------------------------------------

    def ask(self, use: Use, instant: int) -> Answer:
        """Ask the gate about one declared use."""
        question = Question(use.process, use.element, use.purpose, instant, use.audience, "", use.key)
        return answer(self.table, question)

    def judged(self, element: Element) -> tuple[JudgedUse, ...]:
        """Give the permitted uses of an element with their answers.

        The first answers wait for the section of their element, so that a report of ordinary size asks each question
        once; a large one asks twice rather than hold everything.
        """
        kept = self._kept.pop(element.key, None)
        if kept is not None:
            return kept
        uses = [self.table.uses[number] for number in element.uses]
        answers = [self.ask(use, self.view.instant) for use in uses]
        found = tuple(
            JudgedUse(use, self._records[use.key], said, self._ending(use, said))
            for use, said in zip(uses, answers, strict=True)
        )
        if found and len(found) <= self._room:
            self._room -= len(found)
            self._kept[element.key] = found
        return found

    def lapse(self, use: Use, holds_until: str) -> Answer:
        """Ask again on the day after the last one an answer holds."""
        return self.ask(use, after(plus(holds_until, "P1D", self.zone), self.zone) - 1)

    def _ending(self, use: Use, said: Answer) -> frozenset[str]:
        """Name what ends soon: what a warning says, and what will speak against the use once its answer has lapsed.

        A consent that ends is named also where the use is not allowed for other reasons.
        """
        stages = {_NEAR[finding.code] for finding in said.findings if finding.code in _NEAR}
        if said.consent in GIVEN and use.timeline.cores[use.timeline.at(self.soon)].consent not in GIVEN:
            stages.add("consent")
        if said.effect == "allow" and said.holds_until and after(said.holds_until, self.zone) <= self.soon:
            later = self.lapse(use, said.holds_until)
            stages.update(f.stage for f in later.findings if f.severity == "blocker" or f.unanswered)
        return frozenset(stages)

    def element_findings(self, element: Element, uses: Iterable[JudgedUse]) -> tuple[Finding, ...]:
        """Give the findings about the element itself, each once, however many uses it stops.

        Where uses were answered, their answers say it: they know waivers and the rules of each regime. An element
        without uses has only the timeline of its origin.
        """
        answers = [judged.answer for judged in uses if judged.answer.uses]
        found: Iterable[Finding] = (f for said in answers for f in said.findings if self.about_element(f))
        if not answers:
            found = timeline_findings(self.table, element.origin, element.origin.at(self.view.instant))
        worst: dict[tuple[Any, ...], Finding] = {}
        for finding in found:
            name = (finding.code, finding.document, finding.message)
            if name not in worst or _SEVERITY[finding.severity] < _SEVERITY[worst[name].severity]:
                worst[name] = finding
        return ordered([f for f in worst.values() if f.severity != "obligation"])

    def about_element(self, finding: Finding) -> bool:
        """Tell whether a finding speaks of the element itself rather than of one use of it."""
        whole = finding.document[0] in _WHOSE and finding.stage != "consent"
        return whole and finding.code not in self._of_uses

    def finding(self, finding: Finding) -> FindingContext:
        """Put a finding in the words of a template, with the place it was declared at."""
        return FindingContext(
            code=finding.code,
            stage=finding.stage,
            severity=cast("Severity", finding.severity),
            message=finding.message,
            fix=finding.fix,
            cite=finding.cite,
            where=self.view.where(finding),
        )


def weight(finding: Finding) -> tuple[int, int]:
    """Rank a finding: the worse and the earlier in the order of the verdict, the smaller."""
    return _SEVERITY[finding.severity], _STAGE.get(finding.stage, 99)
