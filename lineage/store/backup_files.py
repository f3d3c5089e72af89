"""Backup files: SQLite catalogues in one file each, written beside their place and put there whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, Connection

from lineage.errors import CatalogueReadOnly, CatalogueUnreadable, MigrationNeeded, NoCatalogue, Refused, WrongUse
from lineage.store import engines
from lineage.store.address import Address
from lineage.store.database import check_revision
from lineage.store.failures import explained

_HELPERS = ("", "-wal", "-shm", "-journal")


def require_free(path: Path) -> None:
    """Raise Refused when a file is there already, WrongUse when its folder is missing: nothing is ever replaced."""
    if path.exists() or path.is_symlink():
        raise Refused(f"{path} is there already.", "Choose another name: a backup replaces nothing.")
    if not path.absolute().parent.is_dir():
        raise WrongUse(f"There is no folder {path.parent}.", "Make it, or choose another.")


@contextmanager
def beside(path: Path, *, portable: bool = False) -> Iterator[Path]:
    """Give the name of a new file; what was written there is put at ``path`` when the block ends, and removed if it fails.

    A ``portable`` file can be read in a write-protected place. Whoever looks meanwhile, or after a crash, finds no file
    or the whole one. Refused when ``path`` came into being.
    """
    part = path.absolute().with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            _remove(part)
            yield part
            if portable:
                _without_log(part)
            _sync(part)
            _publish(part, path)
        except OSError as error:
            raise CatalogueReadOnly(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
    finally:
        with suppress(OSError):
            _remove(part)


@contextmanager
def new_file(part: Path, place: Path, *, strict: bool = True) -> Iterator[Connection]:
    """Give the one writer of a new SQLite file; messages speak of ``place``. Not ``strict``: broken references may come in."""
    address = _address(part, place)
    with explained(address, writing=True), engines.writer(address, create=True).connect() as connection:
        if not strict:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("PRAGMA foreign_keys = OFF")
            driver.execute("PRAGMA ignore_check_constraints = ON")
        with connection.begin():
            yield connection


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """Give a connection that reads a backup. WrongUse when there is none, CannotAnswer when this program cannot read it."""
    if not path.is_file():
        raise WrongUse(f"There is no file {path}.", "Check the path.")
    address = _address(path, path)
    with explained(address), engines.reader(address).connect() as connection, connection.begin():
        try:
            check_revision(connection, address.shown)
        except MigrationNeeded as error:
            fix = f"Upgrade it first: lineage -C {address.shown} db upgrade"
            raise MigrationNeeded(f"{path} was made by an older version of this program.", fix) from error
        except NoCatalogue as error:
            raise CatalogueUnreadable(f"{path} is no backup: it holds no catalogue.", "Check the path.") from error
        yield connection


def copy_pages(source: Path, part: Path, place: Path) -> None:
    """Copy a SQLite file page by page, with whatever is wrong in it, as it is at one instant."""
    with (
        explained(_address(part, place), writing=True),
        closing(sqlite3.connect(source, timeout=engines.PATIENCE)) as one,
        closing(sqlite3.connect(part)) as other,
    ):
        one.backup(other)


def _address(path: Path, place: Path) -> Address:
    return Address(f"sqlite:///{place}", path, URL.create("sqlite", database=str(path)))


def _without_log(part: Path) -> None:
    """Turn the write-ahead log off; the next writer turns it on again."""
    with (
        explained(_address(part, part), writing=True),
        closing(sqlite3.connect(part, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA synchronous = FULL")
        with suppress(sqlite3.DatabaseError):  # of a damaged file the pages count, not its mode
            connection.execute("PRAGMA journal_mode = DELETE")


def _publish(part: Path, path: Path) -> None:
    try:
        os.link(part, path)
    except FileExistsError:
        require_free(path)
    except OSError:
        require_free(path)
        part.rename(path)
    _sync(path.absolute().parent)


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk; not every system can open a folder."""
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _remove(part: Path) -> None:
    for ending in _HELPERS:
        part.with_name(part.name + ending).unlink(missing_ok=True)
