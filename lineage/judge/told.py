"""What people were told of one use, as facts at an instant, and what messages may name of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from lineage.judge.cycle_dates import FOREVER
from lineage.judge.parts import Label, Remembering, Steps


class Coverage(NamedTuple):
    """What a statement's sentences that cover the use leave open, and what of the use goes beyond them.

    ``beyond`` has a bit for each recipient of the process that is not told of.
    """

    whole: bool
    beyond: int
    longer: bool
    benefit: bool
    dated: bool


class Cited(NamedTuple):
    """A cited statement: from when it is in force, whether it was when capture began, and what it says of the use."""

    begin: int
    shown: bool
    told: Coverage | None
    purpose: bool
    silent: bool


class Span(NamedTuple):
    """A sentence that speaks during a half-open interval of instants, of a purpose (empty: of any)."""

    start: int
    end: int
    statement: str
    purpose: str


class Naming(NamedTuple):
    """Everything about a use that only messages need: keys of the cited statements, of the recipients, and the rest."""

    statements: tuple[str, ...]
    recipients: tuple[str, ...]
    kept: str
    benefits: tuple[str, ...]


class Told(Remembering):
    """What people were told of one use, for some audiences."""

    __slots__ = ("_asked", "_cited", "_known", "_numbers", "_order", "_promises", "_steps", "_unused", "labels")

    def __init__(
        self,
        asked: str,
        known: bool,
        cited: tuple[Cited, ...],
        promises: tuple[Span, ...],
        unused: tuple[Span, ...],
        naming: Naming,
    ) -> None:
        self._asked = asked
        self._known = known
        self._cited = cited
        self._promises = promises
        self._unused = unused
        self._order = tuple(sorted({instant for instant in self.instants() if instant < FOREVER}))
        seen: dict[tuple[int, ...], int] = {}
        starts = (self._order[0] - 1, *self._order) if self._order else (0,)
        self._numbers = tuple([seen.setdefault(self._speaks(start), len(seen)) for start in starts])
        self.labels: tuple[Label, ...] = tuple([self._label(naming, *speaks) for speaks in seen])
        self._steps: Steps[tuple[tuple[Any, ...], int]] = Steps(self._order)

    def instants(self) -> list[int]:
        """Give every instant at which a fact may change, always in the same places; NEVER where there is none."""
        found = [cited.begin for cited in self._cited]
        for span in (*self._promises, *self._unused):
            found += span[:2]
        return found

    def kind(self) -> tuple[Any, ...]:
        """Give all that is no date: two of a kind whose instants stand in one order have the same facts."""
        cited = tuple([cited[1:] for cited in self._cited])
        return self._asked, self._known, cited, len(self._promises), len(self._unused)

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give the facts from told.purpose to told.benefit, and the number of the label that fits them."""
        return self._steps.at(instant, self._at)

    def _at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        active = [cited for cited in self._cited if cited.begin <= instant]
        covering = [(cited.told, cited.shown) for cited in active if cited.told]
        flow = self._flow([shown for _, shown in covering])
        beyond, longer = _beyond(told for told, _ in covering)
        facts = (
            self._purpose(active),
            flow,
            _first(self._promises, instant) >= 0,
            "both" if beyond and longer else "recipients" if beyond else "retention" if longer else "no",
            flow in ("told", "stale") and not any(told.whole for told, _ in covering),
            not self._known or any(not told.dated for told, _ in covering),
            _first(self._unused, instant) >= 0,
            any(told.benefit for told, _ in covering),
        )
        return facts, self._numbers[bisect_right(self._order, instant)]

    def _flow(self, shown: list[bool]) -> str:
        if self._asked != "given":
            return "unasked" if self._asked == "missing" else "untold"
        if any(shown):
            return "told"
        return "stale" if shown and any(cited.shown for cited in self._cited) else "untold"

    def _purpose(self, active: list[Cited]) -> str:
        if not self._known or (not self._cited and self._asked == "missing"):
            return "unknown"
        naming = [cited.shown for cited in active if cited.purpose]
        if naming:
            return "at_capture" if any(naming) else "later"
        return "unknown" if any(cited.silent for cited in active) else "never"

    def _speaks(self, instant: int) -> tuple[int, ...]:
        """Give what a label depends on: broken promise, deciding statement, what goes beyond, idle sentence (-1: none)."""
        covering = [(c.told, c.shown, n) for n, c in enumerate(self._cited) if c.told and c.begin <= instant]
        decides = min(((not shown, number) for _, shown, number in covering), default=(False, -1))[1]
        beyond, longer = _beyond(told for told, _, _ in covering)
        return _first(self._promises, instant), decides, beyond, int(longer), _first(self._unused, instant)

    def _label(self, naming: Naming, broken: int, decides: int, beyond: int, longer: int, unused: int) -> Label:
        names: dict[str, str] = {}
        if unused >= 0:
            idle = self._unused[unused]
            names = {"statement": idle.statement, "promised": f"{idle.purpose} ({idle.statement})"}
        if decides >= 0:
            names["statement"] = naming.statements[decides]
            if naming.benefits[decides]:
                names.setdefault("promised", naming.benefits[decides])
        if broken >= 0:
            names["statement"] = self._promises[broken].statement
            names.setdefault("promised", self._promises[broken].purpose)
        more = [key for bit, key in enumerate(naming.recipients) if beyond & 1 << bit]
        if longer:
            more.append(f"keeping it for {naming.kept}")
        if more:
            names["recipients"] = ", ".join(more)
        return names, {"statement": names["statement"]} if "statement" in names else {}


def _beyond(covering: Iterable[Coverage]) -> tuple[int, bool]:
    """Give the recipients that no statement tells of, as bits, and whether data is kept longer than any says."""
    found = list(covering)
    bits = -1 if found else 0
    for told in found:
        bits &= told.beyond
    return bits, bool(found) and all(told.longer for told in found)


def _first(spans: tuple[Span, ...], instant: int) -> int:
    return next((number for number, span in enumerate(spans) if span.start <= instant < span.end), -1)
