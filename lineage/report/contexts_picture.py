"""What the two pictures of an element are drawn from: the usage cycle and the lineage.

The pictures and the tables beside them read the same objects, so they can not tell different stories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal["origin", "purpose", "outcome", "insight"]
StageState = Literal["complete", "partial", "missing", "expiring", "not_assessed", "not_required"]
NodeState = Literal["holds", "partial", "problem", "expiring", "not_assessed"]
Column = Literal["touchpoint", "store", "element", "purpose", "outcome", "insight"]
CycleState = Literal["incomplete", "pilot", "complete", "stale", "suspended", "retired"]

STAGES: tuple[Stage, ...] = ("origin", "purpose", "outcome", "insight")
COLUMNS: tuple[Column, ...] = ("touchpoint", "store", "element", "purpose", "outcome", "insight")

#: Stage states that do not stop the cycle; an expiring stage still holds today.
HOLDING: frozenset[StageState] = frozenset({"complete", "expiring", "not_required"})


@dataclass(frozen=True, slots=True)
class CyclePicture:
    """The usage cycle as a keyhole: four stages and the four arrows that may hold between them."""

    origin: StageState
    """State of the stem: how the element was captured."""
    purpose: StageState
    """State of the left arc of the ring."""
    outcome: StageState
    """State of the upper right arc."""
    insight: StageState
    """State of the lower right arc."""
    origin_to_purpose: bool
    """Whether an origin reaches the purpose."""
    purpose_to_outcome: bool
    """Whether an outcome cites the purpose."""
    outcome_to_insight: bool
    """Whether an insight cites the outcome."""
    insight_to_purpose: bool
    """Whether the insight's decision has been applied: the arrow that closes the loop."""
    state: CycleState
    """The cycle as a whole; a running pilot may be used before it is complete."""

    @property
    def stages(self) -> tuple[tuple[Stage, StageState], ...]:
        """The four stages in the order in which the cycle is told."""
        return (
            ("origin", self.origin),
            ("purpose", self.purpose),
            ("outcome", self.outcome),
            ("insight", self.insight),
        )

    @property
    def held(self) -> int:
        """How many of the four stages hold; the number in the middle of the ring."""
        return sum(state in HOLDING for _, state in self.stages)


@dataclass(frozen=True, slots=True)
class LineageNode:
    """One box of the lineage picture."""

    id: str
    """Names the node inside this picture; links refer to it."""
    column: Column
    """The column it stands in: touchpoint, store, element, purpose, outcome or insight."""
    title: str
    """Its name; wrapped to two lines in the picture, whole in the table."""
    subtitle: str
    """A few words under the name, or empty."""
    state: NodeState
    """holds, partial, problem, expiring or not_assessed."""
    anchor: str | None = None
    """Anchor in this report that the box opens, without '#'; None when there is none."""


@dataclass(frozen=True, slots=True)
class LineageLink:
    """One arrow of the lineage picture, and one row of the table under it."""

    source: str
    """Id of the node it leaves."""
    target: str
    """Id of the node it enters."""
    state: NodeState
    """Broken links (problem) are drawn dashed and thicker."""
    label: str = ""
    """What the link says, for the table; empty when the two ends say it all."""
    feedback: bool = False
    """True for insight → purpose; drawn in the gutter under the columns."""


@dataclass(frozen=True, slots=True)
class LineagePicture:
    """Where an element comes from, where it goes and where it stops."""

    nodes: tuple[LineageNode, ...]
    """All boxes; ids are unique."""
    links: tuple[LineageLink, ...]
    """All arrows; both ends are ids of nodes."""

    def __post_init__(self) -> None:
        """Refuse a picture its table could not be written from."""
        known = {node.id for node in self.nodes}
        if len(known) < len(self.nodes):
            raise ValueError("two nodes of a lineage picture have the same id")
        loose = {end for link in self.links for end in (link.source, link.target)} - known
        if loose:
            raise ValueError(f"links of a lineage picture end at nodes it does not have: {sorted(loose)}")

    @property
    def titles(self) -> dict[str, str]:
        """Node id → full title, for the table of links."""
        return {node.id: node.title for node in self.nodes}
