"""The digest of a catalogue kept up to date: a changed document costs a page of its tree, not a pass over all documents.

The tree (RFC 6962) stands over ``[kind, key, version, digest]`` of all current documents, by kind and key. Documents lie
in pages, ranges of names; nodes are kept over blocks, ranges of places. A new document moves whatever stands behind it, so
that only pages are found by name. The tree is kept with the decision table: without it a program reads every document.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import accumulate, islice
from zlib import compress

from sqlalchemy import Connection

from lineage.domain.kinds import RECORDS
from lineage.gate.segments import Manifest, Segment, TableDamaged, checked, unpacked
from lineage.store import bulk
from lineage.store.compiled import DIGESTS, Kept, changed_since, leaf_at, read_kept, read_packed
from lineage.store.documents import catalogue_rows, leaf
from lineage.store.history import last_entry
from lineage.store.merkle import HASH, Frontier

PAGE = 512
"""Documents in a page as it is made, and in a block."""

MANY = 64
"""So many pages are read one by one; where more changed, all documents are read again."""

_HEAD, _NODES = "digests", "nodes"
_BLOCK = PAGE * HASH
_FIRST = ("", "")
_FROM = "SELECT kind, key, version, digest, sys_from FROM document WHERE sys_to IS NULL AND (kind, key) >= (?, ?)"
_BEFORE = " AND (kind, key) < (?, ?)"

Name = tuple[str, str]
Row = tuple[str, str, int, str, int]


class _Page:
    """Documents from a name on, up to the next page: how many, and their leaves, or the segment that holds these."""

    __slots__ = ("count", "first", "leaves", "segment")

    def __init__(self, first: Name, count: int, leaves: bytes | None, segment: Segment | None = None) -> None:
        self.first, self.count, self.leaves, self.segment = first, count, leaves, segment


class DigestTree:
    """The tree over all current documents. ``revision`` and ``entry`` are the last entries it knows of."""

    entry: int
    revision: int

    def __init__(self, connection: Connection, manifest: Manifest | None = None) -> None:
        """Read every document, or what was kept under a manifest. TableDamaged when that is gone."""
        self._pages: list[_Page]
        self._nodes: list[bytes]
        if manifest is None:
            self._read_all(connection)
        else:
            self._read_kept(connection, manifest)

    @classmethod
    def kept(cls, connection: Connection, digest: str, entry: int) -> DigestTree | None:
        """Give the tree that was kept, when it is the one with this digest, that of the documents at ``entry``."""
        kept = read_kept(connection, DIGESTS)
        if kept is None or kept.manifest.digest != digest:
            return None
        try:
            found = cls(connection, kept.manifest)
        except (TableDamaged, KeyError, ValueError, TypeError):
            return None
        found.entry = entry
        return found if found.digest() == digest else None

    def update(self, connection: Connection) -> None:
        """Take over what was written behind ``entry``. After an error the tree is not to be used any more."""
        entry = last_entry(connection)
        if entry == self.entry:
            return
        firsts = [page.first for page in self._pages]
        numbers = sorted({bisect_right(firsts, name) - 1 for name in changed_since(connection, self.entry)})
        if len(numbers) > MANY:
            self._read_all(connection)
            return
        starts = self._starts()
        grown = [number for number in numbers if self._renew(connection, number)]
        moved = starts[grown[0]] // PAGE if grown else len(self._nodes)
        blocks: set[int] = set()
        for number in numbers:
            start = starts[number]
            blocks.update(range(start // PAGE, (start + self._pages[number].count - 1) // PAGE + 1))
        try:
            self._hash(connection, {block for block in blocks if block < moved})
            if grown:
                self._build(connection, moved)
        except TableDamaged:
            self._read_all(connection)
        for number in reversed(grown):
            self._split(connection, number)
        self.entry = entry

    def digest(self) -> str:
        """Give the digest, in hexadecimal."""
        return _over(b"".join(self._nodes)).hex()

    def to_keep(self, connection: Connection) -> tuple[Kept, Mapping[str, bytes]]:
        """Give the tree as it is kept, with its segments. TableDamaged when one that it never read is gone."""
        head = json.dumps([[*page.first, page.count] for page in self._pages], separators=(",", ":")).encode()
        parts = {_HEAD: head, _NODES: b"".join(self._nodes)}
        listed = [_segment(name, data) for name, data in parts.items()]
        for number, page in enumerate(self._pages):
            name = f"leaves/{number:05d}"
            if page.leaves is not None and (page.segment is None or page.segment.name != name):
                page.segment = _segment(name, page.leaves)
            assert page.segment is not None
            listed.append(page.segment._replace(name=name))
        manifest = Manifest(self.revision, self.digest(), tuple(sorted(listed)))
        leaves = {f"leaves/{number:05d}": page.leaves for number, page in enumerate(self._pages)}
        return Kept(manifest, self.entry, leaf_at(connection, self.entry)), _Packed({**leaves, **parts})

    def _read_kept(self, connection: Connection, manifest: Manifest) -> None:
        """Take over what was kept; leaves are read when they are needed."""
        read = _read(connection, [manifest.by_name[_HEAD], manifest.by_name[_NODES]], manifest)
        pages, nodes = json.loads(read[_HEAD]), read[_NODES]
        self._pages = [
            _Page((kind, key), count, None, manifest.by_name[f"leaves/{number:05d}"])
            for number, (kind, key, count) in enumerate(pages)
        ]
        self._nodes = [nodes[start : start + HASH] for start in range(0, len(nodes), HASH)]
        self.revision = manifest.revision

    def _read_all(self, connection: Connection) -> None:
        self.entry, self.revision = last_entry(connection), -1
        pages: list[_Page] = []
        rows = catalogue_rows(connection)
        while part := list(islice(rows, PAGE)):
            pages.append(_Page(part[0][:2] if pages else _FIRST, len(part), self._leaves(part)))
        self._pages = pages or [_Page(_FIRST, 0, b"")]
        self._nodes = [_over(page.leaves) for page in self._pages if page.leaves]

    def _leaves(self, rows: Iterable[Row]) -> bytes:
        found = []
        for kind, key, version, digest, sys_from in rows:
            found.append(leaf(kind, key, version, digest))
            self.revision = max(self.revision, sys_from)
        return b"".join(found)

    def _rows(self, connection: Connection, number: int) -> list[Row]:
        """Read the documents of a page."""
        first = self._pages[number].first
        last = number + 1 == len(self._pages)
        query = f"{_FROM}{'' if last else _BEFORE} ORDER BY kind, key".replace("?", bulk.mark(connection))
        values = first if last else (*first, *self._pages[number + 1].first)
        return [tuple(row) for row in connection.exec_driver_sql(query, values) if row[0] not in RECORDS]

    def _renew(self, connection: Connection, number: int) -> bool:
        """Read a page again; tell whether it has more documents, or fewer, than it had."""
        rows, page = self._rows(connection, number), self._pages[number]
        before, page.count = page.count, len(rows)
        page.leaves, page.segment = self._leaves(rows), None
        return page.count != before

    def _split(self, connection: Connection, number: int) -> None:
        """Cut a page that outgrew twice its size."""
        page = self._pages[number]
        if page.count <= 2 * PAGE or page.leaves is None:
            return
        rows, leaves, pages = self._rows(connection, number), page.leaves, []
        for start in range(0, page.count, PAGE):
            first = rows[start][:2] if start else page.first
            part = leaves[start * HASH : (start + PAGE) * HASH]
            pages.append(_Page(first, len(part) // HASH, part))
        self._pages[number : number + 1] = pages

    def _starts(self) -> list[int]:
        """Give the place of the first leaf of each page."""
        return [0, *accumulate(page.count for page in self._pages)]

    def _load(self, connection: Connection, pages: Iterable[_Page]) -> None:
        """Read leaves that were kept. TableDamaged when they are gone."""
        missing = {page.segment.name: page for page in pages if page.leaves is None and page.segment is not None}
        manifest = Manifest(0, "", tuple(page.segment for page in missing.values() if page.segment is not None))
        for name, leaves in _read(connection, manifest.segments, manifest).items():
            missing[name].leaves = leaves

    def _hash(self, connection: Connection, blocks: Iterable[int]) -> None:
        """Make the nodes of some blocks anew, in which nothing moved."""
        starts = self._starts()
        for block in sorted(blocks):
            first, end = block * PAGE, (block + 1) * PAGE
            low = bisect_right(starts, first) - 1
            pages = [page for page, start in zip(self._pages[low:], starts[low:], strict=False) if start < end]
            self._load(connection, pages)
            leaves = b"".join([page.leaves or b"" for page in pages])
            self._nodes[block] = _over(leaves[(first - starts[low]) * HASH :][:_BLOCK])

    def _build(self, connection: Connection, first: int) -> None:
        """Make the nodes of all blocks from ``first`` on anew."""
        starts = self._starts()
        low = bisect_right(starts, first * PAGE, hi=len(self._pages)) - 1
        self._load(connection, self._pages[low:])
        leaves = b"".join([page.leaves or b"" for page in self._pages[low:]])[(first * PAGE - starts[low]) * HASH :]
        self._nodes[first:] = [_over(leaves[start : start + _BLOCK]) for start in range(0, len(leaves), _BLOCK)]


class _Packed(Mapping[str, bytes]):
    """Segments, packed when they are asked for. Hashes cannot be made smaller, and nobody tries."""

    def __init__(self, parts: Mapping[str, bytes | None]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> bytes:
        data = self._parts[name]
        if data is None:
            raise TableDamaged(f"segment {name} is missing")
        return compress(data, 6 if name == _HEAD else 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def _over(hashes: bytes) -> bytes:
    """Give the node over some hashes, which stand one after the other."""
    tree = Frontier()
    tree.extend(hashes[at : at + HASH] for at in range(0, len(hashes), HASH))
    return tree.root()


def _segment(name: str, data: bytes) -> Segment:
    return Segment(name, len(data), sha256(data).hexdigest())


def _read(connection: Connection, segments: Iterable[Segment], manifest: Manifest) -> dict[str, bytes]:
    listed = list(segments)
    found = read_packed(connection, {segment.name: segment.digest for segment in listed})
    return {s.name: checked(manifest, s.name, unpacked(found[s.name], s.size)) for s in listed}
