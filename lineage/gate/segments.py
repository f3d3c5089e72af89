"""A table as named byte strings under one digest: what is kept, carried in a bundle and read piece by piece.

Each segment has a SHA-256 digest in the manifest, and the digest of the manifest is the root of the table: whoever trusts
the root can check a segment alone, when it is read. The same revision gives the same bytes in any process.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

LEVEL = 6
"""How hard zlib tries."""

FORM = 1
"""Number of the form of manifests and segments; a reader refuses one it does not know."""


class TableDamaged(Exception):
    """A segment is missing, or is not what its manifest says."""


class Segment(NamedTuple):
    """A segment's name, its length in bytes and the SHA-256 digest of these bytes, in hexadecimal."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """What a table consists of. ``revision`` and ``digest`` are those of the catalogue it was made from."""

    revision: int
    digest: str
    segments: tuple[Segment, ...]

    def to_bytes(self) -> bytes:
        """Write it as compact JSON, the same bytes every time."""
        data = {"form": FORM, "revision": self.revision, "digest": self.digest, "segments": self.segments}
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read what ``to_bytes`` wrote. TableDamaged for anything else."""
        try:
            found: Any = json.loads(data)
            if found["form"] != FORM:
                raise TableDamaged(f"the table has form {found['form']}, and this program reads {FORM}")
            segments = tuple(Segment(str(name), int(size), str(digest)) for name, size, digest in found["segments"])
            return cls(int(found["revision"]), str(found["digest"]), segments)
        except (ValueError, KeyError, TypeError) as error:
            raise TableDamaged("the list of the table's segments cannot be read") from error

    @cached_property
    def root(self) -> str:
        """The digest of the whole table, in hexadecimal."""
        return sha256(self.to_bytes()).hexdigest()

    @cached_property
    def by_name(self) -> Mapping[str, Segment]:
        """The segments by name."""
        return {segment.name: segment for segment in self.segments}


class Segments(Protocol):
    """Where a table's bytes come from: memory, a catalogue or a bundle."""

    @property
    def manifest(self) -> Manifest:
        """What there is to read."""
        ...

    def read(self, name: str) -> bytes:
        """Give a segment, compared with its digest. TableDamaged when it is missing or altered."""
        ...


@dataclass(frozen=True)
class Parts:
    """Segments in memory."""

    manifest: Manifest
    parts: Mapping[str, bytes]

    def read(self, name: str) -> bytes:
        data = self.parts.get(name)
        if data is None:
            raise TableDamaged(f"segment {name} is missing")
        return checked(self.manifest, name, data)


@dataclass(frozen=True)
class PackedParts:
    """Segments in memory as zlib packed them: a tenth of their size, unpacked when they are read."""

    manifest: Manifest
    packed: Mapping[str, bytes]

    def read(self, name: str) -> bytes:
        data = self.packed.get(name)
        if data is None:
            raise TableDamaged(f"segment {name} is missing")
        return checked(self.manifest, name, unpacked(data, self.manifest.by_name[name].size))


def packed(data: bytes) -> bytes:
    """Pack a segment."""
    return zlib.compress(data, LEVEL)


def unpacked(data: bytes | memoryview, size: int) -> bytes:
    """Give what was packed, which has ``size`` bytes. TableDamaged for anything else; never makes more than that."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(data, size + 1)
    except zlib.error as error:
        raise TableDamaged("a segment cannot be unpacked") from error
    if len(found) != size or not reader.eof:
        raise TableDamaged("a segment cannot be unpacked")
    return found


def parts_of(revision: int, digest: str, parts: Mapping[str, bytes]) -> Parts:
    """Put segments under a manifest, sorted by name."""
    listed = tuple(Segment(name, len(data), sha256(data).hexdigest()) for name, data in sorted(parts.items()))
    return Parts(Manifest(revision, digest, listed), parts)


def checked(manifest: Manifest, name: str, data: bytes) -> bytes:
    """Give the bytes of a segment once they are known to be those of the manifest. TableDamaged otherwise."""
    segment = manifest.by_name.get(name)
    if segment is None or len(data) != segment.size or sha256(data).hexdigest() != segment.digest:
        raise TableDamaged(f"segment {name} was altered")
    return data
