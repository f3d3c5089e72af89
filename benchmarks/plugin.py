"""Our gate for a benchmark harness of somebody else's: ``--plugin benchmarks.plugin:Engine``.

The harness hands over elements, a tree of purposes, grants, prohibitions, lineage and elements whose cycle is open, and
asks by (element, purpose, process). In its rules a question for a broad purpose is not touched by a prohibition of a
narrower one; in ours it is. So each purpose that has narrower ones becomes two: one that covers, and under it one that is
asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks._grants import Ask, Grants
from benchmarks._ours import OurGate

Request = tuple[str, str, str]


class Handed(Grants):
    """What a harness handed over, in our form."""

    def __init__(self, workload: Any) -> None:
        parents: dict[str, str | None] = workload.purpose_parent
        broad = {parent for parent in parents.values() if parent}
        self._cover = {purpose: f"all-{purpose}" if purpose in broad else purpose for purpose in parents}
        self.above_of = {}
        for purpose, parent in parents.items():
            above = (self._cover[parent],) if parent else ()
            self.above_of[self._cover[purpose]] = above
            if purpose in broad:
                self.above_of[purpose] = (self._cover[purpose],)
        self.purposes = list(self.above_of)
        self.elements, self.processes = list(workload.elements), list(workload.processes)
        self.parents = {element: tuple(above) for element, above in workload.parents.items()}
        self.grants = sorted(
            Ask(process, element, self._cover[purpose]) for element, purpose, process in workload.grants
        )
        self.prohibitions = sorted((element, self._cover[purpose]) for element, purpose in workload.prohibitions)
        self.open = frozenset(workload.incomplete)
        self.size = len(self.grants)
        self.questions = []


class Engine:
    """``Gate.may`` with reasons; answers to the same question are remembered."""

    name = "usage-cycle"
    batch = 10_000

    def load(self, workload: Any) -> None:
        self.ours = OurGate()
        grants = Handed(workload)
        self.ours.prepare(grants)
        self.ours.load(grants)
        self._may, self._many = self.ours.gate.may, self.ours.gate.may_many
        self._at, self._audience, self._regime = self.ours.at, self.ours.audience, self.ours.regime

    def decide(self, element: str, purpose: str, process: str) -> bool:
        return bool(self._may(process, element, purpose, audience=self._audience, regime=self._regime, at=self._at))

    def decide_explained(self, element: str, purpose: str, process: str) -> tuple[bool, Any]:
        found = self._may(process, element, purpose, audience=self._audience, regime=self._regime, at=self._at)
        return found.effect == "allow", found

    def decide_batch(self, requests: Sequence[Request]) -> list[bool]:
        elements, purposes, processes = zip(*requests, strict=True)
        return self._many(  # type: ignore[no-any-return]
            processes, elements, purposes, audiences=self._audience, regime=self._regime, at=self._at
        )

    def encode(self, requests: Sequence[Request]) -> tuple[Any, Any, Any]:
        processes, elements, purposes = self.ours.columns([Ask(p, e, u) for e, u, p in requests])
        return elements, purposes, processes

    def decide_batch_ids(self, elements: Any, purposes: Any, processes: Any) -> Any:
        return self.ours.numbered(processes, elements, purposes)
