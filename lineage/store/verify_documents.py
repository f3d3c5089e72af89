"""What the documents have to agree with besides their own entries: each other, the accounts, and the redactions."""

from __future__ import annotations

import json
from collections import defaultdict
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from lineage.store.bulk import is_postgres
from lineage.store.verify_breaks import Found
from lineage.store.verify_journal import Entries, is_instant
from lineage.store.verify_rows import fetch, one, stream

_LINKS = (
    "SELECT d.kind, d.key, d.version, d.sys_from, d.sys_to, d.retired, n.sys_from, j.operation"
    " FROM document AS d"
    " LEFT JOIN document AS n ON n.kind = d.kind AND n.key = d.key AND n.version = d.version + 1"
    " LEFT JOIN journal AS j ON j.sequence = n.sys_from"
    " LEFT JOIN document AS p ON p.kind = d.kind AND p.key = d.key AND p.version = d.version - 1"
    " WHERE ({since} <= d.sys_from OR {since} <= d.sys_to OR {since} <= n.sys_from) AND ("
    "d.sys_to {differs} n.sys_from OR (d.version > 1 AND p.version IS NULL)"
    " OR (n.version IS NOT NULL AND {retired} {differs} (j.operation = 'restore')))"
    " ORDER BY d.sys_from LIMIT {most}"
)
_STRAYS = (
    "SELECT d.kind, d.key, d.version, d.sys_from FROM document AS d LEFT JOIN journal AS j"
    " ON j.sequence = d.sys_from AND j.kind = d.kind AND j.key = d.key AND j.version = d.version"
    " WHERE j.sequence IS NULL AND d.sys_from >= {since} ORDER BY d.sys_from LIMIT {most}"
)
_UNREDACTED = (
    "SELECT r.sys_from, r.key FROM document AS r JOIN journal AS j ON CAST(j.sequence AS TEXT) = r.key"
    " WHERE r.kind = 'redaction' AND r.sys_to IS NULL AND j.salt IS NOT NULL ORDER BY r.sys_from"
)
_DOUBLES = (
    "SELECT kind, key, version, min(sys_from), count(*) FROM document GROUP BY kind, key, version HAVING count(*) > 1"
    " ORDER BY 4, kind, key LIMIT {most}"
)
_REDACTIONS = (
    "SELECT r.sys_from, r.key, r.body, j.command FROM document AS r LEFT JOIN journal AS j ON j.sequence = r.sys_from"
    " WHERE r.kind = 'redaction' AND r.sys_to IS NULL ORDER BY r.sys_from"
)
# Only those that redact are read whole: the bodies are canonical JSON.
_APPROVED = (
    "SELECT s.body, j.command FROM document AS s JOIN journal AS j ON j.sequence = s.sys_from"
    " WHERE s.kind = 'change_set' AND s.sys_to IS NULL AND s.body LIKE '%\"kind\":\"redaction\"%'"
)
_ACCOUNTS = "SELECT key, body, sys_from FROM document WHERE kind = 'account' AND sys_to IS NULL AND body LIKE '%\"erased\":true%'"
_FIRST_KEY = (
    "SELECT j.sequence, d.body FROM journal AS j LEFT JOIN document AS d"
    " ON d.kind = j.kind AND d.key = j.key AND d.version = j.version"
    " WHERE j.kind = 'signing_key' ORDER BY j.sequence LIMIT 1"
)
_MOST = 100


def check_links(connection: Connection, found: Found, since: int) -> None:
    """Find versions that do not end where the next begins, or are missing in between, from entry ``since`` on."""
    postgres = is_postgres(connection)
    query = _LINKS.format(
        since=since, most=_MOST, differs="IS DISTINCT FROM" if postgres else "IS NOT",
        retired="d.retired" if postgres else "(d.retired <> 0)",
    )  # fmt: skip
    for kind, key, version, start, end, retired, following, operation in stream(connection, query):
        name = f"{kind} {key}, version {version},"
        if end != following:
            after = "is current" if end is None else f"ends with entry {end}"
            rest = "there is no later one" if following is None else f"the next one begins with entry {following}"
            found.add("documents", _least(end, following), f"{name} {after}, but {rest}")
        elif following is not None and bool(retired) != (operation == "restore"):
            state = "is retired" if retired else "is not retired"
            found.add("documents", following, f"{name} {state}, and entry {following} is no {operation} of it")
        else:
            found.add("documents", start, f"{name} has no version before it")


def check_strays(connection: Connection, found: Found, since: int) -> None:
    """Find document versions that no entry of the journal wrote."""
    for kind, key, version, start in stream(connection, _STRAYS.format(since=since, most=_MOST)):
        found.add("documents", _whole(start), f"{kind} {key}, version {version}, was written by no journal entry")


def check_doubles(connection: Connection, found: Found) -> None:
    """Compare the number of document versions with that of entries; name those that are there more than once."""
    versions, entries = fetch(connection, "SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM journal)")[0]
    if versions == entries:
        return
    found.add("documents", None, f"there are {versions} document versions for {entries} journal entries")
    for kind, key, version, start, times in stream(connection, _DOUBLES.format(most=_MOST)):
        found.add("documents", _whole(start), f"{kind} {key}, version {version}, is there {times} times")


def check_redactions(connection: Connection, found: Found) -> None:
    """Find redactions that did not take the payload of their entry away, or that two people did not agree on."""
    approved: dict[str, set[str]] | None = None
    for sequence, key, body, command in stream(connection, _REDACTIONS):
        approved = _approved(connection) if approved is None else approved
        said = _read(body)
        people = {said.get("requested_by"), said.get("approved_by")}
        what = f"the redaction of journal entry {key}"
        if len(people) < 2 or not all(isinstance(one, str) and one for one in people):
            found.add("documents", _whole(sequence), f"{what} does not name two people, who asked and who approved")
        elif key not in approved.get(command, ()):
            found.add("documents", _whole(sequence), f"{what} came with no change set that was approved and holds it")
    for sequence, key in stream(connection, _UNREDACTED):
        found.add("documents", _whole(sequence), f"journal entry {key} is said to be redacted, and holds its payload")


def _approved(connection: Connection) -> dict[str, set[str]]:
    """Give the keys of the redactions that approved change sets hold, by the command that approved them."""
    kept: dict[str, set[str]] = defaultdict(set)
    for body, command in stream(connection, _APPROVED):
        said = _read(body)
        changes = said.get("changes") if said.get("state") == "approved" else None
        for change in changes if isinstance(changes, list) else ():
            if isinstance(change, dict) and change.get("kind") == "redaction":
                kept[command].add(str(change.get("key")))
    return kept


def _read(body: Any) -> dict[str, Any]:
    """Give a body, an empty one when it is damaged: that is told of its entry."""
    try:
        said = json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def count_unsealed(connection: Connection) -> int:
    """Count accounts whose names were never sealed, since they are older than salts: later there are never more."""
    return int(one(connection, "SELECT count(*) FROM actor WHERE name IS NOT NULL AND salt IS NULL"))


def check_actors(connection: Connection, found: Found, entries: Entries, since: int) -> None:
    """Compare each account's id with its name, its name with its record, and its first day with its first entry."""
    sealed_from, body = next(iter(fetch(connection, _FIRST_KEY)), (None, None))
    erased = {key: start for key, body, start in fetch(connection, _ACCOUNTS) if _read(body).get("erased") is True}
    known: set[Any] = set()
    unsealed = 0
    for opaque, name, created, salt in stream(connection, "SELECT id, name, created, salt FROM actor ORDER BY id"):
        known.add(opaque)
        first = _first_of(connection, opaque)
        _check_erased(found, opaque, name, first, erased)
        if salt is None and name is not None and first is not None and not _is_later(first, sealed_from):
            unsealed += 1
        elif not _is_sealed(opaque, name, salt):
            found.add(
                "journal", first, f"the account {opaque!s:.40} was given another name, or its name was never sealed"
            )
        at = entries.first_at.get(opaque)
        if not isinstance(created, str) or not is_instant(created):
            found.add("journal", first, f"the account {opaque!s:.40} has no instant at which it was made")
        elif (
            at is not None
            and not since
            and (created > at or (created in entries.unseen and created > entries.stood_still))
        ):
            found.add("journal", first, f"the account {opaque!s:.40} was not made when its first entry was written")
    for opaque in entries.first_at.keys() - known:
        found.add("journal", _first_of(connection, opaque), f"the account {opaque!s:.40} does not exist")
    _check_unsealed(found, unsealed, _read(body).get("unsealed"))


def _check_erased(found: Found, opaque: Any, name: Any, first: int | None, erased: dict[Any, Any]) -> None:
    """A name goes with a record that says so, and never otherwise: who lost it unsaid could act anew as somebody else."""
    if name is None and opaque not in erased:
        found.add("journal", first, f"the account {opaque!s:.40} lost its name, and no entry of the journal says so")
    elif name is not None and opaque in erased:
        found.add("journal", _whole(erased[opaque]), f"the account {opaque!s:.40} was erased, and has a name")


def _check_unsealed(found: Found, unsealed: int, limit: Any) -> None:
    """Compare the number of names without a seal with the one that the record of the first key gives, if it does."""
    if isinstance(limit, int) and unsealed > limit:
        what = f"{unsealed} names of accounts are without a seal, and there were {limit} when the first key was made"
        found.add("journal", None, f"{what}: some lost theirs")
    elif unsealed:
        found.note(f"{unsealed} accounts are older than the seal on names: that they were not renamed cannot be proven")


def _is_sealed(opaque: Any, name: Any, salt: Any) -> bool:
    if name is None and salt is None:
        return isinstance(opaque, str)
    if not isinstance(name, str) or not isinstance(salt, bytes):
        return False
    return bool(sha256(salt + name.encode(errors="replace")).hexdigest()[:32] == opaque)


def _is_later(first: int | None, sealed_from: int | None) -> bool:
    """Whether an account acted first when names were sealed already."""
    return first is not None and sealed_from is not None and first > sealed_from


def _first_of(connection: Connection, opaque: Any) -> int | None:
    """Give the first entry of an account; ids that are none of ours are not asked for."""
    if not isinstance(opaque, str) or not opaque.isalnum():
        return None
    found: int | None = one(connection, f"SELECT min(sequence) FROM journal WHERE actor = '{opaque}'")
    return found


def _least(*numbers: Any) -> int | None:
    whole = [number for number in numbers if isinstance(number, int)]
    return min(whole) if whole else None


def _whole(number: Any) -> int | None:
    return number if isinstance(number, int) else None
