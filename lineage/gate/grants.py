"""What one element's uses allow, process by process, as sets of purposes: many questions decided at once, reasons aside.

A set of purposes is a whole number whose bits are the purposes' numbers. What is said here must be what ``answer`` says;
a law of the test suite compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lineage.gate.answer import NEVER, narrowed, timeline_of
from lineage.gate.instants import within
from lineage.gate.table import ALWAYS, Aim, Element, Prohibition, Table, Timeline, Use


class Row(NamedTuple):
    """For each process with uses of an element, the purposes allowed; good in the half-open interval of instants."""

    allowed: Mapping[str, int]
    since: int
    until: int


class Grants:
    """What a table allows for one audience (none: for all of an element) and one further regime (or none)."""

    def __init__(self, table: Table, audience: str, regime: str, purposes: Mapping[str, int]) -> None:
        self._table = table
        self._audience = audience
        self._regime = regime
        self._known = (not audience or audience in table.audiences) and (not regime or regime in table.regimes)
        self._askable = 0
        self._bits = purposes
        self._below: dict[str, dict[str, int]] = {}
        self._covered: dict[str, int] = {}
        self._banned: dict[str, int] = {}
        for purpose in table.purposes.names():
            if purpose not in table.purposes.broad:
                self._askable |= 1 << purposes[purpose]
            for term, distance in table.purposes.covering(purpose).items():
                self._below.setdefault(term, {})[purpose] = distance
                self._covered[term] = self._covered.get(term, 0) | 1 << purposes[purpose]

    def row(self, key: str, instant: int) -> Row:
        """Give what is allowed with an element at an instant; nothing for one that cannot be read, and not for long."""
        try:
            return self._row(key, instant)
        except Exception:
            return Row({}, instant, instant + 1)

    def _row(self, key: str, instant: int) -> Row:
        table = self._table
        element = table.elements.get(key)
        if element is None:
            return Row({}, ALWAYS, NEVER)
        uses: dict[str, list[Use]] = {}
        for number in element.uses:
            use = table.uses[number]
            uses.setdefault(use.process, []).append(use)
        if not self._known or element.retired or (self._audience and self._audience not in element.audiences):
            return Row(dict.fromkeys(uses, 0), ALWAYS, NEVER)
        looked = _Looked(instant)
        allowed = {process: self._allowed(element, process, own, looked) for process, own in uses.items()}
        return Row(allowed, looked.since, looked.until)

    def _allowed(self, element: Element, process: str, uses: list[Use], looked: _Looked) -> int:
        known = self._table.processes.get(process)
        if known is None or known.retired:
            return 0
        allowed = self._askable
        for audience in (self._audience,) if self._audience else element.audiences or ("",):
            mine = [use for use in uses if not use.audience or use.audience == audience]
            allowed &= (
                self._of_one(mine[0], audience, looked) if len(mine) == 1 else self._of_several(mine, audience, looked)
            )
            if not allowed:
                return 0
            for ban in element.prohibitions:
                if (ban.process and ban.process != process) or (ban.audience and audience and ban.audience != audience):
                    continue
                if looked.within(ban):
                    allowed &= ~self._bans(ban.purpose)
        return allowed

    def _of_one(self, use: Use, audience: str, looked: _Looked) -> int:
        """Give what a use allows that no other competes with."""
        allowed = covered = self._covered.get(use.purpose, 0)
        if not self._allows(use, audience, looked):
            allowed = 0
        for purpose, aim in use.narrower.items():
            bit = 1 << self._bits[purpose] if purpose in self._bits else 0
            if bit & covered:
                allowed = allowed | bit if self._allows(aim, audience, looked) else allowed & ~bit
        return allowed

    def _of_several(self, uses: list[Use], audience: str, looked: _Looked) -> int:
        """Give what several uses allow together: for each purpose the nearest decide, and of these one is enough."""
        nearest: dict[str, int] = {}
        for use in uses:
            for purpose, distance in self._below.get(use.purpose, {}).items():
                if distance < nearest.get(purpose, 1 << 30):
                    nearest[purpose] = distance
        allowed = 0
        for use in uses:
            for purpose, distance in self._below.get(use.purpose, {}).items():
                bit = 1 << self._bits[purpose]
                if distance > nearest[purpose] or allowed & bit:
                    continue
                if self._allows(use.narrower.get(purpose, use), audience, looked):
                    allowed |= bit
        return allowed

    def _allows(self, aim: Use | Aim, audience: str, looked: _Looked) -> bool:
        timeline = timeline_of(aim, audience, self._regime)
        return timeline is not None and looked.effect(timeline) == "allow"

    def _bans(self, purpose: str) -> int:
        """Give the purposes that a prohibition of one reaches: it and what is narrower, and whatever contains it."""
        found = self._banned.get(purpose)
        if found is None:
            purposes = self._table.purposes
            above = purposes.above(purpose)
            found = sum(
                1 << self._bits[name] for name in purposes.names() if name in above or purpose in purposes.above(name)
            )
            self._banned[purpose] = found
        return found


class _Looked:
    """An instant, and the interval around it in which everything looked at stays the same."""

    __slots__ = ("instant", "since", "until")

    def __init__(self, instant: int) -> None:
        self.instant, self.since, self.until = instant, ALWAYS, NEVER

    def effect(self, timeline: Timeline) -> str:
        starts = timeline.starts
        number = timeline.at(self.instant)
        self.since = max(self.since, starts[number])
        if number + 1 < len(starts) and starts[number + 1] < self.until:
            self.until = starts[number + 1]
        return timeline.cores[number].effect

    def within(self, ban: Prohibition) -> bool:
        self.since, self.until = narrowed(ban.windows, self.instant, self.since, self.until)
        return within(ban.windows, self.instant)
