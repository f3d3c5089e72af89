"""What is wrong between the facts of a load though each is well formed: circles, windows that end early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from lineage.domain.kinds import Declared
from lineage.domain.vocabulary import Vocabulary
from lineage.source import Place, Problem

_WINDOWS = {
    "statement": ("in_force",),
    "use": ("pilot",),
    "outcome": ("period",),
}


def consistency_problems(documents: list[Declared], vocabulary: Vocabulary) -> Iterator[Problem]:
    """Give the problems that only several facts together show."""
    yield from window_problems(documents)
    yield from _own_purposes(documents, vocabulary)


def window_problems(documents: list[Declared]) -> Iterator[Problem]:
    """Give each window that ends before it begins."""
    for document in documents:
        for name in _WINDOWS.get(document.kind, ()):
            window = document.body.get(name) or {}
            start, end = window.get("from"), window.get("until")
            if start and end and _ends_early(start, end):
                place = Place(document.file, document.lines.get(f"{name}.until", document.line))
                yield Problem(
                    place,
                    f"{document.key}: {name}.until",
                    f"{name} ends on {end}, before it begins on {start}",
                    "swap or correct the days",
                )


def _ends_early(start: str, end: str) -> bool:
    """Compare instants as instants, and a day with an instant as days: the zone is not known here."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return first > last if first.tzinfo and last.tzinfo else first.date() > last.date()


def _own_purposes(documents: list[Declared], vocabulary: Vocabulary) -> Iterator[Problem]:
    own: Mapping[str, Declared] = {document.key: document for document in documents if document.kind == "purpose"}
    standard = {key for key, term in vocabulary.purposes.items() if term.iri}
    for key, document in own.items():
        if key in standard:
            message = f"{key} is a term of the purpose vocabulary already"
            yield Problem(
                Place(document.file, document.line),
                key,
                message,
                "use the term as it is, or give your purpose another name",
            )
        circle = _circle(key, own, vocabulary)
        if circle:
            place = Place(document.file, document.lines.get("broader", document.line))
            message = f"broader goes in a circle: {' → '.join(circle)}"
            yield Problem(place, f"{key}: broader", message, "let one of them end at a term of the purpose vocabulary")


def _circle(start: str, own: Mapping[str, Declared], vocabulary: Vocabulary) -> list[str]:
    """Find the shortest way from a purpose back to itself along ``broader``, or nothing."""
    ways = [[start]]
    seen = set()
    while ways:
        way = ways.pop(0)
        document, term = own.get(way[-1]), vocabulary.purposes.get(way[-1])
        for parent in (document.body.get("broader") or ()) if document else term.broader if term else ():
            if parent == start:
                return [*way, start]
            if parent not in seen:
                seen.add(parent)
                ways.append([*way, parent])
    return []
