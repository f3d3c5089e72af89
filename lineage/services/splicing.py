"""Putting elements that were judged anew into a table: every other segment stays as it was, to the byte."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from lineage.gate.decode import table_of
from lineage.gate.encode import PartWriter, aliases_segment, head_segments, meta_segment, shard_segments
from lineage.gate.form import (
    ALIASES,
    META,
    TEXTS_POOLS,
    USES_POOLS,
    Part,
    Shard,
    bits_for,
    compact,
    shard_of,
    texts_name,
    uses_name,
)
from lineage.gate.segments import Manifest, PackedParts, packed, parts_of
from lineage.gate.table import Table, Use
from lineage.judge.compile import Compiled
from lineage.judge.material import Body
from lineage.services.reaching import reached

LINKS = "links"
"""The segment of what one element means to others; no question needs it."""


class Link(NamedTuple):
    """How sensitive an element is, whether it is a draft, and what it derives from."""

    level: int = 0
    draft: bool = False
    sources: tuple[str, ...] = ()


def links_of(compiled: Compiled, keys: Iterable[str]) -> dict[str, Link]:
    """Give what elements mean to others, those left out that mean nothing."""
    found: dict[str, Link] = {}
    for key in keys:
        record = compiled.material.elements[key]
        sources = {s["element"] for _, origin in record.origins for s in origin.get("derived_from") or ()}
        link = Link(compiled.known.level(key), record.body.get("lifecycle") == "draft", tuple(sorted(sources)))
        if link != Link():
            found[key] = link
    return found


def links_segment(links: Mapping[str, Link]) -> dict[str, bytes]:
    """Write them."""
    return {LINKS: compact({key: [*links[key]] for key in sorted(links)}).encode()}


class Outgrown(Exception):
    """The table has so many elements by now that its shards have to be cut anew."""


class Spliced:
    """A table into which elements are put that were judged anew."""

    def __init__(self, parts: PackedParts) -> None:
        self._parts = parts
        self._table = table_of(parts)
        self._meta: dict[str, Any] = json.loads(parts.read(META))
        self._aliases: dict[str, tuple[str, ...]] = json.loads(parts.read(ALIASES))
        links: dict[str, tuple[int, bool, list[str]]] = json.loads(parts.read(LINKS))
        self._links = {key: Link(level, draft, tuple(sources)) for key, (level, draft, sources) in links.items()}

    def derived_from(self, keys: Collection[str]) -> set[str]:
        """Give every element that derives from some others, over however many steps."""
        targets: dict[str, list[str]] = {}
        for key, link in self._links.items():
            for source in link.sources:
                targets.setdefault(source, []).append(key)
        found: set[str] = set()
        todo = list(keys)
        while todo:
            new = [key for key in targets.get(todo.pop(), ()) if key not in found]
            found.update(new)
            todo += new
        return found

    def reached(self, said: Iterable[tuple[str, Body]]) -> set[str]:
        """Give the elements that some documents speak of, as far as the table shows. Everything when it does not show."""
        return reached(self._table, said)

    def sensitive(self) -> set[str]:
        """Give the elements whose uses are compared with those of less sensitive ones."""
        return {key for key, link in self._links.items() if link.level}

    def tells_others(self, compiled: Compiled, keys: Collection[str]) -> bool:
        """Tell whether elements changed in what makes them an alternative to more sensitive ones, where there are any."""
        if not self.sensitive():
            return False
        links = links_of(compiled, keys)
        return any(
            _offer(compiled.table, key, links.get(key, Link()))
            != _offer(self._table, key, self._links.get(key, Link()))
            for key in keys
        )

    def replaced(self, compiled: Compiled, touched: Collection[str]) -> PackedParts:
        """Give the table with some elements as they were judged now. Outgrown when it cannot be done shard by shard."""
        table, bits = compiled.table, self._meta["bits"]
        writer = PartWriter()
        new = {key: writer.part(table.elements[key], _uses_of(table, key)) for key in sorted(touched)}
        aliases = self._aliases | {key: (table.elements[key].title, *table.elements[key].also) for key in new}
        uses = self._meta["uses"] + sum(len(_uses_of(table, key)) - self._had(key) for key in new)
        if bits_for(len(aliases), uses) != bits:
            raise Outgrown
        links = {key: link for key, link in self._links.items() if key not in new} | links_of(compiled, new)
        parts = head_segments(table) | aliases_segment(aliases) | links_segment(links)
        parts[META] = meta_segment(table.zone, bits, len(aliases), uses)
        for number in sorted({shard_of(key, bits) for key in new}):
            parts |= self._shard(number, {key: part for key, part in new.items() if shard_of(key, bits) == number})
        return self._with(table, parts)

    def _had(self, key: str) -> int:
        return len(self._table.elements[key].uses) if key in self._aliases else 0

    def _shard(self, number: int, new: Mapping[str, Part]) -> dict[str, bytes]:
        """Write a shard again, with the pieces that stay copied."""
        uses = Shard(self._parts.read(uses_name(number)), USES_POOLS)
        texts = Shard(self._parts.read(texts_name(number)), TEXTS_POOLS)
        kept = {key: Part(uses.piece(key), texts.piece(key)) for key in uses.places if key not in new}
        return shard_segments(number, {**kept, **new})

    def _with(self, table: Table, parts: Mapping[str, bytes]) -> PackedParts:
        """Put segments in the place of those there were; what came out the same is not packed again."""
        old = self._parts.manifest
        new = parts_of(table.revision, table.digest, parts).manifest
        segments = {segment.name: segment for segment in old.segments} | {s.name: s for s in new.segments}
        held = dict(self._parts.packed)
        for segment in new.segments:
            if old.by_name.get(segment.name) != segment:
                held[segment.name] = packed(parts[segment.name])
        manifest = Manifest(table.revision, table.digest, tuple(segments[name] for name in sorted(segments)))
        return PackedParts(manifest, held)


def _uses_of(table: Table, key: str) -> list[Use]:
    return [table.uses[number] for number in table.elements[key].uses]


def _offer(table: Table, key: str, link: Link) -> Any:
    """Give what makes an element an alternative: who it is about, what it is used and forbidden for, how sensitive it is."""
    element = table.elements.get(key)
    if element is None:
        return None
    bans = {b.purpose for b in element.prohibitions if b.source == key and not b.process and not b.audience}
    uses = [(use.process, use.purpose, use.audience) for use in _uses_of(table, key)]
    return element.title, element.retired, element.audiences, uses, bans, link.level, link.draft
