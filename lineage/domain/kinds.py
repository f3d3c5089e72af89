"""The kinds of document: their section in a file, their key, what hangs under them and what they refer to.

Keys of documents that hang under another are ``parent#key``; a use is ``element/process/purpose`` with ``/audience``
behind it where it has one. ``#`` and ``/`` occur in no other key, so that everything of one element lies in two
ranges of keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.domain.canonical import canonical, digest_of

CATALOGUE = "catalogue"
NOT_TOLD = frozenset({"not_told", "none"})

SECTIONS: Mapping[str, str] = {
    "catalogue": "catalogue",
    "parties": "party",
    "audiences": "audience",
    "touchpoints": "touchpoint",
    "statements": "statement",
    "purposes": "purpose",
    "elements": "element",
    "processes": "process",
    "uses": "use",
    "assessments": "assessment",
    "waivers": "waiver",
}
"""Section of a file → kind of its entries, in the order in which they are stored."""

UNDER: Mapping[str, Mapping[str, str]] = {
    "element": {"origins": "origin", "consents": "consent", "regulatory": "regulatory"},
    "use": {"outcomes": "outcome", "insights": "insight"},
}
"""Kind → field of its declared form → kind of the documents that hang there."""

KINDS: tuple[str, ...] = (
    "vocabulary", "pack", "catalogue", "party", "audience", "touchpoint", "statement", "purpose", "element", "origin",
    "consent", "regulatory", "process", "use", "outcome", "insight", "assessment", "waiver", "emergency",
)  # fmt: skip
"""Every kind, in the order in which they are stored: what is referred to comes first."""

RECORDS: tuple[str, ...] = ("account", "change_set", "decision_batch", "rebuild", "redaction", "signing_key")
"""Kinds of the register's own papers: versioned and journaled like documents, but no part of the catalogue.

The judge never reads them, and neither its revision nor its digest covers them.
"""

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "catalogue": {"publisher": "party", "regimes[]": "regime"},
    "party": {"country": "country"},
    "audience": {"countries[]": "country"},
    "statement": {
        "touchpoints[]": "touchpoint", "audiences[]": "audience", "says[].elements[]": "element",
        "says[].purpose": "purpose", "says[].recipients[]": "party",
    },
    "purpose": {"broader[]": "purpose"},
    "element": {"category": "category", "audiences[]": "audience", "sensitivity{}": "regime"},
    "origin": {
        "touchpoint": "touchpoint", "told[]": "statement", "party": "party", "stored_in.country": "country",
        "derived_from[].element": "element",
    },
    "consent": {"purpose": "purpose", "audience": "audience", "statement": "statement", "regimes[]": "regime"},
    "regulatory": {"regime": "regime"},
    "process": {"operations[]": "operation", "recipients[]": "party"},
    "use": {
        "element": "element", "process": "process", "purpose": "purpose", "audience": "audience", "basis{}": "regime",
        "special_condition{}": "regime", "told[]": "statement", "alternatives[].element": "element",
    },
    "assessment": {
        "covers.elements[]": "element", "covers.processes[]": "process", "covers.purposes[]": "purpose",
        "covers.regimes[]": "regime",
    },
    "waiver": {
        "covers.elements[]": "element", "covers.processes[]": "process", "covers.purposes[]": "purpose",
        "covers.regimes[]": "regime",
    },
}  # fmt: skip
"""Kind → path in its body (``[]`` each entry, ``{}`` each key) → kind referred to."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One document as it was declared, kept as text: a load has a hundred thousand of them.

    ``text`` is its canonical JSON and holds only what was said; ``places`` the JSON of the line of each path in it.
    """

    kind: str
    key: str
    text: str
    digest: str
    file: str = ""
    line: int = 0
    places: str = "{}"

    @classmethod
    def of(
        cls, kind: str, key: str, body: Mapping[str, Any], file: str = "", lines: Mapping[str, int] | None = None
    ) -> Declared:
        """Make a document of its body, and of the lines of its paths; ``""`` is the line of the document itself."""
        text = canonical(body)
        return cls(kind, key, text, digest_of(text), file, (lines or {}).get("", 0), canonical(lines or {}))

    @property
    def body(self) -> dict[str, Any]:
        """What was said."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def lines(self) -> dict[str, int]:
        """The line of each path."""
        found: dict[str, int] = json.loads(self.places)
        return found


def use_key(body: Mapping[str, Any]) -> str:
    """Give the key of a use: element, process (empty when every process is meant), purpose and audience.

    A prohibition has a ``!`` before its purpose, so that it can stand beside a permission, over which it wins.
    """
    ban = "!" if body.get("effect") == "prohibit" else ""
    key = f"{body['element']}/{body.get('process') or ''}/{ban}{body['purpose']}"
    return f"{key}/{body['audience']}" if body.get("audience") else key


def key_of(kind: str, body: Mapping[str, Any]) -> str:
    """Give the key of a document that stands in a section of its own."""
    if kind == CATALOGUE:
        return CATALOGUE
    if kind == "use":
        return use_key(body)
    if kind == "waiver":
        return f"{body['finding']}#{digest_of(canonical(body.get('covers') or {}))[:12]}"
    return str(body["key"])


def own_key(kind: str, body: Mapping[str, Any]) -> str:
    """Give the key, within its parent, of a document that hangs under another."""
    return str(body["regime"] if kind == "regulatory" else body["key"])


def references(kind: str, body: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Give each reference of a document: path in the body, kind referred to, key referred to."""
    for path, target in REFERENCES.get(kind, {}).items():
        for steps, key in _walk(body, path.replace("{}", ".{}").replace("[]", ".[]").split("."), ()):
            if isinstance(key, str) and key not in NOT_TOLD:
                yield steps, target, key


def _walk(node: Any, steps: list[str], done: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not steps:
        yield done, node
    elif steps[0] == "[]":
        if isinstance(node, list):
            for index, item in enumerate(node):
                yield from _walk(item, steps[1:], (*done, index))
    elif steps[0] == "{}":
        if isinstance(node, dict):
            for key in node:
                yield (*done, key), key
    elif isinstance(node, dict) and steps[0] in node:
        yield from _walk(node[steps[0]], steps[1:], (*done, steps[0]))
