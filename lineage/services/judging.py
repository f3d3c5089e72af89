"""A whole catalogue judged part by part: memory grows with a part and with what all share, not with the catalogue."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lineage.domain.canonical import canonical
from lineage.gate.encode import PartWriter, shard_segments, shared_segments
from lineage.gate.form import bits_for, shard_of
from lineage.gate.segments import Manifest, PackedParts, Segment, packed, parts_of
from lineage.judge.compile import Compiled, compile_table, each_judged, uses_of_elements
from lineage.judge.material import Row
from lineage.judge.memory import Memory
from lineage.services.splicing import links_of, links_segment
from lineage.services.views import AROUND, rows_to_judge, uncollected, undisturbed
from lineage.store.database import Connection
from lineage.store.documents import count_current, read_current

MOST = 20_000
"""Elements and uses that are judged at once."""

_SEEN = frozenset({"element", "process", "purpose", "effect", "audience", "basis"})
"""Fields of a use that are read when another element is judged: one that derives from its own, or is more sensitive."""


def judge_whole(connection: Connection, revision: int, digest: str, memory: Memory, most: int = MOST) -> PackedParts:
    """Judge the newest documents into a table.

    A catalogue of more than ``most`` elements and uses is judged in parts of about so many; the bytes are the same.
    """
    at_once = count_current(connection, ("element", "use")) <= most
    with uncollected():
        rows = read_current(connection) if at_once else _overview(connection)
        overview = compile_table(rows, revision, digest, _none, memory=memory)
        uses, elements = uses_of_elements(overview), overview.table.elements
        many = sum(map(len, uses.values()))
        made = _Whole(revision, digest, bits_for(len(elements), many))
        made.add(shared_segments(overview.table, made.bits, many) | links_segment(links_of(overview, elements)))
    writer = PartWriter()
    for shards in _groups({key: 1 + len(uses.get(key, ())) for key in elements}, made.bits, most):
        keys = [key for own in shards.values() for key in own]
        with undisturbed():
            compiled = overview if at_once else _part(connection, overview, keys, memory)
            parts = {element.key: writer.part(element, judged) for element, judged in each_judged(compiled, keys)}
            del compiled
        for number, own in shards.items():
            made.add(shard_segments(number, {key: parts.pop(key) for key in own}))
        if not at_once:
            gc.collect()
    return made.parts()


@dataclass(slots=True)
class _Whole:
    """A table in the making. Segments are packed as soon as they are written."""

    revision: int
    digest: str
    bits: int
    segments: list[Segment] = field(default_factory=list)
    packed: dict[str, bytes] = field(default_factory=dict)

    def add(self, parts: Mapping[str, bytes]) -> None:
        self.segments += parts_of(self.revision, self.digest, parts).manifest.segments
        self.packed |= {name: packed(data) for name, data in parts.items()}

    def parts(self) -> PackedParts:
        return PackedParts(Manifest(self.revision, self.digest, tuple(sorted(self.segments))), self.packed)


def _none(_element: str, _process: str) -> bool:
    return False


def _overview(connection: Connection) -> Iterator[Row]:
    """Give what tells how elements derive, how sensitive they are, and what each is used for; of uses nothing more."""
    for row in read_current(connection, AROUND | {"element", "origin", "use"}):
        yield _seen(row) if row[0] == "use" else row


def _seen(use: Row) -> Row:
    body = {name: value for name, value in json.loads(use[3]).items() if name in _SEEN}
    return (*use[:3], canonical(body), *use[4:])


def _part(connection: Connection, overview: Compiled, keys: Sequence[str], memory: Memory) -> Compiled:
    """Gather some elements with everything they are judged from, none of them judged yet."""
    table, own = overview.table, set(keys)
    rows = (
        _seen(row) if row[0] == "use" and row[1].partition("/")[0] not in own else row
        for row in rows_to_judge(connection, own)
    )
    return compile_table(rows, table.revision, table.digest, _none, memory=memory, choices=overview.known.choices)


def _groups(sizes: Mapping[str, int], bits: int, most: int) -> Iterator[dict[int, list[str]]]:
    """Give the elements of each shard, as many shards at a time as hold about ``most`` elements and uses."""
    shards: dict[int, list[str]] = {number: [] for number in range(1 << bits)}
    for key in sizes:
        shards[shard_of(key, bits)].append(key)
    group: dict[int, list[str]] = {}
    size = 0
    for number, keys in shards.items():
        group[number] = keys
        size += sum(sizes[key] for key in keys)
        if size >= most:
            yield group
            group, size = {}, 0
    if group:
        yield group
