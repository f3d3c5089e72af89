"""What the eye needs: contrast, one palette, quiet and loud states."""

from __future__ import annotations

import re
from itertools import product

import pytest

from lineage.content import content
from lineage.report import palette

STYLE = (content("templates") / "report/style.css").read_text(encoding="utf-8")


def scheme(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))


LIGHT = scheme(STYLE.split("@media (prefers-color-scheme: dark)")[0])
DARK = scheme(STYLE.split("@media (prefers-color-scheme: dark)")[1].split("[hidden]")[0])


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [
    *product(("ink", "muted", "link", "ok", "mid", "bad", "none"), ("paper",)),
    *product(("ink", "link"), ("ok-paper", "mid-paper", "bad-paper", "soft")),
    ("mid", "mid-paper"), ("bad", "bad-paper"), ("muted", "mid-paper"), ("muted", "bad-paper"), ("ok", "ok-paper"),
]  # fmt: skip


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT_ON)
def test_text_can_be_read(colours: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(colours[ink], colours[paper]) >= 4.5


def test_attributes_and_style_sheet_share_one_palette() -> None:
    assert {
        "ink": palette.INK, "paper": palette.PAPER, "muted": palette.MUTED, "link": palette.LINK,
        "ok": palette.COMPLETE,
        "mid": palette.PARTIAL, "mid-paper": palette.PARTIAL_PAPER, "bad": palette.MISSING,
        "bad-paper": palette.MISSING_PAPER, "none": palette.NONE,
    }.items() <= LIGHT.items()  # fmt: skip


def test_both_schemes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_every_state_has_a_mark_and_a_tone() -> None:
    assert palette.MARKS.keys() == palette.TONES.keys()
    assert palette.COLOURS.keys() == palette.LETTERS.keys() <= palette.MARKS.keys()
