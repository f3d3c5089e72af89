"""Register, change and retire an element with what hangs under it: one command, one transaction, every problem at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.domain.canonical import without_empty
from lineage.domain.kinds import KINDS, Declared
from lineage.errors import Refused, WrongUse
from lineage.gate.answer import Answer
from lineage.gate.findings import Finding
from lineage.gate.nearest import did_you_mean
from lineage.services.changing import Done, Request, carried_out, carry_out, entry_before_request
from lineage.services.checking import answers
from lineage.services.comparing import compare
from lineage.services.editing_checks import checked, refused, still_fit
from lineage.services.editing_paths import ELEMENT, Draft, Name, Said, prefix_of, sayings_of
from lineage.services.files import shown
from lineage.services.plans import Item, Plan
from lineage.services.plans import compare as values_that_differ
from lineage.services.repeated import something_else
from lineage.services.views import Scope, Times, View, open_view
from lineage.source import Place, Problem
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.documents import (
    UNDER_ELEMENT,
    UNDER_USE,
    read_history,
    read_keys,
    read_of_elements,
    read_version,
)
from lineage.store.places import read_places

EVERYTHING = (*UNDER_ELEMENT, *UNDER_USE)
_ORDER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it is stored now."""

    version: int
    body: Mapping[str, Any]
    digest: str
    retired: bool


Held = Mapping[Name, Kept]


@dataclass(frozen=True, slots=True)
class UseAnswer:
    """A use of the element before and after; the blockers and warnings that only one of the answers has."""

    before: Answer
    after: Answer
    added: tuple[Finding, ...] = ()
    removed: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of a change by hand: the documents it concerns, or everything that is wrong with it.

    Without ``items`` and ``problems`` there was nothing to change. ``left`` says what a restore did not bring back, and
    why; ``files`` which files declare something else now.
    """

    key: str
    items: tuple[Item, ...] = ()
    problems: tuple[Problem, ...] = ()
    done: Done | None = None
    uses: tuple[UseAnswer, ...] = ()
    left: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()

    @property
    def repeated(self) -> bool:
        """Whether the same request was carried out before, so that nothing was done now."""
        return self.done is not None and self.done.written.repeated


@dataclass(frozen=True, slots=True)
class Intent:
    """A change thought out and not yet made: bodies to be written, documents to be retired, versions it was made for.

    ``exact`` where the bodies were stored before and come back as they are.
    """

    key: str
    held: Held
    bodies: Mapping[Name, Mapping[str, Any]]
    retire: frozenset[Name] = frozenset()
    expected: Mapping[Name, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    draft: Draft | None = None
    left: tuple[tuple[str, str], ...] = ()
    exact: bool = False

    def at(self, kind: str, key: str, path: str) -> tuple[Place, str]:
        """Give where a path of a document was said, and the path as seen from the element."""
        full = f"{prefix_of(kind, key)}{path}".rstrip(".")
        place = self.draft.place_of(full) if self.draft else Place(f"{kind} {key}")
        return place, "" if place.file.endswith(f" {full}") else full


def register(database: Database, times: Times, key: str, said: Said, request: Request) -> Edited:
    """Add an element. Raises Refused when there is one of that key."""
    refuse_as_of(times)

    def think(_: Connection, held: Held, __: int | None) -> Intent:
        stored = held.get((ELEMENT, key))
        if stored is not None:
            undo = f"bring it back with lineage element retire {key} --undo"
            fix = undo if stored.retired else f"lineage element edit {key}"
            raise Refused(f"element {key} {'is retired' if stored.retired else 'is registered already'}", fix)
        return _intent(Draft(key, {(ELEMENT, key): {"key": key}}, new=True), said, {})

    return repeated(database, request, key, think) or carry(database, times, request, _thought(database, key, think))


def edit(
    database: Database, times: Times, key: str, said: Said, request: Request, version: int | None = None
) -> Edited:
    """Change an element, its origins, consents and regulatory entries; what is not said stays.

    ``version`` is the version of the element the change was thought out for: a later one makes it a conflict.
    Raises Refused when there is no such element or version.
    """
    refuse_as_of(times)
    if not (said.sets or said.unsets or said.file):
        raise WrongUse("nothing is said of it", "add --set PATH=VALUE, --unset PATH or --from FILE")
    name = (ELEMENT, key)
    current = 0

    def think(connection: Connection, held: dict[Name, Kept], _: int | None) -> Intent:
        nonlocal current
        require_live(connection, held, key)
        current = held[name].version
        old = read_version(connection, ELEMENT, key, version or current)
        if old is None:
            raise Refused(f"element {key} has no version {version}", f"its version is {current} now")
        held[name] = Kept(old.version, old.body, old.digest, retired=False)
        bodies = {other: _copy(kept.body) for other, kept in held.items() if not kept.retired and other[0] in _PARTS}
        return _intent(Draft(key, bodies), said, held)

    earlier = repeated(database, request, key, think)
    if earlier is not None:
        return earlier
    done = carry(database, times, request, _thought(database, key, think))
    if version not in (None, current) and not (done.items or done.problems):
        raise Refused(f"element {key} is now in version {current}, not {version}: somebody else changed it", ANEW)
    return done


ANEW = "look at what it says now, and decide again"
_PARTS = frozenset({ELEMENT, *UNDER_ELEMENT})


def retire(database: Database, times: Times, key: str, request: Request) -> Edited:
    """Retire an element with everything that hangs under it, its uses included.

    Something that stays and refers to it is a problem. Raises Refused when there is no such element.
    """
    refuse_as_of(times)

    def think(connection: Connection, held: Held, _: int | None) -> Intent:
        if (ELEMENT, key) in held and held[ELEMENT, key].retired:
            return Intent(key, held, {})
        require_live(connection, held, key)
        return Intent(key, held, {}, frozenset(name for name, kept in held.items() if not kept.retired))

    return repeated(database, request, key, think) or carry(database, times, request, _thought(database, key, think))


def bring_back(database: Database, times: Times, key: str, request: Request) -> Edited:
    """Undo a retirement: the element and what was retired by the same command come back as they were."""
    refuse_as_of(times)

    def think(connection: Connection, held: Held, before: int | None) -> Intent:
        if (ELEMENT, key) in held and not held[ELEMENT, key].retired:
            return Intent(key, held, {})
        if (ELEMENT, key) not in held:
            raise no_element(connection, key)
        history = read_history(connection, ELEMENT, key, EVERYTHING, before)
        written = [one for one in history if one.sys_to is None or (before is not None and one.sys_to > before)]
        command = next(one.command for one in written if one.kind == ELEMENT)
        back = {(one.kind, one.key): one.body for one in written if one.command == command and one.retired}
        return Intent(key, held, back, exact=True)

    return repeated(database, request, key, think) or carry(database, times, request, _thought(database, key, think))


# --- Thinking a change out ---

Think = Callable[[Connection, dict[Name, Kept], int | None], Intent]
"""Thinks a change out from what is held of the element, now (None) or after an entry of the journal."""


def _thought(database: Database, key: str, think: Think) -> Intent:
    with database.reading() as connection:
        return think(connection, held_of(connection, key), None)


def repeated(database: Database, request: Request, key: str, think: Think) -> Edited | None:
    """Give what became of a request that was carried out before; None when it was not.

    It is thought out again from what held before it, so that what others changed since makes no difference. Raises
    Refused when its id was used for something else.
    """
    with database.reading() as connection:
        before = entry_before_request(connection, request)
        if before is None:
            return None
        try:
            intent = think(connection, held_of(connection, key, before), before)
        except Refused:
            raise something_else() from None
    _, items, _ = _made(database, intent)
    with database.reading() as connection:
        return Edited(key, done=carried_out(connection, request, [_change(item) for item in items]))


def _copy(body: Mapping[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(body))
    return copied


def _intent(draft: Draft, said: Said, held: Held) -> Intent:
    """Do everything that is said to a draft."""
    live = set(draft.bodies)
    sayings, problems = sayings_of(said, draft.key)
    problems += [problem for problem in map(draft.say, sayings) if problem is not None]
    gone = frozenset(name for name in live - draft.bodies.keys() if name in held)
    expected = {name: held[name].version for name in held if name == (ELEMENT, draft.key)}
    return Intent(draft.key, held, draft.bodies, gone, expected, tuple(problems), draft)


def carry(database: Database, times: Times, request: Request, intent: Intent) -> Edited:
    """Check a change and carry it out, or give everything that is wrong with it."""
    made, items, problems = _made(database, intent)
    if not problems:
        problems = refused(database, Plan(items, 0, tuple(made.values())), times.now, intent.at)
    if problems or not items:
        return Edited(intent.key, (), tuple(dict.fromkeys(problems)), left=intent.left)
    return _written(database, times, request, intent, items)


def _made(database: Database, intent: Intent) -> tuple[Mapping[Name, Declared], tuple[Item, ...], tuple[Problem, ...]]:
    """Give the documents of a change, what happens to each, and everything that is wrong with them by themselves."""
    changed = _changed(intent)
    made, problems = checked(database, changed, intent.at)
    if intent.exact:
        made = {name: Declared.of(*name, body) for name, body in changed.items()}
    items = tuple(sorted(_items(intent, made), key=lambda item: (_ORDER[item.kind], item.key)))
    return made, items, (*intent.problems, *problems)


def _changed(intent: Intent) -> dict[Name, Mapping[str, Any]]:
    """Leave out the bodies that are stored just so."""

    def same(name: Name, body: Mapping[str, Any]) -> bool:
        kept = intent.held.get(name)
        return kept is not None and not kept.retired and without_empty(body) == without_empty(kept.body)

    return {name: body for name, body in intent.bodies.items() if intent.exact or not same(name, body)}


def _items(intent: Intent, made: Mapping[Name, Declared]) -> Iterator[Item]:
    for name, document in made.items():
        kept = intent.held.get(name)
        operation = "add" if kept is None else "restore" if kept.retired else "change"
        before = dict(kept.body) if kept and not kept.retired else {}
        differences = tuple(values_that_differ(before, document.body))
        yield Item(operation, *name, differences, "", kept.version if kept else 0, document)
    for name in intent.retire:
        yield Item("retire", *name, version=intent.held[name].version)


def _written(database: Database, times: Times, request: Request, intent: Intent, items: tuple[Item, ...]) -> Edited:
    """Write the items, and ask for every use before and after."""
    documents = [item.document for item in items if item.document is not None]
    before = _view(database, times, intent)
    gone = [(item.kind, item.key) for item in items if item.operation == "retire"]
    after = open_view(database, times, Scope((intent.key,)), documents, gone=gone) if before else None

    def check(connection: Connection) -> None:
        coming = (ELEMENT, intent.key) in {(item.kind, item.key) for item in items}
        still_fit(connection, documents, None if coming else (ELEMENT, intent.key))

    expected = {(item.kind, item.key): item.version for item in items} | dict(intent.expected)
    done = carry_out(database, request, [_change(item) for item in items], expected, check=check)
    uses = tuple(_uses(before, after, intent.key)) if before and after else ()
    return Edited(intent.key, items, (), done, uses, intent.left, _files(database, items))


def _view(database: Database, times: Times, intent: Intent) -> View | None:
    """Judge the uses there are; a new element has none, and looking for them would judge the whole catalogue."""
    used = any(name[0] == "use" for name in intent.held)
    return open_view(database, times, Scope((intent.key,))) if used else None


def _change(item: Item) -> Change:
    text, digest = (item.document.text, item.document.digest) if item.document else ("", "")
    return Change(item.kind, item.key, item.operation, text, digest)  # type: ignore[arg-type]


def _uses(before: View, after: View, key: str) -> Iterator[UseAnswer]:
    """Give every permitted use of either side with both answers."""
    changed = {change.use: change for change in compare(before, after, [key]).changes}
    same = {answered.question.use: answered for answered in answers(after, [key])}
    for use in sorted(changed.keys() | same.keys()):
        if use in changed:
            change = changed[use]
            yield UseAnswer(change.before, change.after, change.added, change.removed)
        else:
            yield UseAnswer(same[use], same[use])


def _files(database: Database, items: Iterable[Item]) -> tuple[str, ...]:
    """Name the files that declare what was changed: they say something else now."""
    with database.reading() as connection:
        places = read_places(connection, [(item.kind, item.key) for item in items])
    return tuple(sorted({shown(file) for file, _, _ in places.values()}))


# --- What is there ---


def refuse_as_of(times: Times) -> None:
    """Raise WrongUse when the past is asked for: it cannot be changed."""
    if times.as_of is not None:
        raise WrongUse("the catalogue of today is changed, not that of the past", "leave out --as-of")


def held_of(connection: Connection, key: str, as_of: int | None = None) -> dict[Name, Kept]:
    """Give every document of an element as it is now, or was after an entry, retired ones included."""
    rows = read_of_elements(connection, [key], as_of)
    return {
        (kind, name): Kept(version, json.loads(text), digest, retired)
        for kind, name, version, text, digest, retired in rows
    }


def require_live(connection: Connection, held: Held, key: str) -> None:
    """Raise Refused when there is no such element, or it is retired."""
    if (ELEMENT, key) not in held:
        raise no_element(connection, key)
    if held[ELEMENT, key].retired:
        raise Refused(f"element {key} is retired", f"bring it back with lineage element retire {key} --undo")


def no_element(connection: Connection, key: str) -> Refused:
    """Say that there is no such element, and what it may be called."""
    hint = did_you_mean(key, read_keys(connection, ELEMENT)) or "see lineage element list"
    return Refused(f"there is no element {key}", hint)
