"""A change set: changes somebody proposes, and how it comes to hold. A state machine over frozen data; nothing is read here.

::

              propose anew            approve
    open ─────────────────▶ open ───────────────▶ approved
      │ ◀───────────────── returned ◀── return ──┐
      ├── withdraw (an author) ──▶ withdrawn     │ open
      └── reject ──▶ rejected                    ┘
    emergency ── approve ──▶ approved        emergency ── reject ──▶ rejected, and what was before holds again

Only an open one can come to hold by an approval. Whatever is proposed anew makes another version of it, so that an
approval of what was shown before no longer fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.days import PERIOD, after, check_day, instant_of, micros, start_of
from lineage.errors import Refused, WrongUse
from lineage.store.commands import Change

CHANGE_SET = "change_set"
OPEN, RETURNED, EMERGENCY = "open", "returned", "emergency"
WAITING = frozenset({OPEN, RETURNED, EMERGENCY})
"""States in which somebody still has something to do."""
STATES = (EMERGENCY, OPEN, RETURNED, "approved", "rejected", "withdrawn")

ANSWERS: Mapping[tuple[str, str], str] = {
    (OPEN, "approve"): "approved",
    (OPEN, "return"): RETURNED,
    (OPEN, "reject"): "rejected",
    (RETURNED, "reject"): "rejected",
    (OPEN, "withdraw"): "withdrawn",
    (RETURNED, "withdraw"): "withdrawn",
    (EMERGENCY, "approve"): "approved",
    (EMERGENCY, "reject"): "rejected",
}
"""State and answer → the state it leads to; every other pair is refused."""

OWN = frozenset({"withdraw"})
"""Answers that the authors give; all others are given by somebody else."""

LONGEST = timedelta(days=7)
_DAYS = re.compile(r"P[0-9T].*")

Name = tuple[str, str]
"""Kind and key of a document."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One change of a set: ``version`` is the one it was thought out for, 0 for none; ``text`` is canonical JSON."""

    kind: str
    key: str
    operation: str
    version: int
    text: str

    @property
    def name(self) -> Name:
        """Kind and key."""
        return self.kind, self.key

    @property
    def body(self) -> dict[str, Any]:
        """What the document is to say; nothing for one that is to be retired."""
        found: dict[str, Any] = json.loads(self.text) if self.text else {}
        return found

    @property
    def change(self) -> Change:
        """The change as the store writes it."""
        return Change(self.kind, self.key, self.operation, self.text, digest_of(self.text) if self.text else "")  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to a change set: ``by`` is the account's id, ``at`` the instant in UTC."""

    by: str
    answer: str
    reason: str
    at: str


PlaceRow = tuple[str, str, str, int, str, str]
"""Kind, key, file, line, the lines of its paths as JSON, digest of what is declared there."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set as it stands; ``authors`` are accounts of everybody who proposed it or changed it, ``base`` an entry.

    ``expects`` are versions of documents it does not change and that must not change either.
    """

    key: str
    state: str
    reason: str
    authors: tuple[str, ...]
    base: int
    changes: tuple[Proposed, ...]
    places: tuple[PlaceRow, ...] = ()
    forgotten: tuple[Name, ...] = ()
    answers: tuple[Answered, ...] = ()
    expects: tuple[tuple[str, str, int], ...] = ()
    until: str = ""
    proposed: str = ""

    @property
    def expected(self) -> dict[Name, int]:
        """The versions for which it was thought out."""
        changing = {(change.kind, change.key): change.version for change in self.changes}
        return {(kind, key): version for kind, key, version in self.expects} | changing

    def content(self) -> tuple[object, ...]:
        """Give what makes two proposals the same."""
        return tuple(sorted((c.kind, c.key, c.operation, c.version, c.text) for c in self.changes)), self.forgotten


def proposed_anew(former: ChangeSet, latest: ChangeSet, author: str) -> ChangeSet:
    """Put other changes into a set that is open or was returned: whoever does becomes one of its authors."""
    if former.state not in (OPEN, RETURNED):
        raise Refused(f"{former.key} is {stands(former.state)}: nothing can be proposed in it any more", "propose anew")
    authors = former.authors if author in former.authors else (*former.authors, author)
    return replace(
        latest, key=former.key, state=OPEN, authors=authors, answers=former.answers,
        reason=latest.reason or former.reason, proposed=former.proposed,
    )  # fmt: skip


def answered(former: ChangeSet, given: Answered) -> ChangeSet:
    """Give the change set after an answer. Raises Refused when its state does not allow that answer."""
    state = ANSWERS.get((former.state, given.answer))
    if state is None:
        raise Refused(f"{former.key} is {stands(former.state)} and cannot be {DONE[given.answer]}", _instead(former))
    return replace(former, state=state, answers=(*former.answers, given))


DONE = {"approve": "approved", "return": "returned", "reject": "rejected", "withdraw": "withdrawn"}


def stands(state: str) -> str:
    """Say how a change set stands."""
    return "an emergency change that holds already" if state == EMERGENCY else state


def _instead(former: ChangeSet) -> str:
    if former.state == EMERGENCY:
        return "somebody else approves it, or rejects it, which puts back what was before"
    if former.state == RETURNED:
        return f"an author answers the question by proposing anew: lineage apply --change-set {former.key} PATH…"
    return "lineage review list shows what waits"


def until_of(text: str, now: datetime, zone: ZoneInfo) -> str:
    """Give the instant until which an emergency change may stand: a day's end, an instant, or a period from now on.

    WrongUse when it is none of these, over already, or more than seven days ahead.
    """
    start = micros(now)
    if _DAYS.fullmatch(text):
        end = start + _length(text)
    else:
        try:
            end = after(check_day(text), zone)
        except ValueError as error:
            raise WrongUse(f"--emergency: {error}", "or give a period such as P2D") from None
    # The last day allowed may be said as a day, though it ends some hours later than seven days from now.
    last = instant_of(start, zone).date() + LONGEST
    latest = (
        after(last.isoformat(), zone) if len(text) == len("2026-09-30") else start + LONGEST // timedelta.resolution
    )
    if not start < end <= latest:
        when = "is over already" if end <= start else f"is more than {LONGEST.days} days ahead"
        raise WrongUse(
            f"--emergency: {text} {when}", f"choose an instant up to {last}; somebody can review it until then"
        )
    return instant_of(end, ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")


def _length(text: str) -> int:
    """Give the length of a period in microseconds; years and months are too long anyway."""
    found = PERIOD.fullmatch(text)
    if found is None:
        raise WrongUse(f"--emergency: {text!r} is no period like P2D or PT36H", "give a day, an instant or a period")
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    days += years * 365 + months * 28
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds) // timedelta.resolution


def overdue(change_set: ChangeSet, now: datetime) -> bool:
    """Tell whether an emergency change should have been reviewed by now."""
    return change_set.state == EMERGENCY and start_of(change_set.until, ZoneInfo("UTC")) <= micros(now)


def digest_shown(change_set: ChangeSet, version: int, answers: Iterable[object]) -> str:
    """Give the digest an approval is bound to: the version of the set, all it changes, and the answers that would change."""
    said = {"answers": list(answers), "key": change_set.key, "set": body_of(change_set), "version": version}
    return digest_of(canonical(said))


def body_of(change_set: ChangeSet) -> dict[str, Any]:
    """Write a change set as it is stored; what says nothing is left out."""
    said: dict[str, Any] = {
        "key": change_set.key,
        "state": change_set.state,
        "reason": change_set.reason,
        "authors": list(change_set.authors),
        "base": change_set.base,
        "proposed": change_set.proposed,
        "changes": [
            {
                "kind": c.kind,
                "key": c.key,
                "operation": c.operation,
                "version": c.version,
                "body": c.body if c.text else None,
            }
            for c in change_set.changes
        ],
        "places": [list(place) for place in change_set.places],
        "forgotten": [list(name) for name in change_set.forgotten],
        "answers": [{"by": a.by, "answer": a.answer, "reason": a.reason, "at": a.at} for a in change_set.answers],
    }
    if change_set.expects:
        said["expects"] = [list(row) for row in change_set.expects]
    if change_set.until:
        said["until"] = change_set.until
    return said


def change_set_of(body: Mapping[str, Any]) -> ChangeSet:
    """Read a change set as it is stored. Text may have been taken out of it by a redaction."""
    return ChangeSet(
        key=body["key"],
        state=body["state"],
        reason=body.get("reason") or "",
        authors=tuple(body.get("authors") or ()),
        base=body.get("base", -1),
        changes=tuple(_proposed(change) for change in body.get("changes") or () if change),
        places=tuple((p[0], p[1], p[2], p[3], p[4], p[5]) for p in body.get("places") or () if p),
        forgotten=tuple((name[0], name[1]) for name in body.get("forgotten") or () if name),
        answers=tuple(_answered(answer) for answer in body.get("answers") or () if answer),
        expects=tuple((row[0], row[1], row[2]) for row in body.get("expects") or ()),
        until=body.get("until") or "",
        proposed=body.get("proposed") or "",
    )


def _proposed(change: Mapping[str, Any]) -> Proposed:
    body = change.get("body")
    kind, key, operation = (str(change.get(name) or "") for name in ("kind", "key", "operation"))
    return Proposed(kind, key, operation, change.get("version") or 0, "" if body is None else canonical(body))


def _answered(answer: Mapping[str, Any]) -> Answered:
    by, said, reason, at = (str(answer.get(name) or "") for name in ("by", "answer", "reason", "at"))
    return Answered(by, said, reason, at)
