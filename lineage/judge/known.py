"""What all uses of a catalogue share when they are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lineage.cycle.derivation import Derivation, Windows
from lineage.gate.purposes import Purposes
from lineage.judge.choices import Choices
from lineage.judge.emergencies import Emergencies
from lineage.judge.expectations import Expectations
from lineage.judge.inheritance import anonymised
from lineage.judge.laws import Laws
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.origins import CLAIMS, regimes_of
from lineage.judge.parts import Part
from lineage.judge.policies import Policies
from lineage.judge.sources import ORDER
from lineage.judge.waivers import Waivers


class Known(NamedTuple):
    """What uses share: laws, waivers, emergency changes, statements, rivals and levels.

    ``further`` are regimes asked for beyond those that apply; None when any may be asked for.
    """

    laws: Laws
    waivers: Waivers
    emergencies: Emergencies
    expectations: Expectations
    choices: Choices
    level: Callable[[str], int]
    further: tuple[str, ...] | None

    def told(self, use: Body, record: ElementRecord, audiences: tuple[str, ...]) -> Part:
        """Give what people were told of a use, its sources included."""
        sources = tuple([(way.source, way.windows) for way in self.laws.sources.of(record.key)])
        return self.expectations.of(use, record, audiences, sources)

    def claim(self, record: ElementRecord) -> tuple[str, Windows]:
        """Give what an element is said to be that needs proof (empty: nothing), and the times in which it is proven."""
        said = str(record.body.get("identifiability") or "")
        return (said, anonymised(self.laws.material, record.key)) if said in CLAIMS else ("", ())

    def choice(self, use: Body) -> tuple[str, str]:
        """Say whether elements of lower sensitivity were weighed, and name those passed over."""
        state, ignored = self.choices.state(use)
        return state, ", ".join(ignored)


def known_of(
    material: Material,
    policies: Policies,
    purposes: Purposes,
    derivation: Derivation,
    further: tuple[str, ...] | None,
) -> Known:
    """Gather everything once for a catalogue."""
    laws = Laws(material, policies, purposes, derivation)
    level = _level(material, laws)
    return Known(
        laws,
        Waivers(material, policies, purposes),
        Emergencies(material),
        Expectations(material, purposes),
        Choices(material, purposes, level),
        level,
        further,
    )


def _level(material: Material, laws: Laws) -> Callable[[str], int]:
    """Give the highest level of an element under the regimes that apply to it, as a number."""
    seen: dict[str, int] = {}

    def level(key: str) -> int:
        if key not in seen:
            record = material.elements.get(key)
            regimes = regimes_of(material, record, "") if record else ()
            seen[key] = max((ORDER.index(laws.levels.highest(key, regime)) for regime in regimes), default=0)
        return seen[key]

    return level
