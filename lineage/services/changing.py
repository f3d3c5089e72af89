"""The one way in: every change of the catalogue, from whatever command, page or import, is carried out here.

Where the catalogue asks for four eyes, nothing goes live here but what somebody else approved: ``carry_out`` makes a
change set of everything else, and ``settling.settle`` is the only way out of one. Nothing else writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.kinds import CATALOGUE, KINDS, RECORDS
from lineage.domain.review import mixes_scripts, plain_name
from lineage.errors import NotAllowed, Refused, WrongUse
from lineage.services import change_sets, sensitive
from lineage.services.change_sets import CHANGE_SET, EMERGENCY, OPEN, ChangeSet, Name, Proposed
from lineage.services.conflicts import conflict, held
from lineage.services.effects import touched
from lineage.services.persons import read_people
from lineage.services.repeated import entry_before, is_answer, require_same, require_same_person, something_else
from lineage.services.views import zone_of
from lineage.store.actors import need_actor
from lineage.store.commands import Change, Command, Written, write
from lineage.store.database import Connection, Database
from lineage.store.documents import read_one, read_versions
from lineage.store.entry import instant_text
from lineage.store.history import last_entry
from lineage.store.places import Declared as Place
from lineage.store.places import forget_places, save_places
from lineage.store.waiting import asked_before, next_change_set, read_change_sets

FOUR_EYES = "four_eyes"
REDACTION = "redaction"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and how that is known."""

    name: str
    how_known: str


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for a change, when and why; ``request`` stays the same when it is sent again after an unclear answer.

    ``personal_data`` says that values which look like personal data were looked at and are meant. ``emergency`` is the
    instant until which a change may stand that nobody else has approved. ``change_set`` names one to be proposed anew.
    """

    actor: Actor
    now: datetime
    reason: str | None = None
    request: str | None = None
    personal_data: bool = False
    emergency: str | None = None
    change_set: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a request: journal entries, or a change set that waits for somebody else.

    ``state`` is that of the change set, ``digest`` the one of its version; ``until`` is the instant until which an
    emergency change may stand unreviewed. ``plain`` says that an emergency was asked for where none is needed.
    """

    written: Written
    change_set: str = ""
    digest: str = ""
    state: str = ""
    until: str = ""
    plain: bool = False

    @property
    def live(self) -> bool:
        """Whether the changes hold already."""
        return not self.change_set or self.state in (EMERGENCY, "approved")


@dataclass(frozen=True, slots=True)
class Places:
    """Where documents are declared now, and which no file declares any more: kept with the changes, outside the journal."""

    declared: Iterable[Place] = ()
    forgotten: Collection[Name] = ()


NO_PLACES = Places()


def carry_out(
    database: Database,
    request: Request,
    changes: Iterable[Change],
    expected: Mapping[Name, int] | None = None,
    *,
    places: Places | None = None,
    check: Callable[[Connection], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Done:
    """Write changes in one transaction, or nothing. ``expected`` gives the versions they were thought out for.

    Where four eyes are asked for, a change set is written instead. ``check`` looks at the catalogue inside the
    transaction and raises Refused when the changes no longer fit it; a request that was carried out before is not
    checked again. Raises Conflict when a document is not in the expected version, Refused when it is in no fitting state.
    """
    with database.writing() as connection:
        return carry_out_within(
            database, connection, request, changes, expected, places=places, check=check, progress=progress
        )


def carry_out_within(
    database: Database,
    connection: Connection,
    request: Request,
    changes: Iterable[Change],
    expected: Mapping[Name, int] | None = None,
    *,
    places: Places | None = None,
    check: Callable[[Connection], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Done:
    """Do the same as ``carry_out`` as a part of an open transaction."""
    wanted, expected = list(changes), expected or {}
    earlier = carried_out(connection, request, wanted, places)
    if earlier is not None:
        return earlier
    if check is not None:
        check(connection)
    require_name(request.actor)
    sensitive.check(wanted, request, sensitive.held_by(connection))
    if request.change_set or _needs_review(connection, wanted):
        return _reviewed(database, connection, request, wanted, expected, places or NO_PLACES)
    if request.emergency:
        _until(connection, request)
    written = write_now(connection, request, wanted, expected, progress)
    keep(connection, places or NO_PLACES)
    return Done(written, plain=bool(request.emergency))


def carried_out(
    connection: Connection, request: Request, wanted: Iterable[Change] | None = None, places: Places | None = None
) -> Done | None:
    """Give what became of a request that was carried out before; None when it was not.

    Raises Refused when somebody else used its id, or used it for something else than ``wanted``. Without ``wanted``
    only the person is looked at: whoever calls it so compares what was asked for by itself.
    """
    first = asked_before(connection, request.request)
    if first is None:
        return None
    require_same_person(connection, first, request.actor.name)
    written = write(connection, command_of(request), ())
    if wanted is not None:
        require_same(connection, first, written, wanted, places.declared if places else None)
    if first.kind != CHANGE_SET:
        return Done(written)
    body = read_versions(connection, CHANGE_SET, first.key)[first.version - 1]
    return Done(written, first.key, digest_of(canonical(body)), str(body["state"]), str(body.get("until") or ""))


def entry_before_request(connection: Connection, request: Request) -> int | None:
    """Give the entry after which a request was thought out that was carried out before; None when it was not.

    Refused like ``carried_out``.
    """
    first = asked_before(connection, request.request)
    if first is None:
        return None
    require_same_person(connection, first, request.actor.name)
    return entry_before(connection, first, write(connection, command_of(request), ()))


def answered_before(connection: Connection, request: Request, key: str, answer: str) -> Done | None:
    """Give what became of an answer that was given before; None when it was not. Refused like ``carried_out``."""
    earlier = carried_out(connection, request)
    first = asked_before(connection, request.request)
    if first is not None and not is_answer(connection, first, key, answer):
        raise something_else()
    return earlier


def command_of(request: Request, reason: str | None = None) -> Command:
    """Give the command the store writes for a request."""
    said = request.reason or reason
    return Command(request.actor.name, request.actor.how_known, request.now, request.request, said)


def asks_four_eyes(connection: Connection) -> bool:
    """Tell whether the catalogue says that nothing goes live until somebody else approved it."""
    stored = read_one(connection, CATALOGUE, CATALOGUE)
    return stored is not None and stored.body.get("review") == FOUR_EYES


def _needs_review(connection: Connection, changes: Sequence[Change]) -> bool:
    """Tell whether changes wait for somebody else: the rule holds when the catalogue or the changes themselves say so."""
    if any(change.kind == REDACTION for change in changes):
        return True
    if all(change.kind in RECORDS for change in changes):
        return False
    return asks_four_eyes(connection) or any(_brings_rule(change) for change in changes)


def _brings_rule(change: Change) -> bool:
    return (
        change.kind == CATALOGUE and bool(change.body_text) and json.loads(change.body_text).get("review") == FOUR_EYES
    )


def require_name(actor: Actor) -> None:
    """Raise WrongUse for a name nobody can read, or that can be taken for another one."""
    if not plain_name(actor.name):
        raise WrongUse("nobody is named who does this", "give a name with --by")
    if mixes_scripts(actor.name):
        raise WrongUse(
            "the name mixes Latin letters with Cyrillic or Greek ones, which look alike", "write it in one alphabet"
        )


def _reviewed(
    database: Database, connection: Connection, request: Request, wanted: list[Change], expected: Mapping[Name, int],
    places: Places,
) -> Done:  # fmt: skip
    """Write a change set, and with an emergency what it holds too."""
    made = _made(connection, request, wanted, expected, places)
    if not made.changes:
        return Done(write(connection, command_of(request), ()))
    return _at_once(database, connection, request, made) if request.emergency else _propose(connection, request, made)


def _made(
    connection: Connection, request: Request, wanted: list[Change], expected: Mapping[Name, int], places: Places
) -> ChangeSet:
    """Make a change set of what really changes. Raises Conflict or Refused as writing would."""
    names = {(change.kind, change.key) for change in wanted}
    now = held(connection, names)
    _require_fitting(connection, wanted, expected)
    author = need_actor(connection, request.actor.name, request.now)
    proposed = []
    for change in wanted:
        stands = now.get((change.kind, change.key))
        if change.operation == "change" and stands is not None and stands.digest == change.digest:
            continue
        text = "" if change.operation == "retire" else change.body_text
        version = stands.version if stands else 0
        proposed.append(Proposed(change.kind, change.key, change.operation, version, text))
    rest = tuple((kind, key, version) for (kind, key), version in sorted(expected.items()) if (kind, key) not in names)
    declared = tuple(
        (*row[:4], row[4] if isinstance(row[4], str) else canonical(row[4]), row[5]) for row in places.declared
    )
    forgotten = tuple((kind, key) for kind, key in places.forgotten)
    return ChangeSet(
        "", OPEN, request.reason or "", (author,), last_entry(connection), tuple(proposed), declared, forgotten,
        expects=rest, proposed=instant_text(request.now),
    )  # fmt: skip


def _require_fitting(connection: Connection, wanted: Iterable[Change], expected: Mapping[Name, int]) -> None:
    """Refuse what could not be written as things stand now."""
    changes = list(wanted)
    found = conflict(connection, changes, expected)
    if found is not None:
        raise found
    now = held(connection, {(change.kind, change.key) for change in changes})
    for change in changes:
        stands = now.get((change.kind, change.key))
        if change.operation != "add" and stands is None:
            raise Refused(
                f"there is no {change.kind} {change.key} to {change.operation}", "check the key, or add it first"
            )
        if stands is not None and stands.retired != (change.operation == "restore"):
            state = "is retired" if stands.retired else "is not retired"
            raise Refused(f"{change.kind} {change.key} {state}", "look at what it says now, and decide again")


def _propose(connection: Connection, request: Request, made: ChangeSet) -> Done:
    """Write a change set that waits; what the same person proposed already is not proposed twice."""
    if request.change_set:
        version, former = read_change_set(connection, request.change_set)
        latest = change_sets.proposed_anew(former, made, made.authors[0])
        if former.state == OPEN and (former.authors, former.content()) == (latest.authors, latest.content()):
            return _same(connection, request, former)
        return _put(connection, request, latest, version)
    people = read_people(connection)
    for _, body in read_change_sets(connection, {OPEN}):
        former = change_sets.change_set_of(body)
        if former.content() == made.content() and people.written_by(made.authors[0], former.authors):
            return _same(connection, request, former)
    return _put(connection, request, replace(made, key=next_change_set(connection)), 0)


def _same(connection: Connection, request: Request, former: ChangeSet) -> Done:
    written = write(connection, command_of(request), ())
    return Done(written, former.key, digest_of(canonical(change_sets.body_of(former))), former.state)


def _put(connection: Connection, request: Request, latest: ChangeSet, version: int) -> Done:
    record = record_of(latest, version)
    written = write_now(connection, request, [record], {(CHANGE_SET, latest.key): version})
    return Done(written, latest.key, record.digest, latest.state, latest.until)


def record_of(latest: ChangeSet, version: int) -> Change:
    """Give the change that writes a change set, whose present version is ``version`` (0: none)."""
    text = canonical(change_sets.body_of(latest))
    return Change(CHANGE_SET, latest.key, "change" if version else "add", text, digest_of(text))


def read_change_set(connection: Connection, key: str) -> tuple[int, ChangeSet]:
    """Give a change set and its version. Refused when there is none of that key."""
    stored = read_one(connection, CHANGE_SET, key)
    if stored is None:
        raise Refused(f"there is no change set {key}", "lineage review list shows what waits")
    return stored.version, change_sets.change_set_of(stored.body)


def _at_once(database: Database, connection: Connection, request: Request, made: ChangeSet) -> Done:
    """Write an emergency change: it holds from now on, and waits for somebody else all the same."""
    if request.change_set:
        raise WrongUse(
            "an emergency change is a change set of its own", f"leave out --emergency or {request.change_set}"
        )
    _require_urgent(made)
    latest = replace(made, key=next_change_set(connection), state=EMERGENCY, until=_until(connection, request))
    changes = [record_of(latest, 0), *_announced(database, request, latest), *(c.change for c in latest.changes)]
    written = write_now(connection, request, changes, latest.expected)
    keep(connection, Places(latest.places, latest.forgotten))
    return Done(written, latest.key, changes[0].digest, EMERGENCY, latest.until)


def _require_urgent(made: ChangeSet) -> None:
    for change in made.changes:
        if change.kind == REDACTION or (change.kind == CATALOGUE and change.body.get("review") != FOUR_EYES):
            what = (
                "taking text out of the journal" if change.kind == REDACTION else "switching the review by others off"
            )
            raise NotAllowed(f"{what} is never an emergency", "leave out --emergency, and let somebody else approve it")


def _until(connection: Connection, request: Request) -> str:
    """Give the instant until which an emergency change may stand. WrongUse when it does not fit, or nobody says why."""
    if not (request.reason or "").strip():
        raise WrongUse("an emergency change needs a reason", "add --reason")
    return change_sets.until_of(request.emergency or "", request.now, ZoneInfo(zone_of(connection)))


def _announced(database: Database, request: Request, latest: ChangeSet) -> Iterable[Change]:
    """Give the document that makes every use warn whose answer an emergency change changes, now or later."""
    if EMERGENCY not in KINDS:
        return
    body = {"key": latest.key, "reason": latest.reason, "until": latest.until}
    text = canonical(body | {"uses": touched(database, request.now, latest)})
    yield Change(EMERGENCY, latest.key, "add", text, digest_of(text))


def write_now(
    connection: Connection, request: Request, changes: Sequence[Change], expected: Mapping[Name, int],
    progress: Callable[[int], None] | None = None, reason: str | None = None,
) -> Written:  # fmt: skip
    """Write: called by ``carry_out`` and ``settle`` alone. Tells a conflict, with all that is in dispute, from other refusals."""
    try:
        return write(connection, command_of(request, reason), changes, expected, progress, new=True)
    except Refused as refused:
        found = conflict(connection, changes, expected)
        raise (found or refused) from None


def keep(connection: Connection, places: Places) -> None:
    save_places(connection, places.declared)
    forget_places(connection, places.forgotten)
