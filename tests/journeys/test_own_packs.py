"""An organisation brings rules of its own: they are planned, applied, laid over, replaced and pruned like all else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lineage.content import content
from tests.journeys.own_packs import BREAKS, HEAD, RULE, documented, house, under
from tests.journeys.shop import FILES, SOUND_QUESTION, SURROUNDINGS

CODE = "house/calls"


def codes(console, *words):
    return {f["code"] for result in console.json("check", *words).results for f in result["findings"]}


def counts(said):
    return {name: count for name, count in said.data["summary"].items() if count and name != "applied"}


def packs(console):
    return {pack["pack"]: pack for pack in console.json("pack", "list").results}


@pytest.fixture
def ruled(shop):
    """The shop with house rules beside its declarations, applied."""
    shop.declare(under("packs/house", house()))
    assert shop("apply", "catalog", "--yes").code == 0
    return shop


def test_a_pack_beside_the_declarations_is_planned_applied_and_judged_by(shop):
    shop.declare(under("packs/house", house()))
    plan = shop("apply", "catalog", "--plan")
    assert plan.out.splitlines() == ["1 add, 17 unchanged", "+ pack house  (catalog/packs/house/pack.yaml:1)"]
    assert shop("query", "may", *SOUND_QUESTION).code == 0
    assert shop("apply", "catalog", "--yes").code == 0
    asked = shop.json("query", "may", *SOUND_QUESTION)
    assert asked.code == 1
    assert CODE in {finding["code"] for finding in asked.results[0]["findings"]}
    assert "against the house rules" in shop("explain", CODE).out


@pytest.mark.parametrize("how", ["catalog", "catalog/packs", "catalog/packs/house", "catalog/packs/house/rules.yaml"])
def test_a_pack_comes_in_by_any_path_at_or_above_it(shop, how):
    shop.declare(under("packs/house", house()))
    assert shop("apply", how, "--yes").code == 0
    assert CODE in codes(shop)


def test_a_single_file_brings_the_packs_beside_it(shop):
    shop.declare(under("packs/house", house()))
    shop.declare(under("elsewhere/house", house("other")))
    said = shop.json("apply", "catalog/surroundings.yaml", "--yes")
    assert counts(said)["add"] == 1
    assert CODE in codes(shop)
    shutil.rmtree(shop.folder / "catalog" / "packs")
    assert counts(shop.json("apply", "catalog/surroundings.yaml", "--prune", "--yes"))["retire"] == 1


def test_a_pack_that_is_the_whole_path_needs_no_declarations(empty):
    empty.write("mine/pack.yaml", house()["pack.yaml"])
    empty.write("mine/rules.yaml", house()["rules.yaml"])
    empty.write("mine/cases.yaml", house()["cases.yaml"])
    assert empty("apply", "mine", "--yes").code == 0
    assert packs(empty)["house"]["from"] == "own"


def test_a_pack_that_did_not_change_is_not_written_again(ruled):
    before, digest = ruled.size, ruled.digest
    assert "nothing to change" in ruled("apply", "catalog", "--yes").err
    ruled.declare(under("packs/house", {"rules.yaml": "# moved\n\n" + house()["rules.yaml"]}))
    assert "nothing to change" in ruled("apply", "catalog", "--yes").err
    assert (ruled.size, ruled.digest) == (before, digest)


def test_a_changed_rule_is_shown_by_its_id(ruled):
    ruled.declare(under("packs/house", house(require='use.why != "given"')))
    said = ruled("apply", "catalog", "--yes")
    assert said.out.splitlines() == [
        "1 change, 17 unchanged",
        "~ pack house  (catalog/packs/house/pack.yaml:1)",
        r'    rules.calls.require: "use.why == \"missing\"" → "use.why != \"given\""',
    ]


def test_only_prune_retires_a_pack_and_the_judge_forgets_it(ruled):
    shutil.rmtree(ruled.folder / "catalog" / "packs")
    assert "nothing to change" in ruled("apply", "catalog", "--yes").err
    assert CODE in codes(ruled)
    assert counts(ruled.json("apply", "catalog/uses.yaml", "--prune", "--yes")) == {"unchanged": 4, "retire": 1}
    assert CODE not in codes(ruled)
    assert "house" not in packs(ruled)
    assert ruled("pack", "show", "house").code == 1
    assert ruled("explain", CODE).code != 0
    ruled.declare(under("packs/house", house()))
    assert counts(ruled.json("apply", "catalog", "--yes"))["restore"] == 1
    assert CODE in codes(ruled)


def test_pruning_another_path_leaves_a_pack(ruled):
    shutil.rmtree(ruled.folder / "catalog" / "packs")
    ruled.write("more/extra.yaml", "elements: [{key: customer.name}]\n")
    assert ruled("apply", "more", "--prune", "--yes").code == 0
    assert CODE in codes(ruled)


def test_the_past_is_judged_by_the_packs_of_the_past(ruled):
    shutil.rmtree(ruled.folder / "catalog" / "packs")
    ruled.patch.setenv("SOURCE_DATE_EPOCH", str(1_788_264_000 + 86_400))
    assert ruled("apply", "catalog", "--prune", "--yes").code == 0
    assert CODE not in codes(ruled)
    assert CODE in codes(ruled, "--as-of", "2026-09-01")


def test_a_pack_is_tried_without_being_written(shop):
    files = under("house", house())
    shop.declare(files, folder="trial")
    before = shop.size
    assert CODE in codes(shop, "--with", "trial")
    assert CODE not in codes(shop)
    assert shop.size == before
    assert "house" not in packs(shop)


def test_a_changed_pack_is_tried_over_the_one_in_force(ruled):
    ruled.declare(under("house", house(require='use.why == "given"') | {"cases.yaml": CASES_MET}), folder="trial")
    assert CODE not in codes(ruled, "--with", "trial")
    assert CODE in codes(ruled)


CASES_MET = "cases:\n- {rule: calls, keeps: [{}], breaks: [{use.why: missing}]}\n"


# --- A pack with the key of one the program brings ---


@pytest.fixture
def replaced(shop):
    """The shop with a pack of its own in place of eu-gdpr."""
    shop.declare(under("packs/gdpr", house("eu-gdpr", more="regime: eu-gdpr\n")))
    assert shop("apply", "catalog", "--yes").code == 0
    return shop


def test_an_own_pack_replaces_the_one_of_the_program(replaced):
    assert (packs(replaced)["eu-gdpr"]["from"], packs(replaced)["eu-gdpr"]["rules"]) == ("own", 1)
    assert "eu-gdpr/calls" in codes(replaced)
    shown = replaced.json("pack", "show", "eu-gdpr")
    assert [rule["code"] for rule in shown.results] == ["eu-gdpr/calls"]


def test_it_stays_whatever_else_is_applied_upgraded_or_tried(replaced):
    before = replaced.size
    replaced.write("more/extra.yaml", "elements: [{key: customer.name}]\n")
    assert counts(replaced.json("apply", "more", "--yes")) == {"add": 1}
    assert counts(replaced.json("apply", "more", "--prune", "--yes")) == {"unchanged": 1}
    assert "packs and vocabulary are up to date" in replaced("db", "upgrade").err
    assert "problem" not in {look["state"] for look in replaced.json("doctor").results}
    assert "eu-gdpr/calls" in codes(replaced, "--with", "more")
    assert packs(replaced)["eu-gdpr"]["from"] == "own"
    assert replaced.size == (before[0] + 1, before[1] + 1)


def test_once_pruned_the_one_of_the_program_returns(replaced):
    shutil.rmtree(replaced.folder / "catalog" / "packs")
    assert packs(replaced)["eu-gdpr"]["from"] == "own"
    assert counts(replaced.json("apply", "catalog", "--prune", "--yes")) == {"change": 1, "unchanged": 17}
    assert packs(replaced)["eu-gdpr"]["from"] == "installed"
    assert "eu-gdpr/calls" not in codes(replaced)
    assert replaced("query", "may", *SOUND_QUESTION).code == 0
    assert "nothing to change" in replaced("apply", "catalog", "--prune", "--yes").err
    assert "packs and vocabulary are up to date" in replaced("db", "upgrade").err


def test_a_copy_of_a_pack_of_the_program_is_one_s_own_until_it_is_pruned(shop):
    copied = shop.folder / "catalog" / "packs" / "gdpr"
    shutil.copytree(content("catalog") / "packs" / "eu-gdpr", copied)
    digest = shop.digest
    assert "nothing to change" in shop("apply", "catalog", "--yes").err
    assert packs(shop)["eu-gdpr"]["from"] == "own"
    shutil.rmtree(copied)
    assert "nothing to change" in shop("apply", "catalog", "--yes").err
    assert packs(shop)["eu-gdpr"]["from"] == "own"
    assert "nothing to change" in shop("apply", "catalog", "--prune", "--yes").err
    assert packs(shop)["eu-gdpr"]["from"] == "installed"
    assert shop.digest == digest


def test_the_pack_of_the_cycle_cannot_lose_what_answers_for_requests(shop):
    shop.declare(under("packs/cycle", house("usage-cycle")))
    said = shop("apply", "catalog", "--yes")
    assert said.code == 1
    assert "rules about the request are missing: unknown-element" in said.err


# --- What is refused ---


OWN_PURPOSE = '"AgreeDeliverySlot" in purpose.above'
REFUSED = [
    ("a failing case", {"cases.yaml": CASES_MET}, "packs/house/cases.yaml:2", "the case says that it keeps it"),
    ("no cases", {"cases.yaml": None}, "packs/house/cases.yaml", "the pack has no cases.yaml"),
    ("no rules", {"rules.yaml": None}, "packs/house/rules.yaml", "the pack has no rules.yaml"),
    ("a rule without cases", {"cases.yaml": "cases: []\n"}, "packs/house/cases.yaml:1", "rule calls has no case"),
    (
        "a rule twice",
        {"rules.yaml": "rules:\n" + 2 * RULE.format(name="calls", require=BREAKS)},
        "packs/house/rules.yaml:13",
        "rule calls stands in the pack twice",
    ),
    (
        "a misspelt value",
        {"rules.yaml": "rules:\n" + RULE.format(name="calls", require='use.why == "mising"')},
        "packs/house/rules.yaml:7",
        'compares use.why with "mising", which it never is',
    ),
    (
        "an unknown purpose",
        {"rules.yaml": "rules:\n" + RULE.format(name="calls", require='"AgreeDelverySlot" in purpose.above')},
        "packs/house/rules.yaml:7",
        "did you mean AgreeDeliverySlot",
    ),
    (
        "an unknown regime",
        {"pack.yaml": HEAD.format(key="house") + "regime: de-tmg\n"},
        "pack.yaml:5",
        "unknown regime",
    ),
    ("another pack of that key", {"../again/pack.yaml": HEAD.format(key="house")}, "", "pack house is declared twice"),
]


@pytest.mark.parametrize(("files", "where", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_pack_with_a_mistake_is_refused_whole(shop, files, where, message):
    made = house() | files
    shop.declare({f"packs/house/{name}": text for name, text in made.items() if text is not None})
    before = shop.size
    for words in (("apply", "catalog", "--yes"), ("check", "--with", "catalog"), ("apply", "catalog", "--plan")):
        said = shop(*words)
        assert (said.code, said.out) == (1, "")
        assert message in said.err
        assert where in said.err
    assert shop.size == before


def test_a_rule_may_speak_of_a_purpose_declared_beside_it_or_held(shop):
    own = SURROUNDINGS.replace("AgreeDeliverySlot, title", "AgreeDeliveryHour, title")
    rule = house(require='"AgreeDeliveryHour" in purpose.above')
    cases = "cases:\n- {rule: calls, keeps: [{purpose.above: [AgreeDeliveryHour]}], breaks: [{}]}\n"
    shop.declare(under("packs/house", rule | {"cases.yaml": cases}))
    assert shop("apply", "catalog", "--yes").code == 1
    shop.write("catalog/purposes.yaml", own[own.index("purposes:") : own.index("processes:")])
    assert shop("apply", "catalog", "--yes").code == 0
    assert "nothing to change" in shop("apply", "catalog/packs", "--yes").err


def test_rules_without_a_head_say_what_is_missing(shop):
    files = house()
    del files["pack.yaml"]
    shop.declare(under("packs/house", files))
    said = shop("apply", "catalog", "--yes")
    assert said.code == 1
    assert "put pack.yaml beside it" in said.err


# --- List, show, test ---


def test_packs_are_listed_with_whose_they_are(ruled, tmp_path):
    listed = packs(ruled)
    assert listed["house"] | {"about": ""} == {
        "pack": "house", "from": "own", "regime": "", "version": "1", "as_of": "2026-08-01", "in_force": None, "rules": 1,
        "cases": 2, "title": "House rules", "about": "",
    }  # fmt: skip
    assert {pack["from"] for key, pack in listed.items() if key != "house"} == {"installed"}
    assert all(pack["rules"] and pack["cases"] for pack in listed.values())
    shutil.rmtree(tmp_path / "catalog" / "packs")
    assert packs(ruled)["house"]["cases"] is None
    assert ruled("pack", "test", "house").code == 1


def test_without_a_catalogue_the_packs_of_the_program_are_listed(bare):
    said = bare.json("pack", "list")
    assert said.data["catalogue"] is None
    assert {pack["from"] for pack in said.results} == {"installed"}
    assert "version 1 as of" in bare("pack", "show", "eu-gdpr", "--format", "table").out


def test_a_pack_is_shown_with_its_levels_and_lists(shop):
    lists = "lists:\n  area: {as_of: 2026-08-01, source: read, entries: [{country: DE, from: 2018-05-25}]}\n"
    levels = "sensitivity: {words: {special: specific}, special: [pd:Health], minors: special}\n"
    more = f"regime: eu-gdpr\nin_force: {{from: 2026-08-01}}\nretired: [old]\n{levels}{lists}"
    shop.declare(under("packs/house", house(more=more)))
    assert shop("apply", "catalog", "--yes").code == 0
    said = shop.json("pack", "show", "house").data["summary"]
    assert said["sensitivity"] == {
        "words": {"special": "specific"},
        "levels": {"special": ["pd:Health"]},
        "minors": "special",
    }
    assert said["lists"]["area"]["entries"] == [{"country": "DE", "from": "2018-05-25"}]
    assert (said["in_force"], said["retired"], said["where"]) == ("2026-08-01", ["old"], "catalog/packs/house")


@pytest.mark.parametrize("which", ["catalog/packs", "catalog/packs/house", "house"])
def test_own_packs_are_tested_by_folder_or_key(ruled, which):
    said = ruled.json("pack", "test", which)
    assert (said.code, said.data["summary"]) == (0, {"passed": 2, "failed": 0, "packs": 1})


def test_a_case_that_comes_out_differently_fails_the_test(ruled):
    ruled.write("catalog/packs/house/cases.yaml", CASES_MET)
    said = ruled("pack", "test", "house", "--format", "table")
    assert said.code == 1
    assert "failed  house/calls breaks the sound situation" in said.out
    assert "0 passed, 2 failed" in said.out


def test_a_folder_without_packs_is_no_pack(bare):
    bare.write("notes/readme.md", "x")
    said = bare("pack", "test", "notes")
    assert said.code == 1
    assert "there is no pack in notes" in said.err


def test_the_pack_of_the_documentation_works(shop):
    shop.declare(under("packs/house", documented()))
    assert shop.json("pack", "test", "catalog/packs/house").data["summary"] == {"passed": 5, "failed": 0, "packs": 1}
    assert shop("apply", "catalog", "--yes").code == 0
    assert shop("query", "may", *SOUND_QUESTION).code == 0
    assert packs(shop)["house"]["in_force"] == "2026-08-01"
    shop.write("catalog/uses.yaml", FILES["uses.yaml"].replace("purpose: DeliveryOfGoods", "purpose: DirectMarketing"))
    assert "house/phone-for-delivery-only" in codes(shop, "--with", "catalog/uses.yaml")


def test_a_rule_is_silent_before_the_pack_is_in_force(shop):
    shop.declare(under("packs/house", house(more="in_force: {from: 2026-10-01}\n")))
    assert shop("apply", "catalog", "--yes").code == 0
    assert CODE not in codes(shop)
    assert CODE in codes(shop, "--at", "2026-10-01")


def test_where_the_console_stands_does_not_matter(ruled):
    inside = Path("catalog/packs")
    ruled.patch.chdir(ruled.folder / inside)
    said = ruled("-C", f"sqlite:///{ruled.folder / 'lineage.db'}", "apply", "house", "--yes")
    assert "nothing to change" in said.err


def test_an_id_that_was_taken_away_is_not_used_for_another_rule(ruled):
    first, other = house(), {name: text.replace("calls", "letters") for name, text in house().items()}
    ruled.declare(under("packs/house", other))
    assert ruled("apply", "catalog", "--yes").code == 0
    ruled.declare(under("packs/house", house(require='use.why != "given"')))
    said = ruled("apply", "catalog", "--yes")
    assert said.code == 1
    assert "rule calls was the id of another rule of house before" in said.err
    ruled.declare(under("packs/house", first))
    assert ruled("apply", "catalog", "--yes").code == 0
