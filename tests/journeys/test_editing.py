"""Elements are registered, changed and retired by hand: whole or not at all, and with every answer that changes."""

from __future__ import annotations

import json

import pytest

from tests.journeys.shop import ELEMENTS, SOUND_QUESTION, SURROUNDINGS

PHONE = "customer.phone_number"
MAIL = "customer.email"
EDIT = ("element", "edit", PHONE)
WILL = "{modality: will, elements: [%s], purpose: DeliveryOfGoods"
WILL_NOT = "{modality: will_not, elements: [%s]"


def declared(shop, key=PHONE):
    return shop.json("element", "show", key).results[0]["declared"]


def documents(said):
    return [(r["change"], r["kind"], r["key"]) for r in said.results if r["what"] == "document"]


def answered(said):
    return {r["process"]: (r["before"]["effect"], r["after"]["effect"]) for r in said.results if r["what"] == "answer"}


# --- Changing ---


def test_several_documents_change_in_one_command_and_the_answers_are_told(shop):
    entries, versions = shop.size
    said = shop.json(
        *EDIT, "--set", "steward=budi", "--set", "origins[checkout].measures[+]=pseudonymisation", "--reason", "moved"
    )
    assert (said.code, said.data["schema"]) == (0, "lineage.element.edit/1")
    assert documents(said) == [("change", "element", PHONE), ("change", "origin", f"{PHONE}#checkout")]
    assert answered(said) == {"parcel-dispatch": ("allow", "allow"), "slot-planning": ("deny", "deny")}
    assert (said.data["summary"]["documents"], said.data["summary"]["live"]) == (2, True)
    assert shop.size == (entries + 2, versions + 2)
    assert declared(shop)["steward"] == "budi"
    assert declared(shop)["origins"][0]["measures"] == ["encryption_at_rest", "access_control", "pseudonymisation"]


def test_an_answer_that_turns_is_told_with_what_turned_it(shop):
    said = shop.json(*EDIT, "--unset", "origins[checkout].stored_in")
    assert answered(said)["parcel-dispatch"] == ("allow", "deny")
    turned = next(r for r in said.results if r.get("process") == "parcel-dispatch")
    assert turned["change"] == "allow_to_deny"
    assert any(finding["severity"] == "blocker" for finding in turned["added"])
    assert said.data["summary"]["turned"] == 1
    assert shop("query", "may", *SOUND_QUESTION).code == 1
    told = shop(*EDIT, "--set", "origins[checkout].stored_in={system: crm-db, country: DE}", "--format", "table")
    assert "parcel-dispatch · DeliveryOfGoods was denied and is allowed now (cycle complete)" in told.out
    assert "    stored_in: (not said) → " in told.out


@pytest.mark.parametrize(
    "words",
    [
        ("--set", "steward=rina"),
        ("--unset", "origins[checkout].party"),
        ("--set", "origins[checkout].stored_in.country=DE", "--set", "title='Phone number'"),
        ("--set", "also_known_as=[mobile, nomor HP, Handy]"),
    ],
)
def test_a_change_that_changes_nothing_says_so_and_writes_nothing(shop, words):
    before = shop.size
    said = shop(*EDIT, *words, "--format", "table")
    assert (said.code, said.out) == (0, f"nothing to change in element {PHONE}\n")
    piped = shop(*EDIT, *words)
    assert (piped.code, piped.out) == (0, "")
    assert "nothing to change" in piped.err
    assert shop.size == before


def test_new_parts_are_set_whole_and_parts_can_go(shop):
    said = shop.json(
        *EDIT, "--set", "origins[hotline]={mode: provided, source: data_subject, told: not_told}", "--set",
        "origins[hotline].captured_by=call centre", "--unset", "regulatory[eu-gdpr]",
    )  # fmt: skip
    assert documents(said) == [("add", "origin", f"{PHONE}#hotline"), ("retire", "regulatory", f"{PHONE}#eu-gdpr")]
    assert declared(shop)["origins"][1]["captured_by"] == "call centre"
    assert "regulatory" not in declared(shop)
    back = shop.json(*EDIT, "--set", "regulatory[eu-gdpr]={status: compliant, assessed: 2026-03-10}")
    assert documents(back) == [("restore", "regulatory", f"{PHONE}#eu-gdpr")]


WRONG = [
    (("--set", "stewrd=x"), "unknown field stewrd", "did you mean steward?"),
    (("--unset", "stewrd"), "unknown field stewrd", "did you mean steward?"),
    (("--set", "steward"), "--set steward says no value", "--set 'steward=VALUE'"),
    (("--set", "steward.name=x"), "steward", ""),
    (("--set", "]=x"), "] is no path", "origins[checkout].measures[0]"),
    (("--set", "title=[a"), "this is not YAML", "in quotes"),
    (("--set", "title=12"), "title must be text, not a number", 'put it in quotes: "12"'),
    (("--set", "origins.checkout.mode=provided"), "origins are documents of their own", "one of checkout"),
    (("--set", "origins[chekout].mode=provided"), "there is no origins[chekout]", "did you mean checkout?"),
    (("--unset", "consents[box]"), "there is no consents[box]", ""),
    (("--set", "origins[new]=provided"), "origins[new] is a document", "origins[new]={field: value}"),
    (("--set", "origins[checkout].mod=provided"), "unknown field mod", "did you mean mode?"),
    (("--set", "origins[checkout].stored_in.land=DE"), "unknown field land", ""),
    (("--unset", "origins[checkout].stored_in.contry"), "unknown field contry", "did you mean country?"),
    (("--set", "origins[checkout].mode=providd"), "mode cannot be 'providd'", "did you mean provided?"),
    (("--set", "origins[checkout].touchpoint=web-chekout"), "unknown touchpoint web-chekout", "web-checkout"),
    (("--set", "origins[checkout].derived_from=[{element: customer.emial}]"), "unknown element customer.emial", MAIL),
    (("--set", "category=pd:TelefoneNumber"), "unknown category", "pd:TelephoneNumber"),
    (("--set", "sensitivity.eu-gpdr=special"), "unknown regime eu-gpdr", "eu-gdpr"),
    (("--set", "origins[checkout].stored_in.country=XX"), "unknown country XX", "ISO 3166"),
    (("--set", "fields[3].dataset=x"), "[3] is no entry of a list", "[+] is a new one"),
    (("--unset", "fields[+]"), "[+] is no entry of a list", "it has 1, counted from [0]"),
    (("--set", "key=customer.fax"), "key cannot be changed", "retire this one"),
    (("--set", "steward=x", "--set", "steward=y"), "steward is said twice", "say it once"),
]


@pytest.mark.parametrize(("words", "sentence", "fix"), WRONG)
def test_what_does_not_fit_is_refused_with_what_to_write_instead(shop, words, sentence, fix):
    before = shop.size
    said = shop(*EDIT, *words)
    assert said.code in (1, 2)
    assert said.out == ""
    assert sentence in said.err
    assert "  fix    " in said.err
    assert fix in said.err
    assert shop.size == before


def test_every_problem_is_told_at_once(shop):
    words = [word for case, _, _ in WRONG if case[0] == "--set" and "=" in case[1] and len(case) == 2 for word in case]
    said = shop(*EDIT, *words)
    assert said.code == 1
    assert said.err.count("error: ") >= 15
    assert "problems; nothing was written" in said.err


def test_a_file_says_what_changes_and_what_it_does_not_say_stays(shop):
    shop.write(
        "edit.yaml", "steward: budi\nalso_known_as:\norigins:\n- {key: checkout, captured_by: app}\n- {key: post}\n"
    )
    said = shop.json(*EDIT, "--from", "edit.yaml", "--set", "title=Mobile")
    assert documents(said) == [
        ("change", "element", PHONE), ("change", "origin", f"{PHONE}#checkout"), ("add", "origin", f"{PHONE}#post"),
    ]  # fmt: skip
    now = declared(shop)
    assert (now["steward"], now["title"], "also_known_as" in now) == ("budi", "Mobile", False)
    assert (now["origins"][0]["captured_by"], now["origins"][0]["mode"]) == ("app", "provided")


def test_a_file_of_declarations_or_json_will_do_and_problems_name_its_line(shop):
    shop.write("edit.yaml", ELEMENTS.replace("steward: rina\n  origins", "steward: budi\n  origins"))
    assert documents(shop.json(*EDIT, "--from", "edit.yaml")) == [("change", "element", PHONE)]
    shop.write("edit.json", json.dumps({"key": PHONE, "steward": "dewi"}))
    assert shop(*EDIT, "--from", "edit.json").code == 0
    assert declared(shop)["steward"] == "dewi"
    shop.write(
        "wrong.yaml", "key: customer.phone_number\nkind: identiti\norigins:\n- {mode: provided}\n- {key: a, mod: b}\n"
    )
    said = shop(*EDIT, "--from", "wrong.yaml")
    assert said.code == 1
    assert "wrong.yaml:2  kind" in said.err
    assert "an entry of origins needs its key" in said.err
    assert "wrong.yaml:5  origins[a].mod" in said.err


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("key: customer.fax\n", 1, "the file declares customer.fax, not customer.phone_number"),
        ("elements:\n- {key: customer.fax}\n", 1, "does not declare element customer.phone_number"),
        ("- a\n", 1, "does not declare element"),
        ("", 1, "does not declare element"),
        ("a: [", 1, "this is not YAML"),
        (None, 2, "there is no file edit.yaml"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(shop, text, code, sentence):
    if text is not None:
        shop.write("edit.yaml", text)
    said = shop(*EDIT, "--from", "edit.yaml")
    assert (said.code, sentence in said.err) == (code, True), said.err


def test_a_version_that_was_looked_at_earlier_is_a_conflict(shop):
    assert shop(*EDIT, "--set", "steward=budi", "--version", "1").code == 0
    before = shop.size
    for words in (("--set", "title=Mobile"), ("--set", "steward=rina"), ("--set", "origins[checkout].captured_by=app")):
        said = shop(*EDIT, *words, "--version", "1")
        assert said.code == 1
        assert "somebody else changed it" in said.err
    unknown = shop(*EDIT, "--set", "title=Mobile", "--version", "9")
    assert (unknown.code, "has no version 9" in unknown.err) == (1, True)
    assert shop.size == before
    assert shop(*EDIT, "--set", "title=Mobile", "--version", "2").code == 0


def test_what_is_edited_by_hand_is_a_conflict_for_the_file_that_declares_it(shop):
    said = shop(*EDIT, "--set", "steward=budi")
    assert "also declared in catalog/elements.yaml" in said.err
    assert shop("apply", "catalog", "--yes").code == 1
    shop.write("catalog/elements.yaml", ELEMENTS.replace("steward: rina\n  origins", "steward: dewi\n  origins"))
    refused = shop("apply", "catalog", "--yes")
    assert (refused.code, "conflict" in refused.err) == (1, True)
    assert declared(shop)["steward"] == "budi"
    shop.write("catalog/elements.yaml", ELEMENTS.replace("steward: rina\n  origins", "steward: budi\n  origins"))
    assert shop("apply", "catalog", "--yes").code == 0


def test_a_request_sent_again_has_one_effect(shop):
    words = ("--set", "origins[checkout].measures[+]=pseudonymisation", "--request", "r-1")
    assert shop(*EDIT, *words).code == 0
    before = shop.size
    again = shop.json(*EDIT, *words)
    assert (again.code, again.data["summary"]["repeated"]) == (0, True)
    assert "carried out before" in again.err
    for words in (("register", "a", "--set", "title=A"), ("retire", "a"), ("retire", "a", "--undo")):
        assert shop("element", *words, "--request", " ".join(words)).code == 0
        assert shop("element", *words, "--request", " ".join(words)).code == 0
    assert shop.size == (before[0] + 3, before[1] + 3)


def test_nothing_said_an_unknown_element_and_the_past_are_refused(shop):
    assert shop(*EDIT).code == 2
    said = shop("element", "edit", "customer.phone", "--set", "title=x")
    assert (said.code, "did you mean customer.phone_number" in said.err) == (1, True)
    for words in (("edit", PHONE, "--set", "title=x"), ("retire", PHONE), ("register", "x")):
        assert shop("element", *words, "--as-of", "2026-09-01").code == 2


def test_a_consent_keeps_its_life_whoever_edits_it(shop):
    given = "consents[box]={purpose: DirectMarketing, status: given, given: 2026-03-05}"
    assert shop(*EDIT, "--set", given).code == 0
    assert shop("consent", "withdraw", PHONE, "box", "--on", "2026-08-01").code == 0
    for words in (("--set", given), ("--set", "consents[box].status=given", "--unset", "consents[box].withdrawn")):
        said = shop(*EDIT, *words)
        assert said.code == 1
        assert "where  --set consents[box]" in said.err
    assert shop(*EDIT, "--unset", "consents[box]").code == 0
    back = shop(*EDIT, "--set", given)
    assert (back.code, "consent" in back.err) == (1, True)


# --- Registering and retiring ---


def test_a_new_element_comes_with_what_hangs_under_it(shop):
    said = shop.json(
        "element", "register", "customer.fax", "--set", "title=Fax", "--set", "kind=identity",
        "--set", "origins[letterhead].mode=observed", "--set", "audiences[+]=customer",
    )  # fmt: skip
    assert said.data["schema"] == "lineage.element.register/1"
    assert documents(said) == [("add", "element", "customer.fax"), ("add", "origin", "customer.fax#letterhead")]
    assert shop("element", "show", "customer.fax").code == 0
    again = shop("element", "register", "customer.fax")
    assert (again.code, "registered already" in again.err) == (1, True)
    told = shop("element", "register", "customer.telex", "--format", "table")
    assert told.out == "+ element customer.telex  registered\nno use of it is declared\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("Customer.Fax",), "is no key"),
        (("customer.fax", "--set", "origins[A].mode=provided"), "'A' is no key"),
        (("customer.fax", "--set", "audiences=[nobody]"), "unknown audience nobody"),
        (("customer.fax", "--set", "colour=red"), "unknown field colour"),
    ],
)
def test_an_element_that_does_not_fit_is_not_registered(shop, words, sentence):
    before = shop.size
    said = shop("element", "register", *words)
    assert (said.code, sentence in said.err) == (1, True), said.err
    assert shop.size == before


def test_an_element_that_others_refer_to_cannot_be_retired(shop):
    before = shop.size
    said = shop("element", "retire", PHONE)
    assert said.code == 1
    assert "element customer.phone_number cannot be retired: statement notice-7 refers to it" in said.err
    assert shop.size == before


@pytest.fixture
def free(shop):
    """The shop when nothing but its own uses refers to the phone number."""
    assert shop("element", "register", "customer.fax").code == 0
    text = SURROUNDINGS
    for says in (WILL, WILL_NOT):
        text = text.replace(says % PHONE, says % "customer.fax")
    shop.write("catalog/surroundings.yaml", text)
    assert shop("apply", "catalog", "--yes").code == 0
    return shop


def test_a_retired_element_goes_with_all_of_it_and_comes_back_with_the_same(free):
    assert free(*EDIT, "--set", "origins[post]={mode: provided}").code == 0
    assert free(*EDIT, "--unset", "origins[post]").code == 0
    before = free.json("element", "history", PHONE, "--all").results
    said = free.json("element", "retire", PHONE)
    gone = documents(said)
    assert {kind for _, kind, _ in gone} == {"element", "origin", "regulatory", "use", "outcome", "insight"}
    assert (len(gone), {change for change, _, _ in gone}) == (7, {"retire"})
    assert all(after == "deny" for _, after in answered(said).values())
    assert len(answered(said)) == 2
    assert free("query", "may", *SOUND_QUESTION).code == 1
    assert free("element", "retire", PHONE).code == 0
    refused = free(*EDIT, "--set", "title=x")
    assert (refused.code, "--undo" in refused.err) == (1, True)
    assert free("element", "register", PHONE).code == 1
    back = free.json("element", "retire", PHONE, "--undo")
    assert {key for _, _, key in documents(back)} == {key for _, _, key in gone}
    assert all(change == "restore" for change, _, _ in documents(back))
    assert [o["key"] for o in declared(free)["origins"]] == ["checkout"]
    assert len(free.json("element", "history", PHONE, "--all").results) == len(before) + 2 * len(gone)
    assert free("element", "retire", PHONE, "--undo").code == 0


# --- Four eyes ---


@pytest.fixture
def reviewed(shop):
    """A shop in which nothing goes live before somebody else approved it."""
    shop.write("catalog/surroundings.yaml", SURROUNDINGS.replace("review: none", "review: four_eyes"))
    assert shop("apply", "catalog", "--yes", "--by", "rina").code == 0
    assert shop("review", "approve", "change-1", "--by", "budi").code == 0
    return shop


def test_under_four_eyes_nothing_is_live_before_somebody_else_approved_it(reviewed):
    words = (*EDIT, "--set", "steward=budi", "--unset", "origins[checkout].stored_in", "--by", "rina")
    said = reviewed.json(*words)
    assert said.code == 0
    assert (said.data["summary"]["live"], said.data["summary"]["change_set"]) == (False, "change-2")
    assert "proposed as change-2" in said.err
    assert answered(said)["parcel-dispatch"] == ("allow", "deny")
    told = reviewed(*words, "--format", "table")
    assert "parcel-dispatch · DeliveryOfGoods was allowed and would be denied (cycle incomplete)" in told.out
    assert declared(reviewed)["steward"] == "rina"
    assert reviewed("query", "may", *SOUND_QUESTION).code == 0
    assert reviewed("review", "approve", "change-2", "--by", "rina").code == 4
    assert reviewed("review", "approve", "change-2", "--by", "budi").code == 0
    assert declared(reviewed)["steward"] == "budi"
    assert reviewed("query", "may", *SOUND_QUESTION).code == 1


def test_under_four_eyes_an_element_is_registered_retired_and_restored_by_proposals(reviewed):
    for number, words in enumerate(
        [
            ("register", "customer.fax", "--set", "title=Fax", "--set", "origins[a].mode=provided"),
            ("edit", "customer.fax", "--set", "title=Telefax"),
            ("restore", "customer.fax", "--version", "1"),
            ("retire", "customer.fax"), ("retire", "customer.fax", "--undo"),
        ],
        start=2,
    ):  # fmt: skip
        said = reviewed("element", *words, "--by", "rina")
        assert (said.code, f"change-{number}" in said.err) == (0, True), said.err
        assert reviewed("review", "approve", f"change-{number}", "--by", "budi").code == 0
    assert declared(reviewed, "customer.fax")["title"] == "Fax"
    operations = [r["operation"] for r in reviewed.json("element", "history", "customer.fax").results]
    assert operations == ["add", "add", "change", "change", "retire", "retire", "restore", "restore"]


def test_an_emergency_edit_holds_at_once_and_says_that_nobody_looked_at_it(reviewed):
    said = reviewed.json(
        *EDIT, "--set", "steward=budi", "--emergency", "P2D", "--reason", "rina is ill", "--by", "rina"
    )
    assert (said.code, said.data["summary"]["live"], said.data["summary"]["change_set"]) == (0, True, "change-2")
    assert "nobody else has looked at it" in said.err
    assert declared(reviewed)["steward"] == "budi"
