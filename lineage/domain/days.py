"""Days, instants and periods: text that is checked once and turned into instants by the judge.

Instants are whole microseconds since 1970-01-01T00:00Z (``int``), so that they compare and store exactly.
Days are read in the catalogue's time zone; periods are ISO 8601 durations and are added by the calendar.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PERIOD = re.compile(
    r"P(?=[0-9T])(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=[0-9])(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})S)?)?",
)
MICROSECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Give an aware instant as microseconds since 1970 in UTC."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant_of(microseconds: int, zone: ZoneInfo) -> datetime:
    """Give the aware instant of ``microseconds`` in ``zone``."""
    try:
        return (_EPOCH + timedelta(microseconds=microseconds)).astimezone(zone)
    except OverflowError:
        # The last day of the calendar ends later in some zones than the calendar does.
        return datetime.max.replace(tzinfo=zone)


def check_day(text: str) -> str:
    """Return ``text`` when it is an ISO 8601 day or an instant with offset; raise ValueError with the fix otherwise."""
    if DAY.fullmatch(text):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text} is not a day of the calendar") from None
        return text
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a day like 2026-03-31 nor an instant like 2026-03-31T14:00:00+02:00"
        ) from None
    if not 1 < instant.year < date.max.year:
        raise ValueError(f"{text} lies at the end of the calendar; write a day, such as {text[:10]}")
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no offset: write {text}Z or {text}+02:00")
    return text


def check_period(text: str) -> str:
    """Return ``text`` when it is an ISO 8601 period like P24M; raise ValueError otherwise."""
    if not PERIOD.fullmatch(text):
        raise ValueError(f"{text!r} is not a period like P24M, P2Y or P90D")
    return text


@lru_cache(maxsize=65536)
def start_of(text: str, zone: ZoneInfo) -> int:
    """Give the instant at which a day begins in ``zone``; an instant stands for itself."""
    if len(text) == 10:
        day = date.fromisoformat(text)
        return micros(datetime(day.year, day.month, day.day, tzinfo=zone))
    return micros(datetime.fromisoformat(text))


@lru_cache(maxsize=65536)
def after(text: str, zone: ZoneInfo) -> int:
    """Give the first instant after a day is over in ``zone``; an instant stands for itself."""
    if len(text) == 10:
        day = date.fromisoformat(text)
        if day == date.max:
            return micros(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
        day += timedelta(days=1)
        return micros(datetime(day.year, day.month, day.day, tzinfo=zone))
    return micros(datetime.fromisoformat(text))


@lru_cache(maxsize=65536)
def plus(text: str, period: str, zone: ZoneInfo) -> str:
    """Add a period to a day (an instant counts as its day in ``zone``) by the calendar; give a day.

    A day that does not exist in the month reached becomes that month's last; beyond year 9999 it is 9999-12-31.
    """
    day = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).astimezone(zone).date()
    match = PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(f"{period!r} is no ISO 8601 period")
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    index = day.year * 12 + day.month - 1 + years * 12 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        return date.max.isoformat()
    length = [
        31,
        29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28,
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ][month]
    moved = date(year, month + 1, min(day.day, length))
    try:
        return (moved + timedelta(days=weeks * 7 + days, hours=hours, minutes=minutes, seconds=seconds)).isoformat()
    except OverflowError:
        return date.max.isoformat()
