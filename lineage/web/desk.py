"""Answers, ready to be sent: each is encoded once for a revision, and stays until one of its dates passes.

What is kept belongs to one snapshot and is asked for by tuples of keys. All that is kept holds in one window of
instants, so that looking it up needs no look at the date; when the window ends, everything is encoded anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from lineage.gate.answer import Answer, Question, spanned
from lineage.gate.findings import Finding
from lineage.gate.gate import Gate
from lineage.gate.refusal import UNREADABLE, refused
from lineage.gate.segments import TableDamaged
from lineage.gate.shapes import answer_data
from lineage.gate.source import Snapshot
from lineage.gate.table import Table
from lineage.services.moments import Moment
from lineage.web.limits import REMEMBERED

Names = tuple[str, ...]
"""Process, element and purpose; then, unless both are empty, audience and regime."""
FOREVER = 1 << 62
SECOND = 1_000_000
ENDINGS = 1_000
_WEIGHTS = {"deny": 0, "allow": 1, "undecided": 1 << 32}
_encode = msgspec.json.Encoder().encode


class Entry(NamedTuple):
    """An answer without its ending, and what it adds to a sum of effects: allows in the low half, undecided above.

    The answer itself is there only where somebody records it: it takes more room than what is sent.
    """

    body: bytes
    weight: int
    answer: Answer | None

    @property
    def allows(self) -> bool:
        """Whether the effect is allow."""
        return self.weight == _WEIGHTS["allow"]


class Given(NamedTuple):
    """An answer to be sent: what is encoded, how it ends, of which snapshot it is and about which instant."""

    entry: Entry
    ending: bytes
    snapshot: Snapshot | None
    at: int


@dataclass(slots=True)
class Held:
    """A snapshot with the answers encoded from it; all that is kept holds from ``since`` until ``until``."""

    snapshot: Snapshot
    opening: bytes
    memo: dict[Names, Entry] = field(default_factory=dict)
    since: int = -FOREVER
    until: int = FOREVER
    index: dict[str, tuple[str, ...]] | None = None
    """The elements each process has uses of, sorted; made when somebody searches."""
    _endings: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The decision table."""
        return self.snapshot.table

    def ending(self, at: int) -> bytes:
        """Give what ends an answer given at an instant: both times and the closing braces."""
        key = at // SECOND, self.snapshot.known // SECOND
        found = self._endings.get(key)
        if found is None:
            if len(self._endings) > ENDINGS:
                self._endings.clear()
            zone = self.table.zone
            found = self._endings[key] = ending_of(shown(at, zone), shown(self.snapshot.known, zone))
        return found


class Desk:
    """Gives encoded answers from the newest snapshot of a gate. ``now`` is the gate's clock, in microseconds.

    ``whole`` keeps the answers beside what is encoded of them.
    """

    def __init__(self, gate: Gate, now: Callable[[], int], *, whole: bool = False) -> None:
        self._whole = whole
        self.gate = gate
        self.now = now
        self._held: Held | None = None

    def held(self, now: int) -> Held | None:
        """Give what may be answered from now; None when nothing is known, or it is too old."""
        gate, held = self.gate, self._held
        snapshot = gate.snapshot
        if snapshot is None or not gate.ready:
            return None
        if held is None or held.snapshot is not snapshot:
            if held is None or not _same(held.snapshot, snapshot):
                held = self._held = holding(snapshot)
            held.snapshot = snapshot
        if not held.since <= now < held.until:
            held.memo, held.since, held.until = {}, -FOREVER, FOREVER
        return held

    def entry(self, held: Held, names: Names, now: int) -> Entry:
        """Give the encoded answer about now."""
        found = held.memo.get(names) if held.since <= now < held.until else None
        if found is None:
            found, since, until = made(held, names, now)
            self.keep(held, names, found, now, since, until)
        return found

    def about(self, held: Held, names: Names, at: int) -> Entry:
        """Give the encoded answer about any instant; what is kept is about now, but may fit."""
        found = held.memo.get(names) if held.since <= at < held.until else None
        return made(held, names, at)[0] if found is None else found

    def keep(self, held: Held, names: Names, found: Entry, now: int, since: int, until: int) -> None:
        """Keep an encoded answer about now that is good in an interval; one about things nobody knows is not kept."""
        # Strangers' names could fill the memory, and a batch that began before a date must not bring back what is over.
        if not held.since <= now < held.until or not known(held.table, names):
            return
        held.since, held.until = max(held.since, since), min(held.until, until)
        if len(held.memo) >= REMEMBERED:
            held.memo = {}
        held.memo[names] = found if self._whole else found._replace(answer=None)

    def too_old(self, names: Names) -> Given:
        """Give what the gate says when nothing is known, or nothing recent enough: a deny with the reason."""
        process, element, purpose, audience, regime = (*names, "", "")[:5]
        found = self.gate.decide(process, element, purpose, audience=audience, regime=regime)
        if found.snapshot is None:
            said = shown(found.instant, "UTC")
            return Given(encoded(found.answer, _nowhere, b""), ending_of(said, said), None, found.instant)
        held = holding(found.snapshot)
        entry = encoded(found.answer, found.snapshot.where, held.opening)
        return Given(entry, held.ending(found.instant), found.snapshot, found.instant)


def holding(snapshot: Snapshot) -> Held:
    """Hold a snapshot, with nothing encoded yet."""
    catalogue = _encode({"revision": snapshot.revision, "digest": snapshot.digest})
    return Held(snapshot, b',"catalogue":' + catalogue)


def question_of(names: Names, at: int) -> Question:
    """Give a question about an instant."""
    process, element, purpose, audience, regime = (*names, "", "")[:5]
    return Question(process, element, purpose, at, audience, regime)


def made(held: Held, names: Names, at: int, *, sought: bool = True) -> tuple[Entry, int, int]:
    """Answer about an instant, and encode it; give also the half-open interval in which the answer stays.

    With ``sought`` an unknown name is told with the nearest ones.
    """
    question = question_of(names, at)
    try:
        found = spanned(held.table, question, sought=sought)
    except TableDamaged as error:
        return encoded(refused(held.table, question, UNREADABLE, str(error)), _nowhere, held.opening), at, at
    return encoded(found.answer, held.snapshot.where, held.opening), found.since, found.until


def encoded(answered: Answer, where: Callable[[Any], str], opening: bytes) -> Entry:
    """Encode an answer up to its times; ``opening`` says which catalogue it is from."""
    try:
        data = _encode(answer_data(answered, where))
    except Exception:  # a place that cannot be told is no reason not to answer
        data = _encode(answer_data(answered, _nowhere))
    decision = b"true" if answered.effect == "allow" else b"false"
    return Entry(b'{"decision":' + decision + b',"context":' + data[:-1] + opening, _WEIGHTS[answered.effect], answered)


def known(table: Table, names: Names) -> bool:
    """Whether a question is about things there are: only such answers are kept, or anybody could fill the memory."""
    process, element, purpose, audience, regime = (*names, "", "")[:5]
    return (
        process in table.processes
        and element in table.elements
        and purpose in table.purposes
        and (not audience or audience in table.audiences)
        and (not regime or regime in table.regimes)
    )


def shown(at: int, zone: str) -> str:
    """Write an instant as every answer does: local time with offset, whole seconds."""
    return Moment(at, zone).shown


def ending_of(at: str, as_of: str) -> bytes:
    """Give what ends an answer: both times and the closing braces."""
    return b',"at":' + _encode(at) + b',"as_of":' + _encode(as_of) + b"}}"


def _nowhere(_: Finding) -> str:
    return ""


def _same(one: Snapshot, other: Snapshot) -> bool:
    return (one.root, one.revision, one.digest, one.bundle) == (other.root, other.revision, other.digest, other.bundle)
