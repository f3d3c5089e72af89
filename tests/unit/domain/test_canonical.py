"""Canonical JSON against RFC 8785, whose other implementation is the oracle."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import rfc8785

from lineage.domain.canonical import LARGEST, canonical, digest_of

LETTERS = [
    *"abcXYZ09_-.",
    "ä",
    "ß",
    "é",
    "\u20ac",
    "\ufb33",
    "\U0001f600",
    "\U00010000",
    '"',
    "\\",
    "\n",
    "\x01",
    "\x7f",
    "/",
]
DOCUMENTS = 4_000


def text(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randrange(8)))


def document(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.choice([0, -1, LARGEST, -LARGEST, chance.randrange(-LARGEST, LARGEST)])
    if kind < 5:
        return text(chance)
    if kind == 5:
        return [document(chance, depth + 1) for _ in range(chance.randrange(5))]
    return {text(chance): document(chance, depth + 1) for _ in range(chance.randrange(6))}


def test_thousands_of_documents_come_out_as_the_other_implementation_writes_them():
    chance = random.Random(4)
    seen = set()
    for _ in range(DOCUMENTS):
        made = document(chance)
        assert canonical(made).encode() == rfc8785.dumps(made)
        seen.add(canonical(made))
    assert len(seen) > DOCUMENTS / 3


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None, ""]}, '{"a":[true,null,""],"b":1}'),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'),
        ('\u20ac$\x0f\nA\'B"\\\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        (LARGEST, "9007199254740991"),
        ({"version": "1.5", "until": "1e-7", "number": "12345678901234567890"}, None),
        (None, "null"),
        ((1, "a"), '[1,"a"]'),
    ],
)
def test_it_is_written_as(value, written):
    assert canonical(value) == (written or json.dumps(value, separators=(",", ":"), sort_keys=True))


@pytest.mark.parametrize(
    "value",
    [1.5, 1e16, 1e-7, 0.0, -0.0, float("nan"), float("inf"), 2**53, -(2**53), 10**30],
)
@pytest.mark.parametrize(
    "around", [lambda v: v, lambda v: [v], lambda v: {"a": v}, lambda v: {"a": [{"b": (v,)}], "c": "x"}]
)
def test_what_programs_write_differently_is_refused(value, around):
    with pytest.raises(ValueError):
        canonical(around(value))


def test_half_a_character_never_gets_a_digest():
    with pytest.raises(ValueError):
        digest_of(canonical({"title": "\ud800"}))
