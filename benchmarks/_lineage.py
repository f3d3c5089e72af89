"""Cycle and restrictions of a large catalogue, from arrays and from plain networkx; each as a process of its own.

The catalogue has 20 layers; each element of a later one derives from two of the layer before. One element in a hundred lacks
a stage, one in three hundred declares one of 20 restrictions. Both ways must come to the same counts.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import process_time
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LAYERS = 20
STAGES = 5


def columns(count: int) -> tuple[Any, ...]:
    """Give rows (element, stage) of what is complete, the sources and targets of derivations, and restriction masks."""
    import numpy as np

    chance = np.random.default_rng(20261122)
    wide = -(-count // LAYERS)
    targets = np.repeat(np.arange(wide, count, dtype=np.int32), 2)
    sources = ((targets // wide - 1) * wide + chance.integers(0, wide, len(targets))).astype(np.int32)
    held = np.ones((count, STAGES), bool)
    lacking = chance.choice(count, count // 100, replace=False)
    held[lacking, chance.integers(1, STAGES, len(lacking))] = False
    elements, stages = np.nonzero(held)
    masks = np.zeros(count, np.uint64)
    few = chance.choice(count, max(1, count // 300), replace=False)
    masks[few] = np.uint64(1) << chance.integers(0, 20, len(few)).astype(np.uint64)
    return elements.astype(np.int32), stages.astype(np.uint8), sources, targets, masks


def with_arrays(count: int) -> dict[str, float]:
    """Judge everything from arrays, then change one element with some ten thousand descendants."""
    from lineage.cycle.arrays import Bulk, stand, states_from

    elements, stages, sources, targets, masks = columns(count)
    start = process_time()
    standing = stand(Bulk(states_from(count, elements, stages), sources, targets, masks), arrays=True)
    took = process_time() - start
    return {
        "cpu_s": took, "closed": sum(standing.closed), "masks": sum(standing.restrictions), "peak_mib": peak(),
    } | push(10_000)  # fmt: skip


def push(descendants: int) -> dict[str, float]:
    """Change a source of ``descendants`` elements: once where all hold the restriction already, once where none does."""
    import numpy as np

    from lineage.cycle.live import live

    targets = np.arange(2, descendants + 2, dtype=np.int32)
    twice = [np.zeros(descendants, np.int32), np.ones(descendants, np.int32)]
    own = np.zeros(descendants + 2, np.uint64)
    own[1] = 1
    kept = live(descendants + 2, np.concatenate(twice), np.concatenate([targets, targets]), own, arrays=True)
    kept.change(0, 0)
    start = process_time()
    same = kept.change(0, 1)
    stayed = process_time() - start
    start = process_time()
    other = kept.change(0, 2)
    changed = process_time() - start
    assert (len(same), len(other)) == (1, descendants + 1)
    return {"push_same_s": stayed, "push_changed_s": changed}


def with_networkx(count: int) -> dict[str, float]:
    """Judge everything on plain networkx graphs: one of stages, one of elements."""
    import networkx as nx

    elements, stages, sources, targets, masks = (column.tolist() for column in columns(count))
    start = process_time()
    held = [[False] * STAGES for _ in range(count)]
    for element, stage in zip(elements, stages, strict=True):
        held[element][stage] = True
    graph: Any = nx.DiGraph()
    for element, (origin, purpose, outcome, insight, applied) in enumerate(held):
        first = 4 * element
        graph.add_node(first)
        steps = (origin and purpose, purpose and outcome, outcome and insight)
        graph.add_edges_from((first + n, first + n + 1) for n, there in enumerate(steps) if there)
        if insight and applied:
            graph.add_edge(first + 3, first + 1)
    closed = sum(
        1
        for part in nx.strongly_connected_components(graph)
        if len(part) == STAGES - 2 and graph.has_edge(first := min(part) // 4 * 4, first + 1)
    )
    lineage: Any = nx.DiGraph()
    lineage.add_nodes_from(range(count))
    lineage.add_edges_from(zip(sources, targets, strict=True))
    for level in nx.topological_generations(lineage):
        for element in level:
            for source in lineage.pred[element]:
                masks[element] |= masks[source]
    return {"cpu_s": process_time() - start, "closed": closed, "masks": sum(masks), "peak_mib": peak()}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    ways = {"arrays": with_arrays, "networkx": with_networkx}
    print("RESULT " + json.dumps(ways[sys.argv[1]](int(sys.argv[2]))))
