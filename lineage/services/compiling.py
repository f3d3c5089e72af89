"""The decision table of the catalogue as it is now: kept, and made again only as far as something changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from lineage.domain.canonical import canonical, digest_of
from lineage.errors import LineageError
from lineage.gate.encode import encode_judged
from lineage.gate.segments import Manifest, PackedParts, TableDamaged, packed, parts_of
from lineage.judge.compile import Compiled, compile_table, each_judged
from lineage.judge.material import Body, Row
from lineage.judge.policies import Policies
from lineage.services import reaching, splicing
from lineage.services.program import program
from lineage.services.views import rows_of_elements, uncollected
from lineage.store.compiled import Kept, changed_since, forget_all, keep, leaf_at, read_kept, read_packed
from lineage.store.database import Connection, Database
from lineage.store.digests import DigestTree
from lineage.store.documents import read_current, read_one
from lineage.store.history import last_entry

Name = tuple[str, str]

STAYS = frozenset({"outcome", "insight", "regulatory"})
"""Kinds that say nothing of any other element than their own."""

LOCAL = STAYS | {"consent", "element", "origin", "use"}
"""Kinds of which a document touches its element and what derives from it."""

NAMING = frozenset({"assessment", "audience", "emergency", "process", "waiver"})
"""Kinds of which a document says whom it touches. One of any other kind may touch everything."""

UNREAD = {
    "element": frozenset({"description", "also_known_as", "steward", "fields"}),
    "use": frozenset(
        {"why", "alternatives", "necessity", "evidence", "expects", "told", "review_by", "pilot", "changed"}
    ),
}
"""Fields that nothing but the judge of the element itself reads."""


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
        self._unsaved = False
        self._policies: dict[str, Policies] = {}
        self.changed: frozenset[Name] = frozenset()
        """The documents in which the last table differs from the one before."""

    def current(self) -> Current:
        """Give the table of the newest revision: the one at hand, the one kept, or one made now. Errors of reading."""
        with self._database.reading() as connection:
            entry = last_entry(connection)
            held = self._newest(connection, entry)
            before = held.entry if held else entry
            self._held = self._brought_up(connection, held, entry) if held else self.whole(connection, entry)
            self.changed = frozenset(changed_since(connection, before) if before < entry else ())
        return self._held

    def save(self) -> None:
        """Keep the table with the catalogue, where that can be written; somebody else who needs it judges nothing then."""
        held = self._held
        if held is None or not self._unsaved:
            return
        with suppress(LineageError), self._database.writing() as connection:
            keep(connection, program(), Kept(held.manifest, held.entry, held.leaf), held.parts.packed)
        self._unsaved = False

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

    def _policies_of(self, packs: list[Body]) -> Policies:
        """Give the rules of some packs: those of the last table, unless the packs changed."""
        key = digest_of(canonical(packs))
        if key not in self._policies:
            self._policies = {key: Policies.of(packs)}
        return self._policies[key]

    def _brought_up(self, connection: Connection, held: Current, entry: int) -> Current:
        if held.entry == entry:
            return held
        changed = set(changed_since(connection, held.entry))
        if not changed:
            return replace(held, entry=entry, leaf=leaf_at(connection, entry))
        if any(kind not in LOCAL | NAMING for kind, _ in changed):
            return self.whole(connection, entry)
        try:
            return self._spliced(connection, held, changed, entry)
        except (TableDamaged, splicing.Outgrown, reaching.Everything):
            return self.whole(connection, entry)

    def whole(self, connection: Connection, entry: int) -> Current:
        """Judge everything."""
        tree = self._tree = DigestTree(connection)
        with uncollected():
            compiled = compile_table(
                read_current(connection), tree.revision, tree.digest(), _none, policies_of=self._policies_of
            )
            parts = encode_judged(compiled.table, each_judged(compiled)) | splicing.links_segment(
                splicing.links_of(compiled, compiled.table.elements)
            )
        made = parts_of(tree.revision, tree.digest(), parts)
        self._unsaved = True
        all_packed = {name: packed(data) for name, data in parts.items()}
        return Current(PackedParts(made.manifest, all_packed), entry, leaf_at(connection, entry))

    def _spliced(self, connection: Connection, held: Current, changed: set[Name], entry: int) -> Current:
        """Judge what changed and what it touches, and put that into the table there was."""
        self._digests(connection, changed)
        table = splicing.Spliced(held.parts)
        local = {name for name in changed if name[0] in LOCAL}
        named = table.reached(self._said(connection, changed - local, held.entry))
        own = {element_of(*name) for name in local} | named
        travels = {element_of(*n) for n in local if self._travels(connection, n, held.entry)} | named
        touched = own | table.derived_from(travels)
        compiled = self._judged(rows_of_elements(connection, touched), touched)
        if compiled.compares(touched) or table.tells_others(compiled, touched):
            touched |= table.sensitive()
            compiled = self._judged(read_current(connection), touched)
        self._unsaved = True
        return Current(table.replaced(compiled, touched), entry, leaf_at(connection, entry))

    def _judged(self, rows: Iterable[Row], touched: Collection[str]) -> Compiled:
        """Judge the uses of some elements."""
        tree = self._tree
        assert tree is not None
        return compile_table(
            rows,
            tree.revision,
            tree.digest(),
            lambda element, _: element in touched,
            policies_of=self._policies_of,
        )

    def _digests(self, connection: Connection, changed: Iterable[Name]) -> None:
        if self._tree is None:
            self._tree = DigestTree(connection)
        else:
            self._tree.update(connection, changed)

    def _said(self, connection: Connection, names: Iterable[Name], entry: int) -> Iterator[tuple[str, Body]]:
        """Give kind and body of some documents, as they were and as they are: what they said of is touched too."""
        for kind, key in sorted(names):
            for stored in (read_one(connection, kind, key, entry), read_one(connection, kind, key)):
                if stored is not None:
                    yield kind, stored.body

    def _travels(self, connection: Connection, name: Name, entry: int) -> bool:
        """Tell whether what changed in a document can be seen from an element that derives from its own."""
        kind, key = name
        if kind in STAYS:
            return False
        if kind not in UNREAD:
            return True
        before, after = read_one(connection, kind, key, entry), read_one(connection, kind, key)
        if before is None or after is None or before.retired != after.retired:
            return True
        left = UNREAD[kind]
        return {n: v for n, v in before.body.items() if n not in left} != {
            n: v for n, v in after.body.items() if n not in left
        }


def _none(_element: str, _process: str) -> bool:
    return False


def make_anew(database: Database) -> Current:
    """Judge everything and keep it in the place of whatever was kept. The errors of reading and writing."""
    compiler = Compiler(database)
    with database.reading() as connection:
        made = compiler.whole(connection, last_entry(connection))
    with database.writing() as connection:
        forget_all(connection)
        keep(connection, program(), Kept(made.manifest, made.entry, made.leaf), made.parts.packed)
    return made


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


def element_of(kind: str, key: str) -> str:
    """Give the element a document belongs to, by its key."""
    whole = key.partition("#")[0]
    return whole.partition("/")[0] if kind in ("use", "outcome", "insight") else whole
