"""The lineage of one element as SVG: where it comes from, where it goes, where it stops.

Colours, sizes and letter sizes are attributes, so that the picture stays legible where style sheets are dropped;
classes add the dark scheme. Boxes that open a section are links, therefore the picture is a group and not one image.
Frames, marks, column heads and arrowheads are drawn once in the page (`lineage_defs`) and referred to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from lineage.report.contexts_picture import COLUMNS, LineageLink, LineagePicture
from lineage.report.lineage_layout import BOX, GAP, INSET, LEFT, LIMIT, LINE, PAD, WIDTH, Box, Layout, height, lay_out
from lineage.report.palette import COLOURS, INK, LETTERS, LINK, MARKS, MISSING, MUTED
from lineage.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

#: kind of link → class, colour, width, further attributes, arrowhead
_LINKS = {
    "ok": ("e", MUTED, "1.5", Markup(""), "o"),
    "bad": ("eb", MISSING, "2.5", Markup(' stroke-dasharray="6 4"'), "b"),
    "back": ("ef", LINK, "1.75", Markup(""), "f"),
    "bad_back": ("eb", MISSING, "2.5", Markup(' stroke-dasharray="6 4"'), "b"),
}
_STATES = ("holds", "partial", "problem", "expiring", "not_assessed")
#: from a box's corner to the baseline of its first line; text is placed from there
_BASE = PAD + 12


def lineage_svg(picture: LineagePicture, title: str, words: Mapping[str, str]) -> Markup:
    """The picture of one element; ``words`` as for `lineage_defs`, whose pieces must stand in the page."""
    layout = lay_out(picture)
    head = Markup(
        '<svg class="pic lin" role="group" width="{}" height="{:.0f}" viewBox="0 0 {} {:.0f}"'
        ' font-family="system-ui,sans-serif" font-size="12" fill="{}"><title>{}</title><use href="#b-head"/>'
    ).format(WIDTH, layout.height, WIDTH, layout.height, INK, clean(title))
    parts = [head, _empty_columns(layout, words)]
    # Boxes lie over the links, the way back over both: it has to be seen whole.
    parts += [_links(layout, kind) for kind in ("ok", "bad")]
    parts += [_box(box, words) for box in layout.boxes]
    parts += [_links(layout, kind) for kind in ("back", "bad_back")]
    parts += [_feedback_name(layout, words), Markup("</svg>")]
    return Markup("").join(parts)


def lineage_omitted(picture: LineagePicture) -> int:
    """How many boxes the picture leaves out; its table leaves out none."""
    return max(0, len(picture.nodes) - LIMIT)


def lineage_defs(words: Mapping[str, str]) -> Markup:
    """Frames in every state and size, column heads and arrowheads, each with an id.

    ``words`` holds the column heads, the node states, ``feedback`` (the name of the way back) and ``empty`` (said in a
    column without boxes).
    """
    parts = [_head(words)]
    parts += [_frame(state, lines) for state in _STATES for lines in (1, 2, 3, 4)]
    # In user units: arrowheads must not grow with the line.
    shape = Markup(
        '<marker id="b-{}" class="{}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9"'
        ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="{}"/></marker>'
    )
    parts += [shape.format(end, name, colour) for name, colour, end in (("e", MUTED, "o"), ("eb", MISSING, "b"))]
    parts.append(shape.format("f", "ef", LINK))
    return Markup("").join(parts)


def _head(words: Mapping[str, str]) -> Markup:
    names = (
        Markup('<text x="{:g}" y="22">{}</text>').format(_centre(place), words[column])
        for place, column in enumerate(COLUMNS)
    )
    return Markup('<g id="b-head" class="m" fill="{}" text-anchor="middle" font-weight="700">{}</g>').format(
        MUTED, Markup("").join(names)
    )


def _frame(state: str, lines: int) -> Markup:
    line, paper = COLOURS[state]
    tall = height(lines)
    return Markup(
        '<g id="b-{}-{}" class="g{}"><rect x="{}" y="{}" width="{}" height="{}" rx="5" fill="{}" stroke="{}"'
        ' stroke-width="{}"{}/><text x="{}" y="{:g}" font-size="14" fill="{}">{}</text></g>'
    ).format(
        state, lines, LETTERS[state], -INSET, -_BASE, BOX, tall, paper, line,
        1.25 if state in ("holds", "not_assessed") else 2,
        Markup(' stroke-dasharray="5 3"') if state == "problem" else "",
        8 - INSET, tall / 2 + 5 - _BASE, line, MARKS[state],
    )  # fmt: skip


def _centre(place: int) -> float:
    return LEFT + place * (BOX + GAP) + BOX / 2


def _empty_columns(layout: Layout, words: Mapping[str, str]) -> Markup:
    used = {box.node.column for box in layout.boxes}
    return Markup("").join(
        Markup('<text class="m" x="{:g}" y="{:.0f}" text-anchor="middle" fill="{}">{} </text>').format(
            _centre(place), (layout.height + 32) / 2, MUTED, words["empty"]
        )
        for place, column in enumerate(COLUMNS)
        if column not in used
    )


def _kind(link: LineageLink) -> str:
    broken = link.state == "problem"
    if link.feedback:
        return "bad_back" if broken else "back"
    return "bad" if broken else "ok"


def _links(layout: Layout, kind: str) -> Markup:
    paths = [path for link, path in layout.paths if _kind(link) == kind]
    if not paths:
        return Markup("")
    name, colour, wide, more, end = _LINKS[kind]
    return Markup('<g class="{}" fill="none" stroke="{}" stroke-width="{}"{} marker-end="url(#b-{})">{}</g>').format(
        name, colour, wide, more, end, Markup("").join(Markup('<path d="{}"/>').format(path) for path in paths)
    )


def _box(box: Box, words: Mapping[str, str]) -> Markup:
    """A box: frame and mark, name, words under it. The full name and the state in words are its title.

    Each line ends in a space, so that words stay apart where the picture is read as text.
    """
    node = box.node
    # What the box could not show whole is told whole; the state always, since the mark alone has no name.
    cut = node.subtitle if any(line.endswith("…") for line in box.subtitle) else ""
    told = ", ".join(part for part in (clean(node.title), clean(cut), words[node.state]) if part)
    lines = [(line, Markup("")) for line in box.title]
    lines += [(line, Markup(' class="m"')) for line in box.subtitle]
    text = Markup("").join(
        Markup("<text{}{}>{} </text>").format(name, Markup(' y="{}"').format(LINE * place) if place else "", line)
        for place, (line, name) in enumerate(lines)
    )
    # An anchor without target is a plain group to everybody who reads the page.
    tag = "a" if node.anchor else "g"
    return Markup('<{} class="n"{} transform="translate({:.0f} {:.0f})"><title>{}</title>{}{}</{}>').format(
        tag, Markup(' href="#{}"').format(node.anchor) if node.anchor else "", box.x + INSET, box.y + _BASE,
        told, Markup('<use href="#b-{}-{}"/>').format(node.state, len(lines)), text, tag,
    )  # fmt: skip


def _feedback_name(layout: Layout, words: Mapping[str, str]) -> Markup:
    """The way back says what it is, on its uppermost lane."""
    if layout.gutter is None or not any(link.feedback for link, _ in layout.paths):
        return Markup("")
    return Markup('<text class="f" x="{:g}" y="{:.0f}" text-anchor="middle" fill="{}">{}</text>').format(
        _centre(4), layout.gutter - 7, LINK, words["feedback"]
    )
