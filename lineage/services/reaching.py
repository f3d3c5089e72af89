"""Whom a document touches that belongs to no element: a process, an audience, an assessment, a waiver, an emergency change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lineage.gate.table import Table, Use
from lineage.judge.material import Body

Test = Callable[[Use], bool]


class Everything(Exception):
    """A document may touch every element."""


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
        elif kind == "process":
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
