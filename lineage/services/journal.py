"""Reading the log: which changes were made, by whom and why; and all that is kept of one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lineage.domain.days import micros
from lineage.domain.kinds import KINDS, RECORDS
from lineage.errors import CannotAnswer, Refused, WrongUse
from lineage.gate.nearest import did_you_mean
from lineage.services.moments import Moment, entry_of, resolve, resolve_start
from lineage.services.plans import Difference, compare
from lineage.services.views import Frame, Resolved, Times, resolve_both
from lineage.store.checkpoints import last_checkpoint, stored_nodes
from lineage.store.database import Connection, Database
from lineage.store.documents import read_one, read_version, revision
from lineage.store.entries import (
    Entry,
    Wanted,
    commands_like,
    read_entries,
    read_entry,
    read_sealed,
)  # fmt: skip
from lineage.store.history import end_of_command, sequence_at, sequence_since, start_of_command
from lineage.store.merkle import inclusion_proof, root_from_inclusion
from lineage.store.note import encoded
from lineage.store.proposals import Proposal, read_proposals

ERASED = "erased"
"""What stands in place of a name that was taken away."""

_ENTRY = re.compile(r"@?(\d{1,18})", re.ASCII)
_COMMAND = re.compile(r"[0-9a-f]{4,32}")
_LONG = frozenset({"pack", "vocabulary"})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries a list is to hold; empty means any. ``limit`` keeps the newest ones."""

    kind: str = ""
    key: str = ""
    by: str = ""
    since: str | None = None
    until: str | None = None
    command: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as people read it: ``at`` in the catalogue's zone, ``by`` a name or ``erased``."""

    entry: Entry
    at: Moment
    proposal: Proposal | None = None

    @property
    def by(self) -> str:
        """Who made the change."""
        return self.entry.name or ERASED


@dataclass(frozen=True, slots=True)
class Proof:
    """The hashes that lead from an entry's leaf to the root of the newest checkpoint, and whether they really do.

    ``root`` and ``hashes`` in hex, the lowest first (RFC 6962); ``note`` is the signed checkpoint.
    """

    size: int
    root: str
    hashes: tuple[str, ...]
    holds: bool
    note: str


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is kept of one entry: what its leaf commits to, the values before and after, and what was redacted.

    ``proof`` is None as long as no checkpoint covers the entry.
    """

    told: Told
    header: Mapping[str, Any]
    payload_digest: str
    salt: str | None
    leaf: str
    values: tuple[Difference, ...]
    listed: bool
    """Whether the values are listed; those of packs and vocabulary are too long for it."""
    redaction: Mapping[str, Any] | None
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Shown:
    """Some entries of one command, or one; the command's first and last entry."""

    frame: Frame
    first: int
    last: int
    entries: tuple[Whole, ...] = field(default=())


def list_entries(
    database: Database, times: Times, asked: Filter, told: Callable[[Resolved], None] | None = None
) -> Iterator[Told]:
    """Give the entries that fit, oldest first; they stream while they are taken.

    ``told`` hears, before the first of them, what the times were resolved to.
    Raises WrongUse for a kind that there is none of, and for a time that is none.
    """
    if asked.kind and asked.kind not in (known := (*KINDS, *RECORDS)):
        raise WrongUse(
            f"there is no kind {asked.kind}", did_you_mean(asked.kind, known) or f"one of {', '.join(known)}"
        )
    with database.reading() as connection:
        found = resolve_both(connection, times)
        command = _command(connection, asked.command, found)[0] if asked.command else ""
        since, until = _range(connection, times, asked, found)
        if told is not None:
            told(found)
        wanted = Wanted(since, until, asked.kind, asked.key, asked.by, command)
        proposals = read_proposals(connection)
        for entry in read_entries(connection, wanted, asked.limit):
            yield _told(entry, found, proposals)


def show_entries(database: Database, times: Times, what: str, *, digest: bool = False) -> Shown:
    """Give everything about an entry, by its number, or about those of a command, by its id or the start of it.

    Raises Refused, with the entries that there are, when it is neither.
    """
    with database.reading() as connection:
        found = resolve_both(connection, times)
        number = _ENTRY.fullmatch(what)
        if number is not None and len(what) < 32:
            first = last = _known(int(number.group(1)), found)
        else:
            first = _command(connection, what, found)[1]
            last = min(end_of_command(connection, first), found.entry)
        frame = Frame(
            found.at, found.as_of, *(revision(connection, found.sequence) if digest else (-1, "")), found.entry
        )
        prove = _prover(connection)
        whole = tuple(_whole(connection, sequence, found, prove) for sequence in range(first, last + 1))
        return Shown(frame, start_of_command(connection, first), end_of_command(connection, first), whole)


def told_data(told: Told) -> dict[str, Any]:
    """Give an entry as plain data."""
    entry = told.entry
    return {
        "sequence": entry.sequence,
        "at": told.at.shown,
        "by": told.by,
        "operation": entry.operation,
        "kind": entry.kind,
        "key": entry.key,
        "version": entry.version,
        "command": entry.command,
        "reason": entry.reason,
        "redacted": entry.redacted,
        "change_set": told.proposal.key if told.proposal else None,
        "proposed_by": list(told.proposal.by) if told.proposal else None,
    }


def whole_data(whole: Whole) -> dict[str, Any]:
    """Give all that is kept of an entry as plain data."""
    entry = whole.told.entry
    return told_data(whole.told) | {
        "actor": entry.actor,
        "how_known": entry.how_known,
        "request": entry.request,
        "header": dict(whole.header),
        "salt": whole.salt,
        "payload": whole.payload_digest,
        "leaf": whole.leaf,
        "values": [{"path": d.path, "before": d.before, "after": d.after} for d in whole.values],
        "redaction": None if whole.redaction is None else dict(whole.redaction),
        "proof": None if whole.proof is None else _proof_data(whole.proof),
    }


def _proof_data(proof: Proof) -> dict[str, Any]:
    return {
        "size": proof.size,
        "root": proof.root,
        "hashes": list(proof.hashes),
        "holds": proof.holds,
        "checkpoint": proof.note,
    }


def _range(connection: Connection, times: Times, asked: Filter, found: Resolved) -> tuple[int, int]:
    """Give the first and last entry that the times of a filter leave."""
    zone, since, until = found.as_of.zone, 0, found.entry
    if asked.since is not None:
        number = entry_of(asked.since, "--since")
        moment = None if number is not None else resolve_start(asked.since, times.now, zone, "--since")
        since = number if moment is None else sequence_since(connection, moment.instant)  # type: ignore[assignment]
    if asked.until is not None:
        number = entry_of(asked.until, "--until")
        moment = None if number is not None else resolve(asked.until, times.now, zone, "--until")
        last = number if moment is None else sequence_at(connection, moment.instant)
        until = min(until, last)  # type: ignore[type-var,assignment]
    return since, until


def _known(number: int, found: Resolved) -> int:
    if number > found.entry:
        raise Refused(f"there is no journal entry {number}", _there(found))
    return number


def _there(found: Resolved) -> str:
    return f"there are entries 0 to {found.entry}" if found.entry >= 0 else "nothing was written yet"


def _command(connection: Connection, start: str, found: Resolved) -> tuple[str, int]:
    """Give the one command whose id begins so, and its first entry."""
    commands = commands_like(connection, start, found.entry) if _COMMAND.fullmatch(start) else []
    if not commands:
        raise Refused(
            f"there is no journal entry and no command {start}", f"{_there(found)}; lineage log list shows them"
        )
    if len(commands) > 1:
        raise Refused(f"more than one command begins with {start}", "write more of its id")
    return commands[0]


def _told(entry: Entry, found: Resolved, proposals: Mapping[str, Proposal]) -> Told:
    at = Moment(micros(datetime.fromisoformat(entry.at)), found.as_of.zone)
    return Told(entry, at, proposals.get(entry.command))


def _prover(connection: Connection) -> Callable[[int, bytes], Proof | None]:
    """Give what makes the proof of an entry, given its sequence and leaf."""
    last, node = last_checkpoint(connection), stored_nodes(connection)

    def prove(sequence: int, leaf: bytes) -> Proof | None:
        if last is None or last.size <= sequence:
            return None
        try:
            hashes = inclusion_proof(node, sequence, last.size)
        except ValueError:
            hashes = []
        holds = root_from_inclusion(leaf, sequence, last.size, hashes) == last.root
        return Proof(last.size, encoded(last.root), tuple(part.hex() for part in hashes), holds, last.note)

    return prove


def _whole(
    connection: Connection, sequence: int, found: Resolved, prove: Callable[[int, bytes], Proof | None]
) -> Whole:
    entry = read_entry(connection, sequence)
    if entry is None:
        raise Refused(f"journal entry {sequence} is missing", "lineage verify log says what else is wrong")
    sealed = read_sealed(connection, sequence)
    listed = entry.kind not in _LONG
    # What was taken out is gone for every instant that is asked about: so is told by whom, whenever that was.
    redaction = read_one(connection, "redaction", str(sequence)) if entry.redacted else None
    return Whole(
        _told(entry, found, read_proposals(connection)),
        _header(sequence, sealed.header),
        sealed.payload_digest.hex(),
        None if sealed.salt is None else sealed.salt.hex(),
        sealed.leaf.hex(),
        tuple(_values(connection, entry)) if listed else (),
        listed,
        None if redaction is None else redaction.body,
        prove(sequence, sealed.leaf),
    )


def _header(sequence: int, header: bytes) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(header)
    except ValueError:
        fix = "Run: lineage verify log"
        raise CannotAnswer(f"the header of journal entry {sequence} was altered: it cannot be read", fix) from None
    return read


def _values(connection: Connection, entry: Entry) -> Iterator[Difference]:
    """Give the values an entry changed; those that a retired document keeps are not listed again."""
    if entry.operation == "retire":
        return
    after, before = (
        stored.body if (stored := read_version(connection, entry.kind, entry.key, version)) else {}
        for version in (entry.version, entry.version - 1)
    )
    yield from compare(before, after)
