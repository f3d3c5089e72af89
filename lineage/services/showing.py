"""Lists and single documents: elements with their stages, and what else is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lineage.domain.kinds import UNDER
from lineage.errors import Refused
from lineage.gate.answer import Answer
from lineage.gate.nearest import did_you_mean, nearest
from lineage.gate.table import STAGES
from lineage.services.checking import answers
from lineage.services.views import Scope, Times, View, open_view, resolve_times
from lineage.store.database import Database
from lineage.store.documents import read_current, read_of_elements, read_one

_WORST = ("complete", "not_required", "partial", "not_assessed", "missing")


@dataclass(frozen=True, slots=True)
class ElementLine:
    """One element in a list: its stages over all its uses, and how many of these are allowed."""

    key: str
    title: str
    kind: str
    lifecycle: str
    stages: Mapping[str, str]
    allowed: int
    uses: int


def list_elements(database: Database, times: Times, text: str = "", kind: str = "") -> tuple[View, list[ElementLine]]:
    """List elements; ``text`` finds them by key, title, other names, description and fields, best first."""
    view = open_view(database, times, digest=True)
    by_element: dict[str, list[Answer]] = {}
    for answered in answers(view):
        by_element.setdefault(answered.question.element, []).append(answered)
    lines = [_line(view, key, by_element.get(key, [])) for key in view.table.elements]
    if kind:
        lines = [line for line in lines if line.kind == kind]
    return view, (_found(view, lines, text) if text else lines)


def _line(view: View, key: str, answered: list[Answer]) -> ElementLine:
    element = view.table.elements[key]
    body = view.compiled.material.elements[key].body
    origin = element.origin.cores[element.origin.at(view.at.microseconds)].stages[0]
    stages = {"origin": origin}
    for stage in STAGES[1:]:
        stages[stage] = max((a.stages[stage] for a in answered), key=_WORST.index, default="missing")
    allowed = sum(a.effect == "allow" for a in answered)
    lifecycle = "retired" if element.retired else str(body.get("lifecycle") or "active")
    return ElementLine(key, element.title, str(body.get("kind") or ""), lifecycle, stages, allowed, len(answered))


def _found(view: View, lines: list[ElementLine], text: str) -> list[ElementLine]:
    low = text.lower()
    ranked = []
    for line in lines:
        body = view.compiled.material.elements[line.key].body
        fields = " ".join(f"{f['dataset']}.{f['field']}" for f in body.get("fields") or ())
        names = [line.key, line.title, *(body.get("also_known_as") or ())]
        if any(low in name.lower() for name in names):
            ranked.append((0, line.key, line))
        elif low in f"{body.get('description') or ''} {fields} {body.get('category') or ''}".lower():
            ranked.append((1, line.key, line))
        elif nearest(text, names, most=1, least=0.7):
            ranked.append((2, line.key, line))
    return [line for _, _, line in sorted(ranked, key=lambda item: item[:2])]


def show_document(database: Database, times: Times, kind: str, key: str) -> dict[str, Any]:
    """Give one document with what hangs under it, as it is declared. Raises Refused when there is none."""
    with database.reading() as connection:
        _, _, sequence = resolve_times(connection, times)
        stored = read_one(connection, kind, key, sequence)
        if stored is None:
            known = [row[1] for row in read_current(connection, {kind}, sequence)]
            raise Refused(f"there is no {kind} {key}", did_you_mean(key, known) or f"see lineage {kind} list")
        body = dict(stored.body)
        if kind == "element":
            names = {under: name for name, under in UNDER["element"].items()}
            for under, _, _, text, _, retired in read_of_elements(connection, [key], sequence):
                if under in names and not retired:
                    body.setdefault(names[under], []).append(json.loads(text))
        return body | {"version": stored.version, "retired": stored.retired}


def list_documents(database: Database, times: Times, kind: str) -> list[dict[str, Any]]:
    """Give all documents of a kind that are not retired."""
    with database.reading() as connection:
        _, _, sequence = resolve_times(connection, times)
        return [
            json.loads(text) for _, _, _, text, _, retired in read_current(connection, {kind}, sequence) if not retired
        ]


def show_element(
    database: Database, times: Times, key: str
) -> tuple[View, dict[str, Any], ElementLine, tuple[Answer, ...]]:
    """Give an element's declaration, its stages and the answers of its uses. Raises Refused when it is unknown."""
    body = show_document(database, times, "element", key)
    view = open_view(database, times, Scope((key,)), digest=True)
    found = tuple(answers(view, [key]))
    return view, body, _line(view, key, list(found)), found
