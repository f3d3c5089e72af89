"""What equal facts came to, kept from one table to the next: most of what is asked after a change was asked before."""

from __future__ import annotations

from typing import Any, NamedTuple

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.facts import Scope
from lineage.gate.table import ALWAYS, Choice, Core
from lineage.judge.material import Body, Material
from lineage.judge.policies import Policies
from lineage.judge.verdicts import Judge, Said

MOST = 50_000
"""Patterns that are kept at most."""


class Profile(NamedTuple):
    """What elements with the same facts and origins share; ``number`` stands for it in keys."""

    number: int
    records: tuple[tuple[Scope, tuple[Any, ...], int], ...]
    said: tuple[Said, ...]
    complete: bool
    timeline: tuple[Core, ...]


class Pattern(NamedTuple):
    """A timeline without dates: each interval's start as a place in the order of instants, its verdict and choice."""

    places: tuple[int, ...]
    cores: tuple[Core, ...]
    choices: tuple[Choice, ...]


class Rules:
    """What the rules of some packs said of facts, in the zone that says when each of them is in force.

    Everything here is kept under the facts themselves, never under the name of whom they are about: it stays true
    whatever else changes in a catalogue.
    """

    def __init__(self, policies: Policies, phases: tuple[int, ...], active: list[frozenset[int]]) -> None:
        self.policies = policies
        self.phases = phases
        self.active = active
        self.judge = Judge(policies, active)
        self.profiles: dict[tuple[Any, ...], Profile] = {}
        self.said: dict[tuple[Any, ...], tuple[Said, ...]] = {}
        self.patterns: dict[tuple[Any, ...], Pattern] = {}


class Memory:
    """Keeps the rules of the packs that were met last, with what they said."""

    def __init__(self) -> None:
        self._key: tuple[str, str] | None = None
        self._rules: Rules | None = None

    def rules(self, material: Material) -> Rules:
        """Give the rules of a catalogue: those at hand, unless packs or zone are others."""
        key = (_digest(material.packs), str(material.zone))
        found = self._rules
        if found is None or key != self._key or len(found.patterns) > MOST:
            policies = found.policies if found is not None and self._key and key[0] == self._key[0] else None
            found = self._rules = _rules(material, policies or Policies.of(material.packs))
            self._key = key
        return found


def _rules(material: Material, policies: Policies) -> Rules:
    phases = (ALWAYS, *policies.phases(material.zone))
    return Rules(policies, phases, [policies.active(material.zone, phase) for phase in phases])


def _digest(packs: list[Body]) -> str:
    return digest_of(canonical(packs))
