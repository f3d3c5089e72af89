"""Assessments that cover a use, as states at an instant (GDPR Articles 6(4), 35, 46; recital 47)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lineage.domain.days import after, plus, start_of
from lineage.domain.facts import ASSESSMENTS
from lineage.gate.purposes import Purposes
from lineage.judge.covers import Covered
from lineage.judge.cycle_dates import FOREVER, GRACE, NEVER
from lineage.judge.material import Body, Material
from lineage.judge.parts import Constant, Label, Part, Remembering, Steps
from lineage.judge.people import person

TYPES = ASSESSMENTS
GOOD = ("given", "grace")
_RESULTS = {"acceptable": "given", "compatible": "given", "not_acceptable": "refused", "incompatible": "refused",
            "high_risk": "high_risk"}  # fmt: skip
NONE = Constant(("missing",) * len(TYPES))


class _Known(NamedTuple):
    """An assessment: its type, what it came to, from when, and when it and its grace end; key and last day of grace."""

    type: str
    state: str
    start: int
    order: int
    end: int
    grace_end: int
    key: str
    last: str


class Assessments:
    """All assessments of a catalogue, found by what they cover."""

    def __init__(self, material: Material, purposes: Purposes) -> None:
        found = (
            (key, body.get("covers") or {}, body) for key, body in material.assessments if body.get("type") in TYPES
        )
        known = ((covers, _known(key, body, material.zone)) for key, covers, body in found)
        self._covered = Covered(known, purposes)
        self._parts: dict[tuple[_Known, ...], Part] = {}

    def covering(self, use: Body) -> list[tuple[Body, _Known]]:
        """Give what covers a use whatever the regime."""
        return self._covered.of(use)

    def part(self, covering: Iterable[tuple[Body, _Known]], regime: str | None) -> Part:
        """Give the states of every type of assessment under a regime (None: under whichever)."""
        known = tuple(
            sorted(
                k for covers, k in covering if regime is None or "regimes" not in covers or regime in covers["regimes"]
            )
        )
        if not known:
            return NONE
        if known not in self._parts:
            self._parts[known] = AssessmentDates(known)
        return self._parts[known]


class AssessmentDates(Remembering):
    """The states of some assessments; of one type the newest that counts decides, and a label names those that decide."""

    __slots__ = ("_known", "_sets", "_steps", "labels")

    def __init__(self, known: tuple[_Known, ...]) -> None:
        self._known = known
        edges = sorted({-FOREVER, *self.instants()})
        self._sets = list(dict.fromkeys(tuple(self._deciding(edge)) for edge in edges))
        self.labels: tuple[Label, ...] = tuple(self._label(numbers) for numbers in self._sets)
        self._steps: Steps[tuple[tuple[Any, ...], int]] = Steps(edges)

    def instants(self) -> list[int]:
        """Give when each begins to count, ends, and is out of grace."""
        return [instant for k in self._known for instant in (k.start, k.end, k.grace_end)]

    def kind(self) -> Any:
        """Give types and results."""
        return tuple([(k.type, k.state, k.order == NEVER) for k in self._known])

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give the state of every type, and the number of the label that names the assessments behind them."""
        return self._steps.at(instant, self._at)

    def _at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        states = tuple([self._state(name, instant)[0] for name in TYPES])
        return states, self._sets.index(tuple(self._deciding(instant)))

    def _deciding(self, instant: int) -> list[int]:
        return [self._state(name, instant)[1] for name in TYPES]

    def _label(self, numbers: tuple[int, ...]) -> Label:
        found = [(name, self._known[number]) for name, number in zip(TYPES, numbers, strict=True) if number >= 0]
        names = {name: known.key for name, known in found} | {f"{name}_end": known.last for name, known in found}
        return names, {f"assessment:{name}": known.key for name, known in found}

    def _state(self, name: str, instant: int) -> tuple[str, int]:
        best: tuple[int, int] | None = None
        later = -1
        for number, known in enumerate(self._known):
            if known.type != name:
                continue
            if known.state == "unapproved" or known.start > instant:
                later = number
            elif best is None or (known.order, number) > best:
                best = (known.order, number)
        if best is None:
            if later < 0:
                return "missing", -1
            return ("unapproved" if self._known[later].state == "unapproved" else "later"), later
        known = self._known[best[1]]
        if known.state != "given":
            return known.state, best[1]
        state = "given" if instant < known.end else "grace" if instant < known.grace_end else "overdue"
        return state, best[1]


def _known(key: str, body: Body, zone: ZoneInfo) -> _Known:
    asked, approved = body.get("requested_by"), body.get("approved_by")
    state = _RESULTS.get(body.get("result") or "", "unapproved")
    start = start_of(body["approved"], zone) if body.get("approved") else NEVER
    if state == "given" and (not person(approved) or person(approved) == person(asked) or start == NEVER):
        state = "unapproved"
    order = start
    if start == NEVER:
        # A bad result needs nobody's approval to count against a use; without a day it may be the newest.
        start = -FOREVER
    until = body.get("valid_until")
    last = plus(until, GRACE, zone) if until else ""
    end, grace_end = (after(until, zone), after(last, zone)) if until else (NEVER, NEVER)
    return _Known(body["type"], state, start, order, end, grace_end, key, last)
