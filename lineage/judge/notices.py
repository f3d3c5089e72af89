"""What the statements that people were told by cover: the items of a privacy notice (GDPR Articles 13 and 14)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lineage.domain.days import after, start_of
from lineage.domain.enumerations import NoticeItem
from lineage.judge.cycle_dates import FOREVER
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.parts import Constant, Label, Part, Remembering, Steps

ALL = tuple(sorted(item.value for item in NoticeItem))


class Notices:
    """The statements of a catalogue, ready to be looked up."""

    def __init__(self, material: Material) -> None:
        zone = material.zone
        self._zone = zone
        self._known: dict[str, tuple[int, frozenset[str]]] = {}
        self._over: dict[str, int] = {}
        for key, body in material.statements.items():
            first, last = ((body.get("in_force") or {}).get(name) for name in ("from", "until"))
            if last:
                self._over[key] = after(last, zone)
            self._known[key] = (start_of(first, zone) if first else -FOREVER, frozenset(body.get("items") or ()))
        self._parts: dict[tuple[tuple[str, ...], ...], Part] = {}

    def part(self, use: Body, record: ElementRecord) -> Part:
        """Give state and items for a use: at every origin where people themselves give the data."""
        own = _cited(use)
        from_people = [body for _, body in record.origins if body.get("source") == "data_subject"]
        groups = tuple(tuple(sorted(self._shown({*own, *_cited(origin)}, origin))) for origin in from_people)
        found = self._parts.get(groups)
        if found is None:
            known = [[self._known[key] for key in group] for group in groups]
            found = self._parts[groups] = NoticeDates(known) if groups else Constant(("given", ALL), _lacking(ALL))
        return found

    def _shown(self, cited: set[str], origin: Body) -> Iterator[str]:
        """Give the statements people can have seen at an origin: those that were not over before capture began."""
        since = origin.get("captured_since")
        for key in cited & self._known.keys():
            if key not in self._over or (since and start_of(since, self._zone) < self._over[key]):
                yield key


class NoticeDates(Remembering):
    """Statements origin by origin; what every origin covers counts."""

    __slots__ = ("_answers", "_known", "_steps", "labels")

    def __init__(self, known: list[list[tuple[int, frozenset[str]]]]) -> None:
        self._known = known
        self._answers: list[tuple[Any, ...]] = []
        labels: list[Label] = []
        for start in (-FOREVER, *sorted(set(self.instants()))):
            facts = self._facts(start)
            if facts not in self._answers:
                self._answers.append(facts)
                labels.append(_lacking(facts[1]))
        self.labels = tuple(labels)
        self._steps: Steps[tuple[tuple[Any, ...], int]] = Steps(self.instants())

    def instants(self) -> list[int]:
        """Give when each statement comes into force."""
        return [start for group in self._known for start, _ in group]

    def kind(self) -> Any:
        """Give the items of each statement, origin by origin."""
        return tuple([tuple([items for _, items in group]) for group in self._known])

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give state and items, and the number of the label that lists the other items."""
        return self._steps.at(instant, self._at)

    def _at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        facts = self._facts(instant)
        return facts, self._answers.index(facts)

    def _facts(self, instant: int) -> tuple[Any, ...]:
        covered = [[items for start, items in group if start <= instant] for group in self._known]
        if all(covered):
            shared = frozenset.intersection(*(frozenset().union(*items) for items in covered))
            return "given", tuple(sorted(shared))
        return ("later" if all(self._known) else "missing"), ()


def _cited(body: Body) -> tuple[str, ...]:
    told = body.get("told")
    return tuple(told) if isinstance(told, list) else ()


def _lacking(items: tuple[str, ...]) -> Label:
    return {"lacking": ", ".join(item for item in ALL if item not in items) or "none"}, {}
