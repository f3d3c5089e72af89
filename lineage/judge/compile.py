"""Documents into a decision table: the timelines of every use (docs/deciding.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lineage.gate.purposes import Purposes
from lineage.gate.table import Element, Process, Prohibition, Table, Use
from lineage.judge.choices import Choices
from lineage.judge.elements import ElementJudge
from lineage.judge.inheritance import derivation_of, prohibitions_of
from lineage.judge.known import Known, known_of
from lineage.judge.material import ElementRecord, Material, Row, UseRecord
from lineage.judge.memory import Memory
from lineage.judge.policies import Policies
from lineage.judge.timelines import UseJudge
from lineage.judge.verdicts import Judge


@dataclass(frozen=True, slots=True)
class Work:
    """How much was done: records judged and remembered, verdicts asked for and made."""

    uses: int
    records: int
    evaluations: int
    verdicts: int
    verdicts_made: int


@dataclass(frozen=True, slots=True)
class Compiled:
    """A table, what it was made from, and how much work that was."""

    table: Table
    material: Material
    policies: Policies
    work: Work
    uses: UseJudge
    known: Known

    def compares(self, elements: Iterable[str]) -> bool:
        """Tell whether any of some elements is sensitive, so that less sensitive ones must be known to judge its uses."""
        return any(self.known.level(key) for key in elements)


def compile_table(
    rows: Iterable[Row],
    revision: int,
    digest: str,
    only: Callable[[str, str], bool] | None = None,
    further: tuple[str, ...] | None = None,
    memory: Memory | None = None,
    choices: Choices | None = None,
) -> Compiled:
    """Judge documents into a table. ``only`` keeps uses by (element, process); everything else is still known.

    ``further`` names the regimes that may be asked about beyond those that apply (None: all). The same rows give the
    same table in any process. ``memory`` holds what the rules said of equal facts before, for whoever makes many tables;
    ``choices`` the less sensitive elements there are, where ``rows`` are but a part of a catalogue.
    """
    material = Material.of(rows)
    rules = (memory or Memory()).rules(material)
    policies = rules.policies
    purposes = purposes_of(material)
    derivation = derivation_of(material)
    known = known_of(material, policies, purposes, derivation, further)
    known = known._replace(choices=choices) if choices is not None else known
    elements = ElementJudge(material, rules, derivation)
    uses = UseJudge(material, rules, purposes, elements, known)
    judged, numbers = _uses(material, uses, only)
    bans = prohibitions_of(material, derivation)
    table = Table(
        revision=revision,
        digest=digest,
        zone=str(material.zone),
        elements={k: _element(e, numbers.get(k, ()), bans.get(k, ()), elements) for k, e in material.elements.items()},
        processes={k: Process(k, str(b.get("title") or k), gone) for k, (b, gone) in material.processes.items()},
        audiences={key: str(body.get("title") or key) for key, body in sorted(material.audiences.items())},
        regimes={key: regime.title for key, regime in sorted(material.vocabulary.regimes.items())},
        purposes=purposes,
        uses=judged,
        rules=policies.texts(),
        numbers=policies.numbers,
    )
    return Compiled(table, material, policies, _work(policies, rules.judge, len(judged)), uses, known)


def uses_of_elements(compiled: Compiled) -> dict[str, list[UseRecord]]:
    """Give the uses that are judged, by their elements."""
    found: dict[str, list[UseRecord]] = {}
    for use in compiled.material.uses:
        if _is_judged(compiled.material, use):
            found.setdefault(use.body["element"], []).append(use)
    return found


def each_judged(compiled: Compiled, keys: Iterable[str]) -> Iterator[tuple[Element, list[Use]]]:
    """Judge the uses of some elements, one after the other, for a table compiled without any. KeyError for an unknown one."""
    uses = uses_of_elements(compiled)
    for key in keys:
        judged = [compiled.uses.use(use) for use in uses.get(key, ())]
        yield compiled.table.elements[key]._replace(uses=tuple(range(len(judged)))), judged


def _is_judged(material: Material, use: UseRecord) -> bool:
    body = use.body
    return (
        body["effect"] == "allow"
        and body["element"] in material.elements
        and ((body.get("process") or "") in material.processes)
    )


def purposes_of(material: Material) -> Purposes:
    """Build the purpose graph; an own term below an explicit-only term counts as one."""
    terms = material.vocabulary.purposes
    parents = {key: tuple(parent for parent in term.broader if parent in terms) for key, term in sorted(terms.items())}
    plain = Purposes(parents, frozenset(), material.vocabulary.too_broad)
    marked = {key for key, term in terms.items() if term.explicit_only}
    own = {key for key, term in terms.items() if not term.iri and plain.above(key) & marked}
    retired = frozenset(key for key, term in terms.items() if term.retired)
    return Purposes(parents, frozenset(marked | own), material.vocabulary.too_broad, retired)


def _uses(
    material: Material, judge: UseJudge, only: Callable[[str, str], bool] | None
) -> tuple[tuple[Use, ...], dict[str, list[int]]]:
    judged: list[Use] = []
    numbers: dict[str, list[int]] = {}
    for use in material.uses:
        element, process = use.body["element"], use.body.get("process") or ""
        if not _is_judged(material, use):
            continue
        if only is not None and not only(element, process):
            continue
        numbers.setdefault(element, []).append(len(judged))
        judged.append(judge.use(use))
    return tuple(judged), numbers


def _element(
    record: ElementRecord, uses: Sequence[int], bans: tuple[Prohibition, ...], elements: ElementJudge
) -> Element:
    body = record.body
    return Element(
        key=record.key,
        title=str(body.get("title") or record.key),
        retired=record.retired or body.get("lifecycle") == "retired",
        audiences=tuple(body.get("audiences") or ()),
        uses=tuple(uses),
        prohibitions=bans,
        origin=elements.origin_timeline(record.key),
        also=tuple(body.get("also_known_as") or ()),
    )


def _work(policies: Policies, judge: Judge, uses: int) -> Work:
    return Work(
        uses=uses,
        records=sum(ruleset.asked for ruleset in policies.rulesets),
        evaluations=sum(ruleset.evaluated for ruleset in policies.rulesets),
        verdicts=judge.asked,
        verdicts_made=judge.made,
    )
