"""What applying would change, value by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.domain.kinds import Declared
from lineage.services.plans import Difference, compare, make_plan
from lineage.store.database import Database


@pytest.mark.parametrize(
    ("before", "after", "differences"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {}, [("a", 1, None)]),
        ({}, {"b": {"c": 1}}, [("b", None, {"c": 1})]),
        ({"b": {"c": 1, "d": 2}}, {"b": {"c": 1, "d": 3}}, [("b.d", 2, 3)]),
        ({"a": [1, 2]}, {"a": [2, 1]}, [("a", [1, 2], [2, 1])]),
        ({"z": 1, "a": 1}, {"z": 2, "a": 2}, [("a", 1, 2), ("z", 1, 2)]),
        ({"a": {"b": 1}}, {"a": [1]}, [("a", {"b": 1}, [1])]),
        ({"a": True}, {"a": False}, [("a", True, False)]),
    ],
)
def test_each_value_that_differs_is_named_once_in_order(before, after, differences):
    assert list(compare(before, after)) == [Difference(*difference) for difference in differences]


def element(key, **facts):
    return Declared.of("element", key, {"key": key} | facts, "elements.yaml", {"": 3})


@pytest.fixture
def planned(shop):
    database = Database("sqlite:///lineage.db")

    def planning(*documents, **how):
        with database.reading() as connection:
            return make_plan(connection, documents, **how)

    return planning


def test_new_changed_and_unchanged_documents_are_told_apart(planned):
    plan = planned(element("new"), element("customer.email", title="Mail"), element("new.too"))
    assert [(item.operation, item.key, item.where) for item in plan.items] == [
        ("change", "customer.email", "elements.yaml:3"),
        ("add", "new", "elements.yaml:3"),
        ("add", "new.too", "elements.yaml:3"),
    ]
    assert (plan.unchanged, plan.conflicts) == (0, ())


def test_kinds_come_in_the_order_in_which_they_are_stored(planned):
    documents = [Declared.of(kind, "x", {"key": "x"}) for kind in ("process", "element", "party", "audience")]
    assert [item.kind for item in planned(*documents).items] == ["party", "audience", "element", "process"]


def test_only_what_was_declared_at_or_under_a_pruned_path_is_retired(planned, shop):
    everything = {(item.kind, item.key) for item in planned(prune=[Path("catalog")]).items}
    assert len(everything) == 17
    assert all(item.operation == "retire" for item in planned(prune=[Path("catalog")]).items)
    uses = {(item.kind, item.key) for item in planned(prune=[Path("catalog/uses.yaml")]).items}
    assert {kind for kind, _ in uses} == {"use", "outcome", "insight"}
    assert not planned(prune=[Path("catalog/use")]).items
    assert not planned(prune=[Path("elsewhere")]).items
    assert {(i.kind, i.key) for i in planned(prune=[shop.folder]).items} == everything


def test_what_is_declared_still_is_not_retired(planned):
    plan = planned(element("customer.email"), prune=[Path("catalog/elements.yaml")])
    assert ("retire", "customer.email") not in {(item.operation, item.key) for item in plan.items}
