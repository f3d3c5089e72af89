"""A decision log that never lets an answer wait, and loses at most what it says it may."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from lineage.gate.answer import Answer
from lineage.gate.source import Snapshot
from lineage.services.decision_log import TOGETHER, Counts, DecisionLog, Gap, Item


class Bounded(DecisionLog):
    """Never lets an answer wait; gives an empty id for a decision that finds no room."""

    mode = "bounded"

    def _begin(self) -> None:
        super()._begin()
        self._queue: deque[Item] = deque()
        self._flight = self._lost = self._unwritten = 0
        self._gap: Gap | None = None
        # Threads do not wait for each other before this: several may pass it at once, and still stay under the limit.
        self._near = max(0, self.limit - 256)

    def record(self, answer: Answer, snapshot: Snapshot, caller: str, now: int) -> str:
        """Keep an answered question soon; give the decision's id, empty when there is no room for it."""
        queue = self._queue
        if len(queue) + self._flight >= self._near or self._thread is None or self._closing:
            return self._carefully(answer, snapshot, caller, now)
        number = self._ids.make(now)
        queue.append((number, now, caller, answer, snapshot))
        # Asked after the decision stands in the queue: a thread that has just emptied it looks again.
        if not self._awake.is_set():
            self._awake.set()
        return number

    def _carefully(self, answer: Answer, snapshot: Snapshot, caller: str, now: int) -> str:
        with self._lock:
            self._need_thread()
            self._full.set()
            if self._closing or len(self._queue) + self._flight >= self.limit:
                before = self._gap or Gap(now, now, 0)
                self._gap = Gap(before.since, now, before.lost + 1)
                self._lost += 1
                return ""
            number = self._ids.make(now)
            self._queue.append((number, now, caller, answer, snapshot))
        self._awake.set()
        return number

    def record_many(self, answers: Sequence[Answer], snapshot: Snapshot, caller: str, now: int) -> list[str]:
        """Keep many answers soon."""
        return [self.record(answer, snapshot, caller, now) for answer in answers]

    def _work(self) -> None:
        if not self._closing and len(self._queue) < TOGETHER:
            self._full.wait(self.interval)
        self._full.clear()
        while self._waiting() and not self._unwritten:
            self._flight = count = min(len(self._queue), TOGETHER)
            items = [self._queue.popleft() for _ in range(count)]
            with self._lock:
                gap, self._gap = self._gap, None
            if self._write(items, gap, None):
                self._lose(items, gap)
            else:
                self._kept += count
            self._flight = 0

    def _lose(self, items: Sequence[Item], gap: Gap | None) -> None:
        """Count decisions that could not be written; the next batch tells of them, unless there is none any more."""
        with self._lock:
            self._lost += len(items)
            before, after = gap.lost if gap else 0, self._gap.lost if self._gap else 0
            if self._late() or not items:
                self._unwritten = len(items) + before
                return
            since = gap.since if gap else items[0][1]
            self._gap = Gap(since, self._gap.until if self._gap else items[-1][1], before + len(items) + after)

    def _waiting(self) -> int:
        return len(self._queue) + self._flight + (self._gap is not None)

    def _give_up(self) -> int:
        with self._lock:
            gap, self._gap = self._gap, None
            count = len(self._queue)
            self._queue.clear()
            self._lost += count
            lost, self._unwritten = count + self._unwritten + (gap.lost if gap else 0), 0
        return lost

    def counts(self) -> Counts:
        """Tell what became of decisions so far."""
        waiting = len(self._queue) + self._flight
        taken = self._kept + self._lost + waiting
        return Counts(taken, self._kept, self._lost, waiting, self._failures, self._trouble)

    def flush(self, seconds: float = 30.0) -> bool:
        """Wait until all that was handed over is kept; tell whether it is."""
        end = time.monotonic() + seconds
        while self._waiting() and time.monotonic() < end:
            self._full.set()
            with self._idle:
                self._idle.wait(0.02)
        return not self._waiting()
