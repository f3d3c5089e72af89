"""A decision log that lets an answer go only when its record is committed.

A record says that a question was judged, not that the answer arrived. Whoever waits for a record that is not being
written yet takes it back when the wait is over; one that is being written just then may be kept, and is named in the
program's log as one whose answer was withheld.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence

from lineage.gate.answer import Answer
from lineage.gate.source import Snapshot, Unrecorded
from lineage.services.decision_log import Counts, DecisionLog, Item

_logger = logging.getLogger("lineage.decisions")


class Batch:
    """Decisions that are committed together. ``error`` says why they were not.

    ``begun`` says that it is being written; ``left`` holds the ids nobody waits for any more though it was.
    """

    __slots__ = ("_then", "begun", "done", "error", "items", "left", "until")

    def __init__(self, until: float) -> None:
        self.items: list[Item] = []
        self.left: list[str] = []
        self.begun = False
        self.done = threading.Event()
        self.error = ""
        self.until = until
        self._then: list[Callable[[str], None]] = []

    def when_done(self, call: Callable[[str], None]) -> None:
        """Have a function called once, by the thread that writes, with why it failed (empty: it is kept).

        For programs that must not block, such as an event loop: hand in ``lambda e: loop.call_soon_threadsafe(…)``.
        """
        self._then.append(call)
        if self.done.is_set():
            self._tell()

    def finish(self, error: str) -> None:
        """Note the end, and tell whoever waits."""
        self.error = error
        self.done.set()
        self._tell()

    def _tell(self) -> None:
        while self._then:
            with contextlib.suppress(IndexError):
                self._then.pop()(self.error)


class Durable(DecisionLog):
    """Gives an answer away only when its record is committed."""

    mode = "durable"

    def _begin(self) -> None:
        super()._begin()
        self._open = Batch(0.0)
        self._flight = 0
        self._refused = 0

    def submit(self, answers: Sequence[Answer], snapshot: Snapshot, caller: str, now: int) -> tuple[list[str], Batch]:
        """Hand answers over; give their ids and the batch to wait for. Unrecorded when there is no room."""
        with self._lock:
            self._need_thread()
            batch = self._open
            if self._closing or len(batch.items) + self._flight + len(answers) > max(self.limit, len(answers)):
                self._refused += len(answers)
                raise Unrecorded(
                    "the decision log is closed" if self._closing else "too many decisions wait to be kept"
                )
            if not batch.items:
                batch.until = time.monotonic() + self.patience
            made: list[Item] = [(self._ids.make(now), now, caller, answer, snapshot) for answer in answers]
            batch.items += made
        self._awake.set()
        return [item[0] for item in made], batch

    def record_many(self, answers: Sequence[Answer], snapshot: Snapshot, caller: str, now: int) -> list[str]:
        """Keep many answers; give their ids when all are committed, else Unrecorded."""
        if not answers:
            return []
        ids, batch = self.submit(answers, snapshot, caller, now)
        if not batch.done.wait(self.patience) and self._leave(batch, ids):
            raise Unrecorded(self._trouble or f"the decision could not be kept within {self.patience:g} seconds")
        if batch.error:
            raise Unrecorded(batch.error)
        return ids

    def _leave(self, batch: Batch, ids: Sequence[str]) -> bool:
        """Stop waiting, and take back what is not being written yet; tell whether there still was something to wait for."""
        with self._lock:
            if batch.done.is_set():
                return False
            if batch.begun:
                batch.left += ids
            else:
                mine = set(ids)
                batch.items = [item for item in batch.items if item[0] not in mine]
                self._refused += len(mine)
            return True

    def _work(self) -> None:
        with self._lock:
            batch, self._open = self._open, Batch(0.0)
            batch.begun = True
            self._flight = len(batch.items)
        failed = self._write(batch.items, None, batch.until) if batch.items else ""
        if failed:
            self._refused += len(batch.items)
        else:
            self._kept += len(batch.items)
        self._flight = 0
        with self._lock:  # whoever stops waiting from now on finds the outcome instead
            batch.error = failed
            batch.done.set()
        batch.finish(failed)
        if batch.left and not failed:
            _logger.warning("recorded too late, so that the answers were withheld: %s", ", ".join(batch.left))

    def _waiting(self) -> int:
        return len(self._open.items) + self._flight

    def _give_up(self) -> int:
        """Refuse what still waits: its answers were never given, so that nothing is lost."""
        with self._lock:
            batch, self._open = self._open, Batch(0.0)
        self._refused += len(batch.items)
        batch.finish(self._trouble or "the decision log was closed")
        return 0

    def counts(self) -> Counts:
        """Tell what became of decisions so far; ``lost`` are those that were not kept, and whose answers were withheld."""
        waiting = self._waiting()
        taken = self._kept + self._refused + waiting
        return Counts(taken, self._kept, self._refused, waiting, self._failures, self._trouble)

    def flush(self, seconds: float = 30.0) -> bool:
        """Wait until all that was handed over is kept; tell whether it is."""
        end = time.monotonic() + seconds
        while self._waiting() and time.monotonic() < end:
            with self._idle:
                self._idle.wait(0.02)
        return not self._waiting()
