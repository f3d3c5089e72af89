"""The two times of a question, as a request says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lineage.errors import WrongUse
from lineage.gate.source import Snapshot
from lineage.services.moments import resolve
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
    at, as_of = context.at or None, context.as_of or None
    instant = None if at in (None, "now") else _instant(at, zone, "context.at", now)
    if as_of is None or as_of == "now":
        return Circumstances(instant, None, at)
    if _instant(as_of, zone, "context.as_of", now) > now:
        raise Malformed(f"context.as_of: {as_of} lies in the future, of which nothing is known yet; leave it out")
    return Circumstances(instant, as_of, at)


def _instant(text: str | None, zone: str, name: str, now: int) -> int:
    try:
        return resolve(text, instant_of(now), zone, name).microseconds
    except WrongUse as error:
        raise Malformed(error.sentence) from None


def instant_of(microseconds: int) -> datetime:
    """Give an instant as a datetime, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
