"""Work for processes that will be killed: a shop's catalogue, six different commands, and a counter to contend for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from lineage.domain.canonical import canonical, digest_of
from lineage.errors import Conflict
from lineage.judge import compile as compiling
from lineage.services.applying import apply_plan, plan_apply, read_against
from lineage.services.changing import Actor, Request, carry_out
from lineage.services.consenting import record_consent, withdraw
from lineage.services.recording import UseName, record
from lineage.services.setting_up import make_catalogue
from lineage.services.views import Times
from lineage.store import schema
from lineage.store.commands import Change
from lineage.store.database import Database
from lineage.store.documents import read_one
from tests.catalogues import remembered
from tests.faults.invariants import Ack, ack_of
from tests.journeys.shop import FILES, MADE

NOW = datetime.fromtimestamp(MADE, UTC)
RINA = Actor("rina", "stated")
PHONE = "customer.phone_number"
SLOTS = UseName(PHONE, "slot-planning", "AgreeDeliverySlot")
Q3 = {
    "key": "q3",
    "period": {"from": "2026-04-01", "until": "2026-06-30"},
    "organisation": {"value": "benefit"},
    "subject": {"value": "benefit"},
    "recorded": "2026-07-05",
}
LEARNED = {"key": "noon", "outcomes": ["q3"], "learned": "before noon", "decision": "confirm", "applied": "2026-07-20"}
SMS = {"key": "sms", "purpose": "DirectMarketing", "status": "given", "method": "ticked_box", "given": "2026-07-01"}
MORE = "elements:\n- {key: customer.name, title: Name, origins: [{key: typed, mode: provided}]}\n"
OTHERWISE = MORE.replace("Name", "Full name")
INSTEAD = "elements:\n- {key: customer.street, title: Street}\n"


def request(name: str, now: datetime = NOW) -> Request:
    return Request(RINA, now, "because it is so", name)


def element(key: str, title: str, operation: Any = "add") -> Change:
    text = canonical({"key": key, "title": title})
    return Change("element", key, operation, text, digest_of(text))


def shop(folder: Path) -> str:
    """Make the shop's catalogue, with its declarations beside it."""
    url = f"sqlite:///{folder / 'lineage.db'}"
    make_catalogue(url, folder, RINA, NOW, sample=False)
    (folder / "shop").mkdir()
    for name, text in FILES.items():
        (folder / "shop" / name).write_text(text, encoding="utf-8")
    apply_files(Database(url), folder / "shop", "the shop")
    return url


def bare(url: str, documents: int = 1) -> Database:
    """Make a catalogue of counters: nothing in it but elements."""
    schema.upgrade(url)
    database = Database(url)
    carry_out(database, request("made"), [element(f"counter.{number}", "0") for number in range(documents)])
    return database


def apply_files(database: Database, folder: Path, name: str, *, prune: bool = False) -> None:
    roots = [folder] if prune else []
    read = read_against(database, [folder], prune=roots)
    assert not read.problems, read.problems
    plan = plan_apply(database, read, roots)
    if plan.items:
        apply_plan(database, plan, request(name))


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a day at the shop: its request id, and what does it to a catalogue beside its declarations."""

    name: str
    do: Callable[[Database, Path], object]


def _declare(name: str, text: str) -> Callable[[Database, Path], object]:
    def apply(database: Database, folder: Path) -> None:
        (folder / "shop" / "more.yaml").write_text(text, encoding="utf-8")
        apply_files(database, folder / "shop", name, prune=True)

    return apply


def _with_a_long_log(database: Database, folder: Path) -> None:
    """Write while somebody reads, so that the write-ahead log is kept; then bring it into the file, as backups do."""
    with closing(sqlite3.connect(folder / "lineage.db", isolation_level=None)) as reader:
        with suppress(sqlite3.Error):
            reader.execute("SELECT count(*) FROM journal").fetchone()
        for number in range(3):
            carry_out(database, request(f"log.{number}"), [element(f"log.{number}", "Log")])
        carry_out(database, request("log"), [element("log", "Log")])
        with suppress(sqlite3.Error):
            reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")


STEPS = (
    Step("write", lambda database, _: carry_out(database, request("write"), [element("customer.age", "Age")])),
    Step("apply", _declare("apply", MORE)),
    Step("outcome", lambda database, _: record(database, TIMES, "outcome", SLOTS, Q3, request("outcome"))),
    Step("change", _declare("change", OTHERWISE)),
    Step("insight", lambda database, _: record(database, TIMES, "insight", SLOTS, LEARNED, request("insight"))),
    Step("consent", lambda database, _: record_consent(database, TIMES, PHONE, SMS, request("consent"))),
    Step("withdraw", lambda database, _: withdraw(database, TIMES, PHONE, "sms", "2026-07-09", request("withdraw"))),
    Step("retire", _declare("retire", INSTEAD)),
    Step("log", _with_a_long_log),
)
TIMES = Times(NOW)


def remember_rules() -> None:
    """Compile the packs once in this process: the answers are the same, and a fault costs a tenth of the time."""
    patch.object(compiling, "Policies", SimpleNamespace(of=remembered)).start()


def increment(database: Database, key: str, name: str, *, now: datetime = NOW) -> Ack | None:
    """Read a counter, then write one more under its version; None when somebody else was quicker."""
    with database.reading() as connection:
        read = read_one(connection, "element", key)
    assert read is not None
    try:
        return set_counter(database, key, int(str(read.body["title"])) + 1, name, now=now)
    except Conflict:
        return None


def set_counter(database: Database, key: str, value: int, name: str, *, now: datetime = NOW) -> Ack:
    """Write what a counter comes to, over the version that the value before it has."""
    change = element(key, str(value), "change")
    return ack_of(name, carry_out(database, request(name, now), [change], {("element", key): value}).written)


def counter(database: Database, key: str) -> int:
    with database.reading() as connection:
        read = read_one(connection, "element", key)
    assert read is not None
    return int(str(read.body["title"]))
