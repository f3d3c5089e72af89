"""Many files, one load: what belongs together is read together, and everything wrong is said at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineage.errors import WrongUse
from lineage.intake import declarations
from lineage.intake.declarations import find_files, read_declarations
from lineage.services.installed import installed_vocabulary
from tests.journeys.shop import FILES, SURROUNDINGS, USES


@pytest.fixture(scope="module")
def vocabulary():
    return installed_vocabulary()


@pytest.fixture
def read(tmp_path, monkeypatch, vocabulary):
    monkeypatch.chdir(tmp_path)

    def reading(files, known=()):
        for name, text in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return read_declarations([Path()], vocabulary, lambda kind: {key for of, key in known if of == kind})

    return reading


def shown(problems):
    return [(str(problem.place), problem.message) for problem in problems]


def digests(done):
    return {(document.kind, document.key): document.digest for document in done.documents}


def test_the_shop_is_sound(read):
    done = read(FILES)
    assert not done.problems
    assert len(done.documents) == 17


def test_every_problem_of_every_file_is_said_at_once_sorted_by_file_and_line(read):
    done = read(
        {
            "b.yaml": "elements:\n- key: B\n- key: b\n  kind: x\n",
            "a.yaml": "uses:\n- {element: nobody, process: p, purpose: DeliveryOfGoods, effect: allow}\n- [\n",
            "c/d.json": '{"elements": [{"key": "c", "key": "d", "colour": 1}]}',
            "aa.yaml": "uses:\n- {element: nobody, process: p, purpose: DeliveryOfGoods, effect: allow}\nprocesses: [{key: p}]\n",
            "z.yaml": "elements:\n- {key: z, category: pd:Nothing, kind: identiti}\n",
        }
    )
    places = [place for place, _ in shown(done.problems)]
    assert places == [
        "a.yaml:4",
        "aa.yaml:2",
        "b.yaml:2",
        "b.yaml:4",
        "c/d.json:1",
        "c/d.json:1",
        "z.yaml:2",
        "z.yaml:2",
    ]
    assert "unknown element nobody" in dict(shown(done.problems))["aa.yaml:2"]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("elements: [{key: customer.email}]\n", "element customer.email is declared twice, first at elements.yaml:27"),
        ("catalogue: {name: Another}\n", "the catalogue is declared twice, first at surroundings.yaml:2"),
        (
            "processes:\n- {key: slot-planning}\n",
            "process slot-planning is declared twice, first at surroundings.yaml:32",
        ),
        (
            USES.partition("  outcomes")[0],
            "use customer.phone_number/parcel-dispatch/DeliveryOfGoods is declared twice, first at uses.yaml:2",
        ),
    ],
)
def test_a_key_declared_in_two_files_is_one_problem_that_names_both_places(read, second, message):
    done = read({**FILES, "zz.yaml": second})
    assert [found for _, found in shown(done.problems)] == [message]


def test_an_outcome_and_an_origin_declared_twice_in_one_parent_are_problems(read):
    twice = "elements:\n- key: a\n  origins:\n  - {key: o}\n  - {key: o, mode: provided}\n"
    assert shown(read({"a.yaml": twice}).problems) == [("a.yaml:5", "origin o is declared twice, first in line 4")]


def test_keys_of_origins_are_unique_within_their_element_only(read):
    text = "elements:\n- {key: a, origins: [{key: o}]}\n- {key: b, origins: [{key: o}]}\n"
    assert not read({"a.yaml": text}).problems


def test_one_process_and_purpose_for_two_audiences_are_two_uses(read):
    use = "- {{element: customer.email, process: slot-planning, purpose: CustomerCare, effect: allow{}}}\n"
    more = (
        "audiences: [{key: fan}]\nuses:\n"
        + use.format("")
        + use.format(", audience: customer")
        + use.format(", audience: fan")
    )
    assert not read({**FILES, "more.yaml": more}).problems


def test_references_may_lead_to_what_the_catalogue_holds_already(read):
    uses = {"uses.yaml": USES}
    assert {p.message for p in read(uses).problems} >= {
        "unknown element customer.phone_number",
        "unknown process slot-planning",
    }
    known = [("element", "customer.phone_number"), ("element", "customer.email"), ("process", "parcel-dispatch"),
             ("process", "slot-planning"), ("statement", "notice-7"), ("purpose", "AgreeDeliverySlot")]  # fmt: skip
    assert not read(uses, known).problems


@pytest.mark.parametrize(
    ("wrong", "message", "fix"),
    [
        (("element: customer.phone_number\n  process: slot", "element: customer.phon_number\n  process: slot"),
         "unknown element customer.phon_number", "did you mean customer.phone_number"),
        (("process: slot-planning", "process: slot-plannin"), "unknown process slot-plannin", "did you mean slot-planning?"),
        (("purpose: AgreeDeliverySlot", "purpose: AgreeDelivrySlot"), "unknown purpose AgreeDelivrySlot",
         "did you mean AgreeDeliverySlot"),
        (("told: [notice-7]", "told: [notice-8]"), "unknown statement notice-8", "did you mean notice-7?"),
    ],
)  # fmt: skip
def test_a_reference_to_nothing_names_what_was_probably_meant(read, wrong, message, fix):
    problems = read({**FILES, "uses.yaml": USES.replace(*wrong)}).problems
    assert problems
    assert {problem.message for problem in problems} == {message}
    assert fix in problems[0].fix
    assert all(problem.place.file == "uses.yaml" and problem.place.line for problem in problems)


def test_what_refers_to_an_entry_with_a_problem_of_its_own_is_not_wrong_for_that(read):
    broken = FILES["elements.yaml"].replace("kind: identity\n", "kind: identiti\n", 1)
    assert len(read({**FILES, "elements.yaml": broken}).problems) == 1


@pytest.mark.parametrize("links", [("A", "A"), ("A", "B"), ("A", "B", "C"), tuple(f"P{n}" for n in range(40))])
def test_own_purposes_that_lead_back_to_themselves_are_refused_at_their_line(read, links):
    ring = dict(zip(links, (*links[1:], links[0]), strict=True))
    lines = "".join(f"- key: {key}\n  broader: [{up}, CustomerCare]\n" for key, up in ring.items())
    problems = read({"a.yaml": f"purposes:\n{lines}"}).problems
    assert [problem.place.line for problem in problems] == [3 + 2 * n for n in range(len(ring))]
    assert problems[0].message.startswith(f"broader goes in a circle: {links[0]} → ")
    assert problems[0].message.endswith(f"→ {links[0]}")


def test_a_purpose_that_only_leads_into_a_circle_is_not_blamed_for_it(read):
    text = "purposes:\n- {key: A, broader: [B]}\n- {key: B, broader: [C]}\n- {key: C, broader: [B]}\n"
    assert [place for place, _ in shown(read({"a.yaml": text}).problems)] == ["a.yaml:3", "a.yaml:4"]


def test_an_own_purpose_may_not_take_the_name_of_a_standard_one(read):
    (problem,) = read({"a.yaml": "purposes:\n- {key: DeliveryOfGoods, broader: [CustomerCare]}\n"}).problems
    assert "is a term of the purpose vocabulary already" in problem.message


def test_splitting_and_reordering_changes_no_digest(read):
    whole = digests(read({"all.yaml": SURROUNDINGS + FILES["elements.yaml"] + USES}))
    Path("all.yaml").unlink()
    assert digests(read({"z.yaml": SURROUNDINGS, "y/elements.yml": FILES["elements.yaml"], "a.yaml": USES})) == whole


def test_files_are_found_in_order_and_hidden_ones_other_endings_and_packs_are_left_out(tmp_path):
    for name in (
        "b.yaml",
        "a.yml",
        "c.json",
        "d.txt",
        "README.md",
        ".hidden.yaml",
        ".git/x.yaml",
        "packs/p/pack.yaml",
        "deep/er/e.yaml",
        "f.YAML",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("elements:\n")
    names = [Path(shown).relative_to(tmp_path).as_posix() for _, shown in find_files([tmp_path])]
    assert names == ["a.yml", "b.yaml", "c.json", "deep/er/e.yaml"]


def test_a_file_named_twice_is_read_once(tmp_path):
    (tmp_path / "a.yaml").write_text("elements:\n")
    assert len(find_files([tmp_path, tmp_path / "a.yaml", tmp_path / "." / "a.yaml"])) == 1


def test_a_file_may_be_named_whatever_its_ending(tmp_path):
    (tmp_path / "declared.txt").write_text("elements:\n")
    assert len(find_files([tmp_path / "declared.txt"])) == 1


@pytest.mark.parametrize("make", [(), (".hidden.yaml",), ("README.md",), ("packs/own/pack.yaml",)])
def test_a_folder_without_declarations_is_used_wrongly(tmp_path, make):
    for name in make:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("elements:\n")
    with pytest.raises(WrongUse, match="there are no declarations in") as raised:
        find_files([tmp_path])
    assert ".yaml" in raised.value.fix


def test_a_path_that_does_not_exist_is_used_wrongly(tmp_path):
    with pytest.raises(WrongUse, match="there is no file or folder"):
        find_files([tmp_path / "gone"])


def test_large_loads_are_read_by_two_processes_to_the_same_end(read, monkeypatch):
    alone = read(FILES)
    monkeypatch.setattr(declarations, "PARALLEL_FROM", 1)
    assert read({}) == alone


def test_json_beside_yaml_declares_the_same(read):
    yaml_text = "elements:\n- {key: a, title: Größe 🙈, also_known_as: [نام], description: 'x: y'}\n"
    entry = {"key": "a", "title": "Größe 🙈", "also_known_as": ["نام"], "description": "x: y"}
    from_yaml = digests(read({"a.yaml": yaml_text}))
    Path("a.yaml").unlink()
    assert digests(read({"a.json": json.dumps({"elements": [entry]})})) == from_yaml


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_and_byte_order_marks_change_no_digest(read, ends):
    unix = digests(read(FILES))
    other = {name: "\ufeff" + text.replace("\n", ends) for name, text in FILES.items()}
    assert digests(read(other)) == unix
