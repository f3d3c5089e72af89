"""A consent is recorded, withdrawn and looked at; every answer that follows from it is told."""

from __future__ import annotations

import os

import pytest

from lineage.cli.main import run
from tests.journeys.console import copy_into
from tests.journeys.shop import ELEMENTS, LOOP, MADE, SOUND, SOUND_QUESTION

PHONE = "customer.phone_number"
ON_CONSENT = SOUND.replace("contract_performance", "consent")
AREA = ELEMENTS.replace("- {key: customer.email", """\
- key: customer.area
  title: Dialling area
  description: Area of the phone number, read off its first digits
  kind: descriptive
  category: pd:Geographic
  value: text
  audiences: [customer]
  steward: rina
  origins:
  - key: read-off
    mode: derived
    source: controller
    touchpoint: web-checkout
    captured_by: web-shop
    captured_since: 2026-03-01
    stored_in: {system: crm-db, country: DE}
    told: [notice-7]
    retention: {period: P24M, from: last order, then: erase}
    measures: [encryption_at_rest, access_control]
    derived_from: [{element: customer.phone_number}]
  regulatory:
  - {regime: eu-gdpr, status: compliant, assessed: 2026-03-10, by: dewi, review_by: 2027-03-10}
- {key: customer.email""")  # fmt: skip
ON_AREA = SOUND.replace("element: customer.phone_number", "element: customer.area")
_TELLS = "elements: [customer.phone_number], purpose: DeliveryOfGoods"
TOLD = (_TELLS, _TELLS.replace("]", ", customer.area]"))

RECORD = ("consent", "record", PHONE, "--key", "box")
WHOLE = (*RECORD, "--for", "DeliveryOfGoods", "--audience", "customer", "--regime", "eu-gdpr", "--method", "ticked_box",
         "--statement", "notice-7", "--withdraw", "account page")  # fmt: skip
WITHDRAW = ("consent", "withdraw", PHONE, "box")
STATUS = ("consent", "status", PHONE)


@pytest.fixture(scope="session")
def made_resting(made_shop, tmp_path_factory):
    """A shop whose parcels rest on consent, made once."""
    folder = tmp_path_factory.mktemp("resting")
    copy_into(made_shop, folder)
    surroundings = (folder / "catalog/surroundings.yaml").read_text(encoding="utf-8")
    files = {
        "uses.yaml": f"uses:\n{ON_CONSENT}{LOOP}{ON_AREA}{LOOP}", "elements.yaml": AREA,
        "surroundings.yaml": surroundings.replace(*TOLD),
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SOURCE_DATE_EPOCH", str(MADE))
        for name, text in files.items():
            (folder / "catalog" / name).write_text(text, encoding="utf-8")
        assert run(["-q", "apply", "catalog", "--yes", "--format", "json", "-o", os.devnull]) == 0
    return folder


@pytest.fixture
def resting(made_resting, bare):
    """A console beside a shop whose parcels rest on consent; none is recorded yet."""
    copy_into(made_resting, bare.folder)
    assert bare("query", "may", *SOUND_QUESTION).code == 1
    return bare


@pytest.fixture
def consented(resting):
    """The same, with a consent given in March."""
    assert resting(*WHOLE, "--given", "2026-03-05", "--expires", "2028-03-05").code == 0
    assert resting("query", "may", *SOUND_QUESTION).code == 0
    return resting


# --- Recording ---


def test_a_recorded_consent_opens_what_rests_on_it(resting):
    said = resting.json(*WHOLE)
    assert (said.code, said.data["schema"]) == (0, "lineage.consent.record/1")
    assert said.results[0]["key"] == f"{PHONE}#box"
    assert (said.results[0]["operation"], said.results[0]["state"]) == ("add", "given")
    assert said.data["summary"]["deny_to_allow"] == 1
    assert resting("query", "may", *SOUND_QUESTION).code == 0
    shown = resting.json(*STATUS).results[0]
    assert (shown["given"], shown["valid"], shown["because"]) == ("2026-09-01", True, [])


def test_people_read_how_many_answers_changed(resting):
    said = resting(*WHOLE, "--format", "table")
    assert f"recorded consent {PHONE}#box: given now\n1 of 3 answers changed: 1 deny to allow" in said.out


def test_a_change_keeps_what_is_not_said_again(consented):
    assert consented(*RECORD, "--explicit", "--expires", "2027-03-05").code == 0
    [found] = consented.json(*STATUS).results
    assert (found["purpose"], found["regimes"], found["given"], found["expires"]) == (
        "DeliveryOfGoods",
        ["eu-gdpr"],
        "2026-03-05",
        "2027-03-05",
    )
    assert "explicit: true" in consented("export", "yaml").out


def test_saying_the_same_again_writes_nothing(consented):
    size = consented.size
    said = consented.json(*WHOLE)
    assert (said.code, said.results[0]["operation"], said.data["summary"]["recorded"]) == (0, "same", 0)
    assert consented.size == size


def test_one_command_is_one_journal_entry(resting):
    entries, documents = resting.size
    resting(*WHOLE, "--reason", "asked at checkout")
    assert resting.size == (entries + 1, documents + 1)


def test_a_consent_that_was_withdrawn_comes_back_only_by_asking_again(consented):
    assert consented(*WITHDRAW, "--on", "2026-08-01").code == 0
    refused = consented(*RECORD, "--status", "given")
    assert refused.code == 1
    assert "a consent that is withdrawn cannot become given; it can only become requested" in refused.err
    assert consented(*RECORD, "--status", "requested").code == 0
    assert consented("query", "may", *SOUND_QUESTION).code == 1
    assert consented(*RECORD, "--status", "given").code == 0
    [found] = consented.json(*STATUS).results
    assert (found["state"], found["given"], found["expires"], found["withdrawn"]) == ("given", "2026-09-01", None, None)
    assert consented("query", "may", *SOUND_QUESTION).code == 0


def test_after_a_refusal_nobody_asks_again_too_soon(resting):
    assert resting(*WHOLE, "--status", "refused", "--given", "2026-06-01").code == 0
    said = resting(*RECORD, "--status", "requested")
    assert said.code == 1
    assert "was refused on 2026-06-01 and may be asked for again from 2026-12-01 on" in said.err
    resting.patch.setenv("SOURCE_DATE_EPOCH", "1796126400")  # 2026-12-01T12:00:00Z
    assert resting(*RECORD, "--status", "requested").code == 0


def test_a_consent_that_ran_out_is_renewed_by_a_new_act_with_a_new_last_day(resting):
    assert resting(*WHOLE, "--given", "2026-03-05", "--expires", "2026-06-30").code == 0
    assert "cannot become given" in resting(*RECORD, "--status", "given").err
    assert "give the new last day with --expires" in resting(*RECORD, "--status", "renewed").err
    assert resting(*RECORD, "--status", "renewed", "--expires", "2027-06-30").code == 0
    [found] = resting.json(*STATUS).results
    assert (found["state"], found["given"]) == ("renewed", "2026-09-01")


def test_a_retired_consent_does_not_begin_a_new_life(consented):
    assert consented(*WITHDRAW, "--on", "2026-08-01").code == 0
    consented("apply", "catalog", "--prune", "--yes")
    assert consented(*WHOLE, "--status", "given").code == 1


REFUSED = [
    (("record", "customer.phone_nmber", *WHOLE[3:]), 1, "there is no element customer.phone_nmber", "customer.phone_number"),
    (("record", "Handynummer", *WHOLE[3:]), 1, "there is no element Handynummer", "customer.phone_number"),
    ((*WHOLE[1:], "--for", "DeliveryOfGodos"), 1, "there is no purpose DeliveryOfGodos", "did you mean DeliveryOfGoods"),
    ((*WHOLE[1:], "--statement", "notice-8"), 1, "there is no statement notice-8", "did you mean notice-7?"),
    ((*WHOLE[1:], "--audience", "custommer"), 1, "there is no audience custommer", "did you mean customer?"),
    ((*WHOLE[1:], "--regime", "eu-gdrp"), 1, "there is no regime eu-gdrp", "did you mean eu-gdpr"),
    ((*WHOLE[1:], "--status", "gven"), 1, "status cannot be 'gven'", "given"),
    ((*WHOLE[1:], "--method", "nod"), 1, "method cannot be 'nod'", "ticked_box"),
    ((*WHOLE[1:], "--given", "2026-02-30"), 1, "2026-02-30 is not a day of the calendar", ""),
    ((*WHOLE[1:], "--expires", "2026-01-01"), 1, "expires on 2026-01-01, before it is given", "correct one of the days"),
    (("record", PHONE, "--key", "Box", "--for", "DeliveryOfGoods"), 1, "'Box' is no key", ""),
    (RECORD[1:], 2, "a new consent needs a purpose", "--for PURPOSE"),
    ((*WHOLE[1:], "--as-of", "2026-08-15"), 2, "in the catalogue of today", "leave out --as-of"),
    (("withdraw", PHONE, "bx"), 1, f"there is no consent bx of {PHONE}", "none is declared for it"),
    (("withdraw", "nobody", "box"), 1, "there is no element nobody", ""),
    (("status", PHONE, "box"), 1, "there is no consent box", "none is declared"),
    (("status", "customer.phone"), 1, "there is no element customer.phone", "customer.phone_number"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "sentence", "fix"), REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_written(resting, words, code, sentence, fix):
    size = resting.size
    said = resting("consent", *words)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err
    assert fix in said.err.partition("  fix    ")[2]
    assert resting.size == size


NOT_HERE = [
    ((*RECORD, "--for", "DirectMarketing"), "box is a consent for DeliveryOfGoods, not for DirectMarketing"),
    ((*WITHDRAW, "--on", "2026-02-01"), "is withdrawn on 2026-02-01, before it is given on 2026-03-05"),
    ((*WITHDRAW, "--on", "tomorrow"), "withdrawn: 'tomorrow' is neither a day"),
    ((*RECORD, "--status", "refused"), "a consent that is given cannot become refused"),
    (("consent", "withdraw", PHONE, "bos"), "did you mean box?"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "sentence"), NOT_HERE)
def test_what_does_not_fit_the_stored_consent_is_refused(consented, words, sentence):
    size = consented.size
    said = consented(*words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert consented.size == size


# --- Withdrawing ---


@pytest.mark.parametrize(
    ("on", "since"),
    [((), "2026-09-01"), (("--on", "2027-01-01"), "2027-01-01"), (("--on", "2026-08-01"), "2026-08-01")],
)
def test_a_plan_lists_what_turns_to_no_and_the_withdrawal_does_just_that(consented, on, since):
    size = consented.size
    planned = consented.json(*WITHDRAW, *on, "--plan")
    assert (planned.code, consented.size) == (0, size)
    assert "nothing was written" in planned.err
    done = consented.json(*WITHDRAW, *on)
    assert (done.code, consented.size) == (0, (size[0] + 1, size[1] + 1))
    assert done.results == planned.results
    found = [(r["element"], r["purpose"], r["before"], r["after"], r["since"]) for r in done.results]
    assert (PHONE, "DeliveryOfGoods", "allow", "deny", since) in found
    assert consented("query", "may", *SOUND_QUESTION, "--at", since).code == 1


def test_a_withdrawal_reaches_what_derives_from_the_element(consented):
    area = ("parcel-dispatch", "customer.area", "--for", "DeliveryOfGoods")
    assert consented("query", "may", *area).code == 0
    found = consented.json(*WITHDRAW, "--plan").results
    assert {r["element"] for r in found} == {PHONE, "customer.area"}
    assert all(r["findings"] for r in found)
    consented(*WITHDRAW)
    assert consented("query", "may", *area).code == 1


def test_a_withdrawal_to_come_holds_until_the_day_before(consented):
    consented(*WITHDRAW, "--on", "2027-01-01")
    [asked] = consented.json("query", "may", *SOUND_QUESTION).results
    assert (asked["effect"], asked["holds_until"]) == ("allow", "2026-12-31")
    [state] = consented.json(*STATUS).results
    assert (state["state"], state["changes"]) == ("given", {"from": "2027-01-01", "to": "withdrawn"})
    assert "cannot be put off" in consented(*WITHDRAW, "--on", "2027-02-01").err
    assert "is withdrawn from 2027-01-01 on already" in consented(*WITHDRAW, "--on", "2027-01-01").err
    assert "cannot be taken back" in consented(*RECORD, "--status", "given").err
    assert consented(*WITHDRAW, "--on", "2026-12-01").code == 0


def test_a_withdrawal_that_changes_nothing_says_so(resting):
    resting(*WHOLE, "--for", "DirectMarketing")
    said = resting(*WITHDRAW, "--format", "table")
    assert said.code == 0
    assert f"{PHONE}#box is withdrawn from 2026-09-01 on; no answer changes" in said.out


def test_people_read_which_answers_turn(consented):
    said = consented(*WITHDRAW, "--plan", "--format", "table")
    assert f"{PHONE}#box would be withdrawn from 2026-09-01 on; 2 answers turn to no:" in said.out
    assert f"allow → deny  {PHONE} · parcel-dispatch · DeliveryOfGoods: from 2026-09-01 on" in said.out
    assert "blocker[eu-gdpr/EU-02]" in said.out


# --- Looking ---


def test_a_consent_says_what_keeps_it_from_being_valid(resting):
    resting(*RECORD, "--for", "DeliveryOfGoods", "--method", "silence", "--given", "2026-10-01")
    [found] = resting.json(*STATUS).results
    assert (found["state"], found["valid"]) == ("unknown", False)
    assert found["because"] == [
        "it is given on 2026-10-01 only",
        "silence is no way to consent",
        "it does not say what people saw (statement)",
        "it does not say how to withdraw it (withdraw)",
    ]
    assert found["changes"] == {"from": "2026-10-01", "to": "given"}


def test_what_a_law_asks_of_a_consent_is_said_too(resting):
    assert resting(*WHOLE, "--given", "2026-01-05").code == 0
    [found] = resting.json(*STATUS).results
    assert (found["state"], found["valid"], found["rules"]) == ("given", False, ["eu-gdpr/EU-02-informed"])
    assert "the statement was not in force that day" in found["because"][0]


def test_a_consent_given_before_another_was_withdrawn_does_not_stand_in_for_it(consented):
    second = ("consent", "record", PHONE, "--key", "older", *WHOLE[5:], "--given", "2026-04-01")
    assert consented(*second).code == 0
    assert consented(*WITHDRAW, "--on", "2026-08-01").code == 0
    found = {r["key"]: r for r in consented.json(*STATUS).results}
    assert found["older"]["because"] == ["box, for the same, was withdrawn after this was given"]
    assert found["box"]["because"] == ["it is withdrawn (2026-08-01)"]
    assert consented("query", "may", *SOUND_QUESTION).code == 1


def test_a_consent_is_looked_at_as_of_and_at_other_days(consented):
    consented(*WITHDRAW)
    [now] = consented.json(*STATUS, "box").results
    [march] = consented.json(*STATUS, "box", "--at", "2026-03-06").results
    [later] = consented.json(*STATUS, "box", "--at", "2028-03-06").results
    assert [r["state"] for r in (now, march, later)] == ["withdrawn", "given", "withdrawn"]
    assert consented(*STATUS, "box", "--as-of", "2026-08-15").code == 1


def test_states_in_every_form(consented):
    rows = consented(*STATUS).rows
    assert rows[0][:4] == ["box", "given", "DeliveryOfGoods", "customer"]
    human = consented(*STATUS, "--format", "table").out
    assert "becomes expired from 2028-03-06 on" in human
    assert "  valid\n" in human
    said = consented("consent", "status", "customer.email")
    assert (said.code, said.out) == (0, "")
    assert "no consent is declared for customer.email" in said.err
