"""Grants as the documents of a real catalogue, so that our engine answers from what the product itself compiles."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._grants import AUDIENCE, REGIME, Ask, Grants
from lineage.domain.canonical import canonical

Row = tuple[str, str, int, str, str, bool]
"""kind, key, version, body, digest, retired: what a store holds of a document."""


def rows_of(grants: Grants) -> Iterator[Row]:
    """Write grants as the documents of a catalogue whose uses have closed cycles, but for the elements left open."""
    for kind, key, body in _documents(grants):
        yield kind, key, 1, canonical(body), "", False


def _documents(grants: Grants) -> Iterator[tuple[str, str, dict[str, object]]]:
    yield from _around(grants)
    for purpose, parents in grants.above_of.items():
        yield (
            "purpose",
            purpose,
            {"key": purpose, "title": purpose.upper(), "broader": list(parents or ("ServiceProvision",))},
        )
    for element in grants.elements:
        yield from _element(element, grants.parents[element])
    for process in grants.processes:
        yield (
            "process",
            process,
            {"key": process, "title": f"Process {process}", "owner": "budi", "operations": ["Use"]},
        )
    for grant in grants.grants:
        yield from _use(grant, closed=grant.element not in grants.open)
    for element, purpose in grants.prohibitions:
        yield "use", f"{element}//{purpose}", {"element": element, "purpose": purpose, "effect": "prohibit"}


def _around(grants: Grants) -> Iterator[tuple[str, str, dict[str, object]]]:
    granted = grants.purposes[1:]
    yield "catalogue", "catalogue", {
        "name": "Grants", "description": "Made for measuring", "publisher": "maker", "regimes": [REGIME],
        "time_zone": "UTC", "defaults": {"review": "P12M", "pilot": "P90D"}, "review": "none",
    }  # fmt: skip
    yield "party", "maker", {
        "key": "maker", "name": "Maker Ltd", "role": "controller", "country": "DE", "contact": "privacy@maker.example",
    }  # fmt: skip
    yield "audience", AUDIENCE, {
        "key": AUDIENCE, "title": "Customers", "rank": 1, "owner": "crm", "process": "care", "measure": "repeat orders",
        "countries": ["DE"],
    }  # fmt: skip
    yield "touchpoint", "checkout", {"key": "checkout", "title": "Checkout", "journey": "during", "channel": "digital"}
    yield "statement", "notice", {
        "key": "notice", "title": "Notice", "touchpoints": ["checkout"], "audiences": [AUDIENCE],
        "in_force": {"from": "2025-01-01"}, "evidence": ["notice.md"],
        "items": ["controller", "dpo", "purpose", "basis", "legit_interest", "recipients", "transfer", "retention", "rights",
                  "withdraw", "complaint", "obligation", "adm"],
        "says": [{"modality": "will", "purpose": p, "recipients": [], "retention": "P24M"} for p in granted],
    }  # fmt: skip
    yield "assessment", "compatible", {
        "key": "compatible", "type": "compatibility", "covers": {"purposes": granted}, "result": "compatible",
        "requested_by": "budi", "approved_by": "dewi", "approved": "2025-01-01", "valid_until": "2028-12-31",
    }  # fmt: skip


def _element(key: str, parents: tuple[str, ...]) -> Iterator[tuple[str, str, dict[str, object]]]:
    yield "element", key, {
        "key": key, "title": f"Element {key}", "description": f"Generated element {key}", "kind": "identity",
        "category": "pd:TelephoneNumber", "value": "text", "identifiability": "identifying", "audiences": [AUDIENCE],
        "steward": "rina", "lifecycle": "active",
    }  # fmt: skip
    derived = {"derived_from": [{"element": parent} for parent in parents]} if parents else {}
    yield "origin", f"{key}#only", {
        "key": "only", "mode": "derived" if parents else "provided", "source": "data_subject", "touchpoint": "checkout",
        "captured_by": "shop", "captured_since": "2025-01-01", "stored_in": {"system": "crm", "country": "DE"},
        "told": ["notice"], "retention": {"period": "P24M", "from": "last order", "then": "erase"},
        "measures": ["encryption_at_rest", "access_control"],
    } | derived  # fmt: skip
    yield "regulatory", f"{key}#{REGIME}", {
        "regime": REGIME, "status": "compliant", "assessed": "2026-01-10", "by": "dewi", "review_by": "2027-06-01",
    }  # fmt: skip


def _use(grant: Ask, *, closed: bool) -> Iterator[tuple[str, str, dict[str, object]]]:
    key = f"{grant.element}/{grant.process}/{grant.purpose}"
    yield "use", key, {
        "element": grant.element, "process": grant.process, "purpose": grant.purpose, "effect": "allow",
        "basis": {REGIME: "contract_performance"}, "evidence": ["terms-2026"],
        "why": "Nothing else reaches the person in time", "alternatives": "none", "necessity": "required", "told": ["notice"],
        "expects": {"organisation": {"benefit": "less work", "measure": "hours", "target": "< 10"},
                    "subject": {"benefit": "less waiting", "measure": "minutes", "target": "< 5"}},
        "review_by": "2027-03-01",
    }  # fmt: skip
    yield "outcome", f"{key}#q2", {
        "key": "q2", "period": {"from": "2026-04-01", "until": "2026-06-30"}, "recorded": "2026-07-05",
        "organisation": {"value": "benefit", "observed": "9 hours"}, "subject": {"value": "benefit", "observed": "4 minutes"},
        "evidence": ["dashboards/q2"],
    }  # fmt: skip
    if closed:
        yield "insight", f"{key}#i1", {
            "key": "i1", "outcomes": ["q2"], "learned": "mornings work best", "decision": "confirm", "applied": "2026-08-01",
            "evidence": ["reviews/q2"],
        }  # fmt: skip
