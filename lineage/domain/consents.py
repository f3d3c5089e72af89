"""The life of a consent: its state at an instant, and which state may follow which.

A stored consent says one state and up to three days; the state at an instant follows from both. The states are those
of the Data Privacy Vocabulary; which may follow which is this product's reading of its guide to consent records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from lineage.domain.days import after as end_of
from lineage.domain.days import plus, start_of

Body = Mapping[str, Any]
Refusal = tuple[str, str]
"""What may not be, and what to do instead."""

UTC = ZoneInfo("UTC")
STANDS = frozenset({"given", "renewed"})
ENDED = frozenset({"withdrawn", "revoked", "invalidated", "refused"})
OVER = ENDED | {"expired"}
INVALID_METHODS = frozenset({"preticked", "silence", "inactivity", "continued_use"})
"""Ways in which nobody consents, though they can be recorded (GDPR recital 32)."""
ACTS = STANDS | {"refused"}
"""States that people bring about by an act, whose day is the consent's ``given``."""

_ENDS = ("withdrawn", "revoked", "expired", "invalidated", "renewed")
FOLLOWS: Mapping[str, tuple[str, ...]] = {
    "unknown": ("requested", "invalidated"),
    "requested": ("given", "refused", "deferred"),
    "deferred": ("requested", "refused"),
    "refused": ("requested",),
    "given": _ENDS,
    "renewed": _ENDS,
    "expired": ("requested", "renewed"),
    "withdrawn": ("requested",),
    "revoked": ("requested",),
    "invalidated": ("requested",),
}
"""State → the states that may follow it."""

COOL_DOWN = "P6M"
COOL_DOWNS: Mapping[str, str] = {"us-ca": "P12M"}
"""How long nobody asks again after a refusal; under some regimes longer."""


def state_at(body: Body, instant: int, zone: ZoneInfo) -> str:
    """Give the state at an instant (microseconds since 1970); days begin and end in ``zone``.

    A withdrawal wins from the start of its day, and a consent given on no known day, or on a later one, is unknown.
    """
    state = _life(body, instant, zone)
    dated = state in STANDS or (state == "expired" and body.get("status") != "expired")
    if dated and (not body.get("given") or instant < start_of(body["given"], zone)):
        return "unknown"
    return state or "unknown"


def next_change(body: Body, instant: int, zone: ZoneInfo) -> tuple[int, str] | None:
    """Give when the state changes next by itself, and to what; None when it stays as it is."""
    now = state_at(body, instant, zone)
    days = [start_of(body[name], zone) for name in ("given", "withdrawn") if body.get(name)]
    days += [end_of(body["expires"], zone)] if body.get("expires") else []
    for day in sorted(day for day in days if day > instant):
        then = state_at(body, day, zone)
        if then != now:
            return day, then
    return None


def refusal(before: Body, after: Body, today: str, zone: ZoneInfo = UTC) -> Refusal | None:
    """Tell why a stored consent may not become another on a day, with the fix; None when it may.

    ``today`` is a day (its end counts) or an instant. A consent that never said a state is free to begin with any.
    """
    now = end_of(today, zone) - 1 if len(today) == len("2026-09-30") else start_of(today, zone)
    was, will = _life(before, now, zone), _life(after, now, zone)
    if not was:
        return None
    if was == will or (_announces(after, will) and was in STANDS):
        return _taken_back(before, after, zone) or _moved(before, after, was, zone)
    return (
        _transition(was, will)
        or (_taken_back(before, after, zone) if was in STANDS and will in STANDS else None)
        or _new_act(before, after, was, will, zone)
        or (_cool_down(before, after, now, zone) if was == "refused" else None)
    )


def too_early(past: Iterable[Body], after: Body, zone: ZoneInfo = UTC) -> Refusal | None:
    """Tell why a consent cannot stand from the day it names: one of its ``past`` versions was withdrawn later than that."""
    if str(after.get("status") or "") not in STANDS or after.get("withdrawn"):
        return None
    ends = [str(body["withdrawn"]) for body in past if body.get("withdrawn")]
    last = max(ends, key=lambda day: start_of(day, zone), default="")
    given = after.get("given")
    if not last or (given and start_of(given, zone) > start_of(last, zone)):
        return None
    fix = f"set given: to the day of the new act, later than {last}"
    return f"this consent was withdrawn on {last}; only a later act brings it back", fix


def _life(body: Body, instant: int, zone: ZoneInfo) -> str:
    """Give the state as declared, moved on by the days that have come; nothing when none is said."""
    status, withdrawn, expires = (str(body.get(name) or "") for name in ("status", "withdrawn", "expires"))
    if withdrawn and instant >= start_of(withdrawn, zone):
        return "withdrawn"
    if status == "withdrawn" and withdrawn:
        status = "given"
    return "expired" if status in STANDS and expires and instant >= end_of(expires, zone) else status


def _announces(body: Body, state: str) -> bool:
    """Tell whether a consent that stands says from which later day on it will be withdrawn."""
    return body.get("status") == "withdrawn" and state == "given"


def _transition(was: str, will: str) -> Refusal | None:
    allowed = FOLLOWS.get(was, ())
    if will in allowed:
        return None
    become = f"cannot become {will}" if will else "cannot lose its state"
    may = " or ".join([", ".join(allowed[:-1]), allowed[-1]] if len(allowed) > 1 else allowed)
    anew = "; an answer given anew is recorded after that" if "given" not in allowed and will in STANDS else ""
    return f"a consent that is {was} {become}; it can only become {may}", f"set status: {' or '.join(allowed)}{anew}"


def _new_act(before: Body, after: Body, was: str, will: str, zone: ZoneInfo) -> Refusal | None:
    """Ask for the day of a new act where an old one must not be used again."""
    old, new = before.get("given"), after.get("given")
    if will not in STANDS or was not in ("expired", "requested") or (was == "requested" and not old):
        return None
    if new and (not old or start_of(new, zone) > start_of(old, zone)):
        return None
    since = f" later than {old}" if old else ""
    return f"a consent that is {was} becomes {will} by a new act only", f"set given: to the day of that act{since}"


def _cool_down(before: Body, after: Body, now: int, zone: ZoneInfo) -> Refusal | None:
    refused = before.get("given")
    if not refused:
        fix = "set given: to the day of the refusal first, while status: refused stays"
        return "nobody knows when this consent was refused, so that it cannot be asked for again", fix
    regimes = {*(before.get("regimes") or ()), *(after.get("regimes") or ())}
    period = next((longer for regime, longer in COOL_DOWNS.items() if regime in regimes), COOL_DOWN)
    again = plus(refused, period, zone)
    if now >= start_of(again, zone):
        return None
    return f"this consent was refused on {refused} and may be asked for again from {again} on", f"wait until {again}"


def _taken_back(before: Body, after: Body, zone: ZoneInfo) -> Refusal | None:
    """Keep a withdrawal, whether its day has come or not: it may be set earlier only."""
    old, new = before.get("withdrawn"), after.get("withdrawn")
    if not old or (new and start_of(new, zone) <= start_of(old, zone)):
        return None
    fix = f"keep withdrawn: {old}, or set an earlier day; if people consent anew, declare that under another key"
    return f"the withdrawal of {old} cannot be {'put off' if new else 'taken back'}", fix


def _moved(before: Body, after: Body, was: str, zone: ZoneInfo) -> Refusal | None:
    """Keep the day of a consent that ended: a later one would bring it back, an earlier one shorten the wait after a no."""
    old, new = before.get("given"), after.get("given")
    if was not in ENDED or not old or old == new:
        return None
    if before.get("withdrawn") and new and start_of(new, zone) <= start_of(old, zone):
        return None
    fix = f"keep given: {old}; a new act is recorded under another key, or after the consent was requested again"
    return f"a consent that is {was} keeps its day {old}", fix
