"""Review by somebody else: what waits, what it would change, and the answers to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lineage.domain.kinds import RECORDS, Declared
from lineage.domain.redaction import GONE, text_at
from lineage.domain.review import People
from lineage.errors import Conflict, Refused, WrongUse
from lineage.services import retiring, reusing, transitions
from lineage.services.change_sets import (
    EMERGENCY,
    OPEN,
    WAITING,
    ChangeSet,
    Proposed,
    change_set_of,
    digest_shown,
    overdue,
)
from lineage.services.changing import REDACTION, Done, Request, answered_before, read_change_set
from lineage.services.conflicts import conflict, held
from lineage.services.effects import Effect, effect_of, overlay_of
from lineage.services.persons import read_people
from lineage.services.plans import Difference, Item, Plan, compare
from lineage.services.settling import require_right, settle
from lineage.services.views import Times, open_view
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.documents import read_one
from lineage.store.history import last_entry
from lineage.store.redacting import read_entry
from lineage.store.waiting import read_change_sets

_UNDER = {"origin": "element", "consent": "element", "regulatory": "element", "outcome": "use", "insight": "use"}
_LONG = ("pack", "vocabulary")
ANEW = "an author proposes it anew, such as with lineage apply --change-set {} PATH".format


@dataclass(frozen=True, slots=True)
class Altered:
    """One document of a change set: the values that change, and how many stay; packs and vocabulary are not listed."""

    change: Proposed
    differences: tuple[Difference, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of what waits. ``effect`` is None for what is over."""

    change_set: ChangeSet
    effect: Effect | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A change set as a reviewer sees it. ``digest`` is what an approval of this is bound to; empty when it is over.

    ``sequence`` is the journal entry after which it was looked at, ``clash`` what somebody else changed since it was
    proposed.
    """

    change_set: ChangeSet
    version: int
    digest: str
    sequence: int
    effect: Effect | None
    documents: tuple[Altered, ...]
    clash: Conflict | None
    people: People


def waiting(
    database: Database, now: datetime, *, everything: bool = False, effects: bool = True
) -> tuple[tuple[Listed, ...], People]:
    """Give what waits, emergency changes first, then the oldest first; with ``everything`` also what is over."""
    with database.reading() as connection:
        bodies = read_change_sets(connection, None if everything else WAITING)
        found = [change_set_of(body) for _, body in bodies]
        people = read_people(connection)
    before = open_view(database, Times(now)) if effects and any(one.state in WAITING for one in found) else None
    listed = (
        Listed(
            one, effect_of(database, now, one, before) if before and one.state in WAITING else None, overdue(one, now)
        )
        for one in found
    )
    return tuple(sorted(listed, key=lambda one: one.change_set.state != EMERGENCY)), people


def show(database: Database, now: datetime, key: str) -> Shown:
    """Give a change set with the answers it would change and each value of each document."""
    with database.reading() as connection:
        sequence = last_entry(connection)
        version, found = read_change_set(connection, key)
        people = read_people(connection)
        documents = tuple(_altered(connection, change, found) for change in found.changes)
        clash = conflict(connection, [c.change for c in found.changes], found.expected) if found.state == OPEN else None
    if found.state not in WAITING:
        return Shown(found, version, "", sequence, None, documents, None, people)
    effect = effect_of(database, now, found)
    digest = digest_shown(found, version, effect.bound())
    return Shown(found, version, digest, sequence, effect, documents, clash, people)


def _altered(connection: Connection, change: Proposed, found: ChangeSet) -> Altered:
    """Compare a document with how it was when the change was thought out."""
    if change.kind == REDACTION:
        return Altered(change, tuple(_taken_out(connection, change)), 0)
    if change.kind in (*_LONG, *RECORDS) or change.operation == "retire":
        return Altered(change, (), 0)
    was = read_one(connection, change.kind, change.key, found.base)
    before = dict(was.body) if was else {}
    differences = tuple(compare(before, change.body))
    same = len(_values(before, "").items() & _values(change.body, "").items())
    return Altered(change, differences, same)


def _taken_out(connection: Connection, change: Proposed) -> Iterator[Difference]:
    """Give what a redaction takes out, as it still stands: nobody can approve what they cannot see."""
    body = change.body
    entry = read_entry(connection, int(body["sequence"]))
    yield Difference("ground", None, body["ground"])
    if entry is None:
        return
    what = f"{entry.kind} {entry.key} version {entry.version}"
    for path in body["paths"]:
        try:
            left = text_at(entry.body, path)
        except ValueError:
            left = None
        yield Difference(f"{what}: {path}", left, GONE)
    if entry.reason:
        yield Difference(f"{what}: the reason given then", entry.reason, GONE)


def _values(body: Any, path: str) -> dict[str, str]:
    """Give every value of a body by its path, written out so that it can be compared."""
    if not isinstance(body, dict):
        return {path: repr(body)}
    return {place: value for name, item in body.items() for place, value in _values(item, f"{path}.{name}").items()}


def require_may(database: Database, request: Request, key: str, said: str) -> None:
    """Raise NotAllowed at once for whoever must not give an answer; asked again when it is given."""
    with database.reading() as connection:
        _, found = read_change_set(connection, key)
        require_right(read_people(connection), request.actor.name, found, said)


def approve(database: Database, request: Request, key: str, digest: str, seen: Shown | None = None) -> Done:
    """Let a change set hold, all of it, as it was shown: ``digest`` says what was. ``seen`` saves judging it again.

    Raises NotAllowed for everybody who had a hand in it, Conflict when a document changed since it was proposed or when
    what was shown is not what would happen, Refused when the changes do not fit any more.
    """
    seen = seen or show(database, request.now, key)  # before anybody else has to wait: judging takes its time
    with database.writing() as connection:
        earlier = answered_before(connection, request, key, "approve")
        if earlier is not None:
            return earlier
        if last_entry(connection) != seen.sequence:
            seen = show(database, request.now, key)
        return _approved(database, connection, request, key, digest, seen)


def _approved(database: Database, connection: Connection, request: Request, key: str, digest: str, seen: Shown) -> Done:
    def check(found: ChangeSet) -> None:
        if found.state == OPEN:
            _require_fitting(database, connection, request.now, found)
        if seen.digest != digest:
            raise Conflict(
                f"what was shown is not what would happen: {key} now has the digest {seen.digest[:16]}",
                f"see it again: lineage review show {key}",
            )

    return settle(connection, request, key, "approve", check=check)


def _require_fitting(database: Database, connection: Connection, now: datetime, found: ChangeSet) -> None:
    """Refuse what changed since it was proposed, and what would be refused if it were proposed now."""
    clash = conflict(connection, [change.change for change in found.changes], found.expected, ANEW(found.key))
    if clash is not None:
        raise clash
    plan = plan_of(found)
    problems = (
        *transitions.refusals(database, plan, now),
        *retiring.still_needed(database, plan),
        *reusing.reused_ids(database, plan),
    )
    if problems:
        raise Refused("; ".join(problem.message for problem in problems), problems[0].fix)
    for sentence in _orphans(connection, found):
        raise Refused(sentence, ANEW(found.key))


def plan_of(found: ChangeSet) -> Plan:
    """Give a change set as the plan it was made from, as far as checks need it."""
    laid = {(document.kind, document.key): document for document in overlay_of(found)[0]}
    items = []
    for change in found.changes:
        document = laid.get(change.name)
        where = f"{document.file}:{document.line}" if document is not None and document.file else ""
        items.append(Item(change.operation, change.kind, change.key, (), where, change.version, document))
    return Plan(tuple(items), 0, tuple(laid.values()), forgotten=found.forgotten)


def _orphans(connection: Connection, found: ChangeSet) -> Iterator[str]:
    """Name what would hang under something that is not there any more, or is retired."""
    coming = {change.name for change in found.changes if change.operation != "retire"}
    for change in found.changes:
        parent = (_UNDER.get(change.kind, ""), change.key.rpartition("#")[0])
        if change.operation == "retire" or not parent[0] or parent in coming:
            continue
        stored = read_one(connection, *parent)
        if stored is None or stored.retired:
            yield f"{change.kind} {change.key} has nothing to hang under: {parent[0]} {parent[1]} is retired"


def answer(database: Database, request: Request, key: str, said: str) -> Done:
    """Return a change set with a question, reject it with a reason, or withdraw what one proposed.

    A rejected emergency change puts back what was before; Conflict when somebody changed it again since.
    """
    if said in NEEDED and not (request.reason or "").strip():
        raise WrongUse(f"{NEEDED[said]} is needed", f"add --{'question' if said == 'return' else 'reason'}")
    with database.writing() as connection:
        earlier = answered_before(connection, request, key, said)
        if earlier is not None:
            return earlier
        return settle(connection, request, key, said, undo=lambda found: undone(connection, found))


NEEDED = {"return": "a question to the authors", "reject": "a reason"}


def undone(connection: Connection, found: ChangeSet) -> list[Change]:
    """Give the changes that put back what was before an emergency change. Conflict when something changed since."""
    now = held(connection, {change.name for change in found.changes})
    changes, moved = [], []
    for change in reversed(found.changes):
        back = list(_back(connection, change, found.base))
        stands = now[change.name]
        retires = change.operation == "retire"
        if stands.retired != retires or (not retires and stands.digest != change.change.digest):
            moved.append((change, back[-1]))
        changes += back
    if moved:
        expected = {change.name: change.version + 1 for change, _ in moved}
        clash = conflict(connection, [back for _, back in moved], expected, "approve it, or change what is wrong now")
        raise clash or Refused(f"what {found.key} changed was changed again since", "approve it")
    return changes


def _back(connection: Connection, change: Proposed, base: int) -> Iterator[Change]:
    """Give what puts one document back as it was after the entry ``base``."""
    was = read_one(connection, change.kind, change.key, base)
    if was is not None and (change.operation == "retire" or was.digest != change.change.digest):
        former = Declared.of(change.kind, change.key, was.body)
        operation = "restore" if change.operation == "retire" else "change"
        yield Change(change.kind, change.key, operation, former.text, former.digest)  # type: ignore[arg-type]
    if change.operation in ("add", "restore"):
        yield Change(change.kind, change.key, "retire", "", "")
