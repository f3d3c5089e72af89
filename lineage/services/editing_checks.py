"""What is wrong with documents that are changed by hand: the same that would be wrong with them in a file, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from lineage.domain.kinds import Declared, references, use_key
from lineage.domain.vocabulary import Vocabulary
from lineage.errors import Refused
from lineage.gate.nearest import did_you_mean
from lineage.intake.single import make_document
from lineage.services.editing_paths import Name, own_field
from lineage.services.plans import Plan
from lineage.services.retiring import still_needed
from lineage.services.transitions import refusals
from lineage.source import Place, Problem, path_text
from lineage.store.database import Connection, Database
from lineage.store.documents import read_current, read_keys, read_one

At = Callable[[str, str, str], tuple[Place, str]]
"""Kind and key of a document and a path in it → where that was said, and the path as people say it."""


def checked(
    database: Database, bodies: Mapping[Name, Mapping[str, Any]], at: At
) -> tuple[dict[Name, Declared], tuple[Problem, ...]]:
    """Make the documents of their bodies; give them with everything that is wrong with each by itself."""
    made: dict[Name, Declared] = {}
    problems: list[Problem] = []
    for (kind, key), body in bodies.items():
        problems += _renamed(kind, key, body, at)
        document, wrong = make_document(kind, key, body)
        made[kind, key] = document
        problems += (_placed(problem, kind, key, at) for problem in wrong)
    with database.reading() as connection:
        problems += _unknown(connection, made.values(), at)
    return made, tuple(dict.fromkeys(problems))


def refused(database: Database, plan: Plan, now: datetime, at: At) -> tuple[Problem, ...]:
    """Give what the life of a consent, or something that stays and refers to what would go, does not allow."""
    life = [
        replace(problem, place=place, path=path)
        for problem in refusals(database, plan, now)
        for place, path in [at("consent", problem.path.removeprefix("consents."), "status")]
    ]
    gone = next((item for item in plan.items if item.operation == "retire"), None)
    needed = still_needed(database, plan) if gone else ()
    place = at(gone.kind, gone.key, "")[0] if gone else Place("")
    return (*life, *(replace(problem, place=place) for problem in needed))


def still_fit(connection: Connection, documents: Iterable[Declared], parent: Name | None) -> None:
    """Look again, inside the transaction, for what documents refer to. Raises Refused when it is gone by now."""
    coming = {(document.kind, document.key) for document in documents}
    wanted = {(kind, key) for document in documents for _, kind, key in references(document.kind, document.body)}
    for kind, key in sorted((wanted | ({parent} if parent else set())) - coming):
        stored = None if kind in _WORDS else read_one(connection, kind, key)
        if stored is None and (kind in _WORDS or kind == "purpose"):
            continue  # a word of the vocabulary, which nobody can take away meanwhile
        if stored is None or stored.retired:
            raise Refused(f"{kind} {key} was retired meanwhile", "look at the element again, and decide anew")


def _renamed(kind: str, key: str, body: Mapping[str, Any], at: At) -> Iterator[Problem]:
    """Refuse another name for a document: what identifies it cannot be changed."""
    if kind == "use":
        if all(body.get(name) for name in ("element", "purpose")) and use_key(body) != key:
            yield Problem(
                *at(kind, key, ""), f"the file names another use than {key}", "leave what identifies it as it is"
            )
        return
    own = own_field(kind)
    if body.get(own) != key.rpartition("#")[2]:
        message = f"{own} cannot be changed: it identifies the {kind}"
        yield Problem(*at(kind, key, own), message, f"add another {kind}, and retire this one")


def _placed(problem: Problem, kind: str, key: str, at: At) -> Problem:
    place, path = at(kind, key, problem.path)
    return replace(problem, place=place, path=path)


# --- References ---

_WORDS = frozenset({"category", "regime", "country", "operation"})
"""Kinds that are words of the vocabulary, not documents."""


class _Known:
    """The names that may be referred to, each kind read when it is asked for first."""

    def __init__(self, connection: Connection, coming: Collection[Name]) -> None:
        self._connection, self._coming = connection, coming

    @cached_property
    def vocabulary(self) -> Vocabulary:
        rows = list(read_current(self._connection, {"vocabulary", "purpose"}))
        bodies = {key: json.loads(text) for kind, key, _, text, _, gone in rows if kind == "vocabulary" and not gone}
        return Vocabulary.of(bodies, [json.loads(row[3]) for row in rows if row[0] == "purpose" and not row[5]])

    def __contains__(self, name: Name) -> bool:
        kind, key = name
        if kind in _WORDS or kind == "purpose":
            return key in self.of(kind)
        stored = None if name in self._coming else read_one(self._connection, kind, key)
        return name in self._coming or (stored is not None and not stored.retired)

    def of(self, kind: str) -> Set[str]:
        """Give every name of a kind."""
        words = self.vocabulary
        if kind == "operation":
            return set(words.enumerations.get("operation", {}))
        given: Mapping[str, Mapping[str, Any]] = {
            "purpose": words.purposes, "category": words.categories, "regime": words.regimes, "country": words.countries,
        }  # fmt: skip
        if kind in given:
            return given[kind].keys()
        return read_keys(self._connection, kind) | {key for of, key in self._coming if of == kind}


def _unknown(connection: Connection, documents: Iterable[Declared], at: At) -> Iterator[Problem]:
    """Find every reference that leads nowhere."""
    documents = tuple(documents)
    known = _Known(connection, {(document.kind, document.key) for document in documents})
    for document in documents:
        for steps, kind, key in references(document.kind, document.body):
            if (kind, key) not in known:
                place, path = at(document.kind, document.key, path_text(steps))
                yield Problem(place, path, f"unknown {kind} {key}", _hint(kind, key, known))


def _hint(kind: str, key: str, known: _Known) -> str:
    if kind in ("purpose", "category") and key in known.vocabulary.replaced:
        now = known.vocabulary.replaced[key]
        return f"the term was withdrawn: use {now}" if now else "the term was withdrawn without a successor"
    if kind == "country":
        return "write the two letters of ISO 3166, such as DE"
    return did_you_mean(key, known.of(kind)) or f"declare the {kind} {key}, or correct the reference"
