"""How changes are written for people: answers before and after, documents value by value. Used wherever changes are shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lineage.cli.output import clean, finding_lines, mark
from lineage.settings import Settings

MARKS = {"add": "+", "change": "~", "restore": "+", "retire": "-", "conflict": "!"}
LISTED = 200
"""Documents listed when nobody asked for all."""


def value_text(value: Any) -> str:
    """Write a value of a document; what is not said is said to be so."""
    return "(not said)" if value is None else clean(json.dumps(value, ensure_ascii=False))


def use_name(result: Mapping[str, Any]) -> str:
    """Name the use that an answer is about."""
    audience = f" ({result['audience']})" if result.get("audience") else ""
    return f"{result['element']} · {result['process']} · {result['purpose']}{audience}"


def ways(summary: Mapping[str, Any]) -> list[str]:
    """Say how many answers change in which way."""
    found = [f"{count} {name.replace('_', ' ')}" for name, count in summary.items() if "_to_" in name and count]
    return found + ([f"{summary['same_effect']} with the same effect"] if summary["same_effect"] else [])


def answer_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Write an answer that changes: effect, cycle, end, then the findings that come and go."""
    before, after = result["before"], result["after"]
    same = before["effect"] == after["effect"]
    effect = mark(after["effect"]) if same else f"{mark(before['effect'])} → {mark(after['effect'])}"
    cycle = after["cycle"] if before["cycle"] == after["cycle"] else f"{before['cycle']} → {after['cycle']}"
    since = f" from {result['since']} on" if result.get("since") else ""
    yield f"{effect}  {use_name(result)}{since}: cycle {cycle}"
    if before["holds_until"] != after["holds_until"]:
        one, other = (side["holds_until"] or "further notice" for side in (before, after))
        yield f"  holds until {one} → {other}"
    for finding in result["added"]:
        first, *rest = finding_lines(finding)
        yield f"+ {first}"
        yield from (f"  {line}" for line in rest)
    yield from (f"- {finding_lines(finding)[0]}" for finding in result["removed"])


def document_lines(settings: Settings, documents: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Write the documents that change, value by value; long lists end with how many are left."""
    shown = documents if settings.verbose else documents[:LISTED]
    for document in shown:
        yield f"{MARKS[document['change']]} {document['kind']} {clean(document['key'])}"
        yield from value_lines(document["values"])
    if len(documents) > len(shown):
        yield f"… and {len(documents) - len(shown)} more documents; -v lists them all"


def value_lines(values: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Write the values of a document that differ."""
    yield from (f"    {value_change(one)}" for one in values)


def value_change(one: Mapping[str, Any]) -> str:
    """Write one value before and after."""
    return f"{one['path']}: {value_text(one['before'])} → {value_text(one['after'])}"


def flat(result: Mapping[str, Any]) -> dict[str, Any]:
    """Give a change as one line of a table: answers and documents share its columns, and no value is left out."""
    if result["what"] == "document":
        values = "; ".join(value_change(one) for one in result["values"])
        name = f"{result['kind']} {result['key']}"
        return {"what": "document", "change": result["change"], "name": name, "values": values}
    sides = {side: f"{result[side]['effect']} {result[side]['cycle']}" for side in ("before", "after")}
    return {**result, **sides, "name": use_name(result)}
