"""Public keys, signatures over canonical JSON, and which keys somebody trusts.

A public key is a C2SP verifier key, ``<name>+<8 digits>+<base64>``, the same that signs the journal's checkpoints. Ed25519
only. What is signed begins with a line that says what it is, so that no signature of one kind passes for another.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

VARIABLE = "LINEAGE_KEYS"
ED25519 = b"\x01"
PUBLIC = 32
ID = 4
SIGNATURE = 64
_NAME = re.compile(r"[^\s+,\x00-\x1f]+")
_SEPARATORS = re.compile(r"[\s,]+")
_LONGEST = 1 << 20


if TYPE_CHECKING:
    from typing import Protocol

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    class KeyOf(Protocol):
        """A public key as whoever signs shows it; as text it is a verifier key."""

        @property
        def name(self) -> str: ...
        @property
        def id(self) -> bytes: ...

    class Signer(Protocol):
        """A private key, wherever it is kept."""

        @property
        def key(self) -> KeyOf: ...
        def sign(self, message: bytes) -> bytes: ...


class BadKey(ValueError):
    """What was given as a public key is none, or names no file with keys."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under: the origin of a catalogue's log. BadKey for what is none."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.public) != PUBLIC:
            raise BadKey("a key has a name without spaces, commas and '+', and 32 bytes")

    @classmethod
    def of(cls, text: str) -> VerifierKey:
        """Read ``<name>+<8 digits>+<base64>``. BadKey when it is none, or not of Ed25519."""
        name, _, rest = text.strip().partition("+")
        said, _, data = rest.partition("+")
        try:
            raw = b64decode(data, validate=True)
        except (NotBase64, ValueError):
            raw = b""
        if not _NAME.fullmatch(name) or raw[:1] != ED25519 or len(raw) != 1 + PUBLIC:
            raise BadKey(f"{_short(text)} is no public key: that is <name>+<8 digits>+<base64>")
        key = cls(name, raw[1:])
        if said != key.hash or text.strip() != str(key):
            raise BadKey(f"the public key {_short(text)} does not agree with its own digits")
        return key

    @property
    def id(self) -> bytes:
        """What signatures call the key: four bytes of a hash over name, kind and key."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID]

    @property
    def hash(self) -> str:
        """The id as 8 hexadecimal digits."""
        return self.id.hex()

    def __str__(self) -> str:
        return f"{self.name}+{self.hash}+{b64encode(ED25519 + self.public).decode()}"

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature was made over the message with this key's private half."""
        from cryptography.exceptions import InvalidSignature

        try:
            _public(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(maxsize=64)
def _public(raw: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw)


Keys = tuple[VerifierKey, ...]


def keys_of(said: str | VerifierKey | Iterable[str | VerifierKey] | None, environment: Mapping[str, str]) -> Keys:
    """Give the keys to trust: those said, else those of ``LINEAGE_KEYS``, else none.

    A text holds keys with spaces or commas between them, or names a file with one key a line (``#`` begins a remark).
    """
    given: str | VerifierKey | Iterable[str | VerifierKey] = environment.get(VARIABLE, "") if said is None else said
    if isinstance(given, VerifierKey):
        return (given,)
    if isinstance(given, str):
        return _read(given)
    return tuple(
        dict.fromkeys(key for one in given for key in ((one,) if isinstance(one, VerifierKey) else _read(one)))
    )


def _read(text: str) -> Keys:
    words = [word for word in _SEPARATORS.split(text) if word]
    if not words:
        return ()
    try:
        return tuple(dict.fromkeys(VerifierKey.of(word) for word in words))
    except BadKey:
        if len(words) == 1 and words[0].count("+") >= 2 and not Path(text.strip()).exists():
            raise
    lines = _lines(Path(text.strip()))
    return tuple(dict.fromkeys(VerifierKey.of(line) for line in lines if line and not line.startswith("#")))


def _lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST)
    except (OSError, ValueError):
        raise BadKey(f"{_short(str(path))} is neither a public key nor a file with public keys") from None
    return [line.strip() for line in text.splitlines()]


def _short(text: str) -> str:
    if "PRIVATE+KEY" in text:
        return "what is a private key"
    text = "".join(sign for sign in text.strip() if sign.isprintable())
    return text if len(text) <= 80 else f"{text[:77]}…"


def canonical_bytes(value: Any) -> bytes:
    """Write JSON the one way there is (RFC 8785, for whole numbers and names of ASCII). ValueError for half a character."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sealed(signer: Signer, message: bytes) -> bytes:
    """Sign: four bytes that name the key, then the signature."""
    return signer.key.id + signer.sign(message)
