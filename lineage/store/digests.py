"""The digest of a catalogue kept up to date: a changed document costs a path of its tree, not a pass over all documents."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from sqlalchemy import Connection

from lineage.domain.canonical import canonical
from lineage.store import bulk
from lineage.store.documents import catalogue_rows
from lineage.store.merkle import EMPTY, leaf_hash, node_hash

Name = tuple[str, str]


class DigestTree:
    """The RFC 6962 tree over ``[kind, key, version, digest]`` of all current documents, with all of its nodes."""

    def __init__(self, connection: Connection) -> None:
        self.revision = -1
        self._names: list[Name] = []
        leaves: list[bytes] = []
        for kind, key, version, digest, sys_from in catalogue_rows(connection):
            self.revision = max(self.revision, sys_from)
            self._names.append((kind, key))
            leaves.append(_leaf(kind, key, version, digest))
        self._levels = [leaves]
        self._build(0)

    def update(self, connection: Connection, changed: Iterable[Name]) -> None:
        """Take over what became of some documents."""
        columns = "SELECT d.kind, d.key, d.version, d.digest, d.sys_from FROM"
        first = len(self._names)
        places: list[int] = []
        names = sorted(set(changed))
        rows = {(row[0], row[1]): row for row in bulk.found(connection, columns, "document AS d", names, _CURRENT)}
        for name in names:
            row = rows.get(name)
            place = bisect_left(self._names, name)
            known = place < len(self._names) and self._names[place] == name
            if row is None:
                continue
            self.revision = max(self.revision, row[4])
            leaf = _leaf(*name, row[2], row[3])
            if known:
                self._levels[0][place] = leaf
                places.append(place)
            else:
                self._names.insert(place, name)
                self._levels[0].insert(place, leaf)
                # Whatever stood behind it has moved on by one: from here on the tree is another.
                first = min(first, place)
                places = [other + 1 if other >= place else other for other in places]
        if first < len(self._names):
            self._build(first)
        for place in places:
            if place < first:
                self._climb(place)

    def digest(self) -> str:
        """Give the digest, in hexadecimal."""
        return (self._levels[-1][0] if self._names else EMPTY).hex()

    def _build(self, first: int) -> None:
        """Make every node anew that has a leaf from ``first`` on below it."""
        level = 0
        while len(self._levels[level]) > 1:
            below = self._levels[level]
            first //= 2
            if level + 1 == len(self._levels):
                self._levels.append([])
            above = self._levels[level + 1]
            del above[first:]
            above.extend(_node(below, number) for number in range(first, (len(below) + 1) // 2))
            level += 1
        del self._levels[level + 1 :]

    def _climb(self, place: int) -> None:
        for level in range(len(self._levels) - 1):
            place //= 2
            self._levels[level + 1][place] = _node(self._levels[level], place)


_CURRENT = "AND d.sys_to IS NULL"


def _node(below: list[bytes], number: int) -> bytes:
    """Give the node over two others; one alone at the right edge moves up as it is (RFC 6962, section 2.1)."""
    left = 2 * number
    return node_hash(below[left], below[left + 1]) if left + 1 < len(below) else below[left]


def _leaf(kind: str, key: str, version: int, digest: str) -> bytes:
    return leaf_hash(canonical([kind, key, version, digest]).encode())
