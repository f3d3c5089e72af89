"""One way to write a document as bytes, so that equal documents have equal digests.

The subset of RFC 8785 that our documents need: keys sorted, no white space, UTF-8, no floats. Keys are ASCII in every
document, so that sorting by code point and by UTF-16 unit agree.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_make: Any = getattr(json.encoder, "c_make_encoder", None)
# The encoder makes its C half anew for each document; made once, small documents are written twice as fast.
_write = (
    _make(None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",", True, False, False) if _make else None
)


def canonical(value: Any) -> str:
    """Write ``value`` (text, whole numbers, booleans, lists, mappings) canonically."""
    return "".join(_write(value, 0)) if _write else _ENCODER.encode(value)


def digest_of(text: str) -> str:
    """Give the SHA-256 of canonical text as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def without_empty(value: Any) -> Any:
    """Drop what says nothing (null, empty text) at every depth; empty lists stay, since they say "nobody"."""
    if isinstance(value, dict):
        kept = {key: without_empty(item) for key, item in value.items() if item is not None and item != ""}
        return {key: item for key, item in kept.items() if item != {}}
    if isinstance(value, list):
        return [without_empty(item) for item in value if item is not None and item != ""]
    return value
