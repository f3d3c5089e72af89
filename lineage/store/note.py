"""Signed notes and the checkpoints they carry, byte for byte as C2SP describes them, so that other people's tools agree.

::

    usage-cycle/0123456789abcdef          a checkpoint (C2SP tlog-checkpoint): origin,
    1234                                  size,
    qZrFjE6SVqT0m1Jx6d…=                  root in base64
                                          (an empty line)
    — usage-cycle/0123456789abcdef x08g…= a signature (C2SP signed-note): name, base64 of key id and signature

Ed25519 only. A note has no time in it and signing has no chance in it: the same log signed twice gives the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lineage.gate.signing import ID, VerifierKey
from lineage.store.merkle import HASH

MARK = "\u2014 "
LONGEST = 1_000_000
"""Characters of a note that are looked at."""

_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a note: the name and id of the key, and what it made."""

    name: str
    id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures, not verified yet. The text ends with a line break."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def of(cls, note: str) -> Note:
        """Read a note; ValueError when it has any other form than C2SP's."""
        cut = note.rfind("\n\n")
        if cut < 0 or len(note) > LONGEST or not note.endswith("\n") or any(c < " " and c != "\n" for c in note):
            raise ValueError("this is not a signed note")
        signatures = tuple(_signature(line) for line in note[cut + 2 :].split("\n")[:-1])
        if not signatures:
            raise ValueError("the note is not signed")
        return cls(note[: cut + 1], signatures)

    def signed_by(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Give those of the keys that signed. ValueError when a signature calls itself theirs and is not."""
        found: list[VerifierKey] = []
        known = {(key.name, key.id): key for key in keys}
        for signature in self.signatures:
            key = known.get((signature.name, signature.id))
            if key is None or key in found:
                continue  # signatures of others are none of our business
            if not key.signed(signature.value, self.text.encode()):
                raise ValueError(f"the signature of {key.name} ({key.hash}) is not its own")
            found.append(key)
        return found


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, how many entries it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def of(cls, text: str) -> Checkpoint:
        """Read the text of a note; ValueError when it is no checkpoint. Lines after the third are let be."""
        origin, _, rest = text.partition("\n")
        size, _, rest = rest.partition("\n")
        root, end, more = rest.partition("\n")
        hashed = decoded(root)
        lines = more.split("\n")[:-1]
        if not (origin and end and _SIZE.fullmatch(size) and len(hashed) == HASH and all(lines)):
            raise ValueError("this is not a checkpoint of a log")
        return cls(origin, int(size), hashed)


def written(text: str, signatures: Iterable[Signature]) -> str:
    """Put a note together: the text, an empty line, the signatures."""
    return f"{text}\n" + "".join(f"{MARK}{one.name} {encoded(one.id + one.value)}\n" for one in signatures)


def encoded(data: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: str) -> bytes:
    """Read base64; ValueError unless it is written the one way ``encoded`` writes it."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("this is not base64") from None
    if encoded(data) != text:
        raise ValueError("this is not the base64 of these bytes")
    return data


def _signature(line: str) -> Signature:
    name, _, data = line.removeprefix(MARK).partition(" ")
    if not line.startswith(MARK) or not _NAME.fullmatch(name):
        raise ValueError("a signature begins with a dash and the name of a key")
    raw = decoded(data)
    if len(raw) <= ID:
        raise ValueError("a signature is too short")
    return Signature(name, raw[:ID], raw[ID:])
