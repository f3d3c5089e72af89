"""Emergency changes: what nobody else has approved yet may stand for some days only, then the uses it touches rest."""

from __future__ import annotations

from typing import Any

from lineage.domain.days import after
from lineage.judge.material import Material
from lineage.judge.parts import Constant, Label, Part, Remembering

NOBODY: Part = Constant(("none",))


class Emergency(Remembering):
    """An emergency change that touches a use, open until an instant (microseconds) and overdue from then on."""

    __slots__ = ("_until", "labels")

    def __init__(self, until: int, label: Label) -> None:
        self._until = until
        self.labels = (label,)

    def instants(self) -> list[int]:
        """Give the instant from which the use rests."""
        return [self._until]

    def kind(self) -> Any:
        """Give the same for all of them: they differ in their dates alone."""
        return "emergency"

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give the fact ``use.emergency``."""
        return ("open" if instant < self._until else "overdue",), 0


class Emergencies:
    """All open emergency changes, by the uses they touch; of several the first to end counts."""

    def __init__(self, material: Material) -> None:
        self._parts: dict[str, Part] = {}
        ending = [(after(body["until"], material.zone), key, body) for key, body in material.emergencies]
        for until, key, body in sorted(ending, key=lambda item: item[:2]):
            part = Emergency(until, ({"emergency": key, "emergency_until": str(body["until"])}, {"emergency": key}))
            for use in body.get("uses") or ():
                self._parts.setdefault(use, part)

    def of(self, use: str) -> Part:
        """Give the part of a use, by its key."""
        return self._parts.get(use, NOBODY)
