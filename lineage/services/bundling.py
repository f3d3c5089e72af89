"""Build bundles from a catalogue, and sign: bundles and receipts carry the signature of the key that signs the journal."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from lineage.domain.days import PERIOD, micros, plus
from lineage.errors import CannotAnswer, WrongUse
from lineage.gate.bundle import Head, Issue, written
from lineage.gate.bundle_places import Declared, paths_of, segments_of
from lineage.gate.decode import table_of
from lineage.gate.segments import Segments
from lineage.gate.signing import VerifierKey
from lineage.services.compiling import Compiler
from lineage.services.files import shown
from lineage.services.moments import is_day, resolve
from lineage.store import checkpoints, keys
from lineage.store.database import Database
from lineage.store.keys import Signer
from lineage.store.places import places_as_kept

_ENDS = "write a period such as P7D (seven days) or PT12H (twelve hours), a day such as 2026-12-31, or an instant with offset"
LIFE = "P7D"
"""How long a bundle may be used, if nobody says otherwise."""

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Built:
    """A bundle that was written: where, what it says of itself, and its size in bytes."""

    path: Path
    head: Head
    size: int


def build(
    database: Database,
    now: datetime,
    path: Path,
    expires: str = LIFE,
    environment: Environment = os.environ,
    *,
    places: bool = True,
) -> Built:
    """Write a bundle of the catalogue as it is now, whole or not at all; without ``places`` findings tell no file.

    WrongUse for an end that is none or has passed, or a file that cannot be written; CannotAnswer without the signing key.
    """
    signer = catalogue_signer(database, environment)
    compiler = Compiler(database)
    current = compiler.current()
    compiler.save()
    table = table_of(current.parts)
    end = expiry(expires, now, table.zone)
    told = place_segments(database, (rule.about for rule in table.rules)) if places else {}
    issue = Issue(table.zone, current.entry, micros(now), end)
    return write(path, current.parts, told, issue, signer)


def write(path: Path, segments: Segments, places: Mapping[str, bytes], issue: Issue, signer: Signer) -> Built:
    """Write a bundle of any table. WrongUse when the file cannot be written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with draft.open("wb") as file:
                head, parts = written(segments, places, issue, signer)
                size = sum(file.write(part) for part in parts)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise WrongUse(f"{path} cannot be written: {error.strerror}", "choose another file with --out") from None
    return Built(path, head, size)


def expiry(text: str, now: datetime, zone: str) -> int:
    """Give the instant (microseconds) after which a bundle is not used: a period from now, a day's end, or an instant."""
    period = PERIOD.fullmatch(text)
    if period is None:
        end = _end_of(text, now, zone)
    else:
        local = now.astimezone(ZoneInfo(zone))
        years, months, weeks, days, *rest = (int(part or 0) for part in period.groups())
        day = datetime.fromisoformat(
            plus(local.date().isoformat(), f"P{years}Y{months}M{weeks}W{days}D", ZoneInfo(zone))
        )
        hours, minutes, seconds = rest
        end = micros(datetime.combine(day, local.timetz())) + micros_of(hours, minutes, seconds)
    if end <= micros(now):
        raise WrongUse(f"--expires: {text} has passed already", _ENDS)
    return end


def _end_of(text: str, now: datetime, zone: str) -> int:
    try:
        return resolve(text, now, zone, "--expires").microseconds + is_day(text)
    except WrongUse as error:
        raise WrongUse(error.sentence, _ENDS) from None


def micros_of(hours: int, minutes: int, seconds: int) -> int:
    """Give a span of time in microseconds."""
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) // timedelta(microseconds=1)


def place_segments(database: Database, abouts: Iterable[str]) -> dict[str, bytes]:
    """Write where documents are declared, as a bundle carries it: files as they are named from the folder we are in."""
    with database.reading() as connection:
        kept = places_as_kept(connection)
    named = {file: shown(file) for file in {file for file, _, _ in kept.values()}}
    rows: Iterable[Declared] = (
        (kind, key, named[file], line, lines) for (kind, key), (file, line, lines) in kept.items()
    )
    return segments_of(rows, paths_of(abouts))


def catalogue_signer(database: Database, environment: Environment = os.environ) -> Signer:
    """Read the key that signs for the catalogue now. CannotAnswer when there is none, or its file is not here."""
    with database.reading() as connection:
        current = checkpoints.read_keys(connection).current
    if current is None:
        raise CannotAnswer("This catalogue has no key to sign with.", "Run: lineage db upgrade")
    return keys.load(keys.place_of(current.key.name, environment), current.key)


def signer_named(key: str, environment: Environment = os.environ) -> Signer:
    """Read the private half of a public key, where it is on this machine. CannotAnswer otherwise."""
    wanted = VerifierKey.of(key)
    return keys.load(keys.place_of(wanted.name, environment), wanted)
