"""A fix is what has to be done: take a fact away, follow the fix to the letter, and the use is allowed again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from lineage.gate.answer import Answer
from lineage.gate.findings import Finding
from tests.cases.changing import HERE, base, changed, names_of
from tests.catalogues import Data, ask, plain_file, table_of

USE = ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods"]
JUDGED = (["elements", "customer.mobile"], ["processes", "bike-delivery"], USE)
NAMES_A_THING = {"key", "element", "process", "purpose", "effect", "regime"}
FIXES = plain_file(HERE / "fixes.yaml")


def path_of(fix: Data) -> list[str | int]:
    path = fix["remove"]
    return [*USE, *path[1:]] if path[0] == "USE" else path


def place_of(fix: Data) -> str:
    """Give the nearest thing with a name that holds the fact; a use is called so."""
    named = [step for step in path_of(fix)[1:-1:2] if isinstance(step, str)]
    return "use" if named[-1] == USE[1] else named[-1]


def asked(data: Data) -> Answer:
    return ask(table_of(data), "2026-11-22", "bike-delivery", "customer.mobile", "DeliveryOfGoods")


def finding_of(answer: Answer, fix: Data) -> Finding:
    full = fix["code"] if "/" in fix["code"] else f"usage-cycle/{fix['code']}"
    severity = fix.get("severity", "blocker")
    found = [finding for finding in answer.findings if finding.code == full and finding.severity == severity]
    assert len(found) == 1
    return found[0]


def paths(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Give the path of every fact below a node; entries of lists by their name."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name not in NAMES_A_THING:
                yield (*path, name)
                yield from paths(value, (*path, name))
    elif isinstance(node, list):
        for number, entry in enumerate(node):
            if isinstance(entry, dict):
                yield from paths(entry, (*path, next(iter(sorted(names_of(entry))), number)))


every_fix = pytest.mark.parametrize("fix", FIXES, ids=[".".join(map(str, path_of(fix)[1:])) for fix in FIXES])


@every_fix
def test_the_fix_names_the_fact_and_the_place(fix):
    finding = finding_of(asked(changed(base(), [{"remove": path_of(fix)}])), fix)
    assert re.search(rf"\b{path_of(fix)[-1]}:", finding.fix)
    assert place_of(fix) in finding.fix


@every_fix
def test_doing_what_the_fix_says_allows_the_use_again(fix):
    path = path_of(fix)
    assert asked(changed(base(), [{"remove": path}])).effect == "deny"
    assert asked(changed(base(), [{"remove": path}, {"set": path, "to": fix["to"]}])).effect == "allow"


def test_every_fact_whose_absence_denies_has_its_fix_tried():
    tried = {tuple(path_of(fix)) for fix in FIXES}
    data = base()
    needed = set()
    for start in JUDGED:
        node = next(entry for entry in data[start[0]] if start[1] in names_of(entry))
        for path in paths(node, tuple(start)):
            if "alternatives" in path and isinstance(path[-2], str) and path[-2] != USE[1]:
                path = (*path[:-2], 0, path[-1])  # noqa: PLW2901 - an alternative has no name of its own
            removed = changed(base(), [{"remove": list(path)}])
            if asked(removed).effect == "deny":
                needed.add(path)
    assert needed == tried


@every_fix
def test_a_finding_points_to_a_document_of_the_place_that_was_changed(fix):
    finding = finding_of(asked(changed(base(), [{"remove": path_of(fix)}])), fix)
    kind, key = finding.document
    assert kind in {"element", "origin", "regulatory", "process", "use", "outcome", "insight"}
    assert key.partition("#")[0] in {path_of(fix)[1], "customer.mobile"}
    assert finding.about
