"""Keeping decisions while they are made: in batches, by a thread of its own, so that an answer hardly waits.

Two promises can be had. ``durable``: an answer is given only when its record is committed; all that waits at the same
time is committed together. ``bounded``: no answer waits; what a crash can take away is at most ``limit`` decisions, and
what finds no room is counted and leaves a row that says how many are missing.

A forked process goes on with an empty log of its own. Several processes may write to one store.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lineage.errors import LineageError, WrongUse
from lineage.gate.answer import Answer
from lineage.gate.source import Snapshot
from lineage.services.decision_rows import Ids, Rows
from lineage.store.decisions import Decisions

MODES = ("bounded", "durable")
LIMIT = 100_000
"""Decisions that may wait to be kept."""

INTERVAL = 0.1
"""Seconds in which decisions gather before they are written, where nobody waits for them."""

PATIENCE = 2.0
"""Seconds an answer waits for its record before it is withheld."""

TOGETHER = 10_000
"""Decisions written in one transaction where nobody waits for them."""

HOPELESS = 2
"""Further tries with decisions that themselves cannot be written."""

_PAUSES = (0.02, 0.1, 0.5)
_LOGS: weakref.WeakSet[DecisionLog] = weakref.WeakSet()
_logger = logging.getLogger("lineage.decisions")


Item = tuple[str, int, str, Answer, Snapshot]
"""A decision that waits to be kept: its id, when it was made, for whom, the answer, and what that was taken from."""


class Gap(NamedTuple):
    """Decisions that could not be kept: the first instant, the last, how many."""

    since: int
    until: int
    lost: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of decisions: handed over, kept, lost (by lack of room, or of a store), and waiting now.

    ``failures`` counts tries to write that failed; ``trouble`` is the sentence of the last, empty once one succeeds.
    """

    taken: int
    kept: int
    lost: int
    waiting: int
    failures: int
    trouble: str


class DecisionLog(ABC):
    """Keeps decisions in a store; a ``gate.source.Recorder``. ``close`` writes what waits; so does the end of the program."""

    mode = ""

    def __init__(self, url: str, limit: int = LIMIT, interval: float = INTERVAL, patience: float = PATIENCE) -> None:
        if limit < 1:
            raise WrongUse("A decision log needs room for at least one decision.", "Leave the limit out.")
        self.store = Decisions(url)
        self.limit, self.interval, self.patience = limit, interval, patience
        self._begin()
        _LOGS.add(self)

    def _begin(self) -> None:
        """Start from nothing: in a new log, and in a process that was forked."""
        self._ids = Ids()
        self._lock = threading.Lock()
        self._awake, self._full, self._idle = threading.Event(), threading.Event(), threading.Condition()
        self._thread: threading.Thread | None = None
        self._rows: Rows | None = None
        self._closing = False
        self._kept = self._failures = 0
        self._trouble = ""
        self._end = 0.0

    def record(self, answer: Answer, snapshot: Snapshot, caller: str, now: int) -> str:
        """Keep an answered question; give the decision's id. Unrecorded where it had to be kept and was not."""
        return self.record_many((answer,), snapshot, caller, now)[0]

    @abstractmethod
    def record_many(self, answers: Sequence[Answer], snapshot: Snapshot, caller: str, now: int) -> list[str]:
        """Keep many answers at once, as ``record`` does one."""

    @abstractmethod
    def counts(self) -> Counts:
        """Tell what became of decisions so far."""

    @abstractmethod
    def flush(self, seconds: float = 30.0) -> bool:
        """Wait until all that was handed over is kept; tell whether it is."""

    def abandon(self) -> None:
        """Begin anew in a forked process: what waits belongs to the parent, and so do the connections."""
        self.store.abandon()
        self._begin()

    def close(self, seconds: float = 30.0) -> None:
        """Write what waits, for at most so many seconds, and end the thread. Nothing more is kept afterwards."""
        with self._lock:
            self._closing, thread = True, self._thread
            self._end = time.monotonic() + seconds
        self._awake.set()
        self._full.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds + 1.0)
        lost = self._give_up()
        if lost:
            _logger.error("%d decisions were not kept: %s", lost, self._trouble or "the log was closed")
        if thread is None or not thread.is_alive():
            self.store.close()

    @abstractmethod
    def _give_up(self) -> int:
        """Give up what still waits when the log closes; give how many decisions no row speaks of."""

    @abstractmethod
    def _work(self) -> None:
        """Write what waits; called by the thread each time something does."""

    @abstractmethod
    def _waiting(self) -> int: ...

    def _need_thread(self) -> None:
        """Start the thread with the first decision; called with the lock held."""
        if self._thread is None and not self._closing:
            self._thread = threading.Thread(target=self._run, name="lineage-decisions", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._awake.wait()
            self._awake.clear()
            self._work()
            with self._idle:
                self._idle.notify_all()
            if self._closing and (not self._waiting() or self._late()):
                return
            if self._waiting():
                self._awake.set()

    def _late(self) -> bool:
        return self._closing and time.monotonic() > self._end

    def _write(self, items: Sequence[Item], lost: Gap | None, until: float | None) -> str:
        """Write one batch, trying again until an instant of the monotonic clock (None: as long as the log is open).

        ``lost`` is the gap before it. Gives why it could not be written, empty when it was.
        """
        number = self._ids.make(lost.since) if lost else ""
        tries = 0
        while True:
            try:
                self._append(items, lost, number, again=tries > 0)
            except Exception as error:  # whatever the driver raises: the thread must live on
                self._trouble = getattr(error, "sentence", "") or f"{type(error).__name__}: {error}"
                self._failures += 1
                if tries >= HOPELESS and not isinstance(error, LineageError):
                    return self._trouble  # no trouble of the store: the next try would end as this one did
            else:
                self._trouble = ""
                return ""
            if self._late() or (until is not None and time.monotonic() > until):
                return self._trouble
            time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
            tries += 1

    def _append(self, items: Sequence[Item], lost: Gap | None, number: str, *, again: bool) -> None:
        if self._rows is None:
            self._rows = Rows(self.store.about["salt"])
        rows = self._rows
        made = [rows.gap(number, *lost)] if lost else []
        made += [rows.row(*item) for item in items]
        self.store.append(made, rows.fresh, again=again)
        rows.now_kept()


def open_log(
    url: str, mode: str = "bounded", *, limit: int = LIMIT, interval: float = INTERVAL, patience: float = PATIENCE
) -> DecisionLog:
    """Open the decision log at a URL in one of ``MODES``; WrongUse for another. Nothing is read or made yet."""
    if mode not in MODES:
        raise WrongUse(f"{mode} is no way to keep decisions.", f"Choose one of {', '.join(MODES)}.")
    if mode == "durable":
        from lineage.services.decision_log_durable import Durable

        return Durable(url, limit, interval, patience)
    from lineage.services.decision_log_bounded import Bounded

    return Bounded(url, limit, interval, patience)


@atexit.register
def _close_all() -> None:
    for log in list(_LOGS):
        log.close(5.0)


def _forked() -> None:
    for log in list(_LOGS):
        log.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
