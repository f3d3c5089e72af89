"""Cases: situations a rule must break on, keep, or be silent about; run by the tests and by ``lineage pack test``.

A case states only the facts that differ from a sound situation, in which everything is declared and current.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.domain.facts import Fact, Scope, facts_of
from lineage.gate.nearest import did_you_mean
from lineage.policy.engine import ERRED, FAILED, MET, SILENT, Ruleset
from lineage.policy.pack import Flaw, Pack, Rule

OUTCOMES = {"breaks": FAILED, "keeps": MET, "silent": SILENT}
WORDS = {FAILED: "breaks", MET: "keeps", SILENT: "is silent about", ERRED: "gives no answer for"}

_SOUND: Mapping[str, Any] = {
    "element.kind": "identity", "element.category_flags": (), "element.value": "text",
    "element.identifiability": "identifying", "element.lifecycle": "active", "element.sources": "none",
    "element.circle": False, "element.derived": False, "element.consented": "missing", "origin.mode": "provided", "origin.source": "data_subject",
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
    "process.scale": "missing", "purpose.above": ("DeliveryOfGoods", "Purpose", "RequestedServiceProvision", "ServiceProvision"),
    "process.does": ("Use",), "element.categories": ("pd:Contact", "pd:TelephoneNumber", "pd:Tracking"),
    "use.audiences": ("customer",), "use.citation": "missing", "use.objection": "missing", "use.opt_out": "missing",
    "use.less_sensitive": "none", "use.waiver": "none", "pilot.risk": "ordinary", "told.purpose": "at_capture",
    "told.flow": "told", "told.exceeded": "no", "told.risk": "ordinary", "source.purpose": "none",
    "source.consent": "none", "regime.child": "none", "regime.condition": "missing",
    "notice.items": (
        "adm", "basis", "complaint", "controller", "dpo", "legit_interest", "obligation", "purpose", "recipients",
        "retention", "rights", "transfer", "withdraw",
    ),
    "transfer.destination": "none", "transfer.mechanism": "missing", "transfer.evidence": "missing",
    **{f"assessment.{name}": "missing" for name in ("lia", "dpia", "tia", "compatibility", "best_interest", "risk")},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One situation and what the rule must say of it."""

    rule: str
    expected: int
    facts: Mapping[str, Any]
    number: int


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
        return f"{self.case.rule} {WORDS[self.found]} {dict(self.case.facts) or 'the sound situation'}"


def sound(scope: Scope) -> dict[str, Any]:
    """Give the facts of a situation in which nothing is wrong."""
    return {fact.name: _sound(fact) for fact in facts_of(scope)}


def _sound(fact: Fact) -> Any:
    if fact.name in _SOUND:
        return _SOUND[fact.name]
    if fact.many:
        return ()
    return "given" if "given" in fact.values else fact.values[-1] if fact.values else False


def parse_cases(data: Mapping[str, Any], pack: Pack) -> tuple[tuple[Case, ...], tuple[Flaw, ...]]:
    """Read the body of a cases file; give its cases, and every flaw: unknown rules or facts, rules without both outcomes."""
    rules = {rule.id: rule for rule in pack.rules if rule.scope is not Scope.REQUEST}
    cases: list[Case] = []
    flaws: list[Flaw] = []
    for index, entry in enumerate(data.get("cases") or ()):
        name = entry.get("rule") if isinstance(entry, dict) else None
        rule = rules.get(name) if isinstance(name, str) else None
        if rule is None:
            flaws.append(
                Flaw(
                    ("cases", index),
                    f"there is no rule {name}",
                    did_you_mean(str(name), rules) or "name a rule of the pack",
                )
            )
            continue
        for path, case in _cases(entry, rule, len(cases)):
            if isinstance(case, Case):
                cases.append(case)
            else:
                flaws.append(Flaw(("cases", index, *path), *case))
    for rule in rules.values():
        lacking = _lacking(rule, [case.expected for case in cases if case.rule == rule.id])
        if lacking:
            flaws.append(
                Flaw(
                    ("cases",),
                    f"rule {rule.id} has no case that {lacking}",
                    "add one: a rule is tested on both outcomes",
                )
            )
    return tuple(cases), tuple(flaws)


def _lacking(rule: Rule, expected: Sequence[int]) -> str:
    if FAILED not in expected:
        return "breaks it"
    if MET not in expected and rule.require != "false":
        return "keeps it"
    return "it is silent about" if rule.when != "true" and SILENT not in expected else ""


def _cases(
    entry: Mapping[str, Any], rule: Rule, number: int
) -> Iterator[tuple[tuple[str | int, ...], Case | tuple[str, str]]]:
    known = {fact.name: fact for fact in facts_of(rule.scope)}
    for word, situations in entry.items():
        if word == "rule":
            continue
        if word not in OUTCOMES or not isinstance(situations, list):
            yield (word,), (f"{word} is no list of situations", f"write one of {', '.join(OUTCOMES)} with a list")
            continue
        for index, facts in enumerate(situations):
            wrong = _wrong(facts or {}, known)
            if wrong:
                yield (word, index), wrong
            else:
                number += 1
                yield (word, index), Case(rule.id, OUTCOMES[word], dict(facts or {}), number)


def _wrong(facts: Mapping[str, Any], known: Mapping[str, Fact]) -> tuple[str, str] | None:
    for name, value in facts.items():
        fact = known.get(name)
        if fact is None:
            return f"unknown fact {name}", did_you_mean(name, known) or "see docs/facts.md"
        fits = (
            isinstance(value, list) and (not fact.values or set(value) <= set(fact.values))
            if fact.many
            else value in fact.values
            if fact.values
            else isinstance(value, bool)
        )
        if not fits:
            return f"{name} cannot be {value!r}", f"write one of {', '.join(fact.values) or 'true, false'}"
    return None


def run_cases(pack: Pack, cases: Sequence[Case]) -> tuple[CaseResult, ...]:
    """Run cases against the rules of a pack."""
    rulesets = {scope: Ruleset(pack, scope) for scope in {rule.scope for rule in pack.rules} - {Scope.REQUEST}}
    places = {
        rule.id: (rulesets[scope], number) for scope in rulesets for number, rule in enumerate(rulesets[scope].rules)
    }
    results = []
    for case in cases:
        ruleset, number = places[case.rule]
        facts = sound(ruleset.scope) | {name: tuple(v) if isinstance(v, list) else v for name, v in case.facts.items()}
        results.append(CaseResult(case, ruleset.judge([facts[name] for name in ruleset.facts])[number]))
    return tuple(results)
