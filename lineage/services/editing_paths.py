"""Paths into an element and what hangs under it, and what is said of them.

::

    steward                             a field
    origins[checkout].stored_in.country a field of an origin (of a consent by its key, of a regulatory entry by its regime)
    fields[0].dataset                   a field of the first entry of a list; [+] is a new entry behind the last
    sensitivity.eu-gdpr                 an entry of a mapping

A dot leads to a field or to an entry of a mapping, a bracket to an entry of a list by its number, or to a document by key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from lineage.domain.documents import DECLARED, STORED
from lineage.domain.kinds import UNDER
from lineage.errors import WrongUse
from lineage.gate.nearest import did_you_mean
from lineage.intake.json_text import read_json
from lineage.intake.messages import fields_at
from lineage.intake.text import read_text
from lineage.intake.yaml_text import read_yaml
from lineage.source import Place, Problem, line_of

ELEMENT = "element"
SECTIONS = UNDER[ELEMENT]
"""Field of an element → kind of the documents that hang there."""
_SECTION = {kind: section for section, kind in SECTIONS.items()}
_FIRST = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NEXT = re.compile(r"\.([^.\[\]]+)|\[([^\[\]]+)\]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")

Name = tuple[str, str]
"""Kind and key of a document."""


class Step(NamedTuple):
    """One step of a path; ``entry`` where it stands in brackets."""

    name: str
    entry: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wants: a file with what the element is to be, then paths to empty, then ``PATH=VALUE`` to set."""

    sets: Sequence[str] = ()
    unsets: Sequence[str] = ()
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Saying:
    """One value to be set, or with ``unset`` to be taken away; ``adds`` where a new key means a new document."""

    steps: tuple[Step, ...]
    value: Any
    place: Place
    unset: bool = False
    adds: bool = False


class _Wrong(Exception):
    """A path that leads nowhere; with what to write instead."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message, self.fix = message, fix


@dataclass(slots=True)
class Draft:
    """An element and what hangs under it while it is changed: bodies by kind and key.

    ``new`` says that nothing of it is stored yet; ``said`` where each path was set.
    """

    key: str
    bodies: dict[Name, dict[str, Any]]
    new: bool = False
    said: dict[str, Place] = field(default_factory=dict)

    def say(self, saying: Saying) -> Problem | None:
        """Do what is said; give the problem where that cannot be done."""
        try:
            path = self._do(saying)
        except _Wrong as wrong:
            return Problem(saying.place, "", wrong.message, wrong.fix)
        if path in self.said and self.said[path].file == saying.place.file:
            return Problem(saying.place, "", f"{path} is said twice", "say it once")
        self.said[path] = saying.place
        return None

    def place_of(self, path: str) -> Place:
        """Give where a path was said, or the nearest above or below it; else the element itself."""
        near = [known for known in self.said if _within(path, known) or _within(known, path)]
        return self.said[max(near, key=len)] if near else Place(f"{ELEMENT} {self.key}")

    def _do(self, saying: Saying) -> str:
        first = saying.steps[0]
        fields = fields_at(DECLARED[ELEMENT], ())
        if first.name not in fields:
            hint = did_you_mean(first.name, fields) or f"the fields of an element are {', '.join(fields)}"
            raise _Wrong(f"unknown field {first.name}", hint)
        if first.name in SECTIONS:
            return self._part(first.name, saying)
        body = self.bodies[ELEMENT, self.key]
        return _apply(body, saying.steps, saying, ELEMENT)

    def _part(self, section: str, saying: Saying) -> str:
        kind, known = SECTIONS[section], self._keys(section)
        if len(saying.steps) < 2 or not saying.steps[1].entry:
            choice = f"one of {', '.join(known)}" if known else "there is none yet"
            raise _Wrong(f"{section} are documents of their own", f"name one: {section}[KEY], {choice}")
        own, rest = saying.steps[1].name, saying.steps[2:]
        name, path = (kind, f"{self.key}#{own}"), f"{section}[{own}]"
        whole = not rest and not saying.unset
        if name not in self.bodies and not (whole or self.new or saying.adds):
            hint = did_you_mean(own, known)
            add = f"a new one is said whole: --set '{path}={{…}}'"
            raise _Wrong(f"there is no {path}", f"{hint} {add}" if hint else add)
        if not rest:
            self._replace(name, own, path, saying)
            return path
        body = self.bodies.setdefault(name, {own_field(kind): own})
        return f"{path}.{_apply(body, rest, saying, kind)}"

    def _replace(self, name: Name, own: str, path: str, saying: Saying) -> None:
        if saying.unset:
            self.bodies.pop(name, None)
            return
        if not isinstance(saying.value, dict):
            raise _Wrong(
                f"{path} is a document: its value is a mapping", f"write {path}={{field: value}}, or {path}.FIELD=…"
            )
        self.bodies[name] = {own_field(name[0]): own} | saying.value

    def _keys(self, section: str) -> list[str]:
        return sorted(key.rpartition("#")[2] for kind, key in self.bodies if kind == SECTIONS[section])


def own_field(kind: str) -> str:
    """Name the field that holds a document's key."""
    return "regime" if kind == "regulatory" else "key"


def prefix_of(kind: str, key: str) -> str:
    """Give what stands before a path of a document, as seen from the element it belongs to: ``origins[checkout].``"""
    return f"{_SECTION[kind]}[{key.rpartition('#')[2]}]." if kind in _SECTION else ""


def _within(path: str, above: str) -> bool:
    return path == above or (path.startswith(above) and path[len(above)] in ".[")


# --- What stands on the command line and in the file ---


def sayings_of(said: Said, key: str) -> tuple[list[Saying], list[Problem]]:
    """Read everything that is said of an element, in the order in which it counts; with every problem of reading it.

    Raises WrongUse for ``--set`` without an equals sign.
    """
    given: list[Saying | Problem] = list(_of_file(said.file, key)) if said.file else []
    given += [_of_option(path, None) for path in said.unsets]
    given += [_of_option(*_halves(text)) for text in said.sets]
    sayings = [item for item in given if isinstance(item, Saying)]
    return sayings, [item for item in given if isinstance(item, Problem)]


def _halves(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals:
        raise WrongUse(f"--set {text} says no value", f"write --set '{text}=VALUE', or --unset '{text}'")
    return path.strip(), value


def _of_option(path: str, value: str | None) -> Saying | Problem:
    place = Place(f"--{'unset' if value is None else 'set'} {path}")
    steps = _steps(path)
    if not steps:
        return Problem(
            place, "", f"{path or 'nothing'} is no path", "write it like steward or origins[checkout].measures[0]"
        )
    if value is None:
        return Saying(steps, None, place, unset=True)
    data, problems = read_yaml(value, place.file)
    if problems:
        quoted = f"put text with such characters in quotes: --set '{path}=\"…\"'"
        return Problem(place, "", problems[0].message, problems[0].fix if data is not None else quoted)
    return Saying(steps, json.loads(json.dumps(data)), place)


def _steps(path: str) -> tuple[Step, ...]:
    """Take a path apart; nothing when it is none."""
    first = _FIRST.match(path)
    if first is None:
        return ()
    steps, position = [Step(first.group())], first.end()
    while position < len(path):
        found = _NEXT.match(path, position)
        if found is None:
            return ()
        steps.append(Step(found.group(1)) if found.group(1) else Step(found.group(2).strip(), entry=True))
        position = found.end()
    return tuple(steps)


def _of_file(path: Path, key: str) -> Iterator[Saying | Problem]:
    """Read a file that holds one element: its fields, or a section ``elements`` with an entry of that key."""
    shown = str(path)
    if not path.exists():
        raise WrongUse(f"there is no file {shown}", "check the path")
    text = read_text(path, shown)
    if isinstance(text, Problem):
        yield text
        return
    data, problems = (read_json if path.suffix == ".json" else read_yaml)(text, shown)
    yield from problems
    entry = _entry(data, key) if data is not None else None
    if isinstance(entry, dict):
        yield from _of_entry(entry, shown, key)
    elif not problems:
        yield Problem(
            Place(shown, 1),
            "",
            f"the file does not declare element {key}",
            "write its fields, each a line field: value",
        )


def _entry(data: Any, key: str) -> Any:
    if isinstance(data, dict) and isinstance(data.get("elements"), list):
        return next((one for one in data["elements"] if isinstance(one, dict) and one.get("key") == key), None)
    return data


def _of_entry(entry: Mapping[str, Any], shown: str, key: str) -> Iterator[Saying | Problem]:
    """Give a saying for each field of an entry; null takes a field away. What it does not say stays as it is."""
    for name, value in entry.items():
        place = Place(shown, line_of(entry, (name,)))
        if name == "key" and value != key:
            yield Problem(
                place, name, f"the file declares {value}, not {key}", "correct the key, or name the other element"
            )
        elif name not in SECTIONS:
            yield _field((Step(name),), value, place)
        elif value is not None:
            yield from _of_parts(entry, name, shown)


def _of_parts(entry: Mapping[str, Any], section: str, shown: str) -> Iterator[Saying | Problem]:
    own = own_field(SECTIONS[section])
    parts = entry[section]
    for index, part in enumerate(parts if isinstance(parts, list) else [parts]):
        place = Place(shown, line_of(entry, (section, index)))
        if not isinstance(part, dict) or not isinstance(part.get(own), str):
            yield Problem(place, f"{section}[{index}]", f"an entry of {section} needs its {own}", f"add {own}: …")
            continue
        steps = (Step(section), Step(part[own], entry=True))
        for name, value in part.items():
            yield _field((*steps, Step(name)), value, Place(shown, line_of(part, (name,))), adds=True)


def _field(steps: tuple[Step, ...], value: Any, place: Place, *, adds: bool = False) -> Saying:
    plain = json.loads(json.dumps(value))
    return Saying(steps, plain, place, unset=value is None or value == "", adds=adds)


# --- Changing a body ---


def _apply(body: dict[str, Any], steps: tuple[Step, ...], saying: Saying, kind: str) -> str:
    """Set or take away what lies at the end of ``steps``; give the path that was meant, with numbers for ``[+]``."""
    if not saying.unset:
        return _put(body, steps, saying.value).lstrip(".")
    names: list[str | int] = []
    for step in steps:
        known = fields_at(STORED[kind], tuple(names))
        if known and step.name not in known and not step.entry:
            fix = did_you_mean(step.name, known) or f"the fields here are {', '.join(known)}"
            raise _Wrong(f"unknown field {step.name}", fix)
        names.append(int(step.name) if step.entry and _NUMBER.fullmatch(step.name) else step.name)
    return _take(body, steps).lstrip(".")


def _put(node: Any, steps: tuple[Step, ...], value: Any) -> str:
    step, rest = steps[0], steps[1:]
    number: Any
    if isinstance(node, list):
        number = _number(node, step)
        if number == len(node):
            node.append(_fresh(rest))
        here = f"[{number}]"
    elif isinstance(node, dict):
        number, here = step.name, f".{step.name}"
        if rest and node.get(number) is None:
            node[number] = _fresh(rest)
    else:
        raise _Wrong(
            f"{_spelled(steps)} lies below {json.dumps(node)}, which holds nothing", "set the whole field instead"
        )
    if not rest:
        node[number] = value
        return here
    return here + _put(node[number], rest, value)


def _take(node: Any, steps: tuple[Step, ...]) -> str:
    """Take away what is there; where nothing is said there is nothing to do."""
    step, rest = steps[0], steps[1:]
    here: Any = step.name
    if isinstance(node, list):
        here = _number(node, step, most=len(node) - 1)
    elif not isinstance(node, dict) or here not in node:
        return "".join(f"[{one.name}]" if one.entry else f".{one.name}" for one in steps)
    path = f"[{here}]" if isinstance(node, list) else f".{here}"
    if rest:
        return path + _take(node[here], rest)
    del node[here]
    return path


def _number(node: list[Any], step: Step, most: int | None = None) -> int:
    """Give the place in a list; one behind the last for ``+``, where that may be."""
    if step.entry and step.name == "+" and most is None:
        return len(node)
    if step.entry and _NUMBER.fullmatch(step.name) and int(step.name) < len(node):
        return int(step.name)
    there = f"it has {len(node)}, counted from [0]" if node else "it has none"
    new = "; [+] is a new one" if most is None else ""
    raise _Wrong(f"{_spelled((step,))} is no entry of a list", f"{there}{new}")


def _fresh(rest: tuple[Step, ...]) -> Any:
    """Give what begins where nothing was said yet: a list below a number, else a mapping."""
    if not rest:
        return None
    return [] if rest[0].entry and (rest[0].name == "+" or _NUMBER.fullmatch(rest[0].name)) else {}


def _spelled(steps: tuple[Step, ...]) -> str:
    return "".join(f"[{one.name}]" if one.entry else f".{one.name}" for one in steps).lstrip(".")
