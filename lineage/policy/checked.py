"""What CEL understood of an expression: its checked form as a small tree.

The form is the message CheckedExpr of cel-spec (cel/expr/checked.proto). Only what is looked at is kept: constants,
names, calls, lists and loops (what all, exists, exists_one, map and filter become).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CONSTANT, NAME, CALL, LIST, LOOP, OTHER = "constant", "name", "call", "list", "loop", "other"
ACCUMULATED = "@result"
"""The name CEL gives to what a loop has gathered so far; nobody else can use it."""

_CONSTANTS: Mapping[int, Callable[[Any], Any]] = {2: bool, 3: int, 4: int, 6: bytes.decode, 7: bytes}
_LIST, _MAP = b"\x32", b"\x3a"
"""Tags of the two kinds of type; these bytes may also be part of a number, which does no harm."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression.

    ``value`` is the constant, the name, the function called or the variable of a loop; the parts of a loop are its
    range, where it starts, its condition, its step and its result.
    """

    number: int
    kind: str
    value: Any = None
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """An expression, with the type of each part that is a list or map, as CEL writes types."""

    root: Node
    types: Mapping[int, bytes]

    def element_type(self, node: Node) -> frozenset[int]:
        """Give the field numbers of the type of a list's entries: 1 mixed, 6 list, 7 map; empty when it is no list."""
        for field, value in _fields(self.types.get(node.number, b"")):
            if field == 6:
                return frozenset(number for one, part in _fields(value) if one == 1 for number, _ in _fields(part))
        return frozenset()


def checked(serialized: bytes) -> Checked:
    """Read what ``Expression.serialize`` gives. Raises ValueError or KeyError when it has another form."""
    message = dict(_fields(serialized))[2]
    types: dict[int, bytes] = {}
    root: Node | None = None
    for field, value in _fields(message):
        if field == 3:
            if _LIST in value or _MAP in value:
                entry = dict(_fields(value))
                types[entry.get(1, 0)] = entry[2]
        elif field == 4:
            root = _node(value)
    if root is None:
        raise ValueError("the checked form holds no expression")
    return Checked(root, types)


def depth(node: Node) -> int:
    """Give how many parts stand inside one another."""
    return 1 + max(map(depth, node.parts), default=0)


def walk(node: Node) -> Iterator[Node]:
    """Give a part and everything below it."""
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        todo.extend(reversed(one.parts))


def _node(data: bytes) -> Node:
    number = 0
    for field, value in _fields(data):
        if field == 2:
            number = value
        elif field == 3:
            return Node(number, CONSTANT, _constant(value))
        elif field == 4:
            return Node(number, NAME, dict(_fields(value))[1].decode())
        elif field == 6:
            return _call(number, value)
        elif field == 7:
            return Node(number, LIST, None, tuple(_node(part) for one, part in _fields(value) if one == 1))
        elif field == 9:
            loop = dict(_fields(value))
            return Node(number, LOOP, loop[1].decode(), tuple(_node(loop[part]) for part in (2, 4, 5, 6, 7)))
    return Node(number, OTHER)


def _call(number: int, data: bytes) -> Node:
    name, parts = "", []
    for field, value in _fields(data):
        if field == 2:
            name = value.decode()
        else:
            parts.append(_node(value))
    return Node(number, CALL, name, tuple(parts))


def _constant(data: bytes) -> Any:
    for field, value in _fields(data):
        return _CONSTANTS[field](value) if field in _CONSTANTS else None
    return None


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Give the fields of a message: a number for varints, bytes for everything else (protobuf wire format)."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        form = tag & 7
        if form == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
            continue
        size, at = _varint(data, at) if form == 2 else ({1: 8, 5: 4}[form], at)
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 128:
        return byte, at + 1
    found = shift = 0
    while True:
        byte = data[at]
        at += 1
        found |= (byte & 127) << shift
        if byte < 128:
            return found, at
        shift += 7
