"""Write the catalogue out as declarations that load to the same documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lineage.domain.documents import DECLARED
from lineage.domain.kinds import SECTIONS, UNDER
from lineage.intake.yaml_text import write_yaml
from lineage.services.views import Resolved, Times, resolve_both
from lineage.store.database import Database
from lineage.store.documents import read_current


def export_yaml(database: Database, times: Times, told: Callable[[Resolved], None] | None = None) -> Iterator[str]:
    """Give the declarations of the catalogue as YAML, section by section; what is retired is left out.

    ``told`` hears, before the first section, what the times were resolved to.
    """
    with database.reading() as connection:
        found = resolve_both(connection, times)
        kinds = {*SECTIONS.values(), *(kind for under in UNDER.values() for kind in under.values())}
        rows = [
            (kind, key, json.loads(text))
            for kind, key, _, text, _, retired in read_current(connection, kinds, found.sequence)
            if not retired
        ]
    if told is not None:
        told(found)
    by_kind: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for kind, key, body in rows:
        by_kind.setdefault(kind, []).append((key, body))
    for section, kind in SECTIONS.items():
        under = {name: _index(by_kind.get(part, ())) for name, part in UNDER.get(kind, {}).items()}
        entries = [_entry(kind, key, body, under) for key, body in by_kind.get(kind, ())]
        if entries:
            yield write_yaml({section: entries[0] if kind == "catalogue" else entries})


def _entry(kind: str, key: str, body: dict[str, Any], under: Mapping[str, Mapping[str, list[Any]]]) -> dict[str, Any]:
    entry = _in_order(kind, body)
    return entry | {name: parts[key] for name, parts in under.items() if key in parts}


def _index(documents: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, list[Any]]:
    """Group documents by the one they hang under."""
    found: dict[str, list[Any]] = {}
    for key, body in documents:
        found.setdefault(key.rpartition("#")[0], []).append(body)
    return found


def _in_order(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Put fields in the order of the model, so that what identifies a thing comes first."""
    order = [field.alias or name for name, field in DECLARED[kind].model_fields.items()]
    return {name: body[name] for name in order if name in body}


def sections(parts: Iterable[str]) -> str:
    """Join sections into one document."""
    return "\n".join(parts)
