"""The timeline of one use: constant between the dates that are in its facts (DESIGN 4.8)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from lineage.domain.days import after
from lineage.domain.facts import Scope
from lineage.gate.purposes import Purposes
from lineage.gate.table import ALWAYS, Core, Subject, Timeline, Use
from lineage.judge.cycle_dates import CycleDates, Insight, Outcome
from lineage.judge.elements import ElementJudge, JudgedElement
from lineage.judge.material import Body, ElementRecord, Material, UseRecord
from lineage.judge.origins import captured_since, regimes_of
from lineage.judge.policies import Policies
from lineage.judge.uses import RegimeFacts, undated_use_facts
from lineage.judge.verdicts import Judge, Said, Situation

_PILOT = slice(-4, None)
_RUNS = ("running", "given", "given")
_CADENCE = {"attitudinal": "P6M", "behavioural": "P6M"}


class UseJudge:
    """Judges uses one by one; everything they share was judged before or is remembered."""

    def __init__(self, material: Material, policies: Policies, judge: Judge, purposes: Purposes, elements: ElementJudge, phases: Sequence[int]) -> None:  # noqa: PLR0913 - the rooms it joins
        self._material = material
        self._policies = policies
        self._judge = judge
        self._purposes = purposes
        self._elements = elements
        self._phases = phases
        self._waivers = [_Waiver(body, material) for _, body in material.waivers]

    def use(self, use: UseRecord) -> Use:
        """Give a permitted use with its timeline, also under each further regime that it declares."""
        body = use.body
        record = self._material.elements[body["element"]]
        regimes = regimes_of(self._material, record, body.get("audience") or "")
        declared = set(body.get("basis") or {}) | self._unconditional()
        beyond = {more: self._timeline(use, record, (*regimes, more)) for more in sorted(declared - set(regimes))}
        return Use(
            key=use.key,
            element=record.key,
            process=body["process"],
            purpose=body["purpose"],
            audience=body.get("audience") or "",
            timeline=self._timeline(use, record, regimes),
            beyond=beyond,
        )

    def _unconditional(self) -> set[str]:
        """Regimes with rules that ask for neither basis nor status: nothing has to be declared under them."""
        terms = self._material.vocabulary.regimes
        return {r for r in self._policies.regimes if r in terms and not terms[r].needs_basis and not terms[r].needs_status}

    def _timeline(self, use: UseRecord, record: ElementRecord, regimes: tuple[str, ...]) -> Timeline:
        situation = _Situated(self, use, record, regimes)
        starts: list[int] = []
        cores: list[Core] = []
        subjects: list[tuple[Subject, ...]] = []
        for start in situation.starts():
            core, about = situation.at(start)
            if cores and cores[-1] is core and subjects[-1] == about:
                continue
            starts.append(start)
            cores.append(core)
            subjects.append(about)
        return Timeline(tuple(starts), tuple(cores), tuple(subjects))


class _Waiver:
    """A waiver ready to be matched; one that was not approved by somebody else matches nothing."""

    def __init__(self, body: Body, material: Material) -> None:
        self.pattern = str(body["finding"])
        self.covers: Mapping[str, Any] = body.get("covers") or {}
        asked, approved = body.get("requested_by"), body.get("approved_by")
        sound = asked and approved and asked != approved and body.get("until") and body.get("reason") and self.covers
        self.until = after(body["until"], material.zone) if sound else ALWAYS

    def fits(self, use: Use | Body, regimes: tuple[str, ...], purposes: Purposes) -> bool:
        """Tell whether it covers a use: OR within a key, AND across keys; a purpose covers narrower ones."""
        body: Any = use
        if self.until == ALWAYS:
            return False
        covering = purposes.covering(body["purpose"])
        tests = {
            "elements": lambda keys: body["element"] in keys,
            "processes": lambda keys: body.get("process") in keys,
            "purposes": lambda keys: any(key in covering for key in keys),
            "regimes": lambda keys: bool(set(keys) & set(regimes)),
        }
        return all(tests[name](keys) for name, keys in self.covers.items() if name in tests)


class _Situated:
    """One use under its regimes: everything undated is worked out once, ``at`` adds the dates."""

    def __init__(self, judge: UseJudge, use: UseRecord, record: ElementRecord, regimes: tuple[str, ...]) -> None:
        material = judge._material  # noqa: SLF001 - two halves of one thing
        self._j = judge
        self._regimes = regimes
        self._element = judge._elements.get(record.key)  # noqa: SLF001
        process = material.processes[use.body["process"]][0]
        purposes = judge._purposes  # noqa: SLF001
        undated = undated_use_facts(material, purposes, process, use.body, regimes)
        self._head = (*self._element.facts, *undated)
        strict = record.body.get("kind") == "attitudinal" or "special" in self._element.facts[4] or _minors(material, use.body, record)
        cadence = "P3M" if process.get("automation") == "full" else _CADENCE.get(record.body.get("kind") or "", "P12M")
        self._dates = CycleDates(use, material.zone, material.defaults, cadence, captured_since(record), bool(strict))
        installed = judge._policies.regimes  # noqa: SLF001
        self._law = [RegimeFacts(material, record, use.body, regime, regime in installed, purposes) for regime in regimes]
        self._waivers = [w for w in judge._waivers if w.fits(use.body, regimes, purposes)]  # noqa: SLF001
        self._names = {
            "element": record.key, "title": str(record.body.get("title") or record.key), "process": use.body["process"],
            "purpose": use.body["purpose"], "audience": use.body.get("audience") or "", "broad": use.body["purpose"],
            "review_by": self._dates.review_day, "review_end": self._dates.review_end_day,
            "pilot_until": self._dates.pilot.until if self._dates.pilot else "",
            "pilot_limit": self._dates.pilot.limit if self._dates.pilot else "",
        }  # fmt: skip
        self._documents = {"element": record.key, "use": use.key, "process": use.body["process"]}
        self._fixed_said, self._fixed_subjects = self._fixed(self._element, use, record)

    def _fixed(self, element: JudgedElement, use: UseRecord, record: ElementRecord) -> tuple[list[Said], list[Subject]]:
        """Say what no date of the use touches: the element, its origins, its audiences, and regimes' rules on them."""
        elements = self._j._elements  # noqa: SLF001
        said, subjects = list(element.said), list(element.subjects)
        for regime in self._regimes:
            said.extend(elements.said_under(element, regime))
        audiences = (use.body["audience"],) if use.body.get("audience") else tuple(record.body.get("audiences") or ())
        for key in audiences:
            facts = elements.audience(key)
            if facts is None:
                continue
            for regime in ("", *self._regimes):
                said.extend(Said(r, r.judge(facts), len(subjects)) for r in self._j._policies.rulesets_for(Scope.AUDIENCE, regime))  # noqa: SLF001
            subjects.append(Subject(self._names | {"audience": key}, {**self._documents, "audience": key}))
        return said, subjects

    def starts(self) -> list[int]:
        """Give every instant from which something may be different, the first before all dates."""
        found = self._dates.breakpoints()
        for law in self._law:
            found |= law.breakpoints()
        found.update(waiver.until for waiver in self._waivers)
        found.update(self._j._phases)  # noqa: SLF001
        found.add(ALWAYS)
        return sorted(found)

    def at(self, instant: int) -> tuple[Core, tuple[Subject, ...]]:
        """Judge one instant."""
        dated, outcome, insight = self._dates.facts(instant)
        facts = (*self._head, *dated)
        subject = len(self._fixed_subjects)
        rulesets = self._j._policies.rulesets_for  # noqa: SLF001
        said = [*self._fixed_said, *(Said(r, r.judge(facts), subject) for key in ("", *self._regimes) for r in rulesets(Scope.USE, key))]
        subjects = [*self._fixed_subjects, self._use_subject(outcome, insight)]
        consent, regulatory = "not_required", []
        for regime, law in zip(self._regimes, self._law, strict=True):
            own, shown, key = law.at(instant)
            record = (*facts, *own)
            said.extend(Said(r, r.judge(record), len(subjects)) for name in ("", regime) for r in rulesets(Scope.REGIME, name))
            subjects.append(self._regime_subject(regime, law, own, key))
            regulatory.append((regime, "unknown" if own[5] == "missing" else own[5]))
            consent = shown if shown != "not_required" else consent
        situation = Situation(
            applied="given" == dated[_APPLIED],
            pilot=tuple(dated[_PILOT][:3]) == _RUNS,
            waived=tuple(sorted({w.pattern for w in self._waivers if instant < w.until})),
            consent=consent,
            regulatory=tuple(regulatory),
            phase=bisect_right(self._j._phases, instant) - 1,  # noqa: SLF001
        )
        return self._j._judge.core(said, situation), tuple(subjects)  # noqa: SLF001

    def _use_subject(self, outcome: Outcome | None, insight: Insight | None) -> Subject:
        names = dict(self._names)
        documents = dict(self._documents)
        if outcome:
            names |= {"outcome": outcome.key.rpartition("#")[2], "outcome_due": outcome.due_day, "outcome_end": outcome.end_day}
            documents["outcome"] = outcome.key
        if insight:
            names["insight"] = insight.key.rpartition("#")[2]
            documents["insight"] = insight.key
        return Subject(names, documents)

    def _regime_subject(self, regime: str, law: RegimeFacts, facts: tuple[Any, ...], consent: str) -> Subject:
        shown = f" ({consent.rpartition('#')[2]}: {facts[10]})" if consent else ""
        names = self._names | {"regime": regime, "basis": facts[3], "status": facts[5], "status_end": law.status_end, "consent": shown}
        documents = dict(self._documents)
        if facts[5] != "missing":
            documents["regulatory"] = f"{documents['element']}#{regime}"
        if consent:
            documents["consent"] = consent
        return Subject(names, documents)


_APPLIED = 3 + 9 + 4
"""Place of ``insight.applied`` among the dated facts: review, changed, ended, nine of the outcome, four of the insight."""


def _minors(material: Material, use: Body, record: ElementRecord) -> bool:
    audiences = (use["audience"],) if use.get("audience") else tuple(record.body.get("audiences") or ())
    return any(material.audiences.get(key, {}).get("minor") for key in audiences)
