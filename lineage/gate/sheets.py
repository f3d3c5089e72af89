"""What the uses of many elements say at one instant, read without making a use or a timeline: for columns of questions.

The bytes of a shard hold each verdict in every interval of every timeline. Of these one counts at an instant, and timelines
of one element that are written alike are looked at once.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, cast

from lineage.gate.answer import NEVER
from lineage.gate.form import USES_POOLS
from lineage.gate.table import Aim, Element, Prohibition, Table, Timeline, Use

_TIMELINES = 6
"""A piece's place of its timelines; the uses come last."""


class Verdict(NamedTuple):
    """What a timeline says at an instant, good in the half-open interval ``since`` to ``until``, judged under ``regimes``."""

    allows: bool
    since: int
    until: int
    regimes: Collection[str]


class Sheet(NamedTuple):
    """An element at an instant.

    ``uses`` are written as in a shard: process, purpose, audience, key, aim, and for narrower purposes aims with the
    purposes they are for. An aim is the number of a verdict; or that, numbers by further regime, and both by audience.
    """

    retired: bool
    audiences: Sequence[str]
    bans: Sequence[Prohibition]
    verdicts: Sequence[Verdict]
    uses: Sequence[Sequence[Any]]


class Sharded(Protocol):
    """Elements that are kept together in shards."""

    def shard(self, key: str) -> int:
        """Give the number of the shard that would hold an element."""

    def read_shard(self, number: int) -> bytes:
        """Give the bytes of a shard. TableDamaged when it cannot be read."""


def shard_with(table: Table, key: str) -> int | None:
    """Give the number of the shard that would hold an element; None for a table that has no shards."""
    return cast("Sharded", table.elements).shard(key) if hasattr(table.elements, "read_shard") else None


def sheets(table: Table, key: str, instant: int) -> Iterator[tuple[str, Sheet]]:
    """Give an element, if there is one, and whatever is read together with it."""
    shard = shard_with(table, key)
    if shard is not None:
        yield from _read(cast("Sharded", table.elements).read_shard(shard), instant)
        return
    element = table.elements.get(key)
    if element is not None:
        yield key, _Writer(instant).sheet(element, [table.uses[number] for number in element.uses])


def _verdict(starts: Sequence[int], instant: int) -> tuple[int, int, int]:
    """Give the number of the interval that holds an instant, and the interval."""
    number = bisect_right(starts, instant) - 1
    return number, starts[number], starts[number + 1] if number + 1 < len(starts) else NEVER


# --- From the bytes of a shard ---


def _read(data: bytes, instant: int) -> Iterator[tuple[str, Sheet]]:
    end = data.index(b"\n")
    head = json.loads(data[:end])
    cores, starts, regimes = [head[name] for name in USES_POOLS]
    allows = [core[0] == "allow" for core in cores]
    intervals = [_verdict(own, instant) for own in starts]
    for key, offset, size, own_cores, own_starts, own_regimes in head["parts"]:
        text = data[end + 1 + offset : end + 1 + offset + size].decode()
        (_, retired, audiences, _, bans, _), timelines, uses = _parted(text)
        known: dict[str, Verdict] = {}
        verdicts = []
        for timeline in timelines:
            found = known.get(timeline)
            if found is None:
                first, _, rest = timeline.partition(",[")
                chosen, _, laws = rest.partition("],")
                number, since, until = intervals[own_starts[int(first)]]
                core = own_cores[int(chosen.split(",")[number])]
                found = known[timeline] = Verdict(allows[core], since, until, regimes[own_regimes[int(laws)]])
            verdicts.append(found)
        yield key, Sheet(bool(retired), audiences, [_ban(ban) for ban in bans], verdicts, uses)


_value = json.JSONDecoder().raw_decode


def _parted(text: str) -> tuple[list[Any], list[str], list[Any]]:
    """Take a piece apart: what comes before its timelines, what stands in the brackets of each of these, and the uses.

    Timelines are most of a piece, and most are written alike. They are numbers in brackets, so that the first two
    brackets that close together end them, and one that closes before one that opens parts them.
    """
    place, values = 1, []
    for _ in range(_TIMELINES):
        value, place = _value(text, place)
        values.append(value)
        place += 1
    end = text.index("]]", place)
    uses, _ = _value(text, end + 3)
    return values, text[place + 2 : end].split("],["), uses


def _ban(written: list[Any]) -> Prohibition:
    purpose, process, audience, source, use, path, windows = written
    return Prohibition(purpose, process, audience, source, use, path, tuple([(start, end) for start, end in windows]))


# --- From a table in memory ---


class _Writer:
    """Writes an element of a table in memory as a shard would hold it, each timeline as what it says at an instant."""

    def __init__(self, instant: int) -> None:
        self._instant = instant
        self._numbers: dict[int, tuple[Timeline, int]] = {}
        self._verdicts: list[Verdict] = []

    def sheet(self, element: Element, uses: Sequence[Use]) -> Sheet:
        written = [self._use(use) for use in uses]
        return Sheet(element.retired, element.audiences, element.prohibitions, self._verdicts, written)

    def _use(self, use: Use) -> tuple[Any, ...]:
        below = [(self._aim(aim), (purpose,)) for purpose, aim in use.narrower.items()]
        return use.process, use.purpose, use.audience, use.key, self._aim(use), below

    def _aim(self, aim: Use | Aim) -> Any:
        apart = {
            audience: (self._number(timeline), self._beyond(beyond))
            for audience, (timeline, beyond) in aim.audiences.items()
        }
        return self._number(aim.timeline), self._beyond(aim.beyond), apart

    def _beyond(self, beyond: Mapping[str, Timeline]) -> dict[str, int]:
        return {regime: self._number(timeline) for regime, timeline in beyond.items()}

    def _number(self, timeline: Timeline) -> int:
        found = self._numbers.get(id(timeline))
        if found is None:
            # The timeline is kept, so that its identity stays its own.
            found = self._numbers[id(timeline)] = (timeline, len(self._verdicts))
            number, since, until = _verdict(timeline.starts, self._instant)
            effect = timeline.cores[number].effect
            self._verdicts.append(Verdict(effect == "allow", since, until, timeline.regimes))
        return found[1]
