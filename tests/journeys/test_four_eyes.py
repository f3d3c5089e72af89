"""Four eyes from the outside: nothing goes live before somebody else has seen and approved it."""

from __future__ import annotations

import pytest

from tests.journeys.console import sql
from tests.journeys.shop import FILES, OPEN_QUESTION, SOUND_QUESTION, SURROUNDINGS
from tests.journeys.test_recording import OUTCOME

EYES = FILES | {"surroundings.yaml": SURROUNDINGS.replace("review: none", "review: four_eyes")}
PHONE = "customer.phone_number"
CONSENT = ("consent", "record", PHONE, "--key", "letters", "--for", "DeliveryOfGoods", "--method", "ticked_box")


def by(who, *words):
    return ("--by", who, *words)


@pytest.fixture
def eyes(empty):
    """A console beside the shop's catalogue that asks for four eyes, with everything approved."""
    empty.declare(EYES)
    assert empty(*by("rina", "apply", "--yes", "catalog")).code == 0
    assert empty(*by("dewi", "review", "approve", "change-1")).code == 0
    return empty


def edit(console, old="title: Phone number", new="title: Telephone number"):
    path = console.folder / "catalog" / "elements.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def propose(console, who="rina", *more):
    said = console.json(*by(who, "apply", "--yes", "catalog", *more))
    assert said.code == 0, said.err
    return said.data["summary"]["change_set"]


def title(console):
    return console.json("element", "show", PHONE).results[0]["declared"]["title"]


def states(console):
    return {row["change_set"]: row["state"] for row in console.json("review", "list", "--all").results}


# --- Nothing goes live ---


def test_the_first_declarations_wait_too(empty):
    empty.declare(EYES)
    entries, documents = empty.size
    said = empty(*by("rina", "apply", "--yes", "catalog"))
    assert said.code == 0
    assert "proposed as change-1; nothing changes before somebody else approves it" in said.err
    assert empty.size == (entries + 1, documents + 1)
    assert empty("query", "may", *SOUND_QUESTION).code == 1
    assert empty(*by("rina", "review", "approve", "change-1")).code == 4
    assert empty(*by("dewi", "review", "approve", "change-1")).code == 0
    assert empty("query", "may", *SOUND_QUESTION).code == 0


WRITING = {
    "apply": ("apply", "--yes", "catalog"),
    "outcome": ("outcome", "record", *OPEN_QUESTION, *OUTCOME),
    "insight": (
        "insight",
        "record",
        *SOUND_QUESTION,
        "--key",
        "second",
        "--outcome",
        "2026-q2",
        "--decision",
        "confirm",
    ),
    "consent": CONSENT,
}


@pytest.mark.parametrize("what", WRITING)
def test_every_way_in_makes_a_change_set(eyes, what):
    if what == "apply":
        edit(eyes)
    before = eyes.digest
    entries, documents = eyes.size
    said = eyes.json(*by("rina", *WRITING[what]))
    assert said.code == 0, said.err
    assert said.data["summary"]["change_set"] == "change-2"
    assert "proposed as change-2" in said.err
    assert (eyes.size, eyes.digest) == ((entries + 1, documents + 1), before)
    assert eyes(*by("dewi", "review", "approve", "change-2")).code == 0
    assert eyes.digest != before
    assert eyes.size == (entries + 3, documents + 3)


def test_a_withdrawal_waits_too(eyes):
    assert eyes(*by("rina", *CONSENT)).code == 0
    assert eyes(*by("dewi", "review", "approve", "change-2")).code == 0
    said = eyes.json(*by("rina", "consent", "withdraw", PHONE, "letters", "--request", "w-1"))
    assert (said.code, said.data["summary"]["change_set"]) == (0, "change-3")
    again = eyes.json(*by("rina", "consent", "withdraw", PHONE, "letters", "--request", "w-1"))
    assert again.data["summary"]["change_set"] == "change-3"
    assert eyes.json("consent", "status", PHONE, "letters").results[0]["state"] == "given"
    assert eyes(*by("dewi", "review", "approve", "change-3")).code == 0
    assert eyes.json("consent", "status", PHONE, "letters").results[0]["state"] == "withdrawn"


def test_what_a_person_reads_speaks_of_what_would_be(eyes):
    said = eyes(*by("rina", *CONSENT, "--format", "table"))
    assert f"proposed consent {PHONE}#letters" in said.out
    assert "if it is approved, 0 of 2 answers changed" in said.out
    said = eyes(*by("rina", *WRITING["outcome"], "--format", "table"))
    assert "proposed outcome" in said.out
    assert "would be denied" in said.out


def test_the_catalogue_without_the_rule_writes_at_once(shop):
    edit(shop)
    said = shop.json("apply", "--yes", "catalog")
    assert (said.data["summary"]["applied"], said.data["summary"]["change_set"]) == (True, None)
    assert title(shop) == "Telephone number"
    assert shop.json("review", "list").results == []


def test_switching_the_rule_off_needs_somebody_else(eyes):
    eyes.declare(FILES)
    key = propose(eyes)
    assert eyes(*by("rina", "review", "approve", key)).code == 4
    assert eyes(*by("dewi", "review", "approve", key)).code == 0
    edit(eyes)
    assert propose(eyes) is None


# --- One change set, however often and however much ---


def test_the_same_proposed_again_is_the_set_that_is_open(eyes):
    edit(eyes)
    keys = [propose(eyes), propose(eyes), propose(eyes, "RINA")]
    assert keys == ["change-2"] * 3
    assert propose(eyes, "budi") == "change-3"


def test_a_request_sent_again_is_the_same_change_set(eyes):
    words = by("rina", *WRITING["outcome"], "--request", "r-1")
    assert [eyes.json(*words).data["summary"]["change_set"] for _ in range(2)] == ["change-2"] * 2
    assert eyes(*by("dewi", "review", "approve", "change-2", "--request", "r-2")).code == 0
    size = eyes.size
    assert eyes(*words).code == 0
    assert eyes(*by("dewi", "review", "approve", "change-2", "--request", "r-2")).code == 0
    assert eyes.size == size


def test_many_rows_are_one_change_set_and_unchanged_ones_are_not_touched(eyes):
    more = "touchpoints:\n" + "".join(f"- {{key: fair-{n}, title: Fair {n}, journey: before}}\n" for n in range(40))
    eyes.write("catalog/fairs.yaml", more)
    entries, documents = eyes.size
    key = propose(eyes)
    assert eyes.size == (entries + 1, documents + 1)
    shown = eyes.json("review", "show", key)
    assert shown.data["summary"]["documents"] == 40
    assert eyes(*by("dewi", "review", "approve", key)).code == 0
    assert eyes.size == (entries + 42, documents + 42)


def test_what_is_proposed_anew_has_one_more_author_and_voids_what_was_shown(eyes):
    edit(eyes)
    key = propose(eyes)
    digest = eyes.json("review", "show", key).data["summary"]["digest"]
    edit(eyes, "title: Telephone number", "title: Telephone")
    assert propose(eyes, "budi", "--change-set", key) == key
    stale = eyes(*by("dewi", "review", "approve", key, "--digest", digest))
    assert stale.code == 1
    assert "what was shown is not what would happen" in stale.err
    for author in ("rina", "budi"):
        assert eyes(*by(author, "review", "approve", key)).code == 4
    assert eyes.json("review", "show", key).data["summary"]["authors"] == ["rina", "budi"]
    fresh = eyes.json("review", "show", key).data["summary"]["digest"]
    assert eyes(*by("dewi", "review", "approve", key, "--digest", fresh[:16])).code == 0
    assert title(eyes) == "Telephone"


# --- What a reviewer sees ---


def test_the_answers_that_would_change_come_first_then_the_fields(eyes):
    path = eyes.folder / "catalog" / "uses.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  evidence: [terms-of-sale-2026]\n", "", 1), encoding="utf-8")
    key = propose(eyes)
    shown = eyes.json("review", "show", key)
    assert shown.data["schema"] == "lineage.review.show/1"
    first, last = shown.results[0], shown.results[-1]
    assert (first["what"], first["change"], first["element"]) == ("answer", "allow_to_deny", PHONE)
    assert (last["what"], last["kind"], [value["path"] for value in last["values"]]) == (
        "document",
        "use",
        ["evidence"],
    )
    assert last["unchanged"] > 5
    text = eyes("review", "show", key, "--format", "table").out
    assert text.index("allow → deny") < text.index("evidence:") < text.index("digest ")
    listed = eyes.json("review", "list")
    assert listed.data["schema"] == "lineage.review.list/1"
    assert listed.results[0]["answers"]["allow_to_deny"] == 1


def test_the_list_begins_with_the_oldest(eyes):
    edit(eyes)
    keys = [propose(eyes, who) for who in ("rina", "budi", "tia")]
    assert [row["change_set"] for row in eyes.json("review", "list").results] == keys
    assert [row[0] for row in eyes("review", "list").rows] == keys


# --- Who may answer ---


ALIKE = ["rina", "Rina", " RINA ", "ＲＩＮＡ"]


@pytest.mark.parametrize("who", ALIKE)
@pytest.mark.parametrize("answer", [("approve",), ("return", "--question", "why"), ("reject", "--reason", "no")])
def test_an_author_gives_no_answer_under_any_spelling(eyes, who, answer):
    edit(eyes)
    key = propose(eyes)
    size = eyes.size
    said = eyes(*by(who, "review", answer[0], key, *answer[1:]))
    assert said.code == 4
    assert "somebody else" in said.err
    assert eyes.size == size


def test_a_linked_account_is_the_same_person_and_no_later_link_changes_that(eyes):
    edit(eyes)
    key = propose(eyes)
    assert eyes(*by("tia", "account", "link", "rina-admin", "rina", "--reason", "one desk")).code == 0
    assert eyes(*by("rina-admin", "review", "approve", key)).code == 4
    assert eyes(*by("rina", "account", "link", "rina-admin", "dewi")).code == 0
    for who in ("rina-admin", "rina", "dewi"):
        assert eyes(*by(who, "review", "approve", key)).code == 4
    assert eyes(*by("budi", "review", "approve", key)).code == 0


def test_linking_what_is_linked_writes_nothing(eyes):
    assert eyes.json(*by("tia", "account", "link", "rina-admin", "rina")).results[0]["linked"] is True
    size = eyes.size
    assert eyes.json(*by("tia", "account", "link", "rina", "RINA-admin")).results[0]["linked"] is False
    assert eyes.size == size
    assert eyes(*by("tia", "account", "link", "rina", "rinna")).code == 1


def test_accounts_are_listed_with_their_people(eyes):
    assert eyes(*by("tia", "account", "link", "rina-admin", "rina")).code == 0
    found = {row["account"]: row["same_person"] for row in eyes.json("account", "list").results}
    assert found["rina"] == ["rina-admin"]
    assert found["dewi"] == []


# --- What became of it meanwhile ---


def test_a_document_that_changed_since_is_shown_as_yours_theirs_and_base(eyes):
    edit(eyes)
    first = propose(eyes)
    edit(eyes, "title: Telephone number", "title: Mobile number")
    second = propose(eyes, "budi")
    assert eyes(*by("dewi", "review", "approve", second)).code == 0
    before = eyes.digest
    said = eyes(*by("dewi", "review", "approve", first))
    assert said.code == 1
    for line in ('base   "Phone number"', 'theirs "Mobile number"', 'yours  "Telephone number"', "  fix    "):
        assert line in said.err
    assert eyes.digest == before
    conflicts = eyes.json("review", "show", first).data["summary"]["conflicts"]
    assert [one["path"] for one in conflicts] == ["title"]


def test_what_is_shown_is_what_would_happen_or_nothing_does(eyes):
    path = eyes.folder / "catalog" / "uses.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("necessity: required", "necessity: optional", 1), encoding="utf-8")
    key = propose(eyes)
    digest = eyes.json("review", "show", key).data["summary"]["digest"]
    path.write_text(text, encoding="utf-8")
    edit(eyes, "  steward: rina\n  origins", "  lifecycle: retired\n  steward: rina\n  origins")
    other = propose(eyes, "budi")
    assert eyes(*by("dewi", "review", "approve", other)).code == 0
    said = eyes(*by("dewi", "review", "approve", key, "--digest", digest))
    assert (said.code, "what was shown is not what would happen" in said.err) == (1, True)
    assert states(eyes)[key] == "open"


def test_the_life_of_a_consent_binds_at_approval_too(eyes):
    assert eyes(*by("rina", *CONSENT, "--given", "2026-08-01")).code == 0
    assert eyes(*by("dewi", "review", "approve", "change-2")).code == 0
    assert eyes(*by("rina", "consent", "withdraw", PHONE, "letters")).code == 0
    assert eyes(*by("budi", "consent", "record", PHONE, "--key", "letters", "--method", "button")).code == 0
    assert eyes(*by("dewi", "review", "approve", "change-3")).code == 0
    assert eyes(*by("dewi", "review", "approve", "change-4")).code == 1
    assert eyes.json("consent", "status", PHONE, "letters").results[0]["state"] == "withdrawn"


# --- The other answers ---


def test_a_question_sends_it_back_and_its_answer_is_a_new_proposal(eyes):
    edit(eyes)
    key = propose(eyes)
    assert eyes(*by("dewi", "review", "return", key)).code == 2
    assert eyes(*by("dewi", "review", "return", key, "--question", "Why not mobile number?")).code == 0
    assert states(eyes)[key] == "returned"
    assert eyes(*by("budi", "review", "approve", key)).code == 1
    edit(eyes, "title: Telephone number", "title: Mobile number")
    assert propose(eyes, "rina", "--change-set", key) == key
    assert eyes.json("review", "show", key).data["summary"]["answered"][0]["reason"] == "Why not mobile number?"
    assert eyes(*by("dewi", "review", "approve", key)).code == 0
    assert title(eyes) == "Mobile number"


def test_a_rejection_needs_a_reason_and_ends_it(eyes):
    edit(eyes)
    key = propose(eyes)
    assert eyes(*by("dewi", "review", "reject", key)).code == 2
    assert eyes(*by("dewi", "review", "reject", key, "--reason", "not agreed")).code == 0
    assert states(eyes)[key] == "rejected"
    for words in (("approve", key), ("reject", key, "--reason", "no"), ("return", key, "--question", "why")):
        assert eyes(*by("dewi", "review", *words)).code == 1
    assert eyes(*by("rina", "apply", "--yes", "catalog", "--change-set", key)).code == 1
    assert title(eyes) == "Phone number"


def test_only_an_author_withdraws(eyes):
    edit(eyes)
    key = propose(eyes)
    assert eyes(*by("dewi", "review", "withdraw", key)).code == 4
    assert eyes(*by("RINA", "review", "withdraw", key)).code == 0
    assert states(eyes)[key] == "withdrawn"


def test_what_is_over_can_still_be_seen(eyes):
    shown = eyes("review", "show", "change-1", "--format", "table")
    assert "it is over; what it changed is in the journal" in shown.out
    assert "dewi: approve" in shown.out
    assert "digest" not in shown.out.splitlines()[-1]


@pytest.mark.parametrize("words", [("show", "change-9"), ("approve", "change-9"), ("withdraw", "change-9")])
def test_a_change_set_that_is_not_there(eyes, words):
    said = eyes("review", *words)
    assert (said.code, "there is no change set change-9" in said.err) == (1, True)


def test_places_come_with_the_approval(eyes):
    eyes.write("catalog/fairs.yaml", "touchpoints:\n- {key: fair, title: Fair, journey: before}\n")
    key = propose(eyes)
    eyes(*by("dewi", "review", "approve", key))
    eyes.write("catalog/fairs.yaml", "touchpoints: []\n")
    said = eyes.json(*by("rina", "apply", "--yes", "--prune", "catalog"))
    assert said.data["summary"]["retire"] == 1
    assert eyes(*by("dewi", "review", "approve", said.data["summary"]["change_set"])).code == 0
    assert eyes.json("touchpoint", "list").data["summary"] != said.data["summary"]
    assert eyes.json(*by("rina", "apply", "--yes", "--prune", "catalog")).data["summary"]["change_set"] is None


# --- Names ---


def test_an_erased_name_is_gone_and_its_acts_stay(eyes):
    entries = eyes.size[0]
    assert eyes(*by("tia", "account", "erase", "rina")).code == 2
    assert eyes(*by("tia", "account", "erase", "rina", "--reason", "asked for")).code == 0
    assert eyes.size[0] == entries + 1
    assert "rina" not in {row["account"] for row in eyes.json("account", "list").results}
    assert "erased account" in eyes("review", "show", "change-1", "--format", "table").out
    assert eyes(*by("tia", "account", "erase", "rina", "--reason", "again")).code == 1


def test_nobody_is_erased_while_something_of_his_waits(eyes):
    edit(eyes)
    key = propose(eyes)
    said = eyes(*by("tia", "account", "erase", "Rina", "--reason", "asked for"))
    assert (said.code, key in said.err) == (1, True)


def test_nobody_is_no_author(eyes):
    edit(eyes)
    assert eyes(*by("\u200b ", "apply", "--yes", "catalog")).code == 2


def test_what_is_live_cannot_be_changed_past_the_program(eyes):
    with pytest.raises(Exception, match="no new entry of the journal"):
        sql(
            eyes.folder / "lineage.db",
            "UPDATE document SET body = replace(body, 'Phone', 'Fax') WHERE kind = 'element' AND sys_to IS NULL",
        )


def test_two_who_change_the_same_meet_in_a_conflict(shop):
    """Without four eyes too: what one wrote is not lost when the other writes."""
    shop("--by", "rina", *CONSENT)
    from lineage.services import consenting

    real = consenting._write

    def late(*given):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(consenting, "_write", real)
            assert shop("--by", "dewi", *CONSENT[:5], "--expires", "2028-01-01").code == 0
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(consenting, "_write", late)
        said = shop("--by", "rina", *CONSENT[:5], "--expires", "2027-01-01")
    assert said.code == 1
    for line in ("base   (not said)", 'theirs "2028-01-01"', 'yours  "2027-01-01"'):
        assert line in said.err
