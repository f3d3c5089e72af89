"""Where the boxes and arrows of a lineage picture stand: six fixed columns, few crossings, the same answer every time.

Boxes are ordered within their column by barycentre sweeps: each box moves to the mean place of its neighbours in the
next column. A link that skips columns gets a waypoint in each column it passes, so that it runs between boxes.
"""

from __future__ import annotations

import itertools
from collections import defaultdict, deque
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from lineage.report.contexts_picture import COLUMNS, LineageLink, LineageNode, LineagePicture
from lineage.report.text import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 1164
BOX, GAP, LEFT, TOP = 150, 46, 4, 40
LINE, PAD, SPACE = 16, 10, 14
#: more boxes than this are not drawn; the table names all
LIMIT = 60
#: feedback links side by side; further ones share the last lane
LANES, LANE, GUTTER = 4, 6, 30
#: from the left side of a box to its text
INSET = 26
_TEXT_ROOM = (BOX - INSET - 8) / 12
# Regular letters run narrower than the bold ones that `text.width` measures.
_SMALL_ROOM = _TEXT_ROOM / 0.88
_SWEEPS = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A placed node: its corner, its height and its text broken into lines."""

    node: LineageNode
    x: float
    y: float
    height: float
    title: tuple[str, ...]
    subtitle: tuple[str, ...]

    @property
    def middle(self) -> float:
        """Height at which links enter and leave."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture, ready to be drawn."""

    boxes: tuple[Box, ...]
    paths: tuple[tuple[LineageLink, str], ...]
    height: float
    gutter: float | None
    """Where the uppermost lane of the way back runs, None when nothing goes back."""


@dataclass(slots=True)
class _Cell:
    """A node or, with height 0, a waypoint of a link on its way through a column."""

    name: str
    column: int
    height: float
    rank: int
    y: float = 0.0


def lay_out(picture: LineagePicture) -> Layout:
    """Place every node of ``picture``, up to LIMIT, and route its links."""
    nodes = _nearest(picture)
    wrapped = {n.id: _wrapped(n) for n in nodes}
    known = set(wrapped)
    links = [link for link in picture.links if link.source in known and link.target in known]
    cells = {
        n.id: _Cell(n.id, COLUMNS.index(n.column), height(sum(map(len, wrapped[n.id]))), i) for i, n in enumerate(nodes)
    }
    routes = _waypoints(links, cells)
    neighbours = _neighbours(routes.values())
    columns = [sorted((c for c in cells.values() if c.column == i), key=lambda c: c.rank) for i in range(len(COLUMNS))]
    _order(columns, neighbours)
    bottom = _place(columns, neighbours)
    boxes = {n.id: Box(n, _x(cells[n.id].column), cells[n.id].y, cells[n.id].height, *wrapped[n.id]) for n in nodes}
    backward = [link for link in links if _goes_back(link, cells)]
    paths = tuple((link, _path(link, boxes, cells, routes, backward, bottom)) for link in links)
    gutter = bottom + GUTTER if backward else None
    foot = bottom if gutter is None else gutter + LANE * (min(len(backward), LANES) - 1)
    drawn = sorted(boxes.values(), key=lambda box: (box.x, box.y))
    return Layout(tuple(drawn), paths, foot + 12, gutter)


def _nearest(picture: LineagePicture) -> tuple[LineageNode, ...]:
    """All nodes when they fit, else those nearest to the element, troubled ones first, in their own order."""
    if len(picture.nodes) <= LIMIT:
        return picture.nodes
    beside = defaultdict(list)
    for link in picture.links:
        beside[link.source].append(link.target)
        beside[link.target].append(link.source)
    queue = deque(node.id for node in picture.nodes if node.column == "element")
    steps = dict.fromkeys(queue, 0)
    while queue:
        name = queue.popleft()
        for other in beside[name]:
            if other not in steps:
                steps[other] = steps[name] + 1
                queue.append(other)
    far = len(picture.nodes)
    ranked = sorted(picture.nodes, key=lambda n: (steps.get(n.id, far), n.state == "holds"))
    kept = {node.id for node in ranked[:LIMIT]}
    return tuple(node for node in picture.nodes if node.id in kept)


def height(lines: int) -> int:
    """How tall a box of so many lines is."""
    return PAD + LINE * lines + PAD


def _wrapped(node: LineageNode) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Title and subtitle broken into two lines each at most; a missing subtitle takes no line."""
    subtitle = wrap(node.subtitle, _SMALL_ROOM, 2)
    return wrap(node.title, _TEXT_ROOM, 2), () if subtitle == ("",) else subtitle


def _x(column: int) -> float:
    return LEFT + column * (BOX + GAP)


def _goes_back(link: LineageLink, cells: dict[str, _Cell]) -> bool:
    return link.feedback or cells[link.target].column < cells[link.source].column


def _waypoints(links: list[LineageLink], cells: dict[str, _Cell]) -> dict[int, list[_Cell]]:
    """For each forward link, by its identity, the cells it passes; adds the waypoints to ``cells``."""
    routes = {}
    for number, link in enumerate(links):
        begin, end = cells[link.source], cells[link.target]
        if _goes_back(link, cells) or begin.column == end.column:
            continue
        route = [begin]
        for column in range(begin.column + 1, end.column):
            # A name no node can have, since node ids hold no line breaks once placed here.
            point = _Cell(f"\n{number}-{column}", column, 0, begin.rank)
            cells[point.name] = point
            route.append(point)
        routes[id(link)] = [*route, end]
    return routes


def _neighbours(routes: Iterable[list[_Cell]]) -> dict[str, dict[int, list[_Cell]]]:
    """Cell → the column beside it → the cells it is linked to there."""
    beside: dict[str, dict[int, list[_Cell]]] = defaultdict(lambda: defaultdict(list))
    for route in routes:
        for left, right in itertools.pairwise(route):
            beside[left.name][right.column].append(right)
            beside[right.name][left.column].append(left)
    return beside


def _order(columns: list[list[_Cell]], neighbours: dict[str, dict[int, list[_Cell]]]) -> None:
    """Sweep right and left; in the end each cell's rank is its place in its column."""
    for column in columns:
        _number(column)
    for sweep in range(_SWEEPS):
        step = -1 if sweep % 2 == 0 else 1
        for column in columns if step < 0 else reversed(columns):
            means = {}
            for cell in column:
                beside = neighbours[cell.name][cell.column + step]
                means[cell.name] = fmean(other.rank for other in beside) if beside else float(cell.rank)
            column.sort(key=lambda cell: (means[cell.name], cell.rank))
            _number(column)


def _number(column: list[_Cell]) -> None:
    for place, cell in enumerate(column):
        cell.rank = place


def _place(columns: list[list[_Cell]], neighbours: dict[str, dict[int, list[_Cell]]]) -> float:
    """Give each cell its height on the page and return the bottom of the tallest column."""
    tall = max((_stack(column) for column in columns), default=0)
    for column in columns:
        y = TOP + (tall - _stack(column)) / 2
        for cell in column:
            cell.y = y
            y += cell.height + SPACE
    for column in (*columns[1:], *reversed(columns[:-1]), *columns[1:]):
        wished = []
        for cell in column:
            beside = [other for group in neighbours[cell.name].values() for other in group]
            middle = fmean(o.y + o.height / 2 for o in beside) if beside else cell.y + cell.height / 2
            wished.append(middle - cell.height / 2)
        _settle(column, wished, TOP, TOP + tall)
    return TOP + tall


def _stack(column: list[_Cell]) -> float:
    return sum(cell.height + SPACE for cell in column) - SPACE if column else 0


def _settle(column: list[_Cell], wished: list[float], top: float, bottom: float) -> None:
    """Move cells as near to the wished heights as their order, their sizes and the frame allow."""
    at = top
    for cell, wish in zip(column, wished, strict=True):
        cell.y = max(at, wish)
        at = cell.y + cell.height + SPACE
    at = bottom
    for cell in reversed(column):
        cell.y = float(round(min(cell.y, at - cell.height)))
        at = cell.y - SPACE


def _path(
    link: LineageLink,
    boxes: dict[str, Box],
    cells: dict[str, _Cell],
    routes: dict[int, list[_Cell]],
    backward: list[LineageLink],
    bottom: float,
) -> str:
    begin, end = boxes[link.source], boxes[link.target]
    if _goes_back(link, cells):
        return _round_trip(begin, end, min(backward.index(link), LANES - 1), bottom)
    if begin.x == end.x:
        # Two elements of one column: out and in on the left side, so that the lanes on the right stay free.
        x = begin.x
        return f"M{x:g} {begin.middle:g}C{x - 26:g} {begin.middle:g} {x - 26:g} {end.middle:g} {x - 2:g} {end.middle:g}"
    return _forward(begin, end, routes[id(link)])


def _forward(begin: Box, end: Box, route: list[_Cell]) -> str:
    """A curve from box to box, or through the waypoints between them; written relative, which is shorter."""
    x, y = begin.x + BOX, begin.middle
    steps = [f"M{x:g} {y:g}"]
    for cell in route[1:]:
        last = cell is route[-1]
        across, down = _x(cell.column) - (1 if last else 0) - x, (end.middle if last else cell.y) - y
        half = round(across / 2)
        steps.append(f"c{half} 0 {half} {down:g} {across:g} {down:g}" if down else f"h{across:g}")
        if not last:
            steps.append(f"h{BOX}")
        x, y = x + across + (0 if last else BOX), y + down
    return "".join(steps)


def _round_trip(begin: Box, end: Box, lane: int, bottom: float) -> str:
    """Out to the right, down, along the gutter under all boxes, up and into the box below its middle."""
    right, left, low = begin.x + BOX + 10 + LANE * lane, end.x - 12 - LANE * lane, bottom + GUTTER + LANE * lane
    # Below the middle, where the forward arrow arrives.
    enter = end.middle + min(12.0, end.height / 2 - 6)
    return (
        f"M{begin.x + BOX:g} {begin.middle:g}H{right - 6:g}q6 0 6 6V{low - 6:g}q0 6-6 6"
        f"H{left + 6:g}q-6 0-6-6V{enter + 6:g}q0-6 6-6H{end.x - 1:g}"
    )
