"""Two decision tables side by side: which answers differ, why, and from when on."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lineage.domain.days import plus, start_of
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.findings import Finding, request_finding
from lineage.gate.table import ALWAYS, STAGES, Table, Use
from lineage.services.moments import Moment
from lineage.services.views import View, uncollected

EFFECTS = ("allow", "deny", "undecided")
SAME = "same_effect"
_GRAVE = ("blocker", "warning")


@dataclass(frozen=True, slots=True)
class Change:
    """One use whose answer differs: the answers, and the blockers and warnings that only one of them has."""

    use: str
    before: Answer
    after: Answer
    added: tuple[Finding, ...]
    removed: tuple[Finding, ...]

    @property
    def what(self) -> str:
        """How the effect changes, such as allow_to_deny; same_effect where only its reasons or its end do."""
        return _what(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Turn(Change):
    """The same when the effect first differs: the answers then, and the instant."""

    since: Moment


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every use whose answer differs, in order of the uses' keys, and how many uses were compared."""

    changes: tuple[Change, ...]
    uses: int

    def counts(self) -> dict[str, int]:
        """Count the changes, by how the effect changes."""
        found = Counter(change.what for change in self.changes)
        pairs = [f"{one}_to_{other}" for one in EFFECTS for other in EFFECTS if one != other]
        return {"uses": self.uses, "changed": len(self.changes)} | {what: found[what] for what in (*pairs, SAME)}


class _Pair(NamedTuple):
    """A use as either table declares it."""

    key: str
    before: Use | None
    after: Use | None

    @property
    def either(self) -> Use:
        """The use, as one of them declares it."""
        found = self.after or self.before
        assert found is not None
        return found


def compare(before: View, after: View, keys: Collection[str] = ()) -> Comparison:
    """Ask both views, each at its own instant, for every use either declares, of all elements or of some.

    A use that one of them does not declare is asked there as a question like any other.
    """
    pairs = _pairs(before.table, after.table, keys)
    alike = _Alike(before.table, after.table)
    instants = before.at.microseconds, after.at.microseconds
    found: list[Change] = []
    with uncollected():
        for pair in pairs:
            if alike.at(pair, *instants):
                continue
            one, other = (
                _ask(before.table, pair, pair.before, instants[0]),
                _ask(after.table, pair, pair.after, instants[1]),
            )
            added, removed = _apart(one, other)
            if (
                added
                or removed
                or (one.effect, one.cycle, one.holds_until) != (other.effect, other.cycle, other.holds_until)
            ):
                found.append(Change(pair.key, one, other, added, removed))
    return Comparison(tuple(found), len(pairs))


def turns(before: View, after: View, start: int, keys: Collection[str] = ()) -> tuple[Turn, ...]:
    """Give each use whose effect differs at ``start`` (microseconds) or later, with the first instant at which it does."""
    alike = _Alike(before.table, after.table)
    found = (
        _turn(before.table, after.table, pair, start)
        for pair in _pairs(before.table, after.table, keys)
        if not alike.always(pair)
    )
    return tuple(turn for turn in found if turn is not None)


def _what(before: Answer, after: Answer) -> str:
    return SAME if before.effect == after.effect else f"{before.effect}_to_{after.effect}"


def _pairs(before: Table, after: Table, keys: Collection[str]) -> list[_Pair]:
    """Give the permitted uses of both tables, in order of their keys."""
    wanted = frozenset(keys)
    one, other = ({u.key: u for u in table.uses if not wanted or u.element in wanted} for table in (before, after))
    return [_Pair(key, one.get(key), other.get(key)) for key in sorted(one.keys() | other.keys())]


def _ask(table: Table, pair: _Pair, declared: Use | None, instant: int) -> Answer:
    use = pair.either
    question = Question(use.process, use.element, use.purpose, instant, use.audience, use=pair.key if declared else "")
    missing = None if declared else _missing(table, use)
    if missing is None:
        return answer(table, question)
    stages = dict.fromkeys(STAGES, "not_assessed")
    return Answer(question, "deny", "incomplete", stages, "not_required", {}, (), (missing,), None, ())


def _missing(table: Table, use: Use) -> Finding | None:
    """Say what a table does not know at all: for a use that is new there, looking for near names would cost and say nothing."""
    known = (
        ("element", use.element in table.elements),
        ("process", use.process in table.processes),
        ("purpose", use.purpose in table.purposes),
        ("audience", not use.audience or use.audience in table.audiences),
    )
    names = {"element": use.element, "process": use.process, "purpose": use.purpose, "audience": use.audience}
    return next((request_finding(table, f"unknown-{name}", names) for name, there in known if not there), None)


def _apart(one: Answer, other: Answer) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Give the findings only the second has, and those only the first has; a rule counts once for each severity."""
    before, after = _grave(one), _grave(other)
    return (
        tuple(finding for name, finding in after.items() if name not in before),
        tuple(finding for name, finding in before.items() if name not in after),
    )


def _grave(answered: Answer) -> dict[tuple[str, str], Finding]:
    found: dict[tuple[str, str], Finding] = {}
    for finding in answered.findings:
        if finding.severity in _GRAVE:
            found.setdefault((finding.severity, finding.code), finding)
    return found


class _Alike:
    """Tells without asking which answers cannot differ: most uses of two tables are the same."""

    def __init__(self, before: Table, after: Table) -> None:
        self._before, self._after = before, after
        same = before is after or all(
            getattr(before, name) == getattr(after, name) for name in ("rules", "zone", "audiences")
        )
        one, other = before.purposes, after.purposes
        self._around = same and all(
            getattr(one, name) == getattr(other, name) for name in ("parents", "explicit", "broad", "retired")
        )

    def always(self, pair: _Pair) -> bool:
        """Tell whether the answers are the same at every instant."""
        one, other = pair.before, pair.after
        if not self._around or one is None or other is None:
            return False
        return (one is other or one == other) and self._stands(self._before, one) == self._stands(self._after, other)

    def at(self, pair: _Pair, before: int, after: int) -> bool:
        """Tell whether the answer at one instant is that at the other: no date of the use lies between them."""
        if not self.always(pair):
            return False
        if before == after:
            return True
        first, last = min(before, after), max(before, after)
        return not any(
            bisect_right(starts, first) != bisect_right(starts, last) for starts in _starts(self._after, pair.either)
        )

    @staticmethod
    def _stands(table: Table, use: Use) -> tuple[object, ...]:
        element, process = table.elements[use.element], table.processes[use.process]
        return element.retired, element.audiences, element.prohibitions, process.retired


def _starts(table: Table, use: Use) -> Iterator[Sequence[int]]:
    """Give, in sorted sequences, every instant at which an answer about a use may change."""
    yield use.timeline.starts
    yield from (timeline.starts for timeline, _ in use.audiences.values())
    for ban in table.elements[use.element].prohibitions:
        yield from ban.windows


def _edges(table: Table, pair: _Pair, declared: Use | None, start: int) -> Iterator[int]:
    """Give every later instant at which the answer may change; where the use is not declared, others may cover it."""
    element = table.elements.get(pair.either.element)
    if element is None:
        return
    for use in [declared] if declared else [table.uses[number] for number in element.uses]:
        for starts in _starts(table, use):
            yield from (edge for edge in starts if start < edge < -ALWAYS)


def _turn(before: Table, after: Table, pair: _Pair, start: int) -> Turn | None:
    """Walk from one change of either answer to the next until the effects differ."""
    edges = sorted({*_edges(before, pair, pair.before, start), *_edges(after, pair, pair.after, start)})
    instant = start
    while True:
        one, other = _ask(before, pair, pair.before, instant), _ask(after, pair, pair.after, instant)
        if one.effect != other.effect:
            return Turn(pair.key, one, other, *_apart(one, other), Moment(instant, after.zone))
        changes = [
            start_of(plus(held.holds_until, "P1D", zone), zone)
            for held, zone in ((one, ZoneInfo(before.zone)), (other, ZoneInfo(after.zone)))
            if held.holds_until
        ]
        following = [edge for edge in edges if edge > instant and edge >= min(changes)] if changes else []
        if not following:
            return None
        instant = following[0]
