"""Text taken out of the past from the outside: two people do it, it is gone everywhere, and every proof still holds."""

from __future__ import annotations

import pytest

from tests.journeys.test_log_proofs import run_alone

NAME = "Mrs Example"
WHY = "the fair of Mrs Example"
LINE = "touchpoints:\n- {{key: fair-1, title: {}, journey: before}}\n"
GROUND = ("--ground", "GDPR Article 17")


@pytest.fixture
def fair(shop):
    """A console beside a shop in whose past a name stands: in entry ``entry``, and in its reason."""
    for title, reason in ((f"Fair of {NAME}", WHY), ("Fair", "corrected")):
        shop.write("catalog/fair.yaml", LINE.format(title))
        assert shop("--by", "rina", "apply", "--yes", "catalog", "--reason", reason).code == 0
    shop.entry = shop.size[0] - 2
    return shop


def propose(console, *words):
    said = console.json("--by", "rina", "log", "redact", *words, *GROUND)
    assert said.code == 0, said.err
    return said.data["summary"]["change_set"]


def redact(console, *words):
    said = console("--by", "dewi", "review", "approve", propose(console, *words))
    assert said.code == 0, said.err


def everything(console):
    """All that can be read of the log, one text."""
    shown = console("log", "show", console.entry), console("log", "show", console.entry, "--format", "json")
    past = (
        console("log", "list", "--format", "json"),
        console("--as-of", f"@{console.entry}", "check", "--format", "json"),
    )
    return console("log", "export").out + "".join(one.out for one in (*shown, *past))


@pytest.mark.parametrize("how", ["path", "containing"])
def test_what_was_redacted_is_gone_everywhere_and_every_proof_holds(fair, how):
    assert NAME in everything(fair)
    assert fair("log", "checkpoint", "-o", "held.txt").code == 0
    redact(fair, *((fair.entry, "--path", "title") if how == "path" else ("--containing", NAME.upper())))
    assert NAME not in everything(fair)
    said = fair("verify", "log", "--checkpoint", "held.txt")
    assert said.code == 0, said.out
    assert fair("log", "export", "-o", "log.jsonl").code == 0
    code, said = run_alone(fair, "log.jsonl", "lineage.db", "--checkpoint", "held.txt")
    assert (code, said.count("1 redacted")) == (0, 2), said


@pytest.mark.parametrize("who", ["rina", "RINA"])
def test_nobody_approves_a_redaction_of_their_own(fair, who):
    key = propose(fair, fair.entry, "--path", "title")
    size = fair.size
    assert fair("--by", who, "review", "approve", key).code == 4
    assert fair.size == size
    assert NAME in everything(fair)


REFUSED = {
    "what is live": (lambda f: (f.entry + 1, "--path", "title"), 1, "live"),
    "a path that leads nowhere": (lambda f: (f.entry, "--path", "none"), 1, "there is no none"),
    "what is no free text": (lambda f: (f.entry, "--path", "key"), 1, "key"),
    "a digit that is no number": (lambda f: (f.entry, "--path", "title.²"), 1, "there is no"),
    "an entry that is not there": (lambda f: (2**62, "--path", "title"), 1, "no journal entry"),
    "an entry no log reaches": (lambda f: ("99999999999999999999", "--path", "title"), 2, "range"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_must_stay_is_refused_and_nothing_is_proposed(fair, what):
    words, code, named = REFUSED[what]
    size = fair.size
    said = fair("--by", "rina", "log", "redact", *words(fair), *GROUND)
    assert (said.code, fair.size) == (code, size), said.err
    assert named in said.err


def test_what_proves_the_log_is_never_redacted(fair):
    rows = [(row["sequence"], row["kind"]) for row in fair.json("log", "list").results]
    (key,) = [sequence for sequence, kind in rows if kind == "signing_key"]
    redact(fair, fair.entry, "--path", "title")
    for sequence in (key, fair.size[0] - 1):
        said = fair("--by", "rina", "log", "redact", sequence, *GROUND)
        assert said.code == 1
        assert "never redacted" in said.err


def test_a_redacted_version_of_an_element_is_not_brought_back(shop):
    path = shop.folder / "catalog" / "elements.yaml"
    was = path.read_text(encoding="utf-8")
    path.write_text(was.replace("title: Phone number", "title: Number"), encoding="utf-8")
    assert shop("--by", "rina", "apply", "--yes", "catalog").code == 0
    rows = shop.json("log", "list").results
    (entry,) = [
        row["sequence"]
        for row in rows
        if (row["kind"], row["key"], row["version"]) == ("element", "customer.phone_number", 1)
    ]
    redact(shop, entry, "--path", "title")
    size = shop.size
    said = shop("--by", "rina", "element", "restore", "customer.phone_number", "--version", 1)
    assert (said.code, shop.size) == (1, size), said.err
    assert "was redacted" in said.err
    then = shop("--by", "rina", "--as-of", "2026-08-31", "element", "restore", "customer.phone_number")
    assert (then.code, shop.size) == (0, size), then.err
    assert "was redacted" in then.out + then.err
