"""Prove that nothing in a catalogue was altered, to whoever runs it or holds a checkpoint of it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lineage import verifier
from lineage.errors import CannotAnswer, WrongUse
from lineage.gate.signing import VerifierKey
from lineage.store import schema
from lineage.store.database import Database
from lineage.store.verify_checkpoints import Held
from lineage.store.verifying import LEVELS, Level, Outcome, not_read, verify

__all__ = ["LEVELS", "Holding", "Level", "Outcome", "keep", "verify_log"]

LONGEST = 20_000
"""Bytes a checkpoint may have; what is longer may be a report, which carries one."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What an auditor brings along: checkpoints kept in files, and the public key they were told of."""

    checkpoint: Path | None = None
    keep: Path | None = None
    key: str = ""


def verify_log(database: Database, url: str, level: Level, now: datetime, holding: Holding | None = None) -> Outcome:
    """Look at everything the level covers. WrongUse when a file or key that was brought along is none."""
    held = _held(holding or Holding())
    database.check_version()
    tables = schema.check(url) if level == "full" else []
    try:
        with database.reading() as connection:
            return verify(connection, level, now, held, tables)
    except CannotAnswer as error:
        if not tables:
            raise
        # Tables that are gone cannot be read: what is known is told all the same.
        return not_read(level, tables, error.sentence)


def keep(holding: Holding, outcome: Outcome) -> str:
    """Keep the newest checkpoint of a log that is intact for the next time; give a sentence about it.

    WrongUse when the file cannot be written.
    """
    place, newest = holding.keep, outcome.newest
    if place is None or not outcome.intact:
        return ""
    if newest is None:
        return "there is no checkpoint to keep yet: run lineage log checkpoint"
    kept = _read(place).says.size if place.exists() else -1
    if kept > newest.says.size:
        return f"{place} stays as it is: its checkpoint is newer than those that are stored"
    draft = place.with_name(f".{place.name}.new")
    try:
        draft.write_text(newest.note, encoding="utf-8")
        draft.replace(place)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise WrongUse(f"{place} cannot be written: {error.strerror}", "choose another file with --keep") from None
    return f"kept the checkpoint of {newest.says.size} entries in {place}: bring it along the next time"


def _held(holding: Holding) -> Sequence[Held]:
    key = _key_of(holding.key) if holding.key else None
    held = [_read(holding.checkpoint, key)] if holding.checkpoint else []
    if holding.keep and holding.keep.exists():
        held.append(_read(holding.keep, key))
    return held


def _key_of(text: str) -> VerifierKey:
    try:
        return VerifierKey.of(text)
    except ValueError as error:
        raise WrongUse(f"{text[:80]} is no public key: {error}", "give it as <name>+<8 digits>+<base64>") from None


def _read(place: Path, key: VerifierKey | None = None) -> Held:
    """Read a checkpoint from a file."""
    try:
        if place.stat().st_size > LONGEST:  # a report carries its checkpoint at its end
            return Held.of(verifier.note_in(place.read_bytes()), key)
        return Held.of(place.read_text(encoding="utf-8"), key)
    except OSError as error:
        raise WrongUse(f"{place} cannot be read: {error.strerror}", "name the file with your checkpoint") from None
    except ValueError as error:
        raise WrongUse(
            f"{place} holds no checkpoint: {error}", "name a file that lineage log checkpoint or a report gave you"
        ) from None
