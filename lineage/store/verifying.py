"""Proving that nothing was altered: the journal, the documents, the tables, the guards, the checkpoints.

Quick looks at signatures, roots from tiles and leaves, counts and guards; incremental makes every entry since the newest
checkpoint again besides; full makes everything again. All of it reads, in one state of the catalogue, and streams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from lineage.errors import CatalogueUnreadable
from lineage.store import guards
from lineage.store.bulk import is_postgres
from lineage.store.checkpoints import Keyring, read_keys, stored_nodes
from lineage.store.failures import RESTORE
from lineage.store.merkle import TILE, TILE_LEVELS, Node
from lineage.store.note import encoded
from lineage.store.projection.differences import differences
from lineage.store.schema import HEAD, VERSION_TABLE
from lineage.store.verify_breaks import Break, Found
from lineage.store.verify_checkpoints import Held, Newest, Seals, compare_quickly
from lineage.store.verify_documents import check_actors, check_doubles, check_links, check_redactions, check_strays
from lineage.store.verify_journal import Entries
from lineage.store.verify_rows import fetch, is_broken_text, one, read_broken_text
from lineage.store.verify_tree import Tree

Level = Literal["quick", "incremental", "full"]
LEVELS: tuple[Level, ...] = ("quick", "incremental", "full")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What verification found. ``size`` and ``root`` are those of the log as it is; ``checked`` entries were rehashed."""

    level: Level
    breaks: Sequence[Break]
    notes: Sequence[str]
    size: int
    root: str
    checked: int
    redacted: int
    newest: Newest | None
    keyring: Keyring

    @property
    def intact(self) -> bool:
        return not self.breaks


def verify(
    connection: Connection, level: Level, now: datetime, held: Sequence[Held] = (), tables: Sequence[str] = ()
) -> Outcome:
    """Look at everything the level covers. ``tables`` are differences found in the tables themselves.

    Raises what the database raises when it cannot be read, unless the tables differ: then that is what is told.
    """
    try:
        return _Verifying(connection, level, now, held, tables).run()
    except Exception as error:
        if not is_broken_text(error):
            raise
    read_broken_text(connection)
    try:
        return _Verifying(connection, level, now, held, tables).run()
    except UnicodeError as error:
        raise CatalogueUnreadable("The catalogue is damaged: texts in it are no texts.", RESTORE) from error


def verify_record(connection: Connection, now: datetime) -> Outcome:
    """Look at all but the tables made of the documents: what they are made from anew has to be right."""
    return _Verifying(connection, "full", now, (), (), projection=False).run()


def not_read(level: Level, tables: Sequence[str], sentence: str) -> Outcome:
    """Give what is known of a catalogue whose tables differ so much that they cannot be read."""
    found = Found()
    for difference in tables:
        found.add("tables", None, f"the tables differ: {difference}", _TABLES)
    return Outcome(level, found.breaks, [f"nothing else could be looked at: {sentence}"], 0, "", 0, 0, None, Keyring())


class _Verifying:
    def __init__(
        self, connection: Connection, level: Level, now: datetime, held: Sequence[Held], tables: Sequence[str],
        *, projection: bool = True,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._level = level
        self._now = now
        self._found = Found()
        self._projection = projection
        for difference in tables:
            self._found.add("tables", None, f"the tables differ: {difference}", _TABLES)
        self._keyring = read_keys(connection)
        self._seals = Seals(connection, self._found, self._keyring, held)

    def run(self) -> Outcome:
        found, connection = self._found, self._connection
        for sequence, sentence in self._keyring.problems:
            found.add("checkpoints", sequence, sentence)
        tree, entries = self._quick() if self._level == "quick" else self._walked()
        self._check_head(tree)
        size = tree.size if entries is None else entries.expected
        self._seals.finish(size)
        for guard in guards.missing(connection):
            found.add("guards", None, guard)
        for guest in guards.foreign(connection):
            found.add("guards", None, guest, "Drop it, and ask who made it and what it changed.")
        self._check_migration()
        if self._level == "full" and self._projection:
            self._check_tables()
        checked, redacted = (entries.checked, entries.redacted) if entries else (0, 0)
        return Outcome(
            self._level, found.breaks, found.notes, size, encoded(tree.root()), checked, redacted, self._seals.newest,
            self._keyring,
        )  # fmt: skip

    def _quick(self) -> tuple[Tree, None]:
        """Compare counts, and the roots that tiles and leaves give."""
        connection = self._connection
        entries, last, versions = fetch(connection, _COUNTS)[0]
        if last != (entries - 1 if entries else None):
            self._found.add("journal", None, f"the journal has {entries} entries, and the last is numbered {last}")
        if versions != entries:
            self._found.add("documents", None, f"there are {versions} document versions for {entries} journal entries")
        node = stored_nodes(connection)
        try:
            compare_quickly(self._seals, node, entries)
            return self._resumed(node, entries), None
        except (ValueError, TypeError) as error:
            self._found.add("journal", None, f"the leaves of the journal cannot be put together: {error}")
            return Tree(self._seals.on_tile), None

    def _walked(self) -> tuple[Tree, Entries]:
        """Make the entries again, all or those since the largest size that is as it was sealed."""
        connection, seals = self._connection, self._seals
        incremental = self._level == "incremental"
        tree = self._since_sealed() if incremental else Tree(seals.on_tile)
        stops = iter(()) if incremental else seals.stops()
        since = tree.size
        unseen = {row[0] for row in fetch(connection, "SELECT created FROM actor")}
        entries = Entries(connection, self._found, tree, self._now, unseen)
        for size in entries.walk(stops):
            seals.reached(size, tree.root())
        for _ in stops:
            pass  # checkpoints behind the end of the log are looked at too
        if entries.ends or since:
            check_links(connection, self._found, since)
        if since or entries.matched != one(connection, "SELECT count(*) FROM document"):
            check_strays(connection, self._found, since)
        check_doubles(connection, self._found)
        check_redactions(connection, self._found)
        check_actors(connection, self._found, entries, since)
        return tree, entries

    def _since_sealed(self) -> Tree:
        """Compare the checkpoints with tiles and leaves; give the tree at the largest size that agrees."""
        size = one(self._connection, "SELECT count(*) FROM journal")
        node = stored_nodes(self._connection)
        try:
            compare_quickly(self._seals, node, size)
            return self._resumed(node, self._seals.matched)
        except (ValueError, TypeError) as error:
            self._found.add("journal", None, f"the leaves of the journal cannot be put together: {error}")
            return Tree(self._seals.on_tile)

    def _resumed(self, node: Node, size: int) -> Tree:
        """Give the tree as it was when it had ``size`` leaves."""
        rows, count, level = [], size, 0
        while count:
            rows.append([node(TILE_LEVELS * level, at) for at in range(count // TILE * TILE, count)])
            count, level = count // TILE, level + 1
        return Tree(self._seals.on_tile, rows, size)

    def _check_head(self, tree: Tree) -> None:
        """Compare the head with the tree; what is wrong with an entry is told there, not here again."""
        if self._found.count("journal", "documents"):
            return
        rows = fetch(self._connection, "SELECT size, frontier FROM head")
        if rows != [(tree.size, tree.frontier().to_bytes())] and (rows or tree.size):
            said = rows[0][0] if rows else 0
            self._found.add(
                "journal", None, f"the head says {said} entries, and the journal of {tree.size} does not lead to it"
            )

    def _check_migration(self) -> None:
        """Compare the migration that the tables say they are at with the one this program knows."""
        rows = sorted(str(row[0]) for row in fetch(self._connection, f"SELECT version_num FROM {VERSION_TABLE}"))
        if rows != [HEAD]:
            said = " and ".join(rows) or "none"
            self._found.add("tables", None, f"the tables say they are at migration {said}, and not at {HEAD}", _TABLES)

    def _check_tables(self) -> None:
        """Compare the projection with the documents, and on SQLite the file with itself."""
        for one_difference in differences(self._connection):
            self._found.add("tables", one_difference.sequence, f"{one_difference}, compared with its document")
        if not is_postgres(self._connection):
            for (sentence,) in fetch(self._connection, "PRAGMA integrity_check(20)"):
                if sentence != "ok":
                    self._found.add("tables", None, f"the file is damaged: {sentence}", _TABLES)


_TABLES = "Restore a backup, and ask who changed the database by hand."
_COUNTS = "SELECT (SELECT count(*) FROM journal), (SELECT max(sequence) FROM journal), (SELECT count(*) FROM document)"
