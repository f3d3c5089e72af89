"""Why this identifier rather than another: less sensitive elements that serve the same purpose already.

GDPR Article 5(1)(c) asks for no more than a purpose needs. Whether a purpose could be reached with less is answered from
what the catalogue itself declares: an element of lower sensitivity that somebody uses for the purpose, or for one that
covers it, with data of the same people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice, takewhile
from typing import Any, NamedTuple

from lineage.gate.purposes import Purposes
from lineage.judge.material import Body, Material

MOST = 10
"""Elements proposed for one use: nobody weighs more, and a list without end would be ignored."""


class Alternative(NamedTuple):
    """A less sensitive element, and one use that shows that it serves the purpose."""

    element: str
    title: str
    level: int
    purpose: str
    process: str


class Choices:
    """Finds less sensitive elements for the uses of a catalogue.

    ``level`` gives the highest sensitivity of an element over its regimes, as a place in ordinary, sensitive, special,
    criminal. Equal questions (purpose, people, sensitivity) are answered once.
    """

    def __init__(self, material: Material, purposes: Purposes, level: Callable[[str], int]) -> None:
        self._uses = material.uses
        self._elements = material.elements
        self._purposes = purposes
        self._level = level
        self._banned: dict[str, set[str]] = {}
        self._found: dict[tuple[str, tuple[str, ...], int], tuple[Alternative, ...]] = {}

    def lower(self, use: Body) -> tuple[Alternative, ...]:
        """Give the less sensitive elements that serve the purpose of a use: nearest purpose first, then least sensitive."""
        level = self._level(use["element"]) if use["element"] in self._elements else 0
        if not level:
            return ()
        key = (use["purpose"], self._audiences(use), level)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(islice(self._search(*key), MOST))
        return found

    def state(self, use: Body) -> tuple[str, tuple[str, ...]]:
        """Say whether a use passes less sensitive elements over (none, considered, ignored), and give those it does."""
        known = self.lower(use)
        if not known:
            return "none", ()
        weighed = weighed_by(use)
        ignored = tuple([choice.element for choice in known if choice.element not in weighed])
        return ("ignored" if ignored else "considered"), ignored

    @cached_property
    def _index(self) -> dict[tuple[str, str], list[Alternative]]:
        """Each element used, under its purpose and each of its audiences, least sensitive first, each once."""
        found: dict[tuple[str, str], dict[str, Alternative]] = {}
        for use in self._uses:
            body = use.body
            record = self._elements.get(body["element"])
            if record is None:
                continue
            if body["effect"] != "allow":
                if not body.get("process") and not body.get("audience"):
                    self._banned.setdefault(body["element"], set()).add(body["purpose"])
                continue
            if record.retired or record.body.get("lifecycle") in ("retired", "draft"):
                continue
            title = str(record.body.get("title") or record.key)
            choice = Alternative(record.key, title, self._level(record.key), body["purpose"], body["process"])
            for audience in self._audiences(body):
                found.setdefault((body["purpose"], audience), {}).setdefault(record.key, choice)
        return {key: sorted(group.values(), key=_least) for key, group in found.items()}

    def _audiences(self, use: Body) -> tuple[str, ...]:
        if use.get("audience"):
            return (str(use["audience"]),)
        record = self._elements.get(use["element"])
        return tuple(record.body.get("audiences") or ()) if record else ()

    def _search(self, purpose: str, audiences: Sequence[str], level: int) -> Iterator[Alternative]:
        seen: set[str] = set()
        covering = self._purposes.covering(purpose)
        for term in sorted(covering.keys() - self._purposes.broad, key=lambda term: (covering[term], term)):
            # Of each list only its head can be among the first: it is sorted, and holds each element once.
            heads: set[Alternative] = set()
            for audience in audiences:
                lower = takewhile(lambda choice: choice.level < level, self._index.get((term, audience), ()))
                heads.update(islice((c for c in lower if c.element not in seen and self._fits(c, purpose)), MOST))
            for choice in sorted(heads, key=_least):
                if choice.element not in seen:
                    seen.add(choice.element)
                    yield choice

    def _fits(self, choice: Alternative, purpose: str) -> bool:
        """Tell whether nothing forbids an element for the purpose: what must not be used is no alternative."""
        banned = self._banned.get(choice.element)
        return not banned or not banned & self._purposes.above(purpose)


def weighed_by(use: Body) -> frozenset[str]:
    """Give the elements that a use names as considered instead."""
    said: Any = use.get("alternatives")
    return frozenset(item["element"] for item in said) if isinstance(said, list | tuple) else frozenset()


def _least(choice: Alternative) -> tuple[int, str]:
    return choice.level, choice.element
