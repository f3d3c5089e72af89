"""The two times of a question: the instant it is about, and the instant whose knowledge answers it (docs/commands.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lineage.domain.days import after, check_day, instant_of, micros, start_of
from lineage.errors import WrongUse

_ENTRY = re.compile(r"@(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, resolved in the catalogue's zone."""

    microseconds: int
    zone: str

    @property
    def shown(self) -> str:
        """The instant as people and programs read it: local time with offset, whole seconds."""
        return instant_of(self.microseconds, ZoneInfo(self.zone)).isoformat(timespec="seconds")

    @property
    def utc(self) -> str:
        """The same instant in UTC."""
        return instant_of(self.microseconds, ZoneInfo("UTC")).isoformat(timespec="seconds").replace("+00:00", "Z")

    @property
    def day(self) -> str:
        """The day in the catalogue's zone."""
        return instant_of(self.microseconds, ZoneInfo(self.zone)).date().isoformat()

    @property
    def instant(self) -> datetime:
        """The instant, aware, in UTC."""
        return instant_of(self.microseconds, ZoneInfo("UTC")).astimezone(UTC)


def resolve(text: str | None, now: datetime, zone: str, option: str) -> Moment:
    """Resolve what stands behind an option: nothing means now, a bare day its end, an instant itself.

    Raises WrongUse, naming the option, for anything else.
    """
    if text is None or text == "now":
        return Moment(micros(now), zone)
    _check(text, option)
    place = ZoneInfo(zone)
    return Moment(after(text, place) - 1 if is_day(text) else start_of(text, place), zone)


def resolve_start(text: str, now: datetime, zone: str, option: str) -> Moment:
    """Resolve an option that says from when on: a bare day means its beginning. Raises WrongUse as ``resolve`` does."""
    if not is_day(text):
        return resolve(text, now, zone, option)
    _check(text, option)
    return Moment(start_of(text, ZoneInfo(zone)), zone)


def is_day(text: str) -> bool:
    """Whether a text has the form of a bare day, which begins and ends with the zone."""
    return len(text) == len("2026-09-30")


def entry_of(text: str | None, option: str) -> int | None:
    """Give the journal entry that ``@123`` names; None for what says a time. Raises WrongUse for any other ``@``."""
    if text is None or not text.startswith("@"):
        return None
    found = _ENTRY.fullmatch(text)
    if found is None:
        raise WrongUse(f"{option}: {text!r} names no journal entry", f"write {option} @123; lineage log list shows all")
    return int(found.group(1))


def _check(text: str, option: str) -> None:
    try:
        check_day(text)
    except ValueError as error:
        fix = f"write {option} 2026-09-30 or {option} 2026-09-30T14:00:00+02:00"
        raise WrongUse(f"{option}: {error}", fix) from None
