"""One question, and many in one request (AuthZEN: access evaluation, access evaluations)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from lineage.gate.answer import denied
from lineage.gate.findings import Finding
from lineage.gate.refusal import OWN
from lineage.web.asking import Circumstances, circumstances, instant_of
from lineage.web.desk import Entry, Given, Held, Names, encoded, question_of
from lineage.web.limits import EVALUATIONS, PAST, PATIENCE, SLICE
from lineage.web.messages import (
    SEMANTICS,
    Evaluation,
    Malformed,
    PlainBatch,
    converted,
    named,
    plain_batch,
    plain_question,
    read_object,
)
from lineage.web.past import Then
from lineage.web.service import Service, count, encode, entry_for, recorded
from lineage.web.texts import Texts

TYPES = ("process", "element")
PARTS = ("subject", "action", "resource", "context")
_OPENING, _SEPARATOR, _CLOSING = b'{"evaluations":[', b",", b"]}"


class Item(NamedTuple):
    """A question of a batch that was read; ``error`` is why it could not be."""

    names: Names
    around: Circumstances
    typed: str = ""
    error: Malformed | None = None


async def evaluation(service: Service, body: bytes, caller: str) -> bytes:
    """Answer one question."""
    names = plain_question(body)
    desk = service.desk
    now = desk.now()
    held = desk.held(now)
    if names is None:
        return await _single(service, read_object(body), caller, held, now)
    if held is None:
        return await _sent(service, service.desk.too_old(names), caller, now)
    entry = held.memo.get(names)
    if entry is None:
        entry = await entry_for(service, held, names, now)
    count(service, (entry,))
    if service.recorder is None:
        return entry.body + held.ending(now)
    return (await recorded(service, (Given(entry, held.ending(now), held.snapshot, now),), caller, now))[0]


async def evaluations(service: Service, body: bytes, caller: str) -> bytes:
    """Answer the questions of a batch, all from one revision and about one instant unless they name another."""
    now = service.desk.now()
    held = service.desk.held(now)
    entries = None if held is None else _TEXTS.find(body, held.memo)
    if held is None or entries is None:
        batch = plain_batch(body)
        entries = None if batch is None or held is None else await _plain(service, held, batch, now)
        if held is None or entries is None:
            return await _batch(service, read_object(body), caller, held, now)
        _TEXTS.learn(body, held.memo)
    ending = held.ending(now)
    count(service, entries)
    if service.recorder is not None:
        given = [Given(entry, ending, held.snapshot, now) for entry in entries]
        return _joined(await recorded(service, given, caller, now))
    bodies = [entry[0] for entry in entries]
    # A megabyte is put together once: every plus behind it would copy it once more.
    bodies[0] = _OPENING + bodies[0]
    bodies[-1] += ending + _CLOSING
    return (ending + _SEPARATOR).join(bodies)


async def _plain(service: Service, held: Held, batch: PlainBatch, now: int) -> list[Entry] | None:
    """Give the answers of a plain batch; None where a question is not complete, or a name too long."""
    items = batch.evaluations
    _check_number(len(items))
    memo = held.memo
    try:
        # The quick way: all was asked before. What is not there, in the batch or in the memo, makes it the other one.
        return [memo[i.subject.id, i.resource.id, i.action.name] for i in items]  # type: ignore[union-attr]
    except (KeyError, AttributeError):
        names = named(batch)
        return None if names is None else await _filled(service, held, names, now)


async def _filled(service: Service, held: Held, plain: list[tuple[str, str, str]], now: int) -> list[Entry]:
    """Give the answers of a plain batch of which some are new, letting others in between."""
    breath = _Breath()
    entries = []
    for names in plain:
        entry = held.memo.get(names) if held.since <= now < held.until else None
        if entry is None:
            entry = _LATE if breath.late else await entry_for(service, held, names, now)
            await breath.take()
        entries.append(entry)
    return entries


_LATE = Entry(
    b'{"decision":false,"context":{"error":{"status":503,"message":"answering took too long; ask in smaller batches"}',
    0, None,
)  # fmt: skip
"""What a question is answered whose batch has had its time."""

_TEXTS = Texts()


class _Breath:
    """Lets other requests in every ``SLICE``, and tells when a request has had its time."""

    def __init__(self) -> None:
        self._time = asyncio.get_running_loop().time
        self._since = self._time()
        self._end = self._since + PATIENCE

    @property
    def late(self) -> bool:
        return self._time() > self._end

    async def take(self) -> None:
        if self._time() - self._since > SLICE:
            await asyncio.sleep(0)
            self._since = self._time()


async def _single(service: Service, data: Mapping[str, Any], caller: str, held: Held | None, now: int) -> bytes:
    item = _item(converted(data, Evaluation), service, now)
    return await _sent(service, await _given(service, item, held, now), caller, now)


async def _sent(service: Service, given: Given, caller: str, now: int) -> bytes:
    count(service, (given.entry,))
    return (await recorded(service, (given,), caller, now))[0]


async def _batch(service: Service, data: Mapping[str, Any], caller: str, held: Held | None, now: int) -> bytes:
    found = data.get("evaluations")
    if found is None or found == []:
        return await _single(service, data, caller, held, now)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Malformed("evaluations: expected `array` of `object`s")
    _check_number(len(found))
    semantic = _semantic(data.get("options"))
    merged = [_merged(data, one, number) for number, one in enumerate(found)]
    items = [_read(service, one, now) for one in merged]
    if sum(item.around.as_of is not None for item in items) > PAST:
        raise Malformed(f"at most {PAST} questions of a batch may ask with what was known earlier (as_of)", 413)
    breath = _Breath()
    given: list[Given | Malformed] = []
    for item in items:
        one = await _one(service, item, held, now, breath)
        given.append(one)
        await breath.take()
        allowed = isinstance(one, Given) and one.entry.allows
        if (semantic == "deny_on_first_deny" and not allowed) or (semantic == "permit_on_first_permit" and allowed):
            break
    return _joined(await _written(service, given, caller, now))


async def _written(service: Service, given: list[Given | Malformed], caller: str, now: int) -> list[bytes]:
    """Count, record and write answers and errors, in their order."""
    answers = [one for one in given if isinstance(one, Given)]
    count(service, [one.entry for one in answers], len(given) - len(answers))
    written = iter(await recorded(service, answers, caller, now))
    return [next(written) if isinstance(one, Given) else _error(one) for one in given]


def _joined(bodies: list[bytes]) -> bytes:
    return _OPENING + _SEPARATOR.join(bodies) + _CLOSING


def _check_number(number: int) -> None:
    if number > EVALUATIONS:
        raise Malformed(f"a batch holds at most {EVALUATIONS:,} evaluations, and this one has {number:,}", 413)


def _semantic(options: Any) -> str:
    if options is not None and not isinstance(options, dict):
        raise Malformed("options: expected `object`")
    found = (options or {}).get("evaluations_semantic")
    if found is None:
        return SEMANTICS[0]
    if found not in SEMANTICS:
        raise Malformed(f"options.evaluations_semantic: choose one of {', '.join(SEMANTICS)}")
    return str(found)


def _merged(data: Mapping[str, Any], item: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Lay a question over the defaults, attribute by whole attribute."""
    merged = {}
    for part in PARTS:
        found = item.get(part)
        found = data.get(part) if found is None else found
        if found is None and part != "context":
            raise Malformed(f"evaluations[{number}]: there is no {part}, and no default for it")
        if found is not None:
            merged[part] = found
    return merged


def _read(service: Service, data: Mapping[str, Any], now: int) -> Item:
    """Read a question of a batch; one that fails alone is closed alone."""
    try:
        return _item(converted(data, Evaluation), service, now)
    except Malformed as error:
        return Item((), Circumstances(None, None), "", error)


def _item(said: Evaluation, service: Service, now: int) -> Item:
    context = said.context
    names: Names = (said.subject.id, said.resource.id, said.action.name)
    if context.audience or context.regime:
        names = (*names, context.audience or "", context.regime or "")
    wrong = [
        f"{part}.type {found!r} is not known: it is {known!r}"
        for part, found, known in zip(
            ("subject", "resource"), (said.subject.type, said.resource.type), TYPES, strict=True
        )
        if found != known
    ]
    return Item(names, circumstances(context, service.desk.gate.snapshot, now), "; ".join(wrong))


async def _one(service: Service, item: Item, held: Held | None, now: int, breath: _Breath) -> Given | Malformed:
    if item.error is not None:
        return item.error
    if breath.late:
        return Malformed("answering the questions before this one took too long; ask in smaller batches", 503)
    try:
        return await _given(service, item, held, now)
    except Malformed as error:
        return error


async def _given(service: Service, item: Item, held: Held | None, now: int) -> Given:
    """Answer a question that was read."""
    names, around = item.names, item.around
    if item.typed and held is not None:
        at = now if around.at is None else around.at
        return Given(_untyped(names, at, item.typed, held), held.ending(at), held.snapshot, at)
    if around.as_of is not None and not item.typed:
        then = Then(instant_of(now), around.at_text, around.as_of)
        entry, ending, snapshot = await service.past.answered(names, then)
        return Given(entry, ending, snapshot, now if entry.answer is None else entry.answer.question.instant)
    if held is None:
        return service.desk.too_old(names)
    at = now if around.at is None else around.at
    if around.at is None:
        return Given(await entry_for(service, held, names, now), held.ending(now), held.snapshot, now)
    return Given(await entry_for(service, held, names, at, about=True), held.ending(at), held.snapshot, at)


def _untyped(names: Names, at: int, wrong: str, held: Held) -> Entry:
    """Deny a question about things of another type: there is nothing like that in a catalogue."""
    finding = Finding(
        f"{OWN}/unknown-type", "request", "blocker", wrong, "ask about a subject of type process and a resource of type element",
        "closed world", "Types are known", "I",
    )  # fmt: skip
    return encoded(denied(question_of(names, at), (finding,)), lambda _: "", held.opening)


def _error(error: Malformed) -> bytes:
    body: bytes = encode({"decision": False, "context": {"error": {"status": error.status, "message": error.sentence}}})
    return body
