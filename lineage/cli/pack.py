"""``lineage pack``."""

from __future__ import annotations

from pathlib import Path

import click

from lineage.cli.options import with_settings
from lineage.cli.output import emit, tell_problems
from lineage.settings import Settings


@click.group()
def pack() -> None:
    """List, show and test rule packs."""


@pack.command("list")
@with_settings
def list_packs(settings: Settings) -> int:
    """List the packs this program brings."""
    from lineage.services import packs

    results = packs.list_packs()
    emit(
        settings,
        "pack.list",
        None,
        {"packs": len(results)},
        results,
        ("pack", "regime", "version", "as_of", "rules", "title"),
    )
    return 0


@pack.command()
@click.argument("key")
@with_settings
def show(settings: Settings, key: str) -> int:
    """Show the rules of a pack."""
    from lineage.services import packs

    results = packs.show_pack(key)
    emit(
        settings,
        "pack.show",
        None,
        {"rules": len(results)},
        results,
        ("code", "stage", "effect", "certainty", "cite", "title"),
    )
    return 0


@pack.command("test")
@click.argument("which", nargs=-1)
@with_settings
def test_packs(settings: Settings, which: tuple[str, ...]) -> int:
    """Run the cases of packs, by key or folder."""
    from lineage.services import packs

    done = packs.run_packs([Path(name) if Path(name).is_dir() else name for name in which])
    if done.problems:
        tell_problems(done.problems, settings)
        return 1
    summary = {"passed": done.passed, "failed": len(done.results) - done.passed, "packs": done.packs}
    shown = [
        {"state": "passed" if r.passed else "failed", "rule": r.case.rule, "what": r.sentence} for r in done.results
    ]
    failed = [line for line in shown if line["state"] == "failed"]
    lines = [*(f"failed  {line['what']}" for line in failed), f"{done.passed} passed, {len(failed)} failed"]
    emit(settings, "pack.test", None, summary, shown, ("state", "rule", "what"), lambda: "\n".join(lines))
    return 1 if failed else 0
