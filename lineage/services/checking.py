"""Check every permitted use: does its cycle close, and may it go on? A gate for builds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage.domain.kinds import Declared
from lineage.errors import Refused, WrongUse
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.findings import Finding
from lineage.gate.nearest import did_you_mean
from lineage.services.views import Scope, Times, View, open_view, uncollected
from lineage.store.database import Database

if TYPE_CHECKING:
    from lineage.intake.declarations import Declarations


@dataclass(frozen=True, slots=True)
class Checked:
    """The answers for every use in scope, and what is wrong with the files laid over the catalogue."""

    view: View | None
    answers: tuple[Answer, ...]
    declarations: Declarations | None = None


def check(
    database: Database,
    times: Times,
    keys: Sequence[str] = (),
    process: str = "",
    overlay: Sequence[Path] = (),
    *,
    digest: bool = False,
) -> Checked:
    """Judge every permitted use, of all elements or of some, of all processes or of one.

    ``overlay`` names declarations the catalogue is judged with, as if they had been applied; nothing is written.
    Raises Refused for an element or process that is not in the catalogue, WrongUse for an overlay on a past one.
    """
    if overlay:
        require_today(times)
    declared, laid = _overlaid(database, overlay, times) if overlay else (None, [])
    if declared is not None and declared.problems:
        return Checked(None, (), declared)
    scope = Scope(tuple(keys) if keys and not laid else None, process)
    view = open_view(database, times, scope, laid, digest=digest)
    _require("element", keys, view.table.elements)
    _require("process", [process] if process else [], view.table.processes)
    with uncollected():
        return Checked(view, tuple(answers(view, keys, process)), declared)


def require_today(times: Times) -> None:
    """Raise WrongUse when declarations would be laid over the catalogue of an earlier day: nobody can apply them there."""
    if times.as_of is not None:
        raise WrongUse("--with lays declarations over the catalogue of today", "leave out --as-of")


def _overlaid(database: Database, overlay: Sequence[Path], times: Times) -> tuple[Declarations, list[Declared]]:
    """Read what is laid over the catalogue, with the packs and vocabulary that applying it would bring."""
    from lineage.services.applying import laid_over, read_against
    from lineage.services.transitions import as_applied

    declared = as_applied(database, read_against(database, overlay), times.now)
    return declared, laid_over(database, declared)


def answers(view: View, keys: Sequence[str] = (), process: str = "") -> Iterator[Answer]:
    """Ask for each permitted use its own question, in order of the uses' keys."""
    wanted = set(keys)
    for use in view.table.uses:
        if (wanted and use.element not in wanted) or (process and use.process != process):
            continue
        question = Question(use.process, use.element, use.purpose, view.at.microseconds, use.audience, use=use.key)
        yield answer(view.table, question)


def _require(kind: str, keys: Iterable[str], known: Mapping[str, Any]) -> None:
    for key in keys:
        if key not in known:
            raise Refused(f"there is no {kind} {key}", did_you_mean(key, known) or f"declare the {kind} first")


def fails(answered: Iterable[Answer], fail_on: str, baseline: frozenset[tuple[str, ...]] = frozenset()) -> bool:
    """Tell whether a gate must close: a use that is not allowed, or with ``warning`` one with a warning.

    What stands in the baseline does not count: only new problems fail.
    """
    if fail_on == "never":
        return False
    return any(_fails(answered_one, fail_on, baseline) for answered_one in answered)


def _fails(answered: Answer, fail_on: str, baseline: frozenset[tuple[str, ...]]) -> bool:
    grave = [finding for finding in answered.findings if finding.severity in _severities(fail_on)]
    if not grave:
        return answered.effect != "allow"
    return any(not _is_known(answered, finding, baseline) for finding in grave)


def _severities(fail_on: str) -> tuple[str, ...]:
    return ("blocker", "warning") if fail_on == "warning" else ("blocker",)


def _is_known(answered: Answer, finding: Finding, baseline: frozenset[tuple[str, ...]]) -> bool:
    return (*_identity(answered), finding.code, finding.document[1]) in baseline


def _identity(a: Answer) -> tuple[str, str, str, str]:
    return a.question.element, a.question.process, a.question.purpose, a.question.audience


@dataclass(frozen=True, slots=True)
class Grade:
    """How grave a build server is to take a finding: error, warning or note; ``known`` when it stands in the baseline."""

    level: str
    known: bool


def grades(answered: Answer, fail_on: str, baseline: frozenset[tuple[str, ...]] = frozenset()) -> tuple[Grade, ...]:
    """Grade the findings of an answer, in their order. Only what is new is an error; ``never`` keeps a blocker one."""
    return tuple(_grade(finding, fail_on, _is_known(answered, finding, baseline)) for finding in answered.findings)


def _grade(finding: Finding, fail_on: str, known: bool) -> Grade:
    if finding.unanswered:
        return Grade("error", known)
    if known or finding.severity not in ("blocker", "warning"):
        return Grade("note", known)
    return Grade("error" if finding.severity in _severities(fail_on) else "warning", known)


def titles(answered: Iterable[Answer]) -> dict[str, str]:
    """Give the titles of the rules that speak, by their codes."""
    return {finding.code: finding.title for one in answered for finding in one.findings}


def baseline_of(document: Mapping[str, Any]) -> frozenset[tuple[str, ...]]:
    """Read the findings of an earlier check out of its JSON. Raises KeyError or TypeError when it is none."""
    return frozenset(
        (r["element"], r["process"], r["purpose"], r.get("audience") or "", f["code"], f.get("document") or "")
        for r in document["results"]
        for f in r["findings"]
    )


def summary(answered: Sequence[Answer]) -> dict[str, int]:
    """Count the answers by effect."""
    allowed = [a for a in answered if a.effect == "allow"]
    return {
        "uses": len(answered),
        "allow": len(allowed),
        "allow_with_obligations": sum(bool(a.obligations) for a in allowed),
        "deny": sum(a.effect == "deny" for a in answered),
        "undecided": sum(a.effect == "undecided" for a in answered),
        "warnings": sum(f.severity == "warning" for a in answered for f in a.findings),
    }
