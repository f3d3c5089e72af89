"""How parts of a table are written: as compact JSON whose texts are held once a shard (docs/store.md, "The table").

A shard holds the elements whose keys hash into it. Its two segments are ``uses/<n>``, from which is decided, and
``texts/<n>``, from which findings are filled. Both begin with a line of JSON: pools of whatever many elements share, sorted,
and of every element where its piece lies and what the piece's own numbers stand for in the pools. So the same elements
give the same bytes however the shard came to be, and a piece that stays is copied as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

PER_SHARD = 512
"""So many elements and uses a shard holds at most on average."""

SEVERITIES = ("blocker", "warning", "note", "obligation")
META, NAMES, RULES, ALIASES = "meta", "names", "rules", "aliases"


compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""Writes JSON without spaces; the order of names is the caller's."""


def bits_for(elements: int, uses: int) -> int:
    """Give how many bits of a key's hash name its shard."""
    return max(0, (elements + uses - 1) // PER_SHARD).bit_length()


def shard_of(key: str, bits: int) -> int:
    """Give the number of the shard that holds an element."""
    return int.from_bytes(sha256(key.encode()).digest()[:4], "big") >> (32 - bits) if bits else 0


def uses_name(shard: int) -> str:
    return f"uses/{shard:05d}"


def texts_name(shard: int) -> str:
    return f"texts/{shard:05d}"


class Piece(NamedTuple):
    """What one element adds to a segment: its JSON, and of each pool the texts that its own numbers stand for."""

    body: bytes
    pools: tuple[tuple[str, ...], ...]


class Part(NamedTuple):
    """One element's pieces of both segments of its shard."""

    uses: Piece
    texts: Piece


USES_POOLS = ("cores", "starts", "regimes")
TEXTS_POOLS = ("choices", "subjects", "labels")


def write_shard(pieces: Mapping[str, Piece], pools: tuple[str, ...]) -> bytes:
    """Write one segment. Each piece goes on using its own numbers; where these lead stands beside it."""
    found = [sorted({text for piece in pieces.values() for text in piece.pools[place]}) for place in range(len(pools))]
    numbers = [{text: number for number, text in enumerate(texts)} for texts in found]
    places, offset = [], 0
    for key in sorted(pieces):
        body, texts = pieces[key]
        maps = [[numbers[place][text] for text in own] for place, own in enumerate(texts)]
        places.append([key, offset, len(body), *maps])
        offset += len(body)
    head = "".join([f'"{name}":[{",".join(texts)}],' for name, texts in zip(pools, found, strict=True)])
    return b"".join([f'{{{head}"parts":{compact(places)}}}\n'.encode(), *[pieces[key].body for key in sorted(pieces)]])


class Shard:
    """One segment read: its pools, and each piece when it is asked for."""

    __slots__ = ("_data", "_start", "_texts", "names", "numbers", "places", "pools")

    def __init__(self, data: bytes, names: tuple[str, ...]) -> None:
        end = data.index(b"\n")
        head = json.loads(data[:end])
        self.names = names
        self.places: dict[str, list[Any]] = {place[0]: place for place in head["parts"]}
        self.numbers: dict[str, int] = {key: number for number, key in enumerate(self.places)}
        self.pools: list[list[Any]] = [head[name] for name in names]
        self._data = data
        self._start = end + 1
        self._texts: list[list[str]] = []

    def body(self, key: str) -> Any:
        """Give an element's piece as it was written, with its own numbers."""
        return json.loads(self._bytes(key))

    def maps(self, key: str) -> list[list[int]]:
        """Give, pool by pool, what the numbers of a piece stand for."""
        return self.places[key][3:]

    def piece(self, key: str) -> Piece:
        """Give a piece as it was before it was written, to be written again."""
        if not self._texts:
            self._texts = [[compact(value) for value in pool] for pool in self.pools]
        maps = zip(self._texts, self.maps(key), strict=True)
        return Piece(self._bytes(key), tuple([tuple([texts[number] for number in own]) for texts, own in maps]))

    def _bytes(self, key: str) -> bytes:
        offset, size = self.places[key][1:3]
        return self._data[self._start + offset : self._start + offset + size]
