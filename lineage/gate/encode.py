"""A table into segments: the same table gives the same bytes in any process.

An element's part of ``uses/<n>`` is ``[title, retired, audiences, other names, prohibitions, origin, timelines, uses]``, its
part of ``texts/<n>`` one row for each of these timelines. Timelines that differ in the purpose's name only are written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lineage.gate.form import (
    ALIASES,
    META,
    NAMES,
    RULES,
    SEVERITIES,
    TEXTS_POOLS,
    USES_POOLS,
    Part,
    Piece,
    bits_for,
    compact,
    listed,
    shard_of,
    texts_name,
    uses_name,
    write_shard,
)
from lineage.gate.table import (
    Aim,
    Choice,
    Core,
    Element,
    Label,
    Law,
    Naming,
    Prohibition,
    Subject,
    Table,
    Timeline,
    Use,
)

_SPREAD = frozenset({"choices", "cores"})
"""Pools whose values the judge gives to many elements; the others are an element's own, and are let go with it."""

_RANKS = {name: number for number, name in enumerate(SEVERITIES)}


def encode(table: Table) -> dict[str, bytes]:
    """Write every segment of a table, by name."""
    return encode_judged(
        table, ((element, [table.uses[number] for number in element.uses]) for element in table.elements.values())
    )


def encode_judged(table: Table, judged: Iterable[tuple[Element, Sequence[Use]]]) -> dict[str, bytes]:
    """Write every segment; elements come one by one with their uses, and are not kept. ``table`` holds what they share."""
    writer, names, uses = PartWriter(), {}, 0
    written: dict[str, Part] = {}
    for element, own in judged:
        written[element.key] = writer.part(element, own)
        names[element.key] = (element.title, *element.also)
        uses += len(own)
    bits = bits_for(len(names), uses)
    parts = head_segments(table) | aliases_segment(names)
    parts[META] = meta_segment(table.zone, bits, len(names), uses)
    shards: dict[int, dict[str, Part]] = {number: {} for number in range(1 << bits)}
    for key in sorted(written):
        shards[shard_of(key, bits)][key] = written.pop(key)
    for number in sorted(shards):
        parts |= shard_segments(number, shards.pop(number))
    return parts


def shard_segments(number: int, parts: Mapping[str, Part]) -> dict[str, bytes]:
    """Write the two segments of one shard."""
    return {
        uses_name(number): write_shard({key: part.uses for key, part in parts.items()}, USES_POOLS),
        texts_name(number): write_shard({key: part.texts for key, part in parts.items()}, TEXTS_POOLS),
    }


def meta_segment(zone: str, bits: int, elements: int, uses: int) -> bytes:
    """Write what is needed to find anything else."""
    return compact({"zone": zone, "bits": bits, "elements": elements, "uses": uses}).encode()


def aliases_segment(names: Mapping[str, tuple[str, ...]]) -> dict[str, bytes]:
    """Write every element's key with its title and other names: what is near to an unknown name is looked for there."""
    return {ALIASES: compact({key: list(names[key]) for key in sorted(names)}).encode()}


def head_segments(table: Table) -> dict[str, bytes]:
    """Write what all shards share: processes, audiences, regimes, purposes, and the texts of rules."""
    purposes = table.purposes
    names = {
        "processes": [[key, table.processes[key].title, int(table.processes[key].retired)] for key in table.processes],
        "audiences": [[key, title] for key, title in table.audiences.items()],
        "regimes": [[key, title] for key, title in table.regimes.items()],
        "purposes": [[key, list(above)] for key, above in purposes.parents.items()],
        "explicit": sorted(purposes.explicit),
        "broad": sorted(purposes.broad),
        "retired": sorted(purposes.retired),
    }
    rules = {"texts": listed(table.rules), "numbers": [[code, number] for code, number in table.numbers.items()]}
    return {NAMES: compact(names).encode(), RULES: compact(rules).encode()}


class PartWriter:
    """Writes elements. What many of them share is written once: verdicts, starts, labels are remembered by identity."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, int], tuple[Any, str]] = {}
        self._own: dict[tuple[str, int], tuple[Any, str]] = {}

    def part(self, element: Element, uses: Sequence[Use]) -> Part:
        """Write one element with its uses."""
        self._own.clear()
        lines = _Timelines(self)
        origin = lines.number(element.origin)
        written = [_use(use, lines) for use in uses]
        bans = [_ban(ban) for ban in element.prohibitions]
        head = compact([element.title, int(element.retired), element.audiences, element.also, bans, origin])
        body = f"{head[:-1]},[{','.join(lines.uses)}],{compact(written)}]"
        return Part(
            Piece(body.encode(), lines.pools(USES_POOLS)),
            Piece(f"[{','.join(lines.texts)}]".encode(), lines.pools(TEXTS_POOLS)),
        )

    def text(self, pool: str, value: Any, form: Callable[[Any], Any]) -> str:
        """Give the text of a shared value; the value is kept, so that its identity stays its own."""
        name = (pool, id(value))
        kept = self._texts if pool in _SPREAD else self._own
        found = kept.get(name)
        if found is None:
            found = kept[name] = (value, compact(form(value)))
        return found[1]


class _Timelines:
    """The timelines of one element, each written once, and its numbers for what it shares with others."""

    def __init__(self, writer: PartWriter) -> None:
        self._writer = writer
        self._numbers: dict[tuple[str, str], int] = {}
        self._same: dict[int, tuple[Timeline, int]] = {}
        self._shared: dict[str, dict[str, int]] = {name: {} for name in (*USES_POOLS, *TEXTS_POOLS)}
        self.uses: list[str] = []
        self.texts: list[str] = []

    def number(self, timeline: Timeline) -> int:
        """Give the number of a timeline, written without the name of the purpose."""
        found = self._same.get(id(timeline))
        if found is None:
            found = self._same[id(timeline)] = (timeline, self._write(timeline))
        return found[1]

    def shared(self, pool: str, value: Any, form: Callable[[Any], Any]) -> int:
        """Give this element's number for a value that others may have too."""
        own = self._shared[pool]
        return own.setdefault(self._writer.text(pool, value, form), len(own))

    def pools(self, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Give what the numbers stand for, in their order."""
        return tuple([tuple(self._shared[name]) for name in names])

    def _write(self, timeline: Timeline) -> int:
        cores = [self.shared("cores", core, _core) for core in timeline.cores]
        uses = compact(
            [self.shared("starts", timeline.starts, list), cores, self.shared("regimes", timeline.regimes, list)]
        )
        texts = compact([self.shared("choices", timeline.choices, _choices), *_naming(timeline.naming, self)])
        number = self._numbers.setdefault((uses, texts), len(self.uses))
        if number == len(self.uses):
            self.uses.append(uses)
            self.texts.append(texts)
        return number


def _use(use: Use, lines: _Timelines) -> list[Any]:
    """Write a use: process, purpose, audience, key where it is not the usual one, timelines, and those of narrower purposes."""
    aim = _aim(Aim(use.timeline, use.beyond, use.audiences), lines)
    narrower: dict[str, list[str]] = {}
    aims: dict[str, Any] = {}
    for purpose in use.narrower:
        written = _aim(use.narrower[purpose], lines)
        text = compact(written)
        aims[text] = written
        narrower.setdefault(text, []).append(purpose)
    below = [[aims[text], purposes] for text, purposes in narrower.items()]
    key = 0 if use.key == usual_key(use.element, use.process, use.purpose, use.audience) else use.key
    return [use.process, use.purpose, use.audience, key, aim, below]


def usual_key(element: str, process: str, purpose: str, audience: str) -> str:
    """Give the key a permitted use has."""
    return "/".join([element, process, purpose, audience] if audience else [element, process, purpose])


def _aim(aim: Aim, lines: _Timelines) -> Any:
    """Write an aim: a timeline's number alone, where nothing tells regimes or audiences apart."""
    timeline = lines.number(aim.timeline)
    if not aim.beyond and not aim.audiences:
        return timeline
    apart = {audience: [lines.number(own), _beyond(beyond, lines)] for audience, (own, beyond) in aim.audiences.items()}
    return [timeline, _beyond(aim.beyond, lines), apart]


def _beyond(beyond: Mapping[str, Timeline], lines: _Timelines) -> dict[str, int]:
    return {regime: lines.number(timeline) for regime, timeline in beyond.items()}


def _ban(ban: Prohibition) -> list[Any]:
    return [ban.purpose, ban.process, ban.audience, ban.source, ban.use, list(ban.path), listed(ban.windows)]


def _core(core: Core) -> list[Any]:
    marks = [[mark.rule, _RANKS[mark.severity], mark.subject, int(mark.unanswered)] for mark in core.marks]
    return [core.effect, core.cycle, list(core.stages), core.consent, listed(core.regulatory), marks]


def _choices(choices: tuple[Choice, ...]) -> list[Any]:
    return listed(choices)


def _naming(naming: Naming, lines: _Timelines) -> list[Any]:
    """Write what a timeline's findings are about, the purpose's own name left out."""
    fixed = [lines.shared("subjects", subject, _subject) for subject in naming.fixed]
    names = [[name, None if name == "purpose" else value] for name, value in naming.names]
    laws = [_law(law, lines) for law in naming.laws]
    return [
        fixed, names, listed(naming.documents), listed(naming.outcomes), list(naming.insights), laws,
        listed(naming.reviews), _labels(naming.labels, lines),
    ]  # fmt: skip


def _law(law: Law, lines: _Timelines) -> list[Any]:
    return [law.regime, law.basis, law.status_end, list(law.consents), _labels(law.labels, lines)]


def _labels(labels: Iterable[Iterable[Label]], lines: _Timelines) -> list[Any]:
    return [[lines.shared("labels", label, _label) for label in part] for part in labels]


def _label(label: Label) -> list[Any]:
    names, documents = label
    return [dict(names), dict(documents)]


def _subject(subject: Subject) -> list[Any]:
    return [dict(subject.names), dict(subject.documents)]
