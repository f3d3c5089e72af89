"""Dated parts of a use: facts that change at days which are declared, each part by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

Label = tuple[Mapping[str, str], Mapping[str, str]]
"""Names for messages, and documents by kind, that findings may speak of."""

NO_LABELS: tuple[Label, ...] = ()

T = TypeVar("T")


class Same:
    """A value that is compared often and hashed once."""

    __slots__ = ("_hash", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self._hash = hash(value)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Same) and self.value == other.value)


class Steps(Generic[T]):
    """What changes at some instants only: worked out once for each interval between them, when it is asked about first."""

    __slots__ = ("_edges", "_found")

    def __init__(self, edges: Iterable[int]) -> None:
        self._edges = sorted(set(edges))
        self._found: dict[int, T] = {}

    def at(self, instant: int, answer: Callable[[int], T]) -> T:
        """Give what holds at an instant. ``answer`` works it out; it is not kept, so that no circle of references arises."""
        number = bisect_right(self._edges, instant)
        found = self._found.get(number)
        if found is None:
            found = self._found[number] = answer(instant)
        return found


class Remembering(ABC):
    """A part that many uses share: what it is, all dates aside, is worked out once."""

    __slots__ = ("_same",)
    _same: Same

    @abstractmethod
    def kind(self) -> Any:
        """Give all that is no date."""

    def same(self) -> Same:
        """Give ``kind`` in a form that compares fast."""
        try:
            return self._same
        except AttributeError:
            self._same = Same(self.kind())
            return self._same


class Part(Protocol):
    """Facts that depend on an instant. Parts of one kind whose instants stand in one order have the same facts."""

    @property
    def labels(self) -> tuple[Label, ...]:
        """What findings may name, by the number that ``at`` gives."""

    def instants(self) -> list[int]:
        """Give every instant at which a fact may change, always in the same places."""

    def same(self) -> Same:
        """Give all that is no date, ready to be compared."""

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give the facts in their declared order, and the number of the label that fits them (-1: none)."""


class Constant(Remembering):
    """Facts that no date touches."""

    __slots__ = ("_facts", "labels")

    def __init__(self, facts: tuple[Any, ...], label: Label | None = None) -> None:
        self._facts = facts
        self.labels = (label,) if label else NO_LABELS

    def instants(self) -> list[int]:
        """Give nothing."""
        return []

    def kind(self) -> Any:
        """Give the facts themselves."""
        return self._facts

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give the facts, whatever the instant."""
        del instant
        return self._facts, len(self.labels) - 1
