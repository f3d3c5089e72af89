"""Every law that applies to a use, with all that its rules may ask, put together from what the catalogue shares."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from lineage.cycle.derivation import Derivation
from lineage.gate.purposes import Purposes
from lineage.gate.table import Law
from lineage.judge.assessments import Assessments
from lineage.judge.consents import ConsentDates
from lineage.judge.criteria import Criteria, child_state, condition_of, criteria_of, origins_of
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.notices import Notices
from lineage.judge.policies import Policies
from lineage.judge.regimes import ElementLaw, RegimeFacts
from lineage.judge.sources import Levels, Sources, minor
from lineage.judge.surroundings import Surroundings
from lineage.judge.transfers import Transfers


class Laws:
    """Notices, transfers, assessments, sources and levels of one catalogue; each use is asked about once a law."""

    def __init__(self, material: Material, policies: Policies, purposes: Purposes, derivation: Derivation) -> None:
        self.material = material
        self._policies = policies
        self._purposes = purposes
        self.surroundings = Surroundings(material, purposes)
        self.assessments = Assessments(material, purposes)
        self.sources = Sources(material, derivation, purposes, self.assessments)
        self.levels = Levels(material, policies.sensitivities, self.sources)
        self._notices = Notices(material)
        self._transfers = Transfers(material, policies)
        self._criteria: dict[tuple[str, tuple[str, ...], bool, bool], Criteria] = {}
        self._origins: dict[str, tuple[bool, bool]] = {}

    @cached_property
    def _bases(self) -> dict[str, frozenset[str]]:
        return {
            key: frozenset(value.get("regimes") or ())
            for key, value in self.material.vocabulary.enumerations.get("basis", {}).items()
        }

    def element_law(self, record: ElementRecord, regime: str) -> ElementLaw:
        """Give what holds for all uses of an element under a regime."""
        return ElementLaw(self.material, record, regime, self._policies, self.levels)

    def of(
        self, use: Body, record: ElementRecord, audiences: tuple[str, ...], laws: tuple[tuple[str, ElementLaw], ...]
    ) -> tuple[list[RegimeFacts], tuple[Law, ...]]:
        """Give the facts of a use law by law, and what findings may name of each."""
        covering = self.assessments.covering(use)
        notice = self._notices.part(use, record)
        criteria = self._criteria_of(use, record, audiences)
        process = self.material.processes[use["process"]][0]
        facts, named = [], []
        for regime, law in laws:
            said = self._said(use, record, audiences, regime)
            parts = (notice, self._transfers.part(regime, record, process), self.assessments.part(covering, regime))
            one = RegimeFacts(law, said, parts, criteria)
            facts.append(one)
            keys = one.consents.keys if one.consents else ()
            named.append(Law(regime, said[0], law.status_end, keys, one.labels))
        return facts, tuple(named)

    def _said(self, use: Body, record: ElementRecord, audiences: tuple[str, ...], regime: str) -> tuple[Any, ...]:
        """Give basis, whether the regime knows it, minors, age of children, special condition, and the consents that fit."""
        basis = (use.get("basis") or {}).get(regime) or "missing"
        consents = None
        if basis == "consent" or record.consents:
            consents = ConsentDates(self.material, record, use["purpose"], regime, audiences, self._purposes)
        minors = any(minor(self.material.audiences.get(key, {})) for key in audiences)
        ages = self._policies.lists_of(regime).get("child_age")
        child = child_state(self.material, audiences, ages) if minors else "none"
        return basis, regime in self._bases.get(basis, ()), minors, child, condition_of(use, regime), consents

    def _criteria_of(self, use: Body, record: ElementRecord, audiences: tuple[str, ...]) -> Criteria:
        origins = self._origins.get(record.key)
        if origins is None:
            origins = self._origins[record.key] = origins_of(record)
        name = (use["process"], audiences, *origins)
        found = self._criteria.get(name)
        if found is None:
            process = self.surroundings.process(use["process"])
            people = self.surroundings.people(audiences)
            found = self._criteria[name] = criteria_of(process[4], process[3], process[5], people, *origins)
        return found

    def heavy(self, use: Body) -> bool:
        """Tell whether a gap between told and done weighs heavily by itself: disclosure or sale."""
        return self.surroundings.discloses(use["process"]) or self.surroundings.sold(use)

    def risky(self, use: Body) -> bool:
        """Tell whether a pilot needs an assessment first whatever the data: decisions by machines alone, sale."""
        return self.surroundings.process(use["process"])[3] == "full" or self.surroundings.sold(use)
