"""The declarations described for editors: one JSON Schema (2020-12) of a whole file."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from lineage.domain.documents import DECLARED
from lineage.domain.kinds import SECTIONS


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of a declaration file: every section, every field with its sentence."""
    names, definitions = models_json_schema([(model, "validation") for model in DECLARED.values()], by_alias=True)
    properties: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        reference = names[DECLARED[kind], "validation"]
        properties[section] = reference if kind == "catalogue" else {"type": ["array", "null"], "items": reference}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Declarations of a customer-data catalogue",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions["$defs"],
    }
