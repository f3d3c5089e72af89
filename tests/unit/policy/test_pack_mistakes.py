"""A pack with a mistake is refused, with the file and the line of it."""

from __future__ import annotations

import re

import pytest

from lineage.content import PACKAGE, content
from lineage.gate.refusal import TOO_OLD, UNREADABLE, UNRECORDED
from lineage.intake.packs import read_cases, read_pack
from lineage.policy.bounds import LONGEST
from lineage.policy.head import ASKED, CYCLE
from lineage.policy.pack import parse_pack
from tests.catalogues import plain

SPOKEN = re.compile(r'request_finding\([^,]+, "([a-z-]+)"')
HEAD = 'pack: tiny\ntitle: Tiny\nversion: "1"\nas_of: 2026-11-01\n'
RULE = {
    "id": "why",
    "title": "Why",
    "scope": "use",
    "stage": "purpose",
    "about": "use.why",
    "require": "'use.why == \"given\"'",
    "effect": "blocker",
    "message": '"{element} says nothing"',
    "fix": "say why",
    "cite": "none",
    "certainty": "I",
}


def rules(*changes):
    """Write rules one field a line, so that each mistake has a line of its own."""
    text = "rules:\n"
    for change in changes:
        lines = [f"{name}: {value}" for name, value in (RULE | change).items() if value is not None]
        text += "- " + "\n  ".join(lines) + "\n"
    return text


def refusals(tmp_path, text, head=HEAD):
    (tmp_path / "pack.yaml").write_text(head, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    return read_pack(tmp_path, "packs/tiny")[2]


# name, what changes, line of the mistake in rules.yaml, what is said, what the fix says
MISTAKES = [
    ("an unknown fact", {"require": "'use.wy == \"given\"'"}, 7, "undeclared reference to 'use.wy'", "docs/facts.md"),
    (
        "a fact of another scope",
        {"require": "'regime.status == \"compliant\"'"},
        7,
        "undeclared reference to 'regime.status'",
        "",
    ),
    ("an expression that is none", {"require": "'use.why =='"}, 7, "require is refused", ""),
    ("a text compared with a number", {"require": "'use.why == 3'"}, 7, "no matching overload", ""),
    ("an expression that gives a text", {"require": "'use.why'"}, 7, "it gives STRING, not a boolean", ""),
    ("a condition that gives a number", {"when": "'1 + 1'"}, 13, "when is refused: it gives INT, not a boolean", ""),
    ("a boolean used as a text", {"require": "'use.ended == \"yes\"'"}, 7, "no matching overload", ""),
    ("no id", {"id": None}, 2, "id is missing or no text", "add id:"),
    ("an id with a blank", {"id": "why not"}, 2, "'why not' is no rule id", "letters, digits"),
    ("no title", {"title": None}, 2, "title is missing or no text", "add title:"),
    ("no citation", {"cite": None}, 2, "cite is missing or no text", "add cite:"),
    ("no message", {"message": None}, 2, "message is missing or no text", "add message:"),
    ("a blocker without a fix", {"fix": None}, 2, "a blocker needs a fix", "say what to do"),
    ("an unknown stage", {"stage": "porpoise"}, 5, "stage cannot be 'porpoise'", "origin, purpose"),
    ("an unknown scope", {"scope": "uses", "message": "no"}, 4, "scope cannot be 'uses'", "element, origin"),
    ("an unknown effect", {"effect": "error"}, 8, "effect cannot be 'error'", "blocker, warning"),
    ("an unknown certainty", {"certainty": "X"}, 12, "certainty cannot be 'X'", "L, S, M, I"),
    ("an unknown effect on the cycle", {"cycle": "broken"}, 13, "cycle cannot be 'broken'", "stale, suspended"),
    ("an unknown field", {"severity": "blocker"}, 13, "unknown field severity", ""),
    ("a misspelt field", {"requires": "x"}, 13, "unknown field requires", "did you mean require"),
    (
        "a name the message does not know",
        {"message": '"{elment} is wrong"'},
        9,
        "message speaks of {elment}",
        "did you mean element",
    ),
    ("a name of another scope", {"fix": '"add it to {origin}"'}, 10, "fix speaks of {origin}", ""),
    ("a brace that is not closed", {"message": '"{element is wrong"'}, 9, "message: ", "double the braces"),
    (
        "an expression without end",
        {"require": "'" + "true && " * 300 + "true'"},
        7,
        f"the limit is {LONGEST}",
        "split the rule",
    ),
    ("a message as long as a book", {"message": "x" * (LONGEST + 1)}, 9, f"the limit is {LONGEST}", "say it shorter"),
    (
        "a name with a width",
        {"message": '"{element:>999999999}"'},
        9,
        "formats a name with : or !",
        "write the name alone",
    ),
    ("a name with a conversion", {"fix": '"{element!r}"'}, 10, "formats a name with : or !", ""),
    ("a name reached through another", {"message": '"{element.__class__}"'}, 9, "{element.__class__}", ""),
    ("a name by its index", {"message": '"{element[0]}"'}, 9, "speaks of {element[0]}", ""),
    ("a number for a fix", {"fix": "5", "effect": "note"}, 10, "fix must be text", "quotes"),
    ("cases in the rule", {"cases": "[]"}, 13, "unknown field cases", "cases stand in cases.yaml"),
    (
        "a span that ends early",
        {"in_force": "{from: 2027-02-01, until: 2027-01-01}"},
        13,
        "before it begins",
        "later day",
    ),
    ("a day that is none", {"in_force": "{from: 2027-13-01}"}, 13, "2027-13-01", "write a day"),
]


@pytest.mark.parametrize(
    ("change", "line", "message", "fix"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_mistake_is_refused_where_it_stands(tmp_path, change, line, message, fix):
    problems = refusals(tmp_path, rules(change))
    assert [(str(p.place), message in p.message, fix in p.fix) for p in problems] == [
        (f"packs/tiny/rules.yaml:{line}", True, True)
    ], problems


def test_the_rule_all_mistakes_start_from_is_sound(tmp_path):
    assert refusals(tmp_path, rules({})) == ()


def test_an_id_is_never_used_twice(tmp_path):
    (problem,) = refusals(tmp_path, rules({}, {"title": "Another"}))
    assert (str(problem.place), problem.message) == ("packs/tiny/rules.yaml:13", "rule why stands in the pack twice")


def test_an_id_of_a_request_rule_is_not_used_for_another():
    body = plain((content("catalog") / "packs" / CYCLE / "pack.yaml").read_text(encoding="utf-8"))
    body |= plain((content("catalog") / "packs" / CYCLE / "rules.yaml").read_text(encoding="utf-8"))
    body["rules"] = [*body["rules"], plain(rules({"id": "no-use"}))["rules"][0]]
    _, flaws = parse_pack(body)
    assert [flaw.message for flaw in flaws] == ["rule no-use stands in the pack twice"]


def test_only_the_pack_of_the_cycle_speaks_of_requests(tmp_path):
    request = "request:\n- {id: none, title: None, stage: request, message: no}\n"
    (problem,) = refusals(tmp_path, request + rules({}))
    assert (str(problem.place), problem.message) == (
        "packs/tiny/rules.yaml:1",
        "only the pack usage-cycle has rules about the request itself",
    )


def test_a_pack_of_the_cycle_has_every_rule_the_program_speaks_by_name(tmp_path):
    (problem,) = refusals(tmp_path, rules({}), HEAD.replace("pack: tiny", "pack: usage-cycle"))
    assert problem.message == f"rules about the request are missing: {', '.join(ASKED)}"
    spoken = set()
    for file in ("gate/answer.py", "report/compose_sight.py"):
        spoken |= set(SPOKEN.findall((PACKAGE / file).read_text(encoding="utf-8")))
    assert spoken
    assert spoken <= set(ASKED)
    own = plain((content("catalog") / "packs" / CYCLE / "rules.yaml").read_text(encoding="utf-8"))
    of_the_gate = [TOO_OLD, UNREADABLE, UNRECORDED]
    assert sorted(entry["id"] for entry in own["request"]) == sorted([*ASKED, *of_the_gate])


@pytest.mark.parametrize("name", ["pack", "title", "version", "as_of"])
def test_a_pack_without_its_head_is_refused(tmp_path, name):
    head = "".join(line + "\n" for line in HEAD.splitlines() if not line.startswith(name))
    (problem,) = refusals(tmp_path, rules({}), head)
    assert problem.message == f"{name} is missing"
    assert problem.place.file == "packs/tiny/pack.yaml"


def test_every_mistake_is_reported_at_once(tmp_path):
    problems = refusals(
        tmp_path, rules({"stage": "porpoise"}, {"id": "b", "require": "'nothing'"}, {"id": "c", "fix": None})
    )
    assert len(problems) == 3


def test_a_pack_without_cases_is_refused(tmp_path):
    assert refusals(tmp_path, rules({})) == ()
    pack, _, _ = read_pack(tmp_path, "packs/tiny")
    cases, (problem,) = read_cases(tmp_path, "packs/tiny", pack)
    assert (cases, str(problem.place), problem.message) == ((), "packs/tiny/cases.yaml", "the pack has no cases.yaml")
    (tmp_path / "cases.yaml").write_text("cases: []\n", encoding="utf-8")
    (problem,) = read_cases(tmp_path, "packs/tiny", pack)[1]
    assert (str(problem.place), problem.message) == ("packs/tiny/cases.yaml:1", "rule why has no case that breaks it")


def test_a_folder_without_rules_says_which_file_is_missing(tmp_path):
    (tmp_path / "pack.yaml").write_text(HEAD, encoding="utf-8")
    (problem,) = read_pack(tmp_path, "packs/tiny")[2]
    assert problem.place.file == "packs/tiny/rules.yaml"
    assert problem.fix


def test_a_file_of_rules_that_is_a_list_is_refused(tmp_path):
    (problem,) = refusals(tmp_path, "- 1\n")
    assert problem.message == "the file must be a mapping"


def test_a_pack_of_more_rules_than_the_limit_is_refused():
    body = plain(HEAD + rules({}))
    body["rules"] = [body["rules"][0] | {"id": f"r{number}"} for number in range(1001)]
    _, flaws = parse_pack(body)
    assert [flaw.message for flaw in flaws] == ["the pack has 1001 rules, the limit is 1000"]


UNNOTICED = [
    ("an id that is a list", {"id": "[a]"}),
    ("a span of time that is a text", {"in_force": "soon"}),
    ("a misspelt end of a span", {"in_force": "{form: 2027-01-01}"}),
    ("waivable as a word", {"waivable": "no"}),
    ("a rule about requests among the others", {"scope": "request", "message": "no"}),
    ("a condition that is false and not text", {"when": "false"}),
]


@pytest.mark.parametrize("change", [case[1] for case in UNNOTICED], ids=[case[0] for case in UNNOTICED])
def test_whatever_else_is_wrong_with_a_rule_is_a_problem_and_no_crash(tmp_path, change):
    assert refusals(tmp_path, rules(change))


@pytest.mark.parametrize("text", ["rules: 5\n", "request: 5\n", "sources: 5\n"])
def test_a_section_that_is_no_list_is_a_problem_and_no_crash(tmp_path, text):
    assert refusals(tmp_path, text)
