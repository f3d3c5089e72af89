"""Instants as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def within(windows: Iterable[tuple[int, int]], instant: int) -> bool:
    """Tell whether any of some half-open intervals holds an instant."""
    return any(start <= instant < end for start, end in windows)


def last_day_before(instant: int, zone: str) -> str:
    """Give the last day in ``zone`` that lies wholly before ``instant`` (microseconds since 1970)."""
    try:
        return (
            (_EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
        ).isoformat()
    except OverflowError:
        return "9999-12-31" if instant > 0 else "0001-01-01"
