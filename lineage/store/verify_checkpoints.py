"""Stored checkpoints and tiles, and a checkpoint that somebody else holds, against the tree that the journal gives now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Any

from sqlalchemy import Connection

from lineage.gate.signing import VerifierKey
from lineage.store.checkpoints import Keyring
from lineage.store.merkle import HASH, TILE, TILE_LEVELS, Node, full_tiles, root_at
from lineage.store.note import Checkpoint, Note
from lineage.store.verify_breaks import MOST, Found
from lineage.store.verify_rows import fetch, one, stream


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint that somebody outside keeps: the note, what it says, and the key they were told it is signed with."""

    note: str
    says: Checkpoint
    key: VerifierKey | None = None

    @classmethod
    def of(cls, note: str, key: VerifierKey | None = None) -> Held:
        """Read a checkpoint; ValueError when it has not the form of one."""
        return cls(note, Checkpoint.of(Note.of(note).text), key)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest checkpoint that is stored and fits together in itself."""

    number: int
    says: Checkpoint
    note: str


@dataclass(slots=True)
class _Wrong:
    """A checkpoint whose root is not that of the log; everything before ``good`` was found as it was sealed."""

    number: int | None
    size: int
    good: int


class Seals:
    """Compares checkpoints while the tree grows (``stops``, ``reached``), and tells at the end what did not fit."""

    def __init__(self, connection: Connection, found: Found, keyring: Keyring, held: Sequence[Held] = ()) -> None:
        self._connection = connection
        self._found = found
        self._keyring = keyring
        self._held = held
        self._stored: set[Checkpoint] = set()
        self._pending: dict[int, list[tuple[int | None, bytes]]] = {}
        self._wrong: list[_Wrong] = []
        self._altered: list[tuple[int, int, int]] = []
        self._good = 0
        self.newest: Newest | None = None
        self.count = self.matched = 0
        largest = one(connection, "SELECT max(size) FROM checkpoint")
        self._tiles = dict(full_tiles(largest)) if isinstance(largest, int) else {}

    def stops(self) -> Iterator[int]:
        """Give the sizes at which there is something to compare, in rising order."""
        for one_held in self._held:
            self._pending.setdefault(one_held.says.size, []).append((None, one_held.says.root))
            self._check_signature(one_held)
        return merge(self._sizes(), sorted(one_held.says.size for one_held in self._held))

    def _check_signature(self, held: Held) -> None:
        """A checkpoint that no key of the log signed, or none the auditor was told of, proves nothing or too much."""
        try:
            self._keyring.opened(held.note)
            if held.key and not Note.of(held.note).signed_by([held.key]):
                raise ValueError(f"the key {held.key.hash} did not sign it")
        except ValueError as error:
            self._found.add("held", None, f"the checkpoint you hold does not belong to this log: {error}")

    def _sizes(self) -> Iterator[int]:
        last = 0
        for row in stream(self._connection, "SELECT number, size, root, key, note FROM checkpoint ORDER BY number"):
            says = self._read(row, last)
            if says is None:
                continue
            last = says.size
            self._pending.setdefault(says.size, []).append((row[0], says.root))
            yield says.size

    def _read(self, row: tuple[Any, ...], last: int) -> Checkpoint | None:
        """Look at one checkpoint by itself; None when there is nothing in it to compare."""
        number, size, root, key, note = row
        name = f"checkpoint {number}"
        if number != self.count:
            self._found.add("checkpoints", None, f"checkpoint {self.count} is missing")
        self.count = number + 1 if isinstance(number, int) else self.count + 1
        try:
            says = self._keyring.opened(note)
        except (ValueError, TypeError, AttributeError) as error:
            self._found.add("checkpoints", None, f"{name} is not to be trusted: {error}")
            return None
        if (says.size, says.root) != (size, root) or not self._is_of(key, says.size):
            self._found.add("checkpoints", None, f"{name} is stored with other values than were signed")
        if says.size < last:
            self._found.add("checkpoints", None, f"{name} is of {says.size} entries, the one before it of {last}")
            return None
        if self.newest and self.newest.says.size == says.size and self.newest.says.root != says.root:
            what = f"checkpoints {self.newest.number} and {number} give two roots for {says.size} entries"
            self._found.add("checkpoints", self._good, what, "Somebody signed two histories: ask who had the key.")
        if any(one_held.says == says for one_held in self._held):
            self._stored.add(says)
        self.newest = Newest(number, says, note)
        return says

    def _is_of(self, key: Any, size: int) -> bool:
        return any(one.key.hash == key and one.may_sign(size) for one in self._keyring.keys)

    def reached(self, size: int, root: bytes) -> None:
        """Compare what was said of this size with the root the log has there."""
        for number, said in self._pending.pop(size, []):
            if said == root:
                self.matched = max(self.matched, size)
                self._good = size if number is not None else self._good
            elif len(self._wrong) < MOST or number is None:
                self._wrong.append(_Wrong(number, size, self._good))

    def on_tile(self, level: int, number: int, hashes: bytes) -> None:
        """Compare a full tile with the stored one."""
        if number >= self._tiles.get(level, 0):
            return
        query = f"SELECT hashes FROM tile WHERE level = {level:d} AND number = {number:d}"
        stored = one(self._connection, query)
        if stored is None:
            self._found.add("checkpoints", None, f"tile {number} of level {level} is missing")
        elif stored != hashes and len(self._altered) < MOST:
            at = _first_difference(stored, hashes)
            self._altered.append((level, number, (number * TILE + at) << (TILE_LEVELS * level)))

    def finish(self, size: int) -> None:
        """Tell what did not fit; ``size`` is the number of entries there are."""
        internal = [one.sequence for one in self._found.breaks if one.layer in ("journal", "documents")]
        known = [sequence for level, _, sequence in self._altered if not level]
        hints = sorted(sequence for sequence in (*internal, *known) if sequence is not None)
        for wrong in self._wrong:
            self._tell(wrong, next((hint for hint in hints if hint < wrong.size), None))
        for said, waiting in sorted(self._pending.items()):
            for number, _ in waiting:
                self._cut(number, said, size)
        largest_wrong = max((wrong.size for wrong in self._wrong), default=0)
        for level, number, sequence in self._altered:
            if sequence >= largest_wrong:
                self._found.add("checkpoints", None, f"tile {number} of level {level} is not what the log gives")
        self._count_tiles()
        self._tell_notes(size)

    def _tell(self, wrong: _Wrong, first: int | None) -> None:
        if wrong.number is None:
            where = "somewhere among them" if first is None else f"entry {first} or one before it"
            what = f"the checkpoint you hold seals {wrong.size} entries, and they are not those of this log: {where} was altered"
            self._found.add("held", first, what)
            return
        where = f"between entries {wrong.good} and {wrong.size - 1}" if first is None else f"entry {first}"
        what = (
            f"checkpoint {wrong.number} seals {wrong.size} entries, and they are not those of this log: altered {where}"
        )
        self._found.add("checkpoints", wrong.good if first is None else first, what)

    def _cut(self, number: int | None, said: int, size: int) -> None:
        if number is None:
            what = f"the checkpoint you hold is of {said} entries, and the log has {size}: it was cut or rolled back"
            self._found.add("held", size, what)
        else:
            what = f"checkpoint {number} is of {said} entries, and the log has {size}: it was cut"
            self._found.add("checkpoints", size, what)

    def _count_tiles(self) -> None:
        """Find tiles of checkpoints that are not there any more: they are made together, and never taken away."""
        query = "SELECT level, count(*), max(number) FROM tile GROUP BY level ORDER BY level"
        for level, _, last in fetch(self._connection, query):
            if not isinstance(last, int) or last >= self._tiles.get(level, 0):
                what = f"there are tiles of level {level} that no stored checkpoint covers: checkpoints were taken away"
                self._found.add("checkpoints", None, what)

    def _check_any(self, size: int) -> None:
        """Miss checkpoints where there are none: the first one is made directly after the key, whose record may be two."""
        if self.count or not self._keyring.keys:
            return
        if self._keyring.keys[0].sequence < size - 2:
            what = "the log has a signing key and no checkpoint, though the first is made with the key: they were taken away"
            fix = "Ask who took them away and who holds one; `lineage log checkpoint` makes a new one."
            self._found.add("checkpoints", None, what, fix)
        else:
            self._found.note("the log has a signing key and no checkpoint yet: lineage log checkpoint makes one")

    def _tell_notes(self, size: int) -> None:
        self._check_any(size)
        if not self._keyring.keys:
            self._found.note("the log has no signing key: nothing in it is proven to anybody outside")
        if any(one_held.says not in self._stored for one_held in self._held):
            self._found.note("the checkpoint you hold is not among those that are stored")
        if self.newest and self.newest.says.size < size:
            behind = size - self.newest.says.size
            self._found.note(
                f"the newest {behind} entries are not under a checkpoint yet: they could still be rewritten"
            )


def compare_quickly(seals: Seals, node: Node, size: int) -> None:
    """Compare every checkpoint with the root that tiles and stored leaves give at its size."""
    for stop in seals.stops():
        if stop <= size:
            seals.reached(stop, root_at(node, stop))


def _first_difference(stored: Any, hashes: bytes) -> int:
    if not isinstance(stored, bytes):
        return 0
    pairs = ((stored[at : at + HASH], hashes[at : at + HASH]) for at in range(0, TILE * HASH, HASH))
    return next((at for at, (one, other) in enumerate(pairs) if one != other), 0)
