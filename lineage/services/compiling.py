"""The decision table of the catalogue as it is now: kept, and made again only as far as something changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice

from lineage.errors import LineageError
from lineage.gate.decode import table_of
from lineage.gate.segments import Manifest, PackedParts, TableDamaged
from lineage.judge.compile import Compiled, compile_table
from lineage.judge.material import Body, Row
from lineage.judge.memory import Memory
from lineage.services import reaching, splicing
from lineage.services.judging import judge_whole
from lineage.services.program import program
from lineage.services.reaching import element_of
from lineage.services.views import rows_of_elements, undisturbed
from lineage.store.compiled import DIGESTS, Kept, changed_since, forget_all, keep, leaf_at, read_kept, read_packed
from lineage.store.database import Connection, Database
from lineage.store.digests import DigestTree
from lineage.store.documents import read_current, read_one
from lineage.store.history import last_entry

Name = tuple[str, str]

RIVALS = frozenset({"element", "origin", "use"})
"""Kinds that tell whether a less sensitive element would serve a purpose as well."""


@dataclass(frozen=True, slots=True)
class Current:
    """The table of the newest revision. ``entry`` is the last journal entry it knows of, ``leaf`` that entry's."""

    parts: PackedParts
    entry: int
    leaf: bytes

    @property
    def manifest(self) -> Manifest:
        """What the table consists of."""
        return self.parts.manifest


class Compiler:
    """Keeps the table of one catalogue up to date. What it remembers between calls makes the next one quick."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: Current | None = None
        self._tree: DigestTree | None = None
        self._links: splicing.Links | None = None
        self._unsaved = self._prepared = False
        self._memory = Memory()

    def current(self) -> Current:
        """Give the table of the newest revision: the one at hand, the one kept, or one made now. Errors of reading."""
        with self._database.reading() as connection:
            entry = last_entry(connection)
            held = self._newest(connection, entry)
            self._held = self._brought_up(connection, held, entry) if held else self.whole(connection, entry)
        return self._held

    def save(self) -> None:
        """Keep the table with the catalogue, where that can be written; somebody else who needs it judges nothing then."""
        held = self._held
        if held is None or not self._unsaved:
            return
        try:
            with suppress(LineageError), self._database.writing() as connection:
                self._keep(connection, held)
        except TableDamaged:  # somebody else kept another tree, and let go of parts that were never read here
            self._tree = None
            return
        self._unsaved = False

    def _keep(self, connection: Connection, held: Current) -> None:
        keep(connection, program(), Kept(held.manifest, held.entry, held.leaf), held.parts.packed)
        if self._tree is not None and self._tree.digest() == held.manifest.digest:
            keep(connection, DIGESTS, *self._tree.to_keep(connection))

    def make_anew(self) -> Current:
        """Judge everything and keep it in the place of whatever was kept. The errors of reading and writing."""
        with self._database.reading() as connection:
            made = self._held = self.whole(connection, last_entry(connection))
        with self._database.writing() as connection:
            forget_all(connection)
            self._keep(connection, made)
        self._unsaved = False
        return made

    def _newest(self, connection: Connection, entry: int) -> Current | None:
        """Give the table to begin with: the one at hand unless a newer one was kept.

        Where the journal is no longer the one a table was made from, as after a backup came back, that table is none.
        """
        if self._held is not None and leaf_at(connection, self._held.entry) != self._held.leaf:
            self._held = self._tree = None
        if self._held is not None and self._held.entry == entry:
            return self._held
        kept = read_kept(connection, program())
        if kept is None or (self._held is not None and kept.entry <= self._held.entry):
            return self._held
        if leaf_at(connection, kept.entry) != kept.leaf:
            return self._held
        have = dict(self._held.parts.packed) if self._held else {}
        known = {segment.name: segment.digest for segment in self._held.manifest.segments} if self._held else {}
        wanted = {s.name: s.digest for s in kept.manifest.segments}
        same = {name: have[name] for name, digest in wanted.items() if known.get(name) == digest}
        with suppress(TableDamaged):
            new = read_packed(connection, {n: d for n, d in wanted.items() if n not in same})
            return Current(PackedParts(kept.manifest, same | new), kept.entry, kept.leaf)
        return self._held

    def _brought_up(self, connection: Connection, held: Current, entry: int) -> Current:
        if held.entry == entry:
            return held
        changed = set(changed_since(connection, held.entry))
        if not changed:
            return replace(held, entry=entry, leaf=leaf_at(connection, entry))
        if any(kind not in reaching.LOCAL | reaching.NAMING for kind, _ in changed):
            return self.whole(connection, entry)
        try:
            with undisturbed():
                return self._spliced(connection, held, changed, entry)
        except (TableDamaged, splicing.Outgrown, reaching.Everything):
            return self.whole(connection, entry)

    def whole(self, connection: Connection, entry: int) -> Current:
        """Judge everything."""
        tree = self._tree = DigestTree(connection)
        parts = judge_whole(connection, tree.revision, tree.digest(), self._memory)
        self._unsaved = True
        return Current(parts, entry, leaf_at(connection, entry))

    def _spliced(self, connection: Connection, held: Current, changed: set[Name], entry: int) -> Current:
        """Judge what changed and what it touches, and put that into the table there was."""
        tree = self._digests(connection, held)
        self._links = links = splicing.Links.of(held.parts, self._links)
        table = splicing.Spliced(held.parts, links)
        others = {name for name in changed if name[0] not in reaching.LOCAL}
        local = reaching.touched_by(connection, changed - others, held.entry)
        stay = reaching.processes_that_stay(connection, others, held.entry)
        named = table.reached(self._said(connection, others - stay, held.entry))
        touched = local.elements | named | table.derived_from(local.travels | named)
        alone = local.alone | reaching.uses_by(connection, stay)
        alone = {use for use in alone if element_of("use", use) not in touched}
        if touched or alone or others:
            compiled = self._judged(connection, table, touched, alone)
            parts = table.replaced(compiled, touched, alone, heads=bool(others))
        else:
            parts = table.renumbered(tree.revision, tree.digest())
        self._unsaved = True
        return Current(parts, entry, leaf_at(connection, entry))

    def _judged(self, connection: Connection, table: splicing.Spliced, touched: set[str], alone: set[str]) -> Compiled:
        """Judge elements with all their uses, and some uses of others; ``touched`` grows when others are touched by that."""
        about = touched | {element_of("use", use) for use in alone}
        rows = list(rows_of_elements(connection, about))
        compiled = self._compiled(rows, touched, alone)
        if table.tells_others(compiled, touched):
            touched |= table.sensitive
            alone -= {use for use in alone if element_of("use", use) in touched}
            return self._compiled(read_current(connection), touched, alone)
        if compiled.compares(about):
            return self._compiled(_with_rivals(connection, rows), touched, alone)
        return compiled

    def _compiled(self, rows: Iterable[Row], touched: Collection[str], alone: Iterable[str]) -> Compiled:
        tree, uses = self._tree, {tuple(use.split("/")[:2]) for use in alone}
        assert tree is not None
        return compile_table(
            rows,
            tree.revision,
            tree.digest(),
            lambda element, process: element in touched or (element, process) in uses,
            memory=self._memory,
        )

    def prepare(self) -> None:
        """Read and make now what the next change will need, so that it is live the sooner. The errors of reading."""
        held = self._held
        if held is None or self._prepared:
            return
        with self._database.reading() as connection, suppress(TableDamaged):
            self._digests(connection, held)
            self._links = splicing.Links.of(held.parts, self._links)
            some = set(islice(table_of(held.parts).elements, 1))
            self._compiled(rows_of_elements(connection, some), some, ())
        self._prepared = True

    def _digests(self, connection: Connection, held: Current) -> DigestTree:
        """Give the tree over the newest documents: the one at hand, the one kept, or one that reads them all."""
        tree, self._tree = self._tree, None  # one that failed halfway is none
        if tree is None:
            tree = DigestTree.kept(connection, held.manifest.digest, held.entry)
            self._unsaved |= tree is None
        tree = tree or DigestTree(connection)
        tree.update(connection)
        self._tree = tree
        return tree

    def _said(self, connection: Connection, names: Iterable[Name], entry: int) -> Iterator[tuple[str, Body]]:
        """Give kind and body of some documents, as they were and as they are: what they said of is touched too."""
        for kind, key in sorted(names):
            for stored in (read_one(connection, kind, key, entry), read_one(connection, kind, key)):
                if stored is not None:
                    yield kind, stored.body


def _with_rivals(connection: Connection, rows: Sequence[Row]) -> Iterator[Row]:
    """Add to some documents what tells of every other element whether it would do as well."""
    yield from rows
    known = {row[:2] for row in rows}
    yield from (row for row in read_current(connection, RIVALS) if row[:2] not in known)


def make_anew(database: Database) -> Current:
    """Judge everything and keep it in the place of whatever was kept. The errors of reading and writing."""
    return Compiler(database).make_anew()


def kept_and_made(database: Database) -> tuple[str | None, str]:
    """Give the root of the kept table, when it is of the newest revision, and of the one that judging makes now."""
    with database.reading() as connection:
        entry = last_entry(connection)
        kept = read_kept(connection, program())
        if kept is None or any(True for _ in changed_since(connection, kept.entry)):
            return None, ""
        if leaf_at(connection, kept.entry) != kept.leaf:
            return "", Compiler(database).whole(connection, entry).manifest.root
        made = Compiler(database).whole(connection, entry)
        wanted = {segment.name: segment.digest for segment in kept.manifest.segments}
        try:
            parts = PackedParts(kept.manifest, read_packed(connection, wanted))
            for name in wanted:
                parts.read(name)
        except TableDamaged:
            return "", made.manifest.root
    return kept.manifest.root, made.manifest.root
