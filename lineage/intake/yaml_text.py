"""YAML text into plain data with places: no tags, no anchors or aliases, bounded depth, YAML 1.2 scalars.

Built on libyaml's event stream and an own stack, so that nesting cannot exhaust the interpreter's.
Scalars follow the YAML 1.2 core schema, except that numbers with a point stay text: documents hold no floats.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from lineage.intake.text import DEPTH
from lineage.source import Mapping, Place, Problem, Sequence, mapping_at, sequence_at

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_RARE_BREAK = re.compile("[\x85\u2028\u2029]")
_FIRST = frozenset("-+0123456789tTfFnN~")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Dumper(yaml.SafeDumper):
    """Writes text that YAML 1.2 and ``read_yaml`` take for text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - aliases are never written
        return True


def _text(dumper: Any, text: str) -> Any:
    """Quote text with a rarer line break (U+0085, U+2028, U+2029), which reading would otherwise fold into a space."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _RARE_BREAK.search(text) else None)


_Dumper.add_representer(str, _text)


def write_yaml(data: Any) -> str:
    """Write plain data as YAML in the order given; ``read_yaml`` reads the same back."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
    return text


class _Stop(Exception):
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
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        message = f"this is not YAML: a character that cannot be read, U+{error.character:04X}"
        problems.append(Problem(Place(shown, line), "", message, "remove it, or type the text again"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
        problems.append(
            Problem(Place(shown, line), "", f"this is not YAML: {reason}", "check indentation, colons and quotes here")
        )
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
        self.keys: list[str | None] = []
        self.root: Any = None
        self.documents = 0

    def build(self, text: str) -> Any:
        """Consume every event. A file has millions: scalars, most of them, are handled in the loop itself."""
        following = _LOADER(text).get_event
        stack, keys = self.stack, self.keys
        scalar, ending = yaml.ScalarEvent, yaml.StreamEndEvent
        while True:
            event = following()
            kind = type(event)
            if kind is not scalar:
                if kind is ending:
                    return self.root
                self._structure(event, kind)
                continue
            value = event.value
            line = event.start_mark.line + 1
            if event.anchor is not None or event.tag is not None:
                self._check(event, line)
            top = stack[-1] if stack else None
            if type(top) is Mapping and keys[-1] is None:
                self._key(top, value, line)
                continue
            if not value or (value[0] in _FIRST and event.implicit[0]):
                value = plain_scalar(value) if event.implicit[0] else value
            self._put(top, value, line)

    def _structure(self, event: Any, kind: type) -> None:
        if kind is yaml.MappingStartEvent:
            self._open(event, mapping_at)
        elif kind is yaml.SequenceStartEvent:
            self._open(event, sequence_at)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.stack.pop()
            self.keys.pop()
        elif kind is yaml.AliasEvent:
            raise _Stop(event.start_mark.line + 1, f"aliases (*{event.anchor}) are not accepted", "write the value out")
        elif kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                raise _Stop(
                    event.start_mark.line + 1,
                    "the file holds a second document",
                    "one document a file: split it at ---",
                )

    def _check(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            raise _Stop(line, f"anchors (&{event.anchor}) are not accepted", "write the value out where it is needed")
        if event.tag is not None:
            raise _Stop(line, f"tags ({event.tag}) are not accepted", "remove the tag; quote the value if it is text")

    def _open(self, event: Any, make: Callable[[int], Mapping | Sequence]) -> None:
        line: int = event.start_mark.line + 1
        self._check(event, line)
        if len(self.stack) >= DEPTH:
            raise _Stop(line, f"the file is nested deeper than {DEPTH} levels", "flatten it")
        top = self.stack[-1] if self.stack else None
        if type(top) is Mapping and self.keys[-1] is None:
            raise _Stop(line, "a key must be a single word or text", "write key: value")
        node = make(line)
        self._put(top, node, line)
        self.stack.append(node)
        self.keys.append(None)

    def _key(self, top: Mapping, name: str, line: int) -> None:
        if name in top.lines:
            message = f"{name} is written twice, first in line {top.lines[name]}"
            self.problems.append(Problem(Place(self.shown, line), name, message, "keep one of them"))
            self.keys[-1] = _TWICE
            return
        top.lines[name] = line
        self.keys[-1] = name

    def _put(self, top: Mapping | Sequence | None, value: Any, line: int) -> None:
        if type(top) is Mapping:
            name = self.keys[-1]
            if name is not None and name is not _TWICE:
                top[name] = value
            self.keys[-1] = None
        elif type(top) is Sequence:
            top.append(value)
            top.lines.append(line)
        else:
            self.root = value


_TWICE = "\x00twice"
"""Stands for the second of two equal keys, whose value is left out."""
