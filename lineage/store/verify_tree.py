"""The Merkle tree made again from the leaves, in the blocks of 256 that its tiles hold."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from lineage.store.merkle import HASH, TILE, TILE_LEVELS, Frontier

Tile = Callable[[int, int, bytes], None]
"""Hears of each tile that became full: level, number, its 256 hashes."""


class Tree:
    """Grows by leaves and knows its root at every size.

    ``rows[level]`` holds what the open tile of that level has: hashes of leaves at 0, of full tiles below otherwise.
    """

    def __init__(self, on_tile: Tile, rows: list[list[bytes]] | None = None, size: int = 0) -> None:
        self.rows: list[list[bytes]] = rows or [[]]
        self.size = size
        self._on_tile = on_tile

    @property
    def room(self) -> int:
        """How many leaves the open tile still takes."""
        return TILE - len(self.rows[0])

    def extend(self, leaves: list[bytes]) -> None:
        """Add leaves, at most ``room`` of them."""
        self.rows[0] += leaves
        self.size += len(leaves)
        level = 0
        while len(self.rows[level]) == TILE:
            full = self.rows[level]
            number = (self.size >> (TILE_LEVELS * (level + 1))) - 1
            self._on_tile(level, number, b"".join(full))
            self.rows[level] = []
            level += 1
            if level == len(self.rows):
                self.rows.append([])
            self.rows[level].append(node_over(full))

    def frontier(self) -> Frontier:
        """Give the roots of the full subtrees, the largest first."""
        peaks: list[bytes] = []
        for row in reversed(self.rows):
            part = Frontier()
            part.extend(row)
            data = part.to_bytes()
            peaks += [data[at : at + HASH] for at in range(0, len(data), HASH)]
        return Frontier(self.size, peaks)

    def root(self) -> bytes:
        """Give the Merkle tree hash over all leaves so far."""
        return self.frontier().root()


def node_over(row: list[bytes]) -> bytes:
    """Give the node over hashes, a power of two of them."""
    while len(row) > 1:
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
