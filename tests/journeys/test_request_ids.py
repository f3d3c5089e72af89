"""A request id means one thing: sent again it has one answer, and sent with something else it is refused."""

from __future__ import annotations

import pytest

from tests.journeys.test_four_eyes import CONSENT, PHONE, WRITING, by, edit, eyes, propose, states, title

__all__ = ["eyes"]

ELSE = "this request id was used for something else"
EDIT = ("element", "edit", PHONE, "--set", "title=Telephone", "--request", "r-1")


def refused(said):
    return (said.code, ELSE in said.err) == (1, True)


OTHERS = {
    "another value": ("element", "edit", PHONE, "--set", "title=Mobile", "--request", "r-1"),
    "another element": ("element", "edit", "order.slot", "--set", "title=Telephone", "--request", "r-1"),
    "a new element": ("element", "register", "customer.nick", "--set", "title=Nick", "--request", "r-1"),
    "a retirement": ("element", "retire", PHONE, "--request", "r-1"),
    "a consent": (*CONSENT, "--request", "r-1"),
    "an outcome": (*WRITING["outcome"], "--request", "r-1"),
    "an insight": (*WRITING["insight"], "--request", "r-1"),
    "a link": ("account", "link", "rina-admin", "rina", "--request", "r-1"),
    "an erasure": ("account", "erase", "rina", "--reason", "asked for", "--request", "r-1"),
    "a new key": ("log", "rotate", "--reason", "yearly", "--request", "r-1"),
}


@pytest.mark.parametrize("what", OTHERS)
def test_an_id_used_before_does_nothing_else(shop, what):
    assert shop(*by("rina", *EDIT)).code == 0
    size = shop.size
    assert refused(shop(*by("rina", *OTHERS[what])))
    assert shop.size == size


def test_an_id_is_its_sender_s_alone(shop):
    assert shop(*by("rina", *EDIT)).code == 0
    assert refused(shop(*by("dewi", *EDIT)))


AGAIN = {
    "edit": EDIT,
    "register": ("element", "register", "customer.nick", "--set", "title=Nick", "--request", "r-1"),
}


@pytest.mark.parametrize("what", AGAIN)
@pytest.mark.parametrize("between", [None, ("element", "edit", PHONE, "--set", "title=Mobile")])
def test_the_same_sent_again_is_answered_though_the_catalogue_moved_on(shop, what, between):
    assert shop(*by("rina", *AGAIN[what])).code == 0
    if between:
        shop(*by("dewi", *between))
    size = shop.size
    said = shop(*by("rina", *AGAIN[what]))
    assert (said.code, shop.size) == (0, size), said.err


def test_a_retirement_sent_again_is_answered_though_it_was_undone(shop):
    nick = "customer.nick"
    assert shop("element", "register", nick, "--set", "title=Nick").code == 0
    retire = ("element", "retire", nick, "--request", "r-1")
    back = ("element", "retire", nick, "--undo", "--request", "r-2")
    assert [shop(*words).code for words in (retire, retire, back, retire, back)] == [0] * 5
    assert shop("element", "show", nick).code == 0
    assert refused(shop("element", "retire", nick, "--request", "r-2"))


def test_declarations_applied_again_are_done(shop):
    edit(shop)
    for _ in range(2):
        assert shop("apply", "--yes", "catalog", "--request", "a-1").code == 0
    edit(shop, "title: Telephone number", "title: Mobile number")
    assert refused(shop("apply", "--yes", "catalog", "--request", "a-1"))
    assert title(shop) == "Telephone number"


def test_an_answer_given_again_is_not_another_answer(eyes):
    edit(eyes)
    first = propose(eyes)
    second = propose(eyes, "budi")
    answer = by("dewi", "review", "reject", first, "--reason", "not agreed", "--request", "x-1")
    assert [eyes(*answer).code for _ in range(2)] == [0, 0]
    for words in (("reject", second, "--reason", "no"), ("approve", second), ("return", first, "--question", "why")):
        assert refused(eyes(*by("dewi", "review", *words, "--request", "x-1")))
    assert states(eyes)[second] == "open"


def test_links_and_erasures_sent_again_say_what_they_did(eyes):
    link = by("tia", "account", "link", "rina-admin", "rina", "--request", "l-1")
    assert [eyes.json(*link).results[0]["linked"] for _ in range(2)] == [True, True]
    assert refused(eyes(*by("tia", "account", "link", "budi", "rina", "--request", "l-1")))
    erase = by("tia", "account", "erase", "rina-admin", "--reason", "asked for", "--request", "e-1")
    assert eyes.json(*erase).results == eyes.json(*erase).results
    for name in ("rina", "dewi", "nobody"):
        assert refused(eyes(*by("tia", "account", "erase", name, "--reason", "asked for", "--request", "e-1")))


@pytest.mark.parametrize("erased", [("alice2",), ("alice",), ("alice", "alice2"), ("alice2", "alice")])
@pytest.mark.parametrize("author", ["alice", "alice2"])
def test_whoever_comes_back_under_an_erased_name_is_the_same_person(eyes, erased, author):
    edit(eyes)
    first = propose(eyes, "alice")
    assert eyes(*by("bob", "account", "link", "alice2", "alice")).code == 0
    assert eyes(*by("bob", "review", "approve", first)).code == 0
    for name in erased:
        assert eyes(*by("bob", "account", "erase", name, "--reason", "asked for")).code == 0
    edit(eyes, "title: Telephone number", "title: Mobile number")
    later = propose(eyes, author)
    for name in ("alice", "alice2", "ALICE2"):
        assert eyes(*by(name, "review", "approve", later)).code == 4
    assert eyes(*by("bob", "review", "approve", later)).code == 0


def test_nothing_is_approved_unseen(eyes):
    edit(eyes)
    key = propose(eyes)
    said = eyes(*by("dewi", "-q", "review", "approve", key))
    assert (said.code, "--digest" in said.err) == (2, True)
    digest = eyes.json("review", "show", key).data["summary"]["digest"]
    assert eyes(*by("dewi", "-q", "review", "approve", key, "--digest", digest)).code == 0


def test_a_name_in_two_alphabets_is_refused(shop):
    said = shop(*by("rin\u0430", *EDIT))
    assert (said.code, "one alphabet" in said.err) == (2, True)


HUGE = "99999999999999999999"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("element", "restore", PHONE, "--version", HUGE), 2),
        (("element", "edit", PHONE, "--set", "title=A", "--version", HUGE), 2),
        (("log", "list", "--limit", HUGE), 2),
        (("log", "show", HUGE), 1),
        (("log", "show", "9" * 18), 1),
    ],
)
def test_a_number_too_large_is_no_mistake_in_the_program(shop, words, code):
    said = shop(*words)
    assert (said.code, "mistake in the program" in said.err) == (code, False)
