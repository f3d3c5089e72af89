"""No, said to programs and to people: refusals that no use was judged for, and the exception with its five lines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

from lineage.gate.answer import Answer, Question, denied
from lineage.gate.findings import Finding, finding_of
from lineage.gate.moments import shown
from lineage.gate.table import RuleText, Subject, Table

OWN = "usage-cycle"
TOO_OLD, UNREADABLE, UNRECORDED = "knowledge-too-old", "knowledge-unreadable", "not-recorded"
_BUILT_IN = {
    TOO_OLD: RuleText(
        f"{OWN}/{TOO_OLD}", TOO_OLD, "What the gate knows is recent enough", "request", "",
        "what is known of the catalogue is too old to answer from: {why}",
        "let the gate reach the catalogue again, or bring it a newer bundle", "closed world", "I",
    ),
    UNREADABLE: RuleText(
        f"{OWN}/{UNREADABLE}", UNREADABLE, "What the gate knows can be read", "request", "",
        "what is known of {element} cannot be read: {why}",
        "bring the gate an undamaged bundle, or let it reach the catalogue again", "closed world", "I",
    ),
    UNRECORDED: RuleText(
        f"{OWN}/{UNRECORDED}", UNRECORDED, "An answer that must be recorded is recorded before it is given", "request", "",
        "the answer could not be recorded, and must not be given without: {why}",
        "let the decision log be written again, or allow answers without a record", "closed world", "I",
    ),
}  # fmt: skip
"""What is said where the catalogue's own packs are older than these rules."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_LONG = 400


def refused(table: Table | None, question: Question, rule: str, why: str) -> Answer:
    """Give a deny for a reason that lies with the gate, not with the catalogue."""
    return denied(question, (gate_finding(table, rule, question._asdict() | {"why": why}),))


def gate_finding(table: Table | None, rule: str, names: Mapping[str, str]) -> Finding:
    """Give the finding of a rule about the gate; in built-in words where there is no table, or none that has it."""
    number, text = -1, _BUILT_IN[rule]
    try:
        if table is not None:
            number = table.numbers.get(f"{OWN}/{rule}", -1)
            text = table.rules[number] if number >= 0 else text
    except Exception:
        number = -1
    return finding_of(text, "blocker", Subject(names, {}), max(number, 0))


class NotAllowed(Exception):
    """A use that is not allowed. ``answer`` is the verdict; as text it has five lines: what, where, fact, fix, more."""

    def __init__(self, answer: Answer, where: str = "", revision: int = -1) -> None:
        super().__init__(answer, where, revision)
        self.answer = answer
        self.where = where
        self.revision = revision

    def __str__(self) -> str:
        return "\n".join(five_lines(self.answer, self.where, self.revision))


class NotAllowedWarning(UserWarning):
    """A use that is not allowed, in a gate that only warns."""


def not_allowed(answer: Answer, where: Callable[[Finding], str], revision: int) -> NotAllowed:
    """Make the exception for an answer; a place that cannot be told is left out."""
    place = ""
    if answer.findings:
        try:
            place = where(answer.findings[0])
        except Exception:
            place = ""
    return NotAllowed(answer, place, revision)


def five_lines(answer: Answer, where: str, revision: int) -> tuple[str, ...]:
    """Say why an answer is no: what is wrong, where, the fact, how to mend it, where to read more."""
    question, findings = answer.question, answer.findings
    first = findings[0] if findings else None
    audience = f" with data of {question.audience}" if question.audience else ""
    regime = f" under {question.regime}" if question.regime else ""
    what = f"{question.process} may not use {question.element} for {question.purpose}{audience}{regime}"
    more = f"; {len(findings) - 1} more" if len(findings) > 1 else ""
    fact = f"{answer.effect}, cycle {answer.cycle} at {shown(question.instant)}"
    names = " ".join(shlex.quote(_line(name)) for name in (question.element, "--process", question.process))
    return (
        f"error[{first.code if first else answer.effect}] {_line(what)}: {_line(first.message if first else '')}{more}",
        f"  where  {_line(where) or 'no line of a file'}",
        f"  fact   {fact}{f', catalogue revision {revision}' if revision >= 0 else ''}",
        f"  fix    {_line(first.fix if first else 'ask whoever keeps the catalogue')}",
        f"  more   lineage explain {names} --for {shlex.quote(_line(question.purpose))}",
    )


def _line(text: str) -> str:
    """Give text as one line of bounded length, without control characters."""
    text = _CONTROL.sub(" ", text)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
