"""One generation of knowledge: a snapshot, how long it may be used by two clocks, and what was worked out from it."""

from __future__ import annotations

from lineage.gate.many import Bulk
from lineage.gate.memo import FOR_EVER, MICRO, NEVER, Memo
from lineage.gate.moments import shown
from lineage.gate.source import Snapshot

UNWATCHED = 1_000_000_000
"""Nanoseconds of the calendar between two looks at both clocks, where no refresh looks at them."""

DRIFT = 1_000_000
"""Nanoseconds by which the calendar may fall behind before it counts as set back."""


class Live(Memo):
    """A snapshot in use; None as long as nothing was read.

    All instants here are nanoseconds: ``now`` of the calendar, ``steady`` of a clock that nobody sets. Where the calendar
    went on by less than the steady clock it was set back, and the steady clock counts. ``quick`` tells whether answers
    may be given out of the window, which looks at the calendar alone: ``fresh`` is called at least at every refresh.
    """

    __slots__ = (
        "_age", "_deadline", "_looked", "_looked_steady", "_steady", "_steady_until", "bulk", "by_process", "quick",
        "snapshot", "watched",
    )  # fmt: skip

    def __init__(self, most: int, *, quick: bool, watched: bool = True) -> None:
        super().__init__(most)
        self.quick, self.watched = quick, watched
        self.snapshot: Snapshot | None = None
        self.by_process: dict[str, tuple[str, ...]] | None = None
        self.bulk: Bulk | None = None
        self._age = 0
        self._deadline = self._looked = self._looked_steady = self._steady = self._steady_until = NEVER

    def renewed(self) -> Live:
        """Give the same knowledge with locks of its own: in a forked process, those of here may be held for ever."""
        new = Live(self.most * 2, quick=self.quick, watched=self.watched)
        for name in ("snapshot", "_age", "_deadline", "_looked", "_looked_steady", "_steady", "_steady_until"):
            setattr(new, name, getattr(self, name))
        new.give_out(self._since, self._until)
        return new

    def take(self, snapshot: Snapshot, now: int, steady: int, max_age: int | None) -> None:
        """Use a snapshot from now on, at most ``max_age`` nanoseconds after it was known to hold."""
        known = min(snapshot.known * MICRO, now)
        ends = [FOR_EVER]
        if snapshot.expires is not None:
            ends.append(snapshot.expires * MICRO)
        if max_age is not None:
            ends.append(known + max_age)
        self.snapshot = snapshot
        self._deadline = min(ends)
        self._age = now - known
        self._steady, self._steady_until = steady, steady + self._deadline - now
        self._look(now, steady, self._deadline)

    def fresh(self, now: int, steady: int) -> bool:
        """Tell whether this may be answered from now; after the calendar was set back, go on by the steady clock."""
        if now >= self._deadline or steady >= self._steady_until:
            return False
        behind = now - self._looked < steady - self._looked_steady - DRIFT
        if behind or not self._since <= now < self._until:
            self._look(now, steady, min(self._deadline, now + self._steady_until - steady))
        return True

    def _look(self, now: int, steady: int, until: int) -> None:
        self._looked, self._looked_steady = now, steady
        if self.quick:
            self.give_out(now, until if self.watched else min(until, now + UNWATCHED))

    def end(self) -> None:
        """Give nothing out any more."""
        self._deadline = NEVER
        self.give_out(FOR_EVER, NEVER)

    def age(self, now: int, steady: int) -> float:
        """Give the seconds since this was last known to hold, by the clock that says more; without end for nothing."""
        if self.snapshot is None:
            return float("inf")
        return max(now - self.snapshot.known * MICRO, self._age + steady - self._steady, 0) / 1e9

    def why(self, now: int, steady: int, max_age: int | None) -> str:
        """Say why this is not fresh."""
        if self.snapshot is None:
            return "nothing could be read yet"
        expires = self.snapshot.expires
        if expires is not None and (max_age is None or expires * MICRO <= self._deadline):
            return f"it expired at {shown(expires)}"
        return f"it was last confirmed {self.age(now, steady):.0f} s ago, and may be {(max_age or 0) / 1e9:g} s old"
