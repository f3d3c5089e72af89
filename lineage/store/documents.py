"""Reading documents: today's, or those that held at an earlier entry of the journal.

Every reader takes ``as_of``, the sequence of a journal entry: what held when it had been written. None means now.
A version holds from its ``sys_from`` until before its ``sys_to``; one set-based query finds all that hold.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select, text

from lineage.domain.canonical import canonical
from lineage.domain.kinds import KINDS, RECORDS
from lineage.store import bulk
from lineage.store.bulk import is_postgres
from lineage.store.merkle import Frontier, leaf_hash
from lineage.store.tables import document

CHUNK = 5_000
"""Rows fetched, or keys asked for, at a time."""

UNDER_ELEMENT = ("consent", "origin", "regulatory")
UNDER_USE = ("insight", "outcome", "use")

Row = tuple[str, str, int, str, str, bool]
"""Kind, key, version, body as canonical JSON, digest, retired."""

_IN_CATALOGUE = document.c.kind.not_in(RECORDS)
_NOW = (
    "SELECT kind, key, version, body, digest, retired, sys_from FROM document"
    " WHERE sys_to IS NULL AND kind = ? AND key = ?"
)
_ROW = (document.c.kind, document.c.key, document.c.version, document.c.body, document.c.digest, document.c.retired)


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of a document."""

    kind: str
    key: str
    version: int
    body: Mapping[str, Any]
    digest: str
    retired: bool
    sys_from: int


@dataclass(frozen=True, slots=True)
class Version(Stored):
    """One version of a document with the journal entry that wrote it, whose sequence is ``sys_from``.

    ``sys_to`` is the entry that ended it; ``who`` is None where the name was erased. ``redacted`` says that something
    was taken out of it later, so that ``body`` is only what was left.
    """

    sys_to: int | None
    command: str
    operation: str
    at: str
    who: str | None
    how_known: str
    reason: str | None
    redacted: bool


def holds(as_of: int | None) -> ColumnElement[bool]:
    """Give the condition that a version holds now, or held after entry ``as_of``."""
    if as_of is None:
        return document.c.sys_to.is_(None)
    return and_(document.c.sys_from <= as_of, or_(document.c.sys_to.is_(None), document.c.sys_to > as_of))


def read_current(
    connection: Connection, kinds: Collection[str] | None = None, as_of: int | None = None
) -> Iterator[Row]:
    """Give the documents, of some kinds or of all the catalogue has, in order of kind and key; they stream."""
    query = select(*_ROW).where(holds(as_of), _of_kinds(kinds, as_of))
    yield from _rows(connection, _in_order(query, as_of))


def read_of_elements(
    connection: Connection,
    elements: Collection[str],
    as_of: int | None = None,
    kinds: Collection[str] = ("element", *UNDER_ELEMENT, *UNDER_USE),
) -> Iterator[Row]:
    """Give the documents of these elements: the elements, what hangs under them, their uses and what hangs under those.

    Everything of one element lies in two ranges of keys, so that only those are read. In order of kind and key.
    """
    found: list[Row] = []
    wanted = iter(sorted(set(elements)))
    while chunk := list(islice(wanted, CHUNK)):
        given = _given(connection, chunk)
        for kind in sorted(kinds):
            found.extend(_of_kind(connection, kind, given, as_of))
    found.sort(key=lambda row: row[:2])
    yield from found


def count_current(connection: Connection, kinds: Collection[str]) -> int:
    """Count the documents of some kinds."""
    query = select(func.count()).select_from(document).where(holds(None), _of_kinds(kinds, None))
    return int(connection.scalar(query) or 0)


def read_keys(connection: Connection, kind: str, as_of: int | None = None) -> set[str]:
    """Give the keys of a kind that are not retired."""
    query = select(document.c.key).where(holds(as_of), document.c.kind == kind, document.c.retired.is_(False))
    return set(connection.scalars(query))


def read_one(connection: Connection, kind: str, key: str, as_of: int | None = None) -> Stored | None:
    """Give one document, or None."""
    if as_of is None:
        row = bulk.one(connection, _NOW, kind, key)
    else:
        row = connection.execute(
            select(*_ROW, document.c.sys_from).where(holds(as_of), document.c.kind == kind, document.c.key == key)
        ).one_or_none()
    return _stored(row) if row is not None else None


def read_version(connection: Connection, kind: str, key: str, version: int) -> Stored | None:
    """Give one version of a document, or None."""
    row = connection.execute(
        select(*_ROW, document.c.sys_from).where(
            document.c.kind == kind, document.c.key == key, document.c.version == version
        )
    ).one_or_none()
    return _stored(row) if row is not None else None


def _stored(row: Any) -> Stored:
    return Stored(row.kind, row.key, row.version, json.loads(row.body), row.digest, bool(row.retired), row.sys_from)


def read_versions(connection: Connection, kind: str, key: str) -> list[dict[str, Any]]:
    """Give the bodies of every version of one document, oldest first."""
    rows = connection.execute(
        select(document.c.body).where(document.c.kind == kind, document.c.key == key).order_by(document.c.sys_from)
    )
    return [json.loads(row.body) for row in rows]


def read_history(
    connection: Connection, kind: str, key: str, under: Collection[str] = (), as_of: int | None = None
) -> list[Version]:
    """Give every version of a document with its journal entry, in the order in which they were written.

    ``under`` names kinds that hang under an element, or belong to its uses: their versions come along.
    """
    # The ranges of keys come first and are few: each is one look into the primary key, and each entry another.
    parts = [f"SELECT {_VERSION} FROM document AS d WHERE d.kind = :kind AND d.key = :key"]
    values: dict[str, Any] = {"kind": kind, "key": key}
    for number, other in enumerate(under):
        first, behind = _range(other)
        parts.append(
            f"SELECT {_VERSION} FROM document AS d WHERE d.kind = :kind{number} AND d.key >= :{_BOUND[first]}"
            f" AND d.key < :{_BOUND[behind]}"
        )
        values |= {f"kind{number}": other, _BOUND[first]: f"{key}{first}", _BOUND[behind]: f"{key}{behind}"}
    known = "" if as_of is None else " WHERE d.sys_from <= :as_of"
    query = text(
        f"SELECT d.*, j.command, j.operation, j.at, a.name, j.how_known, j.reason, j.salt IS NULL FROM"
        f" ({' UNION ALL '.join(parts)}) AS d JOIN journal AS j ON j.sequence = d.sys_from JOIN actor AS a ON a.id = j.actor"
        f"{known} ORDER BY d.sys_from"
    )
    rows = connection.execute(query, values | ({} if as_of is None else {"as_of": as_of}))
    return [_version(tuple(row)) for row in rows]


_VERSION = "d.kind, d.key, d.version, d.body, d.digest, d.retired, d.sys_from, d.sys_to"
_BOUND = {"#": "under", "$": "behind_under", "/": "of_uses", "0": "behind_uses"}


def _version(row: tuple[Any, ...]) -> Version:
    kind, key, version, body, digest, retired, sys_from, sys_to, *entry = row
    command, operation, at, who, how_known, reason, redacted = entry
    return Version(
        kind, key, version, json.loads(body), digest, bool(retired), sys_from, sys_to, command, operation, at, who,
        how_known, reason, bool(redacted),
    )  # fmt: skip


def written_in(
    connection: Connection, keys: Collection[tuple[str, str]], as_of: int | None = None
) -> dict[tuple[str, str], int]:
    """Give, for those of the documents (kind, key) that are there, the journal entry that wrote the version that holds."""
    held = "AND d.sys_to IS NULL"
    if as_of is not None:
        held = f"AND d.sys_from <= {as_of:d} AND (d.sys_to IS NULL OR d.sys_to > {as_of:d})"
    found: dict[tuple[str, str], int] = {}
    wanted = iter(sorted(set(keys)))
    while chunk := list(islice(wanted, CHUNK)):
        rows = bulk.found(connection, "SELECT d.kind, d.key, d.sys_from FROM", "document AS d", chunk, held)
        found |= {(kind, key): int(sequence) for kind, key, sequence in rows}
    return found


def read_digests(connection: Connection, as_of: int | None = None) -> dict[tuple[str, str], tuple[int, str, bool]]:
    """Give version, digest and whether it is retired of every document."""
    columns = (document.c.kind, document.c.key, document.c.version, document.c.digest, document.c.retired)
    rows = _rows(connection, select(*columns).where(holds(as_of), _IN_CATALOGUE))
    return {(kind, key): (version, digest, retired) for kind, key, version, digest, retired in rows}


def revision(connection: Connection, as_of: int | None = None) -> tuple[int, str]:
    """Give the sequence of the last journal entry that changed a document (-1: none yet) and the digest of them all.

    The digest is the RFC 6962 tree hash over ``[kind, key, version, digest]`` of all documents, by kind and key.
    """
    last, tree = -1, Frontier()
    for kind, key, version, digest, sys_from in catalogue_rows(connection, as_of):
        last = max(last, sys_from)
        tree.append(leaf(kind, key, version, digest))
    return last, tree.root().hex()


def leaf(kind: str, key: str, version: int, digest: str) -> bytes:
    """Hash a document as a leaf of the catalogue's tree: its canonical ``[kind, key, version, digest]``."""
    return leaf_hash(f"[{canonical(kind)},{canonical(key)},{version},{canonical(digest)}]".encode())


def catalogue_rows(connection: Connection, as_of: int | None = None) -> Iterator[tuple[str, str, int, str, int]]:
    """Give kind, key, version, digest and the entry that wrote it of every document of the catalogue, by kind and key."""
    columns = (document.c.kind, document.c.key, document.c.version, document.c.digest, document.c.sys_from)
    yield from map(tuple, _rows(connection, _in_order(select(*columns).where(holds(as_of), _IN_CATALOGUE), as_of)))


def _of_kinds(kinds: Collection[str] | None, as_of: int | None) -> ColumnElement[bool]:
    """Give the condition for some kinds, or for all the catalogue has.

    With elements most documents of the past are wanted: then the others are named instead, since an index by kind would
    lead to every version of them one by one.
    """
    if kinds is None:
        return _IN_CATALOGUE
    if as_of is not None and "element" in kinds:
        return document.c.kind.not_in(sorted({*KINDS, *RECORDS} - set(kinds)))
    return document.c.kind.in_(sorted(kinds)) if kinds else false()


def _in_order(query: Select[Any], as_of: int | None) -> Select[Any]:
    """Order by kind and key. The current versions have an index for it.

    Those of the past are found first and sorted then: the index of all versions has the order too, but behind each of its
    entries lies a row somewhere else. An offset keeps planners from putting the two steps together.
    """
    if as_of is None:
        return query.order_by(document.c.kind, document.c.key)
    found = query.offset(0).subquery()
    return select(found).order_by(found.c.kind, found.c.key)


def _rows(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    result = connection.execute(query, execution_options={"stream_results": True, "yield_per": CHUNK})
    for part in result.partitions():
        yield from map(tuple, part)


def _given(connection: Connection, elements: Iterable[str]) -> tuple[str, Any]:
    """Give a table expression that holds these keys, and the value it is bound to."""
    if is_postgres(connection):
        return "unnest(CAST(:given AS text[])) AS given(element)", list(elements)
    return "(SELECT value AS element FROM json_each(:given)) AS given", json.dumps(list(elements))


def _range(kind: str) -> tuple[str, str]:
    """Give what follows the key of an element in the keys of a kind, and what comes behind all of these."""
    return ("#", "$") if kind in UNDER_ELEMENT else ("/", "0")  # "$" follows "#", "0" follows "/"


def _of_kind(connection: Connection, kind: str, given: tuple[str, Any], as_of: int | None) -> Iterator[Row]:
    """Read one kind: the key itself for elements, the range behind ``#`` or ``/`` for what hangs there."""
    element = "given.element"
    found = f"d.key = {element}"
    if kind != "element":
        first, behind = _range(kind)
        found = f"d.key >= {element} || '{first}' AND d.key < {element} || '{behind}'"
    held = "d.sys_to IS NULL" if as_of is None else "d.sys_from <= :as_of AND (d.sys_to IS NULL OR d.sys_to > :as_of)"
    # CROSS JOIN keeps SQLite from reading the documents first and the keys for each of them.
    query = text(
        f"SELECT d.kind, d.key, d.version, d.body, d.digest, d.retired FROM {given[0]}"
        f" CROSS JOIN document AS d WHERE d.kind = :kind AND {found} AND {held}"
    )
    values = {"given": given[1], "kind": kind} | ({} if as_of is None else {"as_of": as_of})
    for row in connection.execute(query, values):
        yield (*row[:5], bool(row[5]))
