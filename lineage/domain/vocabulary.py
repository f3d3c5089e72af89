"""The vocabulary in force: purposes and data categories as directed acyclic graphs, regimes, countries, lists.

Terms are those of the W3C Data Privacy Vocabulary 2.3 and the organisation's own purposes under them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """A term with its parents; flags are those of the vocabulary file."""

    key: str
    title: str
    broader: tuple[str, ...] = ()
    iri: str = ""
    description: str = ""
    explicit_only: bool = False
    flags: frozenset[str] = frozenset()
    kind: str = ""
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Regime:
    """A body of law: its countries bring it in when it is general."""

    key: str
    title: str
    countries: frozenset[str]
    general: bool
    needs_basis: bool
    needs_status: bool


@dataclass(frozen=True)
class Vocabulary:
    """Everything a declaration may refer to that is not declared by the organisation itself."""

    purposes: Mapping[str, Term]
    root: str
    categories: Mapping[str, Term]
    regimes: Mapping[str, Regime]
    countries: Mapping[str, str]
    enumerations: Mapping[str, Mapping[str, Mapping[str, Any]]]
    replaced: Mapping[str, str | None]

    @classmethod
    def of(cls, bodies: Mapping[str, Mapping[str, Any]], own_purposes: Iterable[Mapping[str, Any]] = ()) -> Vocabulary:
        """Build it from the bodies of the vocabulary documents and the own purposes' bodies."""
        empty: Mapping[str, Any] = {"terms": []}
        purposes = bodies.get("purposes", empty)
        terms = {term["key"]: _term(term) for term in purposes["terms"]}
        for body in own_purposes:
            terms[body["key"]] = _term(body)
        replaced = {old["key"]: old.get("replaced_by") for old in purposes.get("sunset", ())}
        for part in (purposes, bodies.get("categories", empty)):
            replaced |= {old["key"]: old["now"] for old in part.get("renamed", ())}
        return cls(
            purposes=terms,
            root=purposes.get("root", "Purpose"),
            categories={term["key"]: _term(term) for term in bodies.get("categories", empty)["terms"]},
            regimes={term["key"]: _regime(term) for term in bodies.get("regimes", empty)["terms"]},
            countries={term["key"]: term["title"] for term in bodies.get("countries", empty)["terms"]},
            enumerations={
                name: {value["key"]: value for value in part["values"]}
                for name, part in bodies.get("enumerations", {}).get("enumerations", {}).items()
            },
            replaced=replaced,
        )

    @cached_property
    def too_broad(self) -> frozenset[str]:
        """The root, and the terms right under it that have narrower ones: never granted (GDPR Article 5(1)(b))."""
        parents = {parent for term in self.purposes.values() for parent in term.broader}
        return frozenset(
            {self.root} | {k for k, term in self.purposes.items() if self.root in term.broader and k in parents}
        )

    @cached_property
    def regimes_of_country(self) -> Mapping[str, tuple[str, ...]]:
        """Country → the general regimes it brings in, sorted."""
        found: dict[str, list[str]] = {}
        for regime in self.regimes.values():
            for country in regime.countries if regime.general else ():
                found.setdefault(country, []).append(regime.key)
        return {country: tuple(sorted(keys)) for country, keys in found.items()}

    def category_flags(self, key: str) -> frozenset[str]:
        """Give the flags (special, sensitive, criminal, emotion) of a category and of every category above it."""
        found = self._flags.get(key)
        if found is None:
            found = self._flags[key] = self._collected(key)
        return found

    def categories_above(self, key: str) -> frozenset[str]:
        """Give a category and every category above it."""
        found = self._above.get(key)
        if found is None:
            seen: set[str] = set()
            todo = [key] if key in self.categories else []
            while todo:
                term = self.categories.get(todo.pop())
                if term is not None and term.key not in seen:
                    seen.add(term.key)
                    todo.extend(term.broader)
            found = self._above[key] = frozenset(seen)
        return found

    @cached_property
    def _above(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _flags(self) -> dict[str, frozenset[str]]:
        return {}

    def _collected(self, key: str) -> frozenset[str]:
        return frozenset(flag for above in self.categories_above(key) for flag in self.categories[above].flags)


def _term(body: Mapping[str, Any]) -> Term:
    return Term(
        key=body["key"],
        title=body.get("title") or body["key"],
        broader=tuple(body.get("broader") or ()),
        iri=body.get("iri") or "",
        description=body.get("description") or "",
        explicit_only=bool(body.get("explicit_only")),
        flags=frozenset(flag for flag in ("special", "sensitive", "criminal", "emotion") if body.get(flag)),
        kind=body.get("kind") or "",
        retired=bool(body.get("retired")),
    )


def _regime(body: Mapping[str, Any]) -> Regime:
    return Regime(
        key=body["key"],
        title=body["title"],
        countries=frozenset(body.get("countries") or ()),
        general=bool(body.get("general")),
        needs_basis=bool(body.get("needs_basis", True)),
        needs_status=bool(body.get("needs_status", True)),
    )
