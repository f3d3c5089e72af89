"""Seal the log: its key, signed checkpoints, the change of a key, and the export an auditor checks."""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from lineage.domain.canonical import canonical, digest_of
from lineage.errors import CannotAnswer, LineageError, Refused
from lineage.gate.signing import VerifierKey
from lineage.services.changing import Request, carry_out
from lineage.store import checkpoints, keys
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.merkle import Frontier
from lineage.store.note import Checkpoint, encoded
from lineage.store.verify_documents import count_unsealed

ORIGIN = "usage-cycle"
FORMAT = "usage-cycle-log/1"
TRIES = 20

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seal:
    """The newest checkpoint: whose, of how many entries, the root in hex, the key's hash, the note; ``new`` if just made."""

    origin: str
    size: int
    root: str
    key: str
    note: str
    new: bool


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key took over: the old one's and the new one's public form, and the first size the new one may sign."""

    old: str
    new: str
    first: int
    place: Path


class _Moved(Exception):
    """The log is no longer as it was when the change was thought out."""


def seal(database: Database, environment: Environment = os.environ) -> Seal:
    """Give a checkpoint of the log as it is now; where nothing was added since the last, that one.

    CannotAnswer when the catalogue has no key or its file is not here; Refused when the file holds another key, or the
    log no longer begins with what was signed before.
    """
    with database.reading() as connection:
        found = _unchanged(connection)
        key = checkpoints.read_keys(connection).current
    if found is not None:
        return found
    if key is None:
        raise CannotAnswer("This catalogue has no key that signs checkpoints.", "Run: lineage db upgrade")
    signer = keys.load(keys.place_of(key.key.name, environment), key.key)
    with database.writing() as connection:
        found = _unchanged(connection)
        if found is not None:
            return found
        now = checkpoints.read_keys(connection).current
        if now != key:
            raise Refused("The key of this catalogue has just changed.", "Try again.")
        log = checkpoints.read_head(connection)
        checkpoints.integrate(connection, log.size)
        checkpoints.require_unchanged(connection, log)
        made = Checkpoint(key.key.name, log.size, log.root())
        kept = checkpoints.add_checkpoint(connection, made, key.key, signer.note(str(made)))
    return _seal_of(made.origin, kept, new=True)


def seal_if_possible(database: Database, environment: Environment = os.environ) -> tuple[Seal | None, str]:
    """Give a checkpoint of the log as it is now; else the newest there is, and a sentence that says why."""
    try:
        return seal(database, environment), ""
    except LineageError as error:
        reason = error.sentence
    with database.reading() as connection:
        kept = checkpoints.last_checkpoint(connection)
    if kept is None:
        return None, f"There is no checkpoint: {reason}"
    return _seal_of(_origin(kept.note), kept, new=False), f"The newest checkpoint covers {kept.size} entries: {reason}"


def _unchanged(connection: Connection) -> Seal | None:
    """Give the newest checkpoint when nothing was added to the log since."""
    log, last = checkpoints.read_head(connection), checkpoints.last_checkpoint(connection)
    if last is None or last.size != log.size:
        return None
    if last.root != log.root():
        raise Refused(
            "The log has another root than the one that was signed: it was altered.", "Run: lineage verify log"
        )
    return _seal_of(_origin(last.note), last, new=False)


def _seal_of(origin: str, kept: checkpoints.Sealed, *, new: bool) -> Seal:
    return Seal(origin, kept.size, encoded(kept.root), kept.key, kept.note, new)


def _origin(note: str) -> str:
    return note.partition("\n")[0]


def make_key(database: Database, request: Request, environment: Environment = os.environ) -> str:
    """Make the catalogue's key when it has none; give a sentence about it, empty when there was nothing to do.

    A place that cannot be written, or holds a key already, is no failure: the catalogue works without checkpoints.
    """
    with database.reading() as connection:
        ring = checkpoints.read_keys(connection)
    if ring.keys or ring.problems:
        return ""
    signer = keys.new_signer(f"{ORIGIN}/{secrets.token_hex(8)}")
    place = keys.place_of(signer.key.name, environment)
    without = "no key that signs checkpoints was made:"
    try:
        keys.create(place, signer)
    except FileExistsError:
        return f"{without} {place} is there already; name another file in {keys.VARIABLE} and run lineage db upgrade"
    except OSError as error:
        return f"{without} {place} cannot be written ({error.strerror}); name one in {keys.VARIABLE}, run lineage db upgrade"
    try:
        _register(database, request, signer, None, "the key that signs checkpoints")
    except _Moved:
        place.unlink()  # somebody else registered a key meanwhile: this one never counted
        return ""
    return "made the key that signs the journal: keep a copy of it in a safe place (lineage doctor names its file)"


def rotate(database: Database, request: Request, environment: Environment = os.environ) -> Rotation:
    """Let a new key take over; both sign the statement. The old file is kept beside it, under the old key's hash.

    CannotAnswer when the catalogue has no key or its file is not here, Refused when the file holds another key.
    """
    with database.reading() as connection:
        current = checkpoints.read_keys(connection).current
    if current is None:
        raise CannotAnswer("This catalogue has no key that signs checkpoints.", "Run: lineage db upgrade")
    old = keys.load(place := keys.place_of(current.key.name, environment), current.key)
    new = keys.new_signer(current.key.name)
    pending = keys.beside(place, new.key.hash)
    try:
        keys.create(pending, new)
    except OSError as error:
        raise CannotAnswer(f"{pending} cannot be written: {error.strerror}.", "Make its folder writable.") from None
    try:
        first = _register(database, request, new, old, "a new key signs checkpoints")
    except _Moved:
        pending.unlink()
        raise Refused("Somebody else changed the key of this catalogue just now.", "Look, and decide again.") from None
    if first is None:
        pending.unlink()  # the same request was carried out before: the key it made signs
        return Rotation(str(old.key), str(old.key), current.first, place)
    keys.put_in_place(place, old.key, new.key)
    return Rotation(str(old.key), str(new.key), first, place)


def _register(
    database: Database, request: Request, signer: keys.Signer, previous: keys.Signer | None, reason: str
) -> int | None:
    """Write a key's record; give the first size it may sign, None when the same request had been carried out before.

    Raises _Moved when the key that is current in the catalogue is not ``previous``.
    """
    asked = replace(request, reason=(request.reason if previous else None) or reason, emergency=None, change_set=None)
    if previous is None:
        asked = replace(asked, request=None)  # the id belongs to the command the key is made along with
    for _ in range(TRIES):
        with database.reading() as connection:
            size = checkpoints.read_head(connection).size
            unsealed = None if previous else count_unsealed(connection)
        records = _records(signer, previous, size + 1, unsealed)
        try:
            done = carry_out(database, asked, records, check=_expecting(size, previous))
        except _Later:
            continue
        return None if done.written.repeated else size + 1
    raise Refused("The catalogue is being changed all the time.", "Try again when less is going on.")


class _Later(Exception):
    """The log has grown, and the record must name its own entry."""


def _expecting(size: int, previous: keys.Signer | None) -> Callable[[Connection], None]:
    def check(connection: Connection) -> None:
        current = checkpoints.read_keys(connection).current
        if (current.key if current else None) != (previous.key if previous else None):
            raise _Moved
        if checkpoints.read_head(connection).size != size:
            raise _Later

    return check


def _records(signer: keys.Signer, previous: keys.Signer | None, first: int, unsealed: int | None) -> list[Change]:
    """Give the record of a key, and the end of the one before; ``first`` is the size with the record's own entry.

    The first key's record also says how many accounts were ``unsealed`` when it was made.
    """
    key = signer.key
    said = checkpoints.statement(key.name, key, first, previous.key if previous else None)
    signed = {one.key.hash: encoded(one.sign(said)) for one in (signer, previous) if one}
    told = {"key": key.hash, "vkey": str(key), "origin": key.name, "from": first, "signatures": signed}
    body = canonical(told if unsealed is None else told | {"unsealed": unsealed})
    changes = [Change(checkpoints.KIND, key.hash, "add", body, digest_of(body))]
    return changes + ([Change(checkpoints.KIND, previous.key.hash, "retire", "", "")] if previous else [])


def export_log(database: Database) -> Iterator[str]:
    """Give the log line by line, each a JSON object: what it is, every entry, the checkpoints. One state throughout."""
    with database.reading() as connection:
        log, ring = checkpoints.read_head(connection), checkpoints.read_keys(connection)
        notes = [kept.note for kept in checkpoints.read_checkpoints(connection)]
        yield _line(_start(log, ring, notes))
        yield from (_entry(*row) for row in checkpoints.read_entries(connection))
        yield _line({"checkpoints": notes, "tiles": checkpoints.count_tiles(connection)})


def _start(log: Frontier, ring: checkpoints.Keyring, notes: list[str]) -> dict[str, Any]:
    vkeys = [str(one.key) for one in ring.keys]
    root, last = encoded(log.root()), notes[-1] if notes else None
    return {"format": FORMAT, "origin": ring.origin, "vkeys": vkeys, "size": log.size, "root": root, "checkpoint": last}


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _entry(
    sequence: int,
    header: bytes,
    salt: bytes | None,
    leaf: bytes,
    reason: str | None,
    body: str | None,
    retired: bool | None,
) -> str:
    """Write an entry. Bodies are canonical JSON already, so that the payload stands there as it was sealed."""
    payload = "null"
    if salt is not None and body is not None:
        payload = f'{{"body":{body},"reason":{_quoted(reason)},"retired":{"true" if retired else "false"}}}'
    salted = "null" if salt is None else f'"{b64encode(salt).decode()}"'
    return (
        f'{{"sequence":{sequence},"header":"{b64encode(header).decode()}","salt":{salted},"payload":{payload},'
        f'"leaf":"{leaf.hex()}"}}\n'
    )


@lru_cache(maxsize=256)
def _quoted(reason: str | None) -> str:
    return canonical(reason)


def verifier_text() -> str:
    """Give the stand-alone verifier, as an auditor runs it."""
    return files("lineage").joinpath("verifier.py").read_text(encoding="utf-8")


def vkeys_of(database: Database) -> list[VerifierKey]:
    """Give the public keys of the catalogue, the oldest first."""
    with database.reading() as connection:
        return [one.key for one in checkpoints.read_keys(connection).keys]
