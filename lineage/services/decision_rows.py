"""What is kept of a decision: ids, rows made of answers, and the one canonical form in which a decision is sealed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from lineage import __version__
from lineage.domain.canonical import canonical
from lineage.domain.personal import looks, may_hold
from lineage.gate.answer import Answer
from lineage.gate.findings import Finding
from lineage.gate.source import Snapshot
from lineage.store.decisions import Kept, Numbered

DECISION = re.compile(r"d-[0-7][0-9A-HJKMNP-TV-Z]{25}")
"""An id: 48 bits of milliseconds since 1970 and 80 of chance, in Crockford's base 32 (the form of a ULID)."""

LOST = "lost"
"""Effect of a row that stands for decisions which could not be kept."""

LONGEST = 200
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAIL, _HEAD = 16, 10
_TO_LETTERS = bytes(ord(_LETTERS[byte & 31]) for byte in range(256))
_AT_ONCE = 1_024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDEST = 2**63 - 1
_HELD = 65_536
"""Answers, and texts of answers, remembered at a time."""


class Ids:
    """Makes ids. May be used from any thread; a forked process needs one of its own, or both would make the same."""

    def __init__(self) -> None:
        self._tails: list[str] = []
        self._head = (-1, "")

    def make(self, now: int) -> str:
        """Give an id for an instant (microseconds)."""
        millisecond = now // 1_000
        head = self._head
        if head[0] != millisecond:
            head = self._head = (millisecond, head_of(millisecond))
        try:
            return head[1] + self._tails.pop()
        except IndexError:
            drawn = os.urandom(_TAIL * _AT_ONCE).translate(_TO_LETTERS).decode()
            tails = [drawn[start : start + _TAIL] for start in range(0, len(drawn), _TAIL)]
            own = tails.pop()
            self._tails.extend(tails)
            return head[1] + own


def head_of(millisecond: int) -> str:
    """Give what every id of a millisecond begins with: text that sorts as time does."""
    value = min(max(millisecond, 0), 2**48 - 1)
    return "d-" + "".join(_LETTERS[value >> (5 * place) & 31] for place in range(_HEAD - 1, -1, -1))


class Rows:
    """Makes rows of answers. What many answers share is written once and named by its digest; ``fresh`` holds what is new.

    ``salt`` is the log's: callers and words that look like somebody's data are kept as a mark that says nothing.
    """

    def __init__(self, salt: str) -> None:
        self._salt = salt
        self._answers: dict[Any, tuple[Any, tuple[str, ...], str]] = {}
        self._snapshot: tuple[Snapshot | None, str, int] = (None, "", 0)
        self._kept: set[str] = set()
        self.fresh: dict[str, str] = {}

    def row(self, number: str, now: int, caller: str, answer: Answer, snapshot: Snapshot) -> Kept:
        """Make the row of an answer that was given to a caller now."""
        words = answer.question
        # An answer that is remembered is given again with another instant: its parts stay the same objects.
        key = (id(answer.stages), words.process, words.element, words.purpose, words.audience, words.regime)
        known = self._answers.get(key)
        if known is None or known[0] is not answer.stages:
            known = self._of_answer(key, answer)
        if self._snapshot[0] is not snapshot:
            self._snapshot = (snapshot, self._knowledge(snapshot), _within(snapshot.known))
        at, effect = _within(words.instant), answer.effect
        asked, verdict = known[1:]
        values = (number, now, plain(caller, self._salt), *asked, at, effect, 0, verdict, *self._snapshot[1:])
        return tuple.__new__(Kept, values)

    def gap(self, number: str, since: int, until: int, count: int) -> Kept:
        """Make the row that stands for decisions which were not kept."""
        return Kept(number, since, "", "", "", "", "", "", until, LOST, count, "", "", since)

    def now_kept(self) -> None:
        """Note that all that was ``fresh`` is in the store."""
        self._kept.update(self.fresh)
        self.fresh = {}
        if len(self._kept) > _HELD:
            # All that names a digest goes with it: whatever is used again is said again.
            self._kept.clear()
            self._answers.clear()
            self._snapshot = (None, "", 0)

    def _of_answer(self, key: tuple[Any, ...], answer: Answer) -> tuple[Any, tuple[str, ...], str]:
        if len(self._answers) >= _HELD:
            self._answers.clear()
        made = (answer.stages, tuple([plain(word, self._salt) for word in key[1:]]), self._say(verdict_data(answer)))
        self._answers[key] = made
        return made

    def _knowledge(self, snapshot: Snapshot) -> str:
        said = {"revision": snapshot.revision, "digest": snapshot.digest, "root": snapshot.root}
        return self._say(said | {"bundle": snapshot.bundle, "program": __version__})

    def _say(self, data: Mapping[str, Any]) -> str:
        text = canonical(data)
        digest = sha256(text.encode()).hexdigest()[:32]
        if digest not in self._kept:
            self.fresh[digest] = text
        return digest


def verdict_data(answer: Answer) -> dict[str, Any]:
    """Give what is kept of a verdict: all of it but its sentences, which follow from the codes and the catalogue."""
    return {
        "cycle": answer.cycle,
        "stages": dict(answer.stages),
        "consent": answer.consent,
        "regulatory": dict(answer.regulatory),
        "obligations": _codes(answer.obligations),
        "findings": [{"code": finding.code, "severity": finding.severity} for finding in answer.findings],
        "holds_until": answer.holds_until,
        "uses": list(answer.uses),
    }


def _codes(found: tuple[Finding, ...]) -> list[str]:
    return list(dict.fromkeys(finding.code for finding in found))


@lru_cache(maxsize=65_536)
def plain(word: str, salt: str) -> str:
    """Give a word as it is kept: short, in characters every database takes, and opaque when it looks like personal data.

    The mark is the same for the same word within one log, so that its decisions can be found together.
    """
    if not word.isascii() or "\0" in word:
        word = word.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    if may_hold(word) and looks(word):
        mark = hashlib.blake2b(word.encode(), key=bytes.fromhex(salt), digest_size=8).hexdigest()
        return f"personal-{mark}"
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}…"


def _within(instant: int) -> int:
    return max(-_WIDEST, min(instant, _WIDEST))


def instant_shown(microseconds: int) -> str:
    """Write an instant in UTC with microseconds; as a number where no calendar reaches."""
    try:
        shown = (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds")
    except OverflowError:
        return f"{microseconds} µs"
    return shown.replace("+00:00", "Z")


def decision_data(found: Numbered, said: Mapping[str, str]) -> dict[str, Any]:
    """Give a decision as plain data. A part that is missing from the store reads as empty, so that its seal breaks."""
    sequence, row = found
    data = {"sequence": sequence, "id": row.id, "time": instant_shown(row.time), "effect": row.effect}
    if row.lost:
        return data | {"lost": row.lost, "until": instant_shown(row.at)}
    data |= {name: getattr(row, name) for name in ("caller", "process", "element", "purpose", "audience", "regime")}
    data |= {"at": instant_shown(row.at), "known": instant_shown(row.known)}
    return data | _said(said.get(row.verdict, "{}")) | _said(said.get(row.knowledge, "{}"))


@lru_cache(maxsize=4_096)
def _said(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def line_of(data: Mapping[str, Any]) -> str:
    """Give the canonical line of a decision: what is exported, and what its leaf is the hash of."""
    return canonical(data)
