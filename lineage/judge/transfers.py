"""Where data goes beyond the area of a regime, and by which mechanism (GDPR Articles 44 to 49 and their like)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lineage.cycle.derivation import ALL_TIME, FOREVER, Windows, union
from lineage.domain.days import after, start_of
from lineage.gate.instants import within
from lineage.judge.material import Body, ElementRecord, Material
from lineage.judge.parts import Constant, Label, Part, Remembering, Steps
from lineage.judge.policies import Policies
from lineage.policy.regime_data import Entry

NONE = Constant(("none", "missing", "missing"))
_STRENGTH = ("missing", "unknown", "other", "adequacy", "derogation", "safeguard")
_NAMED = frozenset(
    {"standardcontractualclauses", "sccbycommission", "sccbysupervisoryauthority", "scc", "sccs", "bindingcorporaterules",
     "bcr", "bcrs", "adhoccontractualclauses", "certificationmechanismsfordatatransfers", "codesofconductfordatatransfers"}
)  # fmt: skip
_ELSEWHERE = frozenset(
    {"modelcontractualclauses", "modelclauses", "aseanmodelcontractualclauses", "aseanmcc", "apeccbpr", "cbpr", "idta",
     "internationaldatatransferagreement", "addendum", "ukaddendum", "databridge", "ukusdatabridge", "anpdscc",
     "certification", "codeofconduct"}
)  # fmt: skip


_NOTHING = frozenset(
    {"", "none", "no", "na", "n/a", "nothing", "notneeded", "notrequired", "notapplicable", "unknown", "tbd", "?"}
)
_ARTICLES = (
    (re.compile(r"(art(icle)?)?a?45(\(?3\)?)?|adequacy(decision)?"), "adequacy"),
    (re.compile("a462[a-f]|a463[ab]"), "safeguard"),
    (re.compile("a491[a-g]|a492"), "derogation"),
)
"""Codes of the transfer mechanisms of GDPR Articles 45, 46 and 49, without their signs."""

_Place = tuple[str, str, bool]
"""Country, kind of mechanism, and whether it is proven."""


class _Target(NamedTuple):
    """One place data goes to: the times in which it counts as inside and as adequate, its mechanism and proof."""

    where: str
    inside: Windows
    adequate: Windows
    mechanism: str
    proven: bool


class Transfers:
    """The lists of every regime, ready to be looked up."""

    def __init__(self, material: Material, policies: Policies) -> None:
        self._material = material
        self._policies = policies
        self._lists: dict[tuple[str, str], dict[str, Windows]] = {}
        self._stored: dict[str, tuple[_Place, ...]] = {}
        self._sent: dict[str, tuple[_Place, ...]] = {}
        self._parts: dict[tuple[Any, ...], Part] = {}

    def part(self, regime: str, record: ElementRecord, process: Body) -> Part:
        """Give destination, mechanism and evidence of a use under a regime; a regime without an area has no transfers."""
        if "area" not in self._policies.lists_of(regime):
            return NONE
        stored = self._stored.get(record.key)
        if stored is None:
            stored = self._stored[record.key] = _places(origin.get("stored_in") or {} for _, origin in record.origins)
        sent = self._sent.get(process["key"])
        if sent is None:
            parties = self._material.parties
            sent = self._sent[process["key"]] = _places(parties.get(key, {}) for key in process.get("recipients") or ())
        name = (regime, stored, sent)
        found = self._parts.get(name)
        if found is None:
            targets = [
                t for t in (self._target(regime, *place) for place in sorted({*stored, *sent})) if t.inside != ALL_TIME
            ]
            found = self._parts[name] = TransferDates(targets) if targets else NONE
        return found

    def _target(self, regime: str, country: str, mechanism: str, proven: bool) -> _Target:
        area, adequate = self._windows(regime, "area"), self._windows(regime, "adequate")
        where = country or "an unknown country"
        return _Target(where, area.get(country, ()), adequate.get(country, ()), mechanism, proven)

    def _windows(self, regime: str, name: str) -> dict[str, Windows]:
        found = self._lists.get((regime, name))
        if found is None:
            listed = self._policies.lists_of(regime).get(name)
            found = self._lists[regime, name] = _by_country(listed.entries if listed else (), self._material.zone)
        return found


class TransferDates(Remembering):
    """The transfers of one use. A label names the countries without adequate law, for each set of them that occurs."""

    __slots__ = ("_sets", "_steps", "_targets", "labels")

    def __init__(self, targets: list[_Target]) -> None:
        self._targets = targets
        edges = sorted({-FOREVER, *self.instants()})
        self._sets = list(dict.fromkeys(tuple(self._third(edge)) for edge in edges))
        self.labels: tuple[Label, ...] = tuple(
            ({"where": ", ".join(sorted({targets[n].where for n in numbers}))}, {}) for numbers in self._sets
        )
        self._steps: Steps[tuple[tuple[Any, ...], int]] = Steps(edges)

    def instants(self) -> list[int]:
        """Give when lists change."""
        return [
            edge for t in self._targets for windows in (t.inside, t.adequate) for window in windows for edge in window
        ]

    def kind(self) -> Any:
        """Give mechanisms and the shape of the windows."""
        return tuple([(len(t.inside), len(t.adequate), t.mechanism, t.proven) for t in self._targets])

    def at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        """Give destination, mechanism and evidence."""
        return self._steps.at(instant, self._at)

    def _at(self, instant: int) -> tuple[tuple[Any, ...], int]:
        third = self._third(instant)
        label = self._sets.index(tuple(third))
        if not third:
            outside = any(not within(t.inside, instant) for t in self._targets)
            return ("adequate" if outside else "none", "missing", "missing"), label
        weakest = min((self._targets[n].mechanism for n in third), key=_STRENGTH.index)
        proven = all(self._targets[n].proven for n in third)
        return ("third", weakest, "given" if proven else "missing"), label

    def _third(self, instant: int) -> list[int]:
        """Give the numbers of the places that are neither inside nor adequate."""
        return [
            number
            for number, target in enumerate(self._targets)
            if not within(target.inside, instant) and not within(target.adequate, instant)
        ]


def _places(bodies: Iterable[Body]) -> tuple[_Place, ...]:
    found = {(str(b.get("country") or ""), _class(b.get("transfer")), bool(b.get("evidence"))) for b in bodies}
    return tuple(sorted(found))


def _by_country(entries: Iterable[Entry], zone: ZoneInfo) -> dict[str, Windows]:
    found: dict[str, Windows] = {}
    for entry in entries:
        start = start_of(entry.since, zone) if entry.since else -FOREVER
        end = after(entry.until, zone) if entry.until else FOREVER
        found[entry.country] = union(found.get(entry.country, ()), ((start, end),))
    return found


def _class(text: object) -> str:
    """Sort a declared mechanism by the article of the GDPR it stands in; ``other`` are those that other laws know."""
    said = re.sub(r"[\s_.-]", "", str(text or "")).lower()
    if said in _NOTHING:
        return "missing"
    for pattern, name in _ARTICLES:
        if pattern.fullmatch(said):
            return name
    return "safeguard" if said in _NAMED else "other" if said in _ELSEWHERE else "unknown"
