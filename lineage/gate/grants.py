"""What elements' uses allow, process by process, as sets of purposes: many questions decided at once, reasons aside.

A set of purposes is a whole number whose bits are the purposes' numbers. What is said here must be what ``answer`` says;
a law of the test suite compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from lineage.gate.answer import NEVER, narrowed
from lineage.gate.instants import within
from lineage.gate.sheets import Sheet, Verdict, shard_with, sheets
from lineage.gate.table import ALWAYS, Prohibition, Table


class Row(NamedTuple):
    """For each process that may use an element, the purposes allowed; good in the half-open interval of instants."""

    allowed: Mapping[str, int]
    since: int
    until: int


class Ban(NamedTuple):
    """A prohibition in force, with the purposes it reaches."""

    process: str
    audience: str
    purposes: int


NOTHING = Row({}, ALWAYS, NEVER)


class Grants:
    """What a table allows for one audience (none: for all of an element) and one further regime (or none)."""

    def __init__(self, table: Table, audience: str, regime: str, number: Callable[[str], int]) -> None:
        self._table = table
        self._audience = audience
        self._regime = regime
        self._known = (not audience or audience in table.audiences) and (not regime or regime in table.regimes)
        self._processes = {key: key for key, process in table.processes.items() if not process.retired}
        self._askable = 0
        self._bits = {name: 1 << number(name) for name in table.purposes.names()}
        self._below: dict[str, dict[str, int]] = {}
        self._covered: dict[str, int] = {}
        self._banned: dict[str, int] = {}
        self._same: dict[int, int] = {}
        for purpose, bit in self._bits.items():
            if purpose not in table.purposes.broad:
                self._askable |= bit
            for term, distance in table.purposes.covering(purpose).items():
                self._below.setdefault(term, {})[purpose] = distance
                self._covered[term] = self._covered.get(term, 0) | bit

    def named(self, purposes: int) -> frozenset[str]:
        """Give the purposes of a set by name."""
        return frozenset([name for name, bit in self._bits.items() if bit & purposes])

    def shard(self, key: str) -> int | None:
        """Give the number of the shard that would hold an element; None where elements are read one by one."""
        return shard_with(self._table, key)

    def rows(self, key: str, instant: int) -> dict[str, Row]:
        """Give what is allowed at an instant with an element, if there is one, and with whatever is read together with it.

        Nothing is allowed with what cannot be read, and that holds for this instant only.
        """
        if not self._known:
            return {}
        try:
            return {name: self._row(sheet, instant) for name, sheet in sheets(self._table, key, instant)}
        except Exception:
            return {key: Row({}, instant, instant + 1)}

    def _row(self, sheet: Sheet, instant: int) -> Row:
        if sheet.retired or (self._audience and self._audience not in sheet.audiences):
            return NOTHING
        looked = _Looked(sheet.verdicts, self._regime)
        bans = looked.bans(sheet.bans, instant, self._bans)
        if self._audience or len(sheet.audiences) <= 1:
            audience = self._audience or "".join(sheet.audiences)
            return Row(self._allowed(sheet.uses, audience, bans, looked), looked.since, looked.until)
        each = [self._allowed(sheet.uses, audience, bans, looked) for audience in sheet.audiences]
        allowed = {process: reduce(and_, [one.get(process, 0) for one in each]) for process in each[0]}
        return Row({process: found for process, found in allowed.items() if found}, looked.since, looked.until)

    def _allowed(
        self, written: Iterable[Sequence[Any]], audience: str, bans: Iterable[Ban], looked: _Looked
    ) -> dict[str, int]:
        """Give what is allowed to each process for one audience."""
        uses: dict[str, list[Sequence[Any]]] = {}
        for use in written:
            if not use[2] or use[2] == audience:
                uses.setdefault(use[0], []).append(use)
        allowed: dict[str, int] = {}
        for process, own in uses.items():
            # The table's own name of a process, one for all rows: it takes less room, and is compared more quickly.
            name = self._processes.get(process)
            if name is None:
                continue
            found = self._of_one(own[0], audience, looked) if len(own) == 1 else self._of_several(own, audience, looked)
            found &= self._askable
            for ban in bans:
                if ban.process in ("", process) and (not ban.audience or not audience or ban.audience == audience):
                    found &= ~ban.purposes
            if found:
                allowed[name] = self._same.setdefault(found, found)
        return allowed

    def _of_one(self, use: Sequence[Any], audience: str, looked: _Looked) -> int:
        """Give what a use allows that no other competes with."""
        _, purpose, _, _, aim, below = use
        covered = self._covered.get(purpose, 0)
        allowed = covered if (looked.plain[aim] if isinstance(aim, int) else looked.allows(aim, audience)) else 0
        for narrower, purposes in below:
            bits = 0
            for name in purposes:
                bits |= self._bits.get(name, 0)
            allowed = allowed | bits & covered if looked.allows(narrower, audience) else allowed & ~bits
        return allowed

    def _of_several(self, uses: Iterable[Sequence[Any]], audience: str, looked: _Looked) -> int:
        """Give what several uses allow together: for each purpose the nearest decide, and of these one is enough."""
        nearest: dict[str, int] = {}
        allowed = 0
        for _, term, _, _, aim, below in uses:
            narrower = {purpose: other for other, purposes in below for purpose in purposes}
            for purpose, distance in self._below.get(term, {}).items():
                best = nearest.get(purpose, distance)
                if distance > best:
                    continue
                nearest[purpose] = distance
                bit = self._bits[purpose]
                if distance < best:
                    allowed &= ~bit
                if not allowed & bit and looked.allows(narrower.get(purpose, aim), audience):
                    allowed |= bit
        return allowed

    def _bans(self, purpose: str) -> int:
        """Give the purposes that a prohibition of one reaches: it and what is narrower, and whatever contains it."""
        found = self._banned.get(purpose)
        if found is None:
            purposes = self._table.purposes
            above = purposes.above(purpose)
            reached = [bit for name, bit in self._bits.items() if name in above or purpose in purposes.above(name)]
            found = self._banned[purpose] = sum(reached)
        return found


class _Looked:
    """The verdicts of an element, and the interval in which they, and the prohibitions looked at, stay the same.

    ``plain`` tells of each verdict whether it allows by itself, under the regime.
    """

    __slots__ = ("_regime", "_verdicts", "plain", "since", "until")

    def __init__(self, verdicts: Sequence[Verdict], regime: str) -> None:
        self._verdicts = verdicts
        self._regime = regime
        self.since = max([verdict[1] for verdict in verdicts], default=ALWAYS)
        self.until = min([verdict[2] for verdict in verdicts], default=NEVER)
        self.plain = [allows and (not regime or regime in regimes) for allows, _, _, regimes in verdicts]

    def allows(self, aim: Any, audience: str) -> bool:
        """Tell whether an aim is allowed for an audience; never under a regime for which nothing is declared."""
        if isinstance(aim, int):
            return self.plain[aim]
        number, beyond, apart = aim
        if audience in apart:
            number, beyond = apart[audience]
        if self._regime and self._regime not in self._verdicts[number].regimes:
            number = beyond.get(self._regime)
        return number is not None and self._verdicts[number].allows

    def bans(self, bans: Iterable[Prohibition], instant: int, reached: Callable[[str], int]) -> list[Ban]:
        """Give the prohibitions in force at an instant."""
        found = []
        for ban in bans:
            self.since, self.until = narrowed(ban.windows, instant, self.since, self.until)
            if within(ban.windows, instant):
                found.append(Ban(ban.process, ban.audience, reached(ban.purpose)))
        return found
