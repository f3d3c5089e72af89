"""What a use is judged from, gathered once for all the laws it may be judged under."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from lineage.gate.table import Law, Subject
from lineage.judge.asked import Asked
from lineage.judge.cycle_dates import CycleDates
from lineage.judge.known import Known
from lineage.judge.laws import UseLaws
from lineage.judge.material import ElementRecord, Material, UseRecord
from lineage.judge.parts import Constant, Part
from lineage.judge.regimes import ElementLaw
from lineage.judge.uses import use_facts
from lineage.judge.verdicts import Said
from lineage.judge.waivers import Waiver, waiver_state

_CADENCE = {"attitudinal": "P6M", "behavioural": "P6M"}


class UseDates:
    """The dates of one use: the same for every purpose and audience, but that some data is reviewed twice as often."""

    __slots__ = ("_found", "_material", "_use")

    def __init__(self, use: UseRecord, material: Material) -> None:
        self._use = use
        self._material = material
        self._found: dict[tuple[str, bool], CycleDates] = {}

    def of(self, cadence: str, *, strict: bool) -> CycleDates:
        """Give the dates, for outcomes expected so often, and data that is reviewed within six months (strict) or not."""
        found = self._found.get((cadence, strict))
        if found is None:
            material = self._material
            found = CycleDates(self._use, material.zone, material.defaults, cadence, strict)
            self._found[cadence, strict] = found
        return found


class Fixed(NamedTuple):
    """What no date of a use touches: the rules' answers on its element, origins and audiences, and what they are about."""

    said: tuple[Said, ...]
    key: tuple[Any, ...]
    subjects: tuple[Subject, ...]
    laws: tuple[ElementLaw, ...]
    strict: bool


class Gathered:
    """A use for some audiences with everything that is the same under whichever laws it is judged."""

    __slots__ = (
        "_around", "_cadence", "_choice", "_claim", "_dates", "_gaps", "_head", "_laws", "_noted", "_other", "_parts", "_process",
        "_risks", "_waivers", "record", "use",
    )  # fmt: skip

    def __init__(
        self,
        use: UseRecord,
        record: ElementRecord,
        audiences: tuple[str, ...],
        known: Known,
        dates: UseDates,
        facts: tuple[Any, ...],
    ) -> None:
        """Take the facts of the element as ``facts``."""
        body = use.body
        self.use, self.record = use, record
        self._process, self._around, self._gaps = known.laws.surroundings.of(body, record, audiences)
        self._head = (*facts, *self._process.value, *self._around.value)
        kind = record.body.get("kind") or ""
        self._cadence = "P3M" if self._process.value[3] == "full" else _CADENCE.get(kind, "P12M")
        self._dates = dates
        self._choice, self._other = known.choice(body)
        told, sources = known.told(body, record, audiences), known.laws.sources.part(body, audiences)
        self._parts: tuple[Part, ...] = (told, sources, known.emergencies.of(use.key))
        self._risks = (known.laws.heavy(body), known.laws.risky(body))
        self._claim = known.claim(record)
        self._waivers = known.waivers.covering(body)
        self._noted: dict[str, Part] = {}
        self._laws = UseLaws(known.laws, body, record, audiences)

    def asked(
        self, fixed: Fixed, regimes: tuple[str, ...], state: str, general: tuple[str, ...]
    ) -> tuple[Asked, tuple[Law, ...]]:
        """Give what the use is judged from under some laws, and what findings may name of each.

        ``state`` is what its purpose is, ``general`` are the general data protection laws among the regimes.
        """
        found = [self._laws.under(regime, law) for regime, law in zip(regimes, fixed.laws, strict=True)]
        waivers = _under(self._waivers, regimes)
        waiver, void = waiver_state(waivers)
        own = (self._choice, waiver, *use_facts(state, self.use.body, general))
        return Asked(
            fixed.key,
            fixed.said,
            len(fixed.subjects),
            (*self._head, *own),
            (self._process, self._around, own),
            self._dates.of(self._cadence, strict=fixed.strict),
            [facts for facts, _ in found],
            regimes,
            waivers,
            (*self._parts, self._note(void)),
            self._risks,
            self._claim,
        ), tuple([named for _, named in found])

    def _note(self, void: str) -> Part:
        found = self._noted.get(void)
        if found is None:
            found = self._noted[void] = Constant((), ({"waiver": void, "other": self._other, "gaps": self._gaps}, {}))
        return found


def _under(waivers: Iterable[Waiver], regimes: tuple[str, ...]) -> list[Waiver]:
    return [waiver for waiver in waivers if not waiver.regimes or set(waiver.regimes) & set(regimes)]
