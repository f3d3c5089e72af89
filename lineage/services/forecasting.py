"""What will change if nobody does anything: permissions that lapse or begin, why, and who can act in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from lineage.domain.days import plus
from lineage.errors import Refused, WrongUse
from lineage.gate.answer import Question, answer
from lineage.gate.findings import Finding
from lineage.gate.instants import last_day_before
from lineage.gate.nearest import did_you_mean
from lineage.gate.shapes import finding_data
from lineage.gate.table import Table, Use
from lineage.services.forecasting_people import Responsible, Turn
from lineage.services.moments import Moment, resolve
from lineage.services.places import Where, locate
from lineage.services.views import Scope, Times, View, open_view, uncollected
from lineage.store.database import Database

AHEAD = "P30D"
COLUMNS = ("change", "on", "last_day", "element", "process", "purpose", "audience", "from", "to", "who", "findings")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What changes in a catalogue until an instant, as data; ``sentence`` sums it up for people."""

    view: View
    summary: Mapping[str, Any]
    results: Sequence[Mapping[str, Any]]
    sentence: str


def forecast(
    database: Database,
    times: Times,
    keys: Sequence[str] = (),
    process: str = "",
    until: str | None = None,
    *,
    digest: bool = False,
) -> Forecast:
    """Give every permission that lapses or begins after ``times.at`` and through ``until`` (default: thirty days on).

    Of all permitted uses, or those of some elements or one process. Raises Refused for one that is not in the catalogue,
    and WrongUse for an ``until`` that lies before.
    """
    view = open_scope(database, times, keys, process, digest=digest)
    end = _end(view.at, times, until)
    with uncollected():
        uses = list(uses_of(view, keys, process))
        found = [turn for use in uses for turn in turns(view.table, use, view.at.microseconds, end.microseconds)]
    found.sort(key=lambda turn: (not _lapses(turn), turn.instant, turn.use.key))
    reasons = [_reasons(turn) for turn in found]
    where = locate(database, (finding for findings in reasons for finding in findings))
    people = Responsible(view.compiled)
    results = [_result(turn, why, where, people, view.at.zone) for turn, why in zip(found, reasons, strict=True)]
    lapse = sum(_lapses(turn) for turn in found)
    summary = {"lapse": lapse, "begin": len(found) - lapse, "uses": len(uses), "until": end.shown}
    return Forecast(view, summary, results, _sentence(lapse, len(found) - lapse, end.day))


def open_scope(database: Database, times: Times, keys: Sequence[str], process: str, *, digest: bool) -> View:
    """Open a view of some elements or all, of one process or all. Raises Refused, with the nearest, for an unknown one."""
    view = open_view(database, times, Scope(tuple(keys) if keys else None, process), digest=digest)
    wanted: list[tuple[str, str, Mapping[str, Any]]] = [("element", key, view.table.elements) for key in keys]
    if process:
        wanted.append(("process", process, view.table.processes))
    for kind, key, known in wanted:
        if key not in known:
            raise Refused(f"there is no {kind} {key}", did_you_mean(key, known) or f"see lineage {kind} list")
    return view


def uses_of(view: View, keys: Iterable[str], process: str) -> Iterator[Use]:
    """Give the permitted uses of these elements (none named: of all) by this process (none named: by all)."""
    wanted = set(keys)
    for use in view.table.uses:
        if (not wanted or use.element in wanted) and (not process or use.process == process):
            yield use


def asked(use: Use, instant: int) -> Question:
    """Give the question that ``check`` asks of a use."""
    return Question(use.process, use.element, use.purpose, instant, use.audience, use=use.key)


def turns(table: Table, use: Use, start: int, end: int) -> Iterator[Turn]:
    """Give each change of effect after ``start`` and through ``end`` by which a permission lapses or begins, in order.

    Only where a date could change the effect is the gate asked, just before and from then on; most uses have none.
    """
    for instant in _edges(table, use, start, end):
        before = answer(table, asked(use, instant - 1))
        then = answer(table, asked(use, instant))
        if then.effect != before.effect and "allow" in (then.effect, before.effect):
            yield Turn(use, instant, before, then)


def _edges(table: Table, use: Use, start: int, end: int) -> list[int]:
    """Give the instants at which the effect may change: of the verdict for an audience, or where a prohibition begins or ends."""
    element = table.elements[use.element]
    found: set[int] = set()
    for audience in (use.audience,) if use.audience else element.audiences or ("",):
        timeline = use.audiences[audience][0] if audience in use.audiences else use.timeline
        last = timeline.cores[timeline.at(start)].effect
        for number in range(timeline.at(start) + 1, timeline.at(end) + 1):
            effect = timeline.cores[number].effect
            if effect != last:
                found.add(timeline.starts[number])
            last = effect
    for ban in element.prohibitions:
        found.update([edge for window in ban.windows for edge in window if start < edge <= end])
    return sorted(found)


def _end(at: Moment, times: Times, until: str | None) -> Moment:
    text = plus(at.day, AHEAD, ZoneInfo(at.zone)) if until is None else until
    end = resolve(text, times.now, at.zone, "--until")
    if end.microseconds < at.microseconds:
        raise WrongUse(f"--until {end.shown} lies before {at.shown}", "choose a later --until, or an earlier --at")
    return end


def _lapses(turn: Turn) -> bool:
    return turn.before.effect == "allow"


def _reasons(turn: Turn) -> tuple[Finding, ...]:
    """Give what makes the change: blockers that come when a permission lapses, those that go when one begins."""
    there, elsewhere = (turn.after, turn.before) if _lapses(turn) else (turn.before, turn.after)
    known = {(f.code, f.document) for f in elsewhere.findings if f.severity == "blocker"}
    blockers = tuple([f for f in there.findings if f.severity == "blocker"])
    return tuple([f for f in blockers if (f.code, f.document) not in known]) or blockers


def _result(turn: Turn, why: Sequence[Finding], where: Where, people: Responsible, zone: str) -> dict[str, Any]:
    use, moment, lapses = turn.use, Moment(turn.instant, zone), _lapses(turn)
    findings = [finding_data(finding, where) for finding in why]
    if lapses:
        findings = [data | {"who": people.person(turn, finding)} for data, finding in zip(findings, why, strict=True)]
    return {
        "element": use.element,
        "process": use.process,
        "purpose": use.purpose,
        "audience": use.audience or None,
        "change": "lapses" if lapses else "begins",
        "on": moment.day,
        "last_day": last_day_before(turn.instant, zone) if lapses else turn.after.holds_until,
        "instant": moment.shown,
        "from": turn.before.effect,
        "to": turn.after.effect,
        "findings": findings,
        "who": list(dict.fromkeys(data["who"] for data in findings if data.get("who"))),
    }


def _sentence(lapse: int, begin: int, day: str) -> str:
    more = f"; {_counted(begin, 'begin')}" if begin else ""
    return f"{_counted(lapse, 'lapse')} until {day}{more}"


def _counted(number: int, verb: str) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} permission {verb}s" if number == 1 else f"{word} permissions {verb}"
