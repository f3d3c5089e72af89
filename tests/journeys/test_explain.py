"""Why: the rule, its facts, where they stand, how to mend them, and what that would change."""

from __future__ import annotations

import pytest

from lineage.domain.facts import Scope, facts_of
from tests.journeys.console import sql
from tests.journeys.shop import ELEMENTS, FILES, LOOP, OPEN, SOUND, USES

PHONE = "customer.phone_number"
WAITS = (PHONE, "--process", "slot-planning", "--for", "AgreeDeliverySlot")
SERVES = (PHONE, "--process", "parcel-dispatch", "--for", "DeliveryOfGoods")
RELIGION = f"""\
elements:
- {{key: customer.religion, title: Religion, description: Typed at checkout, kind: descriptive, category: "pd:Religion",
   value: text, audiences: [customer], steward: rina}}
uses:
{SOUND.replace(PHONE, "customer.religion").replace("DeliveryOfGoods", "AgreeDeliverySlot")}
"""
DERIVED = f"""\
elements:
- {{key: order.slot, origins: [{{key: o, mode: derived, derived_from: [{{element: {PHONE}}}]}}]}}
- {{key: order.hour, origins: [{{key: o, mode: derived, derived_from: [{{element: order.slot, masking: true}}]}}]}}
- {{key: order.unused, origins: [{{key: o, mode: derived, derived_from: [{{element: {PHONE}, masking: true}}]}}]}}
uses:
- {{element: order.hour, process: slot-planning, purpose: CustomerCare, effect: allow}}
"""
CONSENTS = """\
  consents:
  - {key: old, purpose: DirectMarketing, audience: customer, regimes: [eu-gdpr], status: given, given: 2025-01-01,
     expires: 2026-08-31}
  - {key: new, purpose: DirectMarketing, status: given, given: 2026-03-01, withdrawn: 2026-10-01}
"""


def declare(shop, text="", uses=USES, elements=ELEMENTS):
    shop.write("catalog/uses.yaml", uses)
    shop.write("catalog/elements.yaml", elements)
    shop.write("catalog/more.yaml", text or "touchpoints: []\n")
    said = shop("apply", "catalog", "--yes")
    assert said.code == 0, said.err


def finding(result, code):
    return next(found for found in result["findings"] if found["code"] == code)


def effects(result):
    return {f["code"].partition("/")[2]: f["if_fixed_alone"] for f in result["findings"] if f["severity"] == "blocker"}


# --- A use ---


def test_a_finding_names_its_rule_and_only_the_facts_that_rule_reads(shop):
    (result,) = shop.json("explain", *WAITS).results
    found = finding(result, "usage-cycle/outcome-recorded")
    about = {fact.name: fact.about for fact in facts_of(Scope.USE)}
    assert found["title"] == "An outcome is recorded"
    assert found["facts"] == [{"name": "outcome.state", "about": about["outcome.state"], "value": "none"}]
    assert found["certainty"] == "this product's interpretation"


def test_people_read_the_same(shop):
    said = shop("explain", *WAITS)
    assert said.code == 1
    assert "    rule      An outcome is recorded\n" in said.out
    assert "    fact      outcome.state is none: the newest outcome" in said.out
    assert "    declared  catalog/uses.yaml:" in said.out
    assert "    fix       record it with lineage outcome record" in said.out
    assert "    alone     mending only this leaves it denied\n" in said.out
    assert "    source    usage cycle (this product's interpretation)\n" in said.out
    assert "  Once these 2 are mended, nothing that is known today stands against it." in said.out


def test_facts_of_an_origin_and_of_a_law_are_told_too(shop):
    declare(shop, elements=ELEMENTS.replace("    captured_by: web-shop\n", "").replace("compliant", "non_compliant"))
    (result,) = shop.json("explain", *SERVES).results
    assert [(f["name"], f["value"]) for f in finding(result, "usage-cycle/origin-captured-by")["facts"]] == [
        ("origin.captured_by", "missing")
    ]
    assert {f["name"]: f["value"] for f in finding(result, "usage-cycle/status-non-compliant")["facts"]}[
        "regime.status"
    ] == "non_compliant"


MENDED = {
    "one alone": ({"uses": USES.replace("review_by: 2027-03-01", "review_by: 2026-07-01")}, {"review-overdue": "allow"}, "allow"),
    "two together": (
        {"uses": USES.replace("review_by: 2027-03-01", "review_by: 2026-07-01").replace("  necessity: required\n", "")},
        {"review-overdue": "deny", "necessity": "deny"},
        "allow",
    ),
    "an arrow that is missing": (
        {"uses": USES.replace(" applied: 2026-07-20,", "")}, {"insight-applied": "allow"}, "allow",
    ),
    "a prohibition": (
        {"text": f"uses: [{{element: {PHONE}, purpose: DeliveryOfGoods, effect: prohibit}}]\n"},
        {"prohibited": "allow"},
        "allow",
    ),
    "a prohibition and a gap": (
        {"text": f"uses: [{{element: {PHONE}, purpose: DeliveryOfGoods, effect: prohibit}}]\n",
         "uses": USES.replace("  necessity: required\n", "")},
        {"prohibited": "deny", "necessity": "deny"},
        "allow",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MENDED)
def test_what_mending_would_change_is_worked_out(shop, name):
    declared, alone, together = MENDED[name]
    declare(shop, **declared)
    (result,) = shop.json("explain", *SERVES).results
    assert {code: effect for code, effect in effects(result).items() if code in alone} == alone
    assert result["if_all_fixed"] == together


def test_what_mending_would_change_is_what_mending_changes(shop):
    declare(shop, uses=USES.replace("review_by: 2027-03-01", "review_by: 2026-07-01"))
    (result,) = shop.json("explain", *SERVES).results
    declare(shop)
    assert effects(result) == {
        "review-overdue": shop.json("query", "may", "parcel-dispatch", PHONE, *SERVES[3:]).results[0]["effect"]
    }


def test_where_no_use_covers_the_question_mending_cannot_be_foreseen(shop):
    (result,) = shop.json("explain", PHONE, "--process", "slot-planning", "--for", "CustomerCare").results
    assert effects(result) == {"no-use": "deny"}
    assert (result["if_all_fixed"], result["choices"]) == ("deny", [])


def test_what_no_file_declares_is_told_by_its_journal_entry(shop):
    before = finding(shop.json("explain", *WAITS).results[0], "usage-cycle/outcome-recorded")["where"]
    assert before.startswith("catalog/uses.yaml:")
    sql(shop.folder / "lineage.db", "DELETE FROM place")
    where = finding(shop.json("explain", *WAITS).results[0], "usage-cycle/outcome-recorded")["where"]
    assert where.startswith("journal entry ")
    assert int(where.rpartition(" ")[2]) < shop.size[0]
    assert f"    declared  {where}  (outcomes)" in shop("explain", *WAITS).out


def test_the_legal_basis_is_told_with_its_article(shop):
    (result,) = shop.json("explain", *SERVES).results
    assert result["basis"] == [{"regime": "eu-gdpr", "basis": "contract_performance", "cite": "Article 6(1)(b)"}]
    assert "  Legal basis under eu-gdpr: contract performance (Article 6(1)(b)).\n" in shop("explain", *SERVES).out


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        (("--audience", "customer"), 0, None),
        (("--audience", "fan"), 1, "usage-cycle/unknown-audience"),
        (("--regime", "eu-gdpr"), 0, None),
        (("--regime", "uk-gdpr"), 1, "usage-cycle/other-regime"),
    ],
)
def test_one_audience_or_a_further_regime_can_be_asked_about(shop, words, code, found):
    said = shop.json("explain", *SERVES, *words)
    assert said.code == code
    assert said.results[0][words[0].removeprefix("--")] == words[1]
    assert found is None or finding(said.results[0], found)


def test_a_further_regime_that_is_declared_is_traced_like_the_others(shop):
    declare(
        shop,
        uses=USES.replace(
            "basis: {eu-gdpr: contract_performance}", "basis: {eu-gdpr: contract_performance, uk-gdpr: consent}"
        ),
    )
    (result,) = shop.json("explain", *SERVES, "--regime", "uk-gdpr").results
    blockers = [f for f in result["findings"] if f["severity"] == "blocker"]
    assert blockers
    assert all(f["facts"] for f in blockers)
    assert result["if_all_fixed"] == "allow"


def test_an_audience_narrows_the_uses_of_an_element(shop):
    assert len(shop.json("explain", PHONE, "--audience", "customer").results) == 2
    said = shop("explain", "customer.email", "--audience", "customer")
    assert (said.code, "with data of customer is declared" in said.err) == (1, True)


# --- Why this identifier rather than another ---


def test_less_sensitive_elements_that_serve_the_purpose_are_named(shop):
    declare(shop, RELIGION)
    (result,) = shop.json("explain", "customer.religion").results
    assert result["choices"] == [
        {"element": PHONE, "title": "Phone number", "sensitivity": "ordinary", "purpose": "AgreeDeliverySlot",
         "process": "slot-planning", "weighed": False}
    ]  # fmt: skip
    text = shop("explain", "customer.religion").out
    assert "Why this identifier rather than another?" in text
    assert f"    {PHONE} (Phone number, ordinary): used by slot-planning for AgreeDeliverySlot; not weighed" in text


def test_what_was_weighed_is_said_to_be(shop):
    declare(shop, RELIGION.replace("element: customer.email, why_not", f"element: {PHONE}, why_not"))
    (result,) = shop.json("explain", "customer.religion").results
    assert [choice["weighed"] for choice in result["choices"]] == [True]


def test_an_ordinary_element_has_no_choices(shop):
    assert [result["choices"] for result in shop.json("explain", PHONE).results] == [[], []]


# --- An element ---


def test_an_element_is_told_with_the_law_around_it(shop):
    about = shop.json("explain", PHONE).data["summary"]["element"]
    assert about["regimes"] == [
        {"regime": "eu-gdpr", "title": "General Data Protection Regulation (EU and EEA)",
         "why": ["the catalogue lists it", "people of customer are in DE", "what origin checkout brings is stored in DE"],
         "sensitivity": "ordinary", "word": "ordinary", "status": "compliant"}
    ]  # fmt: skip
    assert (about["restrictions"], about["inherited"], about["consents"]) == ([], [], [])


def test_sensitivity_is_told_in_the_word_of_each_law(shop):
    declare(shop, RELIGION.replace("steward: rina}", "steward: rina, sensitivity: {eu-gdpr: special}}"))
    (law,) = shop.json("explain", "customer.religion").data["summary"]["element"]["regimes"]
    assert (law["sensitivity"], law["word"]) == ("special", "special category")
    assert "Under it the element is special category (its word for special)" in shop("explain", "customer.religion").out


def test_what_an_element_inherits_is_told_with_the_way_it_came(shop):
    ban = f"- {{element: {PHONE}, purpose: CustomerCare, effect: prohibit}}\n"
    declare(shop, DERIVED + ban)
    (found,) = shop.json("explain", "order.hour").data["summary"]["element"]["restrictions"]
    assert (found["purpose"], found["source"]) == ("CustomerCare", PHONE)
    assert found["path"] == [PHONE, "order.slot", "order.hour"]
    text = shop("explain", "order.hour").out
    assert f"must not be used for CustomerCare: prohibited at {PHONE} ({PHONE} → order.slot → order.hour)." in text


def test_consents_are_told_with_the_state_they_have_that_day(shop):
    declare(shop, elements=ELEMENTS.replace("  regulatory:", f"{CONSENTS}  regulatory:"))
    for at, states in (("2026-08-15", ["given", "given"]), ("2026-09-15", ["given", "expired"])):
        about = shop.json("explain", PHONE, "--at", at).data["summary"]["element"]
        assert [(c["consent"], c["state"]) for c in about["consents"]] == list(zip(("new", "old"), states, strict=True))
    assert "Consent new for DirectMarketing: withdrawn." in shop("explain", PHONE, "--at", "2026-10-02").out


def test_an_element_without_use_is_told_with_the_facts_of_its_origin(shop):
    (result,) = shop.json("explain", "customer.email").results
    found = finding(result, "usage-cycle/origin-declared")
    assert [(f["name"], f["value"]) for f in found["facts"]] == [("element.origin", "missing")]
    assert (found["if_fixed_alone"], result["if_all_fixed"]) == ("deny", "deny")


# --- What stops without it ---


def test_what_stops_is_followed_over_masked_ways_too(shop):
    declare(shop, DERIVED)
    said = shop.json("explain", PHONE, "--breaks")
    assert said.data["summary"] == {"uses": 3}
    assert [(r["element"], r["process"], r["path"]) for r in said.results if r["element"] != PHONE] == [
        ("order.hour", "slot-planning", [PHONE, "order.slot", "order.hour"]),
        ("order.slot", None, [PHONE, "order.slot"]),
        ("order.unused", None, [PHONE, "order.unused"]),
    ]
    text = shop("explain", PHONE, "--breaks").out
    assert f"  order.hour · slot-planning · CustomerCare  ({PHONE} → order.slot → order.hour)\n" in text
    assert "  order.unused · derives from it; nobody uses it" in text


# --- A rule ---


def test_a_rule_is_told_with_its_tests_its_force_and_its_pack(shop):
    (result,) = shop.json("explain", "eu-gdpr/EU-03").results
    assert result["cases"]["breaks"] > 0 < result["cases"]["keeps"]
    assert result["in_force_at"] is True
    assert (result["pack"]["key"], result["pack"]["version"]) == ("eu-gdpr", "1")
    assert [fact["name"] for fact in result["facts"]] == ["regime.basis", "use.evidence"]
    text = shop("explain", "eu-gdpr/EU-03").out
    assert "On 2026-09-01 it is in force (without a first or last day).\n" in text
    assert "It is tested in " in text
    assert f"Pack eu-gdpr, version 1, as of {result['pack']['as_of']}: " in text
    assert result["pack"]["sources"][0]["title"] in text
    assert text.endswith(f"{result['pack']['disclaimer']}\n")


def test_a_rule_about_the_question_itself_has_no_cases(shop):
    (result,) = shop.json("explain", "usage-cycle/no-use").results
    assert (result["cases"], result["facts"]) == (None, [])
    assert "It is tested in" not in shop("explain", "usage-cycle/no-use").out


def test_a_rule_that_waits_for_its_day_says_so(shop):
    words = ("explain", "id-pp33/PP33-74", "--at")
    assert shop.json(*words, "2027-01-15").results[0]["in_force_at"] is False
    assert shop.json(*words, "2027-01-16").results[0]["in_force_at"] is True
    assert "On 2027-01-15 it is not in force (from 2027-01-16)." in shop(*words, "2027-01-15").out


def test_a_short_name_that_several_packs_have_lists_them(shop):
    said = shop.json("explain", "filter_by_consent")
    codes = [result["code"] for result in said.results]
    assert said.code == 0
    assert {"eu-gdpr/filter_by_consent", "uk-gdpr/filter_by_consent"} <= set(codes)
    assert said.data["summary"] == {"rules": len(codes)}
    text = shop("explain", "filter_by_consent").out
    assert text.startswith(f"filter_by_consent is a rule of {len(codes)} packs; name one with its pack:\n")
    assert all(f"  lineage explain {code} " in text for code in codes)


def test_explanations_stay_text_when_piped(shop):
    assert shop("explain", PHONE).out == shop("explain", PHONE, "--format", "table").out
    assert "\t" not in shop("explain", "eu-gdpr/EU-03").out


def test_the_shop_is_what_these_tests_take_it_for():
    assert FILES["uses.yaml"] == f"uses:\n{SOUND}{LOOP}{OPEN}"
