"""Connections to a catalogue, set up alike every time.

SQLite: WAL, every commit on disk (synchronous FULL), foreign keys, a writer's transaction takes the lock at its start
(a deferred one that reads before it writes fails at once when somebody else wrote in between, whatever the time-out).
PostgreSQL: psycopg 3; one writer at a time through an advisory lock; a reader sees one state throughout.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from lineage.errors import CannotAnswer, CatalogueUnreadable
from lineage.store.address import Address

if not os.environ.get("LINEAGE_DEBUG"):
    # SQLAlchemy logs tracebacks when it is interrupted; what people have to know is said in the errors we raise.
    logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())

PATIENCE = 30
"""Seconds to wait for somebody else's transaction."""

LOCK = 0x6C696E65616765
"""Number of the advisory lock that writers and migrations hold on PostgreSQL."""


def reader(address: Address, *, keep: bool = False) -> Engine:
    """Make an engine whose transactions only read; with ``keep``, connections stay open for the next one."""
    if address.path is None:
        how = {"isolation_level": "REPEATABLE READ", "execution_options": {"postgresql_readonly": True}}
        return _postgres(address, keep=keep, **how)
    return _sqlite(address.path, address, "BEGIN", reading=True, keep=keep)


def writer(address: Address, *, create: bool = False, keep: bool = False) -> Engine:
    """Make an engine whose transactions write; with ``create``, a SQLite file that is missing is made."""
    if address.path is None:
        return _postgres(address, keep=keep, isolation_level="READ COMMITTED")
    return _sqlite(address.path, address, "BEGIN IMMEDIATE", mode="rwc" if create else "rw", keep=keep)


def _pool(keep: bool) -> dict[str, Any]:
    """Say whether connections are kept; a kept one is asked whether it still lives before it is used again."""
    return {"poolclass": QueuePool, "pool_pre_ping": True} if keep else {"poolclass": NullPool}


def take_lock(connection: Connection) -> None:
    """Wait until nobody else writes; on SQLite the transaction has the lock from its start."""
    if connection.dialect.name == "postgresql":
        patience = f"set_config('lock_timeout', '{PATIENCE}s', true)"
        connection.exec_driver_sql(f"SELECT {patience}, pg_advisory_xact_lock({LOCK})")


def _postgres(address: Address, *, keep: bool, **options: Any) -> Engine:
    patience = {} if "connect_timeout" in address.url.query else {"connect_timeout": 10}
    try:
        return create_engine(address.url, connect_args=patience, **_pool(keep), **options)
    except ModuleNotFoundError as error:
        raise CannotAnswer(
            f"The catalogue at {address.shown} needs {error.name}, which is not installed.",
            "Install it with: pip install 'usage-cycle[postgres]'",
        ) from error


def _sqlite(
    path: Path, address: Address, begin: str, *, reading: bool = False, mode: str = "rw", keep: bool = False
) -> Engine:
    def connect() -> sqlite3.Connection:
        return _open_to_read(path, address) if reading else _open_to_write(path, mode)

    engine = create_engine("sqlite://", creator=connect, **_pool(keep))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _open(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{options}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _open_to_write(path: Path, mode: str) -> sqlite3.Connection:
    connection = _open(path, f"mode={mode}")
    try:
        _use_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")  # 64 MiB: indexes of a bulk load stay in memory
    except BaseException:
        connection.close()
        raise
    return connection


def _use_log(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on. SQLite refuses at once, without waiting, while another makes the same file."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def _open_to_read(path: Path, address: Address) -> sqlite3.Connection:
    """Open a file that may lie in a folder where SQLite cannot make its helper files."""
    connection = _open(path, "mode=rw")  # of a write-protected file SQLite makes a read-only connection by itself
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorname.startswith("SQLITE_IOERR_SHM"):
            return _open_alone(path)
        if not error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise
        return _open_unchanging(path, address)
    except BaseException:
        connection.close()
        raise
    return connection


def _open_alone(path: Path) -> sqlite3.Connection:
    """Open a file on a disk without room for what programs share: nobody else can use it as long as this one reads."""
    connection = _open(path, "mode=rw")
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _open_unchanging(path: Path, address: Address) -> sqlite3.Connection:
    """Open a file nobody can change. Changes that lie beside it only, in a write-ahead log, would be overlooked."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise CatalogueUnreadable(
            f"The catalogue at {address.shown} has changes in {log.name} that cannot be read in a read-only folder.",
            "Open it once where the folder can be written, or copy both files to such a place.",
        )
    return _open(path, "mode=ro&immutable=1")
