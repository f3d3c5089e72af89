"""Who asks: bearer tokens, of which only SHA-256 digests are kept."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

from lineage.errors import WrongUse

_LINE = re.compile(r"(?:(?P<caller>[A-Za-z0-9][A-Za-z0-9_.@-]{0,63})\s*:\s*)?(?P<digest>[0-9a-fA-F]{64})")
ANYBODY = ""
"""The caller's name where nobody has to say who asks."""


class Callers:
    """The tokens that are let in, each with the name of its caller; empty lets everybody in."""

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        self._known = tuple((digest, name) for name, digest in known)

    @property
    def open(self) -> bool:
        """Whether nobody has to say who asks."""
        return not self._known

    def caller(self, header: bytes | None) -> str | None:
        """Give who sent an Authorization header; None for nobody we know.

        Every digest is compared, each in constant time: how long it takes tells nothing about them.
        """
        if not self._known:
            return ANYBODY
        scheme, _, token = (header or b"").partition(b" ")
        digest = sha256(token.strip()).hexdigest()
        found = None
        for known, name in self._known:
            if hmac.compare_digest(known, digest):
                found = name
        return found if scheme.lower() == b"bearer" and token.strip() else None


def read_callers(text: str, shown: str) -> Callers:
    """Read a file of tokens: a line ``caller: digest`` or only a digest, ``#`` begins a remark.

    A digest is SHA-256 of the token in hexadecimal. WrongUse, with the line, for anything else, and for an empty file.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        if not said:
            continue
        match = _LINE.fullmatch(said)
        if match is None:
            raise WrongUse(
                f"{shown}:{number}: this is no line of a file of tokens",
                "write caller: DIGEST, where DIGEST is what `printf %s TOKEN | sha256sum` prints",
            )
        digest = match["digest"].lower()
        if digest in found:
            raise WrongUse(f"{shown}:{number}: this digest stands there twice", "give each caller a token of its own")
        found[digest] = match["caller"] or f"token-{digest[:8]}"
    if not found:
        raise WrongUse(f"{shown} holds no token", "leave out --tokens to let everybody ask")
    return Callers((name, digest) for digest, name in found.items())
