"""One way to write a document as bytes, so that equal documents have equal digests: RFC 8785, without fractions.

Names are sorted by UTF-16 unit, there is no white space, and text is escaped only where it must be. Whole numbers lie
within what every reader of JSON keeps exactly; other numbers are refused, because programs write them differently.
Half a character (a lone surrogate) has no UTF-8 form: whoever makes bytes of the text, as ``digest_of`` does, refuses it.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

LARGEST = 2**53 - 1
"""The largest whole number, either way of 0, that every reader of JSON keeps exactly (RFC 7493 section 2.2)."""

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_IN_ORDER = json.JSONEncoder(sort_keys=False, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_make: Any = getattr(json.encoder, "c_make_encoder", None)
# The encoder makes its C half anew for each document; made once, small documents are written twice as fast.
_write = (
    _make(None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",", True, False, False) if _make else None
)
_quoted = json.encoder.encode_basestring
_BEYOND = re.compile("[\U00010000-\U0010ffff]")
# Looking at the text for something like a fraction or a long number is cheaper than looking at every value.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_NO_WHOLE_NUMBER = re.compile(rb"0(?:\.0|e[-+]|0{15})")


def canonical(value: Any) -> str:
    """Write ``value`` (text, whole numbers, booleans, lists, mappings with names of text) canonically.

    ValueError for a fraction, or for a whole number beyond ``LARGEST``.
    """
    kind = type(value)
    if kind is str:
        return _quoted(value)
    if value is None:
        return "null"
    text = "".join(_write(value, 0)) if _write else _ENCODER.encode(value)
    if kind is not dict or _NO_WHOLE_NUMBER.search(text.encode("utf-8", "surrogatepass").translate(_DIGITS)):
        _require_whole(value)
    if not text.isascii() and _BEYOND.search(text):
        # Only here do code points and UTF-16 units sort differently.
        return _IN_ORDER.encode(_sorted(value))
    return text


def _require_whole(value: Any) -> None:
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else (value,):
        kind = type(item)
        if kind is str:
            continue
        if kind is dict or kind is list or kind is tuple:
            _require_whole(item)
        elif isinstance(item, float) or (isinstance(item, int) and not -LARGEST <= item <= LARGEST):
            raise ValueError(f"{item!r} cannot be written canonically: numbers are whole and at most {LARGEST}")


def _sorted(value: Any) -> Any:
    """Put the names at every depth in the order of their UTF-16 units."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return {name: _sorted(value[name]) for name in names}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def digest_of(text: str) -> str:
    """Give the SHA-256 of canonical text as 64 hexadecimal digits; ValueError when it holds half a character."""
    return hashlib.sha256(text.encode()).hexdigest()


def without_empty(value: Any) -> Any:
    """Drop what says nothing (null, empty text) at every depth; empty lists stay, since they say "nobody"."""
    if isinstance(value, dict):
        kept = {key: without_empty(item) for key, item in value.items() if item is not None and item != ""}
        return {key: item for key, item in kept.items() if item != {}}
    if isinstance(value, list):
        return [without_empty(item) for item in value if item is not None and item != ""]
    return value
