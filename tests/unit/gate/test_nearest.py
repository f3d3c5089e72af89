"""What somebody may have meant."""

from __future__ import annotations

import random
import time
from difflib import SequenceMatcher

import pytest

from lineage.gate.nearest import Book, did_you_mean, nearest

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


def by_looking_at_all(word, names, most, least):
    """The same by its definition: every name is compared with the word."""
    low, scored = word.lower(), []
    for name in names:
        other = name.lower()
        inside = bool(low) and (low in other or other in low)
        matcher = SequenceMatcher(None, other, low, autojunk=False)
        score = matcher.ratio() + (0.3 if inside else 0.0)
        if inside or score >= least:
            scored.append((-score, name))
    return [name for _, name in sorted(scored)[:most]]


PARTS = ["customer", "phone", "mail", "basket", "order", "visit", "number", "date", "total", "X", "é", "id", "1", "22"]


@pytest.mark.parametrize("seed", range(40))
def test_passing_names_over_changes_nothing(seed):
    chance = random.Random(seed)
    names = {
        chance.choice("._- ").join(chance.choices(PARTS, k=chance.randint(1, 4)))
        for _ in range(chance.choice([1, 30, 300]))
    }
    book = Book(names)
    for _ in range(20):
        whole = chance.choice([*sorted(names), "zz", "Phone", "order-number-of", "e", "customer.customer.customer"])
        word = "".join(letter for letter in whole if chance.random() > 0.1)
        most, least = chance.choice([1, 3, 6]), chance.choice([0.0, 0.5, 0.6, 0.7])
        assert book.nearest(word, most, least) == by_looking_at_all(word, names, most, least), (word, most, least)


@pytest.mark.parametrize("word", ["element-9999999", "elment-77x", "e", "nobody.knows.this", "x" * 300])
def test_among_very_many_names_that_are_all_alike_it_does_not_take_long_and_is_the_same_each_time(word):
    names = [f"element-{number:06d}" for number in range(50_000)]
    book = Book(names)
    begun = time.process_time()
    found = book.nearest(word, most=6)
    assert time.process_time() - begun < 0.5
    assert Book(reversed(names)).nearest(word, most=6) == found
    assert len(found) in {0, 6}


def test_a_name_that_is_empty_is_near_to_nothing():
    assert nearest("mail", ["", "zzz"]) == []
