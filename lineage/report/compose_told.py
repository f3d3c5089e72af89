"""Told against done: the gaps of one element, and how many flows people were told of over all elements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from lineage.gate.findings import SEVERITIES, Finding, finding_of
from lineage.gate.table import Element, Subject
from lineage.report.compose_facts import statement
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.contexts_element import Severity
from lineage.report.contexts_told import GapContext, GapCount, ToldSummary

IDLE = "usage-cycle/G7"
"""Code of the gap that is no use at all: people are told of it and nobody does it."""
_NOBODYS = ("anonymised", "non_personal")


def gaps(sight: Sight, element: Element, judged: Sequence[JudgedUse]) -> tuple[GapContext, ...]:
    """Give every gap of an element: those of its uses, then what people are told of and nobody does; worst first."""
    found = [gap for one in judged if _flows(sight, element, one) for gap in _of_use(sight, one)]
    found += _idle(sight, element.key)
    return tuple(sorted(found, key=lambda gap: (SEVERITIES.index(gap.severity), gap.accepted)))


def _flows(sight: Sight, element: Element, judged: JudgedUse) -> bool:
    """Tell whether a use is a flow of personal data: what has ended flows no more."""
    nobody = sight.record(element.key).body.get("identifiability") in _NOBODYS
    return not nobody and not element.retired and judged.answer.cycle != "retired"


def _of_use(sight: Sight, judged: JudgedUse) -> Iterator[GapContext]:
    for finding in judged.answer.findings:
        if finding.stage == "expectation" and finding.code != IDLE:
            yield _gap(
                sight,
                finding,
                _statements(sight, judged, finding),
                sight.process(judged.use.process),
                sight.purpose(judged.use.purpose),
            )


def _gap(sight: Sight, finding: Finding, statements: Iterable[str], process: str, purpose: str) -> GapContext:
    return GapContext(
        code=finding.code,
        severity=cast("Severity", finding.severity),
        accepted=finding.severity == "warning" and sight.blocks(finding.code),
        statement=", ".join(statement(sight, key) for key in dict.fromkeys(statements)),
        process=process,
        purpose=purpose,
        message=sight.sentence(finding.message),
        fix=finding.fix,
    )


def _statements(sight: Sight, judged: JudgedUse, finding: Finding) -> list[str]:
    """Name the statements a gap is about: the one it points to, else all that speak of the use."""
    kind, key = finding.document
    if kind == "statement":
        return [key]
    if not isinstance(judged.record.body.get("told"), list):
        return []
    expectations = sight.view.compiled.known.expectations
    record = sight.record(judged.use.element)
    everybody = tuple(record.body.get("audiences") or ())
    audiences = (judged.use.audience,) if judged.use.audience else everybody
    return [name for name, _ in expectations.covering(judged.record.body, record, audiences, sight.view.instant)]


def _idle(sight: Sight, key: str) -> Iterator[GapContext]:
    number = sight.table.numbers.get(IDLE)
    if number is None or sight.record(key).body.get("identifiability") in _NOBODYS:
        return
    for name, purpose in sight.idle.get(key, ()):
        names = {"element": key, "promised": f"{purpose} ({name})", "statement": name}
        yield _gap(sight, finding_of(sight.table.rules[number], "note", Subject(names, {}), number), [name], "", "")


class ToldTally:
    """Counts flows and gaps element by element."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._flows = self._told = self._accepted = 0
        self._open: Counter[tuple[str, str]] = Counter()

    def add(self, element: Element, judged: Sequence[JudgedUse]) -> None:
        """Take in one element."""
        for one in judged:
            if _flows(self._sight, element, one):
                for audience in (one.use.audience,) if one.use.audience else element.audiences or ("",):
                    self._flows += 1
                    self._told += self._expected(one, audience)
        for gap in gaps(self._sight, element, judged):
            self._accepted += gap.accepted
            if not gap.accepted:
                self._open[gap.severity, gap.code] += 1

    def _expected(self, judged: JudgedUse, audience: str) -> bool:
        """Tell whether people were told of a use, no promise is broken, and nothing goes beyond what was said."""
        sight = self._sight
        record = sight.record(judged.use.element)
        told = sight.view.compiled.known.told(judged.record.body, record, (audience,) if audience else ())
        _, flow, broken, exceeded, *_ = told.at(sight.view.instant)[0]
        return bool(flow == "told" and not broken and exceeded == "no")

    def summary(self) -> ToldSummary:
        """Give what came of it, the worst kind of gap first."""
        table = self._sight.table
        ranked = sorted(self._open.items(), key=lambda item: (SEVERITIES.index(item[0][0]), item[0][1]))
        return ToldSummary(
            flows=self._flows,
            told=self._told,
            gaps=tuple(
                GapCount(code, table.rules[table.numbers[code]].title, cast("Severity", severity), number)
                for (severity, code), number in ranked
            ),
            accepted=self._accepted,
        )
