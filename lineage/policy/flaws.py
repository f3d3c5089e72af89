"""What is wrong with the expressions of a pack: refused by CEL, too large, misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from lineage.domain.facts import Scope, facts_of
from lineage.gate.nearest import did_you_mean
from lineage.policy.bounds import MOST_NESTED, MOST_STEPS_IN_PACK, SURELY_FLAT, nesting, steps, too_large
from lineage.policy.checked import NAME, Checked, depth, walk
from lineage.policy.engine import names_read, stands_together, understood
from lineage.policy.head import MOST_FLAWS
from lineage.policy.literals import Words, misspelt
from lineage.policy.pack import Flaw, Pack, Rule

_FACTS = "see the list of facts in docs/facts.md"


def compile_flaws(pack: Pack, body: Mapping[str, Any], words: Words | None = None) -> list[Flaw]:
    """Compile each rule by itself and give every flaw: what CEL refuses, what is too large, what can never be met.

    ``words`` are the names that facts with open values can have; without them these are not looked at.
    """
    flaws: list[Flaw] = []
    entries = body.get("rules")
    entries = entries if isinstance(entries, list) else []
    places = {str(entry.get("id")): index for index, entry in enumerate(entries) if isinstance(entry, dict)}
    taken = 0
    for rule in pack.rules:
        if rule.scope is Scope.REQUEST:
            continue
        path = ("rules", places.get(rule.id, 0))
        found, deepest = [], 0
        for name in ("when", "require"):
            expression, wrong = _look(rule, name, words or {})
            found += [Flaw((*path, name), f"rule {rule.id}: {message}", fix) for message, fix in wrong]
            if expression:
                taken += steps(expression.root, _facts(rule.scope))
                deepest = max(deepest, depth(expression.root) + nesting(getattr(rule, name)))
        if not found and deepest > SURELY_FLAT and not stands_together(rule):
            found.append(Flaw((*path, "require"), f"rule {rule.id}: it is nested too deeply", "split the rule"))
        flaws += found
        if len(flaws) >= MOST_FLAWS:
            return [*flaws[:MOST_FLAWS], Flaw(path, "the rules behind were not looked at", "correct these first")]
    if taken > MOST_STEPS_IN_PACK:
        flaws.append(
            Flaw(("rules",), f"the rules may take {taken} steps, the limit is {MOST_STEPS_IN_PACK}", "split the pack")
        )
    return flaws


def _look(rule: Rule, name: str, words: Words) -> tuple[Checked | None, list[tuple[str, str]]]:
    text = getattr(rule, name)
    depth = nesting(text)
    if depth > MOST_NESTED:
        return None, [(f"{name} nests brackets {depth} deep, the limit is {MOST_NESTED}", "split the rule")]
    expression = understood(rule.scope, text)
    if isinstance(expression, str):
        return None, [(f"{name} is refused: {expression}", _mending(rule.scope, expression))]
    facts = _facts(rule.scope)
    wrong = [
        *too_large(expression, facts),
        *islice(misspelt(expression, facts, words), MOST_FLAWS),
        *_hidden(expression, text),
    ]
    return expression, [(f"{name} {message}", fix) for message, fix in wrong]


def _mending(scope: Scope, reason: str) -> str:
    """Say what to do about an expression that CEL refuses."""
    unknown = _UNKNOWN.search(reason)
    if not unknown:
        return "docs/packs.md shows how expressions are written" if "Syntax" in reason else _FACTS
    wanted = [other for other in Scope if any(fact.name == unknown[1] for fact in facts_of(other))]
    if wanted:
        return f"a rule of scope {scope} does not see that fact, one of scope {wanted[0]} does; {_FACTS}"
    hint = did_you_mean(unknown[1], [fact.name for fact in facts_of(scope)])
    return f"{hint} Otherwise {_FACTS}" if hint else _FACTS


_UNKNOWN = re.compile(r"undeclared reference to '([^']+)'")


def _hidden(expression: Checked, text: str) -> Iterator[tuple[str, str]]:
    """Find facts written so that only CEL recognises them: the answers remembered for a record depend on all of them."""
    plain = names_read(text)
    names = {node.value for node in walk(expression.root) if node.kind == NAME and "." in node.value}
    for name in sorted(names - plain):
        yield f"writes the fact {name} in pieces", f"write {name} in one piece"


def _facts(scope: Scope) -> Mapping[str, Any]:
    return _BY_SCOPE[scope]


_BY_SCOPE = {scope: {fact.name: fact for fact in facts_of(scope)} for scope in Scope}
