"""Text with places: where something was written, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file; lines count from 1, 0 means the whole file."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with declared data: a value, so that all problems are reported at once.

    ``path`` is the path inside the file (``elements[0].kind``), ``fix`` what to write instead.
    ``undecodable`` marks a file that is no text or not YAML or JSON at all.
    """

    place: Place
    path: str
    message: str
    fix: str = ""
    undecodable: bool = False


class Mapping(dict[str, Any]):
    """A mapping read from a file: ``line`` is where it starts, ``lines`` the line of each key."""

    __slots__ = ("line", "lines")

    line: int
    lines: dict[str, int]


class Sequence(list[Any]):
    """A sequence read from a file: ``line`` is where it starts, ``lines`` the line of each entry."""

    __slots__ = ("line", "lines")

    line: int
    lines: list[int]


def mapping_at(line: int) -> Mapping:
    """Make an empty mapping that starts at a line. A constructor of its own would cost more than the mapping."""
    node = Mapping()
    node.line, node.lines = line, {}
    return node


def sequence_at(line: int) -> Sequence:
    """Make an empty sequence that starts at a line."""
    node = Sequence()
    node.line, node.lines = line, []
    return node


def line_of(node: object, path: tuple[str | int, ...]) -> int:
    """Give the line of the deepest part of ``path`` that was written; its nearest written ancestor otherwise."""
    line = int(getattr(node, "line", 0))
    for step in path:
        if isinstance(node, Mapping) and step in node.lines:
            line, node = node.lines[str(step)], node.get(str(step))
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.lines):
            line, node = node.lines[step], node[step]
        else:
            break
    return line


def path_text(path: tuple[str | int, ...]) -> str:
    """Write a path as people do: ``uses[3].outcomes[0].key``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
