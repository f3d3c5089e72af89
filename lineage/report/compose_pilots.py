"""The burn-down of pilots: how long each still runs, and what its cycle still lacks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, cast

from lineage.gate.table import STAGES, Element
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.contexts_element import Effect
from lineage.report.contexts_picture import Stage
from lineage.report.contexts_told import PilotRow

MOST = 200
"""Pilots listed at most: those that end first."""


class _Pilot(NamedTuple):
    """A pilot in the order in which it is listed: legacy before others, then what ends first."""

    ordinary: bool
    until: str
    element: str
    process: str
    purpose: str
    audience: str
    row: PilotRow


class Pilots:
    """Collects the pilots that run or are planned, element by element."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._found: list[_Pilot] = []

    def add(self, element: Element, judged: Sequence[JudgedUse]) -> None:
        """Take in one element; what is over is no pilot any more, and its use has findings that say so."""
        for one in judged:
            pilot = one.record.body.get("pilot")
            until = dict(one.use.timeline.naming.names).get("pilot_until") or ""
            if pilot and pilot.get("from") and until >= self._sight.today and one.answer.cycle != "retired":
                row = self._row(element, one, pilot["from"][:10], until)
                use = one.use
                self._found.append(
                    _Pilot(not row.legacy, until, use.element, use.process, use.purpose, use.audience, row)
                )

    def _row(self, element: Element, judged: JudgedUse, start: str, until: str) -> PilotRow:
        sight, body = self._sight, judged.record.body["pilot"]
        first, last, today = (date.fromisoformat(day[:10]) for day in (start, until, sight.today))
        open_ = [stage for stage in STAGES if judged.answer.stages[stage] not in ("complete", "not_required")]
        return PilotRow(
            element=element.title,
            anchor=sight.anchor(element.key),
            process=sight.process(judged.use.process),
            purpose=sight.purpose(judged.use.purpose),
            legacy=bool(body.get("legacy")),
            until=until,
            days=(last - first).days + 1,
            gone=max((today - first).days, 0),
            open=cast("tuple[Stage, ...]", tuple(open_)),
            effect=cast("Effect", judged.answer.effect),
            owner=str(body.get("owner") or ""),
        )

    def rows(self) -> tuple[PilotRow, ...]:
        """Give the pilots, legacy ones first, then by their last day."""
        return tuple(pilot.row for pilot in sorted(self._found, key=lambda found: found[:-1])[:MOST])
