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
    Prohibition,
    Subject,
    Table,
    Timeline,
    Use,
    usual_key,
)

_RANKS = {name: number for number, name in enumerate(SEVERITIES)}


def encode(table: Table) -> dict[str, bytes]:
    """Write every segment of a table, by name."""
    elements = table.elements
    bits = bits_for(len(elements), len(table.uses))
    parts = shared_segments(table, bits, len(table.uses))
    writer = PartWriter()
    shards: dict[int, dict[str, Part]] = {number: {} for number in range(1 << bits)}
    for key, element in elements.items():
        shards[shard_of(key, bits)][key] = writer.part(element, [table.uses[number] for number in element.uses])
    for number, own in shards.items():
        parts |= shard_segments(number, own)
    return parts


def shared_segments(table: Table, bits: int, uses: int) -> dict[str, bytes]:
    """Write everything but the shards, of which there are as many as ``bits`` tell apart."""
    names = {key: (element.title, *element.also) for key, element in table.elements.items()}
    meta = {META: meta_segment(table.zone, bits, len(names), uses)}
    return head_segments(table) | aliases_segment(names) | meta


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
    rules = {"texts": list(table.rules), "numbers": [[code, number] for code, number in table.numbers.items()]}
    return {NAMES: compact(names).encode(), RULES: compact(rules).encode()}


class PartWriter:
    """Writes elements. Verdicts and choices, which the judge gives to many of them, are written once."""

    def __init__(self) -> None:
        self._cores: dict[int, tuple[Core, str]] = {}
        self._verdicts: dict[int, tuple[tuple[Core, ...], tuple[str, ...]]] = {}
        self._choices: dict[int, tuple[tuple[Choice, ...], str]] = {}

    def part(self, element: Element, uses: Sequence[Use]) -> Part:
        """Write one element with its uses."""
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

    def verdicts(self, cores: tuple[Core, ...]) -> tuple[str, ...]:
        """Give the texts of the verdicts of a timeline; they are kept, so that their identity stays their own."""
        found = self._verdicts.get(id(cores))
        if found is None:
            found = self._verdicts[id(cores)] = (cores, tuple([self._core(core) for core in cores]))
        return found[1]

    def choices(self, choices: tuple[Choice, ...]) -> str:
        """Give the text of the choices of a timeline, which are kept too."""
        found = self._choices.get(id(choices))
        if found is None:
            found = self._choices[id(choices)] = (choices, compact(choices))
        return found[1]

    def _core(self, core: Core) -> str:
        found = self._cores.get(id(core))
        if found is None:
            found = self._cores[id(core)] = (core, compact(_core(core)))
        return found[1]


class _Timelines:
    """The timelines of one element, each written once, and its numbers for what it shares with others.

    What stands in several timelines is the same object in all of them: it is known again by its identity.
    """

    def __init__(self, writer: PartWriter) -> None:
        self._writer = writer
        self._numbers: dict[tuple[str, str], int] = {}
        self._same: dict[int, tuple[Timeline, int]] = {}
        self._shared: dict[str, dict[str, int]] = {name: {} for name in (*USES_POOLS, *TEXTS_POOLS)}
        self._written: dict[tuple[str, int], tuple[Any, str]] = {}
        self.uses: list[str] = []
        self.texts: list[str] = []

    def number(self, timeline: Timeline) -> int:
        """Give the number of a timeline, written without the name of the purpose."""
        found = self._same.get(id(timeline))
        if found is None:
            found = self._same[id(timeline)] = (timeline, self._write(timeline))
        return found[1]

    def pools(self, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Give what the numbers stand for, in their order."""
        return tuple([tuple(self._shared[name]) for name in names])

    def _number(self, pool: str, text: str) -> int:
        """Give this element's number for a text that others may have too."""
        own = self._shared[pool]
        return own.setdefault(text, len(own))

    def _once(self, kind: str, value: Any, write: Callable[[Any], str]) -> str:
        """Give the text of a value, written when it is met first."""
        found = self._written.get((kind, id(value)))
        if found is None:
            found = self._written[kind, id(value)] = (value, write(value))
        return found[1]

    def _write(self, timeline: Timeline) -> int:
        naming = timeline.naming
        uses = (
            f"[{self._number('starts', compact(timeline.starts))},{self._once('cores', timeline.cores, self._cores)},"
            f"{self._number('regimes', compact(timeline.regimes))}]"
        )
        names = [[name, None if name == "purpose" else value] for name, value in naming.names]
        own = compact([names, naming.documents, naming.outcomes, naming.insights])
        laws = ",".join([self._once("law", law, self._law) for law in naming.laws])
        texts = (
            f"[{self._once('choices', timeline.choices, self._choices)},{self._once('fixed', naming.fixed, self._subjects)},"
            f"{own[1:-1]},[{laws}],{compact(naming.reviews)},{self._labels(naming.labels)}]"
        )
        number = self._numbers.setdefault((uses, texts), len(self.uses))
        if number == len(self.uses):
            self.uses.append(uses)
            self.texts.append(texts)
        return number

    def _cores(self, cores: tuple[Core, ...]) -> str:
        own = self._shared["cores"]
        return _numbers([own.setdefault(text, len(own)) for text in self._writer.verdicts(cores)])

    def _choices(self, choices: tuple[Choice, ...]) -> str:
        return str(self._number("choices", self._writer.choices(choices)))

    def _subjects(self, subjects: tuple[Subject, ...]) -> str:
        """Write what findings on the element, its origins and audiences are about."""
        return _numbers(int(self._once("subject", subject, self._subject)) for subject in subjects)

    def _subject(self, subject: Subject) -> str:
        return str(self._number("subjects", compact([dict(subject.names), dict(subject.documents)])))

    def _law(self, law: Law) -> str:
        own = compact([law.regime, law.basis, law.status_end, law.consents])
        return f"{own[:-1]},{self._labels(law.labels)}]"

    def _labels(self, labels: Iterable[tuple[Label, ...]]) -> str:
        return f"[{','.join([self._once('labels', part, self._part) for part in labels])}]"

    def _part(self, labels: tuple[Label, ...]) -> str:
        return _numbers(int(self._once("label", label, self._label)) for label in labels)

    def _label(self, label: Label) -> str:
        names, documents = label
        return str(self._number("labels", compact([dict(names), dict(documents)])))


def _numbers(numbers: Iterable[int]) -> str:
    return f"[{','.join(map(str, numbers))}]"


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
    return [ban.purpose, ban.process, ban.audience, ban.source, ban.use, ban.path, ban.windows]


def _core(core: Core) -> list[Any]:
    marks = [[mark.rule, _RANKS[mark.severity], mark.subject, int(mark.unanswered)] for mark in core.marks]
    return [core.effect, core.cycle, core.stages, core.consent, core.regulatory, marks]
