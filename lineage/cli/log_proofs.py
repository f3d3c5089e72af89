"""``lineage log checkpoint``, ``rotate`` and ``export``: what proves the log outside the catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from lineage.cli.options import database_of, request_of, with_settings, writing_options
from lineage.cli.output import emit, note, require_out, write_text
from lineage.errors import WrongUse
from lineage.settings import Settings

_TODAY = "leave out --as-of"


@click.command("checkpoint")
@with_settings
def checkpoint(settings: Settings) -> int:
    """Print a signed statement of the log's size and root.

    Give it to whoever shall be able to check you later: `lineage verify log --checkpoint FILE` compares the log with it.
    Where nothing was added since the last one, that one is printed.
    """
    from lineage.services.sealing import seal

    _require_now(settings, "a checkpoint is made of the log as it is now")
    require_out(settings)
    sealed = seal(database_of(settings))
    result = {"origin": sealed.origin, "size": sealed.size, "root": sealed.root, "key": sealed.key, "note": sealed.note}
    columns = ("origin", "size", "root", "key")
    emit(settings, "log.checkpoint", None, {"new": sealed.new}, [result], columns, lambda: sealed.note, prose=True)
    return 0


@click.command("rotate")
@writing_options
@with_settings
def rotate(settings: Settings, **how: Any) -> int:
    """Let a new key sign checkpoints from now on.

    The old key and the new one both sign the change, which is written to the journal at once. The file of the old key is
    kept beside the new one. Needs --reason.
    """
    from lineage.services.sealing import rotate as change_key

    _require_now(settings, "a key takes over now")
    if not how.get("reason"):
        raise WrongUse("it is not said why the key changes", "say it with --reason")
    done = change_key(database_of(settings), request_of(settings, how))
    result = {"old": done.old, "new": done.new, "from": done.first, "file": str(done.place)}
    emit(settings, "log.rotate", None, {}, [result], ("new", "from", "file"), lambda: done.new, prose=True)
    note(settings, f"{done.place} holds the new key; tell those who check you: {done.new}")
    return 0


@click.command("export")
@click.option("--verifier", is_flag=True, help="Print the program that checks an export instead.")
@with_settings
def export(settings: Settings, verifier: bool) -> int:
    """Write the whole log out, for checking elsewhere.

    One JSON object a line. With --verifier: a file that checks an export, or a catalogue in SQLite, with nothing but
    Python: `python3 -I -S verify.py log.jsonl --checkpoint FILE`.
    """
    from lineage.services.sealing import export_log, seal_if_possible, verifier_text

    _require_now(settings, "a log is exported whole")
    if verifier:
        write_text(settings, verifier_text())
        return 0
    require_out(settings)
    database = database_of(settings)
    why = seal_if_possible(database)[1]
    _stream(settings, export_log(database))
    if why:
        note(settings, why)
    return 0


def _require_now(settings: Settings, sentence: str) -> None:
    if settings.as_of:
        raise WrongUse(sentence, _TODAY)


def _stream(settings: Settings, lines: Iterable[str]) -> None:
    """Write line by line: a log can be larger than memory. A file is there whole or not at all."""
    if not settings.out:
        for line in lines:
            click.echo(line, nl=False)
        return
    place = Path(settings.out)
    if place.exists() and not place.is_file():
        place.write_text("".join(lines), encoding="utf-8", newline="\n")
        return
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
