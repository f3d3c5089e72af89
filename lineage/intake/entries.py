"""The entries of one file: each validated against its model and split into the documents it declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lineage.domain.canonical import canonical, without_empty
from lineage.domain.documents import DECLARED
from lineage.domain.kinds import SECTIONS, UNDER, Declared, key_of, own_key, references
from lineage.gate.nearest import did_you_mean
from lineage.intake.json_text import read_json
from lineage.intake.messages import lines_of, problems_of
from lineage.intake.text import read_text
from lineage.intake.yaml_text import read_yaml
from lineage.source import Place, Problem, line_of, path_text

OF_PACKS = ("pack", "rules", "request", "cases")
ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class FileReading:
    """What one file declares, and what is wrong in it."""

    file: str
    documents: tuple[Declared, ...]
    problems: tuple[Problem, ...]
    broken: tuple[Declared, ...] = ()
    """Entries with problems, as they were written: what refers to them is not wrong for that, what they refer to may be."""
    referred: frozenset[tuple[str, str]] = frozenset()
    """Kind and key of everything its documents refer to."""


def read_file(path: Path, shown: str) -> FileReading:
    """Read one declaration file; every problem in it is reported."""
    text = read_text(path, shown)
    if isinstance(text, Problem):
        return FileReading(shown, (), (text,))
    data, problems = (read_json if path.suffix == ".json" else read_yaml)(text, shown)
    if data is None:
        if not problems:
            problems.append(
                Problem(Place(shown), "", "the file declares nothing", "write at least one section, such as elements:")
            )
        return FileReading(shown, (), tuple(problems))
    documents: list[Declared] = []
    broken: list[Declared] = []
    referred: set[tuple[str, str]] = set()
    for item in _entries(data, shown, referred):
        if isinstance(item, Problem):
            problems.append(item)
        elif isinstance(item, Declared):
            documents.append(item)
        else:
            broken.append(item.document)
    return FileReading(shown, tuple(documents), tuple(problems), tuple(broken), frozenset(referred))


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry that has problems."""

    document: Declared


Item = Declared | Problem | Broken


def _entries(data: Any, shown: str, referred: set[tuple[str, str]]) -> Iterator[Item]:
    if not isinstance(data, dict):
        fix = f"start with a section: {', '.join(SECTIONS)}"
        yield Problem(Place(shown, 1), "", "the file must hold sections, each a name and a list of entries", fix)
        return
    for section, entries in data.items():
        kind = SECTIONS.get(section)
        place = Place(shown, line_of(data, (section,)))
        if kind is None:
            hint = did_you_mean(section, SECTIONS) or f"the sections are {', '.join(SECTIONS)}"
            if section in OF_PACKS:
                hint = "this is part of a pack: put pack.yaml beside it; see docs/packs.md"
            yield Problem(place, section, f"unknown section {section}", hint)
        elif entries is None:
            continue
        elif kind == "catalogue":
            yield from _entry(kind, entries, shown, (section,), data, referred)
        elif not isinstance(entries, list):
            yield Problem(place, section, f"{section} must be a list of entries", "write a dash before each entry")
        else:
            for index, entry in enumerate(entries):
                yield from _entry(kind, entry, shown, (section, index), data, referred)


def _entry(
    kind: str, entry: Any, shown: str, path: tuple[str | int, ...], root: Any, referred: set[tuple[str, str]]
) -> Iterator[Item]:
    model = DECLARED[kind]
    if not isinstance(entry, dict):
        place = Place(shown, line_of(root, path))
        yield Problem(
            place, path_text(path), "an entry must be a mapping of field: value", "write key: … and the fields below it"
        )
        return
    said = without_blanks(entry)
    try:
        model.__pydantic_validator__.validate_python(said)
    except ValidationError as error:
        yield from problems_of(error.errors(include_url=False, include_input=False), model, entry, shown, path, root)
        yield from _broken(kind, entry, shown, path, referred)
        return
    under = UNDER.get(kind, {})
    body = {name: value for name, value in said.items() if name not in under and value is not None}
    referred.update((target, name) for _, target, name in references(kind, body))
    parent = Declared.of(kind, key_of(kind, body), body, shown, lines_of(entry))
    yield parent
    yield from _under(parent, under, (entry, said), shown, path, referred)


def _broken(
    kind: str, entry: Any, shown: str, path: tuple[str | int, ...], referred: set[tuple[str, str]]
) -> Iterator[Broken]:
    """Keep what can be looked at of an entry with problems: its key, and what it and the parts of it refer to."""
    try:
        key = key_of(kind, entry)
    except (KeyError, TypeError, ValueError):
        key = path_text(path)
    parts = [(kind, entry)]
    for name, under in UNDER.get(kind, {}).items():
        items = entry.get(name)
        parts += [(under, item) for item in (items if isinstance(items, list) else ()) if isinstance(item, dict)]
    for of, part in parts:
        referred.update((target, name) for _, target, name in references(of, part))
        lines = lines_of(part)
        yield Broken(Declared(of, key, canonical(part), "", shown, lines[""], canonical(lines)))


def _under(
    parent: Declared,
    under: Any,
    entries: tuple[Any, Any],
    shown: str,
    path: tuple[str | int, ...],
    referred: set[tuple[str, str]],
) -> Iterator[Declared | Problem]:
    written, said = entries
    for name, kind in under.items():
        seen: dict[str, int] = {}
        places = [item for item in written.get(name) or () if item is not None and item != ""]
        for index, (item, body) in enumerate(zip(places, said.get(name) or (), strict=True)):
            key = own_key(kind, body)
            lines = lines_of(item)
            if key in seen:
                where = path_text((*path, name, index))
                message = f"{kind} {key} is declared twice, first in line {seen[key]}"
                yield Problem(Place(shown, lines[""]), where, message, "keep one, or give the other another key")
                continue
            seen[key] = lines[""]
            referred.update((target, name_) for _, target, name_ in references(kind, body))
            yield Declared.of(kind, f"{parent.key}#{key}", body, shown, lines)


def without_blanks(node: Any) -> Any:
    """Leave out null and empty text at every depth, so that an empty fact loads like a missing one.

    A field at the top keeps its null, so that an unknown field is still noticed. What holds no blank is handed through.
    """
    if not _has_blank(node):
        return node
    return {name: None if value == "" else without_empty(value) for name, value in node.items()}


def _has_blank(node: Any) -> bool:
    for value in node.values() if isinstance(node, dict) else node:
        if value is None or value == "" or (isinstance(value, dict | list) and _has_blank(value)):
            return True
    return False
