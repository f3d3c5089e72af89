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
from lineage.judge.parts import Part
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
        self._minors: dict[tuple[str, ...], bool] = {}
        self.phases = policies.phases(material.zone)

    @cached_property
    def _bases(self) -> dict[str, frozenset[str]]:
        return {
            key: frozenset(value.get("regimes") or ())
            for key, value in self.material.vocabulary.enumerations.get("basis", {}).items()
        }

    def element_law(self, record: ElementRecord, regime: str) -> ElementLaw:
        """Give what holds for all uses of an element under a regime."""
        return ElementLaw(self.material, record, regime, self._policies, self.levels)

    def notice(self, use: Body, record: ElementRecord) -> Part:
        """Give what the statements that people were told by say, as items of a notice."""
        return self._notices.part(use, record)

    def transfer(self, regime: str, use: Body, record: ElementRecord) -> Part:
        """Give where the data of a use goes beyond the area of a regime."""
        return self._transfers.part(regime, record, self.material.processes[use["process"]][0])

    def said(self, use: Body, record: ElementRecord, audiences: tuple[str, ...], regime: str) -> tuple[Any, ...]:
        """Give basis, whether the regime knows it, minors, age of children, special condition, and the consents that fit."""
        basis = (use.get("basis") or {}).get(regime) or "missing"
        consents = None
        if basis == "consent" or record.consents:
            consents = ConsentDates(self.material, record, use["purpose"], regime, audiences, self._purposes)
        minors = self.minors(audiences)
        ages = self._policies.lists_of(regime).get("child_age")
        child = child_state(self.material, audiences, ages) if minors else "none"
        return basis, regime in self._bases.get(basis, ()), minors, child, condition_of(use, regime), consents

    def minors(self, audiences: tuple[str, ...]) -> bool:
        """Tell whether any of some audiences may be under age."""
        found = self._minors.get(audiences)
        if found is None:
            found = self._minors[audiences] = any(minor(self.material.audiences.get(key, {})) for key in audiences)
        return found

    def criteria(self, use: Body, record: ElementRecord, audiences: tuple[str, ...]) -> Criteria:
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


class UseLaws:
    """The laws of one use for some audiences, each worked out once."""

    __slots__ = ("_audiences", "_covering", "_criteria", "_found", "_laws", "_notice", "_record", "_use")

    def __init__(self, laws: Laws, use: Body, record: ElementRecord, audiences: tuple[str, ...]) -> None:
        self._laws, self._use, self._record, self._audiences = laws, use, record, audiences
        self._covering = laws.assessments.covering(use)
        self._notice = laws.notice(use, record)
        self._criteria = laws.criteria(use, record, audiences)
        self._found: dict[str, tuple[RegimeFacts, Law]] = {}

    def under(self, regime: str, law: ElementLaw) -> tuple[RegimeFacts, Law]:
        """Give the facts under a law, and what findings may name of it."""
        found = self._found.get(regime)
        if found is None:
            found = self._found[regime] = self._make(regime, law)
        return found

    def _make(self, regime: str, law: ElementLaw) -> tuple[RegimeFacts, Law]:
        laws = self._laws
        said = laws.said(self._use, self._record, self._audiences, regime)
        assessed = laws.assessments.part(self._covering, regime)
        parts = (self._notice, laws.transfer(regime, self._use, self._record), assessed)
        facts = RegimeFacts(law, said, parts, self._criteria, laws.phases)
        keys = facts.consents.keys if facts.consents else ()
        return facts, Law(regime, said[0], law.status_end, keys, facts.labels)
