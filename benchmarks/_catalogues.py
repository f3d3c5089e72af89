"""Generated catalogues: N elements, two uses each, whole facts with a known share of gaps. The same N gives the same files."""

from __future__ import annotations

from pathlib import Path

PER_FILE = 1_000
PURPOSES = (
    "DeliveryOfGoods",
    "CustomerCare",
    "PaymentManagement",
    "FraudPreventionAndDetection",
    "ServiceUsageAnalytics",
    "RecordManagement",
)
CATEGORIES = (
    "pd:TelephoneNumber",
    "pd:EmailAddress",
    "pd:PhysicalAddress",
    "pd:Name",
    "pd:Purchase",
    "pd:BrowsingBehaviour",
)
KINDS = ("identity", "identity", "identity", "identity", "behavioural", "behavioural")
PROCESSES = 200

HEAD = """\
catalogue: {name: Generated, description: Made for measuring, publisher: maker, regimes: [eu-gdpr], time_zone: UTC,
  defaults: {review: P12M, pilot: P90D, measures: [encryption_at_rest]}}
parties:
- {key: maker, name: Maker Ltd, role: controller, country: DE, contact: privacy@maker.example}
audiences:
- {key: customer, title: Customers, rank: 1, owner: crm, process: care, measure: repeat orders, countries: [DE]}
touchpoints:
- {key: checkout, title: Checkout, journey: during, channel: digital}
statements:
- key: notice
  title: Notice
  touchpoints: [checkout]
  audiences: [customer]
  in_force: {from: 2025-01-01}
  items: [controller, dpo, purpose, basis, legit_interest, recipients,
    transfer, retention, rights, withdraw, complaint, obligation, adm]
  says:
%(says)s
assessments:
- {key: compatible, type: compatibility, covers: {purposes: [%(purposes)s]}, result: compatible, requested_by: budi,
   approved_by: dewi, approved: 2025-01-01, valid_until: 2028-12-31}
processes:
""" % {  # noqa: UP031 - braces stand for YAML here
    "says": "\n".join(f"  - {{modality: will, purpose: {p}, recipients: [], retention: P24M}}" for p in PURPOSES),
    "purposes": ", ".join(PURPOSES),
}

ELEMENT = """\
- key: data.e{n}
  title: Element {n}
  description: Generated element number {n}
  kind: {kind}
  category: {category}
  value: text
  audiences: [customer]
{steward}  origins:
  - key: only
    mode: {mode}
    source: data_subject
    touchpoint: checkout
    captured_by: shop
    captured_since: 2025-01-01
    stored_in: {{system: crm, country: DE}}
    told: [notice]
    retention: {{period: P24M, from: last order, then: erase}}
{derived}  regulatory:
  - {{regime: eu-gdpr, status: compliant, assessed: 2026-01-10, by: dewi, review_by: 2027-06-{day:02d}}}
"""

USE = """\
- element: data.e{n}
  process: process-{process}
  purpose: {purpose}
  effect: allow
  basis: {{eu-gdpr: contract_performance}}
  evidence: [terms-2026]
{why}  alternatives: [{{element: data.e{other}, why_not: it comes too late}}]
  necessity: required
  told: [notice]
  expects:
    organisation: {{benefit: less work, measure: hours, target: "< 10"}}
    subject: {{benefit: less waiting, measure: minutes, target: "< 5"}}
  review_by: 2027-03-{day:02d}
  outcomes:
  - key: q2
    period: {{from: 2026-04-01, until: 2026-06-30}}
    organisation: {{value: benefit, observed: 9 hours}}
    subject: {{value: benefit, observed: 4 minutes}}
    evidence: [dashboards/{n}]
    recorded: 2026-07-{day:02d}
{insight}"""

INSIGHT = """\
  insights:
  - {{key: i1, outcomes: [q2], learned: mornings work best, decision: confirm, applied: 2026-08-{day:02d},
     evidence: [reviews/{n}]}}
"""


def write_catalogue(folder: Path, elements: int) -> int:
    """Write a catalogue of ``elements`` elements and twice as many uses; give the bytes written.

    Of 100 elements one lacks its steward, ten derive from another; of 100 uses one says no reason, ten have no insight.
    """
    folder.mkdir(parents=True, exist_ok=True)
    processes = "".join(
        f"- {{key: process-{i}, title: Process {i}, owner: budi, operations: [Use]}}\n" for i in range(PROCESSES)
    )
    size = _write(folder / "catalogue.yaml", HEAD + processes)
    for start in range(0, elements, PER_FILE):
        numbers = range(start, min(start + PER_FILE, elements))
        size += _write(folder / f"elements-{start:07d}.yaml", "elements:\n" + "".join(_element(n) for n in numbers))
        size += _write(folder / f"uses-{start:07d}.yaml", "uses:\n" + "".join(_uses(n, elements) for n in numbers))
    return size


def _write(path: Path, text: str) -> int:
    path.write_text(text, encoding="utf-8")
    return len(text)


def _element(n: int) -> str:
    derived = n % 10 == 9
    return ELEMENT.format(
        n=n,
        kind=KINDS[n % 6],
        category=CATEGORIES[n % 6],
        steward="" if n % 100 == 7 else f"  steward: person-{n % 50}\n",
        mode="derived" if derived else "provided",
        derived=f"    derived_from: [{{element: data.e{n - 9}}}, {{element: data.e{n - 4}}}]\n" if derived else "",
        day=n % 28 + 1,
    )


def _uses(n: int, elements: int) -> str:
    parts = []
    for second in (0, 1):
        number = 2 * n + second
        parts.append(
            USE.format(
                n=n,
                process=number * 7 % PROCESSES,
                purpose=PURPOSES[(n + second) % 6],
                why="" if number % 100 == 3 else "  why: Nothing else reaches the person in time\n",
                other=(n + 1) % elements,
                day=number % 28 + 1,
                insight="" if number % 10 == 4 else INSIGHT.format(n=n, day=number % 28 + 1),
            )
        )
    return "".join(parts)
