"""The table of the newest revision: kept with the catalogue, and made again only as far as something changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from lineage.content import content
from lineage.domain.canonical import canonical, digest_of
from lineage.gate.answer import Question, answer
from lineage.gate.decode import table_of
from lineage.gate.segments import Manifest
from lineage.services import compiling
from lineage.services.backups import back_up
from lineage.services.changing import Actor, Request, carry_out
from lineage.services.compiling import Compiler, kept_and_made, make_anew
from lineage.services.views import Scope, Times, open_view
from lineage.store.commands import Change
from lineage.store.compiled import DIGESTS
from lineage.store.database import Database
from lineage.store.documents import read_current, read_one, revision
from tests.house.trees import ROOT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = content("catalog") / "sample" / "food-delivery"
ADDRESS = "customer.address"
PHONE = "customer.phone_number"
DELIVERY = f"{ADDRESS}/deliver-orders/DeliveryOfGoods"
PARCELS = f"{PHONE}/parcel-dispatch/DeliveryOfGoods"
ON_SQLITE = "sqlite_url"
EVERYWHERE = ON_SQLITE, pytest.param("postgres_url", marks=pytest.mark.slow)

CHANGES = [
    ("element", ADDRESS, {"description": "Where orders go"}),
    ("element", ADDRESS, {"title": "Where people live"}),
    ("element", ADDRESS, {"audiences": []}),
    ("element", ADDRESS, {"category": "pd:Ethnicity"}),
    ("element", ADDRESS, {"lifecycle": "draft"}),
    ("use", DELIVERY, {"why": "short"}),
    ("use", DELIVERY, {"basis": {"eu-gdpr": "consent"}}),
    ("element", ADDRESS, {"also_known_as": ["where"]}),
    ("element", ADDRESS, {"description": None}),
    ("element", ADDRESS, {"title": None}),
    ("origin", "ANY", {"captured_by": "another"}),
    ("outcome", "ANY", {"evidence": ["another"]}),
    ("outcome", "ANY", {"recorded": "2026-07-06"}),
    ("insight", "ANY", {"applied": "2026-08-02"}),
    ("insight", "ANY", {"learned": "another", "evidence": ["another"]}),
    ("element", ADDRESS, {"steward": "dewi"}),
    ("use", DELIVERY, {"evidence": ["another"], "told": "not_told"}),
    ("process", "deliver-orders", {"automation": "full"}),
    ("audience", "customer", {"countries": ["DE", "CH"]}),
    ("audience", "customer", {"age_band": "12-17"}),
    ("assessment", "ANY", {"result": "not_acceptable"}),
    ("waiver", "ANY", {"until": "2026-11-23"}),
    ("catalogue", "catalogue", {"time_zone": "Asia/Jakarta"}),
]


SMALL = [
    ("element", PHONE, {"title": "Another"}), ("use", PARCELS, {"why": "short"}),
    ("process", "parcel-dispatch", {"automation": "full"}), ("catalogue", "catalogue", {"time_zone": "Asia/Jakarta"}),
]  # fmt: skip


@pytest.fixture(params=EVERYWHERE)
def sample(request, bare):
    """The sample, on both databases."""
    url = request.getfixturevalue(request.param)
    assert bare("-C", url, "-q", "db", "upgrade").code == 0
    assert bare("-C", url, "-q", "apply", SAMPLE, "--yes").code == 0
    found = Database(url, keep=True)
    yield found
    found.close()


@pytest.fixture
def database(shop):
    """The shop: small, for what does not depend on what a catalogue holds."""
    found = Database(f"sqlite:///{shop.folder}/lineage.db", keep=True)
    yield found
    found.close()


def change(database, kind, key, fields, operation="change"):
    with database.reading() as connection:
        if key == "ANY":
            key = min(row[1] for row in read_current(connection, {kind}))
        stored = read_one(connection, kind, key)
    body = {"key": key} if stored is None else dict(stored.body)
    body = {name: value for name, value in (body | fields).items() if value is not None}
    written = canonical(body)
    done = Change(kind, key, operation, written, digest_of(written))
    carry_out(database, Request(Actor("dewi", "stated"), NOW), [done])


def segments(current):
    return [current.parts.read(segment.name) for segment in current.manifest.segments]


def judged_whole(database):
    """Judge everything, whatever was kept."""
    compiler = Compiler(database)
    compiler._newest = lambda *_: None
    return compiler.current()


def judging(monkeypatch):
    """Count how many whole catalogues are judged from now on."""
    counted = []
    whole = Compiler.whole
    monkeypatch.setattr(Compiler, "whole", lambda *given: counted.append(1) or whole(*given))
    return counted


def test_the_table_answers_what_judging_afresh_answers(sample):
    table = table_of(Compiler(sample).current().parts)
    view = open_view(sample, Times(NOW), Scope(), digest=True)
    assert (table.revision, table.digest) == (view.revision, view.digest)
    asked = 0
    for use in view.table.uses:
        for purpose in (use.purpose, *use.narrower, "Marketing"):
            question = Question(use.process, use.element, purpose, view.at.microseconds)
            assert answer(table, question) == answer(view.table, question)
            asked += 1
    assert asked > 60


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "key", "fields"), CHANGES)
def test_after_a_change_the_table_is_to_the_byte_what_judging_everything_makes(sample, kind, key, fields):
    compiler = Compiler(sample)
    compiler.current()
    change(sample, kind, key, fields)
    brought_up = compiler.current()
    whole = judged_whole(sample)
    assert brought_up.manifest == whole.manifest
    assert segments(brought_up) == segments(whole)


def test_one_change_after_the_other_ends_where_judging_everything_ends(sample):
    compiler = Compiler(sample)
    compiler.current()
    for number, (kind, key, fields) in enumerate(CHANGES):
        change(sample, kind, key, fields)
        compiler.current()
        if number % 4 == 3:
            assert compiler.current().manifest == judged_whole(sample).manifest


def test_documents_that_come_go_and_come_back_are_followed(database):
    compiler = Compiler(database)
    first = compiler.current()
    change(database, "element", "customer.shoe_size", {"title": "Shoe size"}, "add")
    added = compiler.current()
    assert "customer.shoe_size" in table_of(added.parts).elements
    assert added.manifest == judged_whole(database).manifest
    change(database, "use", PARCELS, {}, "retire")
    retired = compiler.current()
    assert PARCELS not in {use.key for use in table_of(retired.parts).uses}
    assert retired.manifest == judged_whole(database).manifest
    change(database, "use", PARCELS, {}, "restore")
    assert compiler.current().manifest == judged_whole(database).manifest
    assert PARCELS in {use.key for use in table_of(first.parts).uses}


@pytest.mark.parametrize(
    ("kind", "key", "fields", "whole"),
    [
        ("element", PHONE, {"description": "Another"}, 0),
        ("process", "parcel-dispatch", {"automation": "full"}, 0),
        ("audience", "customer", {"age_band": "12-17"}, 0),
        ("catalogue", "catalogue", {"time_zone": "UTC"}, 1),
    ],
)
def test_only_what_a_change_touches_is_judged(monkeypatch, database, kind, key, fields, whole):
    compiler = Compiler(database)
    compiler.current()
    counted = judging(monkeypatch)
    change(database, kind, key, fields)
    compiler.current()
    assert len(counted) == whole


def test_a_change_that_no_judging_reads_judges_nothing(monkeypatch, database):
    compiler = Compiler(database)
    compiler.current()
    compiler.prepare()
    monkeypatch.setattr(compiling, "compile_table", lambda *_, **__: pytest.fail("something was judged"))
    change(database, "element", PHONE, {"description": "Another"})
    before, after = compiler.current(), judged_by_another(database)
    assert (before.manifest, segments(before)) == (after.manifest, segments(after))


def judged_by_another(database):
    """Judge everything in a process of its own, where nothing is replaced."""
    program = (
        "import sys; from lineage.store.database import Database; from lineage.services.compiling import *;"
        "c = Compiler(Database(sys.argv[1])); made = c.current(); c.save()"
    )
    subprocess.run([sys.executable, "-c", program, database.shown], env={"PYTHONPATH": str(ROOT)}, check=True)
    return Compiler(database).current()


def test_a_tree_of_digests_follows_what_another_process_kept(database):
    first, second = Compiler(database), Compiler(database)
    first.current()
    second.current()
    change(database, "element", PHONE, {"title": "One"})
    second.current()
    second.save()
    first.current()
    change(database, "use", PARCELS, {"why": "short"})
    assert first.current().manifest == judged_whole(database).manifest


def test_what_one_process_kept_another_takes_over_without_judging(monkeypatch, database):
    compiler = Compiler(database)
    made = compiler.current()
    compiler.save()
    counted = judging(monkeypatch)
    assert segments(Compiler(database).current()) == segments(made)
    change(database, "element", PHONE, {"description": "Another"})
    other = Compiler(database)
    other.current()
    other.save()
    assert compiler.current().manifest == other.current().manifest
    assert not counted


def test_entries_that_change_no_document_of_the_catalogue_change_no_table(monkeypatch, database):
    compiler = Compiler(database)
    made = compiler.current()
    counted = judging(monkeypatch)
    change(database, "account", "a-1", {"person": "a-1"}, "add")
    after = compiler.current()
    assert (after.manifest, after.entry, counted) == (made.manifest, made.entry + 1, [])


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM compiled_segment", "UPDATE compiled SET manifest = manifest || manifest",
        "UPDATE compiled SET root = 'other'", "UPDATE compiled SET program = 'another program'",
    ],
)  # fmt: skip
def test_a_kept_table_that_cannot_be_used_is_made_again(database, damage):
    compiler = Compiler(database)
    made = compiler.current()
    compiler.save()
    with database.writing() as connection:
        connection.execute(text(damage))
    assert segments(Compiler(database).current()) == segments(made)


def test_old_tables_go_with_the_segments_that_only_they_had(database):
    compiler = Compiler(database)
    for number in range(4):
        change(database, "element", PHONE, {"description": f"Text {number}"})
        compiler.current()
        compiler.save()
    with database.reading() as connection:
        found = connection.execute(text("SELECT program, manifest FROM compiled ORDER BY entry")).all()
        kept = set(connection.scalars(text("SELECT digest FROM compiled_segment")))
    trees = [row for row in found if row.program == DIGESTS]
    assert (len(found), len(trees)) == (3, 1)
    named = {segment.digest for row in found for segment in Manifest.from_bytes(row.manifest).segments}
    assert kept == named
    assert {segment.digest for segment in compiler.current().manifest.segments} <= kept


def test_the_digest_kept_up_to_date_is_the_one_counted_anew(database):
    compiler = Compiler(database)
    compiler.current()
    for number, (kind, key, fields) in enumerate(SMALL):
        change(database, "element", f"{'az'[number % 2]}.new{number}", {"title": "New"}, "add")
        change(database, kind, key, fields)
        manifest = compiler.current().manifest
        with database.reading() as connection:
            assert (manifest.revision, manifest.digest) == revision(connection)


def test_every_process_makes_the_same_bytes(bare, sqlite_url):
    assert bare("-C", sqlite_url, "-q", "db", "upgrade").code == 0
    assert bare("-C", sqlite_url, "-q", "apply", SAMPLE, "--yes").code == 0
    program = (
        "import sys; from lineage.store.database import Database; from lineage.services.compiling import Compiler;"
        "print(Compiler(Database(sys.argv[1])).current().manifest.root)"
    )
    found = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program, sqlite_url], env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found.add(done.stdout)
    assert len(found) == 1


def test_a_kept_table_that_says_something_else_is_found_and_made_anew(database):
    compiler = Compiler(database)
    made = compiler.current()
    compiler.save()
    assert kept_and_made(database) == (made.manifest.root, made.manifest.root)
    change(database, "element", PHONE, {"description": "Another"})
    assert kept_and_made(database) == (None, "")
    with database.writing() as connection:
        connection.execute(text("UPDATE compiled SET entry = entry + 1"))
    kept, wanted = kept_and_made(database)
    assert kept != wanted
    assert make_anew(database).manifest.root == wanted
    assert kept_and_made(database) == (wanted, wanted)


def test_a_table_of_a_journal_that_a_backup_replaced_is_not_used(database, tmp_path):
    compiler = Compiler(database)
    compiler.current()
    change(database, "use", PARCELS, {}, "retire")
    back_up(database.shown, tmp_path / "copy.db")
    change(database, "use", PARCELS, {}, "restore")
    newer = compiler.current()
    compiler.save()
    database.close()
    shutil.copy(tmp_path / "copy.db", database.shown.removeprefix("sqlite:///"))
    for suffix in ("-wal", "-shm"):
        Path(database.shown.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)
    found = compiler.current()
    assert found.manifest.root != newer.manifest.root
    assert found.manifest == judged_whole(database).manifest
    change(database, "element", PHONE, {"description": "Another"})
    change(database, "element", PHONE, {"description": "And another"})
    assert compiler.current().manifest == judged_whole(database).manifest


@pytest.mark.parametrize(
    "covers", [{"elements": []}, {"processes": []}, {"purposes": []}, {"elements": [], "purposes": ["Marketing"]}]
)
def test_an_assessment_that_covers_nothing_is_followed(database, covers):
    compiler = Compiler(database)
    compiler.current()
    change(database, "assessment", "empty", {"type": "dpia", "result": "acceptable", "covers": covers}, "add")
    assert compiler.current().manifest == judged_whole(database).manifest
