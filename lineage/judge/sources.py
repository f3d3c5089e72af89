"""What a derived element brings along from its sources beside prohibitions (docs/deciding.md).

A source passes on: the purposes it is not used for, consents that ended, and its sensitivity. Each travels along every
derivation until an edge whose anonymisation was approved, and binds in the times in which a way is open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from lineage.cycle.derivation import FOREVER, Derivation, Inherited, Windows
from lineage.domain.consents import OVER
from lineage.gate.instants import within
from lineage.gate.purposes import Purposes
from lineage.judge.assessments import GOOD, Assessments
from lineage.judge.consents import ConsentDates, stands
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.parts import Constant, Label, Part, Remembering, Steps

NONE = Constant(("none", "none"))
_COMPATIBILITY = 3
"""Place of the compatibility assessment among the states of assessments."""


class Sources:
    """The sources of every element, over every open way, and what they are used for."""

    def __init__(
        self, material: Material, derivation: Derivation, purposes: Purposes, assessments: Assessments
    ) -> None:
        self._material = material
        self._purposes = purposes
        self._assessments = assessments
        self._of = derivation.inherit(dict.fromkeys(sorted(derivation.targets), (0,)))
        self._granted: dict[str, set[tuple[str, str]]] = {}
        self._bases: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for use in material.uses:
            body = use.body
            if body["effect"] == "allow" and body["purpose"] not in purposes.broad and self._runs(body):
                grant = (body["purpose"], body.get("audience") or "")
                self._granted.setdefault(body["element"], set()).add(grant)
                basis = tuple(sorted((body.get("basis") or {}).values()))
                self._bases.setdefault(body["element"], []).append((body["purpose"], basis))

    def of(self, element: str) -> tuple[Inherited, ...]:
        """Give each source of an element with the way and the times in which it is open."""
        return self._of.get(element, ())

    def part(self, use: Body, audiences: tuple[str, ...]) -> Part:
        """Give what the sources say of a use."""
        sources = self.of(use["element"])
        if not sources:
            return NONE
        covering = self._purposes.covering(use["purpose"])
        material = self._material
        known = []
        for way in sources:
            record = material.elements.get(way.source)
            allowed = self._allowed(way.source, covering, audiences)
            consents = (
                ConsentDates(material, record, use["purpose"], "", audiences, self._purposes)
                if record is not None and record.consents
                else None
            )
            there = consents if consents and consents.keys else None
            rests = bool(there) and self._rests(way.source, covering)
            known.append(_Source(way, allowed, rests, self._assessed(use, way), there))
        return SourceDates(known)

    def _rests(self, source: str, covering: Mapping[str, int]) -> bool:
        """Tell whether every use of a source that covers a purpose rests on consent."""
        bases = [set(basis) for purpose, basis in self._bases.get(source, ()) if purpose in covering]
        return bool(bases) and all(basis == {"consent"} for basis in bases)

    def _runs(self, use: Body) -> bool:
        """Tell whether the process of a use is declared and not retired."""
        return not self._material.processes.get(use.get("process") or "", ({}, True))[1]

    def _allowed(self, source: str, covering: Mapping[str, int], audiences: tuple[str, ...]) -> bool:
        """Tell whether a source is used for a purpose with data of all those people that it holds data of."""
        record = self._material.elements.get(source)
        own = set(record.body.get("audiences") or ()) if record else set()
        whose = {audience for purpose, audience in self._granted.get(source, ()) if purpose in covering}
        return bool(whose) and ("" in whose or own.intersection(audiences) <= whose)

    def _assessed(self, use: Body, way: Inherited) -> Part:
        """Give the assessments that cover the purpose for the element, its source, or anything between."""
        covering = {id(item): item for key in way.path for item in self._assessments.covering({**use, "element": key})}
        return self._assessments.part(covering.values(), None)


class _Source(NamedTuple):
    """A source: the way from it, whether it is used for the purpose, on consent alone, or that was assessed; its consents."""

    way: Inherited
    allowed: bool
    rests: bool
    assessed: Part
    consents: ConsentDates | None


class SourceDates(Remembering):
    """The sources of one use. A label names the source whose purposes, and the one whose consents stand against it."""

    __slots__ = ("_known", "_pairs", "_steps", "labels")

    def __init__(self, known: list[_Source]) -> None:
        self._known = known
        edges = sorted({-FOREVER, *self.instants()})
        self._steps: Steps[tuple[tuple[str, str], tuple[int, int]]] = Steps(edges)
        self._pairs = list(dict.fromkeys(self._steps.at(edge, self._facts)[1] for edge in edges))
        self.labels: tuple[Label, ...] = tuple(self._label(*pair) for pair in self._pairs)

    def instants(self) -> list[int]:
        """Give when ways open and close, consents change, and compatibility assessments count."""
        found: list[int] = []
        for source in self._known:
            found += [edge for window in source.way.windows for edge in window]
            found += source.assessed.instants()
            found += source.consents.instants() if source.consents else []
        return found

    def kind(self) -> Any:
        """Give all that is no date."""
        return tuple(
            [
                (len(s.way.windows), s.allowed, s.rests, s.assessed.same(), s.consents and s.consents.kind())
                for s in self._known
            ]
        )

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give the facts source.purpose and source.consent, and the number of the label that names the sources."""
        facts, pair = self._steps.at(instant, self._facts)
        return facts, self._pairs.index(pair)

    def _facts(self, instant: int) -> tuple[tuple[str, str], tuple[int, int]]:
        """Give the facts, and the numbers of the sources that stand against the use (-1: none)."""
        open_now = [
            (number, source) for number, source in enumerate(self._known) if within(source.way.windows, instant)
        ]
        if not open_now:
            return ("none", "none"), (-1, -1)
        foreign = [(number, source) for number, source in open_now if not source.allowed]
        lacking = [n for n, s in foreign if s.assessed.at(instant)[0][_COMPATIBILITY] not in GOOD]
        purpose = "allowed" if not foreign else "not_allowed" if lacking else "assessed"
        said = [(n, s, s.consents.at(instant)[0]) for n, s in open_now if s.consents]
        ended = [n for n, s, facts in said if facts[0] in OVER or (s.rests and not stands(facts))]
        consent = "ended" if ended else "valid" if said else "none"
        return (purpose, consent), (lacking[0] if lacking else -1, ended[0] if ended else -1)

    def _label(self, lacking: int, ended: int) -> Label:
        names: dict[str, str] = {}
        if lacking >= 0:
            way = self._known[lacking].way
            names |= {"source": way.source, "path": " → ".join(way.path)}
        if ended >= 0:
            way = self._known[ended].way
            names |= {"consent_source": way.source, "consent_path": " → ".join(way.path)}
        return names, {}


class Levels:
    """Sensitivity of elements under a regime: the category's, what an officer raised, and that of sources."""

    def __init__(self, material: Material, maps: Mapping[str, Any], sources: Sources) -> None:
        self._material = material
        self._maps = maps
        self._sources = sources
        self._own: dict[tuple[str, str], str] = {}

    def own(self, key: str, regime: str) -> str:
        """Give the level of an element by itself."""
        found = self._own.get((key, regime))
        if found is None:
            record = self._material.elements.get(key)
            found = self._own[key, regime] = self._work_out(record, regime) if record else "ordinary"
        return found

    def inherited(self, key: str, regime: str) -> tuple[tuple[str, Windows], ...]:
        """Give the levels that sources bring along, above the element's own, with their times."""
        mine = ORDER.index(self.own(key, regime))
        found = ((self.own(way.source, regime), way.windows) for way in self._sources.of(key))
        return tuple(sorted({(level, windows) for level, windows in found if ORDER.index(level) > mine}))

    def highest(self, key: str, regime: str) -> str:
        """Give the highest level the element ever has under a regime."""
        levels = [self.own(key, regime), *(level for level, _ in self.inherited(key, regime))]
        return max(levels, key=ORDER.index)

    def _work_out(self, record: ElementRecord, regime: str) -> str:
        said = self._maps.get(regime)
        raised = (record.body.get("sensitivity") or {}).get(regime) or "ordinary"
        if said is None:
            return str(raised)
        levels = [raised, self._of_category(str(record.body.get("category") or ""), said.levels)]
        if said.minors and any(
            minor(self._material.audiences.get(key, {})) for key in record.body.get("audiences") or ()
        ):
            levels.append(said.minors)
        return str(max(levels, key=ORDER.index))

    def _of_category(self, category: str, levels: Mapping[str, str]) -> str:
        """Give the level of the nearest named category; of several equally near ones the highest."""
        nearest, seen = [category], {category}
        while nearest:
            named = [levels[key] for key in nearest if key in levels]
            if named:
                return max(named, key=ORDER.index)
            above = [p for key in nearest if key in self._material.vocabulary.categories
                     for p in self._material.vocabulary.categories[key].broader if p not in seen]  # fmt: skip
            seen.update(above)
            nearest = above
        return "ordinary"


FULL_AGE = 18
ORDER = ("ordinary", "sensitive", "special", "criminal")


def minor(audience: Body) -> bool:
    """Tell whether people of an audience may be under age."""
    if not str(audience.get("age_band") or "").strip():
        return bool(audience.get("minor"))
    first = first_age(audience)
    # A band that cannot be read may hold children.
    return bool(audience.get("minor")) or first is None or first < FULL_AGE


def first_age(audience: Body) -> int | None:
    """Give the lower end of the declared ages, such as 13 of "13-17" or 18 of "18+"; None when it cannot be read."""
    found = _BAND.fullmatch(str(audience.get("age_band") or "").strip())
    return int(found[1]) if found else None


_BAND = re.compile(r"([0-9]{1,3})(?:\s*(?:\+|(?:-|–|to)\s*[0-9]{1,3}))?")
