"""Segments into a table that reads no more than it is asked about.

Elements and uses are made when they are looked up, timelines know their verdicts, and what findings are filled with is read
when a finding is.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast, overload

from lineage.gate.form import (
    ALIASES,
    META,
    NAMES,
    SEVERITIES,
    TEXTS_POOLS,
    USES_POOLS,
    Shard,
    shard_of,
    texts_name,
    uses_name,
)
from lineage.gate.purposes import Purposes
from lineage.gate.segments import Segments
from lineage.gate.table import (
    Aim,
    Choice,
    Core,
    Element,
    Mark,
    Naming,
    Process,
    Prohibition,
    RuleText,
    Subject,
    Table,
    Timeline,
    Use,
    usual_key,
)
from lineage.gate.texts import Numbers, Rules, texts_of

KEPT = 4_096
"""So many elements stay in memory once they were asked about."""

SHARDS = 64
"""So many shards."""

_PER_ELEMENT = 1 << 20
_PER_SHARD = 1 << 44


def table_of(segments: Segments) -> Table:
    """Give the table whose bytes these are. TableDamaged, now or when asked, for bytes that are not the manifest's."""
    meta = json.loads(segments.read(META))
    names = json.loads(segments.read(NAMES))
    store = _Store(segments, meta)
    elements = LazyElements(store)
    rules = Rules(segments)
    purposes = Purposes(
        {key: tuple(above) for key, above in names["purposes"]},
        frozenset(names["explicit"]), frozenset(names["broad"]), frozenset(names["retired"]),
    )  # fmt: skip
    return Table(
        revision=segments.manifest.revision,
        digest=segments.manifest.digest,
        zone=meta["zone"],
        elements=elements,
        processes={key: Process(key, title, bool(gone)) for key, title, gone in names["processes"]},
        audiences=dict(names["audiences"]),
        regimes=dict(names["regimes"]),
        purposes=purposes,
        uses=cast("tuple[Use, ...]", LazyUses(store, meta["uses"])),
        rules=cast("tuple[RuleText, ...]", rules),
        numbers=Numbers(rules),
    )


class LazyTimeline:
    """A timeline whose verdicts are known, and whose texts are read when a finding is."""

    __slots__ = ("_at", "_purpose", "_store", "_texts", "cores", "regimes", "starts")

    def __init__(
        self,
        store: _Store,
        at: tuple[str, int],
        purpose: str,
        starts: tuple[int, ...],
        cores: tuple[Core, ...],
        regimes: Sequence[str],
    ) -> None:
        self.starts = starts
        self.cores = cores
        self.regimes = regimes
        self._store = store
        self._at = at
        self._purpose = purpose
        self._texts: tuple[tuple[Choice, ...], Naming] | None = None

    def at(self, instant: int) -> int:
        """Give the number of the interval that holds ``instant``."""
        return bisect_right(self.starts, instant) - 1

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What the findings of each interval speak of."""
        return self._read()[0]

    @property
    def naming(self) -> Naming:
        """What the findings are about."""
        return self._read()[1]

    def subject(self, interval: int, number: int) -> Subject:
        """Give what a finding of an interval is about."""
        return Timeline(self.starts, self.cores, *self._read()).subject(interval, number)

    def _read(self) -> tuple[tuple[Choice, ...], Naming]:
        if self._texts is None:
            self._texts = self._store.texts(*self._at, self._purpose)
        return self._texts


class _Store:
    """Reads elements out of shards, and keeps those asked about last. Threads at worst read a thing twice."""

    def __init__(self, segments: Segments, meta: Mapping[str, Any]) -> None:
        self.segments = segments
        self.bits = int(meta["bits"])
        self.count = int(meta["elements"])
        self._shards: dict[str, Shard] = {}
        self._elements: dict[str, tuple[Element, tuple[Use, ...]]] = {}
        self._cores: dict[tuple[int, int], Core] = {}
        self._starts: dict[tuple[int, int], tuple[int, ...]] = {}
        self._last: tuple[str | None, list[list[Any]], Any] = (None, [], None)
        """The element whose texts were read last, these, and what their numbers stand for."""

    def shard(self, name: str, pools: tuple[str, ...] = USES_POOLS) -> Shard:
        found = self._shards.get(name)
        if found is None:
            found = Shard(self.segments.read(name), pools)
            _make_room(self._shards, SHARDS)
            self._shards[name] = found
        return found

    def holds(self, key: str) -> bool:
        return key in self._elements or key in self.shard(uses_name(shard_of(key, self.bits))).places

    def element(self, key: str) -> tuple[Element, tuple[Use, ...]]:
        """Give an element with its uses. KeyError when there is none."""
        found = self._elements.get(key)
        if found is None:
            found = self.read_element(key)
            _make_room(self._elements, KEPT)
            self._elements[key] = found
        return found

    def read_element(self, key: str) -> tuple[Element, tuple[Use, ...]]:
        """Read an element without keeping it."""
        number = shard_of(key, self.bits)
        shard = self.shard(uses_name(number))
        title, retired, audiences, also, bans, origin, timelines, uses = shard.body(key)
        reader = _Part(self, number, shard, key, timelines)
        first = number * _PER_SHARD + shard.numbers[key] * _PER_ELEMENT
        element = Element(
            key, title, bool(retired), tuple(audiences), tuple(range(first, first + len(uses))),
            tuple([_ban(ban) for ban in bans]), cast("Timeline", reader.timeline(origin, "")), tuple(also),
        )  # fmt: skip
        return element, tuple([reader.use(use) for use in uses])

    def at(self, number: int) -> Use:
        """Give the use of a number as elements name them."""
        shard, rest = divmod(number, _PER_SHARD)
        place, use = divmod(rest, _PER_ELEMENT)
        keys = self.shard(uses_name(shard)).places
        return self.element(next(islice(keys, place, None)))[1][use]

    def keys(self) -> Iterator[str]:
        """Give every element's key in order."""
        return iter(json.loads(self.segments.read(ALIASES)))

    def core(self, shard: int, pool: Sequence[Any], number: int) -> Core:
        found = self._cores.get((shard, number))
        if found is None:
            effect, cycle, stages, consent, regulatory, marks = pool[number]
            found = Core(
                effect, cycle, tuple(stages), consent, tuple([(law, state) for law, state in regulatory]),
                tuple([Mark(rule, SEVERITIES[rank], subject, bool(gone)) for rule, rank, subject, gone in marks]),
            )  # fmt: skip
            self._cores[shard, number] = found
        return found

    def starts(self, shard: int, pool: Sequence[Any], number: int) -> tuple[int, ...]:
        found = self._starts.get((shard, number))
        if found is None:
            found = self._starts[shard, number] = tuple(pool[number])
        return found

    def texts(self, key: str, number: int, purpose: str) -> tuple[tuple[Choice, ...], Naming]:
        """Read what the findings of one timeline of an element are about."""
        known, pools, body = self._last
        if known != key:
            shard = self.shard(texts_name(shard_of(key, self.bits)), TEXTS_POOLS)
            pools = [[pool[number] for number in own] for pool, own in zip(shard.pools, shard.maps(key), strict=True)]
            body = shard.body(key)
            self._last = (key, pools, body)
        return texts_of(pools, body[number], purpose)


def _make_room(kept: dict[str, Any], most: int) -> None:
    """Let go of whatever was read first."""
    while len(kept) >= most:
        try:
            del kept[next(iter(kept))]
        except (StopIteration, KeyError, RuntimeError):  # another thread did
            return


class _Part:
    """Reads the part of one element."""

    def __init__(self, store: _Store, number: int, shard: Shard, key: str, timelines: list[Any]) -> None:
        self._store = store
        self._number = number
        self._pools = shard.pools
        self._maps = shard.maps(key)
        self._key = key
        self._timelines = timelines

    def timeline(self, number: int, purpose: str) -> LazyTimeline:
        starts, cores, regimes = self._timelines[number]
        store, (core_pool, start_pool, laws), (core_map, start_map, law_map) = self._store, self._pools, self._maps
        return LazyTimeline(
            store, (self._key, number), purpose, store.starts(self._number, start_pool, start_map[starts]),
            tuple([store.core(self._number, core_pool, core_map[core]) for core in cores]), laws[law_map[regimes]],
        )  # fmt: skip

    def use(self, written: list[Any]) -> Use:
        process, purpose, audience, key, aim, below = written
        read = self.aim(aim, purpose)
        narrower: Mapping[str, Aim] = LazyAims(self, below) if below else {}
        return Use(
            key or usual_key(self._key, process, purpose, audience), self._key, process, purpose, audience,
            read.timeline, read.beyond, read.audiences, narrower,
        )  # fmt: skip

    def aim(self, written: Any, purpose: str) -> Aim:
        if isinstance(written, int):
            return Aim(cast("Timeline", self.timeline(written, purpose)), {}, {})
        timeline, beyond, apart = written
        return Aim(
            cast("Timeline", self.timeline(timeline, purpose)),
            self._beyond(beyond, purpose),
            {
                audience: (cast("Timeline", self.timeline(own, purpose)), self._beyond(more, purpose))
                for audience, (own, more) in apart.items()
            },
        )

    def _beyond(self, written: Mapping[str, int], purpose: str) -> dict[str, Timeline]:
        return {regime: cast("Timeline", self.timeline(number, purpose)) for regime, number in written.items()}


class LazyAims(Mapping[str, Aim]):
    """The narrower purposes a use covers, read one by one."""

    __slots__ = ("_part", "_written")

    def __init__(self, part: _Part, below: list[Any]) -> None:
        self._part = part
        self._written = {purpose: aim for aim, purposes in below for purpose in purposes}

    def __getitem__(self, purpose: str) -> Aim:
        return self._part.aim(self._written[purpose], purpose)

    def __contains__(self, purpose: object) -> bool:
        return purpose in self._written

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._written))

    def __len__(self) -> int:
        return len(self._written)


class LazyElements(Mapping[str, Element]):
    """The elements of a table, read when they are looked up."""

    __slots__ = ("_store",)

    def __init__(self, store: _Store) -> None:
        self._store = store

    def __getitem__(self, key: str) -> Element:
        return self._store.element(key)[0]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._store.holds(key)

    def __iter__(self) -> Iterator[str]:
        return self._store.keys()

    def __len__(self) -> int:
        return self._store.count

    def shard(self, key: str) -> int:
        """Give the number of the shard that would hold an element."""
        return shard_of(key, self._store.bits)

    def read_shard(self, number: int) -> bytes:
        """Give the bytes of a shard. TableDamaged when it cannot be read."""
        return self._store.segments.read(uses_name(number))

    def aliases(self) -> dict[str, str]:
        """Give what else elements are called, and the key behind each name."""
        found = json.loads(self._store.segments.read(ALIASES))
        return {name: key for key, names in found.items() for name in names}


class LazyUses(Sequence[Use]):
    """The uses of a table in order of their elements' keys, by the numbers that elements name."""

    __slots__ = ("_count", "_store")

    def __init__(self, store: _Store, count: int) -> None:
        self._store = store
        self._count = count

    @overload
    def __getitem__(self, number: int) -> Use: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Use]: ...
    def __getitem__(self, number: int | slice) -> Use | Sequence[Use]:
        if isinstance(number, slice):
            return list(self)[number]
        return self._store.at(number)

    def __iter__(self) -> Iterator[Use]:
        for key in self._store.keys():  # noqa: SIM118 - a method of ours
            yield from self._store.read_element(key)[1]

    def __len__(self) -> int:
        return self._count


def _ban(written: list[Any]) -> Prohibition:
    purpose, process, audience, source, use, path, windows = written
    return Prohibition(
        purpose, process, audience, source, use, tuple(path), tuple([(start, end) for start, end in windows])
    )
