"""Catalogues for the composing of reports, read and judged as the product does it; EXAMPLE is that of docs/format.md."""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from lineage.content import content
from lineage.domain.canonical import canonical
from lineage.domain.days import after
from lineage.domain.vocabulary import Vocabulary
from lineage.intake.declarations import read_declarations
from lineage.intake.yaml_text import read_yaml
from lineage.judge.compile import Compiled, compile_table
from lineage.report.compose import ReportView

DAY = "2026-11-22"

SHOP = """
catalogue:
  name: Laden Ost
  description: Customer data of an invented shop
  publisher: ost
  regimes: [eu-gdpr]
  time_zone: Europe/Berlin
  defaults: {review: P12M, pilot: P90D}
parties:
- {key: ost, name: Laden Ost GmbH, role: controller, country: DE, contact: privacy@ost.example}
- {key: kurier, name: Kurier GmbH, role: processor, country: DE, contract: AVV-1}
audiences:
- {key: customer, title: Customers, rank: 1, owner: head-of-crm, process: customer-care, measure: repeat orders}
- {key: fan, title: Fans}
touchpoints:
- {key: till, title: Shop till, journey: during, channel: paper}
- {key: web, title: Web shop, journey: before, channel: digital}
statements:
- key: notice-1
  title: Privacy notice, version 1
  touchpoints: [till]
  in_force: {from: 2026-01-01}
  items: [controller, purpose, basis, recipients, retention, rights, complaint, obligation, withdraw]
  says:
  - {modality: will, elements: [customer.basket], purpose: DeliveryOfGoods, recipients: [kurier], retention: P24M}
  - {modality: will_not, elements: [customer.basket], purpose: DirectMarketing, recipients: []}
  - {modality: may, elements: [customer.basket]}
- {key: notice-2, title: Privacy notice for fans, in_force: {from: 2027-01-01},
   says: [{modality: will_not, elements: [customer.basket], purpose: DirectMarketing}]}
purposes:
- {key: AgreeSlot, title: Agree a delivery slot, broader: [DeliveryOfGoods]}
elements:
- key: customer.basket
  title: Basket
  description: What somebody bought at the till
  also_known_as: [cart]
  kind: behavioural
  category: pd:Purchase
  value: code
  audiences: [customer]
  steward: rina
  origins:
  - {key: till, mode: observed, source: data_subject, touchpoint: till, captured_by: till-software,
     captured_since: 2026-01-15, stored_in: {system: shop-db, country: DE}, told: [notice-1],
     retention: {period: P24M, from: last order, then: erase}, measures: [encryption_at_rest]}
  consents:
  - {key: ads, purpose: DirectMarketing, audience: customer, regimes: [eu-gdpr], status: given, explicit: true,
     method: ticked_box, statement: notice-1, given: 2026-02-01, expires: 2026-12-05, withdraw: account page}
  - {key: old, purpose: DirectMarketing, regimes: [eu-gdpr], status: withdrawn, method: button, given: 2026-01-20,
     withdrawn: 2026-01-31}
  regulatory:
  - {regime: eu-gdpr, status: compliant, assessed: 2026-02-01, by: dewi, review_by: 2027-02-01}
- key: customer.taste
  title: Taste score
  description: A score worked out from baskets
  kind: attitudinal
  category: pd:Preference
  value: boolean
  audiences: [customer]
  steward: rina
  origins:
  - {key: model, mode: derived, source: controller, captured_by: model, captured_since: 2026-02-01,
     stored_in: {system: model-db, country: DE}, retention: {period: P12M, from: last order, then: erase},
     measures: [access_control], derived_from: [{element: customer.basket, masking: true}]}
  regulatory:
  - {regime: eu-gdpr, status: compliant, assessed: 2026-02-01, by: dewi}
- {key: customer.email, title: E-mail address, kind: identity, audiences: [fan]}
- {key: customer.fax, title: Fax number, lifecycle: retired}
processes:
- {key: dispatch, title: Parcel dispatch, owner: budi, operations: [Use, Disclose], recipients: [kurier],
   automation: none}
- {key: campaigns, title: Campaigns, operations: [Use], automation: none}
- {key: slots, title: Slot desk, owner: budi, operations: [Use], automation: none}
uses:
- element: customer.basket
  process: dispatch
  purpose: DeliveryOfGoods
  effect: allow
  basis: {eu-gdpr: contract_performance}
  evidence: [terms-1]
  why: The packers have to know what goes into the parcel
  alternatives: [{element: customer.email, why_not: says nothing about goods}]
  necessity: required
  told: [notice-1]
  expects: {organisation: {benefit: fewer returns, measure: returns, target: "< 2 %"},
            subject: {benefit: right parcel, measure: complaints, target: "< 1 %"}}
  outcomes:
  - {key: q2, period: {from: 2026-04-01, until: 2026-06-30}, organisation: {value: benefit, observed: "1.8 % returned"},
     subject: {value: benefit, observed: "0.6 % complained"}, evidence: [dash/q2.pdf], recorded: 2026-08-05}
  insights:
  - {key: pack, outcomes: [q2], learned: heavy goods belong below, decision: confirm, applied: 2026-08-20,
     evidence: [reviews/1.md]}
- element: customer.basket
  process: campaigns
  purpose: DirectMarketing
  effect: allow
  basis: {eu-gdpr: consent}
  opt_out: link in each mail
  why: What somebody bought says what they may want next
  alternatives: none
  necessity: optional
  told: [notice-1]
  expects: {organisation: {benefit: more orders, measure: orders, target: 5}, subject: {benefit: fitting offers,
            measure: replies, target: "> 2 %"}}
- element: customer.basket
  process: slots
  purpose: AgreeSlot
  effect: allow
  basis: {eu-gdpr: contract_performance}
  evidence: [terms-1]
  why: A large basket needs a longer slot at the door
  alternatives: none
  necessity: required
  told: [notice-1]
  expects: {organisation: {benefit: fewer trips, measure: trips, target: 3}, subject: {benefit: one trip,
            measure: trips, target: 1}}
  pilot: {from: 2026-10-01, until: 2026-12-10, hypothesis: fewer trips, measure: trips, target: 3, owner: budi,
          requested_by: rina, approved_by: dewi}
- {element: customer.basket, purpose: SellDataToThirdParties, effect: prohibit}
- {element: customer.basket, process: campaigns, purpose: TargetedAdvertising, effect: prohibit}
- element: customer.taste
  process: campaigns
  purpose: TargetedAdvertising
  effect: allow
  basis: {eu-gdpr: legitimate_interest}
  objection: a line to the shop
  opt_out: link in each mail
assessments:
- {key: lia-ads, type: lia, covers: {processes: [campaigns]}, result: acceptable, requested_by: rina, approved_by: dewi,
   approved: 2026-02-01, valid_until: 2028-02-01}
"""


EXAMPLE = """
catalogue:
  name: Kaufhaus Nord
  description: Customer data of a shop in Germany
  publisher: nord
  regimes: [eu-gdpr]
  time_zone: Europe/Berlin
  review: none
  defaults: {review: P12M, pilot: P90D}
parties:
- {key: nord, name: Kaufhaus Nord GmbH, role: controller, country: DE, contact: privacy@nord.example}
- {key: kurier, name: Kurier GmbH, role: processor, country: DE, contract: AVV-2026-04}
audiences:
- {key: customer, title: Customers, rank: 1, owner: head-of-crm, process: customer-care, measure: repeat orders,
  countries: [DE]}
touchpoints:
- {key: web-checkout, title: Web checkout, journey: during, channel: digital}
statements:
- key: notice-7
  title: Privacy notice, version 7
  touchpoints: [web-checkout]
  audiences: [customer]
  in_force: {from: 2026-03-01}
  evidence: [notices/notice-7.md]
  items: [controller, dpo, purpose, basis, legit_interest, recipients, transfer, retention, rights, withdraw,
    complaint, obligation, adm]
  says:
  - {modality: will, elements: [customer.phone_number], purpose: DeliveryOfGoods, recipients: [kurier],
    retention: P24M}
  - {modality: will_not, elements: [customer.phone_number], purpose: SellDataToThirdParties}
purposes:
- {key: AgreeDeliverySlot, title: Agree a delivery slot, broader: [DeliveryOfGoods]}
elements:
- key: customer.phone_number
  title: Phone number
  description: Mobile number typed at checkout
  also_known_as: [mobile, nomor HP, Handy]
  kind: identity
  category: pd:TelephoneNumber
  value: text
  identifiability: identifying
  lifecycle: active
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
  consents:
  - {key: sms-2026, purpose: DirectMarketing, audience: customer, regimes: [eu-gdpr], status: given, explicit: true,
     method: ticked_box, statement: notice-7, given: 2026-03-05, expires: 2028-03-05, withdraw: account page}
  regulatory:
  - {regime: eu-gdpr, status: compliant, assessed: 2026-03-10, by: dewi, review_by: 2027-03-10}
- {key: customer.email, title: E-mail address, description: Typed at checkout, kind: identity,
  category: pd:EmailAddress, value: text,
   audiences: [customer], steward: rina}
processes:
- {key: parcel-dispatch, title: Parcel dispatch, owner: budi, operations: [Use, Disclose], recipients: [kurier],
  automation: none}
uses:
- element: customer.phone_number
  process: parcel-dispatch
  purpose: DeliveryOfGoods
  effect: allow
  basis: {eu-gdpr: contract_performance}
  evidence: [terms-of-sale-2026]
  why: The courier calls from the street; an e-mail is read hours later
  alternatives: [{element: customer.email, why_not: read too late}]
  necessity: required
  told: [notice-7]
  expects: {organisation: {benefit: fewer failed deliveries, measure: failed deliveries, target: "< 3 %"},
            subject: {benefit: parcel arrives the first time, measure: first-attempt deliveries, target: "> 95 %"}}

  review_by: 2027-03-01
  pilot: {from: 2026-03-01, until: 2026-05-30, hypothesis: calls halve failed deliveries,
    measure: failed deliveries, target: "< 3 %",
          owner: budi, requested_by: rina, approved_by: dewi}
  outcomes:
  - key: 2026-q2
    period: {from: 2026-04-01, until: 2026-06-30}
    organisation: {value: benefit, observed: "2.1 % failed"}
    subject: {value: benefit, observed: "97 % at first attempt"}
    evidence: [dashboards/dispatch-q2.pdf]
    recorded: 2026-07-05
  insights:
  - {key: slot-first, outcomes: [2026-q2], learned: calls before noon work best, decision: confirm,
    applied: 2026-07-20,
     evidence: [reviews/2026-07.md]}
assessments:
- {key: dpia-crm, type: dpia, covers: {processes: [parcel-dispatch]}, result: acceptable, approved_by: dewi,
  approved: 2026-03-01, valid_until: 2028-03-01}
waivers:
- {finding: eu-gdpr/EU-18, covers: {processes: [parcel-dispatch]}, reason: register under way,
  requested_by: rina, approved_by: dewi, until: 2026-11-30}
"""


@lru_cache(maxsize=8)
def compiled(text: str) -> Compiled:
    """Read and judge a catalogue; a problem in it fails the test."""
    bodies = {path.stem: _plain(path) for path in content("catalog/vocabulary").glob("*.yaml")}
    folders = sorted(content("catalog/packs").iterdir())
    packs = {p.name: _plain(p / "pack.yaml") | _plain(p / "rules.yaml") for p in folders if p.is_dir()}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "catalogue.yaml").write_text(text, encoding="utf-8")
        read = read_declarations([Path(folder)], Vocabulary.of(bodies), lambda _kind: set())
    assert not read.problems, [(p.path, p.message) for p in read.problems]
    rows = [
        *(("vocabulary", key, 1, canonical(body), "", False) for key, body in bodies.items()),
        *(("pack", key, 1, canonical(body), "", False) for key, body in packs.items()),
        *((d.kind, d.key, 1, d.text, d.digest, False) for d in read.documents),
    ]
    return compile_table(rows, 7, "sha256:0123")


def _plain(path: Path) -> Any:
    return json.loads(json.dumps(read_yaml(path.read_text(encoding="utf-8"), path.name)[0]))


def view(text: str = SHOP, day: str = DAY, **more: Any) -> ReportView:
    """What a report on a catalogue is made of, at the end of a day."""
    found = compiled(text)
    instant = after(day, found.material.zone) - 1
    said = {
        "at": f"{day} 23:59 UTC+01:00", "at_utc": f"{day}T22:59:59Z",
        "as_of": f"{day} 23:59 UTC+01:00", "as_of_utc": f"{day}T22:59:59Z",
        "made_by": "usage-cycle 0.1.0", "where": lambda finding: f"a.yaml:{len(finding.code)}",
        "command": f"lineage report --at {day}",
    }  # fmt: skip
    return ReportView(found, instant, **(said | more))
