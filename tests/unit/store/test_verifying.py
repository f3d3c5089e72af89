"""Verification on both databases: a sound catalogue is intact at every level, and each break has its layer and entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.redaction import left_after
from lineage.services.changing import Actor, Request
from lineage.services.sealing import make_key
from lineage.store import checkpoints, guards, keys, rebuilding, schema
from lineage.store.actors import erase_actors, need_actor
from lineage.store.commands import Change, write
from lineage.store.database import Database
from lineage.store.merkle import TILE, Frontier
from lineage.store.note import Checkpoint, encoded
from lineage.store.verify_breaks import LAYERS, MOST, Found
from lineage.store.verify_checkpoints import Held
from lineage.store.verify_tree import Tree
from lineage.store.verifying import LEVELS, verify
from tests.unit.store.samples import NOON, change, command

LATER = datetime(2026, 11, 22, tzinfo=UTC)
TITLE = 'a "quoted" nämé'
MAIL = ("element", "customer.mail")


def look(database, level="full", now=LATER, held=()):
    with database.reading() as connection:
        return verify(connection, level, now, held)


def do(database, *changes, **more):
    asked = command(**more)
    with database.writing() as connection:
        need_actor(connection, asked.actor, asked.instant)
        return write(connection, asked, changes)


def agreed(database, minutes, *changes, state="approved", holds=True):
    """Write changes along with the change set that holds them, which somebody else proposed."""
    with database.writing() as connection:
        author = need_actor(connection, "joko", NOON)
    held = [{"kind": one.kind, "key": one.key} for one in changes] if holds else []
    body = {"key": "change-1", "authors": [author], "changes": held}
    do(database, change("change_set", "change-1", body | {"state": "open"}), minutes=minutes, actor="joko")
    do(database, change("change_set", "change-1", body | {"state": state}, "change"), *changes, minutes=minutes)


def by_hand(database, *statements, guarded=True):
    with database.writing() as connection:
        guards.drop(connection)
        for statement in statements:
            assert connection.execute(text(statement)).rowcount
        rebuilding.check_references_now(connection)
        if guarded:
            guards.install(connection)


@pytest.fixture
def lived(filled):
    """A catalogue in which a document was changed, retired and restored."""
    do(
        filled,
        change(*MAIL, {"key": MAIL[1], "title": TITLE}, "change"),
        minutes=1,
        reason='Because "so"\n…',
    )
    do(filled, Change(*MAIL, "retire", "", ""), minutes=2, request="r-1", actor="budi")
    do(filled, change(*MAIL, {"key": MAIL[1]}, "restore"), minutes=3)
    return filled


@pytest.mark.parametrize("level", LEVELS)
def test_a_sound_catalogue_is_intact_at_every_level(lived, level):
    outcome = look(lived, level)
    assert outcome.breaks == []
    with lived.reading() as connection:
        log = checkpoints.read_head(connection)
    assert (outcome.size, outcome.root) == (log.size, encoded(log.root()))
    assert outcome.checked == (0 if level == "quick" else log.size)


@pytest.mark.parametrize("level", LEVELS)
def test_an_empty_catalogue_is_intact(database, level):
    outcome = look(database, level)
    assert (outcome.breaks, outcome.size) == ([], 0)


VERSION = "WHERE key = 'customer.mail' AND version = 2"
BY_HAND = [
    (f"UPDATE document SET retired = true {VERSION}", "documents"),
    (f"UPDATE document SET digest = '{'0' * 64}' {VERSION}", "documents"),
    (f"UPDATE document SET body = '{{}}' {VERSION}", "documents"),
    (f"UPDATE journal SET how_known = 'guessed' {VERSION}", "journal"),
    (f"UPDATE journal SET request = 'r-2' {VERSION}", "journal"),
    (f"UPDATE journal SET operation = 'add' {VERSION}", "journal"),
    (f"UPDATE journal SET reason = NULL {VERSION}", "documents"),
    (f"UPDATE journal SET salt = NULL {VERSION}", "documents"),
]


@pytest.mark.parametrize(("statement", "layer"), BY_HAND)
def test_what_was_changed_by_hand_is_named_with_its_entry(lived, statement, layer):
    by_hand(lived, statement)
    breaks = look(lived).breaks
    with lived.reading() as connection:
        query = "SELECT sequence FROM journal WHERE key = 'customer.mail' AND version = 2"
        wanted = connection.execute(text(query)).scalar_one()
    assert (layer, wanted) in {(one.layer, one.sequence) for one in breaks}
    assert min(one.sequence for one in breaks if one.sequence is not None) == wanted
    assert all(one.what and one.fix and one.layer in LAYERS for one in breaks)


def test_an_entry_dated_in_the_future_is_a_break_and_one_of_a_clock_a_little_ahead_is_not(lived):
    last = NOON + timedelta(minutes=3)
    assert look(lived, now=last - timedelta(hours=23)).intact
    found = look(lived, now=last - timedelta(days=2)).breaks
    assert {one.layer for one in found} == {"journal"}
    assert "in the future" in found[0].what
    assert "clock" in found[0].fix


def test_an_erased_name_breaks_nothing_and_another_name_does(lived):
    with lived.writing() as connection:
        budi = need_actor(connection, "budi", NOON)
    do(lived, change("account", budi, {"key": budi, "person": budi, "erased": True}), minutes=4)
    assert [one.what for one in look(lived).breaks] == [f"the account {budi} was erased, and has a name"]
    with lived.writing() as connection:
        erase_actors(connection, {budi})
    assert look(lived).intact
    by_hand(lived, "UPDATE actor SET name = 'somebody', salt = '0123456789abcdef' WHERE name IS NULL")
    assert {one.layer for one in look(lived).breaks} == {"journal"}
    assert "another name" in " ".join(one.what for one in look(lived).breaks)


def test_a_name_that_went_without_a_record_is_a_break(lived):
    by_hand(lived, "UPDATE actor SET name = NULL, salt = NULL WHERE name = 'budi'")
    (one,) = look(lived).breaks
    assert one.layer == "journal"
    assert one.sequence is not None
    assert "lost its name" in one.what


def test_a_redaction_accounts_for_a_payload_that_was_taken_away(lived):
    with lived.reading() as connection:
        query = "SELECT sequence, version FROM journal WHERE key = 'customer.mail' AND operation = 'change'"
        sequence, _ = connection.execute(text(query)).one()
    left = digest_of(canonical(left_after({"key": MAIL[1], "title": TITLE}, ["title"])))
    body = {
        "sequence": sequence,
        "paths": ["title"],
        "ground": "a name",
        "digest": left,
        "requested_by": "a",
        "approved_by": "b",
    }
    agreed(lived, 4, change("redaction", str(sequence), body))
    outcome = look(lived)
    assert outcome.breaks == []
    assert outcome.redacted == 1
    other = canonical({"key": MAIL[1], "title": "put back"})
    by_hand(lived, f"UPDATE document SET body = '{other}', digest = '{digest_of(other)}' WHERE sys_from = {sequence}")
    (one,) = look(lived).breaks
    assert (one.layer, one.sequence) == ("documents", sequence)
    assert "redaction left" in one.what


@pytest.mark.parametrize(
    ("people", "state", "holds", "told"),
    [
        (("a", "a"), "approved", True, "does not name two people"),
        (("a", None), "approved", True, "does not name two people"),
        (("a", "b"), "rejected", True, "no change set that was approved"),
        (("a", "b"), "approved", False, "no change set that was approved"),
    ],
)
def test_a_redaction_that_two_people_did_not_agree_on_is_a_break(lived, people, state, holds, told):
    do(lived, change("account", "x", {"key": "x", "person": "y"}), minutes=4)
    body = {"sequence": 3, "requested_by": people[0], "approved_by": people[1]}
    record = change("account", "3", body)
    agreed(lived, 5, record, state=state, holds=holds)
    by_hand(lived, "UPDATE document SET kind = 'redaction' WHERE kind = 'account' AND key = '3'",
            "UPDATE document SET body = replace(body, '\"account\"', '\"redaction\"') WHERE kind = 'change_set'")  # fmt: skip
    assert [one for one in look(lived).breaks if told in one.what]


@pytest.mark.parametrize("level", LEVELS)
def test_a_version_that_is_there_twice_is_named(lived, level):
    columns = "kind, key, version, body, digest, retired, sys_from, sys_to"
    with lived.writing() as connection:
        guards.drop(connection)
        run = connection.exec_driver_sql
        if connection.dialect.name == "sqlite":
            run("CREATE TABLE other AS SELECT * FROM document ORDER BY sys_from")
            run("DROP TABLE document")
            run("ALTER TABLE other RENAME TO document")
        else:
            run("ALTER TABLE document DROP CONSTRAINT pk_document")
        run(
            f"INSERT INTO document ({columns}) SELECT {columns} FROM document WHERE key = 'customer.mail' AND version = 2"
        )
        guards.install(connection)
    found = [one.what for one in look(lived, level).breaks if one.layer == "documents"]
    assert [what for what in found if "document versions for" in what]
    assert level == "quick" or "element customer.mail, version 2, is there 2 times" in found
    assert [
        what
        for what in schema.check(lived.shown)
        if what.startswith("primary key kind key version of document is missing")
    ]


def test_triggers_and_migrations_that_are_none_of_ours_are_named(lived):
    with lived.writing() as connection:
        run = connection.exec_driver_sql
        run("INSERT INTO alembic_version VALUES ('0001')")
        if connection.dialect.name == "sqlite":
            run("CREATE TRIGGER own AFTER INSERT ON journal BEGIN DELETE FROM place; END")
        else:
            run("CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
            run("CREATE TRIGGER own BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION own()")
            run("CREATE RULE mine AS ON DELETE TO place DO INSTEAD NOTHING")
    for level in LEVELS:
        found = {(one.layer, one.what) for one in look(lived, level).breaks}
        assert ("guards", "trigger own of journal is not known") in found
        assert (
            "tables",
            f"the tables say they are at migration 0001 and {schema.HEAD}, and not at {schema.HEAD}",
        ) in found
        assert lived.shown.startswith("sqlite") or ("guards", "rule mine of place is not known") in found


def test_names_without_a_seal_are_counted_when_the_first_key_is_made(database, tmp_path):
    place = {keys.VARIABLE: str(tmp_path / "log.key")}
    by_hand(database, "INSERT INTO actor (id, name, created) VALUES ('old', 'budi', '2026-01-01T00:00:00.000000Z')")
    assert [one.layer for one in look(database).breaks] == ["journal"]  # it never acted
    do(database, change(*MAIL), actor="budi")
    make_key(database, Request(Actor("joko", "stated"), NOON), place)
    outcome = look(database)
    assert outcome.breaks == []
    assert [note for note in outcome.notes if "1 accounts are older" in note]
    with database.reading() as connection:
        assert checkpoints.read_keys(connection).problems == ()
    do(database, change("element", "a", {"key": "a"}), minutes=1)
    by_hand(database, "UPDATE actor SET salt = NULL WHERE name = 'joko'")
    assert [one.what for one in look(database).breaks if "some lost theirs" in one.what]


def test_a_key_without_any_checkpoint_is_a_break_once_something_was_written(database, tmp_path):
    make_key(database, Request(Actor("joko", "stated"), NOON), {keys.VARIABLE: str(tmp_path / "log.key")})
    do(database, change(*MAIL))
    assert look(database).breaks == []
    do(database, change("element", "a", {"key": "a"}))
    (one,) = look(database).breaks
    assert (one.layer, "they were taken away" in one.what) == ("checkpoints", True)


def test_a_redaction_that_took_nothing_away_is_a_break(lived):
    do(lived, change("account", "x", {"key": "x", "person": "y"}), minutes=4)
    by_hand(lived, "UPDATE document SET kind = 'redaction', key = '3' WHERE kind = 'account'")
    assert [one for one in look(lived).breaks if "said to be redacted" in one.what]


def test_a_held_checkpoint_is_compared_at_every_level(lived):
    signer = keys.Signer.of("usage-cycle/0", b"\x01" * 32)
    with lived.reading() as connection:
        log = checkpoints.read_head(connection)
    good = Held.of(signer.note(str(Checkpoint(signer.key.name, log.size, log.root()))))
    longer = Held.of(signer.note(str(Checkpoint(signer.key.name, log.size + 5, log.root()))))
    other = Held.of(signer.note(str(Checkpoint(signer.key.name, 3, b"\x05" * 32))))
    for level in LEVELS:
        said = {name: [one.what for one in look(lived, level, held=[held]).breaks if one.layer == "held"]
                for name, held in (("good", good), ("longer", longer), ("other", other))}  # fmt: skip
        assert len(said["good"]) == 1  # only that no key of this log signed it
        assert "does not belong" in said["good"][0]
        assert [what for what in said["longer"] if "cut or rolled back" in what]
        assert [what for what in said["other"] if "was altered" in what]


def test_a_text_that_is_none_is_named_and_does_not_end_the_reading(sqlite_url):
    schema.upgrade(sqlite_url)
    database = Database(sqlite_url)
    do(database, change("element", "a", {"key": "a"}), change("element", "b", {"key": "b"}))
    by_hand(database, "UPDATE document SET body = CAST(x'FF7B7D' AS TEXT) WHERE key = 'a'")
    found = look(database).breaks
    assert ("journal", 0) in {(one.layer, one.sequence) for one in found}


def test_breaks_beyond_what_anybody_reads_are_counted():
    found = Found()
    for number in range(MOST + 7):
        found.add("documents", number, "wrong")
    assert len(found.breaks) == MOST + 1
    assert found.breaks[-1].what == "and 7 more of this kind"
    assert found.count("documents") == MOST + 7


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 513, 256 * 256 + 300])
def test_the_tree_grows_as_the_frontier_does(size):
    leaves = [number.to_bytes(32, "big") for number in range(size)]
    tiles = []
    tree, plain = Tree(lambda level, number, hashes: tiles.append((level, number, len(hashes)))), Frontier()
    done = 0
    while done < size:
        part = leaves[done : done + min(tree.room, 100)]
        tree.extend(part)
        plain.extend(part)
        done += len(part)
    assert (tree.size, tree.root(), tree.frontier().to_bytes()) == (size, plain.root(), plain.to_bytes())
    assert tiles == sorted(tiles, key=lambda tile: ((tile[1] + 1) * TILE ** (tile[0] + 1), tile[0]))
    assert len(tiles) == size // TILE + size // TILE**2
    assert all(one < other for one, other in pairwise(number for level, number, _ in tiles if level == 0))
