"""``lineage log redact``."""

from __future__ import annotations

from typing import Any

import click

from lineage.cli.options import database_of, request_of, times_of, with_settings, writing_options
from lineage.cli.output import emit, note
from lineage.settings import Settings

LAST = 2**62
"""No database counts further."""


@click.command()
@click.argument("sequences", nargs=-1, type=click.IntRange(0, LAST), metavar="[SEQUENCE]...")
@click.option(
    "--path", "paths", multiple=True, metavar="PATH", help="Text to take out, such as description; may be repeated."
)
@click.option(
    "--containing", default="", metavar="TEXT", help="Take out every text that contains this, wherever it stood."
)
@click.option("--ground", default="", metavar="TEXT", help="Why it must go, such as the article of the law.")
@writing_options
@with_settings
def redact(settings: Settings, sequences: tuple[int, ...], paths: tuple[str, ...], **how: Any) -> int:
    """Have text taken out of past entries, once approved."""
    from lineage.services.redacting import ask_to_redact
    from lineage.services.views import frame_of

    database = database_of(settings)
    request = request_of(settings, how)
    done, taken = ask_to_redact(database, request, sequences, paths, how["containing"], how["ground"])
    results = [
        {"sequence": t.sequence, "kind": t.kind, "key": t.key, "version": t.version, "paths": list(t.paths)}
        for t in taken
    ]
    summary = {"change_set": done.change_set or None, "entries": len(results)}
    frame = frame_of(database, times_of(settings))
    emit(settings, "log.redact", frame, summary, results, ("sequence", "kind", "key", "version", "paths"))
    if done.change_set:
        note(settings, f"proposed as {done.change_set}; nothing is taken out before somebody else approves it")
        note(settings, f"  next   lineage review show {done.change_set}")
    elif not results:
        note(settings, "no entry contains it")
    return 0
