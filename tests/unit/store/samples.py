"""A small catalogue in which every kind has every field said, and helpers to write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lineage.domain.canonical import canonical, digest_of
from lineage.store.commands import Change, Command

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
USE = "customer.phone/dispatch/DeliveryOfGoods/customer"
COVERS = {
    "elements": ["customer.phone"],
    "processes": ["dispatch"],
    "purposes": ["DeliveryOfGoods"],
    "regimes": ["eu-gdpr"],
}
RETENTION = {"period": "P24M", "from": "last order", "then": "erase", "criteria": "until the warranty ends"}

SAMPLES: list[tuple[str, str, dict[str, Any]]] = [
    ("vocabulary", "regimes", {"key": "regimes"}),
    ("catalogue", "catalogue", {
        "name": "Nord", "description": "A shop", "publisher": "nord", "home_jurisdiction": "DE", "regimes": ["eu-gdpr"],
        "time_zone": "Europe/Berlin", "review": "none",
        "defaults": {"review": "P12M", "pilot": "P90D", "retention": RETENTION, "measures": ["encryption_at_rest"]},
    }),
    ("party", "nord", {
        "key": "nord", "name": "Nord GmbH", "role": "controller", "country": "DE", "contact": "privacy@nord.example",
        "address": "Hafen 1", "email": "a@nord.example", "phone": "+49 30", "contract": "AVV-1", "transfer": "A46-2-c",
        "evidence": ["contracts/1.pdf"],
    }),
    ("audience", "customer", {
        "key": "customer", "title": "Customers", "rank": 1, "owner": "crm", "process": "care", "measure": "orders",
        "countries": ["DE", "AT"], "subject": "dpv:Customer", "vulnerable": False, "minor": True, "age_band": "13-17",
    }),
    ("touchpoint", "web", {"key": "web", "title": "Web", "journey": "during", "channel": "digital"}),
    ("statement", "notice-7", {
        "key": "notice-7", "title": "Notice 7", "touchpoints": ["web"], "audiences": ["customer"], "language": "de",
        "in_force": {"from": "2026-03-01", "until": "2027-03-01"}, "evidence": ["notice.md"],
        "items": ["controller", "dpo"],
        "says": [
            {"modality": "will", "elements": ["customer.phone"], "purpose": "DeliveryOfGoods", "recipients": ["nord"],
             "retention": "P24M", "benefit": "quick parcels"},
            {"modality": "will_not", "purpose": "SellDataToThirdParties", "recipients": []},
        ],
    }),
    ("purpose", "AgreeSlot", {
        "key": "AgreeSlot", "title": "Slot", "description": "Agree one", "broader": ["DeliveryOfGoods"],
    }),
    ("element", "customer.phone", {
        "key": "customer.phone", "title": "Phone", "description": "Typed", "also_known_as": ["Handy", "nomor HP"],
        "kind": "identity", "category": "pd:TelephoneNumber", "value": "text", "identifiability": "identifying",
        "sensitivity": {"eu-gdpr": "ordinary", "us-ca": "sensitive"}, "lifecycle": "active", "audiences": ["customer"],
        "steward": "rina", "fields": [{"namespace": "postgres://crm", "dataset": "public.c", "field": "phone"}],
    }),
    ("element", "customer.mail", {"key": "customer.mail"}),
    ("origin", "customer.phone#checkout", {
        "key": "checkout", "mode": "provided", "source": "data_subject", "party": "nord", "touchpoint": "web",
        "captured_by": "shop", "captured_since": "2026-03-01", "told": ["notice-7"], "retention": RETENTION,
        "stored_in": {"system": "crm", "country": "DE", "transfer": "A45", "evidence": ["scc"]},
        "measures": ["access_control"], "derived_from": [{"element": "customer.mail", "masking": True}],
    }),
    ("origin", "customer.mail#quiet", {"key": "quiet", "told": "not_told"}),
    ("consent", "customer.phone#sms", {
        "key": "sms", "purpose": "DirectMarketing", "audience": "customer", "regimes": ["eu-gdpr"], "status": "given",
        "explicit": True, "method": "ticked_box", "statement": "notice-7", "given": "2026-03-05",
        "expires": "2028-03-05",
        "withdraw": "account page", "withdrawn": "2026-08-01",
        "bundled": False, "detriment": True, "separate_from_terms": True, "give_steps": 1, "withdraw_steps": 2,
        "guardian": "form 7",
    }),
    ("regulatory", "customer.phone#eu-gdpr", {
        "regime": "eu-gdpr", "status": "compliant", "assessed": "2026-03-10", "by": "dewi", "review_by": "2027-03-10",
        "reasons": ["all in order"],
    }),
    ("process", "dispatch", {
        "key": "dispatch", "title": "Dispatch", "description": "Sends", "owner": "budi",
        "operations": ["Use", "Disclose"],
        "recipients": ["nord"], "automation": "none", "scale": "large", "system": "wms",
    }),
    ("use", USE, {
        "element": "customer.phone", "process": "dispatch", "purpose": "DeliveryOfGoods", "audience": "customer",
        "effect": "allow", "basis": {"eu-gdpr": "contract_performance"}, "special_condition": {"eu-gdpr": "A9-2-a"},
        "law": "BGB 433", "objection": "by mail", "opt_out": "by post", "evidence": ["terms"],
        "why": "The courier calls from the street", "alternatives": [{"element": "customer.mail", "why_not": "late"}],
        "necessity": "required", "told": ["notice-7"],
        "expects": {"organisation": {"benefit": "fewer trips", "measure": "trips", "target": 3},
                    "subject": {"benefit": "first time", "measure": "attempts", "target": "> 95 %"}},
        "review_by": "2027-03-01", "changed": "2026-04-01",
        "pilot": {"from": "2026-03-01", "until": "2026-05-30", "hypothesis": "halves", "measure": "failed", "target": 4,
                  "owner": "budi", "requested_by": "rina", "approved_by": "dewi", "legacy": True},
    }),
    ("use", "customer.mail//SellDataToThirdParties", {
        "element": "customer.mail", "purpose": "SellDataToThirdParties", "effect": "prohibit", "alternatives": "none",
        "told": "not_told",
    }),
    ("outcome", f"{USE}#q2", {
        "key": "q2", "period": {"from": "2026-04-01", "until": "2026-06-30"},
        "organisation": {"value": "benefit", "observed": 2}, "subject": {"value": "none", "observed": "97 %"},
        "evidence": ["q2.pdf"], "recorded": "2026-07-05", "by": "sari",
    }),
    ("insight", f"{USE}#slot", {
        "key": "slot", "outcomes": ["q2"], "learned": "before noon", "decision": "confirm", "applied": "2026-07-20",
        "evidence": ["07.md"], "by": "joko",
    }),
    ("assessment", "dpia-1", {
        "key": "dpia-1", "title": "DPIA", "type": "dpia", "covers": COVERS, "result": "acceptable",
        "requested_by": "rina",
        "approved_by": "dewi", "approved": "2026-03-01", "valid_until": "2028-03-01", "evidence": ["dpia.pdf"],
    }),
    ("waiver", "eu-gdpr/EU-18#0123456789ab", {
        "finding": "eu-gdpr/EU-18", "covers": COVERS, "reason": "under way",
        "requested_by": "rina", "approved_by": "dewi",
        "until": "2026-11-30",
    }),
    ("emergency", "change-7", {
        "key": "change-7", "until": "2026-11-30", "reason": "the shop is down", "uses": [USE],
    }),
]  # fmt: skip
BODIES = {(kind, key): body for kind, key, body in SAMPLES}


def change(kind: str, key: str, body: dict[str, Any] | None = None, operation: Any = "add") -> Change:
    text = canonical(BODIES[kind, key] if body is None else body)
    return Change(kind, key, operation, text, digest_of(text))


def all_changes() -> list[Change]:
    return [change(kind, key) for kind, key, _ in SAMPLES]


def command(minutes: int = 0, request: str | None = None, actor: str = "rina", reason: str | None = None) -> Command:
    return Command(actor, "declared with --by", NOON + timedelta(minutes=minutes), request, reason)
