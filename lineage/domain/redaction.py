"""Taking free text out of a body that was written: what it leaves is as long and as deep as before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineage.domain.kinds import REFERENCES, SECTIONS

GONE = "[redacted]"
"""What stands where something was taken out."""

_NAMES = frozenset(
    {
        "key",
        "element",
        "process",
        "purpose",
        "audience",
        "regime",
        "kind",
        "operation",
        "finding",
        "state",
        "digest",
        "by",
        "authors",
    }
)
_REFERRING = frozenset(re.split(r"[.\[{]", path)[0] for paths in REFERENCES.values() for path in paths)
_FIRM = _NAMES | (_REFERRING - {"says"}) | set(SECTIONS)


class WrongPathError(ValueError):
    """A path that leads to no text, or to what a document is known by; the sentence says which."""


def left_after(body: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Give a body with the texts at ``paths`` replaced; places in lists are numbers: ``says.0.benefit``.

    WrongPathError when a path leads nowhere, to something that is no text, or to a key or reference: those are no
    personal data, and without them nobody would know what is left.
    """
    left: dict[str, Any] = json.loads(json.dumps(body))
    for path in paths:
        steps = path.split(".")
        node: Any = left
        for step in steps[:-1]:
            node = _inside(node, step, path)
        last = steps[-1]
        if not isinstance(_inside(node, last, path), str):
            raise WrongPathError(f"{path} is no text")
        if [step for step in steps if not step.isdigit()][-1] in _FIRM:
            raise WrongPathError(f"{path} says what the document is about")
        node[int(last) if isinstance(node, list) else last] = GONE
    return left


def texts_with(body: Mapping[str, Any], wanted: str) -> Iterator[str]:
    """Give the path of each text in a body that contains ``wanted``, whatever the case of its letters."""
    yield from _texts(body, wanted.casefold(), "")


def _texts(node: Any, wanted: str, path: str) -> Iterator[str]:
    if isinstance(node, str):
        if wanted in node.casefold():
            yield path
        return
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, item in items:
        yield from _texts(item, wanted, f"{path}.{name}" if path else str(name))


def _inside(node: Any, step: str, path: str) -> Any:
    if isinstance(node, dict) and step in node:
        return node[step]
    if isinstance(node, list) and step.isdigit() and int(step) < len(node):
        return node[int(step)]
    raise WrongPathError(f"there is no {path}")
