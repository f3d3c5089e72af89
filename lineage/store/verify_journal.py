"""Every journal entry made again from its columns and from the document version it wrote, and compared byte for byte.

The leaf that goes into the tree is the one made again: the roots that come out are those of what is stored now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any

from sqlalchemy import Connection

from lineage.domain.canonical import digest_of
from lineage.store.entry import Author, HeaderForm, instant_text, payload_digest, payload_of
from lineage.store.merkle import EMPTY, HASH, leaf_hash
from lineage.store.verify_breaks import Found
from lineage.store.verify_rows import one
from lineage.store.verify_source import FITTING, SAME, Row, Shared, Source
from lineage.store.verify_tree import Tree

SKEW = timedelta(days=1)
"""How far the clock that wrote an entry may have been ahead of ours."""


class Entries:
    """Walks along the journal, from where ``tree`` ends; afterwards it knows what the rest has to agree with.

    ``ends`` is zero when every closed version ends where the next one of its document begins, and was retired only if
    that one restored it: a sum over keyed hashes of both sides, for a tenth of what asking the database costs.
    ``unseen`` are instants at which accounts were made; those of some entry are taken out.
    """

    def __init__(self, connection: Connection, found: Found, tree: Tree, now: datetime, unseen: set[str]) -> None:
        self._connection = connection
        self._found = found
        self._tree = tree
        self._latest = instant_text(now + SKEW)
        self._shared = Shared((None,) * 7)
        self._at = (
            (one(connection, f"SELECT at FROM journal WHERE sequence = {tree.size - 1:d}") or "") if tree.size else ""
        )
        self.expected = tree.size
        self.ends = self.matched = self.checked = self.redacted = 0
        self.first_at: dict[str, str] = {}
        self.unseen = unseen
        self.stood_still = ""

    def walk(self, stops: Iterator[int]) -> Iterator[int]:
        """Check every entry; pause at each size of ``stops``, in rising order, when the tree has grown to it."""
        source = Source(self._connection, self._tree.size)
        stop = next(stops, None)
        while True:
            while stop is not None and stop <= self._tree.size:
                if stop == self._tree.size:
                    yield stop
                stop = next(stops, None)
            room = self._tree.room if stop is None else min(self._tree.room, stop - self._tree.size)
            part = source.part(room)
            if not part:
                return
            self._tree.extend(self._leaves(part))
            self.checked += len(part)

    def _leaves(self, rows: list[Row]) -> list[bytes]:
        """Give the leaves of some entries. This is the hot loop: what does not fit is looked at again by ``_explain``."""
        leaves: list[bytes] = []
        shared, expected, ends, matched = self._shared, self.expected, 0, 0
        for row in rows:
            (sequence, same, request, key, version, header, salt, payload, leaf,
             body, digest, retired, sys_from, sys_to) = row  # fmt: skip
            if same != SAME and same is not shared:
                shared = self._next(sequence, same)
            try:
                text = body.encode()
                end = shared.end_retired if retired else shared.end
                mine = sha256(b"".join((b"\x02", salt, b'{"body":', text, end))).digest()
                asked = "null" if request is None else quoted(request)
                made = (
                    f"{shared.start}{quoted(key)}{shared.middle}{mine.hex()}"
                    f'","request":{asked},"sequence":{sequence},"version":{version}}}'
                ).encode()
                own = sha256(b"\x00" + made).digest()
                if version > 1:
                    ends += hash((shared.said[5], key, version - 1)) * (sequence + sequence + shared.restores)
                if sys_to is not None:
                    ends -= hash((shared.said[5], key, version)) * (sys_to + sys_to + retired)
                fits = (
                    made == header and own == leaf and mine == payload and sys_from == sequence == expected
                    and sha256(text).hexdigest() == digest and shared.fitting == (version > 1, retired)
                )  # fmt: skip
            except (AttributeError, TypeError, ValueError):
                fits = False
            leaves.append(own if fits else self._explain(row, expected))
            matched += fits
            expected = sequence + 1 if isinstance(sequence, int) else expected + 1
        self.expected = expected
        self.ends += ends
        self.matched += matched
        return leaves

    def _next(self, sequence: Any, shared: Shared) -> Shared:
        """Take up entries that share something else than those before."""
        command, actor, _, at = shared.said[:4]
        if isinstance(at, str) and (command, at) != (self._shared.said[0], self._shared.said[3]):
            self._check_time(sequence, at)
        if isinstance(actor, str) and isinstance(at, str):
            self.first_at.setdefault(actor, at)
            self.unseen.discard(at)
        self._shared = shared
        return shared

    def _check_time(self, sequence: Any, at: str) -> None:
        entry = f"journal entry {sequence}"
        if not is_instant(at):
            self._found.add("journal", sequence, f"{entry} has no instant, but {at[:40]!r}")
        elif at < self._at:
            self._found.add("journal", sequence, f"{entry} is dated {at}, before the entry it follows ({self._at})")
        elif at > self._latest:
            self._found.add(
                "journal",
                sequence,
                f"{entry} is dated {at}, in the future",
                "Set the clock of this machine, or ask whose it was.",
            )
        else:
            self.stood_still = at if at == self._at else self.stood_still
            self._at = at

    def _explain(self, row: Row, expected: int) -> bytes:
        """Say what does not fit about an entry; give its leaf, as far as it can be made again."""
        sequence, leaf = row[0], row[8]
        if isinstance(sequence, int) and sequence > expected:
            several = f"journal entries {expected} to {sequence - 1} are" if sequence - expected > 1 else ""
            self._found.add("journal", expected, f"{several or f'journal entry {expected} is'} missing")
        where = sequence if isinstance(sequence, int) else expected
        try:
            return self._compare(row)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            self._found.add("journal", where, f"journal entry {where} cannot be read: a value is damaged")
            return leaf if isinstance(leaf, bytes) and len(leaf) == HASH else EMPTY

    def _compare(self, row: Row) -> bytes:
        """Compare an entry slowly, with the functions that wrote it."""
        (sequence, _, request, key, version, header, salt, payload, leaf, body, digest, retired, sys_from, _) = row
        command, actor, how, at, reason, kind, operation = self._shared.said
        entry = f"journal entry {sequence}"
        mine = payload
        if body is None:
            self._found.add(
                "documents", sequence, f"{entry} has lost its document version: {kind} {key}, version {version}"
            )
        else:
            self.matched += sys_from == sequence
            mine = self._payload(sequence, body, digest, salt, reason, payload, retired)
            self._compare_document(sequence, body, digest, operation, version, retired, sys_from)
        form = HeaderForm(Author(actor, at, command, how, reason))
        told = form.header(kind, key, operation, payload, request, sequence, version)
        if told != header:
            self._found.add("journal", sequence, f"{entry} does not agree with its header")
        if leaf_hash(header) != leaf:
            self._found.add("journal", sequence, f"{entry} does not agree with its leaf")
        return leaf_hash(form.header(kind, key, operation, mine, request, sequence, version))

    def _payload(
        self, sequence: int, body: str, digest: str, salt: Any, reason: str | None, payload: bytes, retired: Any
    ) -> bytes:
        """Give the digest of the payload, made again where it was not redacted."""
        if salt is None:
            self._redacted(sequence, digest, reason)
            return payload
        mine = payload_digest(salt, payload_of(body, reason, retired=bool(retired)))
        if mine != payload:
            self._found.add("documents", sequence, f"journal entry {sequence} does not agree with its document version")
        return mine

    def _redacted(self, sequence: int, digest: str, reason: str | None) -> None:
        """Look for the record that took the payload away, and compare what it says was left."""
        self.redacted += 1
        query = f"SELECT body FROM document WHERE kind = 'redaction' AND key = '{sequence:d}' AND sys_to IS NULL"
        body = one(self._connection, query)
        record = json.loads(body) if isinstance(body, str) else {}
        if record.get("sequence") != sequence:
            self._found.add(
                "documents", sequence, f"journal entry {sequence} lost its payload, and no redaction says why"
            )
        elif record.get("digest") != digest or reason is not None:
            self._found.add("documents", sequence, f"journal entry {sequence} does not hold what its redaction left")

    def _compare_document(
        self, sequence: int, body: str, digest: Any, operation: Any, version: int, retired: Any, sys_from: Any
    ) -> None:
        version_of = f"the document version of journal entry {sequence}"
        if digest_of(body) != digest:
            self._found.add("documents", sequence, f"{version_of} does not agree with its digest")
        if sys_from != sequence:
            self._found.add("documents", sequence, f"{version_of} says it begins at entry {sys_from}")
        if FITTING.get(operation) != (version > 1, retired):
            self._found.add("documents", sequence, f"{version_of} is no result of {operation!s:.40}")


def is_instant(text: str) -> bool:
    """Whether a text is written as ``instant_text`` writes it."""
    try:
        return instant_text(datetime.fromisoformat(text)) == text
    except ValueError:
        return False
