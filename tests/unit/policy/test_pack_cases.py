"""Every case of every pack the product brings, one test each; and what may be wrong with cases."""

from __future__ import annotations

from functools import cache

import pytest

from lineage.domain.facts import Scope, facts_of
from lineage.intake.packs import Names, read_cases, read_pack
from lineage.policy.cases import MOST_CASES, Case, failing, parse_cases, run_cases, sound
from lineage.policy.engine import FAILED, MET, SILENT
from lineage.policy.literals import words_of
from lineage.policy.pack import parse_pack
from lineage.services.installed import pack_folders
from tests.catalogues import plain, vocabulary

WORDS = {FAILED: "breaks", MET: "keeps", SILENT: "silent"}
FOLDERS = pack_folders()
NAMES = Names.of(vocabulary())
LOADED = {folder.name: read_pack(folder, folder.name, NAMES) for folder in FOLDERS}
CASES = {folder.name: read_cases(folder, folder.name, LOADED[folder.name][0], NAMES) for folder in FOLDERS}


def name_of(case: Case) -> str:
    facts = ", ".join(f"{fact} {value}" for fact, value in case.facts.items())
    return f"{case.rule} {WORDS[case.expected]}: {facts or 'the sound situation'}"


@cache
def results_of(key: str):
    return {result.case.number: result for result in run_cases(LOADED[key][0], CASES[key][0])}


EVERY = [(key, case) for key, (cases, _) in CASES.items() for case in cases]


@pytest.mark.parametrize(("key", "case"), EVERY, ids=[f"{key}/{name_of(case)}" for key, case in EVERY])
def test_a_rule_says_of_a_situation_what_its_case_says(key, case):
    result = results_of(key)[case.number]
    assert result.case is case
    assert result.passed, result.sentence


@pytest.mark.parametrize("key", list(LOADED))
def test_a_pack_and_its_cases_have_no_mistakes(key):
    assert LOADED[key][2] == ()
    assert CASES[key][1] == ()


@pytest.mark.parametrize("key", list(LOADED))
def test_no_situation_is_tried_twice(key):
    seen = [(case.rule, case.expected, repr(sorted(case.facts.items()))) for case in CASES[key][0]]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.REQUEST])
def test_the_sound_situation_holds_only_values_the_facts_know(scope):
    situation = sound(scope)
    for fact in facts_of(scope):
        value = situation[fact.name]
        if fact.many:
            assert isinstance(value, tuple)
            assert not fact.values or set(value) <= set(fact.values), fact.name
        else:
            assert value in (fact.values or (True, False)), fact.name


TINY = """
pack: tiny
title: Tiny
version: "1"
as_of: 2026-11-01
rules:
- {id: kind, title: Kind, scope: element, stage: origin, about: element.kind,
   require: 'element.kind != "missing"', effect: blocker, message: no kind, fix: "add kind:", cite: none, certainty: I}
- {id: signal, title: Signal, scope: element, stage: origin, about: element.kind,
   when: '"emotion" in element.category_flags', require: 'element.value == "boolean"', effect: blocker,
   message: no signal, fix: "set value:", cite: none, certainty: I}
"""
WRONG_CASES = [
    ("an unknown rule", "{rule: knid, breaks: [{}]}", "there is no rule knid", "did you mean kind?"),
    (
        "an unknown fact",
        "{rule: kind, breaks: [{element.kid: missing}]}",
        "unknown fact element.kid",
        "did you mean element.kind",
    ),
    ("a fact of another scope", "{rule: kind, breaks: [{use.why: missing}]}", "unknown fact use.why", ""),
    (
        "a value the fact does not know",
        "{rule: kind, breaks: [{element.kind: lost}]}",
        "element.kind cannot be 'lost'",
        "write one of",
    ),
    (
        "a text for a boolean",
        "{rule: kind, breaks: [{element.circle: maybe}]}",
        "element.circle cannot be 'maybe'",
        "true, false",
    ),
    ("a text for a list", "{rule: signal, breaks: [{element.category_flags: emotion}]}", "cannot be 'emotion'", ""),
    (
        "an entry the list does not know",
        "{rule: signal, breaks: [{element.category_flags: [emotoin]}]}",
        "element.category_flags cannot hold 'emotoin'",
        "did you mean emotion?",
    ),
    (
        "a list in a list",
        "{rule: signal, breaks: [{element.category_flags: [[emotion]]}]}",
        "cannot hold ['emotion']",
        "",
    ),
    ("a mapping in a list", "{rule: signal, breaks: [{element.category_flags: [{a: b}]}]}", "cannot hold", ""),
    ("a mapping for a text", "{rule: kind, breaks: [{element.kind: {a: b}}]}", "element.kind cannot be", ""),
    ("a list for a text", "{rule: kind, breaks: [{element.kind: [identity]}]}", "element.kind cannot be", ""),
    (
        "a situation that is a word",
        "{rule: kind, breaks: [missing]}",
        "'missing' is no situation",
        "write {fact: value}",
    ),
    ("a situation that is a list", "{rule: kind, breaks: [[element.kind]]}", "is no situation", ""),
    ("a rule that is a list", "{rule: [kind], breaks: [{}]}", "there is no rule ['kind']", ""),
    ("a word for an entry", "kind", "there is no rule None", "name a rule of the pack"),
    (
        "a word that is none of three",
        "{rule: kind, fails: [{}]}",
        "fails is no list of situations",
        "breaks, keeps, silent",
    ),
    ("no list", "{rule: kind, breaks: {}}", "breaks is no list of situations", ""),
]


@pytest.mark.parametrize(
    ("text", "message", "fix"), [case[1:] for case in WRONG_CASES], ids=[case[0] for case in WRONG_CASES]
)
def test_a_wrong_case_is_named(text, message, fix):
    pack, _ = parse_pack(plain(TINY))
    cases, flaws = parse_cases(plain(f"cases:\n- {text}\n"), pack)
    assert cases == ()
    assert any(message in flaw.message and fix in flaw.fix and flaw.path[:2] == ("cases", 0) for flaw in flaws), flaws


WITHOUT_SILENCE = """
cases:
- {rule: kind, breaks: [{element.kind: missing}], keeps: [{}]}
- rule: signal
  breaks: [{element.category_flags: [emotion]}]
  keeps: [{element.category_flags: [emotion], element.value: boolean}]
"""
UNKNOWN_NAMES = [
    ("process.does", "Disclos", "Disclose"),
    ("purpose.above", "DirectMarketting", "DirectMarketing"),
    ("element.categories", "pd:Helth", "pd:Health"),
]


@pytest.mark.parametrize(("fact", "written", "meant"), UNKNOWN_NAMES)
def test_a_case_may_only_name_what_the_vocabulary_has(fact, written, meant):
    text = TINY.replace("scope: element", "scope: use").replace("[element.category_flags", "[process.does")
    pack, _ = parse_pack(plain(text))
    words = words_of(vocabulary())
    for name, wrong in ((written, True), (meant, False)):
        _, flaws = parse_cases(plain(f"cases:\n- {{rule: kind, keeps: [{{{fact}: ['{name}']}}]}}\n"), pack, words)
        found = [flaw for flaw in flaws if "cannot hold" in flaw.message]
        assert bool(found) == wrong
        assert all(meant in flaw.fix for flaw in found)


@pytest.mark.parametrize("text", ["cases: 5\n", "cases: {rule: kind}\n", "case: []\n"])
def test_cases_that_are_no_list_are_a_flaw_and_no_crash(text):
    pack, _ = parse_pack(plain(TINY))
    assert parse_cases(plain(text), pack)[1]


def test_more_cases_than_the_limit_are_refused():
    pack, _ = parse_pack(plain(TINY))
    body = {"cases": [{"rule": "kind", "keeps": [{}] * (MOST_CASES + 1)}]}
    cases, flaws = parse_cases(body, pack)
    assert cases == ()
    assert flaws[-1].message == "the pack has 20001 cases, the limit is 20000"


def test_a_case_knows_where_it_stands():
    pack, _ = parse_pack(plain(TINY))
    text = "cases:\n- {rule: kind, keeps: [{}], breaks: [{element.kind: identity}, {element.kind: missing}]}\n"
    cases, _ = parse_cases(plain(text), pack)
    (flaw,) = failing(run_cases(pack, cases))
    assert flaw.path == ("cases", 0, "breaks", 0)
    assert "keeps" in flaw.message
    assert "the case says that it breaks it" in flaw.message


LACKING = [
    ("no case at all", "cases: []", {"kind": "breaks it", "signal": "breaks it"}),
    (
        "only one outcome",
        "cases:\n- {rule: kind, breaks: [{element.kind: missing}]}",
        {"kind": "keeps it", "signal": "breaks it"},
    ),
    (
        "no silence for a rule with when",
        WITHOUT_SILENCE,
        {"signal": "it is silent about"},
    ),
]


@pytest.mark.parametrize(("text", "lacking"), [case[1:] for case in LACKING], ids=[case[0] for case in LACKING])
def test_a_rule_without_all_its_cases_is_named(text, lacking):
    pack, _ = parse_pack(plain(TINY))
    _, flaws = parse_cases(plain(text), pack)
    assert [flaw.message for flaw in flaws] == [
        f"rule {rule} has no case that {word}" for rule, word in lacking.items()
    ]


def test_a_case_that_is_wrong_about_its_rule_fails_with_a_sentence():
    pack, _ = parse_pack(plain(TINY))
    (result,) = run_cases(pack, [Case("kind", MET, {"element.kind": "missing"}, 1)])
    assert not result.passed
    assert result.sentence == "kind breaks {'element.kind': 'missing'}, and the case says that it keeps it"
