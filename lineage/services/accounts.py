"""Accounts and the people who have them: who may answer for whom, which accounts belong together, and names that go."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.review import Mark, People
from lineage.errors import Refused, WrongUse
from lineage.gate.nearest import did_you_mean
from lineage.services.change_sets import WAITING, change_set_of
from lineage.services.changing import Actor, Done, Request, carried_out, carry_out_within, require_name
from lineage.services.persons import ACCOUNT, read_people
from lineage.services.repeated import something_else
from lineage.store.actors import erase_actors, need_actor, read_actors
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.documents import read_one, read_versions
from lineage.store.waiting import asked_before, read_change_sets, read_written


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its id, name (None once erased), first act, and the other accounts of the same person."""

    id: str
    name: str | None
    since: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, now or when the same request came first: the ids whose names are gone."""

    ids: tuple[str, ...]


def list_accounts(database: Database) -> tuple[Account, ...]:
    """Give every account that ever acted, by name; erased ones come last."""
    with database.reading() as connection:
        return tuple(sorted(_accounts(connection), key=lambda one: (one.name is None, one.name or "", one.id)))


def _accounts(connection: Connection) -> Iterator[Account]:
    people = read_people(connection)
    for key, (name, since) in read_actors(connection).items():
        others = people.accounts_of(key) - {key}
        yield Account(key, name, since, tuple(sorted(people.shown(other) for other in others)))


def link(database: Database, request: Request, account: str, person: str) -> bool:
    """Say that an account belongs to the person who has another; False when that is known already.

    The account may be one that never acted; the other must be known. It cannot be taken back: two people who are
    taken for one can do less than before, one who passes for two could approve what he wrote.
    """
    if not account.strip() or not person.strip():
        raise WrongUse("an account needs a name", "lineage account list shows all")
    with database.writing() as connection:
        people = read_people(connection)
        if carried_out(connection, request) is not None:
            _require_linked(connection, people, request, account, person)
            return True
        require_name(Actor(account, ""))
        wanted = people.called(person)
        if not wanted:
            known = [name for name in people.names.values() if name]
            raise Refused(f"no account is called {person}", did_you_mean(person, known) or "see lineage account list")
        held = people.known_as(account) or (need_actor(connection, account, request.now),)
        if people.same(held[0], wanted[0]):
            return False
        change, version = _linking(connection, held[0], wanted[0])
        carry_out_within(database, connection, request, [change], {(ACCOUNT, change.key): version})
    return True


def _require_linked(connection: Connection, people: People, request: Request, account: str, person: str) -> None:
    """Raise Refused unless a request linked these two when it came first."""
    said, before = _said(connection, request)
    one, other = people.known_as(account), people.known_as(person)
    linked = bool(one and other) and people.same(one[0], other[0]) and said.get("person") != before.get("person")
    if not linked or not people.same(one[0], said["person"]):
        raise something_else()


def _said(connection: Connection, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what a request said of an account, and what was said of it before; nothing when it was about something else."""
    asked = asked_before(connection, request.request)
    if asked is None or asked.kind != ACCOUNT:
        return {}, {}
    versions = read_versions(connection, ACCOUNT, asked.key)
    return versions[asked.version - 1], versions[asked.version - 2] if asked.version > 1 else {"person": asked.key}


def _linking(connection: Connection, one: str, other: str) -> tuple[Change, int]:
    """Give the record that brings two accounts together: a record that links already stays as it is."""
    return _record(connection, _end(connection, one), {"person": other})


def _end(connection: Connection, account: str) -> str:
    """Follow the links of an account to the one that has none of its own yet."""
    seen = {account}
    while (stored := read_one(connection, ACCOUNT, account)) is not None and stored.body["person"] not in seen:
        account = str(stored.body["person"])
        seen.add(account)
    return account


def _record(connection: Connection, key: str, said: dict[str, Any]) -> tuple[Change, int]:
    stored = read_one(connection, ACCOUNT, key)
    text = canonical({"key": key, "person": key} | (dict(stored.body) if stored else {}) | said)
    operation = "change" if stored else "add"
    return Change(ACCOUNT, key, operation, text, digest_of(text)), stored.version if stored else 0  # type: ignore[arg-type]


def erase(database: Database, request: Request, name: str) -> Erased:
    """Take the name of an account away for good; what it did stays, under an id that says nothing.

    Raises Refused without a reason, for a name nobody has, and while something waits that this person proposed:
    nobody could tell any more who must not approve it.
    """
    if not (request.reason or "").strip():
        raise WrongUse("erasing a name needs a reason", "add --reason, such as the request it answers")
    with database.writing() as connection:
        people = read_people(connection)
        earlier = carried_out(connection, request)
        if earlier is not None:
            return _erased_before(connection, people, request, name, earlier)
        ids = people.called(name)
        if not ids:
            raise Refused(f"no account is called {name}", "see lineage account list")
        _require_nothing_waits(connection, people, ids[0])
        # Without a mark, whoever comes back under a name of a person with several would be somebody new.
        several = bool(people.accounts_of(ids[0]) - set(ids))
        changes = [_record(connection, key, {"erased": True} | (_mark(key, name) if several else {})) for key in ids]
        expected = {(ACCOUNT, change.key): version for change, version in changes}
        carry_out_within(database, connection, request, [change for change, _ in changes], expected)
        erase_actors(connection, ids)
    return Erased(ids)


def _mark(account: str, name: str) -> dict[str, Any]:
    mark = Mark.of(account, secrets.token_hex(32), name)
    return {"mark": {"key": mark.key, "digest": mark.digest}}


def _erased_before(connection: Connection, people: People, request: Request, name: str, earlier: Done) -> Erased:
    """Give what a request erased when it came first. Raises Refused when it did something else, or erased another name.

    A name without a mark is not known again: then it must at least be nobody's, and the reason the same.
    """
    said, before = _said(connection, request)
    asked = asked_before(connection, request.request)
    ids = tuple(entry.key for entry in read_written(connection, earlier.written.first, earlier.written.last))
    marks = [mark for mark in people.marks if mark.account in ids]
    same = any(mark.fits(name) for mark in marks) if marks else not people.called(name)
    reasoned = asked is not None and (asked.redacted or asked.reason == request.reason)
    if not said.get("erased") or before.get("erased") or not same or not reasoned:
        raise something_else()
    return Erased(ids)


def _require_nothing_waits(connection: Connection, people: People, account: str) -> None:
    sets = (change_set_of(body) for _, body in read_change_sets(connection, WAITING))
    mine = [found.key for found in sets if people.written_by(account, found.authors)]
    if mine:
        fix = f"first let {' and '.join(mine)} be answered, or withdraw {'it' if len(mine) == 1 else 'them'}"
        raise Refused(f"{', '.join(mine)} still waits, and this person proposed it", fix)
