"""Facts of elements, their origins and audiences; what regimes their storage and audiences bring in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lineage.domain.facts import Scope, own_facts
from lineage.judge.material import Body, ElementRecord, Material


def given(value: object) -> str:
    """Say whether a fact was declared: empty and blank count as not said."""
    if isinstance(value, str):
        value = value.strip()
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = any(item.strip() for item in value)
    return "given" if value else "missing"


def element_facts(
    material: Material, element: ElementRecord, sources: str, *, circle: bool, biometric: bool, proven: bool
) -> tuple[Any, ...]:
    """Give the facts of scope element, in their declared order.

    That nobody can be found in data is a claim: without ``proven`` it counts as pseudonymised.
    """
    body = element.body
    derived = any(
        origin.get("mode") in ("derived", "inferred") or origin.get("derived_from") for _, origin in element.origins
    )
    claimed = body.get("identifiability") in CLAIMS
    flags = material.vocabulary.category_flags(body["category"]) if body.get("category") else frozenset()
    return (
        given(body.get("title")),
        given(body.get("description")),
        body.get("kind") or "missing",
        given(body.get("category")),
        tuple(sorted(flags)),
        tuple(sorted(material.vocabulary.categories_above(str(body.get("category") or "")))),
        biometric,
        given(element.consents),
        body.get("value") or "missing",
        "pseudonymised" if claimed and not proven else body.get("identifiability") or "indirect",
        "retired" if element.retired else body.get("lifecycle") or "active",
        given(body.get("steward")),
        given(body.get("audiences")),
        given(element.origins),
        derived,
        sources,
        circle,
    )


CLAIMS = ("anonymised", "non_personal")
"""What an element may be said to be so that hardly any law applies: both need proof."""


def origin_facts(material: Material, origin: Body) -> tuple[Any, ...]:
    """Give the facts of scope origin itself; the catalogue's defaults fill in for retention and measures."""
    stored = origin.get("stored_in") or {}
    retention = origin.get("retention") or material.defaults.get("retention") or {}
    parts = (retention.get("period") or retention.get("criteria"), retention.get("from"), retention.get("then"))
    told = origin.get("told")
    return (
        origin.get("mode") or "missing",
        origin.get("source") or "missing",
        given(origin.get("party")),
        given(origin.get("touchpoint")),
        given(material.touchpoints.get(origin.get("touchpoint") or "", {}).get("journey")),
        given(origin.get("captured_by")),
        given(origin.get("captured_since")),
        given(stored.get("system")),
        given(stored.get("country")),
        "given" if all(parts) else "partial" if any(parts) else "missing",
        told if told == "not_told" else given(told),
        given(origin.get("measures") or material.defaults.get("measures")),
        _security(origin.get("measures") or material.defaults.get("measures") or ()),
        given(origin.get("derived_from")),
    )


def _security(measures: Iterable[str]) -> str:
    """Say whether both encryption and access control are named, as DPV terms or in words of one's own."""
    said = [str(measure).lower() for measure in measures]
    both = [any(word in measure for measure in said) for word in ("encrypt", "access")]
    return "given" if all(both) else "partial" if any(both) else "missing"


def from_body(material: Material, category: str) -> bool:
    """Tell whether a category is data about body, face or voice (EU AI Act Article 3(34))."""
    return bool(material.vocabulary.categories_above(category) & _BODY)


_BODY = frozenset({"pd:Biometric", "pd:Picture", "pd:VoiceCommunicationRecording", "pd:VoiceMail"})


def audience_facts(audience: Body) -> tuple[Any, ...]:
    """Give the facts of scope audience."""
    return tuple(given(audience.get(fact.name.partition(".")[2])) for fact in own_facts(Scope.AUDIENCE))


def regimes_of(material: Material, element: ElementRecord, audience: str) -> tuple[str, ...]:
    """Give the regimes that apply: the catalogue's, and the general ones of audiences' and storage countries."""
    found = set(material.catalogue.get("regimes") or ())
    by_country = material.vocabulary.regimes_of_country
    for key in (audience,) if audience else tuple(element.body.get("audiences") or ()):
        for country in material.audiences.get(key, {}).get("countries") or ():
            found.update(by_country.get(country, ()))
    for _, origin in element.origins:
        found.update(by_country.get((origin.get("stored_in") or {}).get("country") or "", ()))
    return tuple(sorted(found))


def brought_in_by(material: Material, element: ElementRecord, regime: str) -> Iterator[tuple[str, str, str]]:
    """Give what makes a regime apply to an element, as (catalogue, audience or origin; key; country)."""
    by_country = material.vocabulary.regimes_of_country
    if regime in (material.catalogue.get("regimes") or ()):
        yield "catalogue", "", ""
    for key in element.body.get("audiences") or ():
        for country in material.audiences.get(key, {}).get("countries") or ():
            if regime in by_country.get(country, ()):
                yield "audience", key, country
    for key, origin in element.origins:
        country = (origin.get("stored_in") or {}).get("country") or ""
        if regime in by_country.get(country, ()):
            yield "origin", key, country


def captured_since(element: ElementRecord) -> str:
    """Give the first day of capture over all origins; nothing when one of them does not know it."""
    days = [origin.get("captured_since") or "" for _, origin in element.origins]
    return min(days) if days and all(days) else ""
