"""Answers that were given, kept for the next who asks the same, as long as they are the same."""

from __future__ import annotations

from threading import Lock

from lineage.gate.answer import Answer, Spanned
from lineage.gate.moments import EARLIEST, LATEST

Key = tuple[str, str, str, str, str]
"""Process, element, purpose, audience, regime: never joined into one text, so that no two questions share a key."""

MOST = 100_000
LONGEST = 2_000
MICRO = 1_000
NEVER = EARLIEST * MICRO
FOR_EVER = LATEST * MICRO


class Held:
    """An answer and the half-open interval in which it is good, in nanoseconds since 1970."""

    __slots__ = ("answer", "since", "until")

    def __init__(self, found: Spanned) -> None:
        self.answer = found.answer
        self.since = max(found.since, EARLIEST) * MICRO
        self.until = min(found.until, LATEST) * MICRO


class Window:
    """Answers that are all good from ``low`` until ``high``: to give one out, only the clock has to be looked at.

    ``since`` and ``until`` is the part of that interval in which answers may be given out at all. Nanoseconds, half-open.
    """

    __slots__ = ("answers", "high", "low", "since", "until")

    def __init__(self, low: int = NEVER, high: int = FOR_EVER) -> None:
        self.answers: dict[Key, Answer] = {}
        self.low, self.high = low, high
        self.since, self.until = FOR_EVER, NEVER


class Memo:
    """At most so many answers, in two generations: when the young one is full the old one is let go.

    An answer that is asked for again moves back to the young generation. Those about now lie in the window as well.
    """

    __slots__ = ("_guard", "_old", "_since", "_until", "_young", "most", "window")

    def __init__(self, most: int = MOST) -> None:
        self.most = max(1, most // 2)
        self.window = Window()
        self._young: dict[Key, Held] = {}
        self._old: dict[Key, Held] = {}
        self._since, self._until = FOR_EVER, NEVER
        self._guard = Lock()

    def find(self, key: Key, instant: int) -> Held | None:
        """Give what is held for a question, if it is good at an instant."""
        held = self._young.get(key)
        if held is None:
            held = self._old.get(key)
            if held is not None:
                self.keep(key, held)
        return held if held is not None and held.since <= instant < held.until else None

    def keep(self, key: Key, held: Held) -> None:
        """Hold an answer; not one to a question so long that it can only be made up."""
        if sum(map(len, key)) > LONGEST:
            return
        with self._guard:
            if len(self._young) >= self.most and key not in self._young:
                self._old, self._young = self._young, {}
                self.window = Window()
            self._young[key] = held

    def show(self, key: Key, held: Held, now: int) -> None:
        """Put an answer that is held into the window, if it is good now."""
        if key not in self._young or not held.since <= now < held.until:
            return
        with self._guard:
            window = self.window
            if not window.low <= now < window.high:
                window = Window(held.since, held.until)
            window.low, window.high = max(window.low, held.since), min(window.high, held.until)
            self._bound(window)
            window.answers[key] = held.answer
            self.window = window

    def give_out(self, since: int, until: int) -> None:
        """Let answers out of the window between two instants of the calendar, and at no other."""
        with self._guard:
            self._since, self._until = since, until
            self._bound(self.window)

    def _bound(self, window: Window) -> None:
        # ``until`` falls first and rises last: whoever reads in between sees less than there is.
        window.until = min(window.until, self._until, window.high)
        window.since = max(window.low, self._since)
        window.until = min(window.high, self._until)
