"""Catalogues written in tests: YAML text or plain data in, a decision table and answers out."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from lineage.content import content
from lineage.domain.canonical import canonical
from lineage.domain.days import after
from lineage.domain.kinds import Declared
from lineage.domain.vocabulary import Vocabulary
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.table import Table
from lineage.intake.declarations import Declarations, read_declarations
from lineage.intake.packs import read_pack
from lineage.intake.yaml_text import read_yaml
from lineage.judge import compile as compiling
from lineage.judge.compile import Compiled, compile_table
from lineage.judge.material import Row
from lineage.judge.policies import Policies

Data = dict[str, Any]
Keys = frozenset[str]


def plain(text: str, shown: str = "test.yaml") -> Any:
    """Read YAML as the product does, without the places; every problem is an error of the test."""
    data, problems = read_yaml(text, shown)
    assert not problems, problems
    return json.loads(json.dumps(data))


def plain_file(path: Path) -> Any:
    return plain(path.read_text(encoding="utf-8"), path.name)


@cache
def vocabulary_bodies() -> dict[str, Data]:
    return {path.stem: plain_file(path) for path in sorted((content("catalog") / "vocabulary").glob("*.yaml"))}


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.of(vocabulary_bodies())


@cache
def pack_bodies() -> dict[str, Data]:
    folders = sorted((content("catalog") / "packs").iterdir())
    return {folder.name: read_pack(folder, folder.name)[1] for folder in folders if folder.is_dir()}


def declarations(*parts: Data) -> Declarations:
    """Validate plain data as the product validates files, one file a part."""
    with tempfile.TemporaryDirectory() as name:
        for number, part in enumerate(parts):
            (Path(name) / f"{number}.json").write_text(json.dumps(part), encoding="utf-8")
        return read_declarations([Path(name)], vocabulary(), lambda _: frozenset())


def documents(*parts: Data) -> tuple[Declared, ...]:
    read = declarations(*parts)
    assert not read.problems, "\n".join(f"{problem.path}: {problem.message}" for problem in read.problems)
    return read.documents


@cache
def fixed_rows() -> tuple[Row, ...]:
    """Give the rows of vocabulary and packs that every catalogue has."""
    bodies = [("vocabulary", key, body) for key, body in vocabulary_bodies().items()]
    bodies += [("pack", key, body) for key, body in pack_bodies().items()]
    return tuple((kind, key, 1, canonical(body), "", False) for kind, key, body in bodies)


def rows(
    declared: tuple[Declared, ...], packs: dict[str, Data] | None = None, retired: Keys = frozenset()
) -> list[Row]:
    """Give what a store would hold; ``packs`` replaces those of the product, ``retired`` holds keys of documents."""
    fixed = [row for row in fixed_rows() if packs is None or row[0] != "pack"]
    fixed += [("pack", key, 1, canonical(body), "", False) for key, body in (packs or {}).items()]
    return fixed + [(d.kind, d.key, 1, d.text, d.digest, d.key in retired) for d in declared]


_policies: dict[str, Policies] = {}


def remembered(bodies: list[Data]) -> Policies:
    """Compile packs once a test process: the rules are the same for every catalogue, and so are their answers."""
    key = canonical(bodies)
    if key not in _policies:
        _policies[key] = Policies.of(bodies)
    return _policies[key]


def compiled(*parts: Data, packs: dict[str, Data] | None = None, retired: Keys = frozenset()) -> Compiled:
    with patch.object(compiling, "Policies", SimpleNamespace(of=remembered)):
        return compile_table(rows(documents(*parts), packs, retired), 1, "digest")


def table_of(*parts: Data, packs: dict[str, Data] | None = None, retired: Keys = frozenset()) -> Table:
    return compiled(*parts, packs=packs, retired=retired).table


def at_end_of(day: str, table: Table) -> int:
    """Give the last instant of a day in the catalogue's zone; an instant stands for itself."""
    return after(day, ZoneInfo(table.zone)) - (len(day) == len("2026-03-01"))


def ask(
    table: Table, when: str, process: str, element: str, purpose: str, audience: str = "", regime: str = ""
) -> Answer:
    return answer(table, Question(process, element, purpose, at_end_of(when, table), audience, regime))


def codes(given: Answer, severity: str) -> list[str]:
    """Give the codes of one severity, each once, in the order of the answer."""
    found = given.obligations if severity == "obligation" else given.findings
    return list(dict.fromkeys(finding.code for finding in found if finding.severity == severity))


def content_of(table: Table) -> str:
    """Write out everything a table holds, so that two tables can be compared."""
    purposes = table.purposes
    names = [name for name in purposes.__slots__ if not name.startswith("_")]
    graph = [sorted(value.items() if hasattr(value := getattr(purposes, name), "items") else value) for name in names]
    rest = [getattr(table, name) for name in table.__slots__ if name != "purposes"]
    return repr((graph, rest))
