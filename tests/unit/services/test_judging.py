"""A whole catalogue judged in parts: to the byte what judging it in one go gives, however small the parts are."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime

import pytest

from lineage.cli.main import run
from lineage.content import content
from lineage.domain.canonical import canonical, digest_of
from lineage.gate import form
from lineage.gate.decode import table_of
from lineage.judge import timelines
from lineage.judge.memory import Memory
from lineage.services.changing import Actor, Request, carry_out
from lineage.services.judging import judge_whole
from lineage.store.commands import Change
from lineage.store.database import Database
from lineage.store.documents import read_one

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = content("catalog") / "sample" / "food-delivery"
ADDRESS, PHONE = "customer.address", "customer.phone"
AT_ONCE = 1_000_000

CHANGED = {
    "as it is": (),
    "with sensitive elements": (
        ("element", ADDRESS, {"category": "pd:Ethnicity"}),
        ("element", PHONE, {"sensitivity": {"eu-gdpr": "sensitive"}}),
    ),
    "with an element that nobody may use any more": (("element", ADDRESS, {"lifecycle": "retired"}),),
    "with a process that is gone": (("process", "deliver-orders", None),),
    "with children among its customers": (("audience", "customer", {"age_band": "12-17"}),),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The sample, applied once."""
    folder = tmp_path_factory.mktemp("sample")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run(["-q", "db", "upgrade"]) == 0
        assert run(["-q", "apply", str(SAMPLE), "--yes", "--format", "json", "-o", os.devnull]) == 0
    return folder / "lineage.db"


@pytest.fixture(params=CHANGED)
def database(request, made, tmp_path, monkeypatch):
    """The sample, as it is and with what makes elements depend on each other, in a table of many small shards."""
    monkeypatch.setattr(form, "PER_SHARD", 4)
    shutil.copy(made, tmp_path)
    found = Database(f"sqlite:///{tmp_path}/{made.name}", keep=True)
    for kind, key, fields in CHANGED[request.param]:
        change(found, kind, key, fields)
    yield found
    found.close()


def change(database, kind, key, fields):
    """Change fields of a document, or retire it."""
    with database.reading() as connection:
        body = dict(read_one(connection, kind, key).body) | (fields or {})
    text = canonical(body)
    operation = "retire" if fields is None else "change"
    request = Request(Actor("rina", "stated"), NOW)
    carry_out(database, request, [Change(kind, key, operation, text, digest_of(text))])


def judged(database, most, memory=None):
    with database.reading() as connection:
        return judge_whole(connection, 7, "digest", memory or Memory(), most)


@pytest.mark.parametrize("most", [5, pytest.param(1, marks=pytest.mark.slow), pytest.param(40, marks=pytest.mark.slow)])
def test_parts_give_the_bytes_of_the_whole(database, most):
    whole, parts = judged(database, AT_ONCE), judged(database, most)
    assert len(table_of(whole).uses) > 10
    assert len(whole.manifest.segments) > 20
    assert {s.name: s.digest for s in parts.manifest.segments} == {s.name: s.digest for s in whole.manifest.segments}
    assert parts.packed == whole.packed


@pytest.mark.parametrize("database", ["with sensitive elements"], indirect=True)
def test_what_was_judged_before_is_not_judged_again(monkeypatch, database):
    memory = Memory()
    first = judged(database, AT_ONCE, memory)

    def never(*_):
        raise AssertionError("judged again")

    monkeypatch.setattr(timelines.UseJudge, "_judged", never)
    assert judged(database, 5, memory).manifest.root == first.manifest.root
    with pytest.raises(AssertionError, match="judged again"):
        judged(database, 5)
