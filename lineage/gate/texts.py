"""What findings are filled with, read from segments when the first finding asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from lineage.gate.form import RULES
from lineage.gate.segments import Segments
from lineage.gate.table import Choice, Law, Naming, RuleText, Subject


class Rules(Sequence[RuleText]):
    """The texts of rules, read when the first finding is filled."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._texts: list[RuleText] | None = None
        self._numbers: dict[str, int] = {}

    def _read(self) -> list[RuleText]:
        if self._texts is None:
            found = json.loads(self._segments.read(RULES))
            self._numbers = dict(found["numbers"])
            self._texts = [RuleText(*text) for text in found["texts"]]
        return self._texts

    @overload
    def __getitem__(self, number: int) -> RuleText: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[RuleText]: ...
    def __getitem__(self, number: int | slice) -> RuleText | Sequence[RuleText]:
        return self._read()[number]

    def __len__(self) -> int:
        return len(self._read())

    def numbers(self) -> dict[str, int]:
        """Give the number of each rule by its code."""
        self._read()
        return self._numbers


class Numbers(Mapping[str, int]):
    """Code of a rule → its number, read with the texts."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def __getitem__(self, code: str) -> int:
        return self._rules.numbers()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules.numbers())

    def __len__(self) -> int:
        return len(self._rules.numbers())


def texts_of(pools: list[list[Any]], row: list[Any], purpose: str) -> tuple[tuple[Choice, ...], Naming]:
    choices, fixed, names, documents, outcomes, insights, laws, reviews, labels = row
    chosen, subjects, labelled = pools

    def label(parts: list[list[int]]) -> tuple[tuple[Any, ...], ...]:
        return tuple([tuple([tuple(labelled[number]) for number in part]) for part in parts])

    return tuple([_choice(choice) for choice in chosen[choices]]), Naming(
        tuple([Subject(*subjects[number]) for number in fixed]),
        tuple([(name, purpose if name == "purpose" else value) for name, value in names]),
        tuple([(kind, key) for kind, key in documents]),
        tuple([(key, due, end) for key, due, end in outcomes]),
        tuple(insights),
        tuple([Law(law, basis, end, tuple(consents), label(own)) for law, basis, end, consents, own in laws]),
        tuple([(day, end) for day, end in reviews]),
        label(labels),
    )


def _choice(written: list[Any]) -> Choice:
    outcome, insight, laws, review, labels = written
    return Choice(
        outcome, insight, tuple([(status, number, state, tuple(own)) for status, number, state, own in laws]), review,
        tuple(labels),
    )  # fmt: skip
