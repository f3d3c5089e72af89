"""Whatever people try, in any order: nothing holds that somebody else did not approve as it was shown.

A machine plays with accounts, proposals, answers and links over the real services, and keeps books of its own: who is
which person, who had a hand in what, what was shown and what ought to be live. Then the same machine is let loose on
programs with a known hole each, and has to find every one.
"""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.pool import NullPool, QueuePool

from lineage.domain.kinds import Declared
from lineage.domain.review import People
from lineage.errors import LineageError, NotAllowed, Refused
from lineage.services import accounts, change_sets, changing, persons, reviewing, settling
from lineage.services.accounts import link
from lineage.services.change_sets import ChangeSet
from lineage.services.changing import Actor, Done, Request, carry_out
from lineage.services.comparing import Comparison
from lineage.services.effects import Effect
from lineage.store import engines, schema
from lineage.store.commands import Change
from lineage.store.database import Database
from lineage.store.documents import read_one
from tests.property.often import often

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
STEPS = 30
NAMES = {"rina": 0, "ＲＩＮＡ ": 0, "rina-admin": 0, "dewi": 1, "Dewi": 1, "budi": 2, "tia": 3}
"""Account → the person who has it; that rina-admin is rina is only known because somebody said so."""
NOTHING = Effect(Comparison((), 0), ())
"""No use is declared here, so that no answer changes: judging would only take time."""

WHO = st.sampled_from(sorted(NAMES))
FAIRS = ["fair", "shop"]
FAIR = st.sampled_from(FAIRS)
TITLE = st.sampled_from(["One", "Two", "Three"])
PICK = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 5])
"""Which of them, counted from the newest."""
COUNTED: Counter[str] = Counter()


def request(who: str, **more: str) -> Request:
    return Request(Actor(who, "stated"), NOW, **more)


def document(key: str, title: str, operation: str = "add") -> Change:
    made = Declared.of("touchpoint", key, {"key": key, "title": title})
    return Change("touchpoint", key, operation, made.text, made.digest)


@cache
def template() -> Path:
    # A connection that stays open would keep what it wrote beside the file.
    with patch.object(engines, "NullPool", NullPool):
        return made_template()


def made_template() -> Path:
    """Make a small catalogue that asks for four eyes, in which rina-admin is known to be rina."""
    folder = Path(tempfile.mkdtemp(prefix="four-eyes-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "made.db"
    schema.upgrade(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    rules = Declared.of("catalogue", "catalogue", {"review": "four_eyes"})
    first = [
        Change("catalogue", "catalogue", "add", rules.text, rules.digest),
        *(document(key, "Zero") for key in FAIRS),
    ]
    done = carry_out(database, request("tia"), first)
    reviewing.approve(database, request("budi"), done.change_set, seen_digest(database, done.change_set))
    for who in ("rina", "dewi"):
        reviewing.answer(database, request(who, reason="no"), proposed(database, "tia", "x" + who), "reject")
    assert link(database, request("budi"), "rina-admin", "rina")
    return path


def proposed(database: Database, who: str, key: str) -> str:
    return carry_out(database, request(who), [document(key, "One")]).change_set


def seen_digest(database: Database, key: str) -> str:
    return reviewing.show(database, NOW, key).digest


@dataclass
class Book:
    """What the machine knows of a change set: who had a hand in it, what it says, for what, and what was shown of it."""

    authors: set[str]
    content: dict[str, str]
    meant_for: dict[str, int]
    state: str = "open"
    shown: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    before: dict[str, tuple[str | None, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Approval:
    """An approval that went through: whether another person gave it, to what was shown, and to what had not moved."""

    key: str
    by_another: bool
    as_shown: bool
    in_time: bool


class FourEyes(RuleBasedStateMachine):
    """People who propose, change, answer and link, in any order."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=template().parent))
        self.path = self.folder / "lineage.db"
        shutil.copy(template(), self.path)
        self.database = Database(f"sqlite:///{self.path}")
        self.beside = sqlite3.connect(self.path)
        self.person = dict(NAMES)
        self.books: dict[str, Book] = {}
        self.live: dict[str, tuple[str | None, int]] = dict.fromkeys(FAIRS, ("Zero", 1))
        self.approvals: list[Approval] = []

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            for engine in (self.database._reader, self.database._writer):
                engine.dispose()
            self.beside.close()
            shutil.rmtree(self.folder)

    # --- What people do ---

    @rule(who=WHO, key=FAIR, title=TITLE, urgent=st.sampled_from([False, False, False, True]))
    def propose(self, who: str, key: str, title: str, urgent: bool) -> None:
        if urgent:
            self._act_at_once(who, key, title)
            return
        self._count("propose")
        done = carry_out(self.database, request(who), [self._change(key, title)])
        if not done.change_set:
            assert self.live[key][0] == title
            return
        version = self.live.get(key, (None, 0))[1]
        known = self.books.get(done.change_set)
        if known is None:
            self.books[done.change_set] = Book({who}, {key: title}, {key: version})
        else:
            assert (known.content, known.meant_for, known.state) == ({key: title}, {key: version}, "open")

    @precondition(lambda self: self.books)
    @rule(who=WHO, pick=PICK, key=FAIR, title=TITLE)
    def propose_anew(self, who: str, pick: int, key: str, title: str) -> None:
        self._count("propose anew")
        name, book = self._pick(pick)
        try:
            done = carry_out(self.database, request(who, change_set=name), [self._change(key, title)])
        except Refused:
            assert book.state not in ("open", "returned")
            return
        if not done.change_set:
            assert self.live[key][0] == title
            return
        assert book.state in ("open", "returned")
        book.authors.add(who)
        book.content, book.meant_for = {key: title}, {key: self.live.get(key, (None, 0))[1]}
        book.state = "open"

    @precondition(lambda self: self.books)
    @rule(pick=PICK)
    def show(self, pick: int) -> None:
        self._count("show")
        name, book = self._pick(pick)
        digest = seen_digest(self.database, name)
        if digest:
            book.shown.append((digest, dict(book.content)))

    @precondition(lambda self: self.books)
    @rule(who=WHO, pick=PICK)
    def look_and_approve(self, who: str, pick: int) -> None:
        self.show(pick)
        self._approve(who, self._pick(pick)[0], 0)

    @precondition(lambda self: self.books)
    @rule(who=WHO, editor=WHO, pick=PICK, key=FAIR, title=TITLE)
    def edit_after_showing(self, who: str, editor: str, pick: int, key: str, title: str) -> None:
        self.show(pick)
        self.propose_anew(editor, pick, key, title)
        self._approve(who, self._pick(pick)[0], 0)

    @precondition(lambda self: any(book.shown for book in self.books.values()))
    @rule(who=WHO, pick=PICK, which=PICK)
    def approve_what_was_shown(self, who: str, pick: int, which: int) -> None:
        known = [name for name, book in self.books.items() if book.shown]
        self._approve(who, known[-1 - pick % len(known)], which)

    def _approve(self, who: str, name: str, which: int) -> None:
        self._count("approve")
        book = self.books[name]
        if not book.shown:
            return
        digest, content = book.shown[-1 - which % len(book.shown)]
        by_another = self.person[who] not in {self.person[author] for author in book.authors}
        in_time = book.state == "emergency" or all(
            self.live.get(key, (None, 0))[1] == version for key, version in book.meant_for.items()
        )
        may = by_another and in_time and content == book.content and book.state in ("open", "emergency")
        try:
            reviewing.approve(self.database, request(who), name, digest)
        except NotAllowed:
            assert not by_another
            return
        except Refused:
            # The same may have been shown of another version of it: then a digest is old though its content is not.
            assert not may or digest != seen_digest(self.database, name)
            return
        self._count("approved")
        self.approvals.append(Approval(name, by_another, content == book.content, in_time))
        if book.state == "open":
            self._hold(content)
        book.state = "approved"

    @precondition(lambda self: self.books)
    @rule(who=WHO, pick=PICK, said=st.sampled_from(["return", "reject", "withdraw"]))
    def answer(self, who: str, pick: int, said: str) -> None:
        self._count(said)
        name, book = self._pick(pick)
        wrote = self.person[who] in {self.person[author] for author in book.authors}
        try:
            reviewing.answer(self.database, request(who, reason="because"), name, said)
        except NotAllowed:
            assert wrote != (said == "withdraw")
            return
        except Refused:
            assert (book.state, said) not in change_sets.ANSWERS or self._moved(book)
            return
        assert wrote == (said == "withdraw")
        if book.state == "emergency":
            self.live |= {key: (was, version + 2) for key, (was, version) in book.before.items()}
        book.state = change_sets.ANSWERS[book.state, said]

    @precondition(lambda self: len(self.books) % 2 == 1)
    @rule(who=WHO, one=st.sampled_from(["rina-admin", "rina-admin", "Dewi", "budi"]), other=WHO)
    def link(self, who: str, one: str, other: str) -> None:
        self._count("link")
        # Somebody has to be left who can approve: not everybody is linked with everybody.
        people = {self.person[one], self.person[other]}
        if len(people) > 1 and len(set(self.person.values())) < 4:
            return
        try:
            link(self.database, request(who), one, other)
        except Refused:
            return  # nobody has acted under that name yet
        low, high = min(people), max(people)
        self.person = {name: low if person == high else person for name, person in self.person.items()}

    # --- What must always be so ---

    @invariant()
    def nobody_approves_what_he_wrote(self) -> None:
        assert all(approval.by_another for approval in getattr(self, "approvals", ()))

    @invariant()
    def what_was_approved_is_what_was_shown(self) -> None:
        assert all(approval.as_shown for approval in getattr(self, "approvals", ()))

    @invariant()
    def nothing_that_moved_was_approved(self) -> None:
        assert all(approval.in_time for approval in getattr(self, "approvals", ()))

    @invariant()
    def what_is_live_was_approved_or_is_an_emergency(self) -> None:
        if hasattr(self, "live"):
            assert read_live(self.beside) == {key: title for key, (title, _) in self.live.items() if title is not None}

    # --- Bookkeeping ---

    def _act_at_once(self, who: str, key: str, title: str) -> None:
        self._count("emergency")
        before = self.live.get(key, (None, 0))
        change = self._change(key, title)
        done: Done = carry_out(self.database, request(who, reason="fire", emergency="P2D"), [change])
        if not done.change_set:
            assert before[0] == title
            return
        book = Book({who}, {key: title}, {key: before[1]}, "emergency", before={key: before})
        self.books[done.change_set] = book
        self._hold(book.content)

    def _count(self, what: str) -> None:
        COUNTED[what] += 1

    def _pick(self, pick: int) -> tuple[str, Book]:
        name = list(self.books)[-1 - pick % len(self.books)]
        return name, self.books[name]

    def _change(self, key: str, title: str) -> Change:
        was, version = self.live.get(key, (None, 0))
        return document(key, title, "add" if not version else "restore" if was is None else "change")

    def _hold(self, content: dict[str, str]) -> None:
        for key, title in content.items():
            self.live[key] = title, self.live.get(key, (None, 0))[1] + 1

    def _moved(self, book: Book) -> bool:
        """Whether what an emergency change wrote is not what is live any more."""
        return book.state == "emergency" and any(self.live[key][0] != title for key, title in book.content.items())


def read_live(connection: sqlite3.Connection) -> dict[str, str]:
    """Give the touchpoints as anybody reads them who asks the database and not us."""
    query = "SELECT key, body FROM document WHERE kind = 'touchpoint' AND sys_to IS NULL AND NOT retired"
    return {key: json.loads(body)["title"] for key, body in connection.execute(query)}


@pytest.fixture(autouse=True)
def nothing_to_judge():
    with (
        patch.object(reviewing, "effect_of", lambda *_: NOTHING),
        patch.object(changing, "touched", lambda *_: []),
        patch.object(engines, "NullPool", QueuePool),  # opening a connection takes longer than a step
    ):
        yield


def steps() -> int:
    """Count what people did; an approval that went through is counted twice."""
    return sum(COUNTED.values()) - COUNTED["approved"]


def played(examples: int) -> settings:
    return settings(
        derandomize=True, max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def test_nobody_gets_past_the_second_pair_of_eyes():
    COUNTED.clear()
    run_state_machine_as_test(FourEyes, settings=played(often(45)))
    sys.stdout.write(f"{steps()} steps: {dict(COUNTED)}\n")
    assert steps() >= 1_000
    assert min(COUNTED[what] for what in ("propose", "propose anew", "show", "approve", "emergency", "link")) >= 20
    assert COUNTED["approved"] >= 40


# --- The machine finds every hole there might be ---


def only_the_account(self: People, account: str) -> frozenset[str]:
    """Hold every account for a person of its own."""
    return frozenset({account})


def without_editors(former: ChangeSet, latest: ChangeSet, author: str) -> ChangeSet:
    """Count whoever changed a proposal as no author of it."""
    made = change_sets_proposed_anew(former, latest, author)
    return change_sets.replace(made, authors=former.authors)


change_sets_proposed_anew = change_sets.proposed_anew


def last_link_only(connection: object) -> People:
    """Let a later link of an account undo an earlier one."""
    found = real_people(connection)
    stored = {key: read_one(connection, persons.ACCOUNT, key) for key in found.names}
    links = tuple((key, one.body["person"]) for key, one in stored.items() if one and one.body["person"] != key)
    return People(found.names, links)


real_people = persons.read_people


def always_the_same_digest(change_set: ChangeSet, version: int, answers: object) -> str:
    """Bind an approval to the name of what was shown, and not to what it said."""
    return change_set.key


HOLES: dict[str, Callable[[], list[object]]] = {
    "a second account of one person": lambda: [patch.object(People, "accounts_of", only_the_account)],
    "an editor who counts as no author": lambda: [patch.object(change_sets, "proposed_anew", without_editors)],
    "an approval of what changed since": lambda: [
        patch.object(ChangeSet, "expected", {}),
        patch.object(reviewing, "_require_fitting", lambda *_: None),
    ],
    "a link that undoes another": lambda: [
        patch.object(accounts, "_end", lambda _, account: account),
        *(patch.object(module, "read_people", last_link_only) for module in (accounts, changing, settling, reviewing)),
    ],
    "an edit after showing": lambda: [patch.object(reviewing, "digest_shown", always_the_same_digest)],
}


@pytest.mark.parametrize("hole", HOLES)
def test_the_machine_finds(hole):
    template()
    COUNTED.clear()
    with ExitStack() as stack:
        for opened in HOLES[hole]():
            stack.enter_context(opened)  # type: ignore[arg-type]
        with pytest.raises((AssertionError, LineageError)) as found:
            run_state_machine_as_test(FourEyes, settings=played(400))
    sys.stdout.write(f"{hole}: {type(found.value).__name__} in {steps()} steps\n")
