"""What an element said before holds again by a new change; what protects people stays."""

from __future__ import annotations

import pytest

from tests.journeys.shop import OPEN_QUESTION, SOUND, SOUND_QUESTION
from tests.journeys.test_editing import EDIT, PHONE, declared, documents

LATER = 1_788_350_400  # 2026-09-02T12:00:00Z


def later(shop):
    """Let a day pass, so that an instant can be named between what was written before and after."""
    shop.patch.setenv("SOURCE_DATE_EPOCH", str(LATER))


def test_a_version_comes_back_by_a_new_one(shop):
    shop(*EDIT, "--set", "steward=budi", "--set", "title=Mobile", "--set", "origins[checkout].captured_by=app")
    said = shop.json("element", "restore", PHONE, "--version", "1")
    assert (said.data["schema"], documents(said)) == ("lineage.element.restore/1", [("change", "element", PHONE)])
    now = declared(shop)
    assert (now["steward"], now["title"], now["version"]) == ("rina", "Phone number", 3)
    assert now["origins"][0]["captured_by"] == "app"
    again = shop("element", "restore", PHONE, "--version", "1", "--format", "table")
    assert (again.code, "nothing to change" in again.out) == (0, True)


def test_what_came_since_goes_and_what_went_comes_back(shop):
    later(shop)
    was = declared(shop)
    shop(*EDIT, "--set", "steward=budi", "--set", "origins[checkout].captured_by=app", "--unset", "regulatory[eu-gdpr]",
         "--set", "origins[post]={mode: provided}")  # fmt: skip
    said = shop.json("element", "restore", PHONE, "--as-of", "2026-09-01")
    assert sorted(documents(said)) == [
        ("change", "element", PHONE), ("change", "origin", f"{PHONE}#checkout"),
        ("restore", "regulatory", f"{PHONE}#eu-gdpr"), ("retire", "origin", f"{PHONE}#post"),
    ]  # fmt: skip
    assert said.data["summary"]["left"] == []
    assert {**declared(shop), "version": 1} == was
    assert shop("query", "may", *SOUND_QUESTION).code == 0


def test_a_use_that_came_since_goes_and_a_prohibition_stays(shop):
    later(shop)
    use = SOUND.replace("purpose: DeliveryOfGoods", "purpose: CustomerCare")
    ban = f"- {{element: {PHONE}, process: slot-planning, purpose: DirectMarketing, effect: prohibit}}\n"
    shop.write("catalog/more.yaml", f"uses:\n{use}{ban}")
    assert shop("apply", "catalog", "--yes").code == 0
    said = shop.json("element", "restore", PHONE, "--as-of", "2026-09-01")
    assert documents(said) == [("retire", "use", f"{PHONE}/parcel-dispatch/CustomerCare")]
    [left] = said.data["summary"]["left"]
    assert (left["document"], "prohibition" in left["why"]) == (f"use {PHONE}/slot-planning/!DirectMarketing", True)
    assert "left as it is: use" in said.err


def test_no_restore_brings_a_withdrawn_consent_back(shop):
    given = "consents[box]={purpose: DirectMarketing, status: given, given: 2026-03-05}"
    shop(*EDIT, "--set", given)
    later(shop)
    assert shop("consent", "withdraw", PHONE, "box").code == 0
    shop(
        *EDIT,
        "--set",
        "steward=budi",
        "--set",
        "consents[new]={purpose: CustomerCare, status: given, given: 2026-09-02}",
    )
    said = shop.json("element", "restore", PHONE, "--as-of", "2026-09-01")
    assert documents(said) == [("change", "element", PHONE)]
    assert {left["document"] for left in said.data["summary"]["left"]} == {
        f"consent {PHONE}#box", f"consent {PHONE}#new",
    }  # fmt: skip
    states = {r["key"]: r["state"] for r in shop.json("consent", "status", PHONE).results}
    assert states == {"box": "withdrawn", "new": "given"}
    assert shop(*EDIT, "--unset", "consents[box]").code == 0
    assert documents(shop.json("element", "restore", PHONE, "--as-of", "2026-09-01")) == []
    assert "box" not in {r["key"] for r in shop.json("consent", "status", PHONE).results if r["valid"]}


def test_what_was_found_unlawful_since_stays_found(shop):
    later(shop)
    shop(*EDIT, "--set", "regulatory[eu-gdpr].status=unlawful", "--set", "steward=budi")
    said = shop.json("element", "restore", PHONE, "--as-of", "2026-09-01")
    assert documents(said) == [("change", "element", PHONE)]
    assert "found unlawful" in said.data["summary"]["left"][0]["why"]
    assert shop("query", "may", *SOUND_QUESTION).code == 1


def test_what_was_recorded_since_stays_and_comes_back_with_its_use(shop):
    later(shop)
    outcome = ("--key", "q3", "--from", "2026-07-01", "--until", "2026-08-31", "--organisation", "benefit",
               "--organisation-observed", "a", "--subject", "benefit", "--subject-observed", "b",
               "--evidence", "c")  # fmt: skip
    assert shop("outcome", "record", *OPEN_QUESTION, *outcome).code == 0
    said = shop.json("element", "restore", PHONE, "--as-of", "2026-09-01")
    assert (documents(said), len(said.data["summary"]["left"])) == ([], 1)
    shop.write("catalog/uses.yaml", "uses: []\n")
    assert shop("apply", "catalog", "--yes", "--prune").code == 0
    back = documents(shop.json("element", "restore", PHONE, "--as-of", "2026-09-01"))
    assert {change for change, _, _ in back} == {"restore"}
    assert {kind for _, kind, _ in back} == {"use", "outcome", "insight"}
    assert shop("query", "may", *SOUND_QUESTION).code == 0


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "one of --version and --as-of"),
        (("--version", "1", "--as-of", "2026-09-01"), 2, "one of --version and --as-of"),
        (("--version", "7"), 1, "has no version 7"),
        (("--version", "0"), 2, ""),
        (("--as-of", "2020-01-01"), 3, "the catalogue held nothing yet"),
    ],
)
def test_a_restore_says_what_is_to_hold_again(shop, words, code, sentence):
    said = shop("element", "restore", PHONE, *words)
    assert (said.code, sentence in said.err) == (code, True), said.err


def test_what_was_not_there_yet_and_what_refers_to_nothing_is_not_restored(shop):
    later(shop)
    assert shop("element", "register", "customer.fax", "--set", "audiences=[customer]").code == 0
    said = shop("element", "restore", "customer.fax", "--as-of", "2026-09-01")
    assert (said.code, "there was no element customer.fax" in said.err) == (1, True)
    unknown = shop("element", "restore", "customer.phone", "--version", "1")
    assert (unknown.code, "did you mean" in unknown.err) == (1, True)
    retired = shop("element", "retire", "customer.fax")
    assert retired.code == 0
    refused = shop("element", "restore", "customer.fax", "--version", "1")
    assert (refused.code, "--undo" in refused.err) == (1, True)
    assert shop("element", "retire", "customer.fax", "--undo").code == 0
    assert "is its retirement" in shop("element", "restore", "customer.fax", "--version", "2").err
