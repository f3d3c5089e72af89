"""Back a catalogue up into one file, and bring it back, on the same kind of database or the other: so it moves too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lineage.errors import CatalogueReadOnly, CatalogueUnreadable, NoCatalogue, Refused
from lineage.store import backup_files, copying, schema
from lineage.store.address import address_of
from lineage.store.copying import Look, Progress, Seal
from lineage.store.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was made and compared: where it lies, its rows and seal, and what is wrong with it if that was wanted.

    A damaged SQLite catalogue is copied page by page: nothing is read, so that nothing is counted either.
    """

    place: str
    rows: int | None
    seal: Seal | None
    damage: tuple[str, ...] = ()
    unguarded: bool = False
    """Whether guards of the original are missing or altered; the copy has them all."""


def back_up(url: str, file: Path, *, damaged: bool = False, progress: Progress | None = None) -> Copy:
    """Write a catalogue as it is at one instant into a new SQLite file, while others go on writing.

    Refused when the file is there, or when the catalogue is damaged; ``damaged`` keeps it nevertheless, as evidence.
    """
    backup_files.require_free(file)
    database = Database(url)
    damage = _damage(database) if damaged else ()
    path = address_of(url).path
    if damage and path is not None:
        with backup_files.beside(file, portable=True) as part:
            backup_files.copy_pages(path, part, file)
        return Copy(str(file), None, None, damage)
    with database.reading() as source:
        found = copying.look(source)
        if not damaged:
            fix = "See what is wrong with `lineage verify log`; --damaged keeps it as it is, as evidence."
            _require_sound(found, f"The catalogue at {database.shown}", fix)
        with (
            backup_files.beside(file, portable=True) as part,
            backup_files.new_file(part, file, strict=not damage) as target,
        ):
            rows = copying.copy(source, target, str(file), found.seal, sound=not damage, progress=progress)
    return Copy(str(file), rows, found.seal, damage, found.unguarded)


def restore(url: str, file: Path, *, progress: Progress | None = None) -> Copy:
    """Fill an empty address, of either kind, with the catalogue in a backup; all of it, or nothing.

    Refused when there is a catalogue already, or when the backup is damaged.
    """
    address = address_of(url)
    with backup_files.reading(file) as source:
        found = copying.look(source)
        _require_sound(found, f"The catalogue in {file}", "Restore another backup.")
        seal = found.seal
        if address.path is None or address.path.exists():
            rows = _in_place(url, source, seal, progress)
        else:
            _make_folder(address.path, address.shown)
            with (
                backup_files.beside(address.path) as part,
                backup_files.new_file(part, address.path) as target,
            ):
                rows = copying.copy(source, target, address.shown, seal, progress=progress)
    return Copy(address.shown, rows, seal)


def _in_place(url: str, source: Connection, seal: Seal, progress: Progress | None) -> int:
    """Fill a database that is there, in one transaction."""
    shown = address_of(url).shown
    try:
        with schema.changing(url) as target:
            return copying.copy(source, target, shown, seal, progress=progress)
    except NoCatalogue as error:
        raise NoCatalogue(f"There is no database at {shown}.", "Make an empty one first, with createdb.") from error


def _damage(database: Database) -> tuple[str, ...]:
    try:
        with database.reading() as connection:
            return copying.look(connection).breaks
    except CatalogueUnreadable as error:
        return (error.sentence,)


def _require_sound(found: Look, what: str, fix: str) -> None:
    if found.breaks:
        raise Refused(f"{what} is damaged: {copying.listed(found.breaks)}.", fix)


def _make_folder(path: Path, shown: str) -> None:
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogueReadOnly(
            f"The folder of {shown} cannot be made: {error.strerror}.", "Choose another folder."
        ) from error
