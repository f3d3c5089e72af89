"""Tiles, registered keys and checkpoints in a catalogue, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lineage.domain.canonical import canonical, digest_of
from lineage.errors import Refused
from lineage.store import checkpoints
from lineage.store.checkpoints import KIND, statement
from lineage.store.commands import Change, write
from lineage.store.keys import Signer
from lineage.store.merkle import Frontier, nodes_of, root_at
from lineage.store.note import Checkpoint, encoded
from lineage.store.tables import journal, tile
from tests.unit.store.samples import change, command

LOG = "usage-cycle/0123456789abcdef"
ONE, TWO, THIEF = (Signer.of(LOG, bytes([seed] * 32)) for seed in (1, 2, 3))


def record(signer, first, previous=None, **other):
    """The record of a key, as it must be or with something else in it."""
    said = statement(LOG, signer.key, first, previous.key if previous else None)
    signed = {one.key.hash: encoded(one.sign(said)) for one in (signer, previous) if one}
    body = {"key": signer.key.hash, "vkey": str(signer.key), "origin": LOG, "from": first, "signatures": signed} | other
    text = canonical(body)
    return Change(KIND, signer.key.hash, "add", text, digest_of(text))


def retired(signer):
    return Change(KIND, signer.key.hash, "retire", "", "")


def elements(count, since=0):
    return [change("element", f"e{number}", {"key": f"e{number}"}) for number in range(since, since + count)]


@pytest.fixture
def put(database):
    def _put(*changes):
        with database.writing() as connection:
            return write(connection, command(), changes).last + 1

    return _put


def keyring(database):
    with database.reading() as connection:
        return checkpoints.read_keys(connection)


def signed(signer, size, root=bytes(32)):
    return signer.note(str(Checkpoint(LOG, size, root)))


def test_a_catalogue_without_keys_has_none(database):
    assert keyring(database) == checkpoints.Keyring()


def test_a_key_signs_from_its_own_entry_on_until_another_takes_over(database, put):
    put(*elements(3))
    put(record(ONE, 4))
    put(record(TWO, 5, ONE), retired(ONE))
    ring = keyring(database)
    assert not ring.problems
    assert [(key.key, key.first, key.last, key.sequence) for key in ring.keys] == [
        (ONE.key, 4, 4, 3),
        (TWO.key, 5, None, 4),
    ]
    assert ring.current.key == TWO.key
    assert ring.opened(signed(ONE, 4)).size == ring.opened(signed(TWO, 5)).size - 1 == 4


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (signed(ONE, 3), "may not sign"),
        (signed(ONE, 5), "may not sign"),
        (signed(TWO, 4), "may not sign"),
        (signed(THIEF, 5), "no key of this log"),
        (signed(TWO, 5).replace("\n5\n", "\n6\n"), "not its own"),
        (Signer.of("usage-cycle/f", bytes(32)).note(f"usage-cycle/f\n5\n{encoded(bytes(32))}\n"), "another log"),
        ("nonsense", "not a signed note"),
    ],
)
def test_a_checkpoint_is_refused(database, put, note, why):
    put(*elements(3))
    put(record(ONE, 4))
    put(record(TWO, 5, ONE), retired(ONE))
    with pytest.raises(ValueError, match=why):
        keyring(database).opened(note)


FORGED = {
    "signed by itself only": record(TWO, 5),
    "signed by somebody else": record(TWO, 5, THIEF),
    "for another size": record(TWO, 6, ONE),
    "of another log": record(TWO, 5, ONE, origin="usage-cycle/ff"),
    "under another name": record(TWO, 5, ONE, key=ONE.key.hash),
    "with a key of another form": record(TWO, 5, ONE, vkey="x+y+z"),
    "without signatures": record(TWO, 5, ONE, signatures={}),
    "with signatures of another form": record(TWO, 5, ONE, signatures=7),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_key_that_was_smuggled_in_signs_nothing(database, put, forged):
    put(*elements(3))
    put(record(ONE, 4))
    put(forged)
    ring = keyring(database)
    assert [key.key for key in ring.keys] == [ONE.key]
    assert [sequence for sequence, _ in ring.problems] == [4]
    with pytest.raises(ValueError, match="no key of this log"):
        ring.opened(signed(TWO, 5))


def test_tiles_are_made_once_and_give_every_root(database, put):
    sizes = [300, 255, 600]
    count = 0
    for more in sizes:
        size = put(*elements(more, count))
        count += more
        with database.writing() as connection:
            checkpoints.integrate(connection, size)
            checkpoints.integrate(connection, size)
    with database.reading() as connection:
        assert checkpoints.count_tiles(connection) == count // 256
        leaves = [bytes(leaf) for leaf in connection.scalars(select(journal.c.leaf).order_by(journal.c.sequence))]
        stored, memory = checkpoints.stored_nodes(connection), nodes_of(leaves)
        for size in [0, 1, 255, 256, 257, 300, 511, 512, 1000, count]:
            assert root_at(stored, size) == root_at(memory, size)
        hashes = [bytes(row) for row in connection.scalars(select(tile.c.hashes).order_by(tile.c.number))]
        assert b"".join(hashes) == b"".join(leaves[: count // 256 * 256])
        with pytest.raises(ValueError, match="missing"):
            root_at(stored, count + 1)


@pytest.mark.slow
def test_a_tile_over_tiles_holds_their_roots(database, put):
    size = put(*elements(65_536 + 700))
    with database.writing() as connection:
        checkpoints.integrate(connection, size)
    with database.reading() as connection:
        assert checkpoints.count_tiles(connection) == 256 + 2 + 1
        log = checkpoints.read_head(connection)
        assert root_at(checkpoints.stored_nodes(connection), size) == log.root()


def test_checkpoints_are_kept_in_order(database, put):
    put(*elements(2))
    with database.writing() as connection:
        assert checkpoints.last_checkpoint(connection) is None
        for size in (1, 2):
            found = Checkpoint(LOG, size, bytes([size] * 32))
            checkpoints.add_checkpoint(connection, found, ONE.key, signed(ONE, size))
    with database.reading() as connection:
        kept = list(checkpoints.read_checkpoints(connection))
        assert [(one.number, one.size, one.key) for one in kept] == [(0, 1, ONE.key.hash), (1, 2, ONE.key.hash)]
        assert checkpoints.last_checkpoint(connection) == kept[-1]


def test_an_unchanged_log_may_be_signed_and_one_that_leads_elsewhere_may_not(database, put):
    size = put(*elements(5))
    with database.writing() as connection:
        log = checkpoints.read_head(connection)
        checkpoints.require_unchanged(connection, log)
        with pytest.raises(Refused, match="head of the log"):
            checkpoints.require_unchanged(connection, Frontier(4, [bytes(32)]))
        with pytest.raises(Refused):
            checkpoints.require_unchanged(connection, Frontier(8, [bytes(32)]))
        checkpoints.add_checkpoint(connection, Checkpoint(LOG, size, bytes(32)), ONE.key, "another root")
        with pytest.raises(Refused, match="as it was signed"):
            checkpoints.require_unchanged(connection, log)
