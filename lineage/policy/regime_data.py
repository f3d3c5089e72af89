"""What a regime's pack says beside its rules: how sensitive categories are, and its dated lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("ordinary", "sensitive", "special", "criminal")
LISTS = ("area", "adequate", "child_age")
"""Lists the judge knows: countries inside the regime, countries with adequate law, ages at which children consent."""


@dataclass(frozen=True, slots=True)
class SensitivityMap:
    """Category → level, for the categories named; narrower categories take the level of the nearest broader one.

    ``words`` gives the regime's own name of a level; ``minors`` is the level of all data about minors, or empty.
    """

    levels: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    minors: str = ""

    def joined(self, more: SensitivityMap) -> SensitivityMap:
        """Add what a further pack says: it can raise a level and never lower one."""
        levels = dict(self.levels)
        for category, level in more.levels.items():
            levels[category] = max(levels.get(category, level), level, key=LEVELS.index)
        minors = max(self.minors or LEVELS[0], more.minors or LEVELS[0], key=LEVELS.index)
        return SensitivityMap(levels, {**more.words, **self.words}, minors if self.minors or more.minors else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a dated list: it counts from the start of ``since`` through the end of ``until`` (empty: no end)."""

    country: str
    since: str = ""
    until: str = ""
    years: int = 0


@dataclass(frozen=True, slots=True)
class DatedList:
    """A list that changes with time; ``years`` is what holds for countries that are not on it."""

    as_of: str
    source: str
    entries: tuple[Entry, ...]
    years: int = 0


def sensitivity_of(body: Mapping[str, Any]) -> SensitivityMap:
    """Read ``sensitivity:`` of a pack body whose flaws were reported before."""
    said = body.get("sensitivity") or {}
    levels = {category: level for level in LEVELS for category in said.get(level) or ()}
    return SensitivityMap(levels, dict(said.get("words") or {}), str(said.get("minors") or ""))


def lists_of(body: Mapping[str, Any]) -> Mapping[str, DatedList]:
    """Read ``lists:`` of a pack body whose flaws were reported before."""
    return {
        name: DatedList(
            as_of=str(part.get("as_of") or ""),
            source=str(part.get("source") or ""),
            entries=tuple(
                Entry(e["country"], e.get("from") or "", e.get("until") or "", int(e.get("years") or 0))
                for e in part.get("entries") or ()
            ),
            years=int(part.get("years") or 0),
        )
        for name, part in (body.get("lists") or {}).items()
    }
