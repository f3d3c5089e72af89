"""Verification on both databases: a sound catalogue is intact at every level, and each break has its layer and entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.redaction import left_after
from lineage.store import checkpoints, guards, keys, rebuilding, schema
from lineage.store.actors import erase_actors, need_actor
from lineage.store.commands import Change, write
from lineage.store.database import Database
from lineage.store.merkle import TILE, Frontier
from lineage.store.note import Checkpoint
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
    assert (outcome.size, outcome.root) == (log.size, log.root().hex())
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
        erase_actors(connection, {budi})
    assert look(lived).intact
    by_hand(lived, "UPDATE actor SET name = 'somebody', salt = '0123456789abcdef' WHERE name IS NULL")
    (one,) = [one for one in look(lived).breaks if "account" in one.what]
    assert one.layer == "journal"


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
    do(lived, change("redaction", str(sequence), body), minutes=4)
    outcome = look(lived)
    assert outcome.breaks == []
    assert outcome.redacted == 1
    other = canonical({"key": MAIL[1], "title": "put back"})
    by_hand(lived, f"UPDATE document SET body = '{other}', digest = '{digest_of(other)}' WHERE sys_from = {sequence}")
    (one,) = look(lived).breaks
    assert (one.layer, one.sequence) == ("documents", sequence)
    assert "redaction left" in one.what


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
