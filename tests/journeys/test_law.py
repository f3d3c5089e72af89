"""A privacy officer under eight regimes: what holds, what one missing fact does, and what the calendar brings."""

from __future__ import annotations

import os
import shutil

import pytest

from lineage.cli.main import run
from tests.cases.law.questions import HERE
from tests.journeys.console import copy_into
from tests.journeys.shop import MADE

TODAY = ("--at", "2026-11-22")
BEFORE, AFTER = ("--at", "2027-01-15"), ("--at", "2027-01-17")
LETTER = ("newsletter", "guest.email", "--for", "DirectMarketing")
MENU = ("feast-kitchen", "guest.religion", "--for", "PrepareFeastMenu")
CONTACT = ", contact: privacy@abendstern.example}"
REGIMES = ["br-lgpd", "eu-ai-act", "eu-eprivacy", "eu-gdpr", "id-pdp", "sg-pdpa", "uk-gdpr", "us-ca"]
ASSESSED = [regime for regime in REGIMES if regime not in {"eu-ai-act", "eu-eprivacy"}]
"""Those that ask for a regulatory status."""


@pytest.fixture(scope="session")
def made_law(tmp_path_factory):
    """An organisation under eight regimes, made once by the commands that a person would type."""
    folder = tmp_path_factory.mktemp("law")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("SOURCE_DATE_EPOCH", str(MADE))
        assert run(["-q", "init"]) == 0
        shutil.copyfile(HERE / "eight_regimes.yaml", folder / "catalog" / "catalogue.yaml")
        assert run(["-q", "apply", "catalog", "--yes", "--format", "json", "-o", os.devnull]) == 0
    return folder


@pytest.fixture
def law(made_law, bare):
    copy_into(made_law, bare.folder)
    return bare


def rewrite(law, old, new):
    path = law.folder / "catalog" / "catalogue.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def found(result, code):
    return next(each for each in result["findings"] if each["code"] == code)


def blockers(result):
    return [each["code"] for each in result["findings"] if each["severity"] == "blocker"]


@pytest.mark.parametrize("when", [TODAY, BEFORE, AFTER])
def test_a_sound_catalogue_passes_the_check_even_where_warnings_fail(law, when):
    said = law.json("check", *when, "--fail-on", "warning")
    assert said.code == 0
    assert said.data["summary"] | {"allow_with_obligations": 0} == {
        "uses": 24, "allow": 24, "allow_with_obligations": 0, "deny": 0, "undecided": 0, "warnings": 0,
    }  # fmt: skip


def test_every_regime_may_be_asked_for_and_says_yes(law):
    for regime in REGIMES:
        said = law.json("query", "may", *LETTER, *TODAY, "--regime", regime)
        assert (said.code, said.results[0]["effect"]) == (0, "allow"), regime
        assert said.results[0]["regulatory"] == dict.fromkeys(ASSESSED, "compliant")


@pytest.mark.parametrize(
    ("words", "code", "finding"),
    [
        ((*LETTER, "--audience", "customer"), 0, None),
        ((*LETTER, "--audience", "employee"), 1, "usage-cycle/other-audience"),
        (("newsletter", "guest.email", "--for", "SellDataToThirdParties"), 1, "usage-cycle/no-use"),
        (("panel-sale", "guest.purchases", "--for", "SellInsightsFromData", "--regime", "us-ca"), 0, None),
        (("panel-sale", "guest.purchases", "--for", "ServiceManagement"), 1, "usage-cycle/too-broad"),
        ((*LETTER, "--regime", "fr-rgpd"), 1, "usage-cycle/unknown-regime"),
    ],
)
def test_a_question_is_answered_with_its_exit_code(law, words, code, finding):
    said = law.json("query", "may", *words, *TODAY)
    assert said.code == code
    assert (blockers(said.results[0]) or [None])[0] == finding


def test_what_a_use_must_do_stands_beside_the_yes(law):
    told = law.json("query", "may", *LETTER, *TODAY).results[0]["obligations"]
    packs: dict[str, list[str]] = {}
    for each in told:
        pack, _, rule = each["code"].partition("/")
        packs.setdefault(rule, []).append(pack)
    assert {rule: sorted(names) for rule, names in packs.items()} == {
        "filter_by_consent": ["br-lgpd", "eu-eprivacy", "eu-gdpr", "id-pdp", "sg-pdpa", "uk-gdpr"],
        "suppress_opted_out": ["eu-gdpr", "uk-gdpr"],
    }
    assert all(set(each) == {"code", "message"} for each in told)
    shown = law("query", "may", *LETTER, *TODAY, "--format", "table").out
    assert "  obligation br-lgpd/filter_by_consent, eu-eprivacy/filter_by_consent, eu-gdpr/filter_by_consent, " in shown
    later = law.json("query", "may", "tea-lessons", "pupil.nickname", "--for", "RunTeaSchool", *AFTER).results[0]
    assert "keep_guardian_verification" in {each["code"].partition("/")[2] for each in later["obligations"]}


def test_an_element_is_explained_law_by_law_in_the_words_of_each(law):
    said = law("explain", "guest.religion", *TODAY)
    assert said.code == 0
    for regime, word in [("eu-gdpr", "special category"), ("uk-gdpr", "special category"), ("br-lgpd", "sensitive"),
                         ("us-ca", "sensitive"), ("id-pdp", "general")]:  # fmt: skip
        told = said.out.split(f"{regime} applies")[1].splitlines()[1]
        assert f"the element is {word}" in told, regime
    assert "what origin main brings is stored in SG" in said.out


def test_a_missing_contact_is_planned_checked_and_denied_only_when_the_regulation_comes(law):
    size = law.size
    rewrite(law, CONTACT, "}")
    assert law("check", "--with", "catalog", *BEFORE).code == 0
    assert law("check", "--with", "catalog", *BEFORE, "--fail-on", "warning").code == 1
    said = law.json("check", "--with", "catalog", *AFTER)
    assert (said.code, said.data["summary"]["deny"], law.size) == (1, 24, size)
    assert law("check", *AFTER).code == 0
    assert law("apply", "catalog", "--yes").code == 0
    before, after = (law.json("query", "may", *LETTER, *when) for when in (BEFORE, AFTER))
    assert (before.code, before.results[0]["holds_until"]) == (0, "2027-01-15")
    assert (after.code, blockers(after.results[0])) == (1, ["id-pp33/PP33-74"])
    assert found(after.results[0], "id-pp33/PP33-74")["fix"] == (
        "declare what is missing: a party with role: controller, name and contact"
    )
    assert found(after.results[0], "id-pp33/PP33-74")["where"].startswith("catalog/catalogue.yaml:")


def test_the_forecast_names_the_day_and_the_rule_that_ends_a_permission(law):
    rewrite(law, CONTACT, "}")
    assert law("apply", "catalog", "--yes").code == 0
    said = law("forecast", *TODAY, "--until", "2027-01-31")
    assert said.code == 0
    assert "2027-01-15" in said.out
    assert "PP33-74" in said.out


def test_a_finding_is_explained_mended_and_gone(law):
    rewrite(
        law,
        "special_condition: {eu-gdpr: A9-2-a, uk-gdpr: A9-2-a, br-lgpd: 11-I}",
        "special_condition: {br-lgpd: 11-I}",
    )
    assert law("apply", "catalog", "--yes").code == 0
    said = law.json("query", "may", *MENU, *TODAY)
    assert (said.code, blockers(said.results[0])) == (1, ["eu-gdpr/EU-10", "uk-gdpr/UK-A9"])
    why = law("explain", "guest.religion", "--process", MENU[0], "--for", MENU[3], *TODAY)
    assert why.code == 1
    assert "add special_condition: {eu-gdpr: CODE} to the use" in why.out
    rule = law("explain", "eu-gdpr/EU-10", *TODAY)
    assert rule.code == 0
    assert "GDPR Article 9" in rule.out
    assert "no legal advice" in rule.out
    rewrite(
        law,
        "special_condition: {br-lgpd: 11-I}",
        "special_condition: {eu-gdpr: A9-2-a, uk-gdpr: A9-2-a, br-lgpd: 11-I}",
    )
    assert law("apply", "catalog", "--yes").code == 0
    assert law("query", "may", *MENU, *TODAY).code == 0


def test_a_withdrawn_consent_stops_the_use_on_that_day_under_every_law_that_hears_a_no(law):
    planned = law("consent", "withdraw", "guest.religion", "feasts", "--on", "2026-11-22", "--plan")
    assert planned.code == 0
    assert law("query", "may", *MENU, *TODAY).code == 0
    assert law("consent", "withdraw", "guest.religion", "feasts", "--on", "2026-11-22", "--reason", "asked").code == 0
    before, on = (law.json("query", "may", *MENU, "--at", when) for when in ("2026-11-21", "2026-11-22"))
    assert (before.code, before.results[0]["holds_until"]) == (0, "2026-11-21")
    assert on.code == 1
    assert {code.partition("/")[0] for code in blockers(on.results[0])} == {
        "br-lgpd", "eu-gdpr", "id-pdp", "sg-pdpa", "uk-gdpr", "us-ca",
    }  # fmt: skip
    assert law("query", "may", *LETTER, *TODAY).code == 0
