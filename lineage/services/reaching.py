"""Whom a changed document touches: its own element or use, what derives from it, or whomever it says it covers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lineage.gate.table import Table, Use
from lineage.judge.material import Body
from lineage.judge.origins import given
from lineage.store.database import Connection
from lineage.store.documents import Stored, read_keys, read_one

Test = Callable[[Use], bool]
Name = tuple[str, str]

LOCAL = frozenset({"consent", "element", "insight", "origin", "outcome", "regulatory", "use"})
"""Kinds of which a document touches its element and what derives from it."""

NAMING = frozenset({"assessment", "audience", "emergency", "process", "waiver"})
"""Kinds of which a document says whom it touches. One of any other kind may touch everything."""

OWN = frozenset({"why", "alternatives", "necessity", "evidence", "expects", "told", "review_by", "pilot", "changed"})
"""Fields of a use that only its own judging reads."""

UNREAD = frozenset({"fields"})
"""Fields of an element that no judging reads."""

PRESENT = {
    "element": frozenset({"description", "steward"}),
    "insight": frozenset({"evidence", "learned"}),
    "origin": frozenset({"captured_by"}),
    "outcome": frozenset({"evidence"}),
    "use": frozenset({"evidence"}),
}
"""Kind → fields of which judging reads no more than that they are there."""

SHOWN = frozenset({"also_known_as", "title"})
"""Fields of an element that stand in its own findings and in lists; of a title it also counts that it is there."""


class Everything(Exception):
    """A document may touch every element."""


class Local(NamedTuple):
    """Elements whose uses are judged again, uses judged alone, and elements of which others may see what changed."""

    elements: set[str]
    alone: set[str]
    travels: set[str]


def touched_by(connection: Connection, names: Iterable[Name], entry: int) -> Local:
    """Give what documents of kinds in LOCAL touch that were written behind an entry."""
    found = Local(set(), set(), set())
    for kind, key in sorted(names):
        fields = _differing(read_one(connection, kind, key, entry), read_one(connection, kind, key))
        element = element_of(kind, key)
        if fields is not None and not fields:
            continue
        if kind in ("insight", "outcome") or (kind == "use" and fields is not None and fields <= OWN):
            found.alone.add(key.partition("#")[0])
            continue
        found.elements.add(element)
        if kind != "regulatory" and not (kind == "element" and fields is not None and fields <= SHOWN):
            found.travels.add(element)
    return found._replace(alone={use for use in found.alone if element_of("use", use) not in found.elements})


def processes_that_stay(connection: Connection, names: Iterable[Name], entry: int) -> set[Name]:
    """Give the processes among documents that are there as they were behind an entry, or not: only their own uses read them."""
    processes = [name for name in names if name[0] == "process"]
    return {n for n in processes if _differing(read_one(connection, *n, entry), read_one(connection, *n)) is not None}


def uses_by(connection: Connection, processes: Iterable[Name]) -> set[str]:
    """Give the uses of some processes, by their keys."""
    wanted = {key for _, key in processes}
    return {use for use in read_keys(connection, "use") if use.split("/")[1] in wanted} if wanted else set()


def _differing(before: Stored | None, after: Stored | None) -> set[str] | None:
    """Give the fields of a document that judging may read differently; None where it came, went or came back."""
    if before is None or after is None or before.retired != after.retired:
        return None
    old, new, kind = before.body, after.body, after.kind
    fields = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    there = {name for name in fields if given(old.get(name)) == given(new.get(name)) == "given"}
    if "title" in fields - there:
        return None
    return fields - (there & PRESENT.get(kind, frozenset())) - (UNREAD if kind == "element" else frozenset())


def element_of(kind: str, key: str) -> str:
    """Give the element a document belongs to, by its key."""
    whole = key.partition("#")[0]
    return whole.partition("/")[0] if kind in ("use", "outcome", "insight") else whole


def reached(table: Table, said: Iterable[tuple[str, Body]]) -> set[str]:
    """Give the elements that documents (kind, body) touch by what they say. Everything when that may be all of them."""
    found: set[str] = set()
    tests: list[Test] = []
    for kind, body in said:
        if kind == "emergency":
            found.update(use.partition("/")[0] for use in body.get("uses") or ())
        elif kind == "audience":
            key = body["key"]
            found.update(name for name, element in table.elements.items() if key in element.audiences)
        elif kind == "process":  # it came or went: its elements count as used by it, or no longer
            tests.append(_by({body["key"]}))
        else:
            elements, test = _covered(table, body)
            found |= elements
            tests.extend(test)
    if tests:
        found.update(use.element for use in table.uses if any(test(use) for test in tests))
    return found & set(table.elements)


def _by(processes: set[str]) -> Test:
    return lambda use: use.process in processes


def _covered(table: Table, body: Body) -> tuple[set[str], Iterator[Test]]:
    """Give the elements an assessment or waiver covers, and the test of a use for what it covers otherwise."""
    covers = body.get("covers") or {}
    # An anonymisation opens and closes ways between elements; what covers no element, process or purpose covers all.
    if body.get("type") == "anonymisation" or not covers.keys() & {"elements", "processes", "purposes"}:
        raise Everything
    # What covers nothing of one kind covers nothing at all: the kinds are joined by "and".
    if "elements" in covers:
        return set(covers["elements"] or ()), iter(())
    if "processes" in covers:
        return set(), iter([_by(set(covers["processes"] or ()))])
    purposes = set(covers["purposes"] or ())
    return set(), iter([lambda use: any(purposes & table.purposes.above(aim) for aim in (use.purpose, *use.narrower))])
