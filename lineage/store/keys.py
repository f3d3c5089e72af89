"""The key that signs checkpoints: a file of its own beside the catalogue's users, never in the database.

The file holds one line, ``PRIVATE+KEY+<name>+<8 digits>+<base64>``, as other tools for signed notes keep theirs. Only
its owner can read it; a file that is there is never written over. Where it lies: ``LINEAGE_KEY``, else
``lineage/<origin>.key`` in the folder for settings (``XDG_CONFIG_HOME``, else ``~/.config``).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lineage.errors import CannotAnswer, Refused
from lineage.gate.signing import ED25519, VerifierKey
from lineage.store.note import Signature, decoded, encoded, written

VARIABLE = "LINEAGE_KEY"
PREFIX = "PRIVATE+KEY+"
SEED = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key. It is never printed: neither it nor its seed stands in what Python shows of it."""

    key: VerifierKey
    _seed: bytes = field(repr=False, compare=False)

    @classmethod
    def of(cls, name: str, seed: bytes) -> Signer:
        """Make the key of a seed of 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        return cls(VerifierKey(name, public), seed)

    def sign(self, message: bytes) -> bytes:
        """Give the 64 bytes of a signature; the same for the same message."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed).sign(message)

    def note(self, text: str) -> str:
        """Sign a text that ends with a line break, as a note."""
        return written(text, [Signature(self.key.name, self.key.id, self.sign(text.encode()))])

    def secret(self) -> str:
        """Give the line of a key file."""
        return f"{PREFIX}{self.key.name}+{self.key.hash}+{encoded(ED25519 + self._seed)}\n"


def new_signer(name: str) -> Signer:
    """Make a key by chance."""
    return Signer.of(name, secrets.token_bytes(SEED))


def read_secret(text: str) -> Signer:
    """Read the line of a key file; ValueError, which does not repeat it, when it is none."""
    body = text.strip()
    name, _, rest = body.removeprefix(PREFIX).partition("+")
    said, _, data = rest.partition("+")
    try:
        raw = decoded(data)
    except ValueError:
        raw = b""
    if not body.startswith(PREFIX) or raw[:1] != ED25519 or len(raw) != 1 + SEED:
        raise ValueError("it holds no signing key")
    signer = Signer.of(name, raw[1:])
    if VerifierKey(name, signer.key.public).hash != said:
        raise ValueError("the key in it is damaged")
    return signer


def place_of(origin: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Give the file a catalogue's key belongs into."""
    said = environment.get(VARIABLE)
    if said:
        return Path(said).expanduser()
    folder = environment.get("XDG_CONFIG_HOME")
    settings = Path(folder) if folder else Path("~/.config").expanduser()
    return settings / "lineage" / f"{origin.replace('/', '-')}.key"


def beside(place: Path, key_hash: str) -> Path:
    """Give the file a key lies in before it takes its place, and after it was taken from there."""
    return place.with_name(f"{place.name}.{key_hash}")


def load(place: Path, wanted: VerifierKey) -> Signer:
    """Read the key ``wanted`` from its file, or from the one beside it where a rotation that was cut short left it.

    CannotAnswer when there is none or others can read it, Refused when the file holds another key.
    """
    file = beside(place, wanted.hash)
    signer = _read(file)
    if signer is None:
        file = place
        signer = _read(file)
    if signer is None:
        raise CannotAnswer(
            f"The key that signs the checkpoints of this catalogue is not on this machine: there is no {place}.",
            f"Do this where it is, or copy it here by a safe way and name it in {VARIABLE}.",
        )
    if signer.key != wanted:
        raise Refused(
            f"{file} holds the key {signer.key.name} ({signer.key.hash}), and this catalogue is signed with {wanted.hash}.",
            f"Name the file with the key {wanted.hash} in {VARIABLE}.",
        )
    return signer


def create(place: Path, signer: Signer) -> None:
    """Write a key file, whole or not at all, readable by its owner only. FileExistsError when there is one already."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(signer.secret())
            file.flush()
            os.fsync(file.fileno())
        _give_name(draft, place)
    finally:
        draft.unlink(missing_ok=True)
    _sync(place.parent)


def _give_name(draft: Path, place: Path) -> None:
    """Let a draft take its name; unlike a rename, this fails when the name is taken."""
    try:
        os.link(draft, place)
    except FileExistsError:
        raise
    except OSError:  # not every file system knows a second name for a file
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        draft.replace(place)


def put_in_place(place: Path, retired: VerifierKey, current: VerifierKey) -> None:
    """After a rotation: keep the retired key's file under its hash, and put the current one where keys are looked for."""
    pending = beside(place, current.hash)
    if place.exists():
        with contextlib.suppress(FileExistsError):
            _give_name(place, beside(place, retired.hash))
    pending.replace(place)
    _sync(place.parent)


def _read(file: Path) -> Signer | None:
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotAnswer(f"{file} cannot be read: {error.strerror}.", "Make it readable for you alone.") from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise CannotAnswer(f"{file} is no file.", f"Name the file with the key in {VARIABLE}.")
        if os.name == "posix" and mode & _OTHERS:
            raise CannotAnswer(f"Others can read the signing key in {file}.", f"chmod 600 {file}")
        data = os.read(handle, _LONGEST)
    finally:
        os.close(handle)
    try:
        return read_secret(data.decode("utf-8", "replace"))
    except ValueError as error:
        raise CannotAnswer(f"{file} cannot be used: {error}.", f"Name the file with the key in {VARIABLE}.") from None


def _sync(folder: Path) -> None:
    """Have the folder's entries on disk; not every system lets folders be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
