"""The expectation audit: what people were told beside what is done, flow by flow, with the gaps between (docs/deciding.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lineage.errors import Refused
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.findings import Finding, finding_of
from lineage.gate.nearest import did_you_mean
from lineage.gate.table import Subject, Use
from lineage.judge.material import Body, ElementRecord
from lineage.services.views import Times, View, open_view, uncollected
from lineage.store.database import Database

LEVELS = ("high", "medium", "low", "none")
IDLE = "usage-cycle/G7"
_LEVEL_OF = {
    "usage-cycle/G1": "high",
    "usage-cycle/G2": "high",
    "usage-cycle/G3": "high",
    "usage-cycle/G1-medium": "medium",
    "usage-cycle/G5": "medium",
    "usage-cycle/G6": "medium",
    "usage-cycle/G4": "low",
    "usage-cycle/G4-undated": "low",
    "blocker": "high",
    "warning": "medium",
    "note": "low",
}
"""Level of a gap by its code; of what other packs say about expectations by its severity."""
_NOBODYS = ("anonymised", "non_personal")


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference between told and done; one that was accepted for a time is open no longer."""

    code: str
    level: str
    accepted: bool
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A use for one audience, or (without a process) a use that people are told of and nobody makes.

    ``expected`` says that people were told of it and nothing promised is broken or gone beyond; ``told`` holds the
    sentences in words, each with the key of its statement.
    """

    touchpoints: tuple[str, ...]
    element: str
    process: str
    purpose: str
    audience: str
    expected: bool
    told: tuple[str, ...]
    recipients: tuple[str, ...]
    retention: str
    countries: tuple[str, ...]
    gaps: tuple[Gap, ...]

    @property
    def level(self) -> str:
        """The worst gap that is open: high, medium, low or none."""
        return min((gap.level for gap in self.gaps if not gap.accepted), key=LEVELS.index, default="none")


@dataclass(frozen=True, slots=True)
class Audit:
    """Every flow of personal data in view, worst first, and the titles of the touchpoints."""

    view: View
    flows: tuple[Flow, ...]
    titles: Mapping[str, str]


def audit(database: Database, times: Times, touchpoint: str = "", process: str = "", *, digest: bool = False) -> Audit:
    """Compare told with done for every flow, of all touchpoints and processes or of one.

    Raises Refused for a touchpoint or process that is not in the catalogue.
    """
    view = open_view(database, times, digest=digest)
    material = view.compiled.material
    _require("touchpoint", touchpoint, material.touchpoints)
    _require("process", process, view.table.processes)
    with uncollected():
        found = [*_uses(view, process), *([] if process else _idle(view))]
    flows = [flow for flow in found if not touchpoint or touchpoint in flow.touchpoints]
    flows.sort(key=lambda f: (LEVELS.index(f.level), f.element, f.process, f.purpose, f.audience))
    titles = {key: str(body.get("title") or key) for key, body in sorted(material.touchpoints.items())}
    return Audit(view, tuple(flows), titles)


def _require(kind: str, key: str, known: Mapping[str, Any]) -> None:
    if key and key not in known:
        raise Refused(f"there is no {kind} {key}", did_you_mean(key, known) or f"see lineage {kind} list")


def _uses(view: View, process: str) -> Iterator[Flow]:
    """Give the flow of every permitted use of personal data, for each audience by itself; what has ended flows no more."""
    bodies = {use.key: use.body for use in view.compiled.material.uses}
    for use in view.table.uses:
        element = view.table.elements[use.element]
        if (process and use.process != process) or element.retired or _nobodys(view, use.element):
            continue
        for audience in (use.audience,) if use.audience else element.audiences or ("",):
            question = Question(use.process, use.element, use.purpose, view.at.microseconds, audience, use=use.key)
            answered = answer(view.table, question)
            if answered.cycle != "retired":
                yield _flow(view, use, bodies[use.key], audience, answered)


def _nobodys(view: View, element: str) -> bool:
    record = view.compiled.material.elements.get(element)
    return record is not None and record.body.get("identifiability") in _NOBODYS


def _flow(view: View, use: Use, body: Body, audience: str, answered: Answer) -> Flow:
    known, material = view.compiled.known, view.compiled.material
    record = material.elements[use.element]
    audiences = (audience,) if audience else ()
    told = known.told(body, record, audiences)
    _, flow, broken, exceeded, *_ = told.at(view.at.microseconds)[0]
    covering = known.expectations.covering(body, record, audiences, view.at.microseconds)
    says = covering if isinstance(body.get("told"), list) else ()
    recipients = tuple(material.processes[use.process][0].get("recipients") or ())
    gaps = (_gap(finding) for finding in answered.findings if finding.stage == "expectation" and finding.code != IDLE)
    return Flow(
        touchpoints=_touchpoints(view, record),
        element=use.element,
        process=use.process,
        purpose=use.purpose,
        audience=audience,
        expected=flow == "told" and not broken and exceeded == "no",
        told=tuple(dict.fromkeys(f"{key}: {in_words(sentence)}" for key, sentence in says)),
        recipients=recipients,
        retention=known.expectations.captured(record).kept,
        countries=_countries(view, record, recipients),
        gaps=tuple(gaps),
    )


def _gap(finding: Finding) -> Gap:
    level = _LEVEL_OF.get(finding.code) or _LEVEL_OF[finding.severity]
    return Gap(finding.code, level, level == "high" and finding.severity != "blocker", finding.message, finding.fix)


def _touchpoints(view: View, record: ElementRecord) -> tuple[str, ...]:
    """Give where people met whoever captured an element, or what it derives from."""
    known, elements = view.compiled.known, view.compiled.material.elements
    records = [record, *(elements[way.source] for way in known.laws.sources.of(record.key) if way.source in elements)]
    return tuple(sorted({key for each in records for key in known.expectations.captured(each).touchpoints}))


def _countries(view: View, record: ElementRecord, recipients: Iterable[str]) -> tuple[str, ...]:
    """Give the countries data rests in or goes to."""
    stored = [(origin.get("stored_in") or {}).get("country") for _, origin in record.origins]
    parties = [view.compiled.material.parties.get(key, {}).get("country") for key in recipients]
    return tuple(sorted({country for country in (*stored, *parties) if country}))


def _idle(view: View) -> Iterator[Flow]:
    """Give what people have long been told of and nobody does."""
    material, table = view.compiled.material, view.table
    number = table.numbers.get(IDLE)
    for statement, element, purpose in view.compiled.known.expectations.idle(view.at.microseconds):
        if number is None or _nobodys(view, element):
            continue
        body = material.statements[statement]
        sentences = [s for s in body["says"] if element in (s.get("elements") or ()) and s.get("purpose") == purpose]
        names = {"element": element, "promised": f"{purpose} ({statement})", "statement": statement}
        yield Flow(
            touchpoints=tuple(sorted(body.get("touchpoints") or ())),
            element=element,
            process="",
            purpose=purpose,
            audience=", ".join(body.get("audiences") or ()),
            expected=False,
            told=tuple(
                f"{statement}: {in_words(sentence)}" for sentence in sentences if sentence["modality"] == "will"
            ),
            recipients=(),
            retention="",
            countries=(),
            gaps=(_gap(finding_of(table.rules[number], "note", Subject(names, {}), number)),),
        )


def in_words(sentence: Body) -> str:
    """Say a sentence of a statement in words; what it leaves open is said too."""
    recipients = sentence.get("recipients")
    whom = "to whom is open" if recipients is None else f"given to {', '.join(recipients) or 'nobody'}"
    period = sentence.get("retention")
    verb = str(sentence.get("modality") or "will").replace("_", " ")
    parts = [
        f"{verb} be used for {sentence.get('purpose') or 'an open purpose'}",
        whom,
        f"kept for {period}" if period else "how long is open",
        *([f"so that: {sentence['benefit']}"] if sentence.get("benefit") else []),
    ]
    return ", ".join(parts)


def summary(flows: Iterable[Flow], touchpoint: str = "") -> dict[str, Any]:
    """Count flows, those people were told of, and open gaps by code; and flows at each touchpoint (empty: none known).

    With ``touchpoint`` the flows are those of one, and no other is counted.
    """
    every = list(flows)
    done = [flow for flow in every if flow.process]
    codes = Counter(gap.code for flow in every for gap in flow.gaps if not gap.accepted)
    places = [touchpoint] if touchpoint else sorted({key for flow in done for key in flow.touchpoints or ("",)})
    return {
        **_share(done),
        "gaps": dict(sorted(codes.items())),
        "touchpoints": {key: _share([f for f in done if key in (f.touchpoints or ("",))]) for key in places},
    }


def _share(flows: list[Flow]) -> dict[str, Any]:
    told = sum(flow.expected for flow in flows)
    return {"flows": len(flows), "told": told, "share_told": round(told / len(flows), 3) if flows else None}
