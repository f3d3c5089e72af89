"""A request id that was used before: whether the same person sends the same again, or means something else with it.

What is asked for now is compared with what was written then, never with what holds today: others may have changed it
since. A request for nothing but what that command wrote is the same; everything else is refused, since "done" would be
a lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lineage.domain.canonical import digest_of
from lineage.errors import Refused
from lineage.services.change_sets import CHANGE_SET, ChangeSet, Name, change_set_of
from lineage.store.actors import find_actor
from lineage.store.commands import Change, Written
from lineage.store.database import Connection
from lineage.store.documents import read_one, read_versions
from lineage.store.places import Declared as Place
from lineage.store.waiting import Asked, read_written

RETIRED, TAKEN_OUT = "", None
"""What stands for the digest of a document that was retired, and of one that a redaction has changed since."""

Wrote = Mapping[Name, set[str | None]]

BROUGHT = frozenset({"pack", "vocabulary"})
"""Kinds that come along with this program, from no file of the organisation."""

BY_CHANCE = frozenset({"signing_key", "rebuild"})
"""Kinds whose keys and bodies are made anew whenever they are asked for: only the kind tells what was asked."""


def something_else() -> Refused:
    """Say that a request id was used before, by somebody else or for something else."""
    return Refused("this request id was used for something else", "send it with an id of its own")


def require_same_person(connection: Connection, asked: Asked, name: str) -> None:
    """Raise Refused when somebody else used the request id."""
    if find_actor(connection, name) != asked.actor:
        raise something_else()


def require_same(
    connection: Connection, asked: Asked, written: Written, wanted: Iterable[Change], declared: Iterable[Place] | None
) -> None:
    """Raise Refused when the request id was used for something else than to write these changes.

    ``declared`` are the documents of the files they come from, where they come from files: what the catalogue held
    already is no change, so that what is wanted now may be less than what was written then, or nothing.
    """
    content = _content(connection, asked, written)
    if content is None:
        raise something_else()
    wrote, before = content
    everything = list(wanted)
    rest = [change for change in everything if not _among(wrote, change)]
    if declared is None:
        if len(rest) == len(everything) or not (not rest or _set_aside(connection, asked, rest, before)):
            raise something_else()
        return
    stated = {(row[0], row[1]): row[5] for row in declared}
    if not _says(stated, wrote) or not _stood(connection, rest, before):
        raise something_else()


def entry_before(connection: Connection, asked: Asked, written: Written) -> int:
    """Give the entry after which a request was thought out. Raises Refused when it answered a change set."""
    content = _content(connection, asked, written)
    if content is None:
        raise something_else()
    return content[1]


def is_answer(connection: Connection, asked: Asked, key: str, answer: str) -> bool:
    """Tell whether a request gave this answer to this change set."""
    given = _answer(connection, asked)
    return asked.kind == CHANGE_SET and asked.key == key and given == answer


def _answer(connection: Connection, asked: Asked) -> str:
    """Give the answer a request gave to a change set; nothing when it proposed one."""
    if asked.kind != CHANGE_SET:
        return ""
    versions = read_versions(connection, CHANGE_SET, asked.key)
    now = versions[asked.version - 1].get("answers") or []
    before = (versions[asked.version - 2].get("answers") or []) if asked.version > 1 else []
    return str((now[-1] or {}).get("answer") or "?") if len(now) > len(before) else ""


def _content(connection: Connection, asked: Asked, written: Written) -> tuple[Wrote, int] | None:
    """Give what a request wrote or proposed, and the entry before; None when it answered a change set."""
    wrote: dict[Name, set[str | None]] = {}
    if asked.kind != CHANGE_SET:
        for entry in read_written(connection, written.first, written.last):
            digest = TAKEN_OUT if entry.redacted else RETIRED if entry.operation == "retire" else entry.digest
            wrote.setdefault((entry.kind, entry.key), set()).add(digest)
        return wrote, written.first - 1
    if _answer(connection, asked):
        return None
    found = _proposed(connection, asked)
    for change in found.changes:
        digest = TAKEN_OUT if asked.redacted else digest_of(change.text) if change.text else RETIRED
        wrote.setdefault(change.name, set()).add(digest)
    return wrote, found.base


def _proposed(connection: Connection, asked: Asked) -> ChangeSet:
    return change_set_of(read_versions(connection, CHANGE_SET, asked.key)[asked.version - 1])


def _among(wrote: Wrote, change: Change) -> bool:
    """Tell whether a change is one of those written: it leads to the same, whatever it started from."""
    digest = RETIRED if change.operation == "retire" else change.digest
    if change.kind in BY_CHANCE:
        return any(kind == change.kind and (RETIRED in d) == (digest == RETIRED) for (kind, _), d in wrote.items())
    found = wrote.get((change.kind, change.key), set())
    return digest in found or (TAKEN_OUT in found and digest != RETIRED)


def _set_aside(connection: Connection, asked: Asked, rest: Sequence[Change], before: int) -> bool:
    """Tell whether the rest was left out of a change set because it was so already."""
    return asked.kind == CHANGE_SET and _stood(connection, rest, before)


def _says(stated: Mapping[Name, str], wrote: Wrote) -> bool:
    """Tell whether files say what was written, and no longer say what was retired."""

    def fits(name: Name, digests: set[str | None]) -> bool:
        if digests == {RETIRED}:
            return name not in stated
        return stated[name] in digests or TAKEN_OUT in digests if name in stated else name[0] in BROUGHT

    return all(fits(name, digests) for name, digests in wrote.items())


def _stood(connection: Connection, changes: Iterable[Change], before: int) -> bool:
    """Tell whether the catalogue said all of this already when the request came first."""
    for change in changes:
        stored = read_one(connection, change.kind, change.key, before)
        gone = stored is None or stored.retired
        if gone != (change.operation == "retire") or (stored and not gone and stored.digest != change.digest):
            return False
    return True
