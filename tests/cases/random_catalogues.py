"""Random catalogues for property tests: the catalogue of phone_number.yaml with facts and dates changed at random."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from tests.cases.changing import base, change, step_into
from tests.catalogues import Data

USE = ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods"]
MOBILE = ["elements", "customer.mobile"]
ORIGIN = [*MOBILE, "origins", "order-form"]
STATUS = [*MOBILE, "regulatory", "eu-gdpr"]
DAYS = [
    "2026-01-15",
    "2026-02-01",
    "2026-03-10",
    "2026-05-02",
    "2026-06-08",
    "2026-06-22",
    "2026-08-01",
    "2026-11-22",
    "2027-01-31",
    "2027-04-01",
]
GONE = "(gone)"

days = st.sampled_from(DAYS)
day_or_gone = st.one_of(st.just(GONE), days, days)

SLOTS: list[tuple[list[str | int], st.SearchStrategy[Any]]] = [
    ([*MOBILE, "title"], st.just(GONE)),
    ([*MOBILE, "steward"], st.just(GONE)),
    ([*MOBILE, "kind"], st.sampled_from([GONE, "identity", "attitudinal", "behavioural"])),
    ([*MOBILE, "category"], st.sampled_from(["pd:HealthRecord", "pd:Mood", "pd:TelephoneNumber"])),
    ([*MOBILE, "lifecycle"], st.sampled_from(["draft", "retired", "active", "active"])),
    (
        [*MOBILE, "audiences"],
        st.sampled_from([["customer"], ["customer", "prospect"], ["child"], ["customer", "child"]]),
    ),
    ([*ORIGIN, "captured_since"], day_or_gone),
    ([*ORIGIN, "told"], st.sampled_from([GONE, "not_told"])),
    (
        [*STATUS, "status"],
        st.sampled_from([GONE, "compliant", "partially_compliant", "non_compliant", "unlawful", "unknown"]),
    ),
    ([*STATUS, "assessed"], day_or_gone),
    ([*STATUS, "review_by"], day_or_gone),
    (["processes", "bike-delivery", "automation"], st.sampled_from(["none", "partial", "full"])),
    (
        [*USE, "basis"],
        st.sampled_from([GONE, {"eu-gdpr": "consent"}, {"eu-gdpr": "contract_performance", "br-lgpd": "consent"}]),
    ),
    ([*USE, "evidence"], st.just(GONE)),
    ([*USE, "why"], st.sampled_from([GONE, "short"])),
    ([*USE, "told"], st.sampled_from([GONE, "not_told"])),
    ([*USE, "necessity"], st.sampled_from([GONE, "optional"])),
    ([*USE, "review_by"], day_or_gone),
    ([*USE, "changed"], days),
    ([*USE, "pilot", "from"], day_or_gone),
    ([*USE, "pilot", "until"], st.one_of(st.just(GONE), st.just("2027-06-30"))),
    ([*USE, "pilot", "approved_by"], st.sampled_from([GONE, "noor"])),
    ([*USE, "outcomes", "spring", "recorded"], day_or_gone),
    ([*USE, "outcomes", "spring", "organisation", "value"], st.sampled_from([GONE, "none", "harm", "benefit"])),
    ([*USE, "outcomes", "spring", "subject", "value"], st.sampled_from([GONE, "none", "harm", "benefit"])),
    ([*USE, "outcomes", "spring", "evidence"], st.just(GONE)),
    ([*USE, "insights", "ring-first", "applied"], day_or_gone),
    ([*USE, "insights", "ring-first", "decision"], st.sampled_from([GONE, "confirm", "narrow", "retire", "amend"])),
    (
        [*USE, "insights", "ring-first", "outcomes"],
        st.sampled_from([GONE, ["spring"], ["autumn"], ["spring", "autumn"]]),
    ),
    ([*MOBILE, "consents", "offers", "purpose"], st.sampled_from(["DeliveryOfGoods", "ServiceProvision"])),
    ([*MOBILE, "consents", "offers", "given"], day_or_gone),
    ([*MOBILE, "consents", "offers", "withdrawn"], days),
    ([*MOBILE, "consents", "offers", "status"], st.sampled_from(["given", "withdrawn", "requested"])),
]


def node_at(data: Data, path: list[str | int]) -> Any:
    node: Any = data
    for step in path:
        node = step_into(node, step)
    return node


def fits(data: Data, path: list[str | int]) -> bool:
    """Tell whether the place of a path is there: another edit may have taken it away."""
    try:
        node_at(data, path[:-1])
    except (KeyError, AssertionError):
        return False
    return True


def put(data: Data, path: list[str | int], value: Any) -> None:
    if not fits(data, path):
        return
    if value != GONE:
        change(data, {"set": path, "to": value})
    elif path[-1] in node_at(data, path[:-1]):
        change(data, {"remove": path})


@st.composite
def second_outcomes(draw: Any) -> Data:
    values = st.sampled_from(["benefit", "none", "harm"])
    body = {
        "key": "autumn",
        "evidence": ["a.pdf"],
        "period": {"from": "2026-06-01", "until": "2026-08-31"},
        "recorded": draw(days),
    }
    return body | {side: {"value": draw(values), "observed": 1} for side in ("organisation", "subject")}


@st.composite
def second_insights(draw: Any) -> Data:
    decision, cited = (
        st.sampled_from(["confirm", "narrow", "retire", "amend"]),
        st.sampled_from([["spring"], ["autumn"], ["autumn", "spring"]]),
    )
    body = {"key": "second", "learned": "something", "evidence": ["a.md"]}
    return body | {"outcomes": draw(cited), "decision": draw(decision), "applied": draw(days)}


@st.composite
def waivers(draw: Any) -> Data:
    pattern = draw(st.sampled_from(["*", "usage-cycle/*", "eu-gdpr/EU-03", "usage-cycle/review-*", "usage-cycle/harm"]))
    return {"finding": pattern, "covers": {"elements": ["customer.mobile"]}, "reason": "later", "requested_by": "tomas",
            "approved_by": draw(st.sampled_from(["tomas", "inga", "inga"])), "until": draw(days)}  # fmt: skip


@st.composite
def catalogues(draw: Any, most: int = 7) -> Data:
    """Draw a catalogue with one use whose facts and dates were changed at random."""
    data = base()
    for path, values in draw(st.lists(st.sampled_from(SLOTS), max_size=most, unique_by=lambda slot: tuple(slot[0]))):
        put(data, path, copy.deepcopy(draw(values)))
    use = data["uses"][0]
    pilot = use["pilot"]
    if pilot.get("from", "") > pilot.get("until", "9"):
        del pilot["until"]  # a pilot that ends before it begins is refused on the way in
    if draw(st.integers(0, 2)) == 0:
        use.setdefault("outcomes", []).append(draw(second_outcomes()))
    if draw(st.integers(0, 2)) == 0:
        use.setdefault("insights", []).append(draw(second_insights()))
    if draw(st.integers(0, 2)) == 0:
        data["waivers"] = [draw(waivers())]
    return data
