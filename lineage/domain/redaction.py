"""Taking free text out of a body that was written: what it leaves is as long and as deep as before."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineage.domain.kinds import REFERENCES, SECTIONS

GONE = "[redacted]"
"""What stands where something was taken out."""

NEVER = frozenset({"account", "decision_batch", "rebuild", "redaction", "signing_key"})
"""Kinds of entry that stay as they are: what proves the log would fail without them, and they hold no free text."""

_NAMES = frozenset({"key", "element", "process", "purpose", "audience", "regime", "kind", "operation", "finding"})
_REFERRING = frozenset(re.split(r"[.\[{]", path)[0] for paths in REFERENCES.values() for path in paths)
_DIGITS = 10
_FIRM = _NAMES | (_REFERRING - {"says"}) | set(SECTIONS)


class WrongPathError(ValueError):
    """A path that leads to no text, or to what a document is known by; the sentence says which."""


def left_of(kind: str, body: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Give the body of a document of this kind with the texts at ``paths`` replaced.

    WrongPathError when nothing may go from this kind, or when a path does not lead to text that people write freely:
    anything else is no personal data, and programs rely on it.
    """
    if kind in NEVER:
        raise WrongPathError(f"entries of kind {kind} are part of what proves the log, and are never redacted")
    chosen = list(paths)
    left = left_after(body, chosen)
    free = {".".join(map(str, path)) for path in _free(kind, body)}
    for path in chosen:
        if path not in free:
            raise WrongPathError(f"{path} is no free text")
    return left


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
        if next((step for step in reversed(steps) if not _is_number(step)), "") in _FIRM:
            raise WrongPathError(f"{path} says what the document is about")
        node[int(last) if isinstance(node, list) else last] = GONE
    return left


def was_redacted(kind: str, body: Mapping[str, Any]) -> bool:
    """Tell whether a text was taken out of a body."""
    from lineage.domain.free_text import free_texts

    return any(text == GONE for _, text in free_texts(kind, body))


def _free(kind: str, body: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Give the path of each free text; a change set has those of its reasons and of what it proposes."""
    # Reading the shapes of documents loads all their models; most commands that import this file redact nothing.
    from lineage.domain.free_text import free_texts

    yield from (path for path, _ in free_texts(kind, body))
    if kind != "change_set":
        return
    yield from (("answers", number, "reason") for number in range(len(body.get("answers") or ())))
    for number, change in enumerate(body.get("changes") or ()):
        proposed = free_texts(change["kind"], change.get("body") or {})
        yield from (("changes", number, "body", *path) for path, _ in proposed)


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


def text_at(body: Mapping[str, Any], path: str) -> str:
    """Give the text at a path. WrongPathError when it leads to none."""
    node: Any = body
    for step in path.split("."):
        node = _inside(node, step, path)
    if not isinstance(node, str):
        raise WrongPathError(f"{path} is no text")
    return node


def _inside(node: Any, step: str, path: str) -> Any:
    if isinstance(node, dict) and step in node:
        return node[step]
    if isinstance(node, list) and _is_number(step) and int(step) < len(node):
        return node[int(step)]
    raise WrongPathError(f"there is no {path}")


def _is_number(step: str) -> bool:
    """Tell whether a step is a place in a list: other scripts' digits and endless numbers are none."""
    return step.isascii() and step.isdecimal() and len(step) < _DIGITS
