"""The timeline of one use: constant between the dates that are in its facts.

Most uses of a catalogue are alike: the same facts, their dates in the same order. Such a pattern is judged once; every
other use of it takes over the verdicts and puts its own dates to them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from lineage.domain.facts import Scope
from lineage.gate.purposes import Purposes
from lineage.gate.table import Aim, Choice, Core, Law, Naming, Subject, Timeline, Use
from lineage.judge.asked import Asked
from lineage.judge.cycle_dates import APPLIED, FOREVER
from lineage.judge.elements import ElementJudge
from lineage.judge.gathered import Fixed, Gathered, UseDates
from lineage.judge.known import Known
from lineage.judge.material import ElementRecord, Material, UseRecord
from lineage.judge.memory import Pattern, Profile, Rules
from lineage.judge.origins import regimes_of
from lineage.judge.parts import Same
from lineage.judge.regimes import ElementLaw
from lineage.judge.uses import purpose_state
from lineage.judge.verdicts import Said, Situation

K = TypeVar("K")
V = TypeVar("V")
_GOOD = ("not_required", "given", "renewed")
"""Consent states that give way to another regime's: the answer shows the worst."""
_APPLIED = "usage-cycle/insight-applied"
"""The rule whose failure is the missing arrow back: were it met, the arrow would be there."""
_REMEMBERED = 20_000
"""What so many elements come to is remembered; uses are judged element by element."""


class Record(NamedTuple):
    """Facts of one scope, the regimes whose rules read them, and the number of the subject they are about."""

    scope: Scope
    facts: tuple[Any, ...]
    regimes: tuple[str, ...]
    subject: int


class Narrower(Mapping[str, Aim]):
    """The narrower purposes that a use covers, each judged when it is asked about, and once."""

    __slots__ = ("_dates", "_judge", "_judged", "_purposes", "_use")

    def __init__(self, judge: UseJudge, use: UseRecord, purposes: tuple[str, ...], dates: UseDates) -> None:
        self._judge = judge
        self._use = use
        self._purposes = purposes
        self._dates = dates
        self._judged: dict[str, Aim] = {}

    def __getitem__(self, purpose: str) -> Aim:
        if purpose not in self._purposes:
            raise KeyError(purpose)
        if purpose not in self._judged:
            self._judged[purpose] = self._judge.aim(self._use, purpose, self._dates)
        return self._judged[purpose]

    def __contains__(self, purpose: object) -> bool:
        return purpose in self._purposes

    def __iter__(self) -> Iterator[str]:
        return iter(self._purposes)

    def __len__(self) -> int:
        return len(self._purposes)

    def __repr__(self) -> str:
        return f"Narrower({', '.join(self._purposes)})"


class UseJudge:
    """Judges uses one by one; everything they share was judged before or is remembered."""

    def __init__(
        self,
        material: Material,
        rules: Rules,
        purposes: Purposes,
        elements: ElementJudge,
        known: Known,
    ) -> None:
        self._material = material
        self._policies = policies = rules.policies
        self._judge = rules.judge
        self._purposes = purposes
        self._elements = elements
        self._phases = rules.phases
        self._known = known
        self._said = rules.said
        self._people: dict[tuple[str, ...], Same] = {}
        self._states: dict[str, str] = {}
        self._narrower: dict[str, tuple[str, ...]] = {}
        self._fixed_of: dict[tuple[str, str, tuple[str, ...]], Fixed] = {}
        self._laws_of: dict[tuple[str, str], ElementLaw] = {}
        self._regimes_of: dict[tuple[str, str], tuple[str, ...]] = {}
        self._patterns = rules.patterns
        terms = material.vocabulary.regimes
        free = {r for r in policies.regimes if r in terms and not terms[r].needs_basis and not terms[r].needs_status}
        self._unconditional = free if known.further is None else free & set(known.further)

    def use(self, use: UseRecord) -> Use:
        """Give a permitted use with its timeline, also under each further regime that it declares."""
        body = use.body
        element, audience = body["element"], body.get("audience") or ""
        record = self._material.elements[element]
        dates = UseDates(use, self._material)
        timeline, beyond = self._sides(use, record, audience, dates)
        each = record.body.get("audiences") or ()
        apart = {key: self._sides(use, record, key, dates) for key in each} if not audience and len(each) > 1 else {}
        narrower = Narrower(self, use, self._below(body["purpose"]), dates)
        return Use(use.key, element, body["process"], body["purpose"], audience, timeline, beyond, apart, narrower)

    def aim(self, use: UseRecord, purpose: str, dates: UseDates) -> Aim:
        """Judge a use as if it were declared for a narrower purpose that it covers."""
        record = self._material.elements[use.body["element"]]
        audience = use.body.get("audience") or ""
        each = record.body.get("audiences") or ()
        body = {**use.body, "purpose": purpose}
        aimed = UseRecord(use.key, body, use.outcomes, use.insights, use.body["purpose"])
        apart = {key: self._sides(aimed, record, key, dates) for key in each} if not audience and len(each) > 1 else {}
        return Aim(*self._sides(aimed, record, audience, dates), apart)

    def _below(self, purpose: str) -> tuple[str, ...]:
        """Give the narrower purposes that a use for a purpose covers, sorted."""
        found = self._narrower.get(purpose)
        if found is None:
            names = self._purposes.names()
            below = [name for name in names if name != purpose and purpose in self._purposes.covering(name)]
            found = self._narrower[purpose] = tuple(sorted(below))
        return found

    def _sides(
        self, use: UseRecord, record: ElementRecord, audience: str, dates: UseDates
    ) -> tuple[Timeline, dict[str, Timeline]]:
        """Give the timeline for an audience (empty: all of the element's), and those under one further regime each."""
        regimes = self._regimes(record, audience)
        declared = set(use.body.get("basis") or ())
        if self._known.further is not None:
            declared &= set(self._known.further)
        further = (self._unconditional | declared) - set(regimes)
        gathered = self._gathered(use, record, audience, dates)
        beyond = {more: self._timeline(gathered, audience, (*regimes, more)) for more in sorted(further)}
        return self._timeline(gathered, audience, regimes), beyond

    def _gathered(self, use: UseRecord, record: ElementRecord, audience: str, dates: UseDates) -> Gathered:
        facts = self._elements.get(record.key).facts
        return Gathered(use, record, _audiences(audience, record), self._known, dates, facts)

    def _regimes(self, record: ElementRecord, audience: str) -> tuple[str, ...]:
        found = self._regimes_of.get((record.key, audience))
        if found is None:
            found = _keep(self._regimes_of, (record.key, audience), regimes_of(self._material, record, audience))
        return found

    def _timeline(self, gathered: Gathered, audience: str, regimes: tuple[str, ...]) -> Timeline:
        fixed = self._fixed(gathered.record, audience, regimes)
        asked, named = self._asked(gathered, regimes, fixed)
        instants = asked.instants(self._phases)
        order = sorted(set(instants))
        place = {instant: number for number, instant in enumerate(order)}
        key = (*asked.kind(), tuple([place[instant] for instant in instants]))
        pattern = self._patterns.get(key)
        if pattern is None:
            pattern = self._patterns[key] = self._judged(asked, order)
        starts = tuple([order[number] for number in pattern.places])
        naming = self._naming(gathered, audience, fixed, asked, named)
        return Timeline(starts, pattern.cores, pattern.choices, naming)

    def _asked(self, gathered: Gathered, regimes: tuple[str, ...], fixed: Fixed) -> tuple[Asked, tuple[Law, ...]]:
        """Give everything a use is judged from under some laws."""
        use = gathered.use
        return gathered.asked(fixed, regimes, self._state(use.granted or use.body["purpose"]), self._general(regimes))

    def _general(self, regimes: tuple[str, ...]) -> tuple[str, ...]:
        """Give the general data protection laws among some regimes; one the vocabulary does not know may be one."""
        known = self._material.vocabulary.regimes
        return tuple([regime for regime in regimes if regime not in known or known[regime].general])

    def _state(self, purpose: str) -> str:
        found = self._states.get(purpose)
        if found is None:
            found = self._states[purpose] = purpose_state(self._purposes, self._material.vocabulary.root, purpose)
        return found

    def _fixed(self, record: ElementRecord, audience: str, regimes: tuple[str, ...]) -> Fixed:
        name = (record.key, audience, regimes)
        found = self._fixed_of.get(name)
        if found is None:
            found = _keep(self._fixed_of, name, self._make_fixed(record, audience, regimes))
        return found

    def _make_fixed(self, record: ElementRecord, audience: str, regimes: tuple[str, ...]) -> Fixed:
        element = self._elements.get(record.key)
        audiences = tuple([key for key in _audiences(audience, record) if self._elements.audience(key) is not None])
        people = self._people.get(audiences)
        if people is None:
            people = self._people[audiences] = Same(tuple([self._elements.audience(name) for name in audiences]))
        key = (element.profile.number, people, regimes)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = tuple(self._say(element.profile, audiences, regimes, len(element.subjects)))
        subjects = list(element.subjects)
        for name in audiences:
            names = {"element": record.key, "title": element.subjects[0].names["title"], "audience": name}
            subjects.append(Subject(names, {"element": record.key, "audience": name}))
        minors = self._known.laws.minors(audiences)
        laws = tuple([self._law(record, regime) for regime in regimes])
        sensitive = any(level in ("special", "criminal") for law in laws for level, _ in law.levels)
        strict = minors or sensitive or record.body.get("kind") == "attitudinal"
        return Fixed(said, key, tuple(subjects), laws, strict=bool(strict))

    def _law(self, record: ElementRecord, regime: str) -> ElementLaw:
        found = self._laws_of.get((record.key, regime))
        if found is None:
            found = _keep(self._laws_of, (record.key, regime), self._known.laws.element_law(record, regime))
        return found

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

    def _naming(self, gathered: Gathered, audience: str, fixed: Fixed, asked: Asked, laws: tuple[Law, ...]) -> Naming:
        use, record = gathered.use, gathered.record
        body, dates = use.body, asked.dates
        pilot = dates.pilot
        names = (
            ("element", record.key), ("title", record.body.get("title") or record.key), ("process", body["process"]),
            ("purpose", body["purpose"]), ("audience", audience), ("whose", f" of {audience}" if audience else ""),
            ("pilot_until", pilot.until if pilot else ""), ("pilot_limit", pilot.limit if pilot else ""),
        )  # fmt: skip
        documents = (("element", record.key), ("use", use.key), ("process", body["process"]))
        return Naming(
            fixed.subjects, names, documents, dates.labels, tuple([key for key, _ in use.insights]), laws,
            tuple([(review.day, review.end_day) for review in dates.reviews]), tuple([part.labels for part in asked.parts]),
        )  # fmt: skip

    def _judged(self, asked: Asked, order: Sequence[int]) -> Pattern:
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
        return Pattern(tuple(places), tuple(cores), tuple(choices))

    def _at(self, asked: Asked, instant: int, met: tuple[str, ...] = ()) -> tuple[Core, Choice]:
        """Judge one instant; ``met`` are codes of rules to be taken as met."""
        now = asked.at(instant)
        rulesets = self._policies.rulesets_for
        said = list(asked.said)
        for record, scope, regimes, number in now.records(asked):
            own = regimes[-1] if scope is Scope.REGIME else ""
            said.extend(Said(r, r.judge(record), number, own) for name in regimes for r in rulesets(scope, name))
        consent, regulatory = "not_required", []
        for regime, law in zip(asked.regimes, now.laws, strict=True):
            if law.asked:
                regulatory.append((regime, "unknown" if law.status == "missing" else law.status))
            if consent in _GOOD and law.shown != "not_required":
                consent = law.shown
        situation = Situation(
            applied=now.dated[APPLIED] == "given" or _APPLIED in met,
            pilot=now.pilot,
            waived=tuple(sorted({(w.pattern, w.regimes) for w in asked.waivers if instant < w.until})),
            consent=consent,
            regulatory=tuple(regulatory),
            phase=bisect_right(self._phases, instant) - 1,
            met=met,
        )
        return self._judge.core(said, situation), now.choice

    def asked(self, use: UseRecord, audience: str, further: str = "") -> Asked:
        """Give what a use is judged from, for an audience (empty: all), also under a further regime."""
        record = self._material.elements[use.body["element"]]
        regimes = self._regimes(record, audience)
        regimes = (*regimes, further) if further and further not in regimes else regimes
        gathered = self._gathered(use, record, audience, UseDates(use, self._material))
        return self._asked(gathered, regimes, self._fixed(record, audience, regimes))[0]

    def effect_if(self, asked: Asked, instant: int, met: tuple[str, ...]) -> str:
        """Give the effect at an instant if some rules were met."""
        return self._at(asked, instant, met)[0].effect

    def records(self, asked: Asked, use: UseRecord, audience: str, instant: int) -> Iterator[Record]:
        """Give every record of facts a use is judged by at an instant."""
        element = self._material.elements[use.body["element"]]
        judged = self._elements.get(element.key)
        laws = ("", *asked.regimes)
        for scope, facts, number in judged.profile.records:
            yield Record(scope, facts, laws, number)
        known = [key for key in _audiences(audience, element) if self._elements.audience(key) is not None]
        for place, key in enumerate(known, start=len(judged.subjects)):
            yield Record(Scope.AUDIENCE, self._elements.audience(key) or (), laws, place)
        for found, scope, regimes, number in asked.at(instant).records(asked):
            yield Record(scope, found, regimes, number)


def _keep(known: dict[K, V], key: K, value: V) -> V:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = value
    return value


def _audiences(audience: str, record: ElementRecord) -> tuple[str, ...]:
    return (audience,) if audience else tuple(record.body.get("audiences") or ())
