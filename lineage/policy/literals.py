"""Words in rules against the values a fact can have: a misspelt one would never be met, and nobody would notice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lineage.domain.facts import Fact
from lineage.domain.vocabulary import Vocabulary
from lineage.gate.nearest import did_you_mean
from lineage.policy.checked import ACCUMULATED, CALL, CONSTANT, LIST, LOOP, NAME, Checked, Node

Words = Mapping[str, Collection[str]]
"""Name of a fact whose values are not closed → the names its entries can have."""

_COMPARING = frozenset({"_==_", "_!=_", "@in"})
_LISTED = 8


def words_of(vocabulary: Vocabulary, purposes: Collection[str] | None = None) -> Words:
    """Give the names that stand for purposes, operations and categories; ``purposes`` are further ones, of our own."""
    return {
        "purpose.above": {*vocabulary.purposes, *(purposes or ())},
        "process.does": set(vocabulary.enumerations.get("operation", {})),
        "element.categories": set(vocabulary.categories),
    }


def misspelt(expression: Checked, facts: Mapping[str, Fact], words: Words) -> Iterator[tuple[str, str]]:
    """Give each comparison of a fact with something it can never be: what is wrong, and the fix."""
    seen: set[tuple[str, Any]] = set()
    for left, right in _comparisons(expression.root, {}, facts):
        for names, constants in ((left[0], right[1]), (right[0], left[1])):
            for name in sorted(names):
                for constant in constants:
                    wrong = None if (name, constant) in seen else _never(facts[name], constant, words)
                    seen.add((name, constant))
                    if wrong:
                        yield wrong


def _never(fact: Fact, constant: Any, words: Words) -> tuple[str, str] | None:
    values = fact.values or words.get(fact.name)
    if not values or constant in values:
        return None
    shown = f'"{constant}"' if isinstance(constant, str) else str(constant).lower()
    listed = sorted(values)
    rest = f"its values are {', '.join(listed)}" if len(listed) <= _LISTED else "its values are listed in docs/facts.md"
    if not fact.values:
        rest = "use a name of the vocabulary, or declare it first"
    return f"compares {fact.name} with {shown}, which it never is", did_you_mean(str(constant), values) or rest


Meaning = tuple[frozenset[str], tuple[Any, ...]]
"""What a part may stand for: names of facts (one that is a list stands for its entries as well), and constants."""


def _comparisons(node: Node, bound: Mapping[str, Any], facts: Mapping[str, Fact]) -> Iterator[tuple[Meaning, Meaning]]:
    if node.kind == CALL and node.value in _COMPARING:
        left, right = (_meaning(part, bound, facts) for part in node.parts)
        yield left, right
    inside = {**bound, node.value: (node.parts[0], bound)} if node.kind == LOOP else bound
    for number, part in enumerate(node.parts):
        yield from _comparisons(part, inside if number else bound, facts)


def _meaning(node: Node, bound: Mapping[str, Any], facts: Mapping[str, Fact]) -> Meaning:
    names: set[str] = set()
    constants: dict[Any, None] = {}
    for part in _leaves(node, bound, facts):
        if part.kind == CONSTANT:
            constants[part.value] = None
        elif facts[part.value].values or facts[part.value].many:
            names.add(part.value)
    return frozenset(names), tuple(constants)


def _leaves(node: Node, bound: Mapping[str, Any], facts: Mapping[str, Fact]) -> Iterator[Node]:
    if node.kind == CONSTANT or (node.kind == NAME and node.value in facts):
        yield node
        return
    if node.kind == NAME and node.value in bound:
        # The entry of a list that a loop goes through.
        around, outside = bound[node.value]
        yield from _leaves(around, outside, facts)
        return
    inside = {**bound, node.value: (node.parts[0], bound)} if node.kind == LOOP else bound
    for part in _carried(node):
        yield from _leaves(part, inside, facts)


def _carried(node: Node) -> tuple[Node, ...]:
    """Give the parts whose values a part hands on."""
    if node.kind == LIST:
        return node.parts
    if node.kind == LOOP:
        return node.parts[3:4]
    if node.kind == CALL and node.value == "_?_:_":
        return node.parts[1:]
    if node.kind == CALL and node.value == "_[_]":
        return node.parts[:1]
    if node.kind == CALL and node.value == "_+_" and any(_gathers(part) for part in node.parts):
        return node.parts
    return ()


def _gathers(node: Node) -> bool:
    return node.kind in (LIST, LOOP) or node.value == ACCUMULATED
