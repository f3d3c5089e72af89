"""The Merkle tree of RFC 6962: its frontier, which is all that appending needs, proofs, and tiles.

Leaves and nodes are hashed with different prefixes (RFC 6962 section 2.1), so that no node passes for a leaf. Standard
library only, so that somebody who does not trust the rest of the program can read and use this file alone.

A *node* is the hash over a full subtree: ``node(level, number)`` covers the leaves from ``number << level`` on,
``1 << level`` of them. Whoever can give nodes, from tiles or from leaves, can give every root and every proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

HASH = 32
TILE = 256
"""Hashes in a full tile (C2SP tlog-tiles): eight levels of the tree."""

TILE_LEVELS = 8
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

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves, given their hashes: as ``append`` one by one, in two thirds of the time."""
        size, peaks, hashed = self.size, self._peaks, sha256
        for leaf in leaves:
            node, rest = leaf, size
            while rest & 1:
                node = hashed(b"\x01" + peaks.pop() + node).digest()
                rest >>= 1
            peaks.append(node)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Give the Merkle tree hash over all leaves so far."""
        return _joined(self._peaks)


Node = Callable[[int, int], bytes]
"""Gives the hash of the full subtree at (level, number)."""


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """Give the nodes over the hashes of leaves that lie in memory; what was made once is kept."""
    levels: list[list[bytes]] = [list(leaves)]

    def node(level: int, number: int) -> bytes:
        while len(levels) <= level:
            below = levels[-1]
            levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
        return levels[level][number]

    return node


def root_at(node: Node, size: int) -> bytes:
    """Give the root the tree had when it had ``size`` leaves."""
    return _joined([node(*place) for place in _subtrees(0, size)])


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """Give the path from leaf ``index`` to the root at ``size`` (RFC 6962 section 2.1.1), the lowest hash first.

    ValueError unless the leaf lies in the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_root(node, middle, end))
            end = middle
        else:
            proof.append(_range_root(node, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(node: Node, old: int, size: int) -> list[bytes]:
    """Give what shows that the tree at ``size`` begins with the tree at ``old`` (RFC 6962 section 2.1.2).

    Empty when both are the same size, or the old one is empty. ValueError unless ``0 <= old <= size``.
    """
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves was never one of {old}")
    if old in {0, size}:
        return []
    proof: list[bytes] = []
    start, end = 0, size
    whole = True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range_root(node, middle, end))
            end = middle
        else:
            proof.append(_range_root(node, start, middle))
            start, whole = middle, False
    # The old root itself is left out of the proof when it is a node of the new tree: who checks holds it.
    return ([] if whole else [_range_root(node, start, end)]) + proof[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """Give the root that a proof leads to (RFC 9162 section 2.1.3.2); None when it cannot be a proof for this place."""
    if not 0 <= index < size or any(len(part) != HASH for part in proof):
        return None
    place, last, root = index, size - 1, leaf
    for part in proof:
        if not last:
            return None
        if place & 1 or place == last:
            root = node_hash(part, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, part)
        place, last = place >> 1, last >> 1
    return None if last else root


def is_consistent(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the tree of ``root`` begins with that of ``old_root`` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= size or any(len(part) != HASH for part in proof):
        return False
    if old in {0, size}:
        return not proof and old_root == (root if old == size else EMPTY)
    parts = list(proof) if old & (old - 1) else [old_root, *proof]
    if not parts:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = parts[0]
    for part in parts[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            first, second = node_hash(part, first), node_hash(part, second)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, part)
        place, last = place >> 1, last >> 1
    return not last and first == old_root and second == root


def full_tiles(size: int) -> Iterator[tuple[int, int]]:
    """Give, for each level that has any, how many full tiles a tree of ``size`` leaves has there."""
    level, count = 0, size // TILE
    while count:
        yield level, count
        level, count = level + 1, count // TILE


def tile_root(hashes: bytes) -> bytes:
    """Give the node over a full tile: one hash of the tile above it."""
    row = [hashes[at : at + HASH] for at in range(0, TILE * HASH, HASH)]
    return tile_node(row, TILE_LEVELS, 0)


def tile_node(row: Sequence[bytes], level: int, number: int) -> bytes:
    """Give a node from the hashes of a tile it lies over; level and number count within the tile."""
    nodes = list(row[number << level : (number + 1) << level])
    while len(nodes) > 1:
        nodes = [node_hash(nodes[at], nodes[at + 1]) for at in range(0, len(nodes), 2)]
    return nodes[0]


def _joined(peaks: Sequence[bytes]) -> bytes:
    """Give the root over full subtrees, the largest first."""
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def _split(count: int) -> int:
    """Give the largest power of two below a count of two or more."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut leaves into full subtrees, the largest first; ``start`` is a multiple of the largest one's size."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _range_root(node: Node, start: int, end: int) -> bytes:
    return _joined([node(*place) for place in _subtrees(start, end)])
