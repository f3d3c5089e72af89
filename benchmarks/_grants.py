"""Generated grants that every engine is asked about, the slow reference that judges them all, and the same as documents.

A grant lets a process use an element for a purpose and everything narrower. A prohibition binds its purpose, everything
narrower, everything derived from its element, and a question for a broader purpose, of which it is a part. An element
whose cycle is open is denied for everything. The same size gives the same grants on every machine.
"""

from __future__ import annotations

import random
from functools import cached_property
from typing import NamedTuple

SEED = 20261122
BRANCHES, LEAVES = 4, 15
LAYERS, WAYS = 6, 1
"""Layers of the lineage, and how many elements of the layer before one derives from at most."""
AUDIENCE, REGIME = "customer", "eu-gdpr"
AT = 1_795_305_600_000_000
"""2026-11-22, midnight UTC, in microseconds."""


class Ask(NamedTuple):
    """One question: may a process use an element for a purpose?"""

    process: str
    element: str
    purpose: str


def dag() -> dict[str, tuple[str, ...]]:
    """Give the 20 purposes with their parents: a root, four branches, leaves of which each third stands under two."""
    parents: dict[str, tuple[str, ...]] = {"u0": ()} | {f"u{n}": ("u0",) for n in range(1, BRANCHES + 1)}
    for leaf in range(LEAVES):
        first, second = 1 + leaf % BRANCHES, 1 + (leaf + 1) % BRANCHES
        parents[f"u{BRANCHES + 1 + leaf}"] = (f"u{first}", f"u{second}") if leaf % 3 == 0 else (f"u{first}",)
    return parents


class Grants:
    """A set of ``size`` grants and a stream of questions, half of which are aimed at what is granted."""

    def __init__(self, size: int, questions: int = 100_000, seed: int = SEED) -> None:
        chance = random.Random(f"{seed}/{size}")
        self.size = size
        self.above_of = dag()
        self.purposes = list(self.above_of)
        self.elements = [f"data.e{n}" for n in range(max(60, size // 10))]
        self.processes = [f"p{n}" for n in range(max(20, size // 200))]
        self.parents = self._lineage(chance)
        self.grants = self._grants(chance)
        few = max(2, len(self.elements) * 3 // 1000)
        self.prohibitions = sorted({(chance.choice(self.elements), self._purpose(chance)) for _ in range(few)})
        self.open = frozenset(chance.sample(self.elements, max(1, len(self.elements) // 50)))
        self.questions = self._questions(chance, questions)

    def _purpose(self, chance: random.Random) -> str:
        """Choose a purpose below the root: nothing is granted for everything."""
        return chance.choice(self.purposes[1:])

    def _lineage(self, chance: random.Random) -> dict[str, tuple[str, ...]]:
        """Put elements in layers; each of a later one derives from some of the layer before."""
        wide = -(-len(self.elements) // LAYERS)
        found: dict[str, tuple[str, ...]] = dict.fromkeys(self.elements[:wide], ())
        for number, element in enumerate(self.elements[wide:], wide):
            first = (number // wide - 1) * wide
            found[element] = tuple(sorted({self.elements[first + chance.randrange(wide)] for _ in range(WAYS)}))
        return found

    def _grants(self, chance: random.Random) -> list[Ask]:
        found: set[Ask] = set()
        while len(found) < self.size:
            found.add(Ask(chance.choice(self.processes), chance.choice(self.elements), self._purpose(chance)))
        return sorted(found)

    def _questions(self, chance: random.Random, many: int) -> list[Ask]:
        """Ask until half of the questions are allowed and half are not, in a random order."""
        allowed: list[Ask] = []
        denied: list[Ask] = []
        while len(allowed) < many // 2 or len(denied) < many // 2:
            if chance.random() < 0.5:
                grant = chance.choice(self.grants)
                ask = grant._replace(purpose=chance.choice(sorted(self.below[grant.purpose])))
            else:
                ask = Ask(chance.choice(self.processes), chance.choice(self.elements), chance.choice(self.purposes))
            (allowed if self.compiled(ask) else denied).append(ask)
        found = allowed[: many // 2] + denied[: many // 2]
        chance.shuffle(found)
        return found

    @cached_property
    def above(self) -> dict[str, frozenset[str]]:
        """Purpose → itself and everything broader."""
        found: dict[str, frozenset[str]] = {}
        for purpose, parents in self.above_of.items():
            found[purpose] = frozenset({purpose}).union(*(found[parent] for parent in parents))
        return found

    @cached_property
    def below(self) -> dict[str, frozenset[str]]:
        """Purpose → itself and everything narrower."""
        return {p: frozenset(narrow for narrow in self.purposes if p in self.above[narrow]) for p in self.purposes}

    @cached_property
    def bans(self) -> dict[str, dict[str, tuple[str, str]]]:
        """Element → purpose that must not be asked for → the prohibited purpose and the element it was declared at.

        Pushed down the lineage, and to narrower and broader purposes, once, for the engines that want compiled data.
        """
        found: dict[str, dict[str, tuple[str, str]]] = {element: {} for element in self.elements}
        for element, purpose in self.prohibitions:
            for asked in sorted(self.below[purpose] | self.above[purpose]):
                found[element].setdefault(asked, (purpose, element))
        for element in self.elements:
            for parent in self.parents[element]:
                for asked, why in found[parent].items():
                    found[element].setdefault(asked, why)
        return found

    @cached_property
    def _granted(self) -> frozenset[Ask]:
        return frozenset(self.grants)

    def compiled(self, ask: Ask) -> bool:
        """Answer from the compiled data, quickly; only used to choose questions."""
        if ask.element in self.open or ask.purpose in self.bans[ask.element]:
            return False
        return any(ask._replace(purpose=term) in self._granted for term in self.above[ask.purpose])

    def reference(self, ask: Ask) -> bool:
        """Answer slowly and obviously: walk up lineage and purposes edge by edge, with nothing compiled."""
        if ask.element in self.open:
            return False
        todo, seen = [ask.element], set()
        while todo:
            element = todo.pop()
            seen.add(element)
            for source, purpose in self.prohibitions:
                if source == element and (self._covers(purpose, ask.purpose) or self._covers(ask.purpose, purpose)):
                    return False
            todo.extend(parent for parent in self.parents[element] if parent not in seen)
        return any(
            process == ask.process and element == ask.element and self._covers(purpose, ask.purpose)
            for process, element, purpose in self._grants_of[ask.element]
        )

    @cached_property
    def _grants_of(self) -> dict[str, list[Ask]]:
        found: dict[str, list[Ask]] = {element: [] for element in self.elements}
        for grant in self.grants:
            found[grant.element].append(grant)
        return found

    def _covers(self, broad: str, narrow: str) -> bool:
        """Follow parents from a purpose upward until a broader one is met."""
        return narrow == broad or any(self._covers(broad, parent) for parent in self.above_of[narrow])
