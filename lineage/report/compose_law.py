"""The law around one element: regimes that apply and why, how sensitive it is there, and what its sources bring along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lineage.cycle.derivation import Inherited
from lineage.gate.instants import within
from lineage.gate.table import Element, Prohibition
from lineage.judge.consents import ConsentDates
from lineage.judge.material import ElementRecord
from lineage.judge.origins import brought_in_by, regimes_of
from lineage.judge.sources import ORDER
from lineage.report.compose_sight import JudgedUse, Sight
from lineage.report.compose_states import ENDED, declared_status, status_state, words
from lineage.report.compose_words import quoted
from lineage.report.contexts_element import RegulatoryContext
from lineage.report.contexts_picture import StageState
from lineage.report.contexts_told import InheritedContext

_EFFECT: dict[StageState, str] = {"missing": "Stops a use", "partial": "Binds", "complete": "Assessed"}


# ---- regimes --------------------------------------------------------------------------------------------------------


def regulatory(sight: Sight, record: ElementRecord) -> tuple[RegulatoryContext, ...]:
    """Give each regime that applies or is declared, with the declared status and the sensitivity in its own word."""
    applying = regimes_of(sight.material, record, "")
    return tuple(_regime(sight, record, regime) for regime in sorted({*applying, *record.regulatory}))


def _regime(sight: Sight, record: ElementRecord, regime: str) -> RegulatoryContext:
    body = record.regulatory.get(regime)
    status = declared_status(sight, body) if body else ""
    return RegulatoryContext(
        regime=sight.table.regimes.get(regime, regime),
        why="; ".join(_why(sight, record, regime)),
        status=words(status),
        state=status_state(sight, body, regime, status),
        sensitivity=_sensitivity(sight, record, regime),
        assessed=" by ".join(str(body[name]) for name in ("assessed", "by") if body.get(name)) if body else "",
        review_by=str(body.get("review_by") or "") if body else "",
    )


def _why(sight: Sight, record: ElementRecord, regime: str) -> Iterator[str]:
    """Say what brings a regime in: the catalogue, a country of an audience, a country of storage."""
    stored = set()
    for kind, key, country in brought_in_by(sight.material, record, regime):
        if kind == "catalogue":
            yield "the catalogue lists it"
        elif kind == "audience":
            yield f"{sight.table.audiences.get(key, key)} are in {country}"
        else:
            stored.add(country)
    yield from (f"it is stored in {country}" for country in sorted(stored))


def _sensitivity(sight: Sight, record: ElementRecord, regime: str) -> str:
    """Give the level that counts at the instant, the sources' included, in the regime's own word."""
    law = sight.view.compiled.known.laws.element_law(record, regime)
    level = law.level(sight.view.instant)
    return str(law.words.get(level, level))


# ---- what sources bring along ---------------------------------------------------------------------------------------


def inherited(sight: Sight, element: Element, judged: Sequence[JudgedUse]) -> tuple[InheritedContext, ...]:
    """Give what binds an element because of what it derives from, at the instant: what stops a use first."""
    record = sight.record(element.key)
    ways = [
        way for way in sight.view.compiled.known.laws.sources.of(element.key) if within(way.windows, sight.view.instant)
    ]
    found = [
        _ban(sight, ban, judged)
        for ban in element.prohibitions
        if ban.source != element.key and within(ban.windows, sight.view.instant)
    ]
    for way in ways:
        found += [*_purposes(sight, way, judged), *_consents(sight, way, judged), *_levels(sight, record, way)]
    order: tuple[StageState, ...] = ("missing", "partial", "complete")
    # Uses for one purpose by several processes bring the same along.
    return tuple(sorted(dict.fromkeys(found), key=lambda one: order.index(one.state)))


def _context(sight: Sight, what: str, source: str, path: Sequence[str], state: StageState) -> InheritedContext:
    return InheritedContext(what, sight.title(source), sight.anchor(source), " → ".join(path), state, _EFFECT[state])


def _ban(sight: Sight, ban: Prohibition, judged: Sequence[JudgedUse]) -> InheritedContext:
    stops = any(
        ban.purpose in sight.table.purposes.above(one.use.purpose) and ban.process in ("", one.use.process)
        for one in judged
    )
    who = f"{sight.process(ban.process)} must not use it" if ban.process else "Must not be used"
    what = f"{who} for {quoted(sight.purpose(ban.purpose))}"
    return _context(sight, what, ban.source, ban.path, "missing" if stops else "partial")


def _purposes(sight: Sight, way: Inherited, judged: Sequence[JudgedUse]) -> Iterator[InheritedContext]:
    """Give the purposes of uses that the source itself is not used for; an approved assessment may answer that."""
    purposes = {one.use.purpose: _stopped(one, "usage-cycle/source-purpose") for one in judged}
    for purpose, stopped in sorted(purposes.items()):
        covering = sight.table.purposes.covering(purpose)
        if not any(granted in covering for granted in sight.granted(way.source)):
            what = f"Is itself not used for {quoted(sight.purpose(purpose))}"
            yield _context(sight, what, way.source, way.path, "missing" if stopped else "complete")


def _consents(sight: Sight, way: Inherited, judged: Sequence[JudgedUse]) -> Iterator[InheritedContext]:
    """Give the purposes of uses for which the consent at a source has ended; a newer one that stands is what counts."""
    source = sight.material.elements.get(way.source)
    if source is None:
        return
    for one in judged if source.consents else ():
        body = sight.record(one.use.element).body
        audiences = (one.use.audience,) if one.use.audience else tuple(body.get("audiences") or ())
        purpose, purposes = one.use.purpose, sight.table.purposes
        dates = ConsentDates(sight.material, source, purpose, "", audiences, purposes)
        state = str(dates.at(sight.view.instant)[0][0]) if dates.keys else ""
        if state in ENDED and state != "none":
            what = f"Consent for {quoted(sight.purpose(purpose))} is {words(state)}"
            stopped = _stopped(one, "usage-cycle/source-consent")
            yield _context(sight, what, way.source, way.path, "missing" if stopped else "partial")


def _levels(sight: Sight, record: ElementRecord, way: Inherited) -> Iterator[InheritedContext]:
    laws = sight.view.compiled.known.laws
    for regime in regimes_of(sight.material, record, ""):
        own, theirs = (laws.levels.own(key, regime) for key in (record.key, way.source))
        if ORDER.index(theirs) > ORDER.index(own):
            word = laws.element_law(record, regime).words.get(theirs, theirs)
            what = f"{sight.table.regimes.get(regime, regime)} takes it as {quoted(str(word))}"
            yield _context(sight, what, way.source, way.path, "partial")


def _stopped(judged: JudgedUse, code: str) -> bool:
    return any(finding.code == code and finding.severity == "blocker" for finding in judged.answer.findings)
