"""An emergency change: possible at once, loud, for some days, and listed until somebody else has looked at it."""

from __future__ import annotations

import pytest

from tests.journeys.shop import SOUND_QUESTION, SURROUNDINGS
from tests.journeys.test_four_eyes import PHONE, by, edit, eyes, propose, states, title

__all__ = ["eyes"]

AT_ONCE = ("--emergency", "P2D", "--reason", "the call centre reads a wrong title")
OVERDUE = 1_788_264_000 + 3 * 86_400


def act(console, who="rina", *more):
    edit(console)
    said = console.json(*by(who, "apply", "--yes", "catalog", *(more or AT_ONCE)))
    return said, said.data["summary"]["change_set"] if said.out else None


def break_a_use(console):
    path = console.folder / "catalog" / "uses.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  review_by: 2027-03-01\n", "  review_by: 2027-04-01\n", 1), encoding="utf-8")


def test_it_holds_at_once_and_says_so_loudly(eyes):
    said, key = act(eyes)
    assert (said.code, said.data["summary"]["applied"], key) == (0, True, "change-2")
    assert "warning: this emergency change holds already, and nobody else has looked at it: change-2" in said.err
    assert "until  2026-09-03T12:00:00Z" in said.err
    assert title(eyes) == "Telephone number"


def test_it_is_listed_first_until_somebody_else_approves_it(eyes, monkeypatch):
    edit(eyes, "title: E-mail address", "title: E-mail")
    waiting = propose(eyes, "budi")
    edit(eyes, "title: E-mail", "title: E-mail address")
    _, key = act(eyes)
    rows = eyes.json("review", "list").results
    assert [(row["change_set"], row["state"], row["overdue"]) for row in rows] == [
        (key, "emergency", False), (waiting, "open", False)
    ]  # fmt: skip
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(OVERDUE))
    assert eyes.json("review", "list").data["summary"]["overdue"] == 1
    assert eyes(*by("rina", "review", "approve", key)).code == 4
    assert eyes(*by("rina", "review", "withdraw", key)).code == 1
    assert eyes(*by("dewi", "review", "return", key, "--question", "why")).code == 1
    assert eyes(*by("dewi", "review", "approve", key)).code == 0
    assert states(eyes)[key] == "approved"
    assert title(eyes) == "Telephone number"


def test_rejecting_it_puts_back_what_was(eyes):
    before = eyes.json("element", "show", PHONE).results[0]["declared"] | {"version": 3}
    _, key = act(eyes)
    assert eyes(*by("dewi", "review", "reject", key)).code == 2
    assert eyes(*by("dewi", "review", "reject", key, "--reason", "no emergency at all")).code == 0
    assert eyes.json("element", "show", PHONE).results[0]["declared"] == before
    assert states(eyes)[key] == "rejected"


def test_rejecting_puts_back_what_was_added_retired_and_restored(eyes):
    eyes.write("catalog/a.yaml", "touchpoints:\n- {key: fair, title: Fair, journey: before}\n")
    assert eyes(*by("dewi", "review", "approve", propose(eyes))).code == 0
    live = eyes("touchpoint", "list").out
    eyes.write("catalog/a.yaml", "touchpoints:\n- {key: shop, title: Shop, journey: before}\n")
    said = eyes.json(*by("rina", "apply", "--yes", "--prune", "catalog", *AT_ONCE))
    assert (said.data["summary"]["add"], said.data["summary"]["retire"]) == (1, 1)
    assert eyes("touchpoint", "list").out != live
    key = said.data["summary"]["change_set"]
    assert eyes(*by("dewi", "review", "reject", key, "--reason", "no")).code == 0
    assert eyes("touchpoint", "list").out == live
    said = eyes.json(*by("rina", "apply", "--yes", "--on-conflict", "mine", "catalog", *AT_ONCE))
    assert said.data["summary"]["restore"] == 1
    key = said.data["summary"]["change_set"]
    assert eyes(*by("dewi", "review", "reject", key, "--reason", "no")).code == 0
    assert eyes("touchpoint", "list").out == live


def test_it_is_not_put_back_over_what_somebody_changed_since(eyes):
    _, first = act(eyes)
    edit(eyes, "title: Telephone number", "title: Mobile number")
    said = eyes.json(*by("budi", "apply", "--yes", "catalog", *AT_ONCE))
    second = said.data["summary"]["change_set"]
    refused = eyes(*by("dewi", "review", "reject", first, "--reason", "no"))
    assert refused.code == 1
    for line in ('base   "Telephone number"', 'theirs "Mobile number"', 'yours  "Phone number"'):
        assert line in refused.err
    assert eyes(*by("dewi", "review", "reject", second, "--reason", "no")).code == 0
    assert eyes(*by("dewi", "review", "reject", first, "--reason", "no")).code == 0
    assert title(eyes) == "Phone number"


def test_the_uses_it_touches_warn_and_rest_when_nobody_looked_in_time(eyes, monkeypatch):
    break_a_use(eyes)
    said = eyes.json(*by("rina", "apply", "--yes", "catalog", *AT_ONCE))
    key = said.data["summary"]["change_set"]
    answer = eyes.json("query", "may", *SOUND_QUESTION)
    assert (answer.code, [f["code"] for f in answer.results[0]["findings"]]) == (0, ["usage-cycle/emergency-open"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(OVERDUE))
    answer = eyes.json("query", "may", *SOUND_QUESTION)
    assert (answer.code, "usage-cycle/emergency-overdue" in [f["code"] for f in answer.results[0]["findings"]]) == (
        1,
        True,
    )
    assert eyes(*by("dewi", "review", "approve", key)).code == 0
    answer = eyes.json("query", "may", *SOUND_QUESTION)
    assert (answer.code, answer.results[0]["findings"]) == (0, [])


def test_what_it_changed_is_shown_as_a_change(eyes):
    break_a_use(eyes)
    key = eyes.json(*by("rina", "apply", "--yes", "catalog", *AT_ONCE)).data["summary"]["change_set"]
    shown = eyes.json("review", "show", key)
    answers = [result for result in shown.results if result["what"] == "answer"]
    assert [a["before"]["holds_until"] != a["after"]["holds_until"] for a in answers] == [True, True]
    assert [a["since"] for a in answers] == [None, "2027-04-01T00:00:00+02:00"]
    assert [v["path"] for r in shown.results if r["what"] == "document" for v in r["values"]] == ["review_by"]


REFUSED = {
    "no reason": (("--emergency", "P2D"), 2, "an emergency change needs a reason"),
    "too long": (("--emergency", "P8D", "--reason", "r"), 2, "more than 7 days ahead"),
    "over": (("--emergency", "2026-08-01", "--reason", "r"), 2, "is over already"),
    "no instant": (("--emergency", "soon", "--reason", "r"), 2, "--emergency"),
    "in another": ((*AT_ONCE, "--change-set", "change-1"), 2, "a change set of its own"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_an_emergency_has_its_limits(eyes, what):
    words, code, sentence = REFUSED[what]
    edit(eyes)
    size = eyes.size
    said = eyes(*by("rina", "apply", "--yes", "catalog", *words))
    assert (said.code, sentence in said.err) == (code, True), said.err
    assert eyes.size == size


def test_the_rule_of_four_eyes_is_never_switched_off_in_an_emergency(eyes):
    eyes.write("catalog/surroundings.yaml", SURROUNDINGS)
    size = eyes.size
    said = eyes(*by("rina", "apply", "--yes", "catalog", *AT_ONCE))
    assert (said.code, "is never an emergency" in said.err) == (4, True)
    assert eyes.size == size


def test_without_four_eyes_it_is_a_change_like_any_other(shop):
    edit(shop)
    said = shop(*by("rina", "apply", "--yes", "catalog", *AT_ONCE))
    assert said.code == 0
    assert "this catalogue asks for no review by others" in said.err
    assert title(shop) == "Telephone number"
    assert shop.json("review", "list").results == []
