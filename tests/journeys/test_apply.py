"""Bringing declarations in: the plan, the question, pruning, restoring, and what to do when two hands wrote."""

from __future__ import annotations

import sqlite3

import pytest

from tests.journeys.shop import ELEMENTS, FILES, SOUND_QUESTION, SURROUNDINGS, USES

PHONE = "customer.phone_number"
RECORD = ("outcome", "record", "slot-planning", PHONE, "--for", "AgreeDeliverySlot", "--key", "q2")


def counts(said):
    return {name: count for name, count in said.data["summary"].items() if count and name != "unchanged"}


def test_a_plan_is_shown_and_nothing_is_written(empty):
    before = empty.size
    said = empty("apply", empty.declare(), "--plan")
    assert said.code == 0
    assert said.out.splitlines()[0] == "17 add, 0 unchanged"
    assert f"+ element {PHONE}" in said.out
    assert "this is a plan; nothing was written" in said.err
    assert empty.size == before
    assert counts(empty.json("apply", "catalog", "--plan")) == {"add": 17}
    assert empty.size == before


def test_applying_twice_changes_nothing_and_the_journal_does_not_grow(empty):
    empty.declare()
    assert empty("apply", "catalog", "--yes").code == 0
    before, digest = empty.size, empty.digest
    for words in (("--yes",), (), ("--plan",), ("--prune", "--yes"), ("--on-conflict", "mine", "--yes")):
        said = empty("apply", "catalog", *words)
        assert said.code == 0
        assert "nothing to change" in said.err
    assert (empty.size, empty.digest) == (before, digest)


@pytest.mark.parametrize("typed", ["", "n\n", "no\n", "\n"])
def test_what_is_not_confirmed_is_not_written(empty, typed):
    before = empty.size
    said = empty("apply", empty.declare(), typed=typed)
    assert (said.code, said.out) == (1, "")
    assert "Write these changes? [y/N]" in said.err
    assert "not confirmed; nothing was written (--yes writes without asking)" in said.err
    assert empty.size == before


@pytest.mark.parametrize("typed", ["y\n", "yes\n", "Y\n"])
def test_what_is_confirmed_is_written(empty, typed):
    said = empty("apply", empty.declare(), typed=typed)
    assert (said.code, said.out) == (0, "")
    assert "written" in said.err
    assert empty("query", "may", *SOUND_QUESTION).code == 0


def test_a_change_shows_the_value_before_and_after(shop):
    shop.declare(
        {
            "elements.yaml": ELEMENTS.replace("Mobile number typed at checkout", "Typed at the till").replace(
                ", customer]", "]"
            )
        }
    )
    said = shop("apply", "catalog", "--yes")
    assert said.code == 0
    assert "1 change, 16 unchanged" in said.out
    assert f"~ element {PHONE}  (catalog/elements.yaml:2)" in said.out
    assert '    description: "Mobile number typed at checkout" → "Typed at the till"' in said.out


def test_moving_a_line_changes_nothing_but_the_place(shop):
    digest = shop.digest
    shop.declare({"uses.yaml": "\n\n# moved\n" + USES})
    assert "nothing to change" in shop("apply", "catalog", "--yes").err
    assert shop.digest == digest
    findings = shop.json("check").results[1]["findings"]
    assert {finding["where"] for finding in findings} <= {"catalog/uses.yaml:25", "catalog/uses.yaml:28"}


def test_only_prune_retires_and_only_at_or_under_the_named_paths(shop):
    shop.write("catalog/elements.yaml", ELEMENTS.rpartition("- {key: customer.email")[0])
    shop.write(
        "catalog/uses.yaml",
        USES.replace("alternatives: [{element: customer.email, why_not: read too late}]", "alternatives: none"),
    )
    assert counts(shop.json("apply", "catalog", "--plan")) == {"change": 2}
    assert counts(shop.json("apply", "catalog/uses.yaml", "--plan", "--prune")) == {"change": 2}
    assert counts(shop.json("apply", "catalog", "--plan", "--prune")) == {"change": 2, "retire": 1}
    assert counts(shop.json("apply", "catalog/uses.yaml", "catalog/elements.yaml", "--plan", "--prune")) == {
        "change": 2,
        "retire": 1,
    }


def test_a_pruned_element_is_denied_as_retired_and_applying_again_restores_it(shop):
    digest = shop.digest
    shop.write("catalog/elements.yaml", "elements:\n- {key: customer.email}\n")
    shop.write("catalog/uses.yaml", "uses: []\n")
    shop.write(
        "catalog/surroundings.yaml",
        SURROUNDINGS.replace("elements: [customer.phone_number]", "elements: [customer.email]"),
    )
    said = shop("apply", "catalog", "--yes", "--prune")
    assert said.code == 0
    assert f"- element {PHONE}" in said.out
    asked = shop.json("query", "may", *SOUND_QUESTION)
    assert asked.code == 1
    assert "usage-cycle/retired" in {finding["code"] for finding in asked.results[0]["findings"]}
    shop.declare()
    said = shop.json("apply", "catalog", "--yes")
    assert said.code == 0
    assert said.data["summary"]["restore"] >= 4
    assert shop("query", "may", *SOUND_QUESTION).code == 0
    assert {document["element"] for document in shop.json("element", "list").results} == {PHONE, "customer.email"}
    assert shop.digest != digest  # it went and came back: the versions counted on


def test_pruning_what_others_still_refer_to_is_no_crash(shop):
    shop.write("catalog/elements.yaml", ELEMENTS.replace("customer.email,", "customer.mail,"))
    before = shop.size
    said = shop("apply", "catalog", "--yes", "--prune")
    assert said.code in {0, 1}
    assert said.code == 0 or shop.size == before


@pytest.fixture
def disputed(shop):
    """The same outcome was recorded by hand and is declared differently."""
    facts = ("--from", "2026-04-01", "--until", "2026-06-30", "--organisation", "benefit", "--subject", "benefit")
    assert shop(*RECORD, *facts).code == 0
    shop.write("catalog/uses.yaml", USES + "  outcomes:\n  - {key: q2, organisation: {value: none}}\n")
    return shop


def test_a_conflict_stops_everything(disputed):
    disputed.write("catalog/more.yaml", "elements: [{key: customer.name}]\n")
    before = disputed.size
    for words in (("--yes",), (), ("--plan",), ("--on-conflict", "stop", "--yes")):
        said = disputed("apply", "catalog", *words)
        assert said.code == 1
        assert "1 conflict: the catalogue was changed since; nothing was written" in said.err
        assert "--on-conflict mine keeps the files' version, theirs the catalogue's" in said.err
        assert f"! outcome {PHONE}/slot-planning/AgreeDeliverySlot#q2" in said.out
    assert disputed.size == before


def test_mine_lets_the_file_win(disputed):
    assert disputed("apply", "catalog", "--yes", "--on-conflict", "mine").code == 0
    declared = disputed("export", "yaml").out
    assert "organisation: {value: none}" in declared
    assert "nothing to change" in disputed("apply", "catalog", "--yes").err


def test_theirs_keeps_the_catalogue_and_writes_the_rest(disputed):
    disputed.write("catalog/more.yaml", "elements: [{key: customer.name}]\n")
    assert disputed("apply", "catalog", "--yes", "--on-conflict", "theirs").code == 0
    assert "organisation: {value: none}" not in disputed("export", "yaml").out
    assert disputed("element", "show", "customer.name").code == 0


def test_another_copy_applied_from_elsewhere_is_no_conflict_for_who_applies_next(shop):
    shop.declare({"elements.yaml": ELEMENTS.replace("steward: rina", "steward: dewi")}, folder="copy")
    assert counts(shop.json("apply", "copy", "--yes")) == {"change": 2, "applied": True}
    assert counts(shop.json("apply", "catalog", "--plan")) == {"change": 2}


def test_the_plan_is_shown_once_wherever_it_goes(empty):
    empty.declare()
    asked = empty("apply", "catalog", typed="y\n")
    assert asked.out == ""
    assert asked.err.count(f"+ element {PHONE}") == 1


def test_a_long_plan_is_cut_and_v_shows_it_whole(empty):
    empty.write("catalog/a.yaml", "elements:\n" + "".join(f"- {{key: e{n:04}}}\n" for n in range(500)))
    short = empty("apply", "catalog", "--plan").out
    assert "… and 300 more additions; -v lists them all" in short
    assert "+ element e0499" not in short
    assert "+ element e0499" in empty("apply", "catalog", "--plan", "-v").out


def test_an_answer_that_cannot_be_written_leaves_the_catalogue_as_it_was(empty):
    empty.declare()
    before = empty.size
    for words in (("--format", "json"), ()):
        said = empty("apply", "catalog", "--yes", "-o", "gone/plan.json", *words)
        assert said.code == 2
        assert "gone/plan.json cannot be written" in said.err
        assert empty.size == before


def test_who_applied_and_why_stands_in_the_journal(empty):
    empty.patch.setenv("LINEAGE_USER", "rina")
    assert empty("apply", empty.declare(), "--yes", "--reason", "first load").code == 0
    changed = empty.declare({"uses.yaml": FILES["uses.yaml"].replace("benefit: parcel", "benefit: it")})
    assert empty("--by", "dewi", "apply", changed, "--yes").code == 0
    connection = sqlite3.connect(empty.folder / "lineage.db")
    query = "SELECT actor.name, how_known, reason, count(*) FROM journal JOIN actor ON actor.id = actor"
    query += " GROUP BY 1, 2, 3 ORDER BY min(sequence)"
    rows = connection.execute(query).fetchall()
    connection.close()
    assert rows[-2:] == [("rina", "stated", "first load", 17), ("dewi", "stated", None, 2)]
