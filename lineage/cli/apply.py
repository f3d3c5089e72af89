"""``lineage apply``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.changes import LISTED, MARKS, value_lines
from lineage.cli.options import database_of, request_of, times_of, with_settings, writing_options
from lineage.cli.output import Progress, clean, emit, note, require_out, tell_problems, write_text
from lineage.cli.review import tell_done
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.changing import Done, Request
    from lineage.services.plans import Item, Plan

DATA = ("json", "jsonl", "csv")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--plan", "only_plan", is_flag=True, help="Show what would change, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@click.option("--prune", is_flag=True, help="Retire what was declared at or under the paths and no longer is.")
@click.option(
    "--on-conflict",
    type=click.Choice(["stop", "mine", "theirs"]),
    default="stop",
    help="Whose version wins; default stop.",
)
@click.option("--change-set", metavar="KEY", help="Propose it in this change set anew, such as a returned one.")
@writing_options
@with_settings
def apply(settings: Settings, paths: tuple[Path, ...], only_plan: bool, yes: bool, **how: Any) -> int:
    """Bring declarations in; shows the plan first."""
    from lineage.services import applying, retiring, reusing, sensitive, transitions

    database, progress = database_of(settings), Progress(settings)
    declared = applying.read_against(database, paths, progress, paths if how["prune"] else ())
    if declared.problems:
        tell_problems(declared.problems, settings)
        return 3 if declared.undecodable else 1
    plan = applying.plan_apply(database, declared, paths if how["prune"] else (), how["on_conflict"])
    request = request_of(settings, how, how["change_set"])
    refused = (
        *sensitive.problems([item.document for item in plan.items if item.document], request, database),
        *transitions.refusals(database, plan, times_of(settings).now),
        *retiring.still_needed(database, plan),
        *reusing.reused_ids(database, plan),
    )
    if refused:
        tell_problems(refused, settings)
        return 1
    return _write(settings, plan, progress, request, only_plan=only_plan, yes=yes)


def _write(settings: Settings, plan: Plan, progress: Progress, request: Request, *, only_plan: bool, yes: bool) -> int:
    """Show the plan, ask where nobody said yes, and write it."""
    from lineage.services import applying

    database = database_of(settings)
    asked = not only_plan and not yes and bool(plan.items) and not plan.conflicts
    _tell(settings, plan, asked=asked)
    written = bool(plan.items) and not plan.conflicts and not only_plan and (yes or _confirmed())
    if plan.moved and not plan.items and not only_plan:
        applying.keep_places(database, plan)
    done = None
    if written:

        def told(count: int, total: int) -> None:
            progress("writing", count, total)

        done = applying.apply_plan(database, plan, request, told)
    _answer(settings, plan, done)
    tell_done(settings, done)
    return _code(settings, plan, done, only_plan=only_plan)


def _confirmed() -> bool:
    try:
        return click.confirm("Write these changes?", err=True)
    except click.Abort:
        return False


def _tell(settings: Settings, plan: Plan, *, asked: bool) -> None:
    """Show people the plan before anything is written: on stderr where it leads to a question."""
    require_out(settings)
    if settings.format in DATA:
        return
    if asked:
        click.echo("\n".join(_lines(plan, settings)), err=True)
    else:
        write_text(settings, "\n".join(_lines(plan, settings)))


def _answer(settings: Settings, plan: Plan, done: Done | None) -> None:
    """Give programs the plan, and whether it was applied or waits in a change set."""
    if settings.format not in DATA:
        return
    from lineage.services.views import frame_of

    frame = frame_of(database_of(settings), times_of(settings))
    waits = done.change_set if done and done.change_set else None
    summary = {**plan.counts(), "applied": done is not None and done.live, "change_set": waits}
    emit(settings, "apply", frame, summary, [_data(item) for item in plan.items], ("operation", "kind", "key", "where"))


def _code(settings: Settings, plan: Plan, done: Done | None, *, only_plan: bool) -> int:
    if plan.conflicts:
        note(settings, f"{_conflicts(plan)}: the catalogue was changed since; nothing was written")
        note(settings, "  fix    --on-conflict mine keeps the files' version, theirs the catalogue's")
        return 1
    if not plan.items:
        note(settings, "nothing to change: the catalogue holds these declarations already")
    elif only_plan:
        note(settings, "this is a plan; nothing was written")
    elif done is not None and done.live:
        note(settings, "written")
    elif done is None:
        note(settings, "not confirmed; nothing was written (--yes writes without asking)")
    return 1 if plan.items and not only_plan and done is None else 0


def _conflicts(plan: Plan) -> str:
    count = len(plan.conflicts)
    return f"{count} conflict{'s' if count != 1 else ''}"


def _data(item: Item) -> dict[str, Any]:
    changes = [{"path": d.path, "before": d.before, "after": d.after} for d in item.differences]
    return {"operation": item.operation, "kind": item.kind, "key": item.key, "where": item.where, "changes": changes}


def _lines(plan: Plan, settings: Settings) -> list[str]:
    """Write counts first, then a line an item, with changed values in full; long lists of additions are counted."""
    lines = [", ".join(f"{count} {name}" for name, count in plan.counts().items() if count or name == "unchanged")]
    additions = 0
    for item in plan.items:
        additions += item.operation == "add"
        if item.operation == "add" and additions > LISTED and not settings.verbose:
            continue
        lines.append(
            f"{MARKS[item.operation]} {item.kind} {clean(item.key)}{f'  ({clean(item.where)})' if item.where else ''}"
        )
        lines += value_lines(_data(item)["changes"])
    if additions > LISTED and not settings.verbose:
        lines.append(f"… and {additions - LISTED} more additions; -v lists them all")
    return lines
