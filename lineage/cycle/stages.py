"""The stage graph: does Origin reach Purpose, and do Purpose, Outcome and Insight form a loop?

Nodes are the four stages as string keys. The verdict depends on the shape alone, that is on which of the four possible
edges exist, so that networkx judges each shape once (docs/deciding.md).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import networkx as nx

STAGES = ("origin", "purpose", "outcome", "insight")
EDGES = (("origin", "purpose"), ("purpose", "outcome"), ("outcome", "insight"), ("insight", "purpose"))
SHAPES = 1 << len(EDGES)


class StageStates(NamedTuple):
    """What the findings say of one use at one instant: which stages are complete, and whether the decision is applied."""

    origin: bool
    purpose: bool
    outcome: bool
    insight: bool
    applied: bool


def shape_of(states: StageStates) -> int:
    """Give the shape as a bit mask over ``EDGES``.

    An edge exists when its target stage is complete and cites its source; a source that is not complete cannot be
    cited. The edge back exists when the insight's decision has been applied.
    """
    forward = (states.origin and states.purpose, states.purpose and states.outcome, states.outcome and states.insight)
    back = states.insight and states.applied
    return sum(1 << bit for bit, there in enumerate((*forward, back)) if there)


@cache
def is_closed(shape: int) -> bool:
    """Tell whether the cycle of this shape is closed: the origin reaches the purpose and the other three are one component.

    Raises ValueError for a number that is no shape.
    """
    graph = _graph(shape)
    import networkx as nx

    loop = {"purpose", "outcome", "insight"}
    return nx.has_path(graph, "origin", "purpose") and any(
        loop <= part for part in nx.strongly_connected_components(graph)
    )


def missing_edges(shape: int) -> tuple[tuple[str, str], ...]:
    """Name the edges that would have to exist to close the cycle."""
    return tuple(edge for bit, edge in enumerate(EDGES) if not shape >> bit & 1)


def open_stages(states: StageStates) -> tuple[str, ...]:
    """Name the stages that keep the cycle open, in order; the insight also when its decision is not applied."""
    held = (states.origin, states.purpose, states.outcome, states.insight and states.applied)
    return tuple(stage for stage, holds in zip(STAGES, held, strict=True) if not holds)


def _graph(shape: int) -> nx.DiGraph[str]:
    import networkx as nx

    if not 0 <= shape < SHAPES:
        raise ValueError(f"{shape} is no shape of the stage graph")
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(STAGES)
    graph.add_edges_from(edge for bit, edge in enumerate(EDGES) if shape >> bit & 1)
    return graph
