"""``lineage pack``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, table, tell_problems
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.packs import PackRun

LISTED = ("pack", "from", "regime", "version", "as_of", "in_force", "rules", "cases", "title")
RULE = ("code", "stage", "effect", "certainty", "cite", "title")


@click.group()
def pack() -> None:
    """List, show and test rule packs."""


@pack.command("list")
@with_settings
def list_packs(settings: Settings) -> int:
    """List the packs of the catalogue, or of this program."""
    from lineage.services import packs

    known = packs.packs_of(database_of(settings), times_of(settings))
    results = [packs.describe(found) for found in known.found]
    own = sum(result["from"] == packs.OWN for result in results)
    emit(settings, "pack.list", known.frame, {"packs": len(results), "own": own}, results, LISTED)
    return 0


@pack.command()
@click.argument("key")
@with_settings
def show(settings: Settings, key: str) -> int:
    """Show a pack and its rules."""
    from lineage.services import packs

    known = packs.packs_of(database_of(settings), times_of(settings))
    found = packs.find_pack(known, key)
    summary, rules = packs.details(found), packs.rules_of(found.pack)
    emit(settings, "pack.show", known.frame, summary, rules, RULE, lambda: f"{_head(summary)}\n\n{table(rules, RULE)}")
    return 0


def _head(said: Mapping[str, Any]) -> str:
    """Say of a pack what stands above its rules."""
    lines = [f"{said['pack']}: {said['title']}, version {said['version']} as of {said['as_of']}, {said['from']}"]
    lines += [said["about"]] if said["about"] else []
    if said["regime"]:
        lines.append(f"regime {said['regime']}")
    if said["in_force"] or said["until"]:
        lines.append(f"in force from {said['in_force'] or 'ever'} until {said['until'] or 'further notice'}")
    cases = "cases not on this machine" if said["cases"] is None else f"{said['cases']} cases"
    lines.append(f"{said['rules']} rules, {cases}")
    return "\n".join(clean(line) for line in lines)


@pack.command("test")
@click.argument("which", nargs=-1)
@with_settings
def test_packs(settings: Settings, which: tuple[str, ...]) -> int:
    """Run the cases of packs, by key or folder."""
    from lineage.services import packs

    named = [Path(name) if Path(name).is_dir() else name for name in which]
    done = packs.run_packs(database_of(settings), times_of(settings), named)
    if done.problems:
        tell_problems(done.problems, settings)
        return 3 if any(problem.undecodable for problem in done.problems) else 1
    return _answer(settings, done)


def _answer(settings: Settings, done: PackRun) -> int:
    failed = len(done.results) - done.passed
    summary = {"passed": done.passed, "failed": failed, "packs": done.packs}
    shown = [
        {"state": "passed" if r.passed else "failed", "pack": key, "rule": r.case.rule, "what": r.sentence}
        for key, r in done.results
    ]
    lines = [f"failed  {line['pack']}/{clean(line['what'])}" for line in shown if line["state"] == "failed"]
    lines.append(f"{done.passed} passed, {failed} failed")
    emit(settings, "pack.test", None, summary, shown, ("state", "rule", "what"), lambda: "\n".join(lines))
    return 1 if failed else 0
