"""A whole catalogue copied row by row into another database of either kind, all or nothing, and proven equal.

Nothing is made anew on the way: entries, leaves, digests, checkpoints and tiles arrive as they left, so that whatever was
proven of the one holds of the other. The private key that signs checkpoints lies in no database and so in no copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Table, func, select

from lineage.content import content
from lineage.errors import CannotAnswer, Refused
from lineage.store import bulk, guards, schema
from lineage.store.database import check_revision
from lineage.store.documents import revision
from lineage.store.registry import metadata
from lineage.store.tables import CACHES
from lineage.store.verifying import verify

BATCH = 5_000
COPIED = tuple(table for table in metadata.sorted_tables if table.name not in CACHES)
_EVER = datetime(9998, 1, 1, tzinfo=UTC)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Seal:
    """What two copies of a catalogue have in common: size and root of the log, revision and digest of the documents."""

    size: int
    root: str
    revision: int
    digest: str


@dataclass(frozen=True, slots=True)
class _Sum:
    """The rows of a table: how many, and a sum over their hashes that no order of the rows changes."""

    rows: int
    digest: int


@dataclass(frozen=True, slots=True)
class Look:
    """What a full verification found: the seal, what does not fit together, whether guards are missing or altered."""

    seal: Seal
    breaks: tuple[str, ...]
    unguarded: bool


def look(connection: Connection) -> Look:
    """Verify a catalogue. Guards are no part of what is copied, since every copy gets its own; nor is the clock's truth."""
    found = verify(connection, "full", _EVER)
    last, digest = revision(connection)
    breaks = [one for one in found.breaks if one.layer != "guards"]
    sentences = tuple(one.what for one in breaks)
    return Look(Seal(found.size, found.root, last, digest), sentences, len(found.breaks) > len(breaks))


def copy(
    source: Connection,
    target: Connection,
    shown: str,
    seal: Seal,
    *,
    sound: bool = True,
    progress: Progress | None = None,
) -> int:
    """Copy the catalogue that ``source`` sees, with its seal, into an empty database; give the number of rows.

    All of it is in the transaction of ``target``, and read again there before that ends. Refused when a catalogue is there
    already; CannotAnswer when original and copy differ, or when a copy that must be ``sound`` does not hold by itself.
    """
    _prepare(target, shown)
    sums = _fill(source, target, progress)
    _prove(sums, seal, target, sound=sound)
    return sum(one.rows for one in sums.values())


def _prepare(connection: Connection, shown: str) -> None:
    """Make the tables of a new catalogue in the transaction of ``connection``; Refused when one is there and not empty."""
    if schema.revision_of(connection) is None:
        _make_tables(connection)
    check_revision(connection, shown)
    for table in COPIED:
        if connection.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise Refused(
                f"There is a catalogue at {shown} already; a backup is restored into an empty place only.",
                "Name a new file or an empty database with -C.",
            )


def _fill(source: Connection, target: Connection, progress: Progress | None = None) -> dict[str, _Sum]:
    """Copy every row of a catalogue into the empty tables of another; give what was read of each table.

    Guards are taken away while rows come in without entries of their own, and made anew; both in the caller's transaction.
    """
    total = sum(_count(source, table) for table in COPIED)
    guards.drop(target)
    sums: dict[str, _Sum] = {}
    done = 0
    for table in COPIED:
        columns, rows, digest = [column.name for column in table.columns], 0, 0
        for part in _parts(source, table):
            bulk.insert(target, table.name, columns, part)
            rows += len(part)
            digest = _added(digest, part)
            if progress is not None:
                progress("copying", done + rows, total)
        done += rows
        sums[table.name] = _Sum(rows, digest)
    if bulk.is_postgres(target):
        # Before the guards: PostgreSQL alters no table whose references are still to be checked.
        target.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        target.exec_driver_sql("ANALYZE")
    guards.install(target)
    return sums


def _prove(sums: dict[str, _Sum], seal: Seal, target: Connection, *, sound: bool) -> None:
    """Read a copy again and compare all of it with the original; with ``sound`` it must also hold by itself.

    CannotAnswer when they differ, which means that a disk or a driver failed: nothing is kept then.
    """
    wrong = []
    for table in COPIED:
        rows, digest = 0, 0
        for part in _parts(target, table):
            rows += len(part)
            digest = _added(digest, part)
        if sums[table.name] != _Sum(rows, digest):
            wrong.append(f"{table.name} has {rows} rows and should have {sums[table.name].rows}, or they differ")
    if not wrong:
        found = look(target)
        wrong += [f"{found.seal} is not {seal}"] if found.seal != seal else []
        wrong += found.breaks if sound else []
        wrong += ["guards are missing"] if found.unguarded else []
    if wrong:
        raise CannotAnswer(f"The copy is not like the original: {listed(wrong)}.", "Try again, on another disk.")


def listed(wrong: Sequence[str], most: int = 5) -> str:
    """Write what is wrong as one sentence's part: the first few, and how many more."""
    more = f"; and {len(wrong) - most} more" if len(wrong) > most else ""
    return "; ".join(wrong[:most]) + more


def _parts(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Give the rows of a table as plain values, some at a time; keys in order, so that they are packed densely."""
    query = select(table).order_by(*table.primary_key.columns)
    result = connection.execute(query, execution_options={"stream_results": True, "yield_per": BATCH})
    for part in result.partitions():
        yield [tuple(row) for row in part]


def _added(digest: int, part: list[tuple[Any, ...]]) -> int:
    for row in part:
        digest += int.from_bytes(sha256(repr(row).encode("utf-8", "surrogatepass")).digest())
    return digest % (1 << 256)


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _make_tables(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(content("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
