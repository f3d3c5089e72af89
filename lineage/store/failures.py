"""What drivers report when something fails, in the sentences of ``lineage.errors``."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from lineage.errors import CatalogueBusy, CatalogueReadOnly, CatalogueUnreadable, LineageError, NoCatalogue, Refused
from lineage.store.address import INIT, Address

UPGRADE = "Run `lineage db upgrade`."
ALLOW = "Ask for the right to write there, or work on a copy."
AGAIN = "Try again in a moment."
RESEND = "send the change again: with the same --request it has one effect, whether or not it was kept."
RESTORE = "Restore it from a backup, or name another with --catalog or LINEAGE_CATALOG."
SHARED = 32_768
"""Bytes of the file through which programs that use a SQLite catalogue know of each other."""

_NOT_YET = ("the database system is starting up", "in recovery mode", "shutting down", "not yet accepting connections")
_GONE = (
    "closed the connection",
    "connection is lost",
    "connection is closed",
    "terminating connection",
    "reset by peer",
)


@contextmanager
def explained(address: Address, *, writing: bool = False) -> Iterator[None]:
    """Turn every failure of the database inside into a LineageError."""
    try:
        yield
    except LineageError:
        raise
    except SQLAlchemyError as error:
        raise translated(getattr(error, "orig", None) or error, address, writing=writing) from error
    except Exception as error:
        if not _from_driver(error):
            raise
        raise translated(error, address, writing=writing) from error


def translated(error: BaseException, address: Address, *, writing: bool) -> LineageError:
    """Give the sentence for a driver's error."""
    said = address.clean(" ".join(str(error).split())).rstrip(".")
    if address.path is None:
        return _postgres(str(getattr(error, "sqlstate", None) or ""), said, address.shown, writing=writing)
    return _sqlite(error, said, address, writing=writing)


def _from_driver(error: Exception) -> bool:
    # A damaged file makes the driver read text that is none.
    return (
        isinstance(error, sqlite3.Error | UnicodeDecodeError) or type(error).__module__.partition(".")[0] == "psycopg"
    )


def _sqlite(error: BaseException, said: str, address: Address, *, writing: bool) -> LineageError:
    name, shown = str(getattr(error, "sqlite_errorname", "")), address.shown
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return CatalogueBusy(f"Somebody else is writing to the catalogue at {shown}.", AGAIN)
    if name.startswith("SQLITE_CONSTRAINT"):
        return (_guarded if name == "SQLITE_CONSTRAINT_TRIGGER" else _broken)(said)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return _disk(said, address, full=name.startswith("SQLITE_FULL") or _no_room(address), writing=writing)
    if name.startswith("SQLITE_READONLY") or (
        writing and name.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM")) and not _may_write(address)
    ):
        return CatalogueReadOnly(
            f"The catalogue at {shown} can be read but not written: its file or folder is read-only.", ALLOW
        )
    if name.startswith("SQLITE_NOTADB"):
        return CatalogueUnreadable(f"{shown} is not a catalogue: the file holds no database.", RESTORE)
    if name.startswith("SQLITE_CORRUPT"):
        return CatalogueUnreadable(f"The catalogue at {shown} is damaged: {said}.", RESTORE)
    if name == "SQLITE_ERROR" and "no such table" in said:
        return NoCatalogue(f"There is no catalogue at {shown}.", INIT)
    return CatalogueUnreadable(
        f"The catalogue at {shown} cannot be read: {said}.", "Check the path and your rights to it."
    )


def _disk(said: str, address: Address, *, full: bool, writing: bool) -> LineageError:
    """Give the sentence for a disk that fails. A commit may have been kept though it ended with an error."""
    what, fix = ("the disk is full", "Make room") if full else (said, "Check the disk it lies on")
    if not writing:
        return CatalogueUnreadable(f"The catalogue at {address.shown} cannot be read: {what}.", f"{fix}.")
    return CatalogueReadOnly(f"The catalogue at {address.shown} cannot be written: {what}.", f"{fix}, and {RESEND}")


def _no_room(address: Address) -> bool:
    """Whether the disk has not even room for the file that programs share: SQLite calls that an error like any other."""
    try:
        return address.path is not None and shutil.disk_usage(address.path.parent).free < SHARED
    except OSError:
        return False


def _may_write(address: Address) -> bool:
    path = address.path
    return path is not None and os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _postgres(state: str, said: str, shown: str, *, writing: bool) -> LineageError:
    if state in {"3D000", "42P01", "3F000"} or (not state and "does not exist" in said and "database" in said):
        return NoCatalogue(f"There is no catalogue at {shown}.", INIT)
    if state in {"55P03", "57014", "40001", "40P01"}:
        return CatalogueBusy(f"Somebody else is writing to the catalogue at {shown}.", AGAIN)
    if state.startswith("53"):
        reason = "the disk is full" if state == "53100" else said
        return CatalogueBusy(f"The server of the catalogue at {shown} is at its limit: {reason}.", AGAIN)
    if state == "25006" or (state == "42501" and writing):
        return CatalogueReadOnly(f"The catalogue at {shown} can be read but not written: {said}.", ALLOW)
    if state.startswith("23"):
        return _guarded(said.partition(" CONTEXT:")[0]) if state == "23000" else _broken(said)
    if state == "54000":
        return Refused(f"A key is too long for the database: {said}.", "Shorten it.")
    return _unreachable(state, said, shown, writing=writing)


def _unreachable(state: str, said: str, shown: str, *, writing: bool) -> LineageError:
    """Give the sentence for a server that is not there, not yet, or no longer."""
    if state == "57P03" or any(word in said for word in _NOT_YET):
        return CatalogueBusy(f"The server of the catalogue at {shown} is starting or ending: {said}.", AGAIN)
    if writing and (state.startswith(("08", "57P")) or any(word in said for word in _GONE)):
        return CatalogueUnreadable(
            f"The server of the catalogue at {shown} went away: {said}.", f"Check that it runs, and {RESEND}"
        )
    return CatalogueUnreadable(
        f"The catalogue at {shown} cannot be read: {said}.", "Check the address, and that the server runs."
    )


def _guarded(said: str) -> Refused:
    return Refused(
        f"The database refused this: {said}. Nothing was written.", "Change the catalogue with lineage commands."
    )


def _broken(said: str) -> Refused:
    return Refused(
        f"The catalogue would no longer fit together: {said}. Nothing was written.",
        "Declare what is referred to, or correct the reference.",
    )


def broken_reference(rows: list[Any]) -> Refused:
    """Name the first reference that leads nowhere: (table, row, table referred to, number of the key)."""
    table, _, target, _ = rows[0]
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    return _broken(f"a row of {table} refers to something that {target} does not hold{more}")
