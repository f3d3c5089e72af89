"""Decision tables kept in the catalogue: made from the record, and made again whenever one is missing.

Segments are held once however many tables have them: a change of one element adds the few that differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, delete, func, insert, select, update

from lineage.domain.kinds import RECORDS
from lineage.gate.segments import Manifest, TableDamaged
from lineage.store import bulk
from lineage.store.tables import compiled, compiled_segment, journal

KEPT = 2
"""Tables that stay: the newest, and the one before for whoever is still reading it."""

DIGESTS = "digests"
"""The program under which the tree of digests is kept: no table, but what a table's digest is brought up to date from."""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """A table that was kept, and the last journal entry it knows of, with that entry's leaf."""

    manifest: Manifest
    entry: int
    leaf: bytes


def read_kept(connection: Connection, program: str) -> Kept | None:
    """Give the newest table that a program kept; None when there is none that can be read."""
    columns = (compiled.c.manifest, compiled.c.entry, compiled.c.leaf, compiled.c.root)
    query = select(*columns).where(compiled.c.program == program)
    row = connection.execute(query.order_by(compiled.c.entry.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    try:
        manifest = Manifest.from_bytes(bytes(row.manifest))
    except (TableDamaged, TypeError):  # SQLite keeps text in a column for bytes, if that is what came
        return None
    return Kept(manifest, row.entry, bytes(row.leaf)) if manifest.root == row.root else None


def read_packed(connection: Connection, names: Mapping[str, str]) -> dict[str, bytes]:
    """Give segments by name as they were packed, given their digests by name. TableDamaged when one is missing."""
    by_digest: dict[str, list[str]] = {}
    for name, digest in names.items():
        by_digest.setdefault(digest, []).append(name)
    found: dict[str, bytes] = {}
    wanted = iter(by_digest)
    while part := list(islice(wanted, _BATCH)):
        query = select(compiled_segment.c.digest, compiled_segment.c.data).where(compiled_segment.c.digest.in_(part))
        for row in connection.execute(query):
            found |= dict.fromkeys(by_digest[row.digest], bytes(row.data))
    for name in names:
        if name not in found:
            raise TableDamaged(f"segment {name} is missing")
    return found


def keep(connection: Connection, program: str, kept: Kept, parts: Mapping[str, bytes]) -> None:
    """Keep a table in the transaction of a writer; ``parts`` gives its segments packed, and is asked for new ones only."""
    manifest = kept.manifest
    have = set(connection.scalars(select(compiled_segment.c.digest)))
    new = {segment.digest: parts[segment.name] for segment in manifest.segments if segment.digest not in have}
    bulk.insert(connection, compiled_segment.name, ("digest", "data"), list(new.items()))
    same = (compiled.c.root == manifest.root, compiled.c.program == program)
    values = {"entry": kept.entry, "leaf": kept.leaf, "manifest": manifest.to_bytes()}
    if not connection.execute(update(compiled).where(*same).values(**values)).rowcount:
        connection.execute(insert(compiled).values(root=manifest.root, program=program, **values))
    _forget(connection)


def _forget(connection: Connection) -> None:
    """Let old tables go, and the segments that only they had."""
    rows = connection.execute(
        select(compiled.c.root, compiled.c.program, compiled.c.manifest).order_by(
            compiled.c.entry.desc(), compiled.c.program
        )
    ).all()
    used: set[str] = set()
    seen = {True: 0, False: 0}
    for row in rows:
        tree = row.program == DIGESTS
        seen[tree] += 1
        if seen[tree] <= (1 if tree else KEPT):
            used.update(segment.digest for segment in Manifest.from_bytes(bytes(row.manifest)).segments)
        else:
            connection.execute(delete(compiled).where(compiled.c.root == row.root, compiled.c.program == row.program))
    gone = set(connection.scalars(select(compiled_segment.c.digest))) - used
    bulk.delete(connection, compiled_segment.name, ("digest",), [(digest,) for digest in sorted(gone)])


def forget_all(connection: Connection) -> None:
    """Let every kept table go."""
    connection.execute(delete(compiled))
    connection.execute(delete(compiled_segment))


def leaf_at(connection: Connection, entry: int) -> bytes:
    """Give the leaf of a journal entry; nothing when there is no such entry."""
    found = connection.scalar(select(journal.c.leaf).where(journal.c.sequence == entry))
    return b"" if found is None else bytes(found)


def changed_since(connection: Connection, entry: int) -> Iterator[tuple[str, str]]:
    """Give kind and key of every document of the catalogue that was written behind an entry of the journal, each once."""
    query = select(journal.c.kind, journal.c.key).distinct()
    rows = connection.execute(query.where(journal.c.sequence > entry, journal.c.kind.not_in(RECORDS)))
    yield from ((row.kind, row.key) for row in rows)


def last_change(connection: Connection) -> int:
    """Give the last entry that changed a document of the catalogue, -1 when none did."""
    found = connection.scalar(select(func.max(journal.c.sequence)).where(journal.c.kind.not_in(RECORDS)))
    return -1 if found is None else int(found)
