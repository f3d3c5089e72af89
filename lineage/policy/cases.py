"""Cases: situations a rule must break on, keep, or be silent about; run by the tests and by ``lineage pack test``.

A case states only the facts that differ from a sound situation, in which everything is declared and current.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lineage.domain.facts import Fact, Scope, facts_of
from lineage.gate.nearest import did_you_mean
from lineage.policy.engine import ERRED, FAILED, MET, SILENT, Ruleset
from lineage.policy.head import MOST_FLAWS, short
from lineage.policy.literals import Words
from lineage.policy.pack import Flaw, Pack, Rule

OUTCOMES = {"breaks": FAILED, "keeps": MET, "silent": SILENT}
MOST_CASES = 20_000
MOST_LETTERS = 60
WORDS = {FAILED: "breaks", MET: "keeps", SILENT: "is silent about", ERRED: "gives no answer for"}

_SOUND: Mapping[str, Any] = {
    "element.kind": "identity", "element.category_flags": (), "element.value": "text",
    "element.identifiability": "identifying", "element.lifecycle": "active", "element.sources": "none",
    "element.circle": False, "element.derived": False, "element.consented": "missing",
    "origin.mode": "provided", "origin.source": "data_subject",
    "process.automation": "none", "use.purpose": "specific", "use.necessity": "required", "use.review": "current",
    "use.changed": "no", "use.ended": False, "outcome.state": "current", "outcome.organisation": "benefit",
    "outcome.subject": "benefit", "outcome.harm": "none", "outcome.others": "dated",
    "insight.decision": "confirm", "pilot.state": "none",
    "pilot.plan": "missing", "pilot.approval": "missing", "pilot.length": "allowed", "regime.needs_basis": True,
    "regime.needs_status": True, "regime.basis": "contract_performance", "regime.basis_exists": True,
    "regime.status": "compliant", "regime.assessed": "given", "regime.status_review": "current",
    "regime.clock": "over", "regime.sensitivity": "ordinary", "regime.minors": False, "consent.status": "none",
    "consent.method": "missing", "consent.statement": "missing", "consent.withdraw": "missing",
    "consent.explicit": False, "consent.informed": "missing", "consent.purpose": "none", "consent.free": "free",
    "consent.separate": "unknown", "consent.easy": "unknown", "consent.guardian": "missing", "consent.age": "current",
    "consent.sound": False,
    "process.scale": "missing", "purpose.above": ("DeliveryOfGoods", "Purpose", "RequestedServiceProvision", "ServiceProvision"),
    "process.does": ("Use",), "element.categories": ("pd:Contact", "pd:TelephoneNumber", "pd:Tracking"),
    "use.audiences": ("customer",), "use.citation": "missing", "use.objection": "missing", "use.opt_out": "missing",
    "use.less_sensitive": "none", "use.waiver": "none", "pilot.risk": "ordinary", "told.purpose": "at_capture",
    "told.flow": "told", "told.exceeded": "no", "told.risk": "ordinary", "source.purpose": "none",
    "source.consent": "none", "use.emergency": "none", "use.anonymised": "no", "regime.child": "none",
    "regime.condition": "missing",
    "notice.items": (
        "adm", "basis", "complaint", "controller", "dpo", "legit_interest", "obligation", "purpose", "recipients",
        "retention", "rights", "transfer", "withdraw",
    ),
    "transfer.destination": "none", "transfer.mechanism": "missing", "transfer.evidence": "missing",
    **{f"assessment.{name}": "missing" for name in ("lia", "dpia", "tia", "compatibility", "best_interest", "risk")},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One situation and what the rule must say of it; ``path`` is where it stands in the body of the cases file."""

    rule: str
    expected: int
    facts: Mapping[str, Any]
    number: int
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case that was run."""

    case: Case
    found: int

    @property
    def passed(self) -> bool:
        """Whether the rule said what was expected."""
        return self.found == self.case.expected

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        said = f"{self.case.rule} {WORDS[self.found]} {dict(self.case.facts) or 'the sound situation'}"
        return said if self.passed else f"{said}, and the case says that it {WORDS[self.case.expected]} it"


def sound(scope: Scope) -> dict[str, Any]:
    """Give the facts of a situation in which nothing is wrong."""
    return {fact.name: _sound(fact) for fact in facts_of(scope)}


def _sound(fact: Fact) -> Any:
    if fact.name in _SOUND:
        return _SOUND[fact.name]
    if fact.many:
        return ()
    return "given" if "given" in fact.values else fact.values[-1] if fact.values else False


def parse_cases(
    data: Mapping[str, Any], pack: Pack, words: Words | None = None, refused: Collection[str] = ()
) -> tuple[tuple[Case, ...], tuple[Flaw, ...]]:
    """Read the body of a cases file; give its cases, and every flaw: unknown rules or facts, rules without both outcomes.

    ``words`` are the names that facts with open values can have; without them these are not looked at. ``refused`` are
    ids of rules that have flaws of their own: their cases are left until these are mended.
    """
    rules = {rule.id: rule for rule in pack.rules if rule.scope is not Scope.REQUEST}
    flaws = [Flaw((name,), f"unknown field {short(name)}", "write cases: there") for name in data if name != "cases"]
    entries = data.get("cases") or []
    if not isinstance(entries, list):
        return (), (*flaws[:MOST_FLAWS], Flaw(("cases",), "cases must be a list", "write a dash before each entry"))
    count = sum(_count(entry) for entry in entries)
    if count > MOST_CASES:
        message = f"the pack has {count} cases, the limit is {MOST_CASES}"
        return (), (*flaws[:MOST_FLAWS], Flaw(("cases",), message, "keep those that tell something new"))
    cases: list[Case] = []
    unclear: set[str] = set()
    for index, entry in enumerate(entries):
        if isinstance(entry, dict) and str(entry.get("rule")) in refused:
            continue
        for found in _entry(entry, rules, len(cases), words or {}):
            if isinstance(found, Case):
                cases.append(replace(found, path=("cases", index, *found.path)))
            else:
                flaws.append(Flaw(("cases", index, *found.path), found.message, found.fix))
                unclear.add(str(entry.get("rule")) if isinstance(entry, dict) else "")
            if len(flaws) >= MOST_FLAWS:
                return (), tuple(flaws)
    # What the cases of a rule tell is known once those that are wrong are corrected.
    clear = [rule for rule in rules.values() if rule.id not in unclear]
    return tuple(cases), (*flaws, *_untried(clear, cases))


def _count(entry: Any) -> int:
    """Give how many cases an entry holds, and one for the entry itself."""
    parts = entry.values() if isinstance(entry, dict) else ()
    return sum(len(part) for part in parts if isinstance(part, list)) or 1


def _untried(rules: Iterable[Rule], cases: Sequence[Case]) -> Iterator[Flaw]:
    expected: dict[str, set[int]] = {}
    for case in cases:
        expected.setdefault(case.rule, set()).add(case.expected)
    for rule in rules:
        lacking = _lacking(rule, expected.get(rule.id, set()))
        if lacking:
            fix = "add one: a rule is tested on both outcomes"
            yield Flaw(("cases",), f"rule {rule.id} has no case that {lacking}", fix)


def _lacking(rule: Rule, expected: Collection[int]) -> str:
    if FAILED not in expected:
        return "breaks it"
    if MET not in expected and rule.require != "false":
        return "keeps it"
    return "it is silent about" if rule.when != "true" and SILENT not in expected else ""


def _entry(entry: Any, rules: Mapping[str, Rule], number: int, words: Words) -> Iterator[Case | Flaw]:
    """Give the cases and flaws of one entry, with paths inside it."""
    name = entry.get("rule") if isinstance(entry, dict) else None
    rule = rules.get(name) if isinstance(name, str) else None
    if rule is None:
        fix = did_you_mean(str(name)[:MOST_LETTERS], rules) or "name a rule of the pack"
        yield Flaw((), f"there is no rule {str(name)[:MOST_LETTERS]}", fix)
        return
    known = {fact.name: fact for fact in facts_of(rule.scope)}
    for word, situations in entry.items():
        if word == "rule":
            continue
        if word not in OUTCOMES or not isinstance(situations, list):
            fix = f"write one of {', '.join(OUTCOMES)} with a list"
            yield Flaw((word,), f"{word} is no list of situations", fix)
            continue
        for index, facts in enumerate(situations):
            wrong = _wrong(facts or {}, known, words)
            if wrong:
                yield Flaw((word, index), *wrong)
            else:
                number += 1
                yield Case(rule.id, OUTCOMES[word], dict(facts or {}), number, (word, index))


def _wrong(facts: Any, known: Mapping[str, Fact], words: Words) -> tuple[str, str] | None:
    if not isinstance(facts, dict):
        return f"{short(facts)} is no situation", "write {fact: value}, or {} for the sound situation"
    for name, value in facts.items():
        fact = known.get(name)
        if fact is None:
            return f"unknown fact {name[:MOST_LETTERS]}", did_you_mean(
                name[:MOST_LETTERS], known
            ) or "see docs/facts.md"
        wrong = _not_a_value(fact, value, words)
        if wrong:
            return wrong
    return None


def _not_a_value(fact: Fact, value: Any, words: Words) -> tuple[str, str] | None:
    values = fact.values or words.get(fact.name, ())
    if not fact.many:
        fits = value in values if values else isinstance(value, bool)
        return (
            None
            if fits
            else (f"{fact.name} cannot be {short(value)}", f"write one of {', '.join(values) or 'true, false'}")
        )
    if not isinstance(value, list):
        return f"{fact.name} cannot be {short(value)}", "write a list"
    for item in value:
        if not isinstance(item, str) or (values and item not in values):
            rest = f"use some of {', '.join(fact.values)}" if fact.values else "use names of the vocabulary"
            return f"{fact.name} cannot hold {short(item)}", did_you_mean(str(item), values) or rest
    return None


def run_cases(pack: Pack, cases: Sequence[Case]) -> tuple[CaseResult, ...]:
    """Run cases against the rules of a pack, each against its own rule."""
    rulesets = {scope: Ruleset(pack, scope) for scope in {rule.scope for rule in pack.rules} - {Scope.REQUEST}}
    places = {
        rule.id: (rulesets[scope], number) for scope in rulesets for number, rule in enumerate(rulesets[scope].rules)
    }
    situations = {scope: sound(scope) for scope in rulesets}
    results = []
    for case in cases:
        ruleset, number = places[case.rule]
        said = {name: tuple(value) if isinstance(value, list) else value for name, value in case.facts.items()}
        results.append(CaseResult(case, ruleset.ask(number, list((situations[ruleset.scope] | said).values()))))
    return tuple(results)


def failing(results: Iterable[CaseResult]) -> Iterator[Flaw]:
    """Give a flaw for every case that came out differently."""
    for result in results:
        if not result.passed:
            yield Flaw(result.case.path, result.sentence, _WRONG_CASE)


_WRONG_CASE = "correct the rule, or the case"
