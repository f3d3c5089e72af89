"""A gate's knowledge out of a bundle: opened once, opened again when its file is replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lineage.gate.bundle import Bundle, Head, Identity, identity_of, load
from lineage.gate.bundle_newest import Newest, require_in_time
from lineage.gate.bundle_refused import BundleRefused, refused
from lineage.gate.segments import TableDamaged
from lineage.gate.signing import Keys
from lineage.gate.source import Snapshot

HELD = 64 << 20
"""A bundle of up to so many bytes is held in memory: whatever then becomes of its file, what was opened stays whole."""

_PASSING = ("not yet valid",)


def open_bundle(path: Path, keys: Keys, now: int, newest: Newest | None = None, held: int = 0) -> Bundle:
    """Open a bundle that may be used at ``now`` (microseconds since 1970). BundleRefused with the reason otherwise."""
    return _open(path, keys, now, newest, held)[0]


def _open(path: Path, keys: Keys, now: int, newest: Newest | None, held: int) -> tuple[Bundle, Identity]:
    bundle, identity = load(path, keys, _checks(now), held)
    readable(bundle, path)
    if newest is not None:
        newest.require(bundle.head, path)
    return bundle, identity


def _checks(now: int) -> Callable[[Head, Path], None]:
    return lambda head, path: require_in_time(head, path, now)


def readable(bundle: Bundle, path: Path) -> None:
    """Read what every question needs. BundleRefused when that was altered, or is not as this program writes it."""
    try:
        assert bundle.table
    except TableDamaged as error:
        raise refused("tampered", path, str(error)) from None
    except (ValueError, KeyError, TypeError) as error:
        raise refused("unknown form", path, f"its table cannot be read: {error!r}") from None


class BundleSource:
    """Gives the snapshot of a bundle's file, and a new one once the file was replaced by a newer one.

    A replacement that is refused changes nothing: ``load`` raises its reason, and the caller keeps what it holds.
    """

    def __init__(self, path: Path, keys: Keys, newest: Newest) -> None:
        self.path = path
        self._keys = keys
        self._newest = newest
        self._identity: Identity | None = None
        self._refused: tuple[Identity, BundleRefused] | None = None

    def load(self, held: Snapshot | None, now: int) -> Snapshot:
        """Give what the file holds: ``held`` while it is the same file. BundleRefused when a new one may not be used."""
        identity = self._look()
        if held is not None and identity == self._identity:
            return held
        if self._refused and self._refused[0] == identity and self._refused[1].reason not in _PASSING:
            same = self._refused[1]
            raise BundleRefused(same.reason, same.sentence, same.fix)
        try:
            bundle, self._identity = _open(self.path, self._keys, now, self._newest, HELD)
        except BundleRefused as error:
            self._refused = (identity, error)
            raise
        self._refused = None
        return bundle.snapshot()

    def _look(self) -> Identity:
        try:
            return identity_of(self.path.stat())
        except OSError as error:
            raise refused("unreadable", self.path, str(error.strerror)) from None

    def close(self) -> None:
        """Let go of what was remembered; an open bundle goes with the last snapshot of it."""
        self._identity = None
