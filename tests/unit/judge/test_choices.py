"""Less sensitive elements that serve the same purpose: which are found, in which order, and whether they were weighed."""

from __future__ import annotations

import pytest

from lineage.judge.choices import MOST, Choices
from tests.catalogues import compiled

LEVELS = {"health": 2, "income": 1, "convicted": 3}


def catalogue(uses, elements=("health", "name", "income", "convicted"), **more):
    changed = more.pop("changed", {})
    return {
        "audiences": [{"key": "customer"}, {"key": "fan"}],
        "processes": [{"key": "care"}, {"key": "post"}],
        "elements": [{"key": key, "audiences": ["customer"]} | changed.get(key, {}) for key in elements],
        "uses": [use(*parts) if isinstance(parts, tuple) else parts for parts in uses],
    } | more


def use(element, purpose="DeliveryOfGoods", process="care", effect="allow", **more):
    return {"element": element, "process": process, "purpose": purpose, "effect": effect} | more


def choices(*parts, **more):
    made = compiled(catalogue(*parts, **more))
    return Choices(made.material, made.table.purposes, lambda key: LEVELS.get(key, 0))


def found(asked, *parts, **more):
    return [choice.element for choice in choices(*parts, **more).lower(asked)]


HEALTH = use("health")
CASES = {
    "the same purpose": ([("name",)], ["name"]),
    "a broader purpose covers it": ([("name", "RequestedServiceProvision")], ["name"]),
    "another purpose does not": ([("name", "CustomerCare")], []),
    "a purpose too broad to be granted does not": ([("name", "ServiceManagement")], []),
    "equally or more sensitive ones are none": ([("convicted",), ("health", "DeliveryOfGoods", "post")], []),
    "any process counts": ([("name", "DeliveryOfGoods", "post")], ["name"]),
    "least sensitive first": ([("income",), ("name",)], ["name", "income"]),
    "nearest purpose first": ([("income",), ("name", "RequestedServiceProvision")], ["income", "name"]),
    "each once": ([("name",), ("name", "DeliveryOfGoods", "post"), ("name", "RequestedServiceProvision")], ["name"]),
    "a prohibition is no use": ([use("name", process="post", effect="prohibit")], []),
    "what is prohibited for all is none": ([("name",), use("name", effect="prohibit", process="")], []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_serves_the_purpose_with_less_is_found(name):
    uses, expected = CASES[name]
    uses = [{k: v for k, v in u.items() if v} if isinstance(u, dict) else u for u in uses]
    assert found(HEALTH, uses) == expected


def test_an_ordinary_element_has_nothing_below_it():
    assert found(use("name"), [("income",)]) == []


def test_an_element_that_is_not_in_the_catalogue_has_nothing_below_it():
    assert found(use("nobody"), [("name",)]) == []


@pytest.mark.parametrize(
    ("asked", "name", "expected"),
    [
        ({}, {"audiences": ["customer"]}, ["name"]),
        ({}, {"audiences": ["fan"]}, []),
        ({}, {"audiences": ["fan", "customer"]}, ["name"]),
        ({"audience": "fan"}, {"audiences": ["fan", "customer"]}, ["name"]),
        ({"audience": "fan"}, {"audiences": ["customer"]}, []),
        ({}, {"audiences": []}, []),
    ],
)
def test_it_must_be_about_the_same_people(asked, name, expected):
    assert found(HEALTH | asked, [("name",)], changed={"name": name}) == expected


def test_a_use_for_one_audience_shows_nothing_about_another():
    uses = [use("name", audience="fan")]
    both = {"name": {"audiences": ["customer", "fan"]}}
    assert found(HEALTH, uses, changed=both) == []
    assert found(HEALTH | {"audience": "fan"}, uses, changed=both) == ["name"]


@pytest.mark.parametrize("lifecycle", ["draft", "retired"])
def test_what_cannot_be_used_is_no_alternative(lifecycle):
    assert found(HEALTH, [("name",)], changed={"name": {"lifecycle": lifecycle}}) == []


def test_selling_data_is_never_covered_by_something_broader():
    assert found(use("health", "SellDataToThirdParties"), [("name", "ServiceProvision")]) == []


def test_a_narrower_purpose_shows_nothing_about_a_broader():
    assert found(use("health", "RequestedServiceProvision"), [("name", "DeliveryOfGoods")]) == []


def test_only_the_first_are_proposed():
    names = [f"name-{n:02d}" for n in range(MOST + 5)]
    proposed = found(HEALTH, [(name,) for name in names], elements=("health", *names))
    assert proposed == names[:MOST]


def test_a_use_shows_what_it_was_found_by():
    (choice,) = choices([("income", "RequestedServiceProvision", "post")]).lower(HEALTH)
    assert choice == ("income", "income", 1, "RequestedServiceProvision", "post")


@pytest.mark.parametrize(
    ("alternatives", "state", "ignored"),
    [
        (None, "ignored", ("name", "income")),
        ("none", "ignored", ("name", "income")),
        ([{"element": "name"}], "ignored", ("income",)),
        ([{"element": "name"}, {"element": "income", "why_not": "too late"}], "considered", ()),
    ],
)
def test_each_that_is_not_weighed_is_passed_over(alternatives, state, ignored):
    asked = HEALTH if alternatives is None else HEALTH | {"alternatives": alternatives}
    assert choices([("name",), ("income",)]).state(asked) == (state, ignored)


def test_where_there_is_nothing_less_sensitive_nothing_has_to_be_weighed():
    assert choices([("convicted",)]).state(HEALTH | {"alternatives": "none"}) == ("none", ())
