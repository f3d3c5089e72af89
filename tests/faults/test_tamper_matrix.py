"""Who owns the tables can change everything; what is found, by which layer, and what only time and others protect.

Three layers: what the catalogue says of itself, the signed checkpoints it stores, and one an auditor holds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from lineage.services.verifying import Holding
from lineage.store import guards
from tests.faults.tampering import (
    INTERNAL,
    Hand,
    World,
    add_migration,
    add_table,
    add_trigger,
    add_version_twice,
    add_view,
    alter_key_record,
    copy_file,
    delete_checkpoints_and_tiles,
    erase_actor_unsaid,
    looked_at,
    make_world,
    owner,
    root_over,
)

_numbers = count(1)


@dataclass(frozen=True)
class Case:
    """An attack; it gives the first entry that is wrong (None: none in particular). ``found``: by which of the layers."""

    name: str
    attack: Callable[[Hand, World], int | None]
    found: str
    exact: bool = True
    guarded: bool = True
    on_postgres: str = ""


def edit_row(hand, _):
    hand.run("UPDATE elements SET title = 'Altered' WHERE key = 'customer.element_100'")
    return hand.entry_of("customer.element_100", 2)


def add_row(hand, world):
    hand.run(
        "INSERT INTO elements (key, title, retired, sequence) VALUES ('customer.new', 'New', false, :at)", at=world.size
    )
    return world.size


def delete_row(hand, _):
    sequence = hand.entry_of("customer.element_101", 2)
    hand.run("DELETE FROM elements WHERE key = 'customer.element_101'")
    return sequence


def edit_part_of_row(hand, _):
    hand.run("UPDATE element_names SET name = 'Altered' WHERE element = 'customer.phone' AND position = 0")
    return hand.entry_of("customer.phone", 1)


def edit_body(hand, _):
    sequence = hand.entry_of("customer.element_100", 1)
    hand.edit_body(sequence)
    return sequence


def edit_body_and_leaf(hand, world):
    sequence = edit_body(hand, world)
    hand.rehash(sequence)
    return sequence


def edit_body_and_all(hand, world):
    sequence = edit_body(hand, world)
    hand.rehash_all()
    return sequence


def edit_body_with_key(hand, world):
    sequence = edit_body(hand, world)
    hand.sign_again(hand.rehash_all(), world)
    return sequence


def delete_entry(hand, _):
    sequence = hand.entry_of("customer.element_050", 1)
    hand.run("DELETE FROM journal WHERE sequence = :sequence", sequence=sequence)
    return sequence


def delete_entry_and_document(hand, _):
    sequence = hand.entry_of("customer.element_010", 2)
    hand.run("DELETE FROM journal WHERE sequence = :sequence", sequence=sequence)
    hand.run("DELETE FROM document WHERE sys_from = :sequence", sequence=sequence)
    return sequence


def swap_entries(hand, _):
    first = hand.entry_of("customer.element_060", 1)
    for now, then in ((first, 10**6), (first + 1, first), (10**6, first + 1)):
        hand.run("UPDATE journal SET sequence = :then WHERE sequence = :now", now=now, then=then)
    return first


def cut_after_held(hand, world):
    hand.cut(world.sizes[-1] + 5)
    hand.rehash_all()


def cut_before_held(hand, world):
    size = world.sizes[-1] - 10
    hand.cut(size)
    leaves = hand.rehash_all()
    hand.sign_again(leaves, world)
    hand.add_checkpoint(world.key, size, root_over(leaves))
    return size


def delete_checkpoints(hand, _):
    hand.run("DELETE FROM checkpoint")


def delete_one_checkpoint(hand, _):
    hand.run("DELETE FROM checkpoint WHERE number = 1")


def delete_newest_checkpoint_and_tile(hand, world):
    hand.run("DELETE FROM checkpoint WHERE number = 0")
    hand.run("DELETE FROM tile")


def insert_back_dated(hand, world):
    """Let something have been added earlier than it was. The record of a key names its own place, so it stays where it is."""
    first = world.sizes[2]
    # In steps, so that no number is taken twice on the way and every version ends after it begins.
    for table, column, by in (
        ("journal", "sequence", 100_000), ("journal", "sequence", -99_999), ("document", "sys_to", 100_000),
        ("document", "sys_from", 100_000), ("document", "sys_from", -99_999), ("document", "sys_to", -99_999),
    ):  # fmt: skip
        start = first if by > 0 else 100_000
        hand.run(f"UPDATE {table} SET {column} = {column} + {by} WHERE {column} >= :start", start=start)
    columns = "command, kind, version, operation, actor, how_known, at, reason, header, salt, payload_digest, leaf"
    likeness = "WHERE kind = 'element' AND key = 'customer.mail' AND version = 1"
    hand.run(
        f"INSERT INTO journal (sequence, key, {columns})"
        f" SELECT :first, 'customer.backdated', {columns} FROM journal {likeness}", first=first,
    )  # fmt: skip
    columns = "version, body, digest, retired"
    hand.run(
        f"INSERT INTO document (kind, key, sys_from, {columns})"
        f" SELECT kind, 'customer.backdated', :first, {columns} FROM document {likeness}", first=first,
    )  # fmt: skip
    before = "(SELECT at FROM journal WHERE sequence = :before)"
    hand.run(f"UPDATE journal SET at = {before} WHERE sequence = :first", first=first, before=first - 1)
    hand.tables_anew()
    hand.sign_again(hand.rehash_all(), world)
    return first


def drop_guard(hand, _):
    guards.install(hand.connection)
    if hand.connection.dialect.name == "postgresql":
        name = hand.one(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'journal'::regclass AND NOT tgisinternal LIMIT 1"
        )
        hand.connection.exec_driver_sql(f"DROP TRIGGER {name} ON journal")
    else:
        hand.connection.exec_driver_sql("DROP TRIGGER guard_journal_delete")


def weaken_guard(hand, _):
    guards.install(hand.connection)
    if hand.connection.dialect.name == "postgresql":
        hand.connection.exec_driver_sql("ALTER TABLE journal DISABLE TRIGGER USER")
    else:
        hand.connection.exec_driver_sql("DROP TRIGGER guard_journal_delete")
        hand.connection.exec_driver_sql(
            "CREATE TRIGGER guard_journal_delete BEFORE DELETE ON journal BEGIN SELECT 1; END"
        )


def drop_index(hand, _):
    hand.connection.exec_driver_sql("DROP INDEX uq_document_current")


def drop_check(hand, _):
    hand.connection.exec_driver_sql("DROP INDEX ix_uses_purpose")


def change_end_of_version(hand, _):
    sequence = hand.entry_of("customer.element_100", 1)
    hand.run("UPDATE document SET sys_to = sys_to + 1 WHERE sys_from = :sequence", sequence=sequence)
    return hand.entry_of("customer.element_100", 2)


def revive_version(hand, _):
    """Let an earlier version hold for ever, by giving both an end that fits nothing."""
    sequence = hand.entry_of("customer.element_010", 3)
    hand.run("UPDATE document SET retired = false WHERE sys_from = :sequence", sequence=sequence)
    return sequence


def add_version_without_entry(hand, world):
    hand.run("INSERT INTO document (kind, key, version, body, digest, retired, sys_from)"
             " SELECT kind, 'customer.unsaid', 1, body, digest, retired, :at FROM document"
             " WHERE kind = 'element' AND key = 'customer.mail' AND version = 1", at=world.size)  # fmt: skip
    hand.tables_anew()
    return world.size


def date_in_future(hand, world):
    last = world.size - 1
    hand.run("UPDATE journal SET at = '2030-01-01T00:00:00.000000Z' WHERE sequence = :last", last=last)
    hand.rehash_all()
    return last


def two_roots(hand, world):
    hand.add_checkpoint(world.key, world.sizes[-1], b"\x07" * 32)
    return world.sizes[-1]


def sign_with_retired_key(hand, world):
    root = hand.one("SELECT root FROM checkpoint WHERE size = :size", size=world.sizes[-1])
    hand.add_checkpoint(world.old_key, world.sizes[-1], bytes(root))


def redact_without_entry(hand, _):
    sequence = hand.entry_of("customer.element_020", 2)
    hand.run("UPDATE journal SET salt = NULL, reason = NULL WHERE sequence = :sequence", sequence=sequence)
    return sequence


def rename_actor(hand, _):
    hand.run("UPDATE actor SET name = 'somebody else' WHERE name = 'budi'")
    return hand.one(
        "SELECT min(j.sequence) FROM journal AS j JOIN actor AS a ON a.id = j.actor WHERE a.name = 'somebody else'"
    )


def unseal_actor(hand, world):
    hand.run("UPDATE actor SET salt = NULL WHERE name = 'budi'")
    return rename_actor(hand, world)


def change_reason(hand, _):
    sequence = hand.entry_of("customer.element_021", 2)
    hand.run("UPDATE journal SET reason = 'another' WHERE sequence = :sequence", sequence=sequence)
    return sequence


def change_actor(hand, _):
    sequence = hand.entry_of("customer.element_022", 2)
    other = hand.one("SELECT id FROM actor WHERE name = 'budi'")
    hand.run("UPDATE journal SET actor = :other WHERE sequence = :sequence", other=other, sequence=sequence)
    return sequence


def move_head(hand, _):
    hand.run("UPDATE head SET frontier = :other", other=b"\x00" * 32 * hand.one("SELECT size FROM head").bit_count())


def alter_tile(hand, _):
    hand.run("UPDATE tile SET hashes = :other WHERE level = 0 AND number = 0", other=b"\x01" * 8192)


CASES = [
    Case("edit a current row", edit_row, "D--"),
    Case("add a current row", add_row, "D--"),
    Case("delete a current row", delete_row, "D--"),
    Case("edit a part of a current row", edit_part_of_row, "D--"),
    Case("edit a body", edit_body, "DDD"),
    Case("edit a body and make its leaf fit", edit_body_and_leaf, "DDD"),
    Case("edit a body and make all hashes fit", edit_body_and_all, "-DD"),
    Case("the same with the stolen key", edit_body_with_key, "--D", exact=False),
    Case("delete an entry in the middle", delete_entry, "DDD"),
    Case("delete an entry with its document", delete_entry_and_document, "DDD"),
    Case("swap two entries", swap_entries, "DDD"),
    Case("cut what came after the held checkpoint", cut_after_held, "---"),
    Case("cut before the held checkpoint, with the key", cut_before_held, "--D"),
    Case("delete the stored checkpoints", delete_checkpoints, "-D-"),
    Case("delete the stored checkpoints and the tiles", delete_checkpoints_and_tiles, "-D-"),
    Case("delete one stored checkpoint", delete_one_checkpoint, "-D-"),
    Case("delete the first checkpoint and the tiles", delete_newest_checkpoint_and_tile, "-D-"),
    Case("insert a back-dated entry, with the key", insert_back_dated, "--D", exact=False),
    Case("drop a guard", drop_guard, "D--", guarded=False),
    Case("make a guard idle", weaken_guard, "D--", guarded=False),
    Case("drop an index", drop_index, "D--"),
    Case("drop an index of the tables", drop_check, "D--"),
    Case("change where a version ends", change_end_of_version, "D--"),
    Case("let a retired version be in use", revive_version, "DDD"),
    Case("add a version without an entry", add_version_without_entry, "D--"),
    Case("date an entry in the future", date_in_future, "D--"),
    Case("sign two roots for one size", two_roots, "-D-"),
    Case("sign with a retired key", sign_with_retired_key, "-D-"),
    Case("redact without an entry", redact_without_entry, "D--"),
    Case("rename an account", rename_actor, "D--"),
    Case("rename an account and take its seal away", unseal_actor, "D--"),
    Case("erase an account that no record speaks of", erase_actor_unsaid, "D--"),
    Case("let a version be there twice", add_version_twice, "D--", on_postgres="DDD"),
    Case("add a trigger", add_trigger, "D--"),
    Case("add a view", add_view, "D--"),
    Case("add a table", add_table, "D--"),
    Case("add a migration", add_migration, "D--"),
    Case("change a reason", change_reason, "DDD"),
    Case("change who did it", change_actor, "DDD"),
    Case("change the head", move_head, "D--"),
    Case("change a tile", alter_tile, "-D-"),
    Case("change the record of a key", alter_key_record, "DDD"),
]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(request, tmp_path_factory):
    """A sealed catalogue, and a way to copy it."""
    folder = tmp_path_factory.mktemp("tamper")
    if request.param == "sqlite":
        names, copy = [f"sqlite:///{folder}/{name}.db" for name in ("now", "old")], copy_file
    else:
        server = request.getfixturevalue("postgres_server")

        def copy(source: str, target: str) -> None:
            server.run_sql(f"CREATE DATABASE {target.rpartition('/')[2]} TEMPLATE {source.rpartition('/')[2]}")

        names = [server.url(f"tamper_{name}_{next(_numbers)}") for name in ("now", "old")]
        server.run_sql(f"CREATE DATABASE {names[0].rpartition('/')[2]}")
    made = make_world(names[0], names[1], copy, folder)

    def again(source: str = made.url) -> str:
        target = f"{source.removesuffix('.db')}_{next(_numbers)}" + (".db" if request.param == "sqlite" else "")
        copy(source, target)
        return target

    return made, again


def layers_of(url: str, held: Path) -> tuple[str, list[int | None]]:
    """By which of the three layers something was found, and the entries that were named."""
    outcome = looked_at(url, Holding(checkpoint=held))
    found = {one.layer for one in outcome.breaks}
    assert all(one.what and one.fix for one in outcome.breaks)
    said = "".join("D" if found & layer else "-" for layer in (INTERNAL, {"checkpoints"}, {"held"}))
    return said, [one.sequence for one in outcome.breaks]


def test_the_matrix_has_enough_cases():
    assert len(CASES) + 1 >= 18
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_catalogue_that_nobody_touched_is_intact(world):
    made, again = world
    for level in ("quick", "incremental", "full"):
        outcome = looked_at(again(), Holding(checkpoint=made.held), level)
        assert outcome.breaks == []
        assert (outcome.intact, outcome.size) == (True, made.size)
    assert made.size > 300
    assert len(set(made.sizes)) == 4


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_an_owner_does_is_found_by_the_layer_that_must(world, case):
    made, again = world
    url = again()
    with owner(url, guarded=case.guarded) as hand:
        first = case.attack(hand, made)
    said, sequences = layers_of(url, made.held)
    named = [sequence for sequence in sequences if sequence is not None]
    lag = made.size - made.sizes[-1]
    note = f", evidence lag {lag} entries" if case.found == "---" else ""
    sys.stdout.write(f"{case.name}: {said}, first bad entry {first}, named {min(named, default=None)}{note}\n")
    assert said == (case.on_postgres if case.on_postgres and url.startswith("postgres") else case.found)
    if first is not None and case.exact:
        assert min(named) == first
    if case.found == "---":
        assert lag == 20


def test_an_old_backup_is_found_by_who_holds_something_newer(world):
    made, again = world
    said, sequences = layers_of(again(made.old_url), made.held)
    assert said == "--D"
    assert made.sizes[0] in sequences
