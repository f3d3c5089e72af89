"""The digest of a catalogue is brought up to date page by page, and is always the one that counting anew gives."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from lineage.domain.canonical import canonical, digest_of
from lineage.services.changing import Actor, Request, carry_out
from lineage.store import digests, schema
from lineage.store.commands import Change
from lineage.store.compiled import DIGESTS, keep
from lineage.store.database import Database
from lineage.store.digests import DigestTree
from lineage.store.documents import revision
from lineage.store.merkle import HASH

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVERYWHERE = "sqlite_url", pytest.param("postgres_url", marks=pytest.mark.slow)


@pytest.fixture(params=EVERYWHERE)
def database(request, monkeypatch):
    """A catalogue of some elements, in pages of four."""
    monkeypatch.setattr(digests, "PAGE", 4)
    monkeypatch.setattr(digests, "_BLOCK", 4 * HASH)
    url = request.getfixturevalue(request.param)
    schema.upgrade(url)
    found = Database(url, keep=True)
    write(found, "add", [f"data.e{number}" for number in range(10, 40)])
    yield found
    found.close()


def write(database, operation, keys, title="One"):
    texts = [(key, canonical({"key": key, "title": title})) for key in keys]
    changes = [Change("element", key, operation, body, digest_of(body)) for key, body in texts]
    carry_out(database, Request(Actor("dewi", "stated"), NOW), changes)


def kept(database, tree):
    with database.writing() as connection:
        keep(connection, DIGESTS, *tree.to_keep(connection))
    with database.reading() as connection:
        return DigestTree.kept(connection, tree.digest(), tree.entry)


def brought_up(database, tree):
    """Bring a tree up to date, and compare it with one counted anew."""
    with database.reading() as connection:
        tree.update(connection)
        assert (tree.revision, tree.digest()) == revision(connection)


def made(database):
    with database.reading() as connection:
        return DigestTree(connection)


@pytest.mark.parametrize(
    ("operation", "keys"),
    [
        ("change", ["data.e10"]), ("change", ["data.e39"]), ("change", ["data.e13", "data.e14", "data.e27"]),
        ("add", ["a.first"]), ("add", ["z.last"]), ("add", ["data.e205", "data.e3"]),
        ("add", [f"data.e2{number}x" for number in range(9)]), ("retire", ["data.e20"]),
    ],
)  # fmt: skip
def test_a_change_is_followed_by_the_tree_at_hand_and_by_the_one_kept(database, operation, keys):
    tree = made(database)
    other = kept(database, tree)
    write(database, operation, keys, "Two")
    brought_up(database, tree)
    brought_up(database, other)
    brought_up(database, kept(database, other))


def test_many_changes_one_after_the_other_are_followed(database):
    chance, tree = random.Random(5), made(database)
    for number in range(12):
        write(database, "add", {f"data.n{chance.randrange(10**6)}" for _ in range(chance.choice((1, 2, 9)))})
        write(database, "change", [f"data.e{chance.randrange(10, 40)}"], f"Title {number}")
        tree = kept(database, tree) if number % 3 == 0 else tree
        brought_up(database, tree)


def test_where_nearly_everything_changed_all_is_read_again(database, monkeypatch):
    monkeypatch.setattr(digests, "MANY", 2)
    tree = made(database)
    write(database, "change", [f"data.e{number}" for number in range(10, 40)], "Two")
    brought_up(database, tree)


def test_a_tree_of_other_documents_is_not_used(database):
    tree = made(database)
    assert kept(database, tree) is not None
    with database.reading() as connection:
        assert DigestTree.kept(connection, "another", tree.entry) is None


@pytest.mark.parametrize("damage", ["DELETE FROM compiled_segment", "UPDATE compiled SET root = 'other'"])
def test_a_kept_tree_that_cannot_be_read_is_none(database, damage):
    tree = made(database)
    kept(database, tree)
    with database.writing() as connection:
        connection.execute(text(damage))
    with database.reading() as connection:
        assert DigestTree.kept(connection, tree.digest(), tree.entry) is None


def test_a_tree_whose_leaves_are_gone_reads_the_documents(database):
    other = kept(database, made(database))
    with database.writing() as connection:
        connection.execute(text("DELETE FROM compiled_segment"))
    write(database, "add", ["a.first"])
    brought_up(database, other)


def test_a_catalogue_without_documents_has_the_digest_of_nothing(sqlite_url):
    schema.upgrade(sqlite_url)
    empty = Database(sqlite_url)
    tree = made(empty)
    brought_up(empty, tree)
    write(empty, "add", ["data.first"])
    brought_up(empty, tree)
