"""The law around an element: which regimes apply and why, how sensitive it is there, what it inherits, its consents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lineage.domain.consents import OVER
from lineage.gate.instants import within
from lineage.gate.table import Prohibition
from lineage.judge.consents import ConsentDates
from lineage.judge.material import Body, ElementRecord
from lineage.judge.origins import brought_in_by, regimes_of
from lineage.judge.sources import ORDER
from lineage.services.moments import Moment
from lineage.services.views import View


def about_element(view: View, key: str) -> dict[str, Any]:
    """Give what holds for every use of an element, at the instant of the view."""
    record = view.compiled.material.elements[key]
    element = view.table.elements[key]
    return {
        "key": key,
        "title": element.title,
        "retired": element.retired,
        "regimes": [_regime(view, record, regime) for regime in regimes_of(view.compiled.material, record, "")],
        "restrictions": [found for ban in element.prohibitions if (found := _restriction(view, ban, key)) is not None],
        "inherited": list(_inherited(view, record)),
        "consents": [_consent(view, record, consent, body) for consent, body in record.consents],
    }


def _regime(view: View, record: ElementRecord, regime: str) -> dict[str, Any]:
    law = view.compiled.known.laws.element_law(record, regime)
    level = law.level(view.at.microseconds)
    entry = record.regulatory.get(regime) or {}
    term = view.compiled.material.vocabulary.regimes.get(regime)
    return {
        "regime": regime,
        "title": term.title if term else regime,
        "why": list(_why(view, record, regime)),
        "sensitivity": level,
        "word": str(law.words.get(level, level)),
        "status": str(entry.get("status") or ("unknown" if law.needs[1] else "not_required")),
    }


def _why(view: View, record: ElementRecord, regime: str) -> Iterator[str]:
    """Say what brings a regime in: the catalogue, a country of an audience, a country of storage."""
    for kind, key, country in brought_in_by(view.compiled.material, record, regime):
        if kind == "catalogue":
            yield "the catalogue lists it"
        elif kind == "audience":
            yield f"people of {key} are in {country}"
        else:
            yield f"what origin {key.rpartition('#')[2]} brings is stored in {country}"


def _restriction(view: View, ban: Prohibition, key: str) -> dict[str, Any] | None:
    """Give a prohibition that binds now or later; None for one that is over."""
    instant = view.at.microseconds
    window = next(((start, end) for start, end in ban.windows if end > instant), None)
    if window is None:
        return None
    return {
        "purpose": ban.purpose,
        "process": ban.process or None,
        "audience": ban.audience or None,
        "source": None if ban.source == key else ban.source,
        "path": list(ban.path),
        "from": Moment(window[0], view.at.zone).day if window[0] > instant else None,
    }


def _inherited(view: View, record: ElementRecord) -> Iterator[dict[str, Any]]:
    """Give what sources bring along beside prohibitions: a higher sensitivity, and consents that ended."""
    material, instant, laws = view.compiled.material, view.at.microseconds, view.compiled.known.laws
    for way in laws.sources.of(record.key):
        source = material.elements.get(way.source)
        if source is None or not within(way.windows, instant):
            continue
        shared = {"source": way.source, "path": list(way.path)}
        for regime in regimes_of(material, record, ""):
            own, theirs = (laws.levels.own(key, regime) for key in (record.key, way.source))
            if ORDER.index(theirs) > ORDER.index(own):
                yield shared | {"what": "sensitivity", "regime": regime, "state": theirs}
        for key, body in source.consents:
            state = _state(view, source, key, body)
            if state in OVER:
                yield shared | {"what": "consent", "consent": key.rpartition("#")[2], "state": state}


def _consent(view: View, record: ElementRecord, key: str, body: Body) -> dict[str, Any]:
    return {
        "consent": key.rpartition("#")[2],
        "purpose": body.get("purpose"),
        "audience": body.get("audience"),
        "regimes": list(body.get("regimes") or ()),
        "state": _state(view, record, key, body),
        "expires": body.get("expires"),
    }


def _state(view: View, record: ElementRecord, key: str, body: Body) -> str:
    """Give the state of one consent at the instant of the view, as the judge would see it by itself."""
    alone = ElementRecord(record.key, record.body, consents=[(key, body)])
    purpose, audience = str(body.get("purpose") or ""), str(body.get("audience") or "")
    dates = ConsentDates(view.compiled.material, alone, purpose, "", (audience,), view.table.purposes)
    facts, number = dates.at(view.at.microseconds)
    return str(facts[0]) if number >= 0 else str(body.get("status") or "unknown")


def element_lines(view: View, about: Mapping[str, Any]) -> list[str]:
    """Write what holds for every use of an element."""
    lines = [f"{about['title']} ({about['key']}), at {view.at.shown}"]
    if about["retired"]:
        lines.append("It is retired.")
    for law in about["regimes"]:
        own = f" (its word for {law['sensitivity']})" if law["word"] != law["sensitivity"] else ""
        status = law["status"].replace("_", " ")
        lines.append(f"{law['regime']} applies: {'; '.join(law['why'])}.")
        lines.append(f"  Under it the element is {law['word']}{own}; declared status {status}.")
    if not about["regimes"]:
        lines.append("No regime applies: the catalogue lists none, and no country brings one in.")
    lines += [_restriction_line(ban) for ban in about["restrictions"]]
    for brought in about["inherited"]:
        what = f"consent {brought['consent']}" if brought["what"] == "consent" else f"{brought['regime']} takes it as"
        lines.append(
            f"It inherits from {brought['source']}: {what} {brought['state']} ({' → '.join(brought['path'])})."
        )
    for consent in about["consents"]:
        whose = f" of {consent['audience']}" if consent["audience"] else ""
        until = f", until {consent['expires']}" if consent["expires"] else ""
        lines.append(f"Consent {consent['consent']}{whose} for {consent['purpose']}: {consent['state']}{until}.")
    return lines


def _restriction_line(ban: Mapping[str, Any]) -> str:
    who = f"{ban['process']} must not use it" if ban["process"] else "It must not be used"
    whose = f" with data of {ban['audience']}" if ban["audience"] else ""
    since = f" from {ban['from']} on" if ban["from"] else ""
    way = f": prohibited at {ban['source']} ({' → '.join(ban['path'])})" if ban["source"] else ""
    return f"{who} for {ban['purpose']}{whose}{since}{way}."
