"""The usage cycle drawn as a keyhole: origin is a stem that enters once, purpose → outcome → insight is the ring.

A stage is told by texture, mark and word, never by colour alone. Sizes, colours and letter sizes are attributes, so
that the picture stays legible where the page's style sheet is dropped; classes only add the dark scheme. Each piece is
drawn once in the page (`cycle_defs`) and referred to by every picture, which keeps a picture under a kilobyte.
"""

from __future__ import annotations

from math import cos, radians, sin
from typing import TYPE_CHECKING

from markupsafe import Markup

from lineage.report.contexts_picture import STAGES, CyclePicture
from lineage.report.palette import COLOURS, INK, LETTERS, MARKS, MISSING, MUTED, PAPER
from lineage.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH, HEIGHT = 360, 208
#: what of the drawing is shown: left, top
_SHOWN = (14, 14)
_CX, _CY, _R, _BAND = 206, 118, 66, 18
_STEM = (18, _CX - _R - 34)
#: degrees clockwise from three o'clock: where an arc begins, its middle, its end
_ARCS = {"purpose": (132, 180, 228), "outcome": (252, 300, 348), "insight": (12, 60, 108)}
#: where a stage's name stands, how it is anchored, and where its state stands
_LABELS = {
    "origin": (18, 88, "start", 152),
    "purpose": (134, 32, "end", 49),
    "outcome": (284, 52, "start", 69),
    "insight": (284, 178, "start", 195),
}
#: state → thickness, dashes
_TEXTURES = {
    "complete": (_BAND, ""),
    "partial": (_BAND, "10 4"),
    "expiring": (_BAND, "10 4"),
    "missing": (_BAND, "2 5"),
    "not_assessed": (4, "2 4"),
    "not_required": (4, ""),
}


def cycle_svg(cycle: CyclePicture, title: str, words: Mapping[str, str]) -> Markup:
    """The keyhole of one element; ``words`` as for `cycle_defs`, whose pieces must stand in the page."""
    told = "; ".join(f"{words[stage]}: {words[state]}" for stage, state in cycle.stages)
    arrows = (cycle.origin_to_purpose, cycle.purpose_to_outcome, cycle.outcome_to_insight, cycle.insight_to_purpose)
    names = ["r-names", *(f"r-{stage}-{state}" for stage, state in cycle.stages)]
    names += [f"r-arrow-{number}" if holds else f"r-gap-{number}" for number, holds in enumerate(arrows)]
    return Markup(
        '<svg class="pic ring" role="img" width="{}" height="{}" viewBox="{} {} {} {}"'
        ' font-family="system-ui,sans-serif" font-size="13" fill="{}"><title>{}</title><desc>{}</desc>{}'
        '<text x="{}" y="{}" text-anchor="middle" font-weight="700" font-size="20">{} {} 4</text></svg>'
    ).format(
        WIDTH, HEIGHT, *_SHOWN, WIDTH, HEIGHT, INK, clean(title), told,
        Markup("").join(Markup('<use href="#{}"/>').format(name) for name in names),
        _CX, _CY + 1, cycle.held, words["of"],
    )  # fmt: skip


def cycle_defs(words: Mapping[str, str]) -> Markup:
    """Every piece a keyhole can be made of, each with an id.

    ``words`` holds the stage names, the state names, ``of`` (between the numbers) and ``holds`` (under them).
    """
    parts = [_mark(state) for state in _TEXTURES]
    parts += [_segment(stage, state, words[state]) for stage in STAGES for state in _TEXTURES]
    parts += [_arrows(), _names(words)]
    return Markup("").join(parts)


def _mark(state: str) -> Markup:
    """The mark in a disc, which keeps it readable on every texture."""
    colour = COLOURS[state][0]
    return Markup(
        '<g id="k-{}" class="g{}"><circle r="12" fill="{}" stroke="{}" stroke-width="2"/>'
        '<text y="4.5" text-anchor="middle" fill="{}" font-weight="700">{}</text></g>'
    ).format(state, LETTERS[state], PAPER, colour, colour, MARKS[state])


def _segment(stage: str, state: str, word: str) -> Markup:
    """The stem or an arc in one state, with its mark and the state in words."""
    colour = COLOURS[state][0]
    thick, dashes = _TEXTURES[state]
    path, (x, y) = f"M{_STEM[0]} {_CY}H{_STEM[1]}", ((_STEM[0] + _STEM[1]) / 2, float(_CY))
    if stage in _ARCS:
        begin, middle, end = _ARCS[stage]
        x, y = _point(middle)
        path = f"M{_xy(begin)}A{_R} {_R} 0 0 1 {_xy(end)}"
    label_x, _, anchor, label_y = _LABELS[stage]
    dashed = Markup(' stroke-dasharray="{}"').format(dashes) if dashes else ""
    return Markup(
        '<g id="r-{}-{}" class="g{}"><path d="{}" stroke="{}" fill="none" stroke-width="{}"{}/>'
        '<use href="#k-{}" x="{:.0f}" y="{:.0f}"/>'
        '<text text-anchor="{}" x="{}" y="{}" font-size="12" fill="{}">{}</text></g>'
    ).format(
        stage, state, LETTERS[state], path, colour, thick, dashed,
        state, x, y, anchor, label_x, label_y, colour, word,
    )  # fmt: skip


def _arrows() -> Markup:
    """Four arrowheads: filled where the arrow holds, hollow where it does not."""
    spots = ((_STEM[1] + 15.0, float(_CY), 0), (*_point(240), 330), (*_point(0), 90), (*_point(120), 210))
    parts = []
    for number, (x, y, turn) in enumerate(spots):
        place = f"translate({x:.0f} {y:.0f}) rotate({turn})"
        parts.append(
            Markup('<path id="r-arrow-{}" class="a" transform="{}" d="M-5-7L7 0L-5 7z" fill="{}"/>').format(
                number, place, MUTED
            )
        )
        parts.append(
            Markup(
                '<path id="r-gap-{}" class="x" transform="{}" d="M-5-6L6 0L-5 6z" fill="{}" stroke="{}"'
                ' stroke-width="2"/>'
            ).format(number, place, PAPER, MISSING)
        )
    return Markup("").join(parts)


def _names(words: Mapping[str, str]) -> Markup:
    names = Markup("").join(
        Markup('<text text-anchor="{}" x="{}" y="{}" font-weight="700">{}</text>').format(anchor, x, y, words[stage])
        for stage, (x, y, anchor, _) in _LABELS.items()
    )
    return Markup(
        '<g id="r-names">{}<text class="m" x="{}" y="{}" text-anchor="middle" font-size="12" fill="{}">{}</text></g>'
    ).format(names, _CX, _CY + 20, MUTED, words["holds"])


def _point(degrees: float) -> tuple[float, float]:
    angle = radians(degrees)
    return _CX + _R * cos(angle), _CY + _R * sin(angle)


def _xy(degrees: float) -> str:
    x, y = _point(degrees)
    return f"{x:.1f} {y:.1f}"
