"""One question, one answer: the only place that decides (docs/deciding.md). Pure: same table, same question, same answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from lineage.gate.findings import Finding, finding_of, ordered, request_finding, timeline_findings
from lineage.gate.instants import last_day_before, within
from lineage.gate.meant import UNSOUGHT, near
from lineage.gate.table import ALWAYS, STAGES, Aim, Core, Element, Prohibition, Table, Timeline, Use

NEVER = -ALWAYS
"""After every date."""
UNKNOWN_STAGES = ("not_assessed",) * 4
_RANK = {"allow": 0, "undecided": 1, "deny": 2}


class Question(NamedTuple):
    """May ``process`` use ``element`` for ``purpose`` at ``instant`` (microseconds)?

    An empty audience asks for every audience of the element; a regime is added to those that apply. ``use`` restricts
    the answer to one declared use, as ``check`` does.
    """

    process: str
    element: str
    purpose: str
    instant: int
    audience: str = ""
    regime: str = ""
    use: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict with everything that fails, worst first; ``holds_until`` is the last whole day it stays as it is."""

    question: Question
    effect: str
    cycle: str
    stages: Mapping[str, str]
    consent: str
    regulatory: Mapping[str, str]
    obligations: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    holds_until: str | None
    uses: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.effect == "allow"

    def asked(self, question: Question) -> Answer:
        """Give the same answer to the same question about another instant."""
        if question == self.question:
            return self
        return Answer(
            question, self.effect, self.cycle, self.stages, self.consent, self.regulatory, self.obligations,
            self.findings, self.holds_until, self.uses,
        )  # fmt: skip


class _Candidate(NamedTuple):
    """The uses that decide for one audience, each with its timeline; ``beyond`` when nothing is declared under the regime."""

    audience: str
    uses: tuple[tuple[Use, Timeline, bool], ...]


class _Part(NamedTuple):
    """The answer for one audience."""

    effect: str
    core: Core | None
    uses: tuple[str, ...]
    findings: tuple[Finding, ...]


class Spanned(NamedTuple):
    """An answer with the half-open interval of instants in which it stays the same, but for the instant in its question."""

    answer: Answer
    since: int
    until: int


def answer(table: Table, question: Question) -> Answer:
    """Answer a question from a table. Unknown is never allowed; every deny says why."""
    return spanned(table, question).answer


def spanned(table: Table, question: Question, *, sought: bool = True) -> Spanned:
    """Answer a question, and tell between which instants the answer is the same: for whoever remembers it.

    With ``sought`` an unknown name is told with the nearest ones, which may take some milliseconds.
    """
    unknown = tuple(_unknown(table, question, sought=sought))
    element = table.elements.get(question.element)
    if unknown or element is None:
        return Spanned(denied(question, ordered(unknown)), ALWAYS, NEVER)
    candidates = [_candidate(table, question, element, audience) for audience in _audiences(question, element)]
    parts = [_part(table, question, element, candidate) for candidate in candidates]
    worst = parts[0] if len(parts) == 1 else max(parts, key=lambda part: (_RANK[part.effect], part.core is None))
    findings = ordered(finding for part in parts for finding in part.findings)
    core = worst.core
    stages = core.stages if core else (_origin_of(element, question.instant), "missing", "missing", "missing")
    given = Answer(
        question=question,
        effect=worst.effect,
        cycle=_cycle(element, table, question, core),
        stages=dict(zip(STAGES, stages, strict=True)),
        consent=core.consent if core else "not_required",
        regulatory=dict(core.regulatory) if core else {},
        obligations=tuple([f for f in findings if f.severity == "obligation"]) if worst.effect == "allow" else (),
        findings=tuple([f for f in findings if f.severity != "obligation" or f.unanswered]),
        holds_until=_holds_until(table, question, element, candidates, worst.effect),
        uses=tuple(dict.fromkeys(key for part in parts for key in part.uses)),
    )
    return Spanned(given, *_span(element, candidates, question.instant, whole=core is not None))


def _span(element: Element, candidates: list[_Candidate], instant: int, *, whole: bool) -> tuple[int, int]:
    """Give the breakpoints around an instant of all an answer is made of; without a ``whole`` verdict also the origin's."""
    timelines = [timeline for candidate in candidates for _, timeline, _ in candidate.uses]
    since, until = span_of(timelines if whole else [*timelines, element.origin], instant)
    for ban in element.prohibitions:
        since, until = narrowed(ban.windows, instant, since, until)
    return since, until


def span_of(timelines: Iterable[Timeline], instant: int) -> tuple[int, int]:
    """Give the half-open interval around an instant in which none of some timelines changes."""
    since, until = ALWAYS, NEVER
    for timeline in timelines:
        number, starts = timeline.at(instant), timeline.starts
        since = max(since, starts[number])
        if number + 1 < len(starts):
            until = min(until, starts[number + 1])
    return since, until


def narrowed(windows: Iterable[tuple[int, int]], instant: int, since: int, until: int) -> tuple[int, int]:
    """Narrow an interval around an instant so that no edge of some windows lies inside."""
    for window in windows:
        for edge in window:
            if edge <= instant:
                since = max(since, edge)
            else:
                until = min(until, edge)
    return since, until


def denied(question: Question, findings: tuple[Finding, ...]) -> Answer:
    """Give a deny about which nothing is known but why: no use was judged."""
    return Answer(
        question, "deny", "incomplete", dict(zip(STAGES, UNKNOWN_STAGES, strict=True)), "not_required", {}, (),
        findings, None, (),
    )  # fmt: skip


def _audiences(question: Question, element: Element) -> tuple[str, ...]:
    return (question.audience,) if question.audience else element.audiences or ("",)


def _cycle(element: Element, table: Table, question: Question, core: Core | None) -> str:
    if element.retired or table.processes[question.process].retired:
        return "retired"
    return core.cycle if core else "incomplete"


def _origin_of(element: Element, instant: int) -> str:
    return element.origin.cores[element.origin.at(instant)].stages[0]


def _candidate(table: Table, question: Question, element: Element, audience: str) -> _Candidate:
    found = []
    for use in _nearest_uses(table, question, element, audience):
        aim = use.narrower.get(question.purpose, use)
        timeline = timeline_of(aim, audience, question.regime)
        found.append((use, timeline or aim.timeline, timeline is None))
    return _Candidate(audience, tuple(found))


def _effect(table: Table, question: Question, element: Element, candidate: _Candidate, instant: int) -> str:
    """Decide for one audience at an instant, reasons aside; ``_part`` gives the same with reasons."""
    if element.retired or table.processes[question.process].retired or question.purpose in table.purposes.broad:
        return "deny"
    if element.prohibitions and any(True for _ in _bans(table, question, element, candidate.audience, instant)):
        return "deny"
    best = "deny"
    for _, timeline, beyond in candidate.uses:
        effect = "deny" if beyond else timeline.cores[timeline.at(instant)].effect
        if _RANK[effect] < _RANK[best]:
            best = effect
    return best


def _part(table: Table, question: Question, element: Element, candidate: _Candidate) -> _Part:
    findings = list(_request_findings(table, question, element, candidate))
    effect = _effect(table, question, element, candidate, question.instant)
    if not candidate.uses:
        if not any(finding.stage in ("request", "derivation") for finding in findings):
            # Declaring a use mends nothing that is retired, prohibited or too broad: those come alone.
            findings.append(_no_use(table, question, element, candidate.audience))
        return _Part("deny", None, (), tuple(findings))
    judged = []
    for use, timeline, beyond in candidate.uses:
        if beyond:
            findings.append(request_finding(table, "other-regime", question._asdict()))
        number = timeline.at(question.instant)
        core = timeline.cores[number]
        blockers = sum([mark.severity == "blocker" for mark in core.marks])
        judged.append(((_RANK[core.effect], blockers, use.key), core, use, timeline, number))
    _, core, use, timeline, number = min(judged, key=lambda item: item[0])
    findings.extend(timeline_findings(table, timeline, number))
    return _Part(effect, core, (use.key,), tuple(findings))


def _request_findings(table: Table, question: Question, element: Element, candidate: _Candidate) -> Iterator[Finding]:
    if not (
        element.retired
        or element.prohibitions
        or table.processes[question.process].retired
        or question.purpose in table.purposes.broad
    ):
        return
    names = question._asdict() | {"audience": candidate.audience}
    if element.retired and not candidate.uses:
        yield request_finding(table, "retired", names | {"title": f"element {element.key}"})
    if table.processes[question.process].retired:
        yield request_finding(table, "retired", names | {"title": f"process {question.process}"})
    if question.purpose in table.purposes.broad and not candidate.uses:
        yield request_finding(table, "too-broad", names)
    for ban in _bans(table, question, element, candidate.audience, question.instant):
        part = question.purpose != ban.purpose and ban.purpose not in table.purposes.above(question.purpose)
        rule = f"prohibited{'-source' if ban.source != element.key else ''}{'-part' if part else ''}"
        way = " → ".join(ban.path)
        finding = request_finding(table, rule, names | {"source": ban.source, "prohibited": ban.purpose, "path": way})
        yield replace(finding, document=("use", ban.use))


def _bans(table: Table, question: Question, element: Element, audience: str, instant: int) -> Iterator[Prohibition]:
    """Give the prohibitions that bind: of the purpose or a broader one, or of a part of what was asked for."""
    for ban in element.prohibitions:
        if ban.process and ban.process != question.process:
            continue
        if ban.audience and audience and ban.audience != audience:
            continue
        if not within(ban.windows, instant):
            continue
        if ban.purpose in table.purposes.above(question.purpose) or question.purpose in table.purposes.above(
            ban.purpose
        ):
            yield ban


def _nearest_uses(table: Table, question: Question, element: Element, audience: str) -> list[Use]:
    covering = table.purposes.covering(question.purpose)
    nearest_uses: list[Use] = []
    best = -1
    for number in element.uses:
        use = table.uses[number]
        if use.process != question.process or (use.audience and use.audience != audience):
            continue
        if question.use and use.key != question.use:
            continue
        distance = covering.get(use.purpose, -1)
        if distance < 0 or (best >= 0 and distance > best):
            continue
        if distance != best:
            best, nearest_uses = distance, []
        nearest_uses.append(use)
    return nearest_uses


def timeline_of(use: Use | Aim, audience: str, regime: str) -> Timeline | None:
    """Give the timeline for an audience, and under a further regime; None when nothing is declared under that."""
    timeline, beyond = use.audiences.get(audience, (use.timeline, use.beyond))
    if not regime or regime in timeline.regimes:
        return timeline
    return beyond.get(regime)


def _no_use(table: Table, question: Question, element: Element, audience: str) -> Finding:
    mine = [table.uses[n] for n in element.uses if table.uses[n].process == question.process]
    allowed = sorted({f"{use.purpose}{f' (only {use.audience})' if use.audience else ''}" for use in mine})
    whose = f" with data of {audience}" if audience and len(element.audiences) > 1 else ""
    near = f"; uses by {question.process} are declared for {', '.join(allowed)}" if allowed else ""
    return request_finding(table, "no-use", question._asdict() | {"near": near, "whose": whose})


def _unknown(table: Table, question: Question, *, sought: bool) -> Iterator[Finding]:
    checks: tuple[tuple[str, str, Mapping[str, object]], ...] = (
        ("element", question.element, table.elements),
        ("process", question.process, table.processes),
        ("purpose", question.purpose, table.purposes.names()),
        ("audience", question.audience, table.audiences),
        ("regime", question.regime, table.regimes),
    )
    for name, word, known in checks:
        if word not in known and (word or name not in ("audience", "regime")):
            told = near(table, name, word, known) if sought else UNSOUGHT
            yield request_finding(table, f"unknown-{name}", question._asdict() | {"near": told})
    element = table.elements.get(question.element)
    if element and question.audience in table.audiences and question.audience not in element.audiences:
        yield request_finding(table, "other-audience", question._asdict())


def _holds_until(
    table: Table, question: Question, element: Element, candidates: list[_Candidate], effect: str
) -> str | None:
    """Find the first later instant at which the effect differs."""
    now = question.instant
    instants = {
        start
        for candidate in candidates
        for _, timeline, _ in candidate.uses
        for start in timeline.starts
        if start > now
    }
    for ban in element.prohibitions:
        instants.update(edge for window in ban.windows for edge in window if now < edge < NEVER)
    for instant in sorted(instants):
        then = [_effect(table, question, element, candidate, instant) for candidate in candidates]
        if max(then, key=_RANK.__getitem__) != effect:
            return last_day_before(instant, table.zone)
    return None


__all__ = ["Answer", "Finding", "Question", "Spanned", "answer", "finding_of", "spanned"]
