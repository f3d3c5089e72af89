"""What verification finds: breaks, notes, and what was counted on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 20
"""Breaks of a layer that are kept; further ones are counted."""

LAYERS: tuple[str, ...] = ("journal", "documents", "tables", "guards", "checkpoints", "held")
"""What is verified, in the order in which it is told."""

KEEP = "Keep this database as it is, and restore a backup beside it."
FIXES: Mapping[str, str] = {
    "journal": KEEP,
    "documents": KEEP,
    "tables": "Run `lineage doctor --rebuild`, and ask who changed the database by hand.",
    "guards": "Run `lineage db upgrade`, which makes them anew, and ask who took them away.",
    "checkpoints": KEEP,
    "held": "Ask for the log your checkpoint was made from; what you hold is right unless its key was stolen.",
}


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that does not fit: the layer, the first entry of the journal it concerns (None: no single one), a fix."""

    layer: str
    sequence: int | None
    what: str
    fix: str


class Found:
    """Gathers breaks and notes; memory stays flat however much is broken."""

    def __init__(self) -> None:
        self._breaks: list[Break] = []
        self._counts: Counter[str] = Counter()
        self.notes: list[str] = []

    def add(self, layer: str, sequence: int | None, what: str, fix: str = "") -> None:
        """Keep a break of one of ``LAYERS``."""
        self._counts[layer] += 1
        if self._counts[layer] <= MOST:
            self._breaks.append(Break(layer, sequence, what, fix or FIXES[layer]))

    def note(self, sentence: str) -> None:
        """Keep something worth saying that breaks nothing."""
        self.notes.append(sentence)

    def count(self, *layers: str) -> int:
        """Give the number of breaks of these layers, or of all."""
        return sum(self._counts[layer] for layer in layers or LAYERS)

    @property
    def intact(self) -> bool:
        return not self.count()

    @property
    def breaks(self) -> list[Break]:
        """Give the breaks by layer and entry, with one line more for a layer that has too many."""
        order = sorted(
            self._breaks,
            key=lambda one: (LAYERS.index(one.layer), one.sequence is None, one.sequence or 0),
        )
        found: list[Break] = []
        for layer in LAYERS:
            found += [one for one in order if one.layer == layer]
            more = self._counts[layer] - MOST
            if more > 0:
                found.append(Break(layer, None, f"and {more} more of this kind", FIXES[layer]))
        return found
