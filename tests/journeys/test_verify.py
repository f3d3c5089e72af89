"""An auditor: verifies the log, keeps a checkpoint, comes back, and mends nothing; an owner mends the tables."""

from __future__ import annotations

import json

import pytest

from tests.journeys.console import sql


@pytest.fixture
def sealed(shop):
    """The shop's catalogue, and a checkpoint of it in a file."""
    said = shop.json("log", "checkpoint")
    shop.write("held.txt", said.results[0]["note"])
    return shop


def unguarded(shop, statement):
    """Change the file by hand, with the guards out of the way."""
    from lineage.store import engines, guards
    from lineage.store.address import address_of

    with engines.writer(address_of(f"sqlite:///{shop.folder}/lineage.db")).connect() as connection, connection.begin():
        guards.drop(connection)
        connection.exec_driver_sql(statement)
        guards.install(connection)


@pytest.mark.parametrize("level", ["quick", "incremental", "full"])
def test_an_intact_log_is_said_to_be(sealed, level):
    said = sealed.json("verify", "log", "--level", level, "--checkpoint", "held.txt")
    assert (said.code, said.results) == (0, [])
    assert said.data["schema"] == "lineage.verify/1"
    summary = said.data["summary"]
    assert summary["intact"]
    assert summary["checkpoint"]["size"] == summary["size"]
    assert summary["root"] in summary["checkpoint"]["note"]


def test_people_read_one_line_that_says_it(sealed):
    said = sealed("verify", "log")
    assert said.code == 0
    assert said.out.startswith("intact: ")


def test_a_checkpoint_is_kept_and_brought_along_the_next_time(sealed):
    first = sealed("verify", "log", "--keep", "kept.txt")
    assert first.code == 0
    assert "kept the checkpoint" in first.err
    assert (sealed.folder / "kept.txt").read_text() == (sealed.folder / "held.txt").read_text()
    again = sealed("verify", "log", "--keep", "kept.txt", "--level", "incremental")
    assert again.code == 0
    (sealed.folder / "kept.txt").write_text(
        (sealed.folder / "kept.txt").read_text().replace("usage-cycle/", "usage-cycle/0", 1)
    )
    said = sealed.json("verify", "log", "--keep", "kept.txt")
    assert said.code == 1
    assert {one["layer"] for one in said.results} == {"held"}


def test_a_change_behind_the_journal_is_named_with_its_entry_and_a_fix(sealed):
    unguarded(
        sealed, "UPDATE document SET body = replace(body, 'title', 'titel') WHERE kind = 'element' AND version = 1"
    )
    said = sealed.json("verify", "log", "--checkpoint", "held.txt")
    assert said.code == 1
    assert (
        {"documents", "tables", "checkpoints", "held"}
        >= {one["layer"] for one in said.results}
        >= {"documents", "held"}
    )
    assert all(one["what"] and one["fix"] for one in said.results)
    assert said.results[0]["sequence"] is not None
    told = sealed("verify", "log")
    assert told.code == 1
    assert told.out.startswith("broken: ")


def test_a_missing_guard_and_a_missing_index_are_named(sealed):
    sql(sealed.folder / "lineage.db", "DROP TRIGGER guard_journal_delete")
    sql(sealed.folder / "lineage.db", "DROP INDEX ix_uses_purpose")
    found = [(one["layer"], one["what"]) for one in sealed.json("verify", "log").results]
    assert [what for layer, what in found if layer == "guards" and "guard_journal_delete" in what]
    assert [what for layer, what in found if layer == "tables" and "ix_uses_purpose" in what]
    said = sealed.json("doctor")
    wrong = [look["what"] for look in said.results if look["state"] == "problem"]
    assert len(wrong) == 2


BROUGHT = [
    (("--checkpoint", "none.txt"), "cannot be read"),
    (("--checkpoint", "notes.txt"), "holds no checkpoint"),
    (("--key", "nonsense"), "no public key"),
    (("--at", "2026-01-01"), "up to now"),
    (("--keep", "no/such/folder.txt"), "cannot be written"),
]


@pytest.mark.parametrize(("words", "told"), BROUGHT)
def test_what_does_not_fit_is_used_wrongly(sealed, words, told):
    sealed.write("notes.txt", "just some notes\n")
    said = sealed("verify", "log", "--level", "quick", *words)
    assert said.code == 2
    assert told in said.err


def test_without_a_catalogue_nothing_can_be_verified(bare):
    said = bare("verify", "log")
    assert said.code == 3
    assert "There is no catalogue" in said.err


def test_drifted_tables_are_made_anew_from_a_journal_that_holds(sealed):
    unguarded(sealed, "UPDATE elements SET title = 'Drifted'")
    assert sealed.json("doctor").code == 1
    said = sealed("doctor", "--rebuild", "--reason", "drift after a repair by hand", "--format", "json")
    assert said.code == 0, said.out
    assert "made the tables anew" in said.err
    assert json.loads(said.out)["summary"]["problems"] == 0
    assert sealed("verify", "log", "--checkpoint", "held.txt").code == 0


def test_nothing_is_made_anew_from_a_journal_that_does_not_hold(sealed):
    unguarded(sealed, "UPDATE journal SET reason = 'another' WHERE sequence = 0")
    said = sealed("doctor", "--rebuild")
    assert said.code == 1
    assert "nothing was rebuilt" in said.err


def test_the_doctor_says_when_the_key_is_not_here(sealed):
    sealed.patch.setenv("LINEAGE_KEY", str(sealed.folder / "elsewhere.key"))
    said = sealed.json("doctor")
    assert [look for look in said.results if look["state"] == "note" and "not on this machine" in look["what"]]
    assert said.data["summary"]["problems"] == 0
