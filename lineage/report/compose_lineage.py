"""The lineage picture of one element: touchpoints, stores, the element, its purposes, outcomes and insights.

Ids are made from keys, so that the same catalogue gives the same picture. Only neighbours are drawn: of the elements it
derives from the title, of outcomes and insights the newest of each use.
"""

from __future__ import annotations

from collections.abc import Sequence

from lineage.gate.findings import Finding
from lineage.gate.instants import within
from lineage.gate.table import Element
from lineage.judge.material import Body
from lineage.report.compose_facts import applied, newest_insight, newest_outcome, origin_state
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import Standing, is_applied, stage_state
from lineage.report.compose_words import basis, listed, period, quoted
from lineage.report.contexts_picture import (
    HOLDING,
    Column,
    LineageLink,
    LineageNode,
    LineagePicture,
    NodeState,
    Stage,
    StageState,
)

_RANK: tuple[NodeState, ...] = ("problem", "not_assessed", "partial", "expiring", "holds")
_ELSEWHERE = frozenset({"origin", "outcome", "insight"})
_NEAR_PURPOSE = frozenset({"purpose", "consent", "regulation", "expectation", "derivation", "request"})


class _Drawing:
    """Nodes and links in the making; what is put in twice stands once, in its worse state."""

    def __init__(self) -> None:
        self.nodes: dict[str, LineageNode] = {}
        self.links: dict[tuple[str, str], LineageLink] = {}

    def node(self, id_: str, column: Column, title: str, subtitle: str, state: NodeState, anchor: str | None) -> str:
        old = self.nodes.get(id_)
        kept = old.state if old and _RANK.index(old.state) < _RANK.index(state) else state
        self.nodes[id_] = LineageNode(id_, column, title, old.subtitle if old else subtitle, kept, anchor)
        return id_

    def link(self, source: str, target: str, state: NodeState, label: str = "", *, feedback: bool = False) -> None:
        old = self.links.get((source, target))
        if old and _RANK.index(old.state) <= _RANK.index(state):
            return
        self.links[source, target] = LineageLink(source, target, state, label, feedback)


def lineage(
    sight: Sight, element: Element, judged: Sequence[JudgedUse], stands: Standing, findings: Sequence[Finding]
) -> LineagePicture:
    """Draw where an element comes from, where it goes and where it stops."""
    if not sight.view.pictures:
        return LineagePicture((), ())
    drawing = _Drawing()
    kind = str(sight.record(element.key).body.get("kind") or "")
    drawing.node("element", "element", element.title, kind, _whole(stands), sight.anchor(element.key))
    for key, origin in sight.record(element.key).origins:
        _origin(sight, drawing, element, key, origin, findings, judged)
    for one in judged:
        _use(sight, drawing, one)
    return LineagePicture(tuple(drawing.nodes.values()), tuple(drawing.links.values()))


def _whole(stands: Standing) -> NodeState:
    """Give the state of the element itself: how many of its stages hold."""
    states = [state for _, state in stands.stages]
    if all(state in HOLDING for state in states):
        return "expiring" if "expiring" in states else "holds"
    return "partial" if any(state in HOLDING for state in states) else "problem"


# ---- where it comes from --------------------------------------------------------------------------------------------


def _origin(
    sight: Sight, drawing: _Drawing, element: Element, key: str, origin: Body, findings: Sequence[Finding],
    judged: Sequence[JudgedUse],
) -> None:  # fmt: skip
    about = [finding for finding in findings if finding.document == ("origin", key)]
    state = _origin_state(origin_state(key, origin, findings), about)
    label = next((finding.message for finding in about if finding.severity == "blocker"), "")
    anchor = _stage_anchor(sight, element.key, "origin")
    stored = origin.get("stored_in") or {}
    if stored.get("system"):
        kept = (origin.get("retention") or {}).get("period")
        country = str(stored.get("country") or "")
        where = f"{country or 'no country'}, {period(kept)}" if kept else country or "no country"
        store = f"store/{stored['system']}/{country}"
        drawing.node(store, "store", str(stored["system"]), where, "holds" if country else "problem", anchor)
    else:
        store = drawing.node("store/none", "store", "Store not declared", "", "problem", anchor)
    if origin.get("derived_from"):
        for item in origin["derived_from"]:
            _source(sight, drawing, element, item, store, judged)
    else:
        id_, title, subtitle = _touchpoint(sight, origin)
        drawing.node(id_, "touchpoint", title, subtitle, state, anchor)
        drawing.link(id_, store, state, label)
    # A store is as good as the origin that fills it: two origins of one store leave the worse state.
    drawing.link(store, "element", drawing.nodes[store].state, "derived" if origin.get("derived_from") else "")


def _origin_state(state: StageState, about: Sequence[Finding]) -> NodeState:
    if state in ("partial", "missing"):
        return "problem"
    if state == "not_assessed":
        return "not_assessed"
    return "partial" if any(finding.severity == "warning" for finding in about) else "holds"


def _touchpoint(sight: Sight, origin: Body) -> tuple[str, str, str]:
    """Give id, title and subtitle of where an origin begins."""
    key = origin.get("touchpoint")
    if key:
        found = sight.material.touchpoints.get(key, {})
        told = origin.get("told")
        notice = ", ".join(told) if isinstance(told, list) and told else "nobody is told"
        channel = f"{found['channel']}, " if found.get("channel") else ""
        return f"touchpoint/{key}", str(found.get("title") or key), f"{channel}{notice}"
    source = origin.get("source") or ""
    if source == "third_party":
        party = str(origin.get("party") or "")
        return f"touchpoint//party/{party}", sight.party(party) if party else "Third party not named", "third party"
    names = {"controller": ("The organisation", "made here"), "public": ("Public source", "not from the person")}
    title, subtitle = names.get(source, ("No touchpoint", "not declared"))
    return f"touchpoint//{source}", title, subtitle


def _source(
    sight: Sight, drawing: _Drawing, element: Element, item: Body, store: str, judged: Sequence[JudgedUse]
) -> None:
    """Draw an element this one derives from, with what travels along the edge."""
    key = item["element"]
    source = sight.table.elements.get(key)
    core = source.origin.cores[source.origin.at(sight.view.instant)] if source else None
    sound: NodeState = "holds" if core and core.stages[0] == "complete" else "problem"
    id_ = drawing.node(f"source/{key}", "touchpoint", sight.title(key), "source element", sound, sight.anchor(key))
    bans = [
        ban for ban in element.prohibitions
        if ban.source != element.key and ban.path[-2:-1] == (key,) and within(ban.windows, sight.view.instant)
    ]  # fmt: skip
    stopped = any(finding.stage == "derivation" for one in judged for finding in one.blockers)
    state: NodeState = sound if not bans else "problem" if stopped or sound == "problem" else "partial"
    forbidden = listed(dict.fromkeys(quoted(sight.purpose(ban.purpose)) for ban in bans))
    drawing.link(id_, store, state, f"derived, and brings along the prohibition of {forbidden}" if bans else "derived")


# ---- where it goes --------------------------------------------------------------------------------------------------


def _use(sight: Sight, drawing: _Drawing, judged: JudgedUse) -> None:
    use = judged.use
    state = _purpose_state(judged)
    law = basis(judged.record.body) or "no basis"
    purpose = f"purpose/{use.key}"
    anchor = _stage_anchor(sight, use.element, "purpose")
    drawing.node(purpose, "purpose", sight.purpose(use.purpose), f"{sight.process(use.process)} · {law}", state, anchor)
    drawing.link("element", purpose, state, next((f.message for f in judged.blockers if f.stage not in _ELSEWHERE), ""))
    outcome = _outcome(sight, drawing, judged, purpose)
    insight = _insight(sight, drawing, judged, outcome)
    if insight and is_applied(judged):
        drawing.link(insight, purpose, "expiring" if "insight" in judged.ending else "holds", feedback=True)


def _purpose_state(judged: JudgedUse) -> NodeState:
    """Give the state of a use apart from its origin, outcome and insight, which have boxes of their own."""
    about = [finding for finding in judged.answer.findings if finding.stage not in _ELSEWHERE]
    if any(finding.severity == "blocker" and not finding.unanswered for finding in about):
        return "problem"
    if any(finding.unanswered for finding in about):
        return "not_assessed"
    if judged.ending & _NEAR_PURPOSE:
        return "expiring"
    return "partial" if any(finding.severity == "warning" for finding in about) else "holds"


def _loop_state(judged: JudgedUse, stage: Stage) -> NodeState:
    """Give the state of an outcome or insight that is there: what its stage lacks is partial, not a hole."""
    state = stage_state(judged, stage)
    if state in ("complete", "not_required"):
        return "holds"
    stopped = judged.answer.effect == "deny" and any(f.stage == stage for f in judged.blockers)
    return "problem" if stopped else "expiring" if state == "expiring" else "partial"


def _outcome(sight: Sight, drawing: _Drawing, judged: JudgedUse, purpose: str) -> str:
    key = newest_outcome(sight, judged)
    anchor = _stage_anchor(sight, judged.use.element, "outcome")
    if not key:
        state = _hole(judged)
        note = "the pilot is running" if state == "partial" else ""
        id_ = drawing.node(f"outcome//{state}", "outcome", "No outcome yet", note, state, anchor)
        drawing.link(purpose, id_, state)
        return id_
    body = dict(judged.record.outcomes)[key]
    state = _loop_state(judged, "outcome")
    title = _observed(body, "organisation") or _observed(body, "subject") or key.rpartition("#")[2]
    id_ = drawing.node(f"outcome/{key}", "outcome", title, _sides(body), state, anchor)
    drawing.link(purpose, id_, state)
    return id_


def _observed(body: Body, name: str) -> str:
    return str((body.get(name) or {}).get("observed") or "")


def _sides(body: Body) -> str:
    """Say whom an outcome served."""
    values = {name: (body.get(name) or {}).get("value") for name in ("organisation", "subject")}
    if "harm" in values.values():
        return "harm"
    served = [name for name, value in values.items() if value == "benefit"]
    if len(served) == 2:
        return "both sides"
    return {"organisation": "us only", "subject": "the person only"}[served[0]] if served else "no benefit said"


def _insight(sight: Sight, drawing: _Drawing, judged: JudgedUse, outcome: str) -> str:
    """Draw the newest insight of a use, or the hole where it should be; give its id where it is there."""
    key = newest_insight(sight, judged)
    anchor = _stage_anchor(sight, judged.use.element, "insight")
    if not key:
        state = _hole(judged)
        id_ = drawing.node(f"insight//{state}", "insight", "No insight yet", "", state, anchor)
        drawing.link(outcome, id_, state)
        return ""
    body = dict(judged.record.insights)[key]
    state = _loop_state(judged, "insight")
    day = str(body.get("applied") or "")
    when = f"applied {day}" if applied(sight, body) else f"to be applied {day}" if day else "not applied"
    title = str(body.get("learned") or key.rpartition("#")[2])
    id_ = drawing.node(f"insight/{key}", "insight", title, when, state, anchor)
    drawing.link(outcome, id_, state)
    return id_


def _hole(judged: JudgedUse) -> NodeState:
    """A missing outcome or insight is a problem, unless a pilot runs: then it cannot be there yet."""
    return "partial" if judged.answer.cycle == "pilot" else "problem"


def _stage_anchor(sight: Sight, key: str, stage: Stage) -> str | None:
    anchor = sight.anchor(key)
    return f"{anchor}-{stage}" if anchor else None
