"""Rules against records: judged once a distinct record; a rule that errors gives no answer, and nothing worse."""

from __future__ import annotations

import pytest

from lineage.domain.facts import Scope
from lineage.policy.cases import sound
from lineage.policy.engine import ERRED, FAILED, MET, SILENT, Ruleset
from lineage.policy.pack import parse_pack

FIELDS = {
    "title": "A rule",
    "stage": "purpose",
    "about": "use.why",
    "effect": "blocker",
    "message": "no",
    "fix": "do",
    "cite": "none",
    "certainty": "I",
}


def ruleset(*rules, scope=Scope.ELEMENT):
    entries = [FIELDS | {"id": f"r{number}", "scope": str(scope)} | rule for number, rule in enumerate(rules)]
    pack, flaws = parse_pack({"pack": "tiny", "title": "Tiny", "version": "1", "as_of": "2026-11-01", "rules": entries})
    assert not flaws
    return Ruleset(pack, scope)


def record(**facts):
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return list((sound(Scope.ELEMENT) | named).values())


KIND = {"require": 'element.kind != "missing"'}
TITLE = {"require": 'element.title == "given"'}
ERRS = {"require": "int(element.kind) > 0"}
EMOTION = {"when": '"emotion" in element.category_flags', "require": 'element.value == "boolean"'}


@pytest.mark.parametrize(
    ("rule", "facts", "answer"),
    [
        (KIND, {}, MET),
        (KIND, {"element__kind": "missing"}, FAILED),
        (EMOTION, {}, SILENT),
        (EMOTION, {"element__category_flags": ("emotion",)}, FAILED),
        (EMOTION, {"element__category_flags": ("emotion",), "element__value": "boolean"}, MET),
        (ERRS, {}, ERRED),
        ({"when": "int(element.kind) > 0", "require": "true"}, {}, ERRED),
        ({"when": "element.circle", "require": "int(element.kind) > 0"}, {}, SILENT),
        ({"require": 'element.title == "given" || int(element.kind) > 0'}, {}, MET),
        ({"require": "[1, 2][size(element.category_flags)] == 1"}, {"element__category_flags": ("a", "b", "c")}, ERRED),
    ],
)
def test_a_rule_breaks_keeps_is_silent_or_gives_no_answer(rule, facts, answer):
    assert ruleset(rule).judge(record(**facts)) == (answer,)


def test_a_rule_that_errs_takes_no_answer_from_the_others():
    assert ruleset(KIND, ERRS, TITLE, EMOTION).judge(record(element__title="missing")) == (MET, ERRED, FAILED, SILENT)


def test_a_record_is_evaluated_once_however_often_it_is_asked_about():
    rules = ruleset(KIND, TITLE)
    answers = [rules.judge(record()) for _ in range(5)]
    assert (rules.asked, rules.evaluated) == (5, 1)
    assert all(answer is answers[0] for answer in answers)


def test_each_distinct_record_is_evaluated():
    rules = ruleset(KIND, TITLE)
    for facts in ({}, {"element__kind": "missing"}, {"element__title": "missing"}, {}, {"element__kind": "missing"}):
        rules.judge(record(**facts))
    assert (rules.asked, rules.evaluated) == (5, 3)


def test_facts_no_rule_reads_do_not_make_records_distinct():
    rules = ruleset(KIND)
    for steward in ("given", "missing"):
        for value in ("text", "number"):
            rules.judge(record(element__steward=steward, element__value=value))
    assert (rules.asked, rules.evaluated) == (4, 1)


def test_a_fact_read_only_by_a_condition_makes_records_distinct():
    rules = ruleset(EMOTION)
    assert rules.judge(record(element__value="number")) == (SILENT,)
    assert rules.judge(record(element__value="number", element__category_flags=("emotion",))) == (FAILED,)
    assert rules.evaluated == 2


def test_a_record_that_errs_is_remembered_too():
    rules = ruleset(KIND, ERRS)
    assert rules.judge(record()) is rules.judge(record())
    assert rules.evaluated == 1


def test_blanks_in_the_name_of_a_fact_change_nothing():
    rules = ruleset({"require": 'element . kind != "missing"'})
    assert rules.judge(record()) == (MET,)
    assert rules.judge(record(element__kind="missing")) == (FAILED,)


def test_a_comment_in_a_rule_changes_nothing():
    assert ruleset({"require": 'element.kind != "missing" // always said'}, TITLE).judge(record()) == (MET, MET)


def test_a_scope_without_rules_says_nothing():
    assert ruleset(KIND, scope=Scope.ELEMENT).judge(record()) == (MET,)
    assert (
        Ruleset(parse_pack({"pack": "x", "title": "X", "version": "1", "as_of": "2026-11-01"})[0], Scope.USE).rules
        == ()
    )
