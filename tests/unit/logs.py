"""Exported logs made by hand, so that tests can make them wrong in one place and right everywhere else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from lineage.domain.canonical import canonical, digest_of
from lineage.services.sealing import FORMAT
from lineage.store.checkpoints import statement
from lineage.store.entry import Author, HeaderForm, payload_digest, payload_of
from lineage.store.keys import Signer
from lineage.store.merkle import Frontier, full_tiles, leaf_hash
from lineage.store.note import Checkpoint, encoded
from lineage.verifier import NOTE

ORIGIN = "usage-cycle/0123456789abcdef"
ONE, TWO, THIEF = (Signer.of(ORIGIN, bytes([seed] * 32)) for seed in (1, 2, 3))


@dataclass
class Log:
    """A log that grows, and what its export says. Whatever is in ``signers`` signs the next checkpoint."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    keys: list[Signer] = field(default_factory=list)
    tree: Frontier = field(default_factory=Frontier)

    @property
    def size(self) -> int:
        return len(self.entries)

    def add(
        self, body: dict[str, Any], kind: str = "element", operation: str = "add", at: str = "2026-03-01T12:00:00.000000Z",
        **other: Any,
    ) -> Log:  # fmt: skip
        """Add an entry; ``other`` replaces parts of its line afterwards."""
        salt, text = bytes([self.size % 256] * 16), canonical(body)
        sealed = payload_digest(salt, payload_of(text, "why", retired=operation == "retire"))
        form = HeaderForm(Author("a" * 32, at, "c" * 32, "stated", "why"))
        header = form.header(kind, str(body.get("key", "k")), operation, sealed, None, self.size, 1)
        leaf = leaf_hash(header)
        payload = {"body": json.loads(text), "reason": "why", "retired": operation == "retire"}
        line = {
            "sequence": self.size,
            "header": encoded(header),
            "salt": encoded(salt),
            "payload": payload,
            "leaf": leaf.hex(),
        }
        self.entries.append(line | other)
        self.tree.append(leaf)
        return self

    def key(self, signer: Signer, previous: Signer | None = None, **other: Any) -> Log:
        """Register a key, signed by itself and by the one before; ``other`` replaces parts of its record."""
        first = self.size + 1
        said = statement(ORIGIN, signer.key, first, previous.key if previous else None)
        signed = {one.key.hash: encoded(one.sign(said)) for one in (signer, previous) if one}
        body = {"key": signer.key.hash, "vkey": str(signer.key), "origin": ORIGIN, "from": first, "signatures": signed}
        self.add(body | other, "signing_key")
        self.keys.append(signer)
        if previous:
            self.add({"key": previous.key.hash}, "signing_key", "retire")
        return self

    def redact(self, place: int, **other: Any) -> Log:
        """Take the content of an entry away, and say so."""
        self.entries[place] |= {"salt": None, "payload": None}
        body = {
            "key": str(place),
            "sequence": place,
            "paths": ["title"],
            "ground": "asked",
            "digest": digest_of("{}"),
        }
        return self.add(body | other, "redaction")

    def seal(self, signer: Signer) -> Log:
        self.notes.append(self.signed(signer))
        return self

    def signed(self, signer: Signer) -> str:
        return signer.note(str(Checkpoint(ORIGIN, self.size, self.tree.root())))

    def lines(self) -> list[dict[str, Any]]:
        start = {
            "format": FORMAT, "origin": ORIGIN if self.keys else "", "vkeys": [str(one.key) for one in self.keys],
            "size": self.size, "root": encoded(self.tree.root()), "checkpoint": self.notes[-1] if self.notes else None,
        }  # fmt: skip
        newest = NOTE.fullmatch(self.notes[-1]) if self.notes else None
        sealed = int(newest[2]) if newest else 0
        tiles = sum(count for _, count in full_tiles(sealed))
        return [start, *self.entries, {"checkpoints": self.notes, "tiles": tiles}]

    def export(self) -> str:
        return written(self.lines())


def written(lines: list[Any]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)


def small() -> Log:
    """Nine entries, two keys, three checkpoints, one redaction."""
    log = Log().add({"key": "a", "title": "Größe \u2014 😀"}).key(ONE).add({"key": "b"}).seal(ONE).redact(0).seal(ONE)
    return log.key(TWO, ONE).add({"key": "c", "title": 'say "payload": and ,"leaf":"'}).seal(TWO).add({"key": "d"})
