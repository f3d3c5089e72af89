"""A bundle: the table of one revision in one signed file that can be carried where no catalogue is.

::

    usage-cycle-bundle/1⏎            what the file is
    4 bytes                          length of the head, big-endian
    head                             canonical JSON: whose, which revision, from when until when, and every segment
                                     as [name, stored size, size, SHA-256]
    4 + 64 bytes                     which key signed (see signing), Ed25519 over everything before
    segments                         one behind the other, compressed with zlib

The signature covers the head and with it every segment's digest, so that a segment is checked alone, when it is read, and
opening costs the same whatever the size. Nothing is believed before the signature holds, and no size before it is bounded.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from lineage.gate.bundle_places import PREFIX, Places
from lineage.gate.bundle_refused import BundleRefused, refused
from lineage.gate.decode import table_of
from lineage.gate.moments import LATEST
from lineage.gate.segments import (
    FORM,
    Manifest,
    PackedParts,
    Segment,
    Segments,
    TableDamaged,
    checked,
    packed,
    unpacked,
)
from lineage.gate.signing import ID, SIGNATURE, Keys, VerifierKey, canonical_bytes, sealed
from lineage.gate.source import Snapshot
from lineage.gate.table import Table

if TYPE_CHECKING:
    from lineage.gate.signing import Signer

MAGIC = b"usage-cycle-bundle/1\n"
LONGEST_HEAD = 16 << 20
"""Bytes of a head at most."""

LARGEST = 256 << 20
"""Bytes of one segment at most."""

_DENSEST = 1_040
"""zlib writes no more bytes than this for one it was given."""

_LENGTH = 4


class Stored(NamedTuple):
    """A segment as it lies in the file: its name, compressed and plain size, and SHA-256 of its plain bytes."""

    name: str
    stored: int
    size: int
    digest: str


@dataclass(frozen=True)
class Head:
    """What a bundle says of itself. ``issued`` and ``expires`` are microseconds since 1970, ``key`` a verifier key."""

    origin: str
    key: str
    revision: int
    digest: str
    sequence: int
    root: str
    zone: str
    issued: int
    expires: int
    segments: tuple[Stored, ...]

    def to_bytes(self) -> bytes:
        """Write it, the same bytes every time."""
        names = ("origin", "key", "revision", "digest", "sequence", "root", "zone", "issued", "expires", "segments")
        return canonical_bytes({"form": 1, "table": FORM} | {name: getattr(self, name) for name in names})

    @classmethod
    def from_bytes(cls, data: bytes) -> Head:
        """Read what ``to_bytes`` wrote; ValueError for anything else."""
        said = json.loads(data)
        if not isinstance(said, dict) or (said.pop("form", 0), said.pop("table", 0)) != (1, FORM):
            raise ValueError("its form is not known")
        rows = tuple(Stored(*row) for row in said.pop("segments"))
        head = cls(**said, segments=rows)
        numbers = [head.revision, head.sequence, head.issued, head.expires, *(n for row in rows for n in row[1:3])]
        texts = [head.origin, head.key, head.digest, head.root, head.zone, *(t for row in rows for t in row[::3])]
        if any(type(one) is not int for one in numbers) or any(type(one) is not str for one in texts):
            raise ValueError("it holds values of another kind")
        if min(numbers) < -1 or not 0 <= head.issued < head.expires < LATEST:
            raise ValueError("it holds numbers that cannot be")
        ZoneInfo(head.zone)
        if len({row.name for row in rows}) != len(rows) or head.manifest.root != head.root:
            raise ValueError("its list of segments does not agree with its root")
        return head

    @cached_property
    def manifest(self) -> Manifest:
        """The table's own list of segments."""
        table = (Segment(row.name, row.size, row.digest) for row in self.segments if not row.name.startswith(PREFIX))
        return Manifest(self.revision, self.digest, tuple(table))

    @cached_property
    def everything(self) -> Manifest:
        """All segments, those beside the table too."""
        listed = tuple(Segment(row.name, row.size, row.digest) for row in self.segments)
        return Manifest(self.revision, self.digest, listed)

    @cached_property
    def places(self) -> int:
        """In how many shards the places of findings lie."""
        return sum(row.name.startswith(PREFIX) for row in self.segments)


class Issue(NamedTuple):
    """What a bundle is issued with: catalogue's zone, last journal entry known, from when until when (microseconds)."""

    zone: str
    sequence: int
    issued: int
    expires: int


def written(segments: Segments, places: Mapping[str, bytes], issue: Issue, signer: Signer) -> tuple[Head, list[bytes]]:
    """Give a bundle's head, and its bytes in pieces. TableDamaged when a segment is not its manifest's."""
    manifest = segments.manifest
    kept = segments.packed if isinstance(segments, PackedParts) else {}
    rows, bodies = [], []
    for name in [segment.name for segment in manifest.segments] + sorted(places):
        data = places[name] if name in places else segments.read(name)
        # What is kept packed was checked by reading it, and need not be packed again.
        body = kept[name] if name in kept else packed(data)
        rows.append(Stored(name, len(body), len(data), sha256(data).hexdigest()))
        bodies.append(body)
    key = signer.key
    head = Head(
        key.name, str(key), manifest.revision, manifest.digest, issue.sequence, manifest.root, issue.zone,
        issue.issued, issue.expires, tuple(rows),
    )  # fmt: skip
    said = head.to_bytes()
    start = MAGIC + len(said).to_bytes(_LENGTH, "big") + said
    return head, [start, sealed(signer, start), *bodies]


class Bundle:
    """An open bundle: the segments of a table, read and checked one by one.

    Its file is mapped into memory, or held there whole. A file that was replaced stays readable; of one that is written
    over in place, whatever no longer fits is TableDamaged when it is read.
    """

    def __init__(self, data: bytes | mmap.mmap, head: Head, start: int, digest: str, handle: int = -1) -> None:
        self.head = head
        self.digest = digest
        self._data = data
        self._handle = handle
        self._places: dict[str, tuple[int, int]] = {}
        for row in head.segments:
            self._places[row.name] = (start, start + row.stored)
            start += row.stored

    @property
    def manifest(self) -> Manifest:
        """What the table consists of."""
        return self.head.manifest

    def read(self, name: str) -> bytes:
        """Give a segment, compared with its digest. TableDamaged when it is missing or altered."""
        found = self._places.get(name)
        if found is None:
            raise TableDamaged(f"segment {name} is missing")
        size = self.head.everything.by_name[name].size
        start, end = found
        if size > LARGEST or size > (end - start) * _DENSEST:
            raise TableDamaged(f"segment {name} says it is larger than it can be")
        stored = self._slice(start, end)
        try:
            data = unpacked(stored, size)
        except TableDamaged:
            raise TableDamaged(f"segment {name} was altered") from None
        return checked(self.head.everything, name, data)

    def _slice(self, start: int, end: int) -> bytes:
        # Reading mapped bytes behind a file's end would end the program instead of raising.
        if self._handle >= 0 and os.fstat(self._handle).st_size < end:
            raise TableDamaged("the file was cut while it was read")
        return self._data[start:end]

    @cached_property
    def table(self) -> Table:
        """The table, which reads segments when it is asked."""
        return table_of(self)

    @cached_property
    def where(self) -> Places:
        """Tells findings their places."""
        return Places(self.read, self.head.places)

    def snapshot(self) -> Snapshot:
        """Give it as a gate knows it: what was known when it was issued, until it expires."""
        head = self.head
        return Snapshot(
            self.table, head.revision, head.digest, head.root, head.issued, self.where, head.expires, self.digest
        )

    def verify(self) -> None:
        """Read every segment. TableDamaged at the first that was altered."""
        for row in self.head.segments:
            self.read(row.name)

    def close(self) -> None:
        """Let go of the file; nothing can be read afterwards."""
        if isinstance(self._data, mmap.mmap):
            self._data.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        self.close()


Identity = tuple[int, int, int, int]
"""What tells one state of a file from another: device, number, size, time of change in nanoseconds."""


def identity_of(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class Opened(NamedTuple):
    """A file whose bytes are within reach, and which state of it that is."""

    data: bytes | mmap.mmap
    handle: int
    identity: Identity


def map_file(path: Path, held: int = 0) -> Opened:
    """Map a file; one of up to ``held`` bytes is read into memory instead. BundleRefused when it cannot be read."""
    try:
        if not path.is_file():  # a pipe would be waited for without end
            raise refused("unreadable", path, "it is no file" if path.exists() else "there is no such file")
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            identity = identity_of(found)
            if not found.st_size:
                raise refused("truncated", path, "the file is empty")
            if found.st_size <= held:
                return Opened(file.read(held), -1, identity)
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return Opened(data, os.dup(file.fileno()), identity)
    except (OSError, ValueError) as error:
        raise refused("unreadable", path, getattr(error, "strerror", None) or str(error)) from None


def peek(data: bytes | mmap.mmap, path: Path) -> tuple[bytes, bytes, int]:
    """Give what is signed, the key's id with the signature, and where segments begin. Nothing of it is verified yet."""
    start = len(MAGIC) + _LENGTH
    if data[: len(MAGIC)] != MAGIC[: len(data)]:
        raise refused("unknown form", path, "it does not begin as a bundle does")
    length = int.from_bytes(data[len(MAGIC) : start], "big")
    if len(data) < start or (length <= LONGEST_HEAD and start + length + ID + SIGNATURE > len(data)):
        raise refused("truncated", path, "the file ends within its head")
    if length > LONGEST_HEAD:
        raise refused("tampered", path, "its head says it is longer than any")
    signature = data[start + length : start + length + ID + SIGNATURE]
    return data[: start + length], signature, start + length + ID + SIGNATURE


def opened(found: Opened, path: Path, keys: Keys) -> Bundle:
    """Give a bundle whose signature holds and whose size is right; its time is not looked at. BundleRefused otherwise."""
    if not keys:
        raise refused("no key", path)
    try:
        said, signature, start = peek(found.data, path)
        head = _verified(said, signature, path, keys)
        missing = start + sum(row.stored for row in head.segments) - len(found.data)
        if missing > 0:
            raise refused("truncated", path, f"{missing} bytes are missing")
        if missing:
            raise refused("tampered", path, f"{-missing} bytes stand behind its end")
    except BundleRefused:
        if found.handle >= 0:
            os.close(found.handle)
        raise
    return Bundle(found.data, head, start, sha256(said).hexdigest(), found.handle)


def _verified(said: bytes, signature: bytes, path: Path, keys: Keys) -> Head:
    mine = [key for key in keys if key.id == signature[:ID]]
    if not mine:
        raise refused("foreign key", path, f"it is signed with {signature[:ID].hex()}, and you trust {_names(keys)}")
    signer = next((key for key in mine if key.signed(signature[ID:], said)), None)
    if signer is None:
        raise refused("tampered", path, "its signature does not hold")
    head = head_of(said, path)
    if head.key != str(signer) or head.origin != signer.name:
        raise refused("foreign key", path, f"it calls itself signed with {head.key}, and it is with {signer}")
    return head


def head_of(said: bytes, path: Path) -> Head:
    """Read the head out of what is signed. BundleRefused when this program does not know its form."""
    try:
        return Head.from_bytes(said[len(MAGIC) + _LENGTH :])
    except (ValueError, TypeError, KeyError, AttributeError, OSError, RecursionError) as error:
        raise refused("unknown form", path, f"its head cannot be read: {error}") from None


def own_key(head: Head) -> VerifierKey:
    """Give the key a bundle names itself; ValueError when it is none."""
    return VerifierKey.of(head.key)


def _names(keys: Keys) -> str:
    return ", ".join(key.id.hex() for key in keys)


Check = Callable[[Head, Path], None]


def load(path: Path, keys: Keys, checks: Check, held: int = 0) -> tuple[Bundle, Identity]:
    """Open a bundle and hold it against ``checks`` (its time, the newest seen). BundleRefused with the reason."""
    found = map_file(path, held)
    bundle = opened(found, path, keys)
    checks(bundle.head, path)
    return bundle, found.identity


def as_data(head: Head) -> dict[str, Any]:
    """Give what a bundle says of itself as plain data, without its segments."""
    sizes = {"segments": len(head.segments), "stored": sum(row.stored for row in head.segments)}
    names = ("origin", "key", "revision", "digest", "sequence", "root", "zone")
    return {name: getattr(head, name) for name in names} | sizes | {"plain": sum(row.size for row in head.segments)}
