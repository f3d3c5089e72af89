"""The form of a journal entry: what its leaf commits to. Changing anything here makes another format number.

::

    payload = {"body": <document>, "reason": <text or null>, "retired": <bool>}        canonical JSON
    payload digest = SHA-256(0x02 || salt || payload)
    header = {"actor", "at", …, "payload": <payload digest>, …, "version"}             canonical JSON
    leaf = SHA-256(0x00 || header)

The leaf commits to the payload only through its salted digest, so that a payload can be taken away later (and cannot be
guessed) without breaking a proof. The journal keeps no payload: it is made again from the document's version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from lineage.domain.canonical import canonical

FORMAT = 1
SALT = 16


@dataclass(frozen=True, slots=True)
class Author:
    """What all entries of one command share."""

    actor: str
    at: str
    command: str
    how_known: str
    reason: str | None


def payload_of(body_text: str, reason: str | None, *, retired: bool) -> bytes:
    """Write a payload; ``body_text`` is canonical already and is taken over as it is."""
    return f'{{"body":{body_text},"reason":{canonical(reason)},"retired":{"true" if retired else "false"}}}'.encode()


def payload_digest(salt: bytes, payload: bytes) -> bytes:
    """Hash a payload behind its salt."""
    return sha256(b"\x02" + salt + payload).digest()


class HeaderForm:
    """Writes the headers of one command's entries; everything they share is written once."""

    __slots__ = ("_start", "author")

    def __init__(self, author: Author) -> None:
        self.author = author
        shared = {"actor": author.actor, "at": author.at, "command": author.command, "format": FORMAT}
        self._start = canonical({**shared, "how_known": author.how_known})[:-1]

    def header(
        self, kind: str, key: str, operation: str, digest: bytes, request: str | None, sequence: int, version: int
    ) -> bytes:
        """Write the header of one entry as canonical JSON: its names stand in alphabetical order."""
        asked = "null" if request is None else canonical(request)
        return (
            f'{self._start},"key":{canonical(key)},"kind":{canonical(kind)},"operation":{canonical(operation)},'
            f'"payload":"{digest.hex()}","request":{asked},"sequence":{sequence},"version":{version}}}'
        ).encode()


def instant_text(instant: datetime) -> str:
    """Write an instant in UTC with microseconds; ValueError when it has no offset."""
    if instant.utcoffset() is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
