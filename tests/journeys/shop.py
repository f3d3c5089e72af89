"""A small shop of invented people: one sound use, and one that waits for its outcome and insight."""

from __future__ import annotations

DAY = "2026-09-01"
NOW = 1_788_264_000  # 2026-09-01T12:00:00Z
MADE = 1_785_585_600  # 2026-08-01T12:00:00Z, when the catalogue was made

SURROUNDINGS = """\
catalogue:
  name: Kaufhaus Nord
  publisher: nord
  regimes: [eu-gdpr]
  time_zone: Europe/Berlin
  review: none
  defaults: {review: P12M, pilot: P90D}
parties:
- {key: nord, name: Kaufhaus Nord GmbH, role: controller, country: DE, contact: privacy@nord.example}
- {key: kurier, name: Kurier GmbH, role: processor, country: DE, contract: AVV-2026-04}
audiences:
- {key: customer, title: Customers, rank: 1, owner: head-of-crm, process: care, measure: repeat orders, countries: [DE]}
touchpoints:
- {key: web-checkout, title: Web checkout, journey: during, channel: digital}
statements:
- key: notice-7
  title: Privacy notice, version 7
  touchpoints: [web-checkout]
  audiences: [customer]
  in_force: {from: 2026-03-01}
  evidence: [notices/notice-7.md]
  items: [controller, dpo, purpose, basis, legit_interest, recipients, transfer, retention, rights, withdraw, complaint,
          obligation, adm]
  says:
  - {modality: will, elements: [customer.phone_number], purpose: DeliveryOfGoods, recipients: [kurier], retention: P24M}
  - {modality: will_not, elements: [customer.phone_number], purpose: SellDataToThirdParties}
purposes:
- {key: AgreeDeliverySlot, title: Agree a delivery slot, broader: [DeliveryOfGoods]}
processes:
- {key: parcel-dispatch, title: Parcel dispatch, owner: budi, operations: [Use, Disclose], recipients: [kurier],
   automation: none}
- {key: slot-planning, title: Slot planning, owner: budi, operations: [Use], automation: none}
"""

ELEMENTS = """\
elements:
- key: customer.phone_number
  title: Phone number
  description: Mobile number typed at checkout
  also_known_as: [mobile, nomor HP, Handy]
  kind: identity
  category: pd:TelephoneNumber
  value: text
  identifiability: identifying
  audiences: [customer]
  steward: rina
  origins:
  - key: checkout
    mode: provided
    source: data_subject
    touchpoint: web-checkout
    captured_by: web-shop
    captured_since: 2026-03-01
    stored_in: {system: crm-db, country: DE}
    told: [notice-7]
    retention: {period: P24M, from: last order, then: erase}
    measures: [encryption_at_rest, access_control]
  fields:
  - {namespace: "postgres://crm:5432", dataset: public.customers, field: phone}
  regulatory:
  - {regime: eu-gdpr, status: compliant, assessed: 2026-03-10, by: dewi, review_by: 2027-03-10}
- {key: customer.email, title: E-mail address, description: Typed at checkout, kind: identity, category: pd:EmailAddress,
   value: text, audiences: [customer], steward: rina}
"""

_USE = """\
- element: customer.phone_number
  process: {process}
  purpose: {purpose}
  effect: allow
  basis: {{eu-gdpr: contract_performance}}
  evidence: [terms-of-sale-2026]
  why: The courier calls from the street; an e-mail is read hours later
  alternatives: [{{element: customer.email, why_not: read too late}}]
  necessity: required
  told: [notice-7]
  expects: {{organisation: {{benefit: fewer failed deliveries, measure: failed deliveries, target: "< 3 %"}},
            subject: {{benefit: parcel arrives the first time, measure: first-attempt deliveries, target: "> 95 %"}}}}
  review_by: 2027-03-01
"""

LOOP = """\
  outcomes:
  - key: 2026-q2
    period: {from: 2026-04-01, until: 2026-06-30}
    organisation: {value: benefit, observed: "2.1 % failed"}
    subject: {value: benefit, observed: "97 % at first attempt"}
    evidence: [dashboards/dispatch-q2.pdf]
    recorded: 2026-07-05
  insights:
  - {key: slot-first, outcomes: [2026-q2], learned: calls before noon work best, decision: confirm, applied: 2026-07-20,
     evidence: [reviews/2026-07.md]}
"""

SOUND = _USE.format(process="parcel-dispatch", purpose="DeliveryOfGoods")
OPEN = _USE.format(process="slot-planning", purpose="AgreeDeliverySlot")
USES = f"uses:\n{SOUND}{LOOP}{OPEN}"

FILES = {"surroundings.yaml": SURROUNDINGS, "elements.yaml": ELEMENTS, "uses.yaml": USES}
SOUND_QUESTION = ("parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods")
OPEN_QUESTION = ("slot-planning", "customer.phone_number", "--for", "AgreeDeliverySlot")
