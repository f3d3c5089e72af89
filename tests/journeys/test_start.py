"""Making a catalogue, looking at it, bringing it up to date."""

from __future__ import annotations

import json

import pytest

from lineage.content import content
from lineage.intake.yaml_text import read_yaml
from tests.journeys.console import sql, unguarded
from tests.journeys.schema_check import violations
from tests.journeys.shop import FILES


def test_a_fresh_catalogue_is_made_and_says_what_to_do_next(bare):
    said = bare("init")
    assert (said.code, said.out) == (0, "")
    assert "made the catalogue sqlite:///lineage.db" in said.err
    assert "next: lineage apply catalog" in said.err
    applied = bare("apply", "catalog", "--yes")
    assert (applied.code, bare("check").code) == (0, 0)


def test_a_catalogue_is_not_made_twice(bare):
    assert bare("init").code == 0
    before = bare.size
    said = bare("init")
    assert said.code == 1
    assert "there is a catalogue at sqlite:///lineage.db already" in said.err
    assert bare.size == before


def test_a_catalogue_can_be_made_in_another_folder_that_does_not_exist_yet(bare):
    said = bare("init", "new/place")
    assert said.code == 0
    assert (bare.folder / "new/place/lineage.db").exists()
    (ask,) = [line for line in said.err.splitlines() if line.startswith("next: lineage ")]
    assert bare(*ask.removeprefix("next: lineage ").split(), "--yes").code == 0


def test_the_sample_is_loaded_and_can_be_asked_at_once(bare):
    said = bare("init", "--sample")
    assert said.code == 0
    assert "next: lineage check" in said.err
    assert bare.json("check").data["summary"]["uses"] > 20
    assert bare("apply", "catalog", "--yes").code == 0
    assert {path.name for path in (bare.folder / "catalog").iterdir()} == {
        path.name for path in (content("catalog") / "sample" / "food-delivery").iterdir()
    }


def test_the_sample_is_not_mixed_with_declarations_that_lie_there(bare):
    bare.declare()
    said = bare("init", "--sample")
    assert said.code == 1
    assert "catalog is there already and not empty" in said.err
    assert not (bare.folder / "lineage.db").exists()


def test_declarations_that_lie_there_are_left_as_they_are(bare):
    bare.declare()
    assert bare("init").code == 0
    assert {path.name for path in (bare.folder / "catalog").iterdir()} == set(FILES)


def test_other_files_in_the_folder_do_not_matter(bare):
    bare.write("README.md", "mine")
    assert bare("init").code == 0
    assert (bare.folder / "README.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("folder", "code"), [("file", 2), ("file/below", 2), ("half", 1)])
def test_a_file_in_the_way_is_no_crash(bare, folder, code):
    bare.write("file", "x")
    bare.write("half/catalog", "x")
    said = bare("init", folder)
    assert (said.code, said.out) == (code, "")


def test_nothing_can_be_asked_before_a_catalogue_is_made(bare):
    for words in (("check",), ("query", "may", "a", "b", "--for", "CustomerCare"), ("element", "list"), ("explain",
     "a"), ("report",),
                  ("export", "yaml"), ("apply", bare.declare(), "--yes"), ("db", "check"), ("process", "list"),
                  ("outcome", "record", "a", "b", "--for", "CustomerCare", "--key", "k")):  # fmt: skip
        said = bare(*words)
        assert (said.code, said.out) == (3, "")
        assert "There is no catalogue at sqlite:///lineage.db" in said.err
        assert "lineage init" in said.err
    assert not (bare.folder / "lineage.db").exists()


def test_the_doctor_finds_nothing_wrong_with_a_sound_catalogue(shop):
    said = shop.json("doctor")
    assert (said.code, said.data["summary"]["problems"]) == (0, 0)
    assert {look["state"] for look in said.results} <= {"fine", "note"}


def test_the_doctor_says_what_is_wrong_and_how_to_mend_it(bare):
    said = bare.json("doctor")
    assert said.code == 1
    (wrong,) = [look for look in said.results if look["state"] == "problem"]
    assert "There is no catalogue" in wrong["what"]
    assert "lineage init" in wrong["fix"]


def test_the_doctor_sees_a_row_that_was_changed_behind_the_journal(shop):
    unguarded(shop.folder / "lineage.db", "UPDATE elements SET title = 'Another'")
    said = shop.json("doctor")
    assert said.code == 1
    assert [look for look in said.results if look["state"] == "problem" and look["fix"]]


def test_tables_and_packs_are_up_to_date_after_making(shop):
    said = shop("db", "check")
    assert (said.code, said.out) == (0, "the tables are as they should be\n")
    before = shop.size
    said = shop("db", "upgrade")
    assert (said.code, said.out) == (0, "")
    assert "packs and vocabulary are up to date" in said.err
    assert shop.size == before


def test_the_table_check_names_what_is_missing(shop):
    sql(shop.folder / "lineage.db", "DROP TABLE place")
    said = shop("db", "check")
    assert said.code == 1
    assert "place" in said.out


def test_packs_are_listed_shown_and_tested(bare):
    listed = bare.json("pack", "list")
    assert listed.code == 0
    keys = [pack["pack"] for pack in listed.results]
    assert {"usage-cycle", "eu-gdpr"} <= set(keys)
    shown = bare.json("pack", "show", "eu-gdpr")
    assert (shown.code, shown.data["summary"]["rules"]) == (0, len(shown.results))
    assert "eu-gdpr/EU-01" in {rule["code"] for rule in shown.results}
    tested = bare.json("pack", "test")
    assert (tested.code, tested.data["summary"]["failed"]) == (0, 0)
    assert tested.data["summary"]["packs"] == len(keys)


def test_an_unknown_pack_names_the_nearest(bare):
    said = bare("pack", "show", "eu-gdrp")
    assert (said.code, said.out) == (1, "")
    assert "did you mean eu-gdpr or uk-gdpr?" in said.err


def test_a_pack_of_somebody_s_own_with_a_mistake_is_refused_at_its_line(bare):
    bare.write("own/pack.yaml", "key: own\ntitle: Own\nversion: 1\n")
    bare.write("own/rules.yaml", "rules:\n- id: A\n  when: nonsense +\n")
    bare.write("own/cases.yaml", "cases: []\n")
    said = bare("pack", "test", "own")
    assert (said.code, said.out) == (1, "")
    assert "own/" in said.err


@pytest.fixture
def json_schema(bare):
    said = bare("schema")
    assert said.code == 0
    return json.loads(said.out)


def test_the_schema_is_one_of_2020_and_names_every_section(json_schema):
    assert json_schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(json_schema["properties"]) == {
        "catalogue", "parties", "audiences", "touchpoints", "statements", "purposes", "elements", "processes", "uses",
         "assessments",
        "waivers",
    }  # fmt: skip
    assert json_schema["additionalProperties"] is False
    assert json_schema["$defs"]["DeclaredUse"]["required"] == ["element", "purpose", "effect"]


@pytest.mark.parametrize(
    "file", sorted((content("catalog") / "sample" / "food-delivery").glob("*.yaml")), ids=lambda path: path.name
)
def test_the_sample_keeps_the_schema(json_schema, file):
    data, problems = read_yaml(file.read_text(encoding="utf-8"), file.name)
    assert not problems
    assert list(violations(data, json_schema, json_schema["$defs"])) == []


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"elements": [{"key": "a", "kind": "x"}]}, "/elements/0/kind"),
        ({"elements": [{"title": "a"}]}, "/elements/0"),
        ({"elements": [{"key": "a", "colour": 1}]}, "/elements/0"),
        ({"elements": {"key": "a"}}, "/elements"),
        ({"elemens": []}, ""),
    ],
)
def test_the_schema_refuses_what_loading_refuses(json_schema, wrong, where):
    places = {place.rpartition("#")[0] for place in violations(wrong, json_schema, json_schema["$defs"])}
    assert where in places
