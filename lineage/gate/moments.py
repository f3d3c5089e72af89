"""Instants as programs give them: a text, a datetime, whole microseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Moment = int | str | datetime | date
"""What stands for an instant. A bare day means its end in the catalogue's zone."""

EARLIEST = -62_135_596_800_000_000
LATEST = 253_402_300_800_000_000
"""The years 1 to 9999, half-open: the calendar that Python knows."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def instant_of(at: Moment, zone: str) -> int:
    """Give the instant in microseconds since 1970.

    ValueError for what names no instant, and for a time without offset: nobody knows which zone it was meant in.
    TypeError for what is no time at all.
    """
    if isinstance(at, str):
        return _of_text(at, zone)
    if isinstance(at, datetime):
        return _of_datetime(at, at.isoformat())
    if isinstance(at, date):
        return _end_of(at, zone)
    if isinstance(at, bool) or not isinstance(at, int):
        raise TypeError(
            f"at is a {type(at).__name__}: give a datetime with offset, a text such as 2026-09-30 or "
            "2026-09-30T12:00:00+02:00, or whole microseconds since 1970"
        )
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"{at} microseconds since 1970 lie outside the years 1 to 9999")
    return at


@lru_cache(maxsize=4096)
def _of_text(text: str, zone: str) -> int:
    try:
        if _DAY.fullmatch(text):
            return _end_of(date.fromisoformat(text), zone)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text[:60]!r} names no instant: write a day such as 2026-09-30, or 2026-09-30T12:00:00+02:00"
        ) from None
    return _of_datetime(found, text)


def _of_datetime(at: datetime, shown: str) -> int:
    if at.utcoffset() is None:
        raise ValueError(f"{shown} has no offset: add one, such as Z or +02:00 (tzinfo=UTC for a datetime)")
    return (at - _EPOCH) // _MICROSECOND


def _end_of(day: date, zone: str) -> int:
    """Give the last instant of a day in a zone."""
    if day == date.max:
        return LATEST - 1
    after = day + timedelta(days=1)
    return (datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone)) - _EPOCH) // _MICROSECOND - 1


def shown(instant: int) -> str:
    """Write an instant for people: UTC, whole seconds."""
    try:
        return (_EPOCH + timedelta(microseconds=instant)).isoformat(timespec="seconds").replace("+00:00", "Z")
    except OverflowError:
        return "the end of the calendar" if instant > 0 else "the beginning of the calendar"
