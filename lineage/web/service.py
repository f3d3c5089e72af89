"""What a worker answers with, and how it keeps what it answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from time import monotonic

import msgspec

from lineage.gate.answer import Answer
from lineage.gate.source import Recorder, Snapshot, Unrecorded
from lineage.web.callers import Callers
from lineage.web.desk import Desk, Entry, Given, Held, Names, known, made
from lineage.web.limits import LOOKING, LOOKS, LOOKS_SECONDS, PATIENCE
from lineage.web.messages import Malformed
from lineage.web.metrics import Metrics
from lineage.web.past import Past
from lineage.web.threads import beside, beside_few

_LOW = (1 << 32) - 1
MANY = 5_000
"""Among more names than this, looking for the nearest takes long enough to do it beside."""
encode = msgspec.json.Encoder().encode


class Looks:
    """How often one request has the nearest of unknown names looked for; a question that comes again counts once."""

    __slots__ = ("_end", "_most", "_seen")

    def __init__(self, most: int = LOOKS, seconds: float = LOOKS_SECONDS) -> None:
        self._most, self._end = most, monotonic() + seconds
        self._seen: set[Names] = set()

    def take(self, names: Names) -> bool:
        """Tell whether names may be looked for."""
        if self.seconds <= 0:
            return False
        if len(self._seen) < self._most:
            self._seen.add(names)
        return names in self._seen

    @property
    def seconds(self) -> float:
        """How long they still may be looked for."""
        return self._end - monotonic()


@dataclass(frozen=True, slots=True)
class Service:
    """One worker: knowledge, counters, callers, log. ``durable``: no answer without its record."""

    desk: Desk
    metrics: Metrics
    past: Past
    callers: Callers
    public_url: str
    secret: bytes
    recorder: Recorder | None = None
    durable: bool = False
    indexing: asyncio.Lock = field(default_factory=asyncio.Lock)
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKING))
    looks: Looks | None = None

    def for_batch(self) -> Service:
        """Give the same worker for one batch, which may name only so many things that nobody knows."""
        return replace(self, looks=Looks())


async def entry_for(service: Service, held: Held, names: Names, at: int, *, about: bool = False) -> Entry:
    """Give the encoded answer about now, or ``about`` any instant.

    What resembles strangers' names is looked for beside among many, and not at all once a batch had its share of them,
    or where all places are taken for too long: the answer is a deny in any case.
    """
    stranger = names not in held.memo and not known(held.table, names)
    if stranger and service.looks is not None and not service.looks.take(names):
        return made(held, names, at, sought=False)[0]
    if not stranger or len(held.table.elements) <= MANY:
        return (service.desk.about if about else service.desk.entry)(held, names, at)
    patience = PATIENCE / 2 if service.looks is None else service.looks.seconds
    try:
        return (await beside_few(lambda: made(held, names, at), service.looking, patience))[0]
    except TimeoutError:
        return made(held, names, at, sought=False)[0]


def count(service: Service, entries: Sequence[Entry], errors: int = 0) -> None:
    """Count decisions by effect."""
    weight = sum([entry[1] for entry in entries])
    allow, undecided = weight & _LOW, weight >> 32
    service.metrics.decisions(allow, len(entries) - allow - undecided, undecided, errors)


async def recorded(service: Service, given: Iterable[Given], caller: str, now: int) -> list[bytes]:
    """Record answers and give them as they are sent, each with the id of its record.

    Malformed with status 503 when they must not be given because they could not be recorded.
    """
    recorder = service.recorder
    if recorder is None:
        return [one.entry.body + one.ending for one in given]
    pairs = [(one, _of_instant(one)) for one in given]

    def record() -> list[str]:
        ids = []
        for snapshot, group in groupby(pairs, key=lambda pair: pair[0].snapshot):
            answers = [answer for _, answer in group]
            # Where nothing was known there is no revision to record with; such an answer is a deny in any case.
            ids += [""] * len(answers) if snapshot is None else _keep(recorder, answers, snapshot, caller, now)
        return ids

    try:
        ids = await beside(record) if service.durable else record()
    except Unrecorded as error:
        raise Malformed(f"the answer could not be recorded, and is not given without: {error}", 503) from None
    return [one.entry.body + _with_id(one.ending, name) for (one, _), name in zip(pairs, ids, strict=True)]


def _keep(recorder: Recorder, answers: list[Answer], snapshot: Snapshot, caller: str, now: int) -> list[str]:
    """Record answers together where that can be done: what is made durable waits only once."""
    together: Callable[..., list[str]] | None = getattr(recorder, "record_many", None)
    if together is not None:
        return together(answers, snapshot, caller, now)
    return [recorder.record(answer, snapshot, caller, now) for answer in answers]


def _of_instant(given: Given) -> Answer:
    """Give an answer about the instant it was given for: what is kept was made for an earlier one."""
    answer = given.entry.answer
    assert answer is not None
    if answer.question.instant == given.at:
        return answer
    return replace(answer, question=answer.question._replace(instant=given.at))


def _with_id(ending: bytes, name: str) -> bytes:
    return ending[:-2] + b',"id":' + encode(name) + b"}}" if name else ending
