"""Check what left a catalogue: reports, exported logs, copies, bundles and receipts.

For the first three the same program does it that auditors run by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lineage import verifier
from lineage.errors import WrongUse
from lineage.gate.signing import BadKey, VerifierKey
from lineage.services.bundle_files import checked

INTACT, BROKEN, UNREADABLE = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Checked:
    """One file: 0 when it is intact, 1 when it is broken, 3 when it cannot be read; and what is said of it."""

    path: Path
    code: int
    said: tuple[str, ...]

    @property
    def state(self) -> str:
        """The same in a word."""
        return {INTACT: "intact", BROKEN: "broken"}.get(self.code, "unreadable")


def verify_files(paths: Sequence[Path], checkpoint: Path | None = None, key: str = "") -> tuple[Checked, ...]:
    """Check files. WrongUse when one is missing, or when what is held against them is no checkpoint or no key."""
    for path in paths:
        if not path.is_file():
            raise WrongUse(
                f"there is no file {path}", "name a report, an exported log, a catalogue's file, a bundle or a receipt"
            )
    try:
        held = [verifier.note_in(checkpoint.read_bytes())] if checkpoint else []
        if key:
            VerifierKey.of(key)
    except BadKey as error:
        raise WrongUse(str(error), "lineage log checkpoint names it; write all of it") from None
    except OSError as error:
        raise WrongUse(f"{checkpoint} cannot be read: {error.strerror}", "name the file with your checkpoint") from None
    except verifier.WRONG as error:
        raise WrongUse(f"what you hold cannot be used: {error}", "bring a checkpoint and a public key") from None
    origin = held[0].partition("\n")[0] if held else ""
    found = (checked(path, key, origin) or verifier.check(path, held, key) for path in paths)
    try:
        return tuple(Checked(path, code, tuple(said)) for path, (code, said) in zip(paths, found, strict=True))
    except BadKey as error:
        raise WrongUse(str(error), "write the whole public key, or mend LINEAGE_KEYS") from None
