"""Which texts of a document people write freely: not its keys, references, enumerations, days and periods."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from lineage.domain.base import Measured, Text
from lineage.domain.documents import STORED

Shape = bool | Mapping[str, Any]
"""True for free text, False for anything else, or the shapes below: by field, ``[]`` of entries, ``{}`` of values."""

_FREE = [get_args(free)[-1] for free in (Text, Measured)]
_OTHER: Shape = {"reason": True, "ground": True}
"""The texts of what has no model: the register's own papers."""


def free_texts(kind: str, body: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give path and text of every free text in a document's body."""
    yield from _texts(_of_kind(kind), body, ())


@cache
def _of_kind(kind: str) -> Shape:
    return _of_model(STORED[kind]) if kind in STORED else _OTHER


def _of_model(model: type[BaseModel]) -> Shape:
    fields = model.model_fields.items()
    return {field.alias or name: _shape(field.annotation, field.metadata) for name, field in fields}


def _shape(annotation: Any, metadata: Any = ()) -> Shape:
    if any(one in _FREE for one in metadata):
        return True
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(inner[0], inner[1:])
    if origin in (Union, types.UnionType):
        return next((shape for shape in map(_shape, inner) if shape), False)
    if origin is list:
        return _below("[]", _shape(inner[0]))
    if origin is dict:
        return _below("{}", _shape(inner[1]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _of_model(annotation)
    return False


def _below(sign: str, shape: Shape) -> Shape:
    return {sign: shape} if shape else False


def _texts(shape: Shape, node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if shape is True and isinstance(node, str):
        yield path, node
    elif isinstance(shape, Mapping) and isinstance(node, list) and "[]" in shape:
        for number, item in enumerate(node):
            yield from _texts(shape["[]"], item, (*path, number))
    elif isinstance(shape, Mapping) and isinstance(node, dict):
        for name, item in node.items():
            yield from _texts(shape.get(name, shape.get("{}", False)), item, (*path, name))
