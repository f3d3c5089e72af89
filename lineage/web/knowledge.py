"""What a worker knows: a gate over a catalogue or a bundle that looks for news four times a second, and counts in vain."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from threading import Thread

from lineage.clock import VARIABLE, default_clock
from lineage.domain.days import micros
from lineage.gate.gate import Gate
from lineage.gate.options import MAX_AGE, REFRESH, Clocks
from lineage.gate.source import Snapshot, Source, Unavailable

MOMENT = 1.0
"""Seconds in which a catalogue is usually read."""
_logger = logging.getLogger("lineage.web")


class Watched(Gate):
    """A gate that counts the refreshes that failed, and says in the log when they begin and stop failing."""

    __slots__ = ("_failing", "failures")

    def refresh(self, *, patient: bool = True) -> bool:
        """Look for news now; tell whether the source could be read."""
        done = super().refresh(patient=patient)
        before = getattr(self, "_failing", False)
        self.failures = getattr(self, "failures", 0) + (not done)
        self._failing = not done
        if self._failing and not before:
            state = "nothing is known yet" if self.snapshot is None else "what is known cannot be refreshed"
            _logger.warning("%s: %s", state, self.trouble)
        if before and done:
            _logger.warning("answering from revision %d", self.revision)
        return done


class Unhurried:
    """A source whose first reading keeps nobody waiting: what takes longer than a moment goes on in a thread of its own.

    Until it is done the server says that it is not ready, instead of not answering.
    """

    def __init__(self, inner: Source) -> None:
        self._inner = inner
        self._thread: Thread | None = None
        self._found: Snapshot | None = None
        self._error: Exception | None = None

    def load(self, held: Snapshot | None, now: int) -> Snapshot:
        """Give what holds now. Unavailable also while the first reading goes on."""
        if held is not None or (self._thread is not None and not self._thread.is_alive() and self._found is None):
            return self._inner.load(held, now)
        if self._thread is None:
            self._thread = Thread(target=self._read, args=(now,), daemon=True, name="first-reading")
            self._thread.start()
        self._thread.join(MOMENT)
        if self._thread.is_alive():
            raise Unavailable("the catalogue is being read for the first time")
        if self._found is None:
            assert self._error is not None
            raise self._error
        found, self._found = self._found, None
        return found

    def _read(self, now: int) -> None:
        try:
            self._found = self._inner.load(None, now)
        except Exception as error:
            self._error = error

    def close(self) -> None:
        """Let go of the source."""
        self._inner.close()


def clocks() -> Clocks:
    """Give the machine's clocks, or a calendar that stands still where the environment says so."""
    if VARIABLE not in os.environ:
        return Clocks()
    clock = default_clock()
    return Clocks(calendar=lambda: micros(clock.now()) * 1_000)


def open_gate(
    catalog: str, bundle: str, max_age: float | None, *, newest: Path | None = None, key: str = ""
) -> Watched:
    """Open a bundle, or else a catalogue. A source that cannot be read at first is tried again and again."""
    if bundle:
        found = Watched.load(
            bundle, key or None, newest, max_age=max_age, refresh=REFRESH, patient=True, clocks=clocks()
        )
        assert isinstance(found, Watched)
        return found
    from lineage.services.opening import open_source

    def source() -> Source:
        return Unhurried(open_source(catalog))

    age = MAX_AGE if max_age is None else max_age
    return Watched(source(), source, max_age=age, refresh=REFRESH, patient=True, clocks=clocks())
