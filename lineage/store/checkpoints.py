"""Tiles, signing keys and checkpoints of the log: what is kept beside the journal so that it can be proven outside.

A signing key is a record in the journal itself (kind ``signing_key``). It may sign sizes from the entry after its own on;
when another takes over, up to the entry that says so. Its record is signed: by itself, and by the key before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from lineage.errors import Refused
from lineage.gate.signing import VerifierKey
from lineage.store import bulk
from lineage.store.merkle import (
    HASH,
    TILE,
    TILE_LEVELS,
    Frontier,
    Node,
    full_tiles,
    node_hash,
    root_at,
    tile_node,
    tile_root,
)
from lineage.store.note import Checkpoint, Note, decoded
from lineage.store.tables import checkpoint, document, head, journal, tile

KIND = "signing_key"
CHUNK = 64
"""Tiles made at a time."""

ROWS = 5_000
"""Entries fetched at a time."""

_LOOK = "Run: lineage verify log"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the log, the sizes it may sign (``last`` None: it signs still), and the entry that brought it."""

    key: VerifierKey
    first: int
    last: int | None
    sequence: int

    def may_sign(self, size: int) -> bool:
        return self.first <= size and (self.last is None or size <= self.last)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a log, the oldest first, and what is wrong with their records: entry and sentence."""

    origin: str = ""
    keys: tuple[SigningKey, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()

    @property
    def current(self) -> SigningKey | None:
        """The key that signs now."""
        return self.keys[-1] if self.keys and self.keys[-1].last is None else None

    def opened(self, note: str) -> Checkpoint:
        """Give what a checkpoint of this log says; ValueError, with a sentence, unless a key that may signed it."""
        read = Note.of(note)
        found = Checkpoint.of(read.text)
        if self.origin and found.origin != self.origin:
            raise ValueError(f"it is a checkpoint of another log, {found.origin}")
        signers = read.signed_by(one.key for one in self.keys)
        if not signers:
            raise ValueError("no key of this log signed it")
        if not any(one.may_sign(found.size) for one in self.keys if one.key in signers):
            raise ValueError(f"the key {signers[0].hash} may not sign a log of {found.size} entries")
        return found


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint as it is stored: the hash of its key, and the signed note."""

    number: int
    size: int
    root: bytes
    key: str
    note: str


def statement(origin: str, key: VerifierKey, first: int, previous: VerifierKey | None) -> bytes:
    """Give what is signed when a key comes in: for which log, which key, from which size on, after which key."""
    # Its first line has a space, so that no checkpoint can be taken for it.
    return f"usage-cycle signing key\n{origin}\n{key}\n{first}\n{previous or 'none'}\n".encode()


def read_keys(connection: Connection) -> Keyring:
    """Give the keys registered in the journal, each compared with the statement that brought it."""
    columns = (document.c.key, document.c.version, document.c.body, document.c.retired, document.c.sys_from)
    query = select(*columns).where(document.c.kind == KIND).order_by(document.c.sys_from)
    origin = ""
    keys: list[SigningKey] = []
    problems: list[tuple[int, str]] = []
    for name, version, body, retired, sequence in connection.execute(query):
        if retired:
            if keys and keys[-1].key.hash == name and keys[-1].last is None:
                keys[-1] = SigningKey(keys[-1].key, keys[-1].first, sequence, keys[-1].sequence)
            continue
        try:
            if version != 1:
                raise ValueError("its record was changed")
            found = _registered(json.loads(body), name, sequence, origin, keys[-1].key if keys else None)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append((sequence, f"the signing key {name} is not to be trusted: {error}"))
            continue
        if keys and keys[-1].last is None:
            keys[-1] = SigningKey(keys[-1].key, keys[-1].first, sequence, keys[-1].sequence)
        origin = origin or found.key.name
        keys.append(found)
    return Keyring(origin, tuple(keys), tuple(problems))


def _registered(
    body: dict[str, Any], name: str, sequence: int, origin: str, previous: VerifierKey | None
) -> SigningKey:
    """Read the record of a key; ValueError when it does not hold."""
    key = VerifierKey.of(body["vkey"])
    if body["origin"] != (origin or key.name) or key.name != body["origin"] or not name == body["key"] == key.hash:
        raise ValueError("it is not a key of this log")
    if body["from"] != sequence + 1:
        raise ValueError("it does not begin where it was registered")
    said = statement(body["origin"], key, body["from"], previous)
    for signer in filter(None, (key, previous)):
        if not signer.signed(decoded(body["signatures"].get(signer.hash, "")), said):
            raise ValueError(f"{signer.hash} did not sign for it")
    return SigningKey(key, sequence + 1, None, sequence)


def read_head(connection: Connection) -> Frontier:
    """Give the size and frontier of the log."""
    row = connection.execute(select(head.c.size, head.c.frontier)).one_or_none()
    return Frontier.from_bytes(row.size, bytes(row.frontier)) if row else Frontier()


def read_checkpoints(connection: Connection) -> Iterator[Sealed]:
    """Give the checkpoints in the order in which they were made."""
    for row in connection.execute(select(checkpoint).order_by(checkpoint.c.number)):
        yield Sealed(row.number, row.size, bytes(row.root), row.key, row.note)


def last_checkpoint(connection: Connection) -> Sealed | None:
    """Give the newest checkpoint."""
    row = connection.execute(select(checkpoint).order_by(checkpoint.c.number.desc()).limit(1)).one_or_none()
    return Sealed(row.number, row.size, bytes(row.root), row.key, row.note) if row else None


def add_checkpoint(connection: Connection, found: Checkpoint, key: VerifierKey, note: str) -> Sealed:
    """Keep a checkpoint behind the others."""
    last = connection.scalar(select(func.max(checkpoint.c.number)))
    made = Sealed(0 if last is None else last + 1, found.size, found.root, key.hash, note)
    columns = ("number", "size", "root", "key", "note")
    bulk.insert(connection, checkpoint.name, columns, [(made.number, made.size, made.root, made.key, made.note)])
    return made


def count_tiles(connection: Connection) -> int:
    """Tell how many full tiles are kept."""
    return connection.scalar(select(func.count()).select_from(tile)) or 0


Entry = tuple[int, bytes, bytes | None, bytes, str | None, str | None, bool | None]
"""Sequence, header, salt, leaf, reason, body as canonical JSON, retired; None where it is not there."""


def read_entries(connection: Connection) -> Iterator[Entry]:
    """Give the journal in order, each entry with what its document version says; they stream."""
    j, d = journal.c, document.c
    pairs = journal.outerjoin(document, (d.kind == j.kind) & (d.key == j.key) & (d.version == j.version))
    columns = (j.sequence, j.header, j.salt, j.leaf, j.reason, d.body, d.retired)
    query = select(*columns).select_from(pairs).order_by(j.sequence)
    result = connection.execute(query, execution_options={"stream_results": True, "yield_per": ROWS})
    for part in result.partitions():
        yield from map(tuple, part)


def require_unchanged(connection: Connection, log: Frontier) -> None:
    """Raise Refused unless leaves and tiles lead to the head, and to the newest checkpoint: a fork is never signed."""
    node, last = stored_nodes(connection), last_checkpoint(connection)
    try:
        agrees = root_at(node, log.size) == log.root()
        begins = last is None or (last.size <= log.size and root_at(node, last.size) == last.root)
    except ValueError:
        agrees = begins = False
    if not (agrees and begins):
        what = "does not lead to the head of the log" if begins else "no longer begins as it was signed"
        raise Refused(f"The journal {what}: it was altered, and is not signed.", _LOOK)


def stored_nodes(connection: Connection) -> Node:
    """Give the nodes of the stored log: out of tiles where they are, else out of the journal's leaves.

    ValueError when a leaf that is asked for is not there.
    """

    @lru_cache(maxsize=256)
    def row_of(level: int, number: int) -> list[bytes] | None:
        hashes = connection.scalar(select(tile.c.hashes).where(tile.c.level == level, tile.c.number == number))
        if hashes is not None:
            return _cut(bytes(hashes))
        if level:
            return None
        return list(_leaves(connection, number * TILE, (number + 1) * TILE))

    def node(level: int, number: int) -> bytes:
        above, within = divmod(level, TILE_LEVELS)
        row = row_of(above, number >> (TILE_LEVELS - within))
        if row is not None:
            return _within(row, within, number & ((1 << (TILE_LEVELS - within)) - 1))
        below = None if within else row_of(above - 1, number)
        if below is not None:
            return _within(below, TILE_LEVELS, 0)
        return node_hash(node(level - 1, 2 * number), node(level - 1, 2 * number + 1))

    return node


def integrate(connection: Connection, size: int) -> None:
    """Make the full tiles that a log of ``size`` entries has and that are not there yet."""
    for level, wanted in full_tiles(size):
        last = connection.scalar(select(func.max(tile.c.number)).where(tile.c.level == level))
        for start in range(0 if last is None else last + 1, wanted, CHUNK):
            end = min(start + CHUNK, wanted)
            hashes = b"".join(_below(connection, level, start * TILE, end * TILE))
            if len(hashes) != (end - start) * TILE * HASH:
                raise Refused("Entries of the journal are missing: the log is not signed.", _LOOK)
            width = TILE * HASH
            rows = [(level, start + at, hashes[at * width : (at + 1) * width]) for at in range(end - start)]
            bulk.insert(connection, tile.name, ("level", "number", "hashes"), rows)


def _below(connection: Connection, level: int, start: int, end: int) -> Iterable[bytes]:
    """Give the hashes that the tiles of a level are made of."""
    if level == 0:
        return _leaves(connection, start, end)
    query = select(tile.c.hashes).where(tile.c.level == level - 1, tile.c.number >= start, tile.c.number < end)
    return [tile_root(bytes(row)) for row in connection.scalars(query.order_by(tile.c.number))]


def _leaves(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    query = select(journal.c.leaf).where(journal.c.sequence >= start, journal.c.sequence < end)
    return (bytes(leaf) for leaf in connection.scalars(query.order_by(journal.c.sequence)))


def _within(row: list[bytes], level: int, number: int) -> bytes:
    if (number + 1) << level > len(row):
        raise ValueError("entries of the journal are missing")
    return tile_node(row, level, number)


def _cut(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
