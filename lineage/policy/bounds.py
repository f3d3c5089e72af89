"""How large an expression may be, so that no pack can make a catalogue wait: depth, loops, lists, patterns, steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lineage.domain.facts import Fact
from lineage.policy.checked import ACCUMULATED, CALL, CONSTANT, LIST, LOOP, NAME, OTHER, Checked, Node, walk

LONGEST = 2000
"""Characters of an expression."""
MOST_NESTED = 28
"""Brackets inside brackets: CEL itself stops at 32, and the question around each rule takes some of them."""
SURELY_FLAT = 20
"""Brackets and parts inside one another, counted together, up to which that limit is never reached."""
MOST_LOOPS = 3
DEEPEST_LOOP = 2
LONGEST_LIST = 200
LONGEST_PATTERN = 200
MOST_STEPS = 20_000
"""Parts looked at for one answer, counted as if every loop ran to its end."""
MOST_STEPS_IN_PACK = 2_000_000
OPEN_LIST = 32
"""How long a fact is taken to be that is a list without a closed set of values."""

WORDS = "all, exists, exists_one, map and filter"
_RAW = r"""(?<!\w)[bB]?[rR][bB]?(?:\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|"[^"\n]*"|'[^'\n]*')"""
_TEXT = r'''"""(?:\\[\s\S]|[^\\])*?"""|\'\'\'(?:\\[\s\S]|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*\''''
_NO_CODE = re.compile(rf"{_RAW}|{_TEXT}|//[^\n]*")

Wrong = tuple[str, str]
"""What is wrong, and the fix."""


def nesting(text: str) -> int:
    """Give how deep brackets stand inside brackets, texts and comments aside; closing ones too many count as nothing."""
    deepest = depth = 0
    for character in _NO_CODE.sub('""', text):
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth = max(0, depth - 1)
    return deepest


def too_large(expression: Checked, facts: Mapping[str, Fact]) -> Iterator[Wrong]:
    """Give every bound that an expression breaks."""
    parts = list(walk(expression.root))
    yield from _loops(expression.root, parts)
    for node in parts:
        if node.kind == LIST and len(node.parts) > LONGEST_LIST:
            yield f"holds a list of {len(node.parts)} entries, the limit is {LONGEST_LIST}", "split the rule"
        if node.kind == CALL and node.value == "matches":
            yield from _pattern(node)
    yield from _shapes(expression, parts)
    taken = steps(expression.root, facts)
    if taken > MOST_STEPS:
        yield f"may take {taken} steps, the limit is {MOST_STEPS}", f"use shorter lists, or fewer of {WORDS}"


def _loops(root: Node, parts: list[Node]) -> Iterator[Wrong]:
    loops = [node for node in parts if node.kind == LOOP]
    if len(loops) > MOST_LOOPS:
        yield f"uses {WORDS} {len(loops)} times, the limit is {MOST_LOOPS}", "split the rule"
    depth = _loop_depth(root)
    if depth > DEEPEST_LOOP:
        yield f"nests {WORDS} {depth} deep, the limit is {DEEPEST_LOOP}", "split the rule"
    for loop in loops:
        for node in walk(loop.parts[3]):
            if node.kind == CALL and node.value == "_+_" and node.parts[0].value != ACCUMULATED:
                yield f"puts things together with + inside one of {WORDS}", "compare them one by one"
                return


def _loop_depth(node: Node) -> int:
    if node.kind != LOOP:
        return max(map(_loop_depth, node.parts), default=0)
    around, *body = node.parts
    return max(_loop_depth(around), 1 + max(map(_loop_depth, body)))


def _pattern(call: Node) -> Iterator[Wrong]:
    pattern = call.parts[-1]
    if pattern.kind != CONSTANT or not isinstance(pattern.value, str):
        yield "matches a pattern that is no plain text", "write the pattern as one text in quotes"
    elif len(pattern.value) > LONGEST_PATTERN:
        yield f"has a pattern of {len(pattern.value)} characters, the limit is {LONGEST_PATTERN}", "shorten the pattern"


def _shapes(expression: Checked, parts: list[Node]) -> Iterator[Wrong]:
    if any(node.kind == OTHER for node in parts):
        yield "makes a map or a record", "rules need texts, numbers, true, false and lists of these"
    if any(node.kind == CALL and node.value == "dyn" for node in parts):
        yield "uses dyn(), which would hide a wrong type", "leave dyn() out"
    for node in parts:
        # An empty list may stand for a list of anything.
        if node.parts and expression.element_type(node) & {1, 6, 7}:
            yield "makes a list of lists or of mixed things", "list texts, numbers or booleans, of one type only"
            return


def steps(node: Node, facts: Mapping[str, Fact]) -> int:
    """Give how many parts are looked at for an answer, counted as if every loop ran to its end."""
    if node.kind != LOOP:
        return 1 + sum(steps(part, facts) for part in node.parts)
    around, start, condition, step, result = node.parts
    once = steps(condition, facts) + steps(step, facts)
    return steps(around, facts) + steps(start, facts) + steps(result, facts) + length(around, facts) * once


def length(node: Node, facts: Mapping[str, Fact]) -> int:
    """Give how long a list may be."""
    if node.kind == LIST:
        return len(node.parts)
    if node.kind == LOOP:
        return length(node.parts[0], facts)
    if node.kind == CALL and node.value in ("_+_", "_?_:_"):
        return sum(length(part, facts) for part in node.parts[-2:])
    if node.kind == NAME and node.value in facts:
        return len(facts[node.value].values) or OPEN_LIST
    return OPEN_LIST
