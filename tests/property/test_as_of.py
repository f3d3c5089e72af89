"""Whatever was done to a catalogue: what it said right after each command, it says later of that instant."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.cli.output import envelope
from lineage.errors import Refused
from lineage.gate.shapes import answer_data
from lineage.services.applying import apply_plan, plan_apply, read_against
from lineage.services.changing import Actor, Request
from lineage.services.checking import check, summary
from lineage.services.consenting import record_consent, withdraw
from lineage.services.diffing import diff
from lineage.services.exporting import export_yaml, sections
from lineage.services.setting_up import bring_in
from lineage.services.views import Times
from lineage.store import schema
from lineage.store.database import Database
from lineage.store.documents import read_current
from lineage.store.history import last_entry
from tests.journeys.shop import ELEMENTS, LOOP, SOUND, SURROUNDINGS
from tests.property.often import often

PHONE = "customer.phone_number"
START = datetime(2026, 8, 1, 12, 0, 0, 250_000, tzinfo=UTC)
RINA = Actor("rina", "stated")
CONSENT = {
    "key": "sms", "purpose": "DirectMarketing", "audience": "customer", "regimes": None, "method": "ticked_box",
    "statement": "notice-7", "explicit": True, "given": None, "expires": None, "withdraw": "account page",
}  # fmt: skip

ZONES = ["Europe/Berlin", "Pacific/Auckland", "America/New_York"]
EXTRAS = ["a", "b", "c"]
commands = st.one_of(
    st.tuples(st.just("time_zone"), st.sampled_from(ZONES)),
    st.tuples(st.just("regimes"), st.sampled_from(["eu-gdpr", "eu-gdpr, id-pdp"])),
    st.tuples(st.just("steward"), st.sampled_from(["rina", "dewi"])),
    st.tuples(st.just("review_by"), st.sampled_from(["2027-03-01", "2026-07-01"])),
    st.tuples(st.just("extra"), st.sets(st.sampled_from(EXTRAS))),
    st.tuples(st.just("extra"), st.sets(st.sampled_from(EXTRAS))),
    st.tuples(st.just("consent"), st.sampled_from(["given", "requested", "refused"])),
    st.tuples(st.just("withdraw"), st.none()),
)
hours = st.integers(0, 60 * 3_600_000_000).map(lambda number: timedelta(microseconds=number))
histories = st.lists(st.tuples(commands, hours), min_size=3, max_size=7)


@dataclass(frozen=True)
class Said:
    """What a catalogue said right after a command."""

    instant: datetime
    entry: int
    exported: str
    checked: dict
    rows: list


@cache
def made() -> Path:
    """A catalogue that holds packs and vocabulary, to be copied for each history."""
    path = Path(tempfile.mkdtemp()) / "lineage.db"
    schema.upgrade(f"sqlite:///{path}")
    bring_in(Database(f"sqlite:///{path}"), RINA, START - timedelta(days=1))
    return path


class Kept:
    """A catalogue beside its declarations, with the switches that make them differ."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(made().parent, folder, dirs_exist_ok=True)
        self.declared = folder / "catalog"
        self.declared.mkdir()
        self.database = Database(f"sqlite:///{folder / 'lineage.db'}")
        self.switches = {"time_zone": ZONES[0], "regimes": "eu-gdpr", "steward": "rina", "review_by": "2027-03-01"}
        self.extra: set[str] = set()

    def apply(self, now: datetime) -> None:
        said = self.switches
        around = SURROUNDINGS.replace(ZONES[0], said["time_zone"]).replace("[eu-gdpr]", f"[{said['regimes']}]")
        (self.declared / "around.yaml").write_text(around, encoding="utf-8")
        elements = ELEMENTS.replace("steward: rina", f"steward: {said['steward']}")
        elements += "".join(f"- {{key: {key}, title: More}}\n" for key in sorted(self.extra))
        (self.declared / "elements.yaml").write_text(elements, encoding="utf-8")
        uses = f"uses:\n{SOUND}{LOOP}".replace("2027-03-01", said["review_by"])
        (self.declared / "uses.yaml").write_text(uses, encoding="utf-8")
        read = read_against(self.database, [self.declared], None, [self.declared])
        assert not read.problems, read.problems
        apply_plan(self.database, plan_apply(self.database, read, [self.declared]), Request(RINA, now))

    def do(self, what: str, value: object, now: datetime) -> None:
        request, times = Request(RINA, now), Times(now)
        if what == "consent":
            record_consent(self.database, times, PHONE, CONSENT | {"status": value}, request)
        elif what == "withdraw":
            withdraw(self.database, times, PHONE, "sms", None, request)
        else:
            self.extra, self.switches = (
                (set(value), self.switches) if what == "extra" else (self.extra, self.switches | {what: value})
            )
            self.apply(now)

    def says(self, times: Times) -> tuple[str, dict]:
        exported = sections(export_yaml(self.database, times))
        done = check(self.database, times, digest=True)
        # Places are kept beside the journal: they say where a thing is declared now.
        results = [answer_data(answered, lambda _: "") for answered in done.answers]
        return exported, envelope("check", done.view, summary(done.answers), results)

    def entry(self) -> int:
        with self.database.reading() as connection:
            return last_entry(connection)

    def rows(self, as_of: int | None = None) -> list:
        with self.database.reading() as connection:
            return list(read_current(connection, as_of=as_of))

    def said(self, now: datetime, *, aloud: bool) -> Said:
        return Said(now, self.entry(), *(self.says(Times(now)) if aloud else ("", {})), self.rows())


def lived(folder: Path, history: list, *, aloud: bool) -> tuple[Kept, list[Said], datetime]:
    """Live through a history; give what was said after each command that wrote something, and when it ended."""
    kept, now = Kept(folder), START
    kept.apply(now)
    said = [kept.said(now, aloud=aloud)]
    for (what, value), later in history:
        now += later + timedelta(microseconds=1)
        before = kept.entry()
        with suppress(Refused):
            kept.do(what, value, now)
        if kept.entry() > before:
            said.append(kept.said(now, aloud=aloud))
    return kept, said, now


def differing(one: list, other: list) -> set:
    """Give the documents of which one side holds something else than the other, by a look at all of them."""
    held = [{row[:2]: row[4] for row in rows if not row[5]} for rows in (one, other)]
    return {name for name in held[0].keys() | held[1].keys() if held[0].get(name) != held[1].get(name)}


@settings(deadline=None, derandomize=True, max_examples=often(2))
@given(histories)
def test_what_was_said_after_each_command_is_said_of_that_instant_ever_after(history):
    with tempfile.TemporaryDirectory() as name:
        kept, said, end = lived(Path(name), history, aloud=True)
        end += timedelta(days=40)
        for then in said:
            for as_of in (then.instant.isoformat(), f"@{then.entry}"):
                assert kept.says(Times(end, None, as_of)) == (then.exported, then.checked)
            assert kept.rows(then.entry) == then.rows
        now = kept.says(Times(end))
        assert kept.says(Times(end, None, "now")) == now
        assert kept.says(Times(end, None, end.isoformat())) == now


@settings(deadline=None, derandomize=True, max_examples=often(2))
@given(histories)
def test_the_difference_of_two_instants_lists_exactly_the_documents_that_differ(history):
    with tempfile.TemporaryDirectory() as name:
        kept, said, end = lived(Path(name), history, aloud=False)
        for one, other in zip([*said, said[-1], said[0]], [*said[1:], said[0], said[-1]], strict=False):
            done = diff(kept.database, Times(end), f"@{one.entry}", other.instant.isoformat())
            assert {(d.kind, d.key) for d in done.documents} == differing(one.rows, other.rows)
            assert (done.before.entry, done.after.entry) == (one.entry, other.entry)
