"""YAML text into plain data with places: no tags, no anchors or aliases, bounded depth, YAML 1.2 scalars.

Built on libyaml's event stream and an own stack, so that nesting cannot exhaust the interpreter's.
Scalars follow the YAML 1.2 core schema, except that numbers with a point stay text: documents hold no floats.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from lineage.intake.text import DEPTH
from lineage.source import Mapping, Place, Problem, Sequence

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_FIRST = frozenset("-+0123456789tTfFnN~")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Stop(Exception):  # noqa: N818 - it ends the reading, it is no failure of the program
    def __init__(self, line: int, message: str, fix: str) -> None:
        super().__init__(message)
        self.line, self.message, self.fix = line, message, fix


def read_yaml(text: str, shown: str) -> tuple[Any, list[Problem]]:
    """Read one YAML document; give its data (None when unreadable) and every problem found."""
    problems: list[Problem] = []
    try:
        return _Builder(shown, problems).build(text), problems
    except _Stop as stop:
        problems.append(Problem(Place(shown, stop.line), "", stop.message, stop.fix))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
        problems.append(Problem(Place(shown, line), "", f"this is not YAML: {reason}", "check indentation, colons and quotes here"))
    return None, problems


def plain_scalar(text: str) -> Any:
    """Give the value of an unquoted scalar: null, boolean, whole number up to 15 digits, or the text itself."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return text


class _Builder:
    """Turns events into nested mappings and sequences."""

    def __init__(self, shown: str, problems: list[Problem]) -> None:
        self.shown = shown
        self.problems = problems
        self.stack: list[Mapping | Sequence] = []
        self.keys: list[tuple[str, int] | None] = []
        self.root: Any = None

    def build(self, text: str) -> Any:
        """Consume every event; a second document is a problem."""
        documents = 0
        for event in yaml.parse(text, Loader=_LOADER):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event, Mapping if kind is yaml.MappingStartEvent else Sequence)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.stack.pop()
                self.keys.pop()
            elif kind is yaml.AliasEvent:
                raise _Stop(event.start_mark.line + 1, f"aliases (*{event.anchor}) are not accepted", "write the value out")
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _Stop(event.start_mark.line + 1, "the file holds a second document", "one document a file: split it at ---")
        return self.root

    def _check(self, event: Any) -> int:
        line: int = event.start_mark.line + 1
        if event.anchor is not None:
            raise _Stop(line, f"anchors (&{event.anchor}) are not accepted", "write the value out where it is needed")
        if event.tag is not None:
            raise _Stop(line, f"tags ({event.tag}) are not accepted", "remove the tag; quote the value if it is text")
        return line

    def _scalar(self, event: Any) -> None:
        value = event.value
        if event.anchor is not None or event.tag is not None:
            self._check(event)
        if event.implicit[0] and (not value or value[0] in _FIRST):
            if self.stack and type(self.stack[-1]) is Mapping and self.keys[-1] is None:
                self._put(value, event.start_mark.line + 1)
                return
            value = plain_scalar(value)
        self._put(value, event.start_mark.line + 1)

    def _open(self, event: Any, kind: type[Mapping] | type[Sequence]) -> None:
        line = self._check(event)
        if len(self.stack) >= DEPTH:
            raise _Stop(line, f"the file is nested deeper than {DEPTH} levels", "flatten it")
        node = kind(line)
        self._put(node, line)
        self.stack.append(node)
        self.keys.append(None)

    def _put(self, value: Any, line: int) -> None:
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        if type(top) is Sequence:
            top.append(value)
            top.lines.append(line)
            return
        key = self.keys[-1]
        if key is None:
            if not isinstance(value, str):
                raise _Stop(line, "a key must be a single word or text", "write key: value")
            self.keys[-1] = (value, line)
            return
        self.keys[-1] = None
        name, at = key
        assert isinstance(top, Mapping)  # noqa: S101 - for the type checker; the stack holds nothing else
        if name in top:
            self.problems.append(
                Problem(Place(self.shown, at), name, f"{name} is written twice, first in line {top.lines[name]}", "keep one of them")
            )
            return
        top[name] = value
        top.lines[name] = at
