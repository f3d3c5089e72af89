"""What the documents have to agree with besides their own entries: each other, the accounts, and the redactions."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from lineage.store.bulk import is_postgres
from lineage.store.verify_breaks import Found
from lineage.store.verify_journal import Entries, is_instant
from lineage.store.verify_rows import one, stream

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


def check_redactions(connection: Connection, found: Found) -> None:
    """Find redactions that did not take the payload of their entry away."""
    for sequence, key in stream(connection, _UNREDACTED):
        found.add("documents", _whole(sequence), f"journal entry {key} is said to be redacted, and holds its payload")


def check_actors(connection: Connection, found: Found, entries: Entries, since: int) -> None:
    """Compare each account's id with its name, and its first day with its first entry."""
    sealed_from = one(connection, "SELECT min(sequence) FROM journal WHERE kind = 'signing_key'")
    known: set[Any] = set()
    unsealed = 0
    for opaque, name, created, salt in stream(connection, "SELECT id, name, created, salt FROM actor ORDER BY id"):
        known.add(opaque)
        first = _first_of(connection, opaque)
        if salt is None and name is not None and not _is_later(first, sealed_from):
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
    if unsealed:
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
