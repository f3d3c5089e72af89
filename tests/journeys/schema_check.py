"""The part of JSON Schema that the product's own schema uses, checked by hand: no dependency for one test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}


def violations(data: Any, schema: dict[str, Any], definitions: dict[str, Any], path: str = "") -> Iterator[str]:
    """Give ``path#keyword`` for everything in ``data`` that the schema does not allow."""
    if "$ref" in schema:
        schema = {**definitions[schema["$ref"].rpartition("/")[2]], **schema}
    options = schema.get("anyOf", ())
    if options and all(list(violations(data, option, definitions, path)) for option in options):
        yield f"{path}#anyOf"
    types = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ())
    if types and not any(_is(data, name) for name in types):
        yield f"{path}#type"
        return
    if data not in schema.get("enum", [data]) or data != schema.get("const", data):
        yield f"{path}#enum"
    if isinstance(data, dict):
        yield from _in_mapping(data, schema, definitions, path)
    if isinstance(data, list) and "items" in schema:
        for index, value in enumerate(data):
            yield from violations(value, schema["items"], definitions, f"{path}/{index}")


def _is(data: Any, name: str) -> bool:
    return isinstance(data, TYPES[name]) and not (name == "integer" and isinstance(data, bool))


def _in_mapping(data: Any, schema: dict[str, Any], definitions: dict[str, Any], path: str) -> Iterator[str]:
    yield from (f"{path}#required" for name in schema.get("required", ()) if name not in data)
    extra = schema.get("additionalProperties", True)
    for name, value in data.items():
        if name in schema.get("properties", {}):
            yield from violations(value, schema["properties"][name], definitions, f"{path}/{name}")
        elif extra is False:
            yield f"{path}#additional"
        elif isinstance(extra, dict):
            yield from violations(value, extra, definitions, f"{path}/{name}")
