"""Pack folders into pack documents, with every mistake at its file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lineage.domain.canonical import without_empty
from lineage.intake.text import read_text
from lineage.intake.yaml_text import read_yaml
from lineage.policy.cases import Case, parse_cases
from lineage.policy.engine import compile_flaws
from lineage.policy.pack import Flaw, Pack, parse_pack
from lineage.source import Place, Problem, line_of, path_text


def read_pack(folder: Path, shown: str) -> tuple[Pack, dict[str, Any], tuple[Problem, ...]]:
    """Read ``pack.yaml`` and ``rules.yaml`` of a folder; give the pack, its document's body, and every problem."""
    problems: list[Problem] = []
    head = _read(folder, "pack.yaml", shown, problems)
    rules = _read(folder, "rules.yaml", shown, problems)
    body = {**without_empty(rules), **without_empty(head)}
    pack, flaws = parse_pack(body)
    for flaw in [*flaws, *compile_flaws(pack, body)]:
        problems.append(_problem(flaw, shown, rules if flaw.path and flaw.path[0] in ("rules", "request") else head))
    return pack, body, tuple(problems)


def read_cases(folder: Path, shown: str, pack: Pack) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """Read ``cases.yaml`` of a pack folder; give its cases, and every problem, rules without cases included."""
    problems: list[Problem] = []
    data = _read(folder, "cases.yaml", shown, problems)
    cases, flaws = parse_cases(data, pack)
    problems.extend(_problem(flaw, shown, data, "cases.yaml") for flaw in flaws)
    return cases, tuple(problems)


def _read(folder: Path, name: str, shown: str, problems: list[Problem]) -> dict[str, Any]:
    text = read_text(folder / name, f"{shown}/{name}")
    if isinstance(text, Problem):
        problems.append(text)
        return {}
    data, found = read_yaml(text, f"{shown}/{name}")
    problems.extend(found)
    if data is not None and not isinstance(data, dict):
        problems.append(Problem(Place(f"{shown}/{name}", 1), "", "the file must be a mapping", "see catalog/README.md"))
        return {}
    return data or {}


def _problem(flaw: Flaw, shown: str, data: Any, name: str = "") -> Problem:
    file = name or ("rules.yaml" if flaw.path and flaw.path[0] in ("rules", "request") else "pack.yaml")
    return Problem(Place(f"{shown}/{file}", line_of(data, flaw.path)), path_text(flaw.path), flaw.message, flaw.fix)
