"""Putting elements that were judged anew into a table: every other segment stays as it was, to the byte."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
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
from lineage.gate.segments import Manifest, PackedParts, TableDamaged, packed, parts_of
from lineage.gate.table import Element, Table, Use
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


class Links:
    """The links of a table, read once for all tables whose segment of links is the same."""

    def __init__(self, parts: PackedParts) -> None:
        self.digest = parts.manifest.by_name[LINKS].digest
        found: dict[str, tuple[int, bool, list[str]]] = json.loads(parts.read(LINKS))
        self.all = {key: Link(level, draft, tuple(sources)) for key, (level, draft, sources) in found.items()}
        self.sensitive = frozenset(key for key, link in self.all.items() if link.level)

    @classmethod
    def of(cls, parts: PackedParts, known: Links | None) -> Links:
        """Give the links of a table: those known from another one, where they are the same. TableDamaged without any."""
        listed = parts.manifest.by_name.get(LINKS)
        if listed is None:
            raise TableDamaged(f"segment {LINKS} is missing")
        return known if known is not None and known.digest == listed.digest else cls(parts)

    @cached_property
    def targets(self) -> Mapping[str, Sequence[str]]:
        """Element → those that derive from it in one step."""
        found: dict[str, list[str]] = {}
        for key, link in self.all.items():
            for source in link.sources:
                found.setdefault(source, []).append(key)
        return found

    def get(self, key: str) -> Link:
        return self.all.get(key, Link())


class Spliced:
    """A table into which elements are put that were judged anew."""

    def __init__(self, parts: PackedParts, links: Links) -> None:
        self._parts = parts
        self._table = table_of(parts)
        self._meta: dict[str, Any] = json.loads(parts.read(META))
        self._links = links

    @property
    def sensitive(self) -> frozenset[str]:
        """The elements whose uses are compared with those of less sensitive ones."""
        return self._links.sensitive

    def derived_from(self, keys: Collection[str]) -> set[str]:
        """Give every element that derives from some others, over however many steps."""
        found: set[str] = set()
        todo = list(keys)
        while todo:
            new = [key for key in self._links.targets.get(todo.pop(), ()) if key not in found]
            found.update(new)
            todo += new
        return found

    def reached(self, said: Iterable[tuple[str, Body]]) -> set[str]:
        """Give the elements that some documents speak of, as far as the table shows. Everything when it does not show."""
        return reached(self._table, said)

    def tells_others(self, compiled: Compiled, keys: Collection[str]) -> bool:
        """Tell whether elements changed in what makes them an alternative to more sensitive ones, where there are any."""
        if not self._links.sensitive:
            return False
        links = links_of(compiled, keys)
        return any(
            _offer(compiled.table, key, links.get(key, Link())) != _offer(self._table, key, self._links.get(key))
            for key in keys
        )

    def replaced(
        self, compiled: Compiled, touched: Collection[str], alone: Collection[str] = (), *, heads: bool = True
    ) -> PackedParts:
        """Give the table with some elements, and some uses of others, as they were judged now.

        Without ``heads`` nothing changed that shards share. Outgrown when it cannot be done shard by shard.
        """
        table, bits = compiled.table, self._meta["bits"]
        judged = {key: (table.elements[key], _uses_of(table, key)) for key in touched}
        many = self._meta["elements"] + sum(key not in self._table.elements for key in judged)
        uses = self._meta["uses"] + sum(len(own) - self._had(key) for key, (_, own) in judged.items())
        if bits_for(many, uses) != bits:
            raise Outgrown
        judged |= self._with_uses(table, alone)
        writer = PartWriter()
        new = {key: writer.part(*judged[key]) for key in sorted(judged)}
        parts = self._aliases(table, touched) | self._linked(compiled, touched)
        if heads:
            parts |= head_segments(table)
        parts[META] = meta_segment(table.zone, bits, many, uses)
        for number in sorted({shard_of(key, bits) for key in new}):
            parts |= self._shard(number, {key: part for key, part in new.items() if shard_of(key, bits) == number})
        return self._with(table.revision, table.digest, parts)

    def renumbered(self, revision: int, digest: str) -> PackedParts:
        """Give the same table for another revision of the catalogue."""
        return self._with(revision, digest, {})

    def _had(self, key: str) -> int:
        return len(self._table.elements[key].uses) if key in self._table.elements else 0

    def _with_uses(self, table: Table, alone: Collection[str]) -> dict[str, tuple[Element, list[Use]]]:
        """Give elements as they were with some of their uses as they are now."""
        keys = {use.partition("/")[0] for use in alone}
        now = {use.key: use for key in keys & table.elements.keys() for use in _uses_of(table, key)}
        found = {}
        for key in keys & table.elements.keys():
            element = self._table.elements[key]
            own = _uses_of(self._table, key)
            if {use.key for use in own} & set(alone) != now.keys() & {u for u in alone if u.startswith(f"{key}/")}:
                raise Outgrown
            found[key] = (element, [now[use.key] if use.key in alone else use for use in own])
        return found

    def _aliases(self, table: Table, touched: Collection[str]) -> dict[str, bytes]:
        """Write what elements are called, where that changed."""
        new = {key: (table.elements[key].title, *table.elements[key].also) for key in touched}
        had = self._table.elements
        if all(key in had and (had[key].title, *had[key].also) == names for key, names in new.items()):
            return {}
        return aliases_segment(json.loads(self._parts.read(ALIASES)) | new)

    def _linked(self, compiled: Compiled, touched: Collection[str]) -> dict[str, bytes]:
        """Write the links, where they changed."""
        links = links_of(compiled, touched)
        if all(links.get(key, Link()) == self._links.get(key) for key in touched):
            return {}
        return links_segment({key: link for key, link in self._links.all.items() if key not in touched} | links)

    def _shard(self, number: int, new: Mapping[str, Part]) -> dict[str, bytes]:
        """Write a shard again, with the pieces that stay copied."""
        uses = Shard(self._parts.read(uses_name(number)), USES_POOLS)
        texts = Shard(self._parts.read(texts_name(number)), TEXTS_POOLS)
        kept = {key: Part(uses.piece(key), texts.piece(key)) for key in uses.places if key not in new}
        return shard_segments(number, {**kept, **new})

    def _with(self, revision: int, digest: str, parts: Mapping[str, bytes]) -> PackedParts:
        """Put segments in the place of those there were; what came out the same is not packed again."""
        old = self._parts.manifest
        new = parts_of(revision, digest, parts).manifest
        segments = {segment.name: segment for segment in old.segments} | {s.name: s for s in new.segments}
        held = dict(self._parts.packed)
        for segment in new.segments:
            if old.by_name.get(segment.name) != segment:
                held[segment.name] = packed(parts[segment.name])
        manifest = Manifest(revision, digest, tuple(segments[name] for name in sorted(segments)))
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
