"""The kept table of a catalogue in a SQLite file, read with the standard library alone: a question costs no judging.

Whatever stands in the way, a catalogue of another version included, is no error here: the catalogue itself then answers.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lineage.domain.kinds import RECORDS
from lineage.gate.segments import Manifest, TableDamaged, checked, unpacked
from lineage.store.revisions import HEAD, VERSION_TABLE

ADDRESS = "sqlite:///"
PATIENCE = 5
"""Seconds to wait for somebody who has locked the file."""

Place = tuple[str, int, Mapping[str, int]]


class KeptFile:
    """Segments of the kept table of a SQLite catalogue, in one state of the file throughout."""

    def __init__(self, connection: sqlite3.Connection, manifest: Manifest, entry: int) -> None:
        self._connection = connection
        self.manifest = manifest
        self.entry = entry

    def read(self, name: str) -> bytes:
        """Give a segment. TableDamaged when it is missing or altered."""
        segment = self.manifest.by_name.get(name)
        row = segment and self._one("SELECT data FROM compiled_segment WHERE digest = ?", segment.digest)
        if segment is None or row is None or not isinstance(row[0], bytes):
            raise TableDamaged(f"segment {name} is missing")
        return checked(self.manifest, name, unpacked(row[0], segment.size))

    def places(self, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Place]:
        """Give file, line and lines of paths for those of some documents that are declared in a file."""
        found: dict[tuple[str, str], Place] = {}
        for kind, key in names:
            row = self._one("SELECT file, line, lines FROM place WHERE kind = ? AND key = ?", kind, key)
            if row is not None:
                found[kind, key] = str(row[0]), int(row[1]), json.loads(row[2])
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found


def kept_file(url: str, program: str) -> KeptFile | None:
    """Open the table that this program kept in a SQLite catalogue, when it is of the newest revision; else give None."""
    path = url.removeprefix(ADDRESS)
    if path == url or not path or "?" in path or not Path(path).is_file():
        return None
    with suppress(sqlite3.Error, TableDamaged, TypeError, ValueError):
        connection = sqlite3.connect(f"file:{quote(str(Path(path).absolute()))}?mode=ro", uri=True, timeout=PATIENCE)
        connection.isolation_level = None
        found = None
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            found = _newest(connection, program)
        finally:
            if found is None:
                with closing(connection):
                    pass
        return found
    return None


def _newest(connection: sqlite3.Connection, program: str) -> KeptFile | None:
    version = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
    if version != (HEAD,):
        return None
    query = "SELECT root, entry, manifest, leaf FROM compiled WHERE program = ? ORDER BY entry DESC LIMIT 1"
    row = connection.execute(query, (program,)).fetchone()
    if row is None:
        return None
    manifest = Manifest.from_bytes(row[2])
    marks = ", ".join("?" * len(RECORDS))
    later = f"SELECT 1 FROM journal WHERE sequence > ? AND kind NOT IN ({marks}) LIMIT 1"
    if manifest.root != row[0] or connection.execute(later, (row[1], *sorted(RECORDS))).fetchone() is not None:
        return None
    leaf = connection.execute("SELECT leaf FROM journal WHERE sequence = ?", (row[1],)).fetchone()
    if leaf != (row[3],):
        return None
    last = connection.execute("SELECT max(sequence) FROM journal").fetchone()[0]
    return KeptFile(connection, manifest, last)
