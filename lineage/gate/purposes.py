"""Which purpose covers which: the purpose vocabulary as a directed acyclic graph, asked by name (docs/deciding.md).

Byun and Li (2008) let an intended purpose cover its whole subtree; here a term marked explicit-only is never inherited,
and a prohibition never reaches upward except as a request to name something narrower.
"""

from __future__ import annotations

from collections.abc import Mapping


class Purposes:
    """The purposes in force. ``parents`` holds every term; ``explicit`` those that must be granted by name.

    ``retired`` holds those nobody may ask about any more, though they still stand between others.
    """

    __slots__ = ("_above", "_covering", "broad", "explicit", "parents", "retired")

    def __init__(
        self,
        parents: Mapping[str, tuple[str, ...]],
        explicit: frozenset[str],
        broad: frozenset[str],
        retired: frozenset[str] = frozenset(),
    ) -> None:
        self.parents = parents
        self.retired = retired
        self.explicit = explicit
        self.broad = broad
        self._covering: dict[str, Mapping[str, int]] = {}
        self._above: dict[str, frozenset[str]] = {}

    def __contains__(self, purpose: object) -> bool:
        return purpose in self.parents and purpose not in self.retired

    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Give the purposes that may be asked about, with their parents."""
        return (
            {key: above for key, above in self.parents.items() if key not in self.retired}
            if self.retired
            else self.parents
        )

    def covering(self, purpose: str) -> Mapping[str, int]:
        """Give every term whose grant covers ``purpose``, with its distance; the term itself has distance 0.

        A way up ends at an explicit-only term: what lies above it was not granted for it.
        """
        found = self._covering.get(purpose)
        if found is None:
            found = self._covering[purpose] = self._climb(purpose)
        return found

    def _climb(self, purpose: str) -> Mapping[str, int]:
        reached = {purpose: 0}
        level = [purpose]
        while level:
            above: list[str] = []
            for term in level:
                for parent in () if term in self.explicit else self.parents.get(term, ()):
                    if parent not in reached:
                        reached[parent] = reached[term] + 1
                        above.append(parent)
            level = above
        return reached

    def above(self, purpose: str) -> frozenset[str]:
        """Give ``purpose`` and everything broader than it, over every way: a prohibition of any of these binds it."""
        found = self._above.get(purpose)
        if found is None:
            seen = {purpose}
            todo = [purpose]
            while todo:
                for parent in self.parents.get(todo.pop(), ()):
                    if parent not in seen:
                        seen.add(parent)
                        todo.append(parent)
            found = self._above[purpose] = frozenset(seen)
        return found
