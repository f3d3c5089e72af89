"""The wheel holds one package, and in it every file of the three content folders."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from lineage.content import content
from tests.house.trees import LINEAGE, ROOT, sources

FOLDERS = ("templates", "migrations", "catalog")


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    wheel = next(iter(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def files_under(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_wheel_holds_every_file_of(folder, names):
    prefix = f"lineage/_content/{folder}/"
    packed = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    assert packed == files_under(ROOT / folder)
    assert packed


def test_the_wheel_holds_every_module_and_nothing_else_of_lineage(names):
    modules = {name for name in names if name.startswith("lineage/") and not name.startswith("lineage/_content/")}
    expected = {f"lineage/{path.relative_to(LINEAGE).as_posix()}" for path in sources()}
    assert {name for name in modules if name.endswith(".py")} == expected
    assert not [name for name in names if name.endswith(".pyc")]


def test_only_lineage_and_the_metadata_lie_at_the_top(names):
    tops = {name.partition("/")[0] for name in names}
    assert "lineage" in tops
    assert all(top == "lineage" or (top.startswith("usage_cycle-") and top.endswith(".dist-info")) for top in tops)


def test_in_a_checkout_the_folders_beside_the_package_are_used():
    assert [content(folder) for folder in FOLDERS] == [ROOT / folder for folder in FOLDERS]
