"""``lineage verify``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, mark, note, require_out
from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.verifying import Outcome

COLUMNS = ("layer", "sequence", "what", "fix")
FILE = click.Path(path_type=Path, dir_okay=False)


class Anything(click.Group):
    """A group whose first word may be a file instead of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command before a file."""
        first = next((word for word in args if not word.startswith("-")), "")
        return super().parse_args(ctx, args if not first or first in self.commands else ["file", *args])


@click.group(cls=Anything)
def verify() -> None:
    """Prove that nothing was altered: verify log, or FILE."""


@verify.command("file")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--checkpoint", metavar="FILE", type=FILE, help="A checkpoint you hold; what is checked must fit it.")
@click.option("--key", metavar="VKEY", default="", help="The public key you were told of; it must be the one used.")
@with_settings
def file_(settings: Settings, files: tuple[Path, ...], checkpoint: Path | None, key: str) -> int:
    """Check reports, logs, catalogues, bundles and receipts."""
    from lineage.services.verifying_files import verify_files

    require_out(settings)
    found = verify_files(files, checkpoint, key)
    results = [{"file": str(one.path), "state": one.state, "said": list(one.said)} for one in found]
    summary = {"files": len(found), "intact": sum(one.code == 0 for one in found)}
    shown = "\n".join(clean(sentence) for one in found for sentence in one.said)
    emit(settings, "verify", None, summary, results, ("file", "state", "said"), lambda: shown, prose=True)
    return max(one.code for one in found)


@verify.command("log")
@click.option(
    "--level", type=click.Choice(["quick", "incremental", "full"]), default="full", help="How much; default full."
)
@click.option("--checkpoint", metavar="FILE", type=FILE, help="A checkpoint you hold; the log must begin with it.")
@click.option("--keep", metavar="FILE", type=FILE, help="Compare with the checkpoint kept there, then keep the newest.")
@click.option("--key", metavar="VKEY", default="", help="The public key you were told of; it must have signed yours.")
@with_settings
def log(settings: Settings, level: Any, **brought: Any) -> int:
    """Prove that nothing in the journal was altered.

    Quick compares signatures, roots, counts and guards. Incremental also makes every entry since the newest checkpoint
    again. Full makes all entries again and compares every document and every row of the tables. Exit code 0 when the log
    is intact, 1 when it is broken: each break names its layer, the first entry concerned, and what to do.
    """
    from lineage.services.verifying import Holding, keep, verify_log

    require_out(settings)
    if settings.at:
        raise WrongUse("the whole log is verified, up to now", "leave out --at")
    holding = Holding(**brought)
    outcome = verify_log(database_of(settings), settings.catalog, level, times_of(settings).now, holding)
    results = [
        {"layer": one.layer, "sequence": one.sequence, "what": one.what, "fix": one.fix} for one in outcome.breaks
    ]
    emit(settings, "verify", None, _summary(outcome), results, COLUMNS, lambda: _shown(outcome, results), prose=True)
    for sentence in (*outcome.notes, keep(holding, outcome)):
        if sentence:
            note(settings, sentence)
    return 0 if outcome.intact else 1


def _summary(outcome: Outcome) -> dict[str, Any]:
    newest = outcome.newest
    return {
        "intact": outcome.intact, "level": outcome.level, "size": outcome.size, "root": outcome.root,
        "checkpoint": {"number": newest.number, "size": newest.says.size, "note": newest.note} if newest else None,
        "redacted": outcome.redacted, "entries_checked": outcome.checked, "notes": list(outcome.notes),
    }  # fmt: skip


def _shown(outcome: Outcome, results: Sequence[Mapping[str, Any]]) -> str:
    """Write what people read: a verdict in one line, then each break with its fix."""
    if outcome.intact:
        redacted = f", {outcome.redacted} of them redacted" if outcome.redacted else ""
        sealed = f"; the newest checkpoint seals {outcome.newest.says.size}" if outcome.newest else ""
        return f"intact: {outcome.size} entries{redacted}{sealed}\nroot    {outcome.root}"
    lines = [f"broken: {len(results)} {'thing does' if len(results) == 1 else 'things do'} not fit"]
    for one in results:
        where = "" if one["sequence"] is None else f" at entry {one['sequence']}"
        lines += [f"{mark('blocker')}[{one['layer']}]{where}: {clean(one['what'])}", f"  fix    {clean(one['fix'])}"]
    return "\n".join(lines)
