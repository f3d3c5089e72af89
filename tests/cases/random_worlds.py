"""Random catalogues about the law: sound ones of many kinds, with a few facts changed at random.

Beside ``random_catalogues``, which changes facts of the cycle: here regimes, consents, statements, assessments, transfers
and derivation change.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.cases.changing import HERE, base, changed, step_into
from tests.cases.random_catalogues import GONE, day_or_gone, days, node_at, waivers
from tests.catalogues import Data, plain_file

Path = list[str | int]


class Asked(NamedTuple):
    """What is asked of a world: process, element, purpose."""

    process: str
    element: str
    purpose: str

    @property
    def use(self) -> Path:
        return ["uses", f"{self.element}/{self.process}/{self.purpose}"]


class World(NamedTuple):
    """A catalogue and what is asked of it."""

    data: Data
    asked: Asked


PARTS = plain_file(HERE / "parts.yaml")
DELIVERY = Asked("bike-delivery", "customer.mobile", "DeliveryOfGoods")
OFFERS = Asked("repair-service", "customer.mobile", "DirectMarketing")
AREA = Asked("repair-service", "customer.area", "ServiceMonitoring")
REGION = Asked("repair-service", "customer.region", "ServiceMonitoring")
SOUND: list[tuple[list[str], Asked]] = [
    ([], DELIVERY),
    (["waived"], DELIVERY),
    (["interest"], DELIVERY),
    (["automatic", "assessed"], DELIVERY),
    (["running", "health", "cared", "assessed"], DELIVERY),
    (["abroad"], DELIVERY),
    (["overseas"], DELIVERY),
    (["jakarta"], DELIVERY),
    (["california"], DELIVERY),
    (["marketing"], OFFERS),
    (["marketing", "eprivacy"], OFFERS),
    (["marketing", "health", "express"], OFFERS),
    (["area", "on-consent"], AREA),
    (["area", "unmonitored", "compatible", "on-consent"], AREA),
    (["area", "masked", "anonymised", "unmonitored", "health"], AREA),
    (["area", "region", "diamond", "on-consent"], REGION),
]
"""Parts that make a sound catalogue, and what is asked of it."""

MOBILE: Path = ["elements", "customer.mobile"]
OFFER: Path = [*MOBILE, "consents", "offers"]
PLANNING: Path = [*MOBILE, "consents", "planning"]
NOTICE: Path = ["statements", "notice-3"]
COURIER: Path = ["parties", "bote"]
CUSTOMER: Path = ["audiences", "customer"]
STATES = [
    "given",
    "renewed",
    "requested",
    "deferred",
    "refused",
    "expired",
    "withdrawn",
    "revoked",
    "invalidated",
    "unknown",
]
ASSESSED = ("weighed", "impact", "fits", "anon-area")
LISTED = [
    ["eu-gdpr", more] for more in ("uk-gdpr", "id-pdp", "br-lgpd", "us-ca", "sg-pdpa", "eu-eprivacy", "eu-ai-act")
]
gone = st.just(GONE)
ITEMS = [
    "controller",
    "purpose",
    "basis",
    "recipients",
    "transfer",
    "retention",
    "rights",
    "withdraw",
    "complaint",
    "obligation",
    "adm",
]
Slot = tuple[Path, st.SearchStrategy[Any]]


def of_consent(path: Path) -> list[Slot]:
    return [
        ([*path, "status"], st.sampled_from(STATES)),
        ([*path, "method"], st.sampled_from([GONE, "button", "preticked", "silence"])),
        ([*path, "statement"], gone),
        ([*path, "withdraw"], gone),
        ([*path, "given"], day_or_gone),
        ([*path, "withdrawn"], days),
        ([*path, "expires"], day_or_gone),
        ([*path, "explicit"], st.booleans()),
        ([*path, "bundled"], st.booleans()),
        ([*path, "separate_from_terms"], st.booleans()),
        ([*path, "audience"], st.sampled_from([GONE, "prospect"])),
        ([*path, "purpose"], st.sampled_from(["DeliveryOfGoods", "ServiceManagement", "TextOffers"])),
    ]


def of_assessment(key: str) -> list[Slot]:
    path: Path = ["assessments", key]
    return [
        (path, gone),
        ([*path, "result"], st.sampled_from([GONE, "not_acceptable", "incompatible", "high_risk"])),
        ([*path, "approved"], day_or_gone),
        ([*path, "approved_by"], st.sampled_from([GONE, "tomas", "noor"])),
        ([*path, "valid_until"], day_or_gone),
        ([*path, "covers", "regimes"], st.sampled_from([["eu-gdpr"], ["uk-gdpr"]])),
    ]


def of_use(asked: Asked) -> list[Slot]:
    use, process, element = asked.use, ["processes", asked.process], ["elements", asked.element]
    return [
        ([*use, "basis"], st.sampled_from([GONE, {"eu-gdpr": "consent"}, {"eu-gdpr": "legitimate_interest"}])),
        ([*use, "evidence"], gone),
        ([*use, "told"], st.sampled_from([GONE, "not_told"])),
        ([*use, "necessity"], st.sampled_from([GONE, "optional", "not_required"])),
        *(([*use, name], gone) for name in ("objection", "opt_out", "special_condition", "law")),
        ([*process, "automation"], st.sampled_from(["none", "partial", "full"])),
        (
            [*process, "operations"],
            st.sampled_from([["Use"], ["Use", "Disclose"], ["Use", "Profiling"], ["Use", "Tracking", "Combine"]]),
        ),
        ([*process, "scale"], st.sampled_from(["small", "large"])),
        ([*process, "recipients"], st.sampled_from([[], ["bote"]])),
        ([*element, "category"], st.sampled_from(["pd:HealthRecord", "pd:Criminal", "pd:EmailAddress", "pd:Income"])),
        ([*element, "identifiability"], st.sampled_from(["pseudonymised", "anonymised", "non_personal"])),
        ([*element, "audiences"], st.sampled_from([["customer", "prospect"], ["child"]])),
    ]


SHARED: list[Slot] = [
    *of_consent(OFFER),
    *of_consent(PLANNING),
    *(slot for key in ASSESSED for slot in of_assessment(key)),
    ([*NOTICE, "in_force", "from"], days),
    ([*NOTICE, "in_force", "until"], days),
    ([*NOTICE, "items"], st.lists(st.sampled_from(ITEMS), min_size=8, unique=True)),
    ([*NOTICE, "audiences"], st.sampled_from([GONE, ["customer", "prospect"], ["prospect"]])),
    ([*NOTICE, "says", 0, "modality"], st.sampled_from(["may", "will_not"])),
    ([*NOTICE, "says", 0, "purpose"], st.sampled_from([GONE, "ServiceProvision", "DirectMarketing"])),
    ([*NOTICE, "says", 0, "recipients"], st.sampled_from([GONE, []])),
    ([*NOTICE, "says", 0, "retention"], st.sampled_from([GONE, "P6M"])),
    (["catalogue", "regimes"], st.sampled_from(LISTED)),
    ([*CUSTOMER, "countries"], st.sampled_from([["DE", "GB"], ["DE", "BR"], ["DE", "ID"], ["SG"]])),
    ([*CUSTOMER, "minor"], st.booleans()),
    ([*CUSTOMER, "age_band"], st.sampled_from(["13-17", "18-30"])),
    ([*COURIER, "country"], st.sampled_from(["CH", "US", "JP", "ID"])),
    ([*COURIER, "transfer"], st.sampled_from([GONE, "A46-2-b", "A49-1-a", "adequacy"])),
    ([*COURIER, "evidence"], st.sampled_from([GONE, ["scc-2026"]])),
    ([*COURIER, "contract"], gone),
    ([*COURIER, "role"], st.sampled_from(["third_party", "joint_controller"])),
    ([*MOBILE, "category"], st.sampled_from(["pd:HealthRecord", "pd:Criminal", "pd:EmailAddress"])),
    ([*MOBILE, "sensitivity"], st.sampled_from([{"eu-gdpr": "special"}, {"uk-gdpr": "special"}])),
    ([*MOBILE, "lifecycle"], st.sampled_from(["draft", "retired"])),
    ([*MOBILE, "origins", "order-form", "captured_since"], day_or_gone),
    ([*MOBILE, "origins", "order-form", "told"], gone),
    (["elements", "customer.area", "origins", "worked-out", "derived_from", 0, "masking"], st.booleans()),
    (["uses", "customer.mobile/repair-service/ServiceMonitoring"], gone),
    (["uses", "customer.bell/repair-service/ServiceMonitoring"], gone),
]


def there(data: Data, path: Path) -> bool:
    """Tell whether the place that holds the last step of a path is there."""
    try:
        node_at(data, path[:-1])
    except (KeyError, IndexError, TypeError, AssertionError):
        return False
    return True


def without(data: Data, path: Path) -> Data | None:
    """Take a fact or an entry of a list away; give nothing where there is none."""
    smaller = copy.deepcopy(data)
    try:
        node = node_at(smaller, path[:-1])
        entry = step_into(node, path[-1])
    except (KeyError, IndexError, TypeError, AssertionError):
        return None
    if isinstance(node, list):
        node.remove(entry)
    else:
        del node[path[-1]]
    return smaller


def put(data: Data, path: Path, value: Any) -> Data:
    """Put a fact where there is place for it, or take it away."""
    if value == GONE:
        smaller = without(data, path)
        return data if smaller is None else smaller
    parent = node_at(data, path[:-1]) if there(data, path) else None
    if isinstance(parent, dict):
        parent[path[-1]] = copy.deepcopy(value)
    return data


def in_order(data: Data) -> Data:
    """Take away every end that lies before its beginning: such a thing is refused on the way in."""
    pairs = [(entry.get("in_force", {}), "from", "until") for entry in data["statements"]]
    pairs += [(entry, "approved", "valid_until") for entry in data.get("assessments", [])]
    pairs += [(entry, "given", "expires") for element in data["elements"] for entry in element.get("consents", [])]
    for entry, begin, end in pairs:
        if entry.get(end, "9") < entry.get(begin, ""):
            del entry[end]
    return data


@st.composite
def second_consents(draw: Any, asked: Asked) -> Data:
    return {
        "key": "second", "purpose": asked.purpose, "statement": "notice-3", "withdraw": "account page", "given": draw(days),
        "status": draw(st.sampled_from(STATES)), "method": draw(st.sampled_from(["button", "button", "preticked"])),
    } | draw(st.sampled_from([{}, {"audience": "prospect"}, {"audience": "customer"}, {"explicit": True}]))  # fmt: skip


@st.composite
def worlds(draw: Any, most: int = 4) -> World:
    """Draw a sound catalogue with at most ``most`` facts changed, now and then with a further consent or waiver."""
    parts, asked = draw(st.sampled_from(SOUND))
    data = changed(base(), [edit for part in parts for edit in PARTS[part]])
    slots = [slot for slot in (*of_use(asked), *SHARED) if there(data, slot[0])]
    for path, values in draw(st.lists(st.sampled_from(slots), max_size=most, unique_by=lambda slot: str(slot[0]))):
        data = put(data, path, draw(values))
    if draw(st.integers(0, 4)) == 0:
        data["elements"][0].setdefault("consents", []).append(draw(second_consents(asked)))
    if draw(st.integers(0, 4)) == 0:
        data["waivers"] = [*data.get("waivers", []), draw(waivers())]
    return World(in_order(data), asked)
