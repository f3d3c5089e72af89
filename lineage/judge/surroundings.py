"""Facts of what a use happens among: its process, purpose, recipients, audiences, and the catalogue's own parties."""

from __future__ import annotations

from typing import Any

from lineage.domain.facts import PEOPLE
from lineage.gate.purposes import Purposes
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.origins import given
from lineage.judge.parts import Same
from lineage.judge.sources import minor

PARTS = 8
"""Parts of a record of processing that a catalogue holds."""

_SUBJECTS = {
    "customer": "customer", "client": "customer", "consumer": "prospect", "participant": "fan", "employee": "employee",
    "jobapplicant": "employee", "parentofdatasubject": "parent", "member": "alumni", "student": "student",
    "patient": "patient", "child": "minor", "vulnerablehuman": "vulnerable", "vulnerabledatasubject": "vulnerable",
    "elderlyhuman": "vulnerable", "mentallyvulnerablehuman": "vulnerable", "asylumseeker": "vulnerable",
}  # fmt: skip
"""DPV human subjects → the kinds of people that rules ask about."""


class Surroundings:
    """Everything of one catalogue that many uses share, worked out once."""

    def __init__(self, material: Material, purposes: Purposes) -> None:
        self._material = material
        self._purposes = purposes
        self._operations = {
            key: tuple(value.get("broader") or ())
            for key, value in material.vocabulary.enumerations.get("operation", {}).items()
        }
        self._controller, self._dpo = _offices(material)
        self._processes = {key: Same(self._process(body)) for key, (body, _) in material.processes.items()}
        self._recipients = {key: self._roles(body) for key, (body, _) in material.processes.items()}
        self._people: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._above: dict[str, tuple[str, ...]] = {}
        self._around: dict[tuple[Any, ...], Same] = {}

    def process(self, key: str) -> tuple[Any, ...]:
        """Give the facts of a process itself."""
        found: tuple[Any, ...] = self._processes[key].value
        return found

    def does(self, key: str) -> tuple[str, ...]:
        """Give the operations of a process with every broader one."""
        found: tuple[str, ...] = self.process(key)[4]
        return found

    def of(self, use: Body, record: ElementRecord, audiences: tuple[str, ...]) -> tuple[Same, Same, str]:
        """Give the facts of the process, those from purpose.above to use.opt_out, and what a record would lack, in words."""
        process, purpose = use["process"], use["purpose"]
        said = (given(use.get("law")), given(use.get("objection")), given(use.get("opt_out")))
        gaps = self._gaps(process, record, audiences)
        register = "given" if not gaps else "missing" if len(gaps) == PARTS else "partial"
        name = (purpose, process, audiences, register, said)
        found = self._around.get(name)
        if found is None:
            roles, uncontracted = self._recipients[process]
            found = self._around[name] = Same(
                (
                    self.above(purpose),
                    self._controller,
                    self._dpo,
                    self.people(audiences),
                    roles,
                    uncontracted,
                    register,
                    *said,
                )
            )
        return self._processes[process], found, ", ".join(gaps)

    def above(self, purpose: str) -> tuple[str, ...]:
        """Give a purpose and every broader one, sorted."""
        found = self._above.get(purpose)
        if found is None:
            found = self._above[purpose] = tuple(sorted(self._purposes.above(purpose)))
        return found

    def people(self, audiences: tuple[str, ...]) -> tuple[str, ...]:
        """Give the kinds of people in some audiences, sorted."""
        found = self._people.get(audiences)
        if found is None:
            kinds: set[str] = set()
            for key in audiences:
                kinds |= _kinds(key, self._material.audiences.get(key, {}))
            found = self._people[audiences] = tuple(sorted(kinds))
        return found

    def sold(self, use: Body) -> bool:
        """Tell whether a use sells data, or shares it with third parties to advertise to people elsewhere."""
        above = self._purposes.above(use["purpose"])
        if "SellDataToThirdParties" in above or "SellInsightsFromData" in above:
            return True
        return "TargetedAdvertising" in above and "third_party" in self._recipients[use["process"]][0]

    def _process(self, body: Body) -> tuple[Any, ...]:
        found: set[str] = set()
        todo = list(body.get("operations") or ())
        while todo:
            operation = todo.pop()
            if operation not in found:
                found.add(operation)
                todo.extend(self._operations.get(operation, ()))
        return (
            given(body.get("title")),
            given(body.get("owner")),
            given(body.get("operations")),
            body.get("automation") or "missing",
            tuple(sorted(found)),
            body.get("scale") or "missing",
        )

    def _roles(self, body: Body) -> tuple[tuple[str, ...], tuple[str, ...]]:
        parties = [self._material.parties.get(key, {}) for key in body.get("recipients") or ()]
        roles: set[str] = set()
        without: set[str] = set()
        for party in parties:
            # Whose part nobody knows may be a processor or a third party: what either needs is asked for.
            mine = {party["role"]} if party.get("role") else {"unknown", "third_party"}
            roles |= mine
            if not str(party.get("contract") or "").strip():
                without |= mine if party.get("role") else {*mine, "processor"}
        return tuple(sorted(roles)), tuple(sorted(without))

    def discloses(self, process: str) -> bool:
        """Tell whether a process lets others than its own processors see data."""
        return bool({"Disclose", "Transfer"} & set(self.does(process))) or bool(
            {"third_party", "joint_controller", "controller", "authority", "unknown"}
            & set(self._recipients[process][0])
        )

    def _gaps(self, process: str, record: ElementRecord, audiences: tuple[str, ...]) -> tuple[str, ...]:
        """Give what a record of processing would lack, as the fields to fill in (GDPR Article 30(1)(a)-(g))."""
        title, owner, operations = self.process(process)[:3]
        default, controller = self._material.defaults, self._controller == "given"
        kept = all(origin.get("retention") or default.get("retention") for _, origin in record.origins)
        protected = all(origin.get("measures") or default.get("measures") for _, origin in record.origins)
        if (
            controller
            and title == owner == operations == "given"
            and record.body.get("category")
            and audiences
            and kept
            and protected
        ):
            return ()
        said = {
            "a party with role: controller, name and contact": controller,
            f"title of {process}": title == "given",
            f"owner of {process}": owner == "given",
            f"operations of {process}": operations == "given",
            f"category of {record.key}": bool(record.body.get("category")),
            f"audiences of {record.key}": bool(audiences),
            f"retention of {record.key}": kept,
            f"measures of {record.key}": protected,
        }
        return tuple(name for name, there in said.items() if not there)


def _offices(material: Material) -> tuple[str, str]:
    """Say whether a controller with name and contact, and a data protection officer, are declared."""
    parties = material.parties.values()
    controllers = [party for party in parties if party.get("role") == "controller"]
    reachable = any(
        party.get("name") and (party.get("contact") or party.get("email") or party.get("address"))
        for party in controllers
    )
    return (
        "given" if reachable else "partial" if controllers else "missing",
        given(any(party.get("role") == "dpo" for party in parties)),
    )


def _kinds(key: str, audience: Body) -> set[str]:
    found = {key} & set(PEOPLE)
    subject = str(audience.get("subject") or "").rpartition(":")[2].lower()
    if subject in _SUBJECTS:
        found.add(_SUBJECTS[subject])
    if minor(audience) or found & {"child", "minor"}:
        found |= {"minor"}
    if audience.get("vulnerable"):
        found.add("vulnerable")
    return found
