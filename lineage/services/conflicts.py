"""Documents that somebody else changed in the meantime: what was, what is now, and what was to be, value by value."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.domain.kinds import RECORDS
from lineage.errors import Conflict, Disputed
from lineage.services.plans import compare
from lineage.store.commands import Change
from lineage.store.database import Connection
from lineage.store.documents import read_digests, read_one, read_versions

Name = tuple[str, str]
FEW = 300
"""So many documents are looked up one by one; for more of them, all are read at once."""
_LONG = ("pack", "vocabulary")


@dataclass(frozen=True, slots=True)
class Held:
    """How a document stands: version 0 when there is none."""

    version: int = 0
    digest: str = ""
    retired: bool = False


NONE = Held()


def held(connection: Connection, names: Collection[Name]) -> dict[Name, Held]:
    """Give how documents stand; those that do not exist are left out."""
    if len(names) > FEW:
        return {name: Held(*said) for name, said in read_digests(connection).items() if name in names} | {
            name: found for name in names if name[0] in RECORDS and (found := _one(connection, name)) is not None
        }
    return {name: found for name in names if (found := _one(connection, name)) is not None}


def _one(connection: Connection, name: Name) -> Held | None:
    stored = read_one(connection, *name)
    return Held(stored.version, stored.digest, stored.retired) if stored else None


def conflict(
    connection: Connection, changes: Iterable[Change], expected: Mapping[Name, int], why: str = ""
) -> Conflict | None:
    """Give the conflict of changes that were thought out for other versions than there are now; None when there is none."""
    wanted = {(change.kind, change.key): change for change in changes}
    names = {*wanted, *expected}
    now = held(connection, names)
    apart = [name for name in sorted(names) if _moved(wanted.get(name), expected.get(name), now.get(name, NONE))]
    if not apart:
        return None
    found = [d for name in apart for d in _disputed(connection, name, expected.get(name, 0), wanted.get(name))]
    kind, key = apart[0]
    more = f" and {len(apart) - 1} more" if len(apart) > 1 else ""
    state = _state(expected.get(apart[0], 0), now.get(apart[0], NONE))
    return Conflict(f"{kind} {key}{more}: somebody else changed it: {state}", why or ANEW, found)


ANEW = "look at what it says now, and decide again"


def _moved(change: Change | None, version: int | None, now: Held) -> bool:
    """Tell whether a document is not as it was thought to be."""
    if version is not None and version != now.version:
        return True
    return change is not None and change.operation == "add" and now.version > 0


def _state(version: int, now: Held) -> str:
    if not now.version:
        return "it does not exist any more"
    said = f"it is now in version {now.version}{', retired' if now.retired else ''}"
    return f"{said}, not {version}" if version else f"{said}, and was not there before"


def _disputed(connection: Connection, name: Name, version: int, change: Change | None) -> Iterator[Disputed]:
    """Give every value in which base, theirs and yours are not all the same."""
    versions = read_versions(connection, *name)
    current = read_one(connection, *name)
    base = versions[version - 1] if 0 < version <= len(versions) else {}
    theirs = dict(current.body) if current and not current.retired else {}
    retires = change is not None and change.operation == "retire"
    yours = json.loads(change.body_text) if change is not None and change.body_text and not retires else {}
    if change is None:
        yours = base
    if name[0] in _LONG or retires or (current is not None and current.retired):
        states = ["there" if body else "not there" for body in (base, theirs, yours)]
        yield Disputed(" ".join(name), "", *states)
        return
    paths = {d.path for d in (*compare(base, theirs), *compare(base, yours), *compare(theirs, yours))}
    for path in sorted(paths):
        yield Disputed(" ".join(name), path, *(value_at(body, path) for body in (base, theirs, yours)))


def value_at(body: Any, path: str) -> Any:
    """Give the value at a dotted path; None where nothing is said. Keys may have dots in them."""
    if not path:
        return body
    if not isinstance(body, dict):
        return None
    steps = path.split(".")
    for length in range(len(steps), 0, -1):
        key = ".".join(steps[:length])
        if key in body:
            return value_at(body[key], ".".join(steps[length:]))
    return None
