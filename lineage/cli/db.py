"""``lineage db``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineage.cli.options import actor_of, database_of, times_of, with_settings
from lineage.cli.output import Progress, emit, note, write_text
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.backups import Copy

COMPILED = ("revision", "digest", "root", "segments")
COPIED = ("place", "entries", "root", "revision", "digest", "rows")


@click.group()
def db() -> None:
    """Upgrade, check, compile, back up and restore."""


@db.command()
@with_settings
def upgrade(settings: Settings) -> int:
    """Bring tables, packs and vocabulary up to date."""
    from lineage.services.setting_up import upgrade as bring_up

    for sentence in bring_up(settings.catalog, actor_of(settings), times_of(settings).now):
        note(settings, sentence)
    return 0


@db.command()
@with_settings
def check(settings: Settings) -> int:
    """Compare the tables with what this program expects."""
    from lineage.services.examining import check_tables

    differences = check_tables(settings.catalog)
    write_text(settings, "\n".join(differences) or "the tables are as they should be")
    return 1 if differences else 0


@db.command()
@with_settings
def compile(settings: Settings) -> int:  # noqa: A001 - the name of the command
    """Judge everything now, and keep the decision table.

    Questions are answered from the kept table as long as it is of the newest revision; bundles and servers bring it up to
    date by themselves. Whatever was kept before is thrown away.
    """
    from lineage.services.compiling import make_anew
    from lineage.services.views import frame_of

    database = database_of(settings)
    made = make_anew(database).manifest
    result = {"revision": made.revision, "digest": made.digest, "root": made.root, "segments": len(made.segments)}
    said = f"the decision table of revision {made.revision} is kept: {len(made.segments)} segments, {made.root}"
    frame = frame_of(database, times_of(settings))
    emit(settings, "db.compile", frame, {"compiled": 1}, [result], COMPILED, lambda: said, prose=True)
    return 0


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--damaged", is_flag=True, help="Keep a damaged catalogue too, as evidence.")
@with_settings
def backup(settings: Settings, file: Path, damaged: bool) -> int:
    """Write the whole catalogue into a new file.

    The file is a SQLite catalogue, whatever the original is; others may go on writing meanwhile. It is compared with the
    original and verified before it gets its name. The private key that signs checkpoints is no part of it: keep it apart.
    """
    from lineage.services.backups import back_up

    made = back_up(settings.catalog, file, damaged=damaged, progress=Progress(settings))
    for sentence in made.damage:
        note(settings, f"damaged: {sentence}")
    if made.unguarded:
        note(settings, "guards of this catalogue are missing or altered; the copy has them: run `lineage db upgrade`")
    _tell(settings, "db.backup", made, f"backed up into {file}")
    return 0


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_settings
def restore(settings: Settings, file: Path) -> int:
    """Fill an empty place with the catalogue in a backup.

    The place is that of --catalog: a new SQLite file or an empty PostgreSQL database. All of the backup comes in, or
    nothing. A catalogue moves from one kind of database to the other by a backup and a restore.
    """
    from lineage.services.backups import restore as bring_back

    made = bring_back(settings.catalog, file, progress=Progress(settings))
    _tell(settings, "db.restore", made, f"restored {file} to {made.place}")
    return 0


@db.command()
@click.argument("role")
@click.option("--read-only", is_flag=True, help="Let the role read, and change nothing.")
@with_settings
def grant(settings: Settings, role: str, read_only: bool) -> int:
    """Let a PostgreSQL role use the catalogue.

    It gets the rights the program needs and no more: whoever works with it can neither change tables nor take guards away.
    """
    from lineage.store.roles import grant as allow

    for sentence in allow(settings.catalog, role, read_only=read_only):
        note(settings, sentence)
    return 0


def _tell(settings: Settings, command: str, made: Copy, done: str) -> None:
    """Answer what was copied, so that it can be compared with what was printed elsewhere."""
    seal = made.seal
    result = {
        "place": made.place,
        "entries": seal.size if seal else None,
        "root": seal.root if seal else None,
        "revision": seal.revision if seal else None,
        "digest": seal.digest if seal else None,
        "rows": made.rows,
    }
    emit(settings, command, None, {"copied": 1, "damaged": len(made.damage)}, [result], COPIED)
    note(settings, f"{done}; compared with the original{' and verified' if not made.damage else ''}" if seal else done)
