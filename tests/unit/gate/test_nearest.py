"""What somebody may have meant."""

from __future__ import annotations

import pytest

from lineage.gate.nearest import did_you_mean, nearest

NAMES = ["customer.mobile", "customer.mail", "bike-delivery", "repair-service", "DeliveryOfGoods"]


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("customer.mobil", ["customer.mobile", "customer.mail"]),
        ("mobile", ["customer.mobile"]),
        ("CUSTOMER.MAIL", ["customer.mail", "customer.mobile"]),
        ("bike-delivry", ["bike-delivery"]),
        ("deliveryofgoods", ["DeliveryOfGoods"]),
        ("mail", ["customer.mail"]),
        ("qqq", []),
    ],
)
def test_the_most_alike_comes_first(word, first):
    assert nearest(word, NAMES)[: len(first)] == first
    if not first:
        assert nearest(word, NAMES) == []


def test_a_part_of_a_name_counts_as_near_however_long_the_name_is():
    name = "mail" + "-of-the-household-that-was-given-at-the-counter" * 3
    assert nearest("mail", [name]) == [name]


def test_ties_stand_in_alphabetical_order():
    assert nearest("ab", ["abd", "abc", "abe"]) == ["abc", "abd", "abe"]


def test_there_are_never_more_than_asked_for():
    names = [f"name-{number}" for number in range(20)]
    assert nearest("name", names) == ["name-0", "name-1", "name-2"]
    assert len(nearest("name", names, most=6)) == 6


def test_nothing_is_near_to_nothing():
    assert nearest("", []) == []
    assert nearest("word", []) == []


@pytest.mark.parametrize(
    ("word", "names", "hint"),
    [
        ("kid", ["kind"], "did you mean kind?"),
        ("titel", ["title", "tile"], "did you mean title or tile?"),
        ("name", ["names", "named", "namer"], "did you mean named, namer or names?"),
        ("zzz", ["kind"], ""),
    ],
)
def test_the_hint_is_a_question_or_nothing(word, names, hint):
    assert did_you_mean(word, names) == hint
