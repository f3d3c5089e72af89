"""Folders of packs: where they are found, and what their documents hold."""

from __future__ import annotations

import pytest

from lineage.intake.packs import Names, in_pack, pack_folders, read_own_pack
from tests.catalogues import vocabulary
from tests.journeys.own_packs import house, under

TREE = (
    "a.yaml", "pack/pack.yaml", "pack/rules.yaml", "pack/more.yaml", "deep/packs/one/pack.yaml", "deep/packs/b.yaml",
    "deep/c.yaml", ".git/x/pack.yaml", "packs/rules.yaml", "packs/two/pack.yaml",
)  # fmt: skip
FOUND = [
    ((".",), ["deep/packs/one", "pack", "packs/two"]),
    (("pack",), ["pack"]),
    (("pack", ".", "pack/pack.yaml"), ["deep/packs/one", "pack", "packs/two"]),
    (("pack/rules.yaml",), ["pack"]),
    (("pack/more.yaml",), []),
    (("a.yaml",), ["packs/two"]),
    (("deep/c.yaml",), ["deep/packs/one"]),
    (("deep/packs/b.yaml",), []),
    (("deep",), ["deep/packs/one"]),
    (("nowhere",), []),
]


@pytest.fixture
def tree(tmp_path):
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("paths", "found"), FOUND)
def test_packs_are_found_at_and_under_folders_and_beside_files(tree, paths, found):
    folders = pack_folders([tree / path for path in paths])
    assert [folder.resolve().relative_to(tree.resolve()).as_posix() for folder in folders] == found


@pytest.mark.parametrize(
    ("name", "inside"),
    [("pack/pack.yaml", True), ("pack/rules.yaml", True), ("pack/more.yaml", False), ("packs/rules.yaml", False)],
)
def test_only_the_three_files_of_a_pack_belong_to_it(tree, name, inside):
    assert in_pack(tree / name) == inside


def test_a_document_knows_the_lines_of_its_head_and_of_its_rules(tmp_path):
    for name, text in under(".", house()).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    document, problems = read_own_pack(tmp_path, "packs/house", Names.of(vocabulary()))
    assert problems == ()
    assert (document.kind, document.key, document.file, document.line) == ("pack", "house", "packs/house/pack.yaml", 1)
    assert {name: document.lines[name] for name in ("title", "as_of", "rules.calls")} == {
        "title": 2,
        "as_of": 4,
        "rules.calls": 2,
    }
    assert set(document.body) == {"pack", "title", "version", "as_of", "rules"}


def test_purposes_count_as_unknown_only_where_all_are_known(tmp_path):
    files = house(require='"OurOwnPurpose" in purpose.above')
    cases = "cases:\n- {rule: calls, keeps: [{purpose.above: [OurOwnPurpose]}], breaks: [{}]}\n"
    for name, text in under(".", files | {"cases.yaml": cases}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for names, count in (
        (Names.of(vocabulary()), 2),
        (Names.of(vocabulary(), ["OurOwnPurpose"]), 0),
        (Names.of(vocabulary(), closed=False), 0),
    ):
        assert len(read_own_pack(tmp_path, "packs/house", names)[1]) == count
