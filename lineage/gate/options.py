"""What a gate can be told when it is made."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns, time_ns
from typing import NamedTuple, TypedDict

from lineage.gate.modes import MODES, Mode
from lineage.gate.source import Recorder

MAX_AGE = 300.0
"""Seconds for which a catalogue that cannot be reached may still be answered from."""
REFRESH = 0.25
"""Seconds between two looks for news."""


class Clocks(NamedTuple):
    """Two clocks in nanoseconds: of the calendar (since 1970), and one that nobody sets."""

    calendar: Callable[[], int] = time_ns
    steady: Callable[[], int] = monotonic_ns


class Options(TypedDict, total=False):
    """What every gate can be told.

    ``max_age`` is how many seconds ago the knowledge must at least have been confirmed (None: only an expiry binds);
    ``mode`` what guards do with a no; ``recorder`` keeps every answer, under the name ``caller``; ``refresh`` is how many
    seconds lie between two looks for news (None: never); ``memory`` how many answers are remembered. With ``patient`` a
    source that cannot be read at first is no error: everything is denied until it can.
    """

    max_age: float | None
    mode: Mode
    recorder: Recorder | None
    caller: str
    refresh: float | None
    memory: int
    patient: bool
    clocks: Clocks


def mode_of(said: str) -> Mode:
    """Give a mode by its name. ValueError for any other."""
    for mode in MODES:
        if mode == said:
            return mode
    raise ValueError(f"there is no mode {said!r}: choose {', '.join(MODES)}")


def nanoseconds(seconds: float | None, name: str) -> int | None:
    """Give seconds as nanoseconds. ValueError for what is no number of seconds above 0."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e9:
        raise ValueError(f"{name} is {seconds!r}: give seconds, more than 0, or None")
    return int(seconds * 1e9)
