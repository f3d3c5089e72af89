"""The way out of a change set: somebody answers it, and what was approved comes to hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.review import People
from lineage.errors import NotAllowed
from lineage.services import sensitive
from lineage.services.change_sets import DONE, EMERGENCY, OPEN, OWN, Answered, ChangeSet, Proposed, answered
from lineage.services.changing import (
    REDACTION,
    Done,
    Places,
    Request,
    keep,
    read_change_set,
    record_of,
    require_name,
    write_now,
)
from lineage.services.persons import read_people
from lineage.store.actors import need_actor
from lineage.store.commands import Change
from lineage.store.database import Connection
from lineage.store.documents import read_one
from lineage.store.entry import instant_text


def settle(
    connection: Connection,
    request: Request,
    key: str,
    answer: str,
    *,
    check: Callable[[ChangeSet], None] | None = None,
    undo: Callable[[ChangeSet], list[Change]] | None = None,
) -> Done:
    """Write the answer to a change set, and what follows from it: all of it, or nothing. The reason is the request's.

    An approved one comes to hold exactly as it was proposed; ``undo`` gives what a rejected emergency change puts back,
    and ``check`` raises Refused when it must not be. NotAllowed for whoever must not give this answer: authors never
    approve, whatever else they may do.
    """
    require_name(request.actor)
    sensitive.check((), request)
    version, former = read_change_set(connection, key)
    account = need_actor(connection, request.actor.name, request.now)
    require_right(read_people(connection), request.actor.name, former, answer)
    latest = answered(former, Answered(account, answer, request.reason or "", instant_text(request.now)))
    if check is not None:
        check(former)
    holds = former.state == OPEN and latest.state == "approved"
    puts_back = former.state == EMERGENCY and latest.state == "rejected" and undo is not None
    changes = [_finished(change, former, account) for change in former.changes] if holds else []
    changes += undo(former) if puts_back and undo else []
    record, expected = record_of(latest, version), former.expected if holds else {}
    everything = [record, *_over(connection, former), *changes]
    written = write_now(connection, request, everything, expected, reason=request.reason or former.reason or None)
    if holds:
        keep(connection, Places(former.places, former.forgotten))
    return Done(written, key, record.digest, latest.state)


def require_right(people: People, name: str, former: ChangeSet, answer: str) -> None:
    """Let authors withdraw what they proposed and nothing else, and everybody else answer; people, not accounts.

    Raises NotAllowed. An account that never acted is known by its name alone.
    """
    wrote = any(people.written_by(account, former.authors) for account in people.known_as(name))
    if answer in OWN and not wrote:
        authors = ", ".join(people.shown(author) for author in former.authors)
        fix = f"lineage review reject {former.key} says no to it"
        raise NotAllowed(f"{former.key} was proposed by {authors}: only they can withdraw it", fix)
    if answer not in OWN and wrote:
        raise NotAllowed(
            f"you proposed {former.key} or had a hand in it: it can only be {DONE[answer]} by somebody else",
            f"ask another person; lineage review withdraw {former.key} takes it back",
        )


def _finished(change: Proposed, former: ChangeSet, account: str) -> Change:
    """Give a change as it is written; a redaction says who asked for it and who approved it."""
    if change.kind != REDACTION:
        return change.change
    text = canonical(change.body | {"requested_by": former.authors[0], "approved_by": account})
    return replace(change.change, body_text=text, digest=digest_of(text))


def _over(connection: Connection, former: ChangeSet) -> list[Change]:
    """Give the end of what announced an emergency change."""
    stored = read_one(connection, EMERGENCY, former.key) if former.state == EMERGENCY else None
    return [Change(EMERGENCY, former.key, "retire", "", "")] if stored is not None and not stored.retired else []
