"""The declarations described: a JSON Schema for editors, and the tables of docs/format.md and docs/facts.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic.json_schema import models_json_schema

from lineage.domain.documents import DECLARED
from lineage.domain.facts import NAMES, SEES, Fact, Scope, own_facts
from lineage.domain.kinds import REFERENCES, SECTIONS, UNDER

Schema = Mapping[str, Any]
Definitions = Mapping[str, Schema]

_FORMATS = {"date": "day", "duration": "period"}
_PLAIN = {"string": "text", "integer": "whole number", "boolean": "true or false"}
_SCOPES = {
    Scope.ELEMENT: "Asked once of every element.",
    Scope.ORIGIN: "Asked of each origin of an element.",
    Scope.AUDIENCE: "Asked of each audience of an element.",
    Scope.USE: "Asked of each permitted use; the dated facts once for every interval between two dates that matter.",
    Scope.REGIME: "Asked of each permitted use under each regime that applies to it.",
    Scope.REQUEST: "Not asked: these rules speak when a question itself has no answer, such as one with an unknown key.",
}


class _Part(NamedTuple):
    """Where a model is described: its heading, the kind of document it belongs to, and its path in there."""

    heading: str
    kind: str
    path: str


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


def format_tables() -> str:
    """Write every section, part and closed list of the declarations as Markdown tables."""
    definitions: Definitions = json_schema()["$defs"]
    parts: dict[str, _Part] = {}
    for section, kind in SECTIONS.items():
        name = DECLARED[kind].__name__
        parts[name] = _Part(f"`{section}`", kind, "")
        _collect(name, definitions, parts)
    lines: list[str] = []
    for name, part in parts.items():
        section = part.heading.strip("`")
        form = "" if section not in SECTIONS else "One entry, not a list. " if section == "catalogue" else "A list. "
        level = "##" if section in SECTIONS else "###"
        lines += [f"{level} {part.heading}", "", f"{form}{_sentence(definitions[name])}", ""]
        lines += _fields(name, definitions, parts)
    return "\n".join([*lines, *_closed_lists(definitions)])


def facts_tables() -> str:
    """Write the facts that rules may ask about, scope by scope, as Markdown tables."""
    lines: list[str] = []
    for scope in Scope:
        lines += [f"## Scope `{scope.value}`", "", _SCOPES[scope], ""]
        own = own_facts(scope)
        extra = [fact for part in SEES[scope] if part != scope.value for fact in _facts_of_part(part)]
        if extra:
            parts = " and ".join(f"`{part}`" for part in SEES[scope] if part != scope.value)
            lines += [f"Its rules may also read the facts of {parts}.", ""]
        if own:
            rows = [(f"`{fact.name}`", _values(fact), fact.about) for fact in own]
            lines += [*_table(("fact", "values", "meaning"), rows), ""]
        names = ", ".join(f"`{{{name}}}`" for name in sorted(NAMES[scope]))
        lines += [f"Names that messages and fixes may hold: {names}.", ""]
    return "\n".join(lines)


def _facts_of_part(part: str) -> Sequence[Fact]:
    return own_facts(Scope(part))


def _values(fact: Fact) -> str:
    if fact.many:
        return "list of texts"
    return ", ".join(f"`{value}`" for value in fact.values) or "true, false"


def _collect(name: str, definitions: Definitions, parts: dict[str, _Part]) -> None:
    """Find what is nested in a model, each part at its first place, with the heading it is described under."""
    here = parts[name]
    for field, schema in definitions[name].get("properties", {}).items():
        model = _model_in(schema, definitions)
        if model is None or model in parts:
            continue
        under = UNDER.get(here.kind, {}).get(field) if not here.path else None
        heading = (
            f"`{field}`" if under else f"`{here.path.replace('[]', '')}{field}` of {_article(here.kind)} {here.kind}"
        )
        path = "" if under else f"{here.path}{field}{'[]' if _is_list(schema) else ''}."
        parts[model] = _Part(heading, under or here.kind, path)
        _collect(model, definitions, parts)


def _article(word: str) -> str:
    return "an" if word[0] in "aeio" else "a"


def _fields(name: str, definitions: Definitions, parts: Mapping[str, _Part]) -> list[str]:
    model, part = definitions[name], parts[name]
    needed = set(model.get("required", ()))
    references = REFERENCES.get(part.kind, {})
    rows = []
    for field, schema in model.get("properties", {}).items():
        target = next((references[p] for p in _spellings(part.path, field) if p in references), "")
        holds = _type(schema, definitions, parts, target)
        rows.append((f"`{field}`", "yes" if field in needed else "", holds, schema.get("description", "")))
    return [*_table(("field", "needed", "holds", "meaning"), rows), ""]


def _spellings(path: str, field: str) -> tuple[str, ...]:
    return tuple(f"{path}{field}{end}" for end in ("", "[]", "{}"))


def _type(schema: Schema, definitions: Definitions, parts: Mapping[str, _Part], target: str = "") -> str:
    options = [option for option in schema.get("anyOf", (schema,)) if option.get("type") != "null"]
    return " or ".join(_one_type(option, definitions, parts, target) for option in options)


def _one_type(schema: Schema, definitions: Definitions, parts: Mapping[str, _Part], target: str) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if "enum" in definitions[name]:
            return f"[{_spaced(name)}](#{_spaced(name)})"
        return f"[fields](#{_anchor(parts[name].heading)})"
    if "const" in schema:
        return f"`{schema['const']}`"
    kind: str = schema.get("type", "")
    if kind == "array":
        return f"list: {_one_type(schema['items'], definitions, parts, target)}"
    if kind == "object":
        inner = schema.get("additionalProperties") or next(iter(schema["patternProperties"].values()))
        return f"{target or 'key'} → {_type(inner, definitions, parts)}"
    if target:
        return f"key of {_article(target)} {target}"
    if "A-Z" in schema.get("pattern", ""):
        return "purpose"
    plain: str = _PLAIN.get(kind, kind)
    return "key" if "pattern" in schema else _FORMATS.get(schema.get("format", ""), plain)


def _anchor(heading: str) -> str:
    """Give the name under which a heading can be linked to."""
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _model_in(schema: Schema, definitions: Definitions) -> str | None:
    """Name the model a field holds, one or a list of them; nothing for plain fields and closed lists."""
    for option in schema.get("anyOf", (schema,)):
        reference = option.get("$ref") or option.get("items", {}).get("$ref")
        name = reference.rpartition("/")[2] if reference else ""
        if name and "properties" in definitions[name]:
            return name
    return None


def _is_list(schema: Schema) -> bool:
    return any(option.get("type") == "array" for option in schema.get("anyOf", (schema,)))


def _closed_lists(definitions: Definitions) -> Iterator[str]:
    yield from ("## Closed lists", "", "Each value is written exactly as it stands here.", "")
    for name in sorted(key for key, definition in definitions.items() if "enum" in definition):
        definition = definitions[name]
        values = ", ".join(f"`{value}`" for value in definition["enum"])
        yield from (f"### {_spaced(name)}", "", _sentence(definition), "", values, "")


def _spaced(name: str) -> str:
    """Write the name of a class as an anchor: RegulatoryStatus → regulatory-status."""
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _sentence(definition: Schema) -> str:
    return " ".join(str(definition.get("description", "")).split())


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return [*lines, *(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)]
