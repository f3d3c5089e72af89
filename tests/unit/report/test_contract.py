"""The contract: every field means something, is shown somewhere, and stands on the templates' own page."""

from __future__ import annotations

import os
import pprint
import re
from pathlib import Path

import pytest

from lineage.content import content
from lineage.report import contract, cycle_picture, lineage_layout, lineage_picture
from lineage.report.contexts import ReportContext, anchor_of
from lineage.report.html import render

GOLDEN = Path(__file__).parents[2] / "golden" / "report"
TEMPLATES = content("templates")
SHOWN = "\n".join(
    path.read_text(encoding="utf-8")
    for path in (
        *sorted(TEMPLATES.glob("*/*.jinja")),
        *(Path(str(module.__file__)) for module in (cycle_picture, lineage_layout, lineage_picture)),
    )
)


@pytest.mark.parametrize("cls", contract.classes(), ids=lambda cls: cls.__name__)
def test_every_field_is_documented_and_shown(cls: type) -> None:
    for name, (_, meaning) in contract.fields(cls).items():
        assert meaning, f"{cls.__name__}.{name} has no meaning"
        assert re.search(rf"\.{name}\b", SHOWN) or name == "data", f"{cls.__name__}.{name} is shown nowhere"


def test_contexts_are_frozen_and_slotted() -> None:
    for cls in contract.classes():
        assert "__slots__" in vars(cls)
        assert cls.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_the_page_about_templates_is_current() -> None:
    _compare(TEMPLATES / "README.md", contract.page())


def test_the_report_is_the_one_agreed_upon(report: ReportContext) -> None:
    _compare(GOLDEN / "report.txt", pprint.pformat(report, width=120) + "\n")
    _compare(GOLDEN / "report.html", "".join(render(report)))


def test_anchors_tell_keys_apart() -> None:
    keys = ["customer.phone_number", "customer.phone number", "customer.phone:20:number", "a/b", "a-b"]
    assert len({anchor_of(key) for key in keys}) == len(keys)
    assert anchor_of("customer.phone_number") == "el-customer.phone_number"


def _compare(path: Path, text: str) -> None:
    """Compare with a golden file; UPDATE_GOLDEN=1 writes it anew, to be looked at in the diff."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == text, f"{path.name} differs; UPDATE_GOLDEN=1 refreshes it"
