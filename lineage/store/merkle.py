"""The Merkle tree of RFC 6962: its frontier, which is all that appending needs.

Leaves and nodes are hashed with different prefixes (RFC 6962 section 2.1), so that no node passes for a leaf. Standard
library only, so that somebody who does not trust the rest of the program can read and use this file alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

HASH = 32
EMPTY = sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Hash what a leaf holds."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node over its two children."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the full subtrees on the right edge: one for each bit set in the size, the largest first."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count() or any(len(peak) != HASH for peak in self._peaks):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks of {HASH} bytes")

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """Read a frontier as ``to_bytes`` wrote it; ValueError when it does not fit the size."""
        return cls(size, (data[start : start + HASH] for start in range(0, len(data), HASH)))

    def to_bytes(self) -> bytes:
        """Write the peaks one after the other, the largest subtree first."""
        return b"".join(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add a leaf, given its hash."""
        size, peaks, node = self.size, self._peaks, leaf
        while size & 1:
            node = node_hash(peaks.pop(), node)
            size >>= 1
        peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Give the Merkle tree hash over all leaves so far."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root
