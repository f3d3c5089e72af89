"""What assessments and waivers cover: OR within a key, AND across keys; a purpose covers narrower ones (docs/format.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from lineage.gate.purposes import Purposes
from lineage.judge.material import Body

T = TypeVar("T")


class Covered(Generic[T]):
    """Things by what they cover, found for a use without looking at all of them; what covers nothing is found nowhere."""

    def __init__(self, things: Iterable[tuple[Body, T]], purposes: Purposes) -> None:
        """Take things, each with its ``covers``."""
        self._purposes = purposes
        self._by_element: dict[str, list[tuple[Body, T]]] = {}
        self._by_process: dict[str, list[tuple[Body, T]]] = {}
        self._wide: list[tuple[Body, T]] = []
        for covers, thing in things:
            if "elements" in covers:
                for element in covers["elements"]:
                    self._by_element.setdefault(element, []).append((covers, thing))
            elif "processes" in covers:
                for process in covers["processes"]:
                    self._by_process.setdefault(process, []).append((covers, thing))
            elif covers:
                self._wide.append((covers, thing))

    def of(self, use: Body) -> list[tuple[Body, T]]:
        """Give what covers a use whatever the regime, each with its ``covers``."""
        found = [
            *self._by_element.get(use["element"], ()),
            *self._by_process.get(use.get("process") or "", ()),
            *self._wide,
        ]
        if not found:
            return found
        above = self._purposes.covering(use["purpose"])
        return [(covers, thing) for covers, thing in found if _fits(covers, use, above)]


def _fits(covers: Body, use: Body, above: Mapping[str, int]) -> bool:
    return (
        ("elements" not in covers or use["element"] in covers["elements"])
        and ("processes" not in covers or use.get("process") in covers["processes"])
        and ("purposes" not in covers or any(key in above for key in covers["purposes"]))
    )
