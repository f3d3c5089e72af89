"""JSON text into plain data with places, under the same bounds as YAML. RFC 8259; duplicate keys are problems."""

from __future__ import annotations

import re
from bisect import bisect_right
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

from lineage.intake.text import DEPTH
from lineage.source import Mapping, Place, Problem, Sequence, mapping_at, sequence_at

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"null": None, "true": True, "false": False}
_LONGEST = 15


class _Bad(Exception):
    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at, self.message = at, message


def read_json(text: str, shown: str) -> tuple[Any, list[Problem]]:
    """Read one JSON document; give its data (None when unreadable) and every problem found."""
    reader = _Reader(text, shown)
    try:
        value, end = reader.value(reader.skip(0), 0)
        end = reader.skip(end)
        if end != len(text):
            raise _Bad(end, "something follows the document")
    except _Bad as bad:
        fix = "check commas, quotes and brackets here"
        reader.problems.append(Problem(Place(shown, reader.line(bad.at)), "", f"this is not JSON: {bad.message}", fix))
        return None, reader.problems
    return value, reader.problems


class _Reader:
    """A recursive reader whose depth is bounded before it descends."""

    def __init__(self, text: str, shown: str) -> None:
        self.text, self.shown = text, shown
        self.problems: list[Problem] = []
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def line(self, at: int) -> int:
        return bisect_right(self.breaks, at - 1) + 1

    def skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        first = self.text[at : at + 1]
        if first == '"':
            return self.string(at)
        if first in ("{", "["):
            if depth >= DEPTH:
                raise _Bad(at, f"it is nested deeper than {DEPTH} levels")
            return self.mapping(at, depth) if first == "{" else self.sequence(at, depth)
        for word, value in _WORDS.items():
            if self.text.startswith(word, at):
                return value, at + len(word)
        match = _NUMBER.match(self.text, at)
        if match is None:
            raise _Bad(at, "a value is missing or not quoted" if first else "the file ends too early")
        number = match.group()
        whole = match.group(1) is None and match.group(2) is None and len(number) <= _LONGEST
        return (int(number) if whole else number), match.end()

    def string(self, at: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self.text, at + 1, True)
        except JSONDecodeError as error:
            raise _Bad(error.pos, error.msg.lower()) from None
        return value, end

    def sequence(self, at: int, depth: int) -> tuple[Sequence, int]:
        node = sequence_at(self.line(at))
        at = self.skip(at + 1)
        if self.text[at : at + 1] == "]":
            return node, at + 1
        while True:
            node.lines.append(self.line(at))
            value, at = self.value(at, depth + 1)
            node.append(value)
            at, done = self._next(at, "]")
            if done:
                return node, at

    def mapping(self, at: int, depth: int) -> tuple[Mapping, int]:
        node = mapping_at(self.line(at))
        at = self.skip(at + 1)
        if self.text[at : at + 1] == "}":
            return node, at + 1
        while True:
            if self.text[at : at + 1] != '"':
                raise _Bad(at, "a key in quotes is missing")
            start = at
            key, at = self.string(at)
            at = self.skip(at)
            if self.text[at : at + 1] != ":":
                raise _Bad(at, "a colon is missing")
            value, at = self.value(self.skip(at + 1), depth + 1)
            self._put(node, key, value, start)
            at, done = self._next(at, "}")
            if done:
                return node, at

    def _put(self, node: Mapping, key: str, value: Any, at: int) -> None:
        if key in node:
            message = f"{key} is written twice, first in line {node.lines[key]}"
            self.problems.append(Problem(Place(self.shown, self.line(at)), key, message, "keep one of them"))
            return
        node[key] = value
        node.lines[key] = self.line(at)

    def _next(self, at: int, close: str) -> tuple[int, bool]:
        at = self.skip(at)
        char = self.text[at : at + 1]
        if char == close:
            return at + 1, True
        if char != ",":
            raise _Bad(at, f"a comma or {close} is missing")
        return self.skip(at + 1), False
