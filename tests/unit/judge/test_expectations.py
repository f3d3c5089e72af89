"""Told against done: what statements say of a use, situation by situation."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lineage.judge.compile import purposes_of
from lineage.judge.expectations import Expectations
from lineage.judge.material import Material
from tests.catalogues import at_end_of, documents, rows

ZONE = "Europe/Berlin"
FACTS = ("purpose", "flow", "broken", "exceeded", "vague", "undated", "unused", "benefit")
SOUND = dict(zip(FACTS, ("at_capture", "told", False, "no", False, False, False, False), strict=True))
FULL = {
    "modality": "will",
    "elements": ["phone"],
    "purpose": "DeliveryOfGoods",
    "recipients": ["courier"],
    "retention": "P12M",
}
OTHER = FULL | {"elements": ["call"], "purpose": "CustomerCare"}
NOT = {"modality": "will_not", "elements": ["phone"], "purpose": "DeliveryOfGoods", "recipients": []}
NOTICE = {"key": "notice", "touchpoints": ["shop"], "audiences": ["customer"], "in_force": {"from": "2026-01-01"}}
NEWER = {**NOTICE, "key": "newer", "in_force": {"from": "2026-06-01"}, "says": [FULL]}
UNTOLD = {"purpose": "never", "flow": "untold"}
LATER = {"purpose": "later", "flow": "untold"}
ALONE = {"use": {"told": ["notice"]}, "origin": {"told": ["notice"]}}
NOW = "2026-03-31"


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def notice(*says: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**NOTICE, "says": list(says), **more}


def situation(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Say what differs from a phone number captured since February, told by every statement, kept for a year."""
    return {"statements": list(statements), **more}


def declared(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a situation out as declarations."""
    keys = [statement["key"] for statement in data["statements"]]
    origin = {"key": "form", "mode": "provided", "touchpoint": "shop", "captured_since": "2026-02-01", "told": keys,
              "retention": {"period": "P12M", "from": "order", "then": "erase"}}  # fmt: skip
    origin = {name: value for name, value in {**origin, **data.get("origin", {})}.items() if value is not None}
    use = {"element": "phone", "process": "bring", "purpose": "DeliveryOfGoods", "effect": "allow", "told": keys}
    use = {name: value for name, value in {**use, **data.get("use", {})}.items() if value is not None}
    return [
        {
            "catalogue": {"name": "Shop", "time_zone": ZONE, **data.get("catalogue", {})},
            "parties": [{"key": key} for key in ("courier", "cloud", "broker")],
            "audiences": [{"key": "customer"}, {"key": "dealer"}],
            "touchpoints": [{"key": "shop"}, {"key": "street"}],
            "statements": data["statements"],
            "elements": [
                {"key": "phone", "audiences": ["customer"], "origins": [origin, *data.get("origins", [])]},
                {"key": "call", "origins": [{"key": "log", "mode": "provided", "touchpoint": "street",
                                             "captured_since": "2026-02-01"}]},
            ],
            "processes": [{"key": "bring", "recipients": data.get("recipients", ["courier"])}, {"key": "care"}],
            "uses": [use, *data.get("uses", [])],
        }
    ]  # fmt: skip


def told_of(data: dict[str, Any], **more: Any) -> Any:
    material = Material.of(rows(documents(*declared(data)), packs={}))
    use = next(
        use.body for use in material.uses if use.body["element"] == "phone" and use.body.get("process") == "bring"
    )
    expectations = Expectations(material, purposes_of(material))
    return expectations.of(use, material.elements["phone"], data.get("asked", ("customer",)), **more)


class Zoned:
    zone = ZONE


def instant(day: str) -> int:
    return at_end_of(day, Zoned())


def facts(told: Any, day: str = NOW) -> dict[str, Any]:
    return dict(zip(FACTS, told.at(instant(day))[0], strict=True))


SITUATIONS = {
    "people were told before capture": (situation(notice(FULL)), {}),
    "of the notice that may": (situation(notice({**FULL, "modality": "may"})), {}),
    "not yet, the day before the notice": (situation(notice(FULL), at="2025-12-31"), UNTOLD),
    "on the first day of the notice": (situation(notice(FULL), at="2026-01-01"), {}),
    "by a notice over since": (situation(notice(FULL, in_force={"from": "2026-01-01", "until": "2026-02-28"})), {}),
    "by a notice over before capture": (
        situation(notice(FULL, in_force={"from": "2026-01-01", "until": "2026-01-31"})), UNTOLD),
    "by a notice on its last day": (situation(notice(FULL, in_force={"from": "2026-01-01", "until": "2026-02-01"})), {}),
    "for a broader purpose": (situation(notice({**FULL, "purpose": "RequestedServiceProvision"})), {}),
    "for a narrower purpose only": (
        situation(notice(FULL), use={"purpose": "RequestedServiceProvision"}), UNTOLD),
    "above a purpose that needs its own name": (
        situation(notice({**FULL, "purpose": "Marketing"}), use={"purpose": "DirectMarketing"}),
        UNTOLD),
    "of another element": (situation(notice({**FULL, "elements": ["call"]})), UNTOLD),
    "as other people": (situation(notice(FULL, audiences=["dealer"])), UNTOLD),
    "everybody is told": (situation(without(notice(FULL), "audiences")), {}),
    "one of two audiences": (situation(notice(FULL), asked=("customer", "dealer")), UNTOLD),
    "by nobody": (situation(), {"purpose": "unknown", "flow": "unasked"}),
    "not told is declared": (
        situation(notice(FULL), use={"told": "not_told"}), {"flow": "untold"}),
    "not told at all": (
        situation(use={"told": "not_told"}), UNTOLD),
    "the use says nothing": (situation(notice(FULL), use={"told": None}), {"flow": "unasked"}),
    "by the notice of the origin alone": (
        situation(notice(FULL), {**NEWER, "says": [NOT | {"purpose": "DirectMarketing"}]}, use={"told": ["newer"]}), {}),
    "a notice without sentences": (situation(notice()), {"purpose": "unknown", "flow": "untold"}),
    "sentences without elements": (situation(notice(without(FULL, "elements"))), {"vague": True}),
    "sentences without purpose": (situation(notice(without(FULL, "purpose"))), {"vague": True}),
    "sentences without recipients": (situation(notice(without(FULL, "recipients"))), {"vague": True}),
    "sentences without retention": (situation(notice(without(FULL, "retention"))), {"vague": True}),
    "a purpose that says nothing": (situation(notice({**FULL, "purpose": "ServiceManagement"})), {"vague": True}),
    "one sentence vague, one whole": (situation(notice(without(FULL, "retention"), FULL)), {}),
    "only later": (situation(notice(OTHER),
                             NEWER, at="2026-06-01"), {"purpose": "later", "flow": "stale"}),
    "only later, and not yet": (situation(notice(OTHER), NEWER, at="2026-05-31"),
                                UNTOLD),
    "only later, and nothing before": (situation(NEWER, at="2026-06-01"), LATER),
    "one more recipient": (situation(notice(FULL), recipients=["cloud", "courier"]), {"exceeded": "recipients"}),
    "nobody was to get it": (situation(notice({**FULL, "recipients": []})), {"exceeded": "recipients"}),
    "nobody was to get it and nobody does": (situation(notice({**FULL, "recipients": []}), recipients=[]), {}),
    "recipients in two sentences": (
        situation(notice(FULL, {**FULL, "recipients": ["cloud"]}), recipients=["cloud", "courier"]), {}),
    "recipients in two notices": (
        situation(notice(FULL), notice({**FULL, "recipients": ["cloud"]}, key="other"), recipients=["cloud", "courier"]), {}),
    "recipients in a notice to come": (
        situation(notice(FULL), {**NEWER, "says": [{**FULL, "recipients": ["cloud"]}]}, recipients=["cloud", "courier"]),
        {"exceeded": "recipients"}),
    "kept longer": (situation(notice({**FULL, "retention": "P6M"})), {"exceeded": "retention"}),
    "kept as long, in other words": (situation(notice({**FULL, "retention": "P1Y"})), {}),
    "kept a day longer than a month": (
        situation(notice({**FULL, "retention": "P30D"}), origin={"retention": {"period": "P1M"}}), {"exceeded": "retention"}),
    "kept longer at one of two origins": (
        situation(notice(FULL), origins=[{"key": "letter", "captured_since": "2026-02-01", "retention": {"period": "P5Y"}}]),
        {"exceeded": "retention"}),
    "kept for the default": (
        situation(notice(FULL), origin={"retention": None}, catalogue={"defaults": {"retention": {"period": "P2Y"}}}),
        {"exceeded": "retention"}),
    "kept longer and given on": (situation(notice({**FULL, "retention": "P6M"}), recipients=["cloud"]), {"exceeded": "both"}),
    "two periods, the longer counts": (situation(notice(FULL, {**FULL, "retention": "P6M"})), {}),
    "a benefit": (situation(notice({**FULL, "benefit": "it arrives"})), {"benefit": True}),
    "a benefit of something else": (situation(notice(FULL, {**FULL, "elements": ["call"], "benefit": "it arrives"})), {}),
    "day of capture unknown": (
        situation(notice(FULL), origin={"captured_since": None}), {"purpose": "unknown", "flow": "untold", "undated": True}),
    "day of capture unknown, notice of all time": (
        situation(without(notice(FULL), "in_force"), origin={"captured_since": None}),
        {"purpose": "unknown", "undated": True}),
    "day of capture unknown, notice with a last day": (
        situation(notice(FULL, in_force={"until": "2026-12-31"}), origin={"captured_since": None}),
        {"purpose": "unknown", "flow": "untold", "undated": True}),
    "notice without a day": (situation(without(notice(FULL), "in_force")), {"undated": True}),
    "earliest of two origins counts": (
        situation(notice(FULL), origins=[{"key": "letter", "captured_since": "2025-06-01"}]), LATER),
    "promised not to": (situation(notice(FULL, NOT)), {"broken": True}),
    "promised not to for something broader": (situation(notice(FULL, {**NOT, "purpose": "ServiceManagement"})), {"broken": True}),
    "promised not to for something narrower": (
        situation(notice({**FULL, "purpose": "RequestedServiceProvision"}, NOT), use={"purpose": "RequestedServiceProvision"}),
        {}),
    "promised nothing at all with it": (situation(notice(FULL, without(NOT, "purpose"))), {"broken": True}),
    "promised not to with anything": (situation(notice(FULL, without(NOT, "elements"))), {"broken": True}),
    "promised not to with another": (situation(notice(FULL, {**NOT, "elements": ["call"]})), {}),
    "promised not to give it to the courier": (situation(notice(FULL, {**NOT, "recipients": ["courier"]})), {"broken": True}),
    "promised not to give it to a broker": (situation(notice(FULL, {**NOT, "recipients": ["broker"]})), {}),
    "promised from June on": (
        situation(notice(FULL), notice(NOT, key="june", in_force={"from": "2026-06-01"})), {}),
    "promised since June": (
        situation(notice(FULL), notice(NOT, key="june", in_force={"from": "2026-06-01"}), at="2026-06-01"),
        {"broken": True}),
    "promised once, over since": (
        situation(notice(FULL), notice(NOT, key="old", in_force={"from": "2026-01-01", "until": "2026-02-28"})),
        {"broken": True}),
    "promised once, over before capture": (
        situation(notice(FULL), notice(NOT, key="old", in_force={"from": "2025-01-01", "until": "2026-01-31"})), {}),
    "promised where it is captured, cited by nobody": (
        situation(notice(FULL), notice(NOT, key="sign"), **ALONE), {"broken": True}),
    "promised elsewhere": (
        situation(notice(FULL), notice(NOT, key="sign", touchpoints=["street"]), **ALONE),
        {}),
    "promised everywhere": (
        situation(notice(FULL), without(notice(NOT, key="sign"), "touchpoints"), **ALONE),
        {"broken": True}),
    "promised to others": (
        situation(notice(FULL), notice(NOT, key="sign", audiences=["dealer"]), **ALONE),
        {}),
    "told of more than is done, lately": (
        situation(notice(FULL, {**FULL, "purpose": "CustomerCare"}), at="2026-06-29"), {}),
    "told of more than is done, for half a year": (
        situation(notice(FULL, {**FULL, "purpose": "CustomerCare"}), at="2026-06-30"), {"unused": True}),
    "told of more than may be done": (
        situation(notice(FULL, {**FULL, "modality": "may", "purpose": "CustomerCare"}), at="2026-12-31"), {}),
    "told of more, by a notice that is over": (
        situation(notice(FULL, {**FULL, "purpose": "CustomerCare"}, in_force={"from": "2026-01-01", "until": "2026-10-31"}),
                  at="2026-11-01"), {}),
    "told of more, and another process does it": (
        situation(notice(FULL, {**FULL, "purpose": "CustomerManagement"}), at="2026-12-31",
                  uses=[{"element": "phone", "process": "care", "purpose": "CustomerCare", "effect": "allow"}]), {}),
    "told of more, and that is forbidden": (
        situation(notice(FULL, {**FULL, "purpose": "CustomerCare"}), at="2026-12-31",
                  uses=[{"element": "phone", "purpose": "CustomerCare", "effect": "prohibit"}]), {"unused": True}),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_people_were_told_of_a_use(name):
    data, differs = SITUATIONS[name]
    assert facts(told_of(data), data.get("at", NOW)) == SOUND | differs


def label(told, day=NOW):
    return told.labels[told.at(instant(day))[1]]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (situation(notice(FULL)), {"statement": "notice"}),
        (situation(notice({**FULL, "benefit": "it arrives"})), {"statement": "notice", "promised": "it arrives"}),
        (
            situation(notice({**FULL, "retention": "P6M"}), recipients=["cloud", "broker"]),
            {"statement": "notice", "recipients": "broker, cloud, keeping it for P12M"},
        ),
        (
            situation(notice(FULL), notice({**NOT, "purpose": "ServiceManagement"}, key="sign")),
            {"statement": "sign", "promised": "ServiceManagement"},
        ),
        (situation(NEWER), {}),
        (situation(), {}),
    ],
)
def test_messages_name_the_statement_that_decides_and_what_it_promised(data, names):
    found, points_to = label(told_of(data))
    assert found == names
    assert points_to == ({"statement": names["statement"]} if names else {})


def test_messages_name_the_use_nobody_makes():
    told = told_of(situation(notice(FULL, {**FULL, "purpose": "CustomerCare"})))
    assert label(told, "2026-12-31")[0]["promised"] == "CustomerCare (notice)"
    assert "promised" not in label(told)[0]


ONLY_THERE = situation(
    notice(FULL, key="mine"),
    notice({**NOT, "elements": ["call"]}, key="sign", touchpoints=["street"]),
    use={"told": ["mine"]},
    origin={"told": ["mine"]},
)


@pytest.mark.parametrize(
    ("windows", "broken"),
    [
        (((-(1 << 62), 1 << 62),), True),
        (((-(1 << 62), instant("2026-02-28")),), False),
        (((instant("2026-02-28"), instant("2026-04-30")),), True),
        ((), False),
    ],
)
def test_a_promise_at_a_source_binds_while_the_way_from_there_is_open(windows, broken):
    assert facts(told_of(ONLY_THERE, sources=(("call", windows),)))["broken"] is broken


def test_a_promise_on_everything_at_a_source_binds_what_derives_from_it():
    data = copy.deepcopy(ONLY_THERE)
    del data["statements"][1]["says"][0]["elements"]
    assert not facts(told_of(data))["broken"]
    assert facts(told_of(data, sources=(("call", ((0, 1 << 62),)),)))["broken"]


def test_a_source_that_is_not_in_the_catalogue_breaks_nothing_down():
    assert not facts(told_of(situation(notice(FULL)), sources=(("gone", ((0, 1 << 62),)),)))["broken"]


def test_sentences_that_cover_a_use_and_those_nobody_follows_can_be_listed():
    data = situation(notice(FULL, {**FULL, "purpose": "CustomerCare"}, {**FULL, "elements": ["call"]}))
    material = Material.of(rows(documents(*declared(data)), packs={}))
    expectations = Expectations(material, purposes_of(material))
    use = material.uses[0].body
    about = (use, material.elements["phone"], ("customer",))
    assert list(expectations.covering(*about, instant("2026-01-01"))) == [("notice", FULL)]
    assert list(expectations.covering(*about, instant("2025-12-31"))) == []
    assert list(expectations.idle(instant("2026-06-29"))) == []
    assert list(expectations.idle(instant("2026-12-31"))) == [
        ("notice", "call", "DeliveryOfGoods"),
        ("notice", "phone", "CustomerCare"),
    ]
