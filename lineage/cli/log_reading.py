"""``lineage log list`` and ``log show``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lineage.cli.changes import LISTED, value_lines
from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import STREAMED, clean, emit, form_of, lines_of, note, stream, table, tell_as_of
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.journal import Filter, Shown
    from lineage.services.views import Frame

COLUMNS = ("sequence", "at", "by", "operation", "kind", "key", "version", "command", "reason")
SHOWN = ("sequence", "at", "by", "operation", "kind", "key", "version", "command", "reason", "payload", "leaf")
SHORT = 8
"""Letters of a command's id that people are shown; as many name it again."""


@click.command("list")
@click.option("--kind", default="", help="Only entries about documents of this kind.")
@click.option("--key", default="", help="Only entries about documents with this key.")
@click.option("--since", metavar="WHEN", help="Only from this day, instant or entry @N on.")
@click.option("--until", metavar="WHEN", help="Only through this day, instant or entry @N.")
@click.option(
    "--command", metavar="ID", default="", help="Only what this command wrote; the start of its id is enough."
)
@click.option("--limit", type=click.IntRange(1, 2**62), help="Only the newest so many.")
@with_settings
def list_(settings: Settings, **asked: Any) -> int:
    """List the changes in the journal, the newest last.

    --by NAME behind the command's name leaves only what this person changed.
    """
    from lineage.services.journal import Filter

    wanted = Filter(by=_person(), **asked)
    form = form_of(settings)
    if form in STREAMED:
        stream(settings, lines_of(form, _entries(settings, wanted), COLUMNS))
    elif form == "json":
        results = list(_entries(settings, wanted))
        emit(settings, "log.list", _frame(settings), {"entries": len(results)}, results, COLUMNS)
    else:
        _table(settings, wanted)
    return 0


def _person() -> str:
    """Give whose changes are asked for. Before the command's name, and in the environment, ``--by`` says who asks."""
    here = click.get_current_context()
    typed = here.get_parameter_source("by") is ParameterSource.COMMANDLINE
    return str(here.params["by"]) if typed else ""


def _entries(settings: Settings, wanted: Filter) -> Iterator[dict[str, Any]]:
    from lineage.services.journal import list_entries, told_data

    told = (lambda found: tell_as_of(settings, found)) if form_of(settings) != "json" else None
    empty = True
    for entry in list_entries(database_of(settings), times_of(settings), wanted, told):
        empty = False
        yield told_data(entry)
    if empty:
        note(settings, "no journal entry fits")


def _frame(settings: Settings) -> Frame:
    from lineage.services.views import frame_of

    return frame_of(database_of(settings), times_of(settings))


def _table(settings: Settings, wanted: Filter) -> None:
    """Draw the newest entries: a terminal is read from its end."""
    from dataclasses import replace

    from lineage.cli.output import write_text

    capped = wanted.limit is None and not settings.verbose
    found = list(_entries(settings, replace(wanted, limit=LISTED + 1) if capped else wanted))
    rows = found[-LISTED:] if capped else found
    short = [row | {"command": row["command"][:SHORT]} for row in rows]
    write_text(settings, table(short, COLUMNS))
    if len(rows) < len(found):
        note(settings, f"these are the newest {LISTED}; --limit N or -v shows more")


@click.command("show")
@click.argument("what", metavar="SEQUENCE|COMMAND")
@with_settings
def show(settings: Settings, what: str) -> int:
    """Show all that is kept of an entry, or of a command.

    SEQUENCE is the number of a journal entry; COMMAND the id of a command, of which the first letters are enough.
    """
    from lineage.services.journal import show_entries, whole_data

    shown = show_entries(database_of(settings), times_of(settings), what, digest=form_of(settings) == "json")
    results = [whole_data(whole) for whole in shown.entries]
    summary = {"entries": len(results), "first": shown.first, "last": shown.last}
    emit(
        settings, "log.show", shown.frame, summary, results, SHOWN, lambda: _human(settings, shown, results), prose=True
    )
    return 0


def _human(settings: Settings, shown: Shown, results: list[dict[str, Any]]) -> str:
    listed = results if settings.verbose else results[:LISTED]
    lines = [line for result in listed for line in (*_whole(shown, result), "")]
    rest = len(results) - len(listed)
    return "\n".join(lines[:-1] + ([f"\n… and {rest} more entries; -v shows them all"] if rest else []))


def _whole(shown: Shown, result: dict[str, Any]) -> Iterator[str]:
    """Write an entry: what happened first, then who and why, then what proves it."""
    done = f"{result['operation']} {result['kind']} {clean(result['key'])}, version {result['version']}"
    yield click.style(f"journal entry {result['sequence']}: {done}", bold=True)
    said = {
        "at": f"{result['at']} ({result['header']['at']})",
        "by": f"{clean(result['by'])} ({clean(result['how_known'])}; actor {result['actor']})",
        "proposed": f"by {clean(', '.join(result['proposed_by']))} as {result['change_set']}"
        if result["proposed_by"]
        else "",
        "command": f"{result['command']}, entries {shown.first} to {shown.last}",
        "request": clean(result["request"]) if result["request"] else "none",
        "reason": clean(result["reason"]) if result["reason"] else "redacted" if result["redacted"] else "none said",
        "payload": f"{result['payload']}, salt {result['salt'] or 'redacted'}",
        "leaf": result["leaf"],
        "proof": _proof(result["proof"]),
    }
    yield from (f"  {name.ljust(8)} {value}" for name, value in said.items() if value)
    if result["redacted"]:
        yield f"  redacted {_redaction(result['redaction'])}"
    yield from value_lines(result["values"])
    if result["kind"] in ("pack", "vocabulary"):
        yield "    its values are too long to be listed; lineage pack show and lineage diff tell of them"


def _proof(proof: dict[str, Any] | None) -> str:
    if proof is None:
        return "no checkpoint covers it yet; lineage log checkpoint makes one"
    lead = "lead" if proof["holds"] else "DO NOT LEAD"
    return f"{len(proof['hashes'])} hashes {lead} to the root of the checkpoint of {proof['size']} entries"


def _redaction(redaction: dict[str, Any] | None) -> str:
    if redaction is None:
        return "nothing says why"
    paths = ", ".join(redaction.get("paths") or ()) or "the reason"
    return clean(f"{paths}; ground: {redaction.get('ground')}; approved by actor {redaction.get('approved_by')}")
