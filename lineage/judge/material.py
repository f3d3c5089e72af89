"""Stored documents as slotted records. Nothing is validated here: validation happened on the way in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from lineage.domain.consents import ENDED
from lineage.domain.vocabulary import Vocabulary

Row = tuple[str, str, int, str, str, bool]
"""kind, key, version, canonical body, digest, retired: what the store reads."""

Body = Mapping[str, Any]

CHUNK = 500
PAST = "past statement"
"""Where statements are kept that were retired: nobody is told by them any more, and what they promised still binds."""
UNDER_KINDS = frozenset({"origin", "consent", "regulatory", "outcome", "insight"})


@dataclass(slots=True)
class ElementRecord:
    """An element with the documents under it, each with its own key."""

    key: str
    body: Body
    retired: bool = False
    origins: list[tuple[str, Body]] = field(default_factory=list)
    consents: list[tuple[str, Body]] = field(default_factory=list)
    regulatory: dict[str, Body] = field(default_factory=dict)


@dataclass(slots=True)
class UseRecord:
    """A use with its outcomes and insights; ``granted`` is its own purpose when it is asked about for a narrower one."""

    key: str
    body: Body
    outcomes: list[tuple[str, Body]] = field(default_factory=list)
    insights: list[tuple[str, Body]] = field(default_factory=list)
    granted: str = ""


@dataclass
class Material:
    """Everything the judge looks at: one view of the documents, at one revision."""

    catalogue: Body
    vocabulary: Vocabulary
    packs: list[Body]
    elements: dict[str, ElementRecord]
    processes: dict[str, tuple[Body, bool]]
    audiences: dict[str, Body]
    statements: dict[str, Body]
    past_statements: dict[str, Body]
    parties: dict[str, Body]
    touchpoints: dict[str, Body]
    uses: list[UseRecord]
    assessments: list[tuple[str, Body]]
    waivers: list[tuple[str, Body]]
    emergencies: list[tuple[str, Body]]

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end."""
        return ZoneInfo(self.catalogue.get("time_zone") or "UTC")

    @cached_property
    def defaults(self) -> Body:
        """What fills in for missing facts."""
        found: Body = self.catalogue.get("defaults") or {}
        return found

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Material:
        """Sort documents into records. Retired ones are kept only where they can still be asked about."""
        flat, elements, uses, under, processes = _sorted(rows)
        _hang(under, elements, uses)
        return cls(
            catalogue=flat.get("catalogue", {}).get("catalogue", {}),
            vocabulary=Vocabulary.of(
                flat.get("vocabulary", {}), [body for _, body in sorted(flat.get("purpose", {}).items())]
            ),
            packs=[body for _, body in sorted(flat.get("pack", {}).items())],
            elements=dict(sorted(elements.items())),
            processes=dict(sorted(processes.items())),
            audiences=flat.get("audience", {}),
            statements=flat.get("statement", {}),
            past_statements=flat.get(PAST, {}),
            parties=flat.get("party", {}),
            touchpoints=flat.get("touchpoint", {}),
            uses=[use for _, use in sorted(uses.items())],
            assessments=sorted(flat.get("assessment", {}).items()),
            waivers=sorted(flat.get("waiver", {}).items()),
            emergencies=sorted(flat.get("emergency", {}).items()),
        )


def _sorted(
    rows: Iterable[Row],
) -> tuple[
    dict[str, dict[str, Any]],
    dict[str, ElementRecord],
    dict[str, UseRecord],
    list[tuple[str, str, Any, bool]],
    dict[str, tuple[Body, bool]],
]:
    """Sort documents by kind: flat ones, elements, uses, what hangs under these, processes."""
    flat: dict[str, dict[str, Any]] = {}
    elements: dict[str, ElementRecord] = {}
    uses: dict[str, UseRecord] = {}
    under: list[tuple[str, str, Any, bool]] = []
    processes: dict[str, tuple[Body, bool]] = {}
    for kind, key, body, retired in _read(rows):
        if kind == "element":
            elements[key] = ElementRecord(key, body, retired)
        elif kind == "process":
            processes[key] = (body, retired)
        elif kind == "purpose":
            # A retired purpose of our own still stands between others: what is forbidden above it stays forbidden below.
            flat.setdefault(kind, {})[key] = body | {"retired": True} if retired else body
        elif kind == "origin" or (kind == "consent" and retired and _said_no(body)):
            # What binds people's data goes on binding it: where it came from, and a no.
            under.append((kind, key, body, retired and kind == "origin"))
        elif kind == "statement" and retired:
            flat.setdefault(PAST, {})[key] = body
        elif retired:
            continue
        elif kind == "use":
            uses[key] = UseRecord(key, body)
        elif kind in UNDER_KINDS:
            under.append((kind, key, body, False))
        else:
            flat.setdefault(kind, {})[key] = body
    return flat, elements, uses, under, processes


def _said_no(body: Body) -> bool:
    return bool(body.get("withdrawn")) or body.get("status") in ENDED


def _read(rows: Iterable[Row]) -> Iterator[tuple[str, str, Any, bool]]:
    """Read bodies many at a time: one call of the JSON reader costs more than a small document."""
    todo = iter(rows)
    while chunk := list(islice(todo, CHUNK)):
        bodies = json.loads(f"[{','.join([row[3] for row in chunk])}]")
        for row, body in zip(chunk, bodies, strict=True):
            yield row[0], row[1], body, row[5]


def _hang(
    under: list[tuple[str, str, Any, bool]], elements: dict[str, ElementRecord], uses: dict[str, UseRecord]
) -> None:
    """Put each document under its parent, in the order of its key; what lost its parent is left out.

    The origins of a retired element are kept though they are retired with it: restrictions still travel over them.
    """
    for kind, key, body, retired in sorted(under, key=lambda item: item[1]):
        parent = key.rpartition("#")[0]
        if kind in ("outcome", "insight"):
            use = uses.get(parent)
            if use is not None:
                (use.outcomes if kind == "outcome" else use.insights).append((key, body))
            continue
        element = elements.get(parent)
        if element is None or (retired and not element.retired):
            continue
        if kind == "regulatory":
            element.regulatory[body["regime"]] = body
        else:
            (element.origins if kind == "origin" else element.consents).append((key, body))
