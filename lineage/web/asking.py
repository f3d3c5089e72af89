"""The two times of a question, as a request says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lineage.domain.days import start_of
from lineage.errors import WrongUse
from lineage.gate.source import Snapshot
from lineage.services.moments import entry_of, is_day, resolve
from lineage.web.messages import Context, Malformed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Circumstances(NamedTuple):
    """The instant asked about in microseconds (None: now) with its text, and the text of what knowledge it is asked with."""

    at: int | None
    as_of: str | None
    at_text: str | None = None


def circumstances(context: Context, snapshot: Snapshot | None, now: int) -> Circumstances:
    """Read both times. Malformed for what is no instant, and for knowledge of the future."""
    zone = snapshot.table.zone if snapshot else "UTC"
    at, as_of = context.at, context.as_of
    if "" in (at, as_of):
        # A caller that lost its date is not asking about now.
        raise Malformed("context.at and context.as_of: write an instant or a day, or leave them out")
    instant = None if at in (None, "now") else _instant(at, zone, "context.at", now)
    if as_of is None or as_of == "now":
        return Circumstances(instant, None, at)
    if not _is_entry(as_of) and _begins(as_of, zone, now) > now:
        raise Malformed(f"context.as_of: {as_of} lies in the future, of which nothing is known yet; leave it out")
    return Circumstances(instant, as_of, at)


def _is_entry(as_of: str) -> bool:
    try:
        return entry_of(as_of, "context.as_of") is not None
    except WrongUse as error:
        raise Malformed(error.sentence) from None


def _begins(as_of: str, zone: str, now: int) -> int:
    """Give the instant at which what is meant begins: a day that has begun is known up to now."""
    end = _instant(as_of, zone, "context.as_of", now)
    return start_of(as_of, ZoneInfo(zone)) if is_day(as_of) else end


def _instant(text: str | None, zone: str, name: str, now: int) -> int:
    try:
        return resolve(text, instant_of(now), zone, name).microseconds
    except WrongUse as error:
        raise Malformed(error.sentence) from None


def instant_of(microseconds: int) -> datetime:
    """Give an instant as a datetime, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
