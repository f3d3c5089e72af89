"""One organisation under eight regimes: what is sound is allowed, and each fact that is missing is found by its law."""

from __future__ import annotations

import re
from functools import cache

import pytest

from lineage.gate.answer import Answer
from lineage.gate.findings import Finding
from tests.cases.changing import HERE as OTHER_CASES
from tests.cases.law.questions import (
    PARTS,
    TODAY,
    answer_to,
    base_answer,
    changed_packs,
    compared,
    edits_of,
    entries,
    near,
    on_day,
    organisation,
    question,
    said,
    whole_table,
)
from tests.catalogues import Data, ask, codes, pack_bodies, plain_file, table_of

CASES = [(file, entry) for file, entry in entries() if "expect" in entry]
DATED = [(file, entry) for file, entry in entries() if "dates" in entry]
LAWS = entries("laws")
USES = ["/".join(use[name] for name in ("element", "process", "purpose")) for use in organisation()["uses"]]
REGIMES = organisation()["catalogue"]["regimes"]
ASSESSED = [regime for regime in REGIMES if regime not in {"eu-eprivacy", "eu-ai-act"}]
"""Those that ask for a regulatory status."""
FIELDS = {
    "name",
    "rule",
    "use",
    "at",
    "with",
    "change",
    "ask",
    "expect",
    "mend",
    "leaves",
    "gaps",
    "dates",
    "packs",
    "before",
    "after",
}

NEVER_ALONE = {"uk-gdpr/UK-06": "where nobody can opt out, UK-A21-marketing denies direct marketing to donors as well"}
NAME_NO_FIELD = {
    "eu-ai-act/AI-01", "eu-eprivacy/EP-01-ended", "eu-eprivacy/EP-02-ended", "eu-gdpr/EU-02-imbalance", "eu-gdpr/EU-19-refused",
    "eu-gdpr/EU-21-tia-refused", "sg-pdpa/SG-07-ended", "uk-gdpr/UK-A35-refused", "us-ca/CA-02",
}  # fmt: skip
"""Rules whose fix is to stop, or names things in words only; whoever writes a field into one takes it out of here."""
GAPS = "what is missing: "
"""What a fix says before it lists, in words, the parts that a record of processing lacks."""


def marked(cases: list[tuple[str, Data]]):
    return [pytest.param(entry, id=f"{file}: {entry['name']}") for file, entry in cases]


every_case = pytest.mark.parametrize("entry", marked(CASES))
every_mending = pytest.mark.parametrize("entry", marked([case for case in CASES if "mend" in case[1]]))


def day_of(entry: Data) -> str:
    return entry.get("at", TODAY)


@cache
def remembered(number: int, *, mended: bool) -> Answer:
    entry = CASES[number][1]
    return answer_to(entry, edits_of(entry, mended=mended), day_of(entry))


def answered(entry: Data, *, mended: bool = False) -> Answer:
    return remembered(next(n for n, (_, known) in enumerate(CASES) if known is entry), mended=mended)


def finding(answer: Answer, code: str) -> Finding:
    return next(found for found in answer.findings if found.code == code)


# --- What is sound ---


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("when", [TODAY, "2027-01-17"])
def test_a_sound_use_is_allowed_under_all_eight_regimes(use, when):
    answer = base_answer(use, when)
    assert (said(answer), answer.cycle) == ({"effect": "allow"}, "complete")
    assert set(answer.stages.values()) == {"complete"}
    assert dict(answer.regulatory) == dict.fromkeys(ASSESSED, "compliant")


@pytest.mark.parametrize("regime", REGIMES)
def test_asking_for_one_regime_is_no_way_round_the_others_and_none_in_the_way(regime):
    for use in USES:
        assert ask(whole_table(), TODAY, **question({"use": use}), regime=regime).effect == "allow"


def test_a_catalogue_without_the_uses_of_others_answers_the_same():
    for use in USES:
        small = ask(table_of(near(dict(organisation()), use)), TODAY, **question({"use": use}))
        whole = base_answer(use, TODAY)
        assert (small.findings, small.obligations, small.holds_until) == (
            whole.findings,
            whole.obligations,
            whole.holds_until,
        )


# --- One fact changed, and mended ---


@every_case
def test_a_changed_fact_is_answered_as_expected(entry):
    answer = answered(entry)
    assert compared(answer, base_answer(entry["use"], day_of(entry))) == entry["expect"]
    rule = entry.get("rule")
    assert rule is None or rule in {found.code for found in (*answer.findings, *answer.obligations)}


@every_mending
def test_what_mends_a_fact_makes_its_finding_go_away(entry):
    answer = answered(entry, mended=True)
    assert (answer.effect, codes(answer, "blocker")) == ("allow", [])
    assert sorted(codes(answer, "warning")) == sorted(entry.get("leaves", []))


@every_mending
def test_the_fix_names_what_was_mended(entry):
    fix = finding(answered(entry), entry["rule"]).fix
    waived = "waiver" in fix and any(edit.get("add") == ["waivers"] for edit in entry["mend"])
    assert waived or not named_in(fix) or named_in(fix) & touched(entry["mend"]), fix


@pytest.mark.parametrize("entry", marked([case for case in CASES if "gaps" in case[1]]))
def test_message_and_fix_name_exactly_the_parts_that_are_missing(entry):
    found = finding(answered(entry), entry["rule"])
    assert found.message.endswith(f": {entry['gaps']}")
    assert found.fix == f"declare {GAPS}{entry['gaps']}"


@every_case
def test_a_finding_is_a_sentence_about_this_use(entry):
    for found in answered(entry).findings:
        assert "{" not in found.message
        assert "  " not in found.message + found.fix
        assert found.cite


def named_in(fix: str) -> set[str]:
    """Give what a fix names of a declaration: each word with a colon, and every word of a list of missing parts."""
    said, _, gaps = fix.partition(GAPS)
    return set(re.findall(r"\b([a-z][a-z_]+):", said)) | set(re.findall(r"[a-z_]+", gaps))


def touched(edits: list[Data]) -> set[str]:
    """Give the fields that edits write: the last step of their paths, and what they put there."""
    found: set[str] = set()
    for edit in edits:
        path = edit.get("set") or edit.get("add")
        found |= {step for step in path if isinstance(step, str)}
        for value in [edit.get("to"), *edit.get("values", ())]:
            found |= set(value) if isinstance(value, dict) else set()
    return found


# --- The calendar, and the law itself ---


@pytest.mark.parametrize("entry", marked(DATED))
def test_the_same_facts_are_answered_day_by_day(entry):
    found = {day: on_day(answer_to(entry, edits_of(entry), day), rides=True) for day in entry["dates"]}
    assert found == entry["dates"]


@pytest.mark.parametrize("entry", marked(LAWS))
def test_a_law_that_changes_changes_the_answer_and_nothing_before_its_day(entry):
    packs = changed_packs(entry["packs"])
    for word, bodies in (("before", None), ("after", packs)):
        answers = {day: answer_to(entry, edits_of(entry), day, bodies) for day in entry[word]}
        assert {day: on_day(answer, rides=False) for day, answer in answers.items()} == entry[word], word


# --- No rule without a case ---


def rules(*effects: str) -> dict[str, Data]:
    return {
        f"{pack}/{r['id']}": r for pack, body in pack_bodies().items() for r in body["rules"] if r["effect"] in effects
    }


def expected_codes(entry: Data) -> set[str]:
    parts = [entry.get("expect", {}), *entry.get("dates", {}).values()]
    names = ("blockers", "warnings", "more", "rides")
    return {code for part in parts for name in names for code in part.get(name, ())}


def cycle_codes() -> set[str]:
    """Give what the cases of one element say of the usage cycle."""
    found: set[str] = set()
    for path in (OTHER_CASES / "mutations").glob("*.yaml"):
        for entry in plain_file(path):
            for name in ("blockers", "warnings", "notes", "obligations"):
                found |= {code if "/" in code else f"usage-cycle/{code}" for code in entry["expect"].get(name, ())}
    return found


def test_every_rule_of_every_pack_is_hit_by_a_case():
    # Emergency changes are not declared: tests/unit/judge/test_emergencies.py has their cases.
    known = {"usage-cycle/emergency-open", "usage-cycle/emergency-overdue"}
    known |= {code for _, entry in (*CASES, *DATED) for code in expected_codes(entry)} | cycle_codes()
    for use in USES:
        answer = base_answer(use, "2027-01-17")
        known |= {*codes(answer, "obligation"), *codes(answer, "note")}
    assert sorted(set(rules("blocker", "warning", "obligation", "note")) - known) == []


def test_every_blocker_of_a_regime_denies_without_another_of_its_pack():
    alone = set()
    for _, entry in CASES:
        blockers = entry["expect"].get("blockers", [])
        for code in blockers:
            pack = code.partition("/")[0]
            if [other for other in blockers if other.startswith(f"{pack}/")] == [code]:
                alone.add(code)
    wanted = {code for code in rules("blocker") if not code.startswith("usage-cycle/")}
    assert wanted - alone == set(NEVER_ALONE)


def test_every_fix_of_a_regime_that_names_a_field_was_tried():
    tried = {entry["rule"] for _, entry in CASES if "mend" in entry}
    asking = {code: r for code, r in rules("blocker", "warning").items() if not code.startswith("usage-cycle/")}
    silent = {code for code, rule in asking.items() if not named_in(rule["fix"])}
    assert silent == NAME_NO_FIELD
    assert sorted(set(asking) - silent - tried) == []


def test_every_rule_that_lists_gaps_is_held_to_the_list():
    listing = {code for code, rule in rules("blocker", "warning").items() if "{gaps}" in rule["fix"]}
    assert {entry["rule"] for _, entry in CASES if "gaps" in entry} == listing


def test_every_case_has_a_name_of_its_own_and_no_field_is_misspelt():
    known = [entry for _, entry in (*CASES, *DATED, *LAWS)]
    names = [entry["name"] for entry in known]
    assert len(names) == len(set(names))
    assert len(known) == len(entries()) + len(LAWS)
    for entry in known:
        assert not set(entry) - FIELDS, entry["name"]
        assert entry["use"] in USES, entry["name"]
    assert set(PARTS) == {part for entry in known for part in entry.get("with", ())}
