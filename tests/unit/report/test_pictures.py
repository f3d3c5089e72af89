"""The two pictures: they show what their tables show, the same way each time, and no box hides another."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lineage.report.contexts import (
    COLUMNS,
    CyclePicture,
    ElementContext,
    LineageLink,
    LineageNode,
    LineagePicture,
    ReportContext,
)
from lineage.report.html import render
from lineage.report.lineage_layout import BOX, LIMIT, WIDTH, lay_out
from lineage.report.lineage_picture import lineage_svg
from lineage.report.text import clean, width, wrap

WORDS = {
    name: name for name in (*COLUMNS, "holds", "partial", "problem", "expiring", "not_assessed", "feedback", "empty")
}


def section(report: ReportContext, element: ElementContext) -> str:
    return "".join(render(replace(report, elements=(element,)))).split('<section class="el"')[1]


def drawn(svg: str) -> tuple[int, int]:
    return len(re.findall(r'class="n"', svg)), len(re.findall(r"<path d=", svg))


def test_picture_and_table_show_the_same_links(report: ReportContext, phone: ElementContext) -> None:
    text = section(report, phone)
    svg = re.search(r'<svg class="pic lin".*?</svg>', text)
    table = re.search(r'<table class="links">.*?</table>', text, re.DOTALL)
    assert svg
    assert table
    assert drawn(svg.group()) == (len(phone.lineage.nodes), len(phone.lineage.links))
    assert len(re.findall("<tr>", table.group())) - 1 == len(phone.lineage.links)


def fan(n: int) -> LineagePicture:
    """One element with n purposes; the last one is in trouble and one box hangs loose."""
    nodes = [LineageNode("loose", "store", "loose", "", "holds"), LineageNode("e", "element", "Element", "", "holds")]
    nodes += [
        LineageNode(f"p{i}", "purpose", f"Purpose {i}", "", "problem" if i == n - 1 else "holds") for i in range(n)
    ]
    return LineagePicture(tuple(nodes), tuple(LineageLink("e", f"p{i}", "holds") for i in range(n)))


def test_a_crowded_picture_keeps_what_is_near_and_in_trouble_and_its_table_keeps_all(
    report: ReportContext, phone: ElementContext
) -> None:
    picture = fan(80)
    layout = lay_out(picture)
    kept = {box.node.id for box in layout.boxes}
    assert len(kept) == LIMIT
    assert {"e", "p79"} <= kept
    assert "loose" not in kept
    text = section(report, replace(phone, lineage=picture))
    assert f"{len(picture.nodes) - LIMIT} of {len(picture.nodes)} boxes are not drawn" in text
    assert "Links as a table (80)" in text


def test_boxes_do_not_overlap_and_stay_inside(phone: ElementContext) -> None:
    for picture in (phone.lineage, fan(20)):
        layout = lay_out(picture)
        for box in layout.boxes:
            assert 0 <= box.x <= WIDTH - BOX
            assert 0 <= box.y <= layout.height - box.height
        for one in layout.boxes:
            for two in layout.boxes:
                assert one is two or one.x != two.x or one.y + one.height <= two.y or two.y + two.height <= one.y


def test_the_order_unties_crossings() -> None:
    nodes = [LineageNode(f"{c}{i}", c, f"{c} {i}", "", "holds") for c in ("touchpoint", "store") for i in range(4)]
    links = [LineageLink(f"touchpoint{i}", f"store{3 - i}", "holds") for i in range(4)]
    y = {box.node.id: box.y for box in lay_out(LineagePicture(tuple(nodes), tuple(links))).boxes}
    ends = sorted((y[link.source], y[link.target]) for link in links)
    assert [b for _, b in ends] == sorted(b for _, b in ends)


def test_links_may_skip_columns_stay_in_one_or_go_back() -> None:
    nodes = [LineageNode("t", "touchpoint", "T", "", "holds"), LineageNode("a", "element", "A", "", "holds"),
             LineageNode("b", "element", "B", "", "problem"), LineageNode("i", "insight", "I", "",
             "holds")]  # fmt: skip
    links = [LineageLink("t", "a", "holds"), LineageLink("a", "b", "problem"), LineageLink("a", "i", "holds"),
             LineageLink("i", "a", "problem", "", True), LineageLink("b", "t", "holds")]  # fmt: skip
    picture = LineagePicture(tuple(nodes), tuple(links))
    svg = lineage_svg(picture, "Lineage", WORDS)
    assert drawn(svg) == (4, 5)
    assert svg == lineage_svg(picture, "Lineage", WORDS)
    assert svg.count("empty") == 3


def test_the_ring_counts_stages_that_hold() -> None:
    cycle = CyclePicture("complete", "expiring", "not_required", "missing", True, True, True, False, "stale")
    assert cycle.held == 3


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("crm.contact.phone", ("crm.contact.", "phone")),
        ("Phone number", ("Phone number",)),
        ("", ("",)),
        ("averyveryverylongwordwithoutanybreakinsideofit", ("averyveryverylo", "ngwordwithout…")),
        ("one two three four five six seven", ("one two three", "four five six…")),
    ],
)
def test_names_break_at_their_joints(text: str, lines: tuple[str, ...]) -> None:
    assert all(width(line) <= 9.7 for line in wrap(text, 9.7, 2))
    assert wrap(text, 9.7, 2) == lines


def test_wide_letters_and_marks_are_measured() -> None:
    assert width("日本") == pytest.approx(2.1)
    assert width("e\u0301") == width("e")
    assert clean("a\u202eb\x1bc\ud800d") == "abcd"


def test_a_picture_refuses_what_its_table_could_not_say(phone: ElementContext) -> None:
    node = LineageNode("e", "element", "E", "", "holds")
    with pytest.raises(ValueError, match="same id"):
        LineagePicture((node, node), ())
    with pytest.raises(ValueError, match="does not have"):
        LineagePicture((node,), (LineageLink("e", "nowhere", "holds"),))
    with pytest.raises(ValueError, match="differ"):
        replace(phone, cycle=replace(phone.cycle, outcome="complete"))
