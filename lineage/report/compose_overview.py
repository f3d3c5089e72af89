"""The first pass over all elements: rows, counts, bars, processes. Each answer is asked once, small rows are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from lineage.domain.canonical import canonical
from lineage.domain.days import after
from lineage.gate.findings import Finding
from lineage.gate.table import Element
from lineage.report.compose_attention import Attention
from lineage.report.compose_calendar import Calendar
from lineage.report.compose_data import result
from lineage.report.compose_pilots import Pilots
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import HOLDS, Standing, regime_statuses, standing, words
from lineage.report.compose_told import ToldTally
from lineage.report.compose_words import count
from lineage.report.contexts import CountsContext, ElementRow, KindBar, ProcessRow, ProcessUse, StageCell
from lineage.report.contexts_element import Effect
from lineage.report.contexts_picture import Stage, StageState

MOST_RESULTS = 1000
"""With more uses than this the file carries no data block: it would be larger than the report."""

_KINDS = ("identity", "descriptive", "attitudinal", "behavioural", "")


@dataclass
class Overview:
    """What the first pass found out."""

    sight: Sight
    rows: list[ElementRow] = field(default_factory=list)
    attention: Attention = field(init=False)
    calendar: Calendar = field(init=False)
    told: ToldTally = field(init=False)
    pilots: Pilots = field(init=False)
    results: list[dict[str, Any]] = field(default_factory=list)
    audiences: Counter[str] = field(default_factory=Counter)
    _tally: Counter[str] = field(default_factory=Counter)
    _bars: dict[str, Counter[str]] = field(default_factory=dict)
    _uses: dict[str, list[ProcessUse]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.attention = Attention(self.sight)
        self.calendar = Calendar(self.sight)
        self.told = ToldTally(self.sight)
        self.pilots = Pilots(self.sight)

    @classmethod
    def of(cls, sight: Sight) -> Overview:
        """Walk all elements in scope once."""
        found = cls(sight)
        uses = sum(len(sight.table.elements[key].uses) for key in sight.keys)
        for key in sight.keys:
            found._element(sight.table.elements[key], with_data=uses <= MOST_RESULTS)
        return found

    def _element(self, element: Element, *, with_data: bool) -> None:
        judged = self.sight.judged(element)
        findings = self.sight.element_findings(element, judged)
        stands = standing(self.sight, element, judged, findings)
        self._count(element, judged, stands)
        self.rows.append(_row(self.sight, element, judged, stands, findings))
        self.attention.add(element, judged, findings)
        self.calendar.add(element, judged)
        self.told.add(element, judged)
        self.pilots.add(element, judged)
        self._processes(element, judged)
        if with_data:
            self.results.extend(result(self.sight, one) for one in judged)

    def _count(self, element: Element, judged: Sequence[JudgedUse], stands: Standing) -> None:
        self.audiences.update(element.audiences)
        self._tally.update({
            "uses": len(judged), "allowed": stands.allowed, "bound": stands.with_obligations, "denied": stands.denied,
            "undecided": stands.undecided, stands.readiness: 1,
            "near": sum(one.answer.effect == "allow" and bool(one.ending) for one in judged),
            "lapse": sum(one.answer.effect == "allow" and self._lapses(one.answer.holds_until) for one in judged),
        })  # fmt: skip
        bar = self._bars.setdefault(str(self.sight.record(element.key).body.get("kind") or ""), Counter())
        bar.update(["elements", *(stage for stage, state in stands.stages if state in HOLDS)])

    def _lapses(self, holds_until: str | None) -> bool:
        return bool(holds_until) and after(str(holds_until), self.sight.zone) <= self.sight.soon

    def _processes(self, element: Element, judged: Sequence[JudgedUse]) -> None:
        sight, anchor = self.sight, self.sight.anchor(element.key)
        for one in judged:
            effect = cast("Effect", one.answer.effect)
            shown = ProcessUse(element.title, anchor, sight.purpose(one.use.purpose), effect)
            self._uses.setdefault(one.use.process, []).append(shown)
        for record in sight.bans(element.key):
            ban = ProcessUse(element.title, anchor, sight.purpose(record.body["purpose"]), "prohibited")
            self._uses.setdefault(record.body.get("process") or "", []).append(ban)

    # ---- what came of it --------------------------------------------------------------------------------------------

    def counts(self) -> CountsContext:
        """Give the numbers of the first page."""
        tally = self._tally
        return CountsContext(
            elements=len(self.rows),
            ready=tally["ready"],
            with_limits=tally["with_limits"],
            not_ready=tally["not_ready"],
            not_assessed=tally["not_assessed"],
            uses=tally["uses"],
            allowed=tally["allowed"],
            with_obligations=tally["bound"],
            denied=tally["denied"],
            undecided=tally["undecided"],
            lapsing=tally["lapse"],
        )

    def headline(self) -> str:
        """Give the answer in one true sentence with numbers."""
        counts, near = self.counts(), self._tally["near"]
        if not counts.elements:
            return "No element is in scope, so nothing can be said."
        elements = count(counts.elements, "element")
        if not counts.uses:
            return f"No process has asked to use {'it' if counts.elements == 1 else 'any'}: {elements} without a use."
        uses = count(counts.uses, "use")
        if counts.allowed == counts.uses:
            parts = [f"{counts.with_obligations} with obligations"] if counts.with_obligations else []
            parts += [f"{near} due for renewal within 30 days"] if near else []
            are = "The only use is" if counts.uses == 1 else f"All {uses} are"
            return f"{are} allowed{''.join(f', {part}' for part in parts)}."
        stopped = counts.uses - counts.allowed
        reason = self.attention.first()
        why = f"; the first reason is that {reason}" if reason else ""
        word = "undecided" if stopped == counts.undecided else "not allowed"
        open_ = f", {counts.undecided} of them undecided" if 0 < counts.undecided < stopped else ""
        which = "The only use is" if counts.uses == 1 else f"{stopped} of {uses} {'is' if stopped == 1 else 'are'}"
        return f"{which} {word}{open_}{why}."

    def bars(self) -> tuple[KindBar, ...]:
        """Give the stages that hold, by kind of data."""
        return tuple(
            KindBar(kind, bar["elements"], bar["origin"], bar["purpose"], bar["outcome"], bar["insight"])
            for kind in (*_KINDS, *sorted(set(self._bars) - set(_KINDS)))
            if (bar := self._bars.get(kind))
        )

    def processes(self) -> tuple[ProcessRow, ...]:
        """Give the processes with what they use; retired or idle ones only where they use something in scope."""
        sight = self.sight
        rows = []
        for key, process in sight.table.processes.items():
            used = self._uses.get(key)
            if used or not (process.retired or sight.view.keys):
                rows.append(ProcessRow(key, process.title, sight.owner(key), tuple(used or ())))
        if "" in self._uses:
            # A prohibition may bind every process; it belongs to whoever answers for the element.
            rows.append(ProcessRow("*", "Every process", "the stewards", tuple(self._uses[""])))
        return tuple(rows)

    def data(self, **head: Any) -> str:
        """Give the answers as canonical JSON; nothing where there are too many."""
        counts = self.counts()
        if counts.uses > MOST_RESULTS:
            return ""
        table = self.sight.table
        summary = {"elements": counts.elements, "uses": counts.uses, "allow": counts.allowed, "deny": counts.denied,
                   "undecided": counts.undecided}  # fmt: skip
        catalogue = {"revision": table.revision, "digest": table.digest}
        return canonical({
            "schema": "lineage.report/1", **head, "catalogue": catalogue, "summary": summary, "results": self.results,
        })  # fmt: skip


# ---- one row --------------------------------------------------------------------------------------------------------


def _row(
    sight: Sight, element: Element, judged: Sequence[JudgedUse], stands: Standing, findings: Sequence[Finding]
) -> ElementRow:
    anchor = sight.anchor(element.key)
    cells = {
        stage: StageCell(state, _note(stage, state, judged, findings), f"{anchor}-{stage}" if anchor else None)
        for stage, state in stands.stages
    }
    return ElementRow(
        key=element.key,
        title=element.title,
        kind=str(sight.record(element.key).body.get("kind") or ""),
        anchor=anchor,
        origin=cells["origin"],
        purpose=cells["purpose"],
        outcome=cells["outcome"],
        insight=cells["insight"],
        consent=StageCell(stands.consent, _consent_note(stands.consent, judged), anchor),
        regulatory=StageCell(stands.regulatory, _regulatory_note(sight, element, stands, judged, findings), anchor),
        may_be_used=stands.readiness,
    )


def _note(stage: Stage, state: StageState, judged: Sequence[JudgedUse], findings: Sequence[Finding]) -> str:
    """Say in two or three words why a stage does not hold."""
    if state in ("complete", "not_required"):
        return ""
    if state == "expiring":
        return _until(judged, stage)
    if stage == "origin":
        gaps = sum(f.stage == "origin" and f.severity == "blocker" for f in findings)
        return count(gaps, "gap") if gaps else ""
    if not judged:
        return "no use"
    open_ = sum(one.answer.stages[stage] != "complete" for one in judged)
    return f"{open_} of {len(judged)} open" if len(judged) > 1 else ""


def _until(judged: Sequence[JudgedUse], stage: str) -> str:
    days = [one.answer.holds_until for one in judged if stage in one.ending and one.answer.holds_until]
    return f"until {min(days)}" if days else ""


def _consent_note(state: StageState, judged: Sequence[JudgedUse]) -> str:
    if state == "expiring":
        return _until(judged, "consent")
    if state in ("complete", "not_required") or not judged:
        return ""
    found = sorted({one.answer.consent for one in judged} - {"given", "renewed", "not_required"})
    return {"none": "none declared"}.get(found[0], words(found[0])) if found else ""


def _regulatory_note(
    sight: Sight, element: Element, stands: Standing, judged: Sequence[JudgedUse], findings: Sequence[Finding]
) -> str:
    if stands.regulatory in ("complete", "not_required"):
        return ""
    if stands.regulatory == "expiring":
        return _until(judged, "regulation")
    record = sight.record(element.key)
    open_ = {s.regime for one in judged for s in regime_statuses(sight, record, one) if s.state == stands.regulatory}
    if open_:
        return f"{min(open_)}{f' and {len(open_) - 1} more' if len(open_) > 1 else ''}"
    gaps = {f.code for f in findings if f.stage == "regulation" and f.severity == "blocker"}
    gaps |= {f.code for one in judged for f in one.blockers if f.stage == "regulation"}
    return count(len(gaps), "gap") if gaps else "no status"
