"""Elements judged before their uses, sources before what derives from them; each once."""

from __future__ import annotations

from typing import Any, NamedTuple

from lineage.cycle.derivation import ALL_TIME, Derivation
from lineage.domain.facts import Scope, own_facts
from lineage.gate.table import Choice, Naming, Subject, Timeline
from lineage.judge.inheritance import anonymised
from lineage.judge.material import ElementRecord, Material
from lineage.judge.memory import Profile, Rules
from lineage.judge.origins import CLAIMS, audience_facts, element_facts, from_body, origin_facts
from lineage.judge.verdicts import Said, Situation

_LIFECYCLE = [fact.name for fact in own_facts(Scope.ELEMENT)].index("element.lifecycle")
_UNASKED = Situation(False, False, (), "not_required", (), 0)


class JudgedElement(NamedTuple):
    """The facts of an element, and what the rules that hold under every law say of it and its origins."""

    facts: tuple[Any, ...]
    subjects: tuple[Subject, ...]
    profile: Profile


class ElementJudge:
    """Judges every element in order of derivation."""

    def __init__(self, material: Material, rules: Rules, derivation: Derivation) -> None:
        self._material = material
        self._policies = rules.policies
        self._judge = rules.judge
        self._derivation = derivation
        self._phases = rules.phases
        self._choices = (Choice(),) * len(self._phases)
        self._profiles = rules.profiles
        self._done: dict[str, JudgedElement] = {}
        self._complete: dict[str, bool] = {}
        self._biometric: dict[str, bool] = {}
        ordered = set(derivation.order)
        behind = [key for key in material.elements if key not in ordered]
        for key in (*derivation.order, *behind):
            if key in material.elements:
                self._judge_one(material.elements[key])
        self._audiences = {key: audience_facts(body) for key, body in material.audiences.items()}

    def get(self, key: str) -> JudgedElement:
        """Give a judged element. Raises KeyError for an unknown one."""
        return self._done[key]

    def audience(self, key: str) -> tuple[Any, ...] | None:
        """Give the facts of an audience; nothing when it is not declared."""
        return self._audiences.get(key)

    def said_under(self, profile: Profile, regime: str) -> list[Said]:
        """Give what a regime's own rules say of an element and its origins."""
        return [
            Said(ruleset, ruleset.judge(facts), subject)
            for scope, facts, subject in profile.records
            for ruleset in self._policies.rulesets_for(scope, regime)
        ]

    def origin_timeline(self, key: str) -> Timeline:
        """Give how the origin of an element stands, phase by phase of the rules."""
        element = self._done[key]
        return Timeline(self._phases, element.profile.timeline, self._choices, Naming(element.subjects))

    def _judge_one(self, record: ElementRecord) -> None:
        sources = [edge.source for edge in self._derivation.sources.get(record.key, ())]
        circle = self._derivation.circles.get(record.key, ())
        lacking = sorted(source for source in sources if not self._complete.get(source, False))
        state = "none" if not sources else "incomplete" if lacking else "complete"
        biometric = from_body(self._material, str(record.body.get("category") or "")) or any(
            self._biometric.get(source, False) for source in sources
        )
        self._biometric[record.key] = biometric
        proven = record.body.get("identifiability") in CLAIMS and anonymised(self._material, record.key) == ALL_TIME
        facts = element_facts(self._material, record, state, circle=bool(circle), biometric=biometric, proven=proven)
        shown = " → ".join((*circle, circle[0])) if circle else ", ".join(lacking)
        names = {"element": record.key, "title": str(record.body.get("title") or record.key), "sources": shown}
        subjects = [Subject(names, {"element": record.key})]
        for key, _ in record.origins:
            subjects.append(Subject(names | {"origin": key.rpartition("#")[2]}, {"element": record.key, "origin": key}))
        kind = (facts, tuple([origin_facts(self._material, origin) for _, origin in record.origins]))
        profile = self._profiles.get(kind)
        if profile is None:
            profile = self._profiles[kind] = self._make_profile(*kind)
        self._done[record.key] = JudgedElement(facts, tuple(subjects), profile)
        # What derives from a retired element stands on nothing any more: the same that `explain --breaks` lists.
        self._complete[record.key] = profile.complete and not circle and facts[_LIFECYCLE] != "retired"

    def _make_profile(self, facts: tuple[Any, ...], origins: tuple[tuple[Any, ...], ...]) -> Profile:
        records = (
            (Scope.ELEMENT, facts, 0),
            *((Scope.ORIGIN, (*facts, *own), n) for n, own in enumerate(origins, start=1)),
        )
        said = tuple(
            Said(r, r.judge(values), n) for scope, values, n in records for r in self._policies.rulesets_for(scope)
        )
        complete = self._judge.origin_complete(said, len(self._phases) - 1)
        timeline = tuple(self._judge.core(said, _UNASKED._replace(phase=n)) for n in range(len(self._phases)))
        return Profile(len(self._profiles), records, said, complete, timeline)
