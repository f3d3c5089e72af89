"""The timeline of one use: constant between the dates that are in its facts.

Most uses of a catalogue are alike: the same facts, their dates in the same order. Such a pattern is judged once; every
other use of it takes over the verdicts and puts its own dates to them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from lineage.domain.facts import Scope
from lineage.gate.purposes import Purposes
from lineage.gate.table import ALWAYS, Choice, Core, Law, Naming, Subject, Timeline, Use
from lineage.judge.consents import ConsentDates
from lineage.judge.cycle_dates import APPLIED, FOREVER, CycleDates
from lineage.judge.elements import ElementJudge, Profile
from lineage.judge.material import Body, ElementRecord, Material, UseRecord
from lineage.judge.origins import regimes_of
from lineage.judge.policies import Policies
from lineage.judge.uses import ElementLaw, RegimeFacts, process_facts, purpose_state, use_facts
from lineage.judge.verdicts import Judge, Said, Situation
from lineage.judge.waivers import Waiver

_GOOD = ("not_required", "given", "renewed")
"""Consent states that give way to another regime's: the answer shows the worst."""
_RUNS = ["running", "given", "given"]
_CADENCE = {"attitudinal": "P6M", "behavioural": "P6M"}


class _Fixed(NamedTuple):
    """What no date of a use touches: the rules' answers on its element, origins and audiences, and what they are about."""

    said: tuple[Said, ...]
    key: tuple[Any, ...]
    subjects: tuple[Subject, ...]
    laws: tuple[ElementLaw, ...]
    minors: bool
    strict: bool


class _Pattern(NamedTuple):
    """A timeline without dates: each interval's start as a place in the order of instants, its verdict and choice."""

    places: tuple[int, ...]
    cores: tuple[Core, ...]
    choices: tuple[Choice, ...]


class UseJudge:
    """Judges uses one by one; everything they share was judged before or is remembered."""

    def __init__(
        self,
        material: Material,
        policies: Policies,
        judge: Judge,
        purposes: Purposes,
        elements: ElementJudge,
        phases: Sequence[int],
    ) -> None:
        self._material = material
        self._policies = policies
        self._judge = judge
        self._purposes = purposes
        self._elements = elements
        self._phases = tuple(phases)
        self._waivers = [Waiver(body, material) for _, body in material.waivers]
        self._processes = {key: process_facts(body) for key, (body, _) in material.processes.items()}
        self._bases = {
            key: frozenset(value.get("regimes") or ())
            for key, value in material.vocabulary.enumerations.get("basis", {}).items()
        }
        self._said: dict[tuple[Any, ...], tuple[Said, ...]] = {}
        self._states: dict[str, str] = {}
        self._fixed_of: dict[tuple[str, str, tuple[str, ...]], _Fixed] = {}
        self._regimes_of: dict[tuple[str, str], tuple[str, ...]] = {}
        self._patterns: dict[tuple[Any, ...], _Pattern] = {}
        terms = material.vocabulary.regimes
        self._unconditional = {
            r for r in policies.regimes if r in terms and not terms[r].needs_basis and not terms[r].needs_status
        }

    def use(self, use: UseRecord) -> Use:
        """Give a permitted use with its timeline, also under each further regime that it declares."""
        body = use.body
        element, audience = body["element"], body.get("audience") or ""
        record = self._material.elements[element]
        timeline, beyond = self._sides(use, record, audience)
        each = record.body.get("audiences") or ()
        apart = {key: self._sides(use, record, key) for key in each} if not audience and len(each) > 1 else {}
        return Use(use.key, element, body["process"], body["purpose"], audience, timeline, beyond, apart)

    def _sides(self, use: UseRecord, record: ElementRecord, audience: str) -> tuple[Timeline, dict[str, Timeline]]:
        """Give the timeline for an audience (empty: all of the element's), and those under one further regime each."""
        regimes = self._regimes(record, audience)
        further = (self._unconditional | set(use.body.get("basis") or ())) - set(regimes)
        beyond = {more: self._timeline(use, record, audience, (*regimes, more)) for more in sorted(further)}
        return self._timeline(use, record, audience, regimes), beyond

    def _regimes(self, record: ElementRecord, audience: str) -> tuple[str, ...]:
        found = self._regimes_of.get((record.key, audience))
        if found is None:
            found = self._regimes_of[record.key, audience] = regimes_of(self._material, record, audience)
        return found

    def _timeline(self, use: UseRecord, record: ElementRecord, audience: str, regimes: tuple[str, ...]) -> Timeline:
        body, material = use.body, self._material
        fixed = self._fixed(record, audience, regimes)
        process = self._processes[body["process"]]
        cadence = "P3M" if process[3] == "full" else _CADENCE.get(record.body.get("kind") or "", "P12M")
        dates = CycleDates(use, material.zone, material.defaults, cadence, fixed.strict)
        laws, named = self._laws(body, _audiences(audience, record), record, regimes, fixed)
        waivers = (
            [waiver for waiver in self._waivers if waiver.fits(body, regimes, self._purposes)] if self._waivers else []
        )
        undated = (*process, *use_facts(self._state(body["purpose"]), body, regimes))
        instants = [ALWAYS, FOREVER, *self._phases, *dates.instants(), *(waiver.until for waiver in waivers)]
        for law in laws:
            instants += law.instants()
        order = sorted(set(instants))
        place = {instant: number for number, instant in enumerate(order)}
        key = (
            fixed.key, undated, dates.kind(), tuple([law.kind() for law in laws]), regimes,
            tuple([waiver.pattern for waiver in waivers]), tuple([place[instant] for instant in instants]),
        )  # fmt: skip
        pattern = self._patterns.get(key)
        if pattern is None:
            head = (*self._elements.get(record.key).facts, *undated)
            pattern = self._patterns[key] = self._judged(_Asked(fixed, head, dates, laws, regimes, waivers), order)
        starts = tuple([order[number] for number in pattern.places])
        return Timeline(
            starts, pattern.cores, pattern.choices, self._naming(use, record, audience, fixed, dates, named)
        )

    def _state(self, purpose: str) -> str:
        found = self._states.get(purpose)
        if found is None:
            found = self._states[purpose] = purpose_state(self._purposes, self._material.vocabulary.root, purpose)
        return found

    def _laws(
        self, body: Body, audiences: tuple[str, ...], record: ElementRecord, regimes: tuple[str, ...], fixed: _Fixed
    ) -> tuple[list[RegimeFacts], tuple[Law, ...]]:
        bases = body.get("basis") or {}
        facts, named = [], []
        for regime, law in zip(regimes, fixed.laws, strict=True):
            basis = bases.get(regime) or "missing"
            consents = (
                ConsentDates(self._material, record, body["purpose"], regime, audiences, self._purposes)
                if basis == "consent"
                else None
            )
            facts.append(RegimeFacts(law, basis, regime in self._bases.get(basis, ()), fixed.minors, consents))
            named.append(Law(regime, basis, law.status_end, consents.keys if consents else ()))
        return facts, tuple(named)

    def _fixed(self, record: ElementRecord, audience: str, regimes: tuple[str, ...]) -> _Fixed:
        name = (record.key, audience, regimes)
        found = self._fixed_of.get(name)
        if found is None:
            found = self._fixed_of[name] = self._make_fixed(record, audience, regimes)
        return found

    def _make_fixed(self, record: ElementRecord, audience: str, regimes: tuple[str, ...]) -> _Fixed:
        element = self._elements.get(record.key)
        audiences = tuple([key for key in _audiences(audience, record) if self._elements.audience(key) is not None])
        key = (element.profile.number, audiences, regimes)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = tuple(self._say(element.profile, audiences, regimes, len(element.subjects)))
        subjects = list(element.subjects)
        for name in audiences:
            names = {"element": record.key, "title": element.subjects[0].names["title"], "audience": name}
            subjects.append(Subject(names, {"element": record.key, "audience": name}))
        minors = any(self._material.audiences[name].get("minor") for name in audiences)
        laws = tuple(
            [ElementLaw(self._material, record, regime, regime in self._policies.regimes) for regime in regimes]
        )
        sensitive = any(law.sensitivity in ("special", "criminal") for law in laws)
        strict = minors or sensitive or record.body.get("kind") == "attitudinal"
        return _Fixed(said, key, tuple(subjects), laws, bool(minors), bool(strict))

    def _say(
        self, profile: Profile, audiences: tuple[str, ...], regimes: tuple[str, ...], number: int
    ) -> Iterator[Said]:
        yield from profile.said
        for regime in regimes:
            yield from self._elements.said_under(profile, regime)
        for place, key in enumerate(audiences, start=number):
            facts = self._elements.audience(key)
            if facts is not None:
                for regime in ("", *regimes):
                    yield from (
                        Said(r, r.judge(facts), place) for r in self._policies.rulesets_for(Scope.AUDIENCE, regime)
                    )

    def _naming(
        self,
        use: UseRecord,
        record: ElementRecord,
        audience: str,
        fixed: _Fixed,
        dates: CycleDates,
        laws: tuple[Law, ...],
    ) -> Naming:
        body, pilot = use.body, dates.pilot
        names = (
            ("element", record.key), ("title", record.body.get("title") or record.key), ("process", body["process"]),
            ("purpose", body["purpose"]), ("audience", audience), ("whose", f" of {audience}" if audience else ""),
            ("pilot_until", pilot.until if pilot else ""), ("pilot_limit", pilot.limit if pilot else ""),
        )  # fmt: skip
        documents = (("element", record.key), ("use", use.key), ("process", body["process"]))
        return Naming(
            fixed.subjects, names, documents, dates.labels, tuple([key for key, _ in use.insights]), laws,
            tuple([(review.day, review.end_day) for review in dates.reviews]),
        )  # fmt: skip

    def _judged(self, asked: _Asked, order: Sequence[int]) -> _Pattern:
        """Judge a pattern: at each instant of its order in turn."""
        places: list[int] = []
        cores: list[Core] = []
        choices: list[Choice] = []
        for number, instant in enumerate(order):
            if instant >= FOREVER:
                break
            core, choice = self._at(asked, instant)
            if cores and cores[-1] is core and choices[-1] == choice:
                continue
            places.append(number)
            cores.append(core)
            choices.append(choice)
        return _Pattern(tuple(places), tuple(cores), tuple(choices))

    def _at(self, asked: _Asked, instant: int) -> tuple[Core, Choice]:
        """Judge one instant."""
        dated, outcome, insight, review = asked.dates.facts(instant)
        facts = (*asked.head, *dated)
        number = len(asked.fixed.subjects)
        rulesets = self._policies.rulesets_for
        said = [
            *asked.fixed.said,
            *(Said(r, r.judge(facts), number) for key in ("", *asked.regimes) for r in rulesets(Scope.USE, key)),
        ]
        consent, regulatory, chosen = "not_required", [], []
        for regime, law in zip(asked.regimes, asked.laws, strict=True):
            number += 1
            own, shown, key = law.at(instant)
            record = (*facts, *own)
            said.extend(Said(r, r.judge(record), number) for name in ("", regime) for r in rulesets(Scope.REGIME, name))
            chosen.append((own[5], key, shown))
            regulatory.append((regime, "unknown" if own[5] == "missing" else own[5]))
            if consent in _GOOD and shown != "not_required":
                consent = shown
        situation = Situation(
            applied=dated[APPLIED] == "given",
            pilot=dated[-4:-1] == _RUNS,
            waived=tuple(sorted({waiver.pattern for waiver in asked.waivers if instant < waiver.until})),
            consent=consent,
            regulatory=tuple(regulatory),
            phase=bisect_right(self._phases, instant) - 1,
        )
        return self._judge.core(said, situation), Choice(outcome, insight, tuple(chosen), review)


class _Asked(NamedTuple):
    """Everything a pattern is judged from."""

    fixed: _Fixed
    head: tuple[Any, ...]
    dates: CycleDates
    laws: list[RegimeFacts]
    regimes: tuple[str, ...]
    waivers: list[Waiver]


def _audiences(audience: str, record: ElementRecord) -> tuple[str, ...]:
    return (audience,) if audience else tuple(record.body.get("audiences") or ())
