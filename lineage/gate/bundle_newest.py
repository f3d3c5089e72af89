"""May a bundle be used now? Its time, and the newest bundle seen of its catalogue, which no older one may replace."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lineage.gate.bundle_refused import BundleRefused, refused
from lineage.gate.moments import shown

if TYPE_CHECKING:
    from lineage.gate.bundle import Head

VARIABLE = "LINEAGE_NEWEST"
FORM = "usage-cycle-newest/1"
SKEW = 5 * 60 * 1_000_000
"""Microseconds by which clocks may differ."""

_LONGEST = 1 << 20


class Mark(NamedTuple):
    """What of a bundle is remembered: issue instant and revision."""

    issued: int
    revision: int


def require_in_time(head: Head, path: Path, now: int) -> None:
    """Raise BundleRefused when a bundle has expired at ``now`` (microseconds), or was not issued yet."""
    if now >= head.expires:
        raise refused("expired", path, f"it was valid until {shown(head.expires)}, and it is {shown(now)}")
    if head.issued > now + SKEW:
        raise refused("not yet valid", path, f"it was issued at {shown(head.issued)}, and it is {shown(now)}")


class Newest:
    """The newest bundle seen of each catalogue, and with a file, that of all processes that name the same file.

    ``also`` has to agree, and remembers too.
    """

    def __init__(self, file: Path | None = None, also: Newest | None = None) -> None:
        self.file = file
        self._also = also
        self._seen: dict[str, Mark] = {}
        self._lock = threading.Lock()

    def renew(self) -> None:
        """Use a lock of its own, in a forked process."""
        self._lock = threading.Lock()

    def require(self, head: Head, path: Path) -> None:
        """Remember a bundle. BundleRefused when one with a later instant or revision was seen, or the file is damaged."""
        mark = Mark(head.issued, head.revision)
        with self._lock:
            _compare(mark, self._seen.get(head.origin), path)
            if self.file is not None:
                _keep(self.file, head.origin, mark, path)
            if self._also is not None:
                self._also.require(head, path)
            self._seen[head.origin] = mark


def _compare(mark: Mark, seen: Mark | None, path: Path) -> None:
    if seen is None or (mark.issued >= seen.issued and mark.revision >= seen.revision):
        return
    what = f"revision {mark.revision} of {shown(mark.issued)}"
    before = f"revision {seen.revision} of {shown(seen.issued)}"
    raise refused("older than the last one", path, f"it is {what}, and {before} was seen")


def _keep(file: Path, origin: str, mark: Mark, path: Path) -> None:
    try:
        with _locked(file):
            kept = _read(file, path)
            seen = kept.get(origin)
            _compare(mark, seen, path)
            if seen != mark:
                _write(file, kept | {origin: mark})
    except OSError as error:
        raise _unusable(file, str(error.strerror)) from None


def _read(file: Path, path: Path) -> dict[str, Mark]:
    try:
        with file.open("rb") as opened:
            said: Any = json.loads(opened.read(_LONGEST))
        if said["form"] != FORM:
            raise ValueError("its form is not known")
        return {str(origin): Mark(int(issued), int(revision)) for origin, (issued, revision) in said["newest"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _unusable(file, f"it does not keep the newest bundle, and {path} is not used without") from None


def _unusable(file: Path, why: str) -> BundleRefused:
    return BundleRefused("unreadable", f"{file} cannot be used: {why}", "name another file for the newest bundle")


def _write(file: Path, marks: dict[str, Mark]) -> None:
    """Replace the file whole, so that a crash leaves the one before."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as opened:
        json.dump({"form": FORM, "newest": marks}, opened, sort_keys=True)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Let one process at a time compare and write; where the system has no such locks, the last one wins."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with file.with_name(f".{file.name}.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


PROCESS = Newest()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PROCESS.renew)
"""What this process has seen."""


def newest_of(file: str | Path | None, environment: Mapping[str, str], also: Newest | None = None) -> Newest:
    """Give what keeps the newest bundle: in the file said, else in that of ``LINEAGE_NEWEST``, else in no file."""
    said = file or environment.get(VARIABLE, "")
    return Newest(Path(said) if said else None, also)
