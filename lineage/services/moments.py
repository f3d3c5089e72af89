"""The two times of a question: the instant it is about, and the instant whose knowledge answers it (docs/commands.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lineage.domain.days import after, check_day, instant_of, micros, start_of
from lineage.errors import WrongUse


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
    try:
        check_day(text)
    except ValueError as error:
        raise WrongUse(
            f"{option}: {error}", f"write {option} 2026-09-30 or {option} 2026-09-30T14:00:00+02:00"
        ) from None
    place = ZoneInfo(zone)
    return Moment(start_of(text, place) if len(text) > len("2026-09-30") else after(text, place) - 1, zone)
