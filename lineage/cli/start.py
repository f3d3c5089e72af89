"""``lineage init``, ``doctor`` and ``schema``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from lineage.cli.options import actor_of, database_of, request_of, times_of, with_settings
from lineage.cli.output import emit, note, write_text
from lineage.errors import WrongUse
from lineage.settings import DEFAULT_CATALOG, Settings


@click.command()
@click.argument("folder", required=False, default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--sample", is_flag=True, help="Load the sample company, a food delivery.")
@with_settings
def init(settings: Settings, folder: Path, sample: bool) -> int:
    """Make a catalogue here."""
    from lineage.services.setting_up import make_catalogue
    from lineage.store.address import address_of

    url = settings.catalog
    if url == DEFAULT_CATALOG:
        url = f"sqlite:///{(folder / 'lineage.db').as_posix()}"
    made = make_catalogue(url, folder, actor_of(settings), times_of(settings).now, sample=sample)
    shown = address_of(url).shown
    note(settings, f"made the catalogue {shown}; declarations lie in {made.declarations}")
    if made.key:
        note(settings, made.key)
    ask = "" if url == DEFAULT_CATALOG else f"-C {shown} "
    note(settings, f"next: lineage {ask}{'check' if sample else f'apply {made.declarations}'}")
    return 0


@click.command()
@with_settings
def schema(settings: Settings) -> int:
    """Print the JSON Schema of the declarations."""
    from lineage.services.describing import json_schema

    write_text(settings, json.dumps(json_schema(), ensure_ascii=False, indent=2))
    return 0


@click.command()
@click.option("--rebuild", is_flag=True, help="Make the tables anew from the documents, if the journal holds.")
@click.option("--reason", help="Why they are made anew, for the journal.")
@with_settings
def doctor(settings: Settings, rebuild: bool, reason: str | None) -> int:
    """Look for problems, and say how to mend each."""
    from lineage.services.examining import examine

    if rebuild:
        _rebuild(settings, reason)
    elif reason:
        raise WrongUse("looking for problems needs no reason", "leave out --reason, or add --rebuild")
    found = examine(database_of(settings), settings.catalog, times_of(settings).now)
    results = [{"state": look.state, "what": look.what, "fix": look.fix} for look in found]
    bad = sum(look.state == "problem" for look in found)
    emit(settings, "doctor", None, {"problems": bad, "looked_at": len(found)}, results, ("state", "what", "fix"))
    return 1 if bad else 0


def _rebuild(settings: Settings, reason: str | None) -> None:
    from lineage.services.examining import rebuild

    if settings.at or settings.as_of:
        raise WrongUse("tables are made anew as they are now", "leave out --at and --as-of")
    done = rebuild(database_of(settings), request_of(settings, {"reason": reason}))
    rows = "1 row" if done.differed == 1 else f"{done.differed} rows"
    note(settings, f"made the tables anew: {rows} differed from the documents (journal entry {done.sequence})")
