"""What a validation error means to the person who wrote the file, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from lineage.domain.base import Document
from lineage.gate.nearest import did_you_mean
from lineage.source import Place, Problem, line_of, path_text

Path = tuple[str | int, ...]

_FORMS = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of key: value",
    "model_type": "a mapping of field: value",
}


def problems_of(
    errors: list[Any], model: type[Document], data: Any, shown: str, base: Path, root: Any
) -> Iterator[Problem]:
    """Turn pydantic's errors about one entry into problems with line, path and fix, one a place."""
    seen: set[tuple[Path, str]] = set()
    words = {_locate(error["loc"], data)[0] for error in errors if error["type"] == "literal_error"}
    for error in errors:
        path, node = _locate(error["loc"], data)
        if path in words and (error["type"] == "literal_error") == isinstance(node, list | dict):
            # "A list, or one word" fails in both branches: only the one that was meant says what is wrong.
            continue
        message, fix = _explain(error, path, node, model)
        full = (*base, *path)
        if (full, message) in seen or (error["type"] in _FORMS and any(path == done[0][len(base) :] for done in seen)):
            continue
        seen.add((full, message))
        yield Problem(Place(shown, line_of(root, full)), path_text(full), message, fix)


def _locate(loc: tuple[Any, ...], data: Any) -> tuple[Path, Any]:
    """Follow an error's location, leaving out the names of union branches."""
    path: list[str | int] = []
    node = data
    for step in loc:
        if (isinstance(node, dict) and step in node) or (
            isinstance(node, list) and isinstance(step, int) and step < len(node)
        ):
            path.append(step)
            node = node[step]
    return tuple(path), node


def _explain(error: Any, path: Path, node: Any, model: type[Document]) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx") or {}
    name = _name(path)
    if kind == "missing" or (kind in _FORMS and node in (None, "")):
        field = str(error["loc"][-1])
        return f"{field} is missing", f"add {field}: …"
    if kind == "extra_forbidden":
        known = fields_at(model, path[:-1])
        return f"unknown field {name}", did_you_mean(
            name, known
        ) or f"remove it; the fields here are {', '.join(known)}"
    if kind in ("enum", "literal_error"):
        values = _values(str(context.get("expected", "")))
        hint = did_you_mean(node, values) if isinstance(node, str) else ""
        form = f"write a list, or {values[0]}" if kind == "literal_error" else f"write one of {', '.join(values)}"
        said = _shape(node) if isinstance(node, list | dict) else repr(node)
        return f"{name} cannot be {said}", f"{hint + ' ' if hint else ''}{form}"
    if kind in _FORMS:
        return f"{name or 'the entry'} must be {_FORMS[kind]}, not {_shape(node)}", _reform(kind, node)
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, "), "correct it as shown"
    return _bounds(error, name, context)


def _bounds(error: Any, name: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Explain what is of the right form and out of bounds."""
    if error["type"] == "string_unicode":
        return f"{name or 'the name of a field'} holds half a character (a lone surrogate)", "type it again"
    if error["type"] == "string_too_long":
        return f"{name} is longer than {context.get('max_length')} characters", "shorten it"
    if error["type"] == "greater_than_equal":
        return f"{name} must be {context.get('ge')} or more", "correct the number"
    return f"{name}: {error['msg'].lower()}", "correct it"


def _name(path: Path) -> str:
    """Name what an error is about: the field, or an entry of it."""
    field = next((step for step in reversed(path) if isinstance(step, str)), "")
    return f"an entry of {field}" if path and isinstance(path[-1], int) and field else field


def _reform(kind: str, node: Any) -> str:
    if kind == "string_type" and isinstance(node, int):
        return f'put it in quotes: "{str(node).lower() if isinstance(node, bool) else node}"'
    if kind == "list_type":
        return f"write [{node}]" if isinstance(node, str | int) else "write one entry a line with a dash before it"
    return f"write {_FORMS[kind]}"


def _shape(node: Any) -> str:
    if isinstance(node, bool):
        return "true or false"
    if isinstance(node, int):
        return "a number"
    if isinstance(node, str):
        return "text"
    if isinstance(node, list):
        return "a list"
    return "nothing" if node is None else "a mapping"


def _values(expected: str) -> list[str]:
    return [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",") if part.strip()]


def fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """Give the names of the fields that may be written at ``path`` inside an entry of ``model``."""
    current: type[BaseModel] | None = model
    for step in path:
        if isinstance(step, int) or current is None:
            continue
        for name, field in current.model_fields.items():
            if (field.alias or name) == step:
                current = next(_models(field.annotation), None)
                break
    return [field.alias or name for name, field in (current.model_fields.items() if current else ())]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def lines_of(node: Mapping[str, Any]) -> dict[str, int]:
    """Give the lines of an entry's fields and of the fields one level below, by dotted path; "" is the entry's own."""
    own = getattr(node, "lines", {})
    lines = {"": getattr(node, "line", 0), **own}
    for name in own:
        below = node.get(name)
        inner = getattr(below, "lines", None)
        if isinstance(inner, dict):
            for deeper, line in inner.items():
                lines[f"{name}.{deeper}"] = line
    return lines
