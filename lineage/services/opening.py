"""What a gate over a catalogue knows: the newest table, made and kept up to date as the catalogue changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock, Thread

from lineage.errors import LineageError
from lineage.gate.bundle_places import PREFIX, Places, ancestors
from lineage.gate.decode import table_of
from lineage.gate.findings import Finding
from lineage.gate.segments import TableDamaged
from lineage.gate.source import Snapshot, Unavailable
from lineage.gate.table import Table
from lineage.services.bundling import place_segments
from lineage.services.compiling import Compiler
from lineage.services.placed import found_in
from lineage.services.places import has_more_places, read_places_of
from lineage.store.address import file_of
from lineage.store.database import Database

MANY = 2_000
"""So many places are read with every table, which takes some 50 ms. Of more, each when a finding is first shown."""

PATIENCE = 0.5
"""Seconds somebody who answers waits for the place of a finding."""

REMEMBERED = 20_000
"""So many looked-up places are remembered."""

Where = Callable[[Finding], str]


def open_source(url: str) -> StoreSource:
    """Give the source of a catalogue. WrongUse for an address that is none."""
    return StoreSource(url)


class StoreSource:
    """Gives snapshots of a catalogue. Everything that is not needed to answer is left for when nothing changed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._file = file_of(url)
        self._identity = _identity(self._file)
        self._database = Database(url, keep=True)
        self._compiler = Compiler(self._database)
        self._lookup = _Lookup(url)

    def load(self, held: Snapshot | None, now: int) -> Snapshot:
        """Give what holds now; Unavailable, with the reason, when the catalogue cannot be read or judged."""
        try:
            self._look()
            current = self._compiler.current()
            self._lookup.reachable = True
            if held is not None and held.root == current.manifest.root:
                self._compiler.save()
                self._compiler.prepare()
                return replace(held, known=now)
            table = table_of(current.parts)
            manifest = current.manifest
            return Snapshot(table, manifest.revision, manifest.digest, manifest.root, now, self._where(table))
        except (LineageError, TableDamaged) as error:
            self._lookup.reachable = False
            raise Unavailable(str(error)) from error

    def _where(self, table: Table) -> Where:
        if has_more_places(self._database, MANY):
            self._lookup.forget()
            return self._lookup
        segments = place_segments(self._database, (rule.about for rule in table.rules))
        return Places(segments.__getitem__, sum(name.startswith(PREFIX) for name in segments))

    def _look(self) -> None:
        """Begin anew when the catalogue's file was replaced: an open one goes on reading what is no longer there."""
        identity = _identity(self._file)
        if identity != self._identity:
            self._database.close()
            self._database = Database(self._url, keep=True)
            self._compiler = Compiler(self._database)
            self._lookup.close()
            self._lookup = _Lookup(self._url)
            self._identity = identity

    def close(self) -> None:
        """End the connections."""
        self._database.close()
        self._lookup.close()


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Give what tells a file from another of the same name; None where there is no file."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


class _Lookup:
    """Tells findings their places, each read from the catalogue when it is first asked for, as long as that can be reached.

    A place is no part of an answer's reasons: where it cannot be read at once it is left out. Whoever answers waits for a
    database that hangs once, and not again before the catalogue was read by who follows it.
    """

    def __init__(self, url: str) -> None:
        self.reachable = True
        self._url = url
        self._lock = Lock()
        self._process = os.getpid()
        self._database: Database | None = None
        self._known: dict[tuple[tuple[str, str], str], str] = {}

    def __call__(self, finding: Finding) -> str:
        name = (finding.document, finding.about)
        found = self._known.get(name)
        if found is None and self.reachable:
            if self._process != os.getpid():  # connections are not shared with a process that was forked off
                self._lock, self._database, self._process = Lock(), None, os.getpid()
            found = self._read(finding)
            if found is not None:
                self._remember(name, found)
        return found or ""

    def _read(self, finding: Finding) -> str | None:
        """Give a place as a thread finds it that nobody waits for long; None when it does not."""
        found: list[str] = []
        if self._lock.acquire(timeout=PATIENCE):
            reader = Thread(target=self._look, args=(finding, found, self._lock), daemon=True)
            reader.start()
            reader.join(PATIENCE)
        self.reachable = bool(found)
        return found[0] if found else None

    def _look(self, finding: Finding, found: list[str], lock: Lock) -> None:
        with suppress(LineageError):
            try:
                if self._database is None:
                    self._database = Database(self._url, keep=True)
                found.append(found_in(read_places_of(self._database, ancestors(finding)), finding))
            finally:
                lock.release()

    def _remember(self, name: tuple[tuple[str, str], str], found: str) -> None:
        if len(self._known) >= REMEMBERED:
            self._known = {}
        self._known[name] = found

    def forget(self) -> None:
        """Read places again from now on."""
        self._known = {}

    def close(self) -> None:
        """Look nothing up any more."""
        self.reachable = False
        if self._database is not None and self._process == os.getpid():
            self._database.close()
