"""Questions: may it, what for, by whom, and why not."""

from __future__ import annotations

import pytest

from tests.journeys.shop import OPEN_QUESTION, SOUND_QUESTION, USES

PHONE = "customer.phone_number"


def finding(said, code):
    (found,) = [f for f in said.results[0]["findings"] if f["code"] == f"usage-cycle/{code}"]
    return found


def test_yes_is_0_and_no_is_1(shop):
    yes, no = shop.json("query", "may", *SOUND_QUESTION), shop.json("query", "may", *OPEN_QUESTION)
    assert (yes.code, yes.results[0]["effect"]) == (0, "allow")
    assert (no.code, no.results[0]["effect"]) == (1, "deny")


@pytest.mark.parametrize(
    ("question", "code", "near"),
    [
        (("parcel-dispach", PHONE, "DeliveryOfGoods"), "unknown-process", ["parcel-dispatch"]),
        (("parcel-dispatch", "customer.phone", "DeliveryOfGoods"), "unknown-element", [PHONE]),
        (("parcel-dispatch", PHONE, "DelivryOfGoods"), "unknown-purpose", ["DeliveryOfGoods"]),
    ],
)
def test_an_unknown_key_is_a_no_that_names_the_nearest(shop, question, code, near):
    said = shop.json("query", "may", *question[:2], "--for", question[2])
    assert said.code == 1
    found = finding(said, code)
    assert found["stage"] == "request"
    for name in near:
        assert name in found["message"] + found["fix"]


def test_at_most_three_near_names_are_given(shop):
    shop.write("catalog/more.yaml", "elements:\n" + "".join(f"- {{key: customer.phone_{n}}}\n" for n in range(9)))
    shop("apply", "catalog", "--yes")
    found = finding(
        shop.json("query", "may", "parcel-dispatch", "customer.phone_x", "--for", "DeliveryOfGoods"), "unknown-element"
    )
    assert (found["message"] + found["fix"]).count("customer.phone_") in {3, 4}  # the one asked for, and three


@pytest.mark.parametrize(
    ("words", "code", "finding_code"),
    [
        (("--audience", "customer"), 0, None),
        (("--audience", "fan"), 1, "unknown-audience"),
        (("--regime", "eu-gdpr"), 0, None),
        (("--regime", "uk-gdpr"), 1, "other-regime"),
        (("--regime", "eu-gdrp"), 1, "unknown-regime"),
    ],
)
def test_an_audience_and_a_regime_narrow_the_question(shop, words, code, finding_code):
    said = shop.json("query", "may", *SOUND_QUESTION, *words)
    assert said.code == code
    assert finding_code is None or finding(said, finding_code)
    assert said.results[0][words[0].removeprefix("--")] == words[1]


def test_a_broader_and_a_prohibited_purpose_are_denied(shop):
    assert shop("query", "may", "parcel-dispatch", PHONE, "--for", "ServiceProvision").code == 1
    shop.write("catalog/no.yaml", f"uses: [{{element: {PHONE}, purpose: SellDataToThirdParties, effect: prohibit}}]\n")
    assert shop("apply", "catalog", "--yes").code == 0
    said = shop.json("query", "may", "parcel-dispatch", PHONE, "--for", "SellDataToThirdParties")
    assert (said.code, finding(said, "prohibited")["severity"]) == (1, "blocker")


def test_a_narrower_purpose_of_our_own_is_covered(shop):
    assert shop("query", "may", "parcel-dispatch", PHONE, "--for", "AgreeDeliverySlot").code == 0


@pytest.mark.parametrize(
    ("command", "code", "allowed", "note"),
    [
        (
            ("purposes", PHONE),
            0,
            [("parcel-dispatch", "DeliveryOfGoods")],
            "1 more declared and not allowed; lineage check says why",
        ),
        (("purposes", PHONE, "--process", "parcel-dispatch"), 0, [("parcel-dispatch", "DeliveryOfGoods")], ""),
        (("purposes", PHONE, "--process", "slot-planning"), 1, [], "1 more declared and not allowed"),
        (("purposes", "customer.email"), 1, [], "no such use is declared"),
        (("purposes", "customer.phon"), 1, [], "there is no element customer.phon; did you mean customer.phone_number"),
        (
            ("purposes", PHONE, "--process", "parcel"),
            1,
            [],
            "there is no process parcel; did you mean parcel-dispatch?",
        ),
        (("elements", "--process", "parcel-dispatch"), 0, [("parcel-dispatch", "DeliveryOfGoods")], ""),
        (
            ("elements", "--process", "parcel-dispatch", "--for", "AgreeDeliverySlot"),
            0,
            [("parcel-dispatch", "AgreeDeliverySlot")],
            "",
        ),
        (("elements", "--process", "slot-planing"), 1, [], "did you mean slot-planning?"),
        (
            ("elements", "--process", "parcel-dispatch", "--for", "Delivery"),
            1,
            [],
            "there is no purpose Delivery; did you mean",
        ),
        (("processes", PHONE), 0, [("parcel-dispatch", "DeliveryOfGoods")], ""),
        (("processes", PHONE, "--for", "AgreeDeliverySlot"), 0, [("parcel-dispatch", "AgreeDeliverySlot")], ""),
        (("processes", "nothing.known"), 1, [], "there is no element nothing.known"),
    ],
)
def test_lists_hold_what_is_allowed_and_say_what_is_not(shop, command, code, allowed, note):
    said = shop.json("query", *command)
    assert said.code == code
    assert [(result["process"], result["purpose"]) for result in said.results] == allowed
    assert said.data["summary"]["allow"] == len(allowed)
    assert note in said.err


def test_a_bare_day_is_its_end_in_the_zone_of_the_catalogue(shop):
    said = shop.json("query", "may", *SOUND_QUESTION, "--at", "2026-09-30")
    assert said.data["at"] == "2026-09-30T23:59:59+02:00"
    assert said.data["as_of"] == "2026-09-01T14:00:00+02:00"
    assert shop.json("check", "--at", "2026-12-31").data["at"] == "2026-12-31T23:59:59+01:00"


@pytest.mark.parametrize(
    ("at", "effect"),
    [
        ("2026-07-19", "deny"),
        ("2026-07-20", "allow"),
        ("2026-07-19T23:59:59+02:00", "deny"),
        ("2026-07-20T00:00:00+02:00", "allow"),
        ("2026-07-19T22:00:00Z", "allow"),
        ("2027-03-31", "allow"),
        ("2027-04-01T00:00:00+02:00", "deny"),
    ],
)
def test_days_begin_and_end_in_the_zone_of_the_catalogue(shop, at, effect):
    assert shop.json("query", "may", *SOUND_QUESTION, "--at", at).results[0]["effect"] == effect


@pytest.mark.parametrize("option", ["--at", "--as-of"])
@pytest.mark.parametrize("when", ["2026-02-30", "yesterday", "2026-09-30T14:00", "30.09.2026", "2026-9-3", "", "v14"])
def test_a_time_that_is_none_is_used_wrongly(shop, option, when):
    said = shop("query", "may", *SOUND_QUESTION, option, when)
    assert (said.code, said.out) == (2, "")
    assert f"{option}: " in said.err
    assert f"{option} 2026-09-30T14:00:00+02:00" in said.err


def test_the_past_is_answered_with_what_was_known_then(shop):
    shop.write("catalog/uses.yaml", USES.replace("review_by: 2027-03-01", "review_by: 2026-07-01"))
    assert shop("apply", "catalog", "--yes").code == 0
    assert shop("query", "may", *SOUND_QUESTION).code == 1
    said = shop.json("query", "may", *SOUND_QUESTION, "--as-of", "2026-08-15")
    assert (said.code, said.data["as_of"], said.data["at"]) == (
        0,
        "2026-08-15T23:59:59+02:00",
        "2026-08-15T23:59:59+02:00",
    )
    both = shop.json("query", "may", *SOUND_QUESTION, "--as-of", "2026-08-15", "--at", "2027-06-01")
    assert (both.code, both.data["at"]) == (1, "2027-06-01T23:59:59+02:00")
    assert both.data["catalogue"]["revision"] < shop.json("check").data["catalogue"]["revision"]


def test_before_the_first_entry_nothing_can_be_answered(shop):
    for words in (("query", "may", *SOUND_QUESTION), ("check",)):
        said = shop(*words, "--as-of", "2020-01-01")
        assert (said.code, said.out) == (3, "")


CHECKS = [
    ((), 1, 2),
    (("--process", "parcel-dispatch"), 0, 1),
    (("--process", "slot-planning"), 1, 1),
    ((PHONE,), 1, 2),
    (("customer.email",), 0, 0),
    ((PHONE, "customer.email", "--process", "parcel-dispatch"), 0, 1),
    (("--fail-on", "never"), 0, 2),
    (("--fail-on", "warning"), 1, 2),
    (("--process", "parcel-dispatch", "--fail-on", "warning"), 0, 1),
]


@pytest.mark.parametrize(("words", "code", "uses"), CHECKS)
def test_the_check_fails_when_a_use_in_scope_is_not_allowed(shop, words, code, uses):
    said = shop.json("check", *words)
    assert (said.code, said.data["summary"]["uses"], len(said.results)) == (code, uses, uses)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("customer.phon",), "there is no element customer.phon"),
        (("--process", "slot-planing"), "there is no process slot-planing"),
    ],
)
def test_the_check_of_something_unknown_names_the_nearest(shop, words, sentence):
    said = shop("check", *words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert "did you mean" in said.err


def test_a_warning_fails_only_when_asked_for(shop):
    shop.write(
        "catalog/uses.yaml",
        USES.replace("alternatives: [{element: customer.email, why_not: read too late}]", "alternatives: none"),
    )
    shop("apply", "catalog", "--yes")
    words = ("check", "--process", "parcel-dispatch")
    assert (shop(*words).code, shop(*words, "--fail-on", "warning").code) == (0, 1)


def test_a_baseline_lets_only_new_problems_fail(shop):
    assert shop("check", "--format", "json", "-o", "before.json").code == 1
    assert shop("check", "--baseline", "before.json").code == 0
    shop.write("catalog/uses.yaml", USES.replace("review_by: 2027-03-01", "review_by: 2026-07-01"))
    shop("apply", "catalog", "--yes")
    assert shop("check", "--baseline", "before.json").code == 1


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"results": 1}', '{"results": [1]}', "null", '{"results": [{"element": "a"}]}', "\x00"]
)
def test_a_baseline_that_is_no_check_is_used_wrongly(shop, text):
    shop.write("before.json", text)
    said = shop("check", "--baseline", "before.json")
    assert (said.code, said.out) == (2, "")
    assert "before.json is not the JSON of a check" in said.err


def test_checking_with_files_judges_as_if_they_were_applied_and_writes_nothing(shop):
    before = shop.size
    loop = USES.partition("  outcomes:")[2].partition("- element:")[0]
    shop.write("more.yaml", USES.replace("2026-q2", "q2") + f"  outcomes:{loop}".replace("2026-q2", "q2"))
    said = shop.json("check", "--with", "more.yaml")
    assert (said.code, said.data["summary"]["allow"]) == (0, 2)
    assert shop.json("check").data["summary"]["allow"] == 1
    assert shop.size == before


def test_an_element_is_explained_with_all_its_uses(shop):
    said = shop("explain", PHONE, "--format", "table")
    assert said.code == 0
    assert "parcel-dispatch may use it for DeliveryOfGoods: the cycle is complete." in said.out
    assert "slot-planning may not use it for AgreeDeliverySlot: the cycle is incomplete." in said.out
    assert "catalog/uses.yaml:25" in said.out


def test_one_use_is_explained_with_the_exit_code_of_its_answer(shop):
    assert shop("explain", PHONE, "--process", "parcel-dispatch", "--for", "DeliveryOfGoods").code == 0
    assert shop("explain", PHONE, "--process", "slot-planning", "--for", "AgreeDeliverySlot").code == 1


@pytest.mark.parametrize("name", ["eu-gdpr/EU-01", "EU-01", "usage-cycle/prohibited", "why", "outcome-recorded"])
def test_a_rule_is_explained_by_its_code_and_by_its_short_name(shop, name):
    said = shop.json("explain", name)
    assert (said.code, said.results[0]["code"].rpartition("/")[2]) == (0, name.rpartition("/")[2])
    assert "Source: " in shop("explain", name, "--format", "table").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("EU-99",), "there is no element and no rule EU-99"),
        (("customer.phon",), "did you mean customer.phone_number"),
        ((PHONE, "--process", "nobody"), f"no use of {PHONE} by nobody is declared"),
        ((PHONE, "--for", "CustomerCare"), f"no use of {PHONE} for CustomerCare is declared"),
    ],
)
def test_what_cannot_be_explained_is_said(shop, words, sentence):
    said = shop("explain", *words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert "  fix    " in said.err


def test_an_element_without_use_is_explained_by_what_its_origin_lacks(shop):
    said = shop("explain", "customer.email", "--format", "table")
    assert said.code == 0
    assert "No use of it is declared, so that no process may use it." in said.out
    assert "usage-cycle/origin-declared" in said.out


def test_what_breaks_is_followed_along_derivations(shop):
    shop.write(
        "catalog/derived.yaml",
        f"elements:\n- key: order.slot\n  origins: [{{key: o, mode: derived, derived_from: [{{element: {PHONE}}}]}}]\n"
        "uses:\n- {element: order.slot, process: slot-planning, purpose: CustomerCare, effect: allow}\n",
    )
    assert shop("apply", "catalog", "--yes").code == 0
    said = shop.json("explain", PHONE, "--breaks")
    assert (said.code, said.data["summary"]) == (0, {"uses": 3})
    assert {result["element"] for result in said.results} == {PHONE, "order.slot"}
    assert (
        shop("explain", "customer.email", "--breaks", "--format", "table").out
        == "Nothing stops without customer.email.\n"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nomor HP", [PHONE]),
        ("handy", [PHONE]),
        ("PHONE", [PHONE]),
        ("public.customers", [PHONE]),
        ("public.customers.phone", [PHONE]),
        ("checkout", [PHONE, "customer.email"]),
        ("TelephoneNumber", [PHONE]),
        ("e-mail", ["customer.email"]),
        ("phnoe number", [PHONE]),
    ],
)
def test_elements_are_found_by_every_name_they_have(shop, text, found):
    said = shop.json("element", "search", text)
    assert said.code == 0
    assert sorted(result["element"] for result in said.results) == sorted(found)


def test_finding_nothing_is_a_no(shop):
    said = shop("element", "search", "zzzz")
    assert (said.code, said.out) == (1, "")
    assert "nothing is called zzzz; lineage element list shows all" in said.err


def test_elements_are_listed_and_shown_with_their_stages(shop):
    listed = shop.json("element", "list")
    assert [(e["element"], e["origin"], e["allowed"], e["uses"]) for e in listed.results] == [
        ("customer.email", "partial", 0, 0),
        (PHONE, "complete", 1, 2),
    ]
    assert [e["element"] for e in shop.json("element", "list", "--kind", "behavioural").results] == []
    (shown,) = shop.json("element", "show", PHONE).results
    assert shown["declared"]["origins"][0]["key"] == "checkout"
    assert {use["effect"] for use in shown["uses"]} == {"allow", "deny"}


@pytest.mark.parametrize("kind", ["element", "process", "audience", "touchpoint", "statement"])
def test_what_is_kept_is_listed_shown_and_missed_alike(shop, kind):
    listed = shop.json(kind, "list")
    key = listed.results[0].get("key") or listed.results[0]["element"]
    assert shop.json(kind, "show", key).code == 0
    said = shop(kind, "show", key + "x")
    assert (said.code, said.out) == (1, "")
    assert f"there is no {kind} {key}x" in said.err
    assert f"did you mean {key}" in said.err
