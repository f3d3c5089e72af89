"""What time it is: the only module that asks the machine. Everybody else is handed an instant or a clock."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from lineage.errors import WrongUse

VARIABLE = "SOURCE_DATE_EPOCH"


class Clock(Protocol):
    """Something that tells the instant, always in UTC."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for tests and for reports that must come out the same twice."""

    instant: datetime

    def __post_init__(self) -> None:
        if self.instant.utcoffset() is None:
            raise ValueError("A clock needs an instant with an offset.")

    def now(self) -> datetime:
        return self.instant.astimezone(UTC)


def default_clock(environment: Mapping[str, str] = os.environ) -> Clock:
    """Return the machine's clock, or one that stands still at SOURCE_DATE_EPOCH when that is set."""
    seconds = environment.get(VARIABLE, "")
    if not seconds:
        return SystemClock()
    try:
        return FixedClock(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        raise WrongUse(
            f"{VARIABLE} is {seconds!r}, which is not a number of seconds since 1970.",
            f"Unset {VARIABLE}, or set it to a whole number.",
        ) from None
