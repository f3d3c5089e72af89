"""A plan: what bringing declarations in would change, worked out before anything is written (docs/commands.md)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage.domain.kinds import KINDS, Declared
from lineage.services.files import lies_under, resolved, shown
from lineage.services.installed import beside
from lineage.store.database import Connection
from lineage.store.documents import read_digests, read_one
from lineage.store.places import applied, places_as_kept

ABSENT = None
_ORDER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that would change: its path, before and after; None where it is not said."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Item:
    """One document of a plan. ``operation`` is add, change, retire, restore or conflict; unchanged ones are only counted."""

    operation: str
    kind: str
    key: str
    differences: tuple[Difference, ...] = ()
    where: str = ""
    version: int = 0
    document: Declared | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would change, and how many documents stay as they are."""

    items: tuple[Item, ...]
    unchanged: int
    documents: tuple[Declared, ...]
    moved: bool = False
    """Whether a document is declared in another file or line than before: then its place is kept anew."""
    forgotten: tuple[tuple[str, str], ...] = ()
    """Documents that no file declares any more: retired ones, and own packs that give way to those of the program."""

    @property
    def conflicts(self) -> tuple[Item, ...]:
        """Documents changed in the catalogue since they were last applied, and declared differently."""
        return tuple(item for item in self.items if item.operation == "conflict")

    def counts(self) -> dict[str, int]:
        """Give how many documents each operation concerns."""
        found = {"add": 0, "change": 0, "restore": 0, "retire": 0, "conflict": 0, "unchanged": self.unchanged}
        for item in self.items:
            found[item.operation] += 1
        return found


def make_plan(
    connection: Connection, documents: Iterable[Declared], prune: Collection[Path] = (), on_conflict: str = "stop"
) -> Plan:
    """Compare declarations with the catalogue. ``prune`` names files and folders whose vanished declarations are retired.

    ``on_conflict``: stop keeps conflicts as such, mine lets the file win, theirs keeps the catalogue's version.
    """
    stored = read_digests(connection)
    last = applied(connection)
    items: list[Item] = []
    unchanged = 0
    declared: set[tuple[str, str]] = set()
    kept = _in_force(documents, last, prune)
    for document in kept:
        name = (document.kind, document.key)
        declared.add(name)
        operation, version = _operation(document, stored.get(name), last.get(name, ("", ""))[1], on_conflict)
        if operation == "same":
            unchanged += document.file != ""
        else:
            items.append(_item(connection, operation, version, document))
    retired = list(_retired(declared, stored, last, prune))
    back = [(d.kind, d.key) for d in kept if not d.file and (d.kind, d.key) in last]
    forgotten = (*((item.kind, item.key) for item in retired), *back)
    items = sorted([*items, *retired], key=lambda i: (_ORDER[i.kind], i.key))
    moved = not items and (bool(forgotten) or _moved(connection, kept))
    return Plan(tuple(items), unchanged, kept, moved, forgotten)


def _in_force(
    documents: Iterable[Declared], last: Mapping[tuple[str, str], tuple[str, str]], prune: Collection[Path]
) -> tuple[Declared, ...]:
    """Leave out packs of the program whose key an organisation uses: what it declared stays until it is pruned."""
    given = tuple(documents)
    own = {d.key for d in given if d.kind == "pack" and d.file}
    held = {
        key for (kind, key), (file, _) in last.items() if kind == "pack" and not any(lies_under(file, p) for p in prune)
    }
    return tuple(beside(given, own | held))


def _moved(connection: Connection, documents: Iterable[Declared]) -> bool:
    """Tell whether a place is not the one kept; asked only when nothing else changes, since otherwise all are kept anew."""
    known = places_as_kept(connection)
    return any(known.get((d.kind, d.key)) != (resolved(d.file), d.line, d.places) for d in documents if d.file)


def _operation(
    document: Declared, stored: tuple[int, str, bool] | None, last: str, on_conflict: str
) -> tuple[str, int]:
    if stored is None:
        return "add", 0
    version, digest, retired = stored
    if digest == document.digest:
        return ("restore" if retired else "same"), version
    if retired or document.kind in ("pack", "vocabulary") or digest == last:
        return ("restore" if retired else "change"), version
    if on_conflict == "theirs":
        return "same", version
    return ("conflict" if on_conflict == "stop" else "restore" if retired else "change"), version


def _item(connection: Connection, operation: str, version: int, document: Declared) -> Item:
    where = f"{document.file}:{document.line}" if document.file else ""
    if operation == "add" or (document.kind in ("pack", "vocabulary") and not document.file):
        return Item(operation, document.kind, document.key, (), where, version, document)
    before = read_one(connection, document.kind, document.key)
    differences = tuple(compare(_by_id(before.body) if before else {}, _by_id(document.body)))
    return Item(operation, document.kind, document.key, differences, where, version, document)


def _by_id(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give a body with the rules of a pack by their ids, so that one changed rule is not shown as a change of all."""
    rules = {
        name: {r["id"]: r for r in body[name]} for name in ("request", "rules") if isinstance(body.get(name), list)
    }
    return {**body, **rules}


def _retired(
    declared: Set[tuple[str, str]], stored: Mapping[tuple[str, str], tuple[int, str, bool]],
    last: Mapping[tuple[str, str], tuple[str, str]], prune: Collection[Path],
) -> Iterator[Item]:  # fmt: skip
    for (kind, key), (file, _) in last.items():
        if (kind, key) in declared or (kind, key) not in stored or stored[kind, key][2]:
            continue
        if any(lies_under(file, path) for path in prune):
            yield Item("retire", kind, key, (), shown(file), stored[kind, key][0])


def compare(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Give every value that differs between two bodies, by dotted path, in order."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from compare(before.get(name, ABSENT), after.get(name, ABSENT), f"{path}.{name}" if path else name)
    elif before != after:
        yield Difference(path, _plain(before), _plain(after))


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
