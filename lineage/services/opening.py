"""What a gate over a catalogue knows: the newest table, made and kept up to date as the catalogue changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from lineage.errors import LineageError
from lineage.gate.bundle_places import PER_SHARD, PREFIX, Places
from lineage.gate.decode import table_of
from lineage.gate.findings import Finding
from lineage.gate.segments import TableDamaged
from lineage.gate.source import Snapshot, Unavailable
from lineage.services.bundling import place_segments
from lineage.services.compiling import Compiler
from lineage.services.placed import Known, found_in
from lineage.services.places import read_places_of
from lineage.store.address import file_of
from lineage.store.database import Database

MANY = 20_000
"""So many places are read anew with every table. Of more, those of changed documents, and all of them now and then."""

PAUSE = 60_000_000
"""Microseconds between two readings of many places."""


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
        self._places = _Placing()
        self._behind = False
        self._placed = 0

    def load(self, held: Snapshot | None, now: int) -> Snapshot:
        """Give what holds now; Unavailable, with the reason, when the catalogue cannot be read or judged."""
        try:
            self._look()
            current = self._compiler.current()
            if held is not None and held.root == current.manifest.root:
                self._catch_up(held, now)
                return replace(held, known=now)
            table = table_of(current.parts)
            manifest = current.manifest
            snapshot = Snapshot(table, manifest.revision, manifest.digest, manifest.root, now, self._places)
            if held is None or self._places.count <= MANY:
                self._place(snapshot, now)
            else:
                self._places.add(read_places_of(self._database, self._compiler.changed))
                self._behind = True
        except (LineageError, TableDamaged) as error:
            raise Unavailable(str(error)) from error
        return snapshot

    def _look(self) -> None:
        """Begin anew when the catalogue's file was replaced: an open one goes on reading what is no longer there."""
        identity = _identity(self._file)
        if identity != self._identity:
            self._database.close()
            self._database = Database(self._url, keep=True)
            self._compiler = Compiler(self._database)
            self._identity = identity

    def close(self) -> None:
        """End the connections."""
        self._database.close()

    def _catch_up(self, held: Snapshot, now: int) -> None:
        self._compiler.save()
        if self._behind and now - self._placed > PAUSE:
            self._place(held, now)

    def _place(self, snapshot: Snapshot, now: int) -> None:
        self._places.take(place_segments(self._database, (rule.about for rule in snapshot.table.rules)))
        self._behind = False
        self._placed = now


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Give what tells a file from another of the same name; None where there is no file."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


class _Placing:
    """Tells findings their places as they were last read."""

    def __init__(self) -> None:
        self._where: Callable[[Finding], str] = lambda _: ""
        self._newer: Known = {}
        self.count = 0

    def __call__(self, finding: Finding) -> str:
        return found_in(self._newer, finding) if finding.document in self._newer else self._where(finding)

    def add(self, newer: Known) -> None:
        """Take over the places of documents that changed."""
        self._newer = {**self._newer, **newer}

    def take(self, segments: Mapping[str, bytes]) -> None:
        """Take over the places that were read now."""
        shards = sum(name.startswith(PREFIX) for name in segments)
        self._where = Places(segments.__getitem__, shards)
        self._newer = {}
        self.count = shards * PER_SHARD
