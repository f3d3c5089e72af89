"""Page tokens: where a search goes on, signed, so that nobody can alter one or use it for another question."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any, NamedTuple

from lineage.web.messages import Malformed

_DOMAIN = b"usage-cycle page token 1\0"


class Mark(NamedTuple):
    """Where a search goes on: behind which key, about which instant, with how many results on a page."""

    behind: str
    at: int
    limit: int


def token_of(secret: bytes, bound: Any, mark: Mark) -> str:
    """Write a token; ``bound`` is everything it may be used with, as plain data."""
    inner = json.dumps(mark, separators=(",", ":")).encode()
    return f"{_text(inner)}.{_text(_signature(secret, bound, inner))}"


def mark_of(secret: bytes, bound: Any, token: str) -> Mark:
    """Read a token. Malformed for one that was altered, or belongs to another question, caller or revision."""
    inner, _, signature = token.partition(".")
    try:
        data = b64decode(inner + "=" * (-len(inner) % 4), b"-_", validate=True)
        # Compared as text: the spare bits of a last letter are no way to a second token that says the same.
        signed = hmac.compare_digest(signature, _text(_signature(secret, bound, data))) and inner == _text(data)
    except (ValueError, TypeError):
        signed, data = False, b""
    if not signed:
        raise _refused()
    behind, at, limit = json.loads(data)
    return Mark(behind, at, limit)


def _signature(secret: bytes, bound: Any, inner: bytes) -> bytes:
    said = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(secret, _DOMAIN + sha256(said).digest() + inner, sha256).digest()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _refused() -> Malformed:
    return Malformed(
        "page.token: this token was altered, belongs to another search, or the catalogue has changed; begin again"
    )
