"""Forms for build servers: what fails, where, and nothing that could be taken for something else."""

from __future__ import annotations

import json
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from lineage.cli.check_formats import Remark, Told, render
from lineage.gate.answer import Question
from lineage.gate.findings import Finding
from lineage.services.checking import Grade, grades
from tests.journeys.shop import ELEMENTS, SOUND_QUESTION, USES
from tests.unit.cli.sarif import mistakes

FORMS = ("sarif", "junit", "github")
OPEN = {"usage-cycle/outcome-recorded", "usage-cycle/insight-recorded"}
NO_ALTERNATIVES = USES.replace(
    "alternatives: [{element: customer.email, why_not: read too late}]", "alternatives: none"
)
NASTY = 'a "b" <c> & d: e, f%0Ag\nh::error::i \x1b[31m \ufffe'


def finding(**more):
    texts = {
        "code": "pack/rule",
        "stage": "origin",
        "severity": "blocker",
        "message": NASTY,
        "fix": "mend it",
        "cite": "",
    }
    return texts | {"where": "a.yaml:3", "document": "x", "level": "error", "known": False} | more


def result(*findings, **more):
    about = {
        "element": "an.element",
        "process": "a-process",
        "purpose": "APurpose",
        "effect": "deny",
        "obligations": [],
    }
    return about | {"findings": list(findings), "fails": True} | more


def sarif(said):
    log = json.loads(said.out if hasattr(said, "out") else said)
    assert mistakes(log) == []
    return log["runs"][0]


def commands(said):
    text = said.out if hasattr(said, "out") else said
    return [tuple(line[2:].split("::", 1)[0].split(" ", 1)) for line in text.splitlines()]


def cases(said):
    """Read JUnit XML as strictly as the strictest reader: tags, attributes and counts."""
    suites = ElementTree.fromstring((said.out if hasattr(said, "out") else said).encode())
    assert suites.tag == "testsuites"
    (suite,) = suites
    assert suite.tag == "testsuite"
    found = list(suite)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[name]) == sum(case.find(tag) is not None for case in found)
    assert int(suite.attrib["tests"]) == int(suites.attrib["tests"]) == len(found)
    for case in found:
        assert case.tag == "testcase"
        assert {"name", "classname", "time"} <= set(case.attrib) <= {"name", "classname", "time", "file", "line"}
        assert [part.tag for part in case] in (
            [], ["failure"], ["error"], ["skipped"], ["system-out"], ["failure", "system-out"], ["error", "system-out"]
        )  # fmt: skip
    return found


# --- What is told ---


def test_sarif_names_rule_level_and_line_of_each_problem(shop):
    said = shop("check", "--format", "sarif")
    run = sarif(said)
    assert said.code == 1
    assert {one["ruleId"] for one in run["results"]} == OPEN
    assert {one["level"] for one in run["results"]} == {"error"}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "catalog/uses.yaml", "uriBaseId": "%SRCROOT%"}
    line = (shop.folder / "catalog" / "uses.yaml").read_text().splitlines()[place["region"]["startLine"] - 1]
    assert "element: customer.phone_number" in line
    assert run["properties"]["catalogue"]["digest"] == shop.digest


def test_junit_has_a_case_for_each_use_and_a_failure_for_each_that_fails(shop):
    sound, still_open = cases(shop("check", "--format", "junit"))
    assert (sound.attrib["classname"], sound.find("failure")) == ("parcel-dispatch", None)
    failure = still_open.find("failure")
    assert failure.attrib["type"] in OPEN
    assert all(code in failure.text for code in OPEN)
    assert still_open.attrib["file"] == "catalog/uses.yaml"
    assert int(still_open.attrib["line"]) > 1


def test_github_gets_one_command_a_problem_with_file_and_line(shop):
    said = shop("check", "--format", "github")
    found = commands(said)
    assert [name for name, _ in found] == ["error", "error"]
    assert all(about.startswith("file=catalog/uses.yaml,line=") for _, about in found)
    assert {about.rpartition("title=")[2] for _, about in found} == OPEN


@pytest.mark.parametrize("form", FORMS)
def test_where_all_is_well_the_answer_is_empty_and_sound(shop, form):
    said = shop("check", "--process", "parcel-dispatch", "--format", form)
    assert said.code == 0
    if form == "sarif":
        assert sarif(said)["results"] == []
        assert sarif(said)["invocations"] == [{"executionSuccessful": True}]
    elif form == "junit":
        assert [list(case) for case in cases(said)] == [[]]
    else:
        assert said.out == ""


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_to_a_file_is_the_answer_on_the_terminal(shop, form):
    assert shop("check", "--format", form, "-o", "answer").out == ""
    assert (shop.folder / "answer").read_text(encoding="utf-8") == shop("--format", form, "check").out


def test_a_problem_of_an_element_is_told_once_for_all_its_uses(shop):
    shop.write(
        "catalog/elements.yaml", ELEMENTS.replace("measures: [encryption_at_rest, access_control]", "measures: []")
    )
    assert shop("apply", "catalog", "--yes").code == 0
    shared = [
        one for one in sarif(shop("check", "--format", "sarif"))["results"] if len(one["properties"]["uses"]) == 2
    ]
    assert shared
    assert len(commands(shop("check", "--format", "github"))) == len(
        sarif(shop("check", "--format", "sarif"))["results"]
    )


# --- What is grave ---


@pytest.mark.parametrize(
    ("words", "code", "level", "fails"),
    [
        ((), 0, "warning", False),
        (("--fail-on", "warning"), 1, "error", True),
        (("--fail-on", "never"), 0, "warning", False),
        (("--fail-on", "warning", "--baseline", "known.json"), 0, "note", False),
    ],
)
def test_a_warning_is_an_error_only_when_it_fails_the_check(shop, words, code, level, fails):
    shop.write("more.yaml", NO_ALTERNATIVES.partition("- element: customer.phone_number\n  process: slot")[0])
    check = ("check", "--process", "parcel-dispatch", "--with", "more.yaml")
    shop(*check, "--format", "json", "-o", "known.json", "--fail-on", "never")
    said = shop(*check, *words, "--format", "sarif")
    assert said.code == code
    assert {one["level"] for one in sarif(said)["results"]} == {level}
    (case,) = cases(shop(*check, *words, "--format", "junit"))
    assert (case.find("failure") is not None) == fails
    names = {"error": "error", "warning": "warning", "note": "notice"}
    assert {name for name, _ in commands(shop(*check, *words, "--format", "github"))} == {names[level]}


def test_with_a_baseline_only_what_is_new_is_an_error(shop):
    shop("check", "--format", "json", "-o", "known.json")
    shop.write("catalog/uses.yaml", USES.replace("review_by: 2027-03-01", "review_by: 2026-07-01"))
    shop("apply", "catalog", "--yes")
    said = shop("check", "--baseline", "known.json", "--format", "sarif")
    assert said.code == 1
    states = {(one["ruleId"], one["level"], one["baselineState"]) for one in sarif(said)["results"]}
    assert states == {(code, "note", "unchanged") for code in OPEN} | {("usage-cycle/review-overdue", "error", "new")}


def test_a_problem_keeps_its_fingerprint_when_its_line_moves(shop):
    def prints():
        results = sarif(shop("check", "--format", "sarif"))["results"]
        return {one["ruleId"]: one["partialFingerprints"] for one in results}

    before = prints()
    shop.write("catalog/uses.yaml", f"# moved\n\n{USES}")
    shop("apply", "catalog", "--yes")
    assert prints() == before


@pytest.mark.parametrize(
    ("severity", "unanswered", "fail_on", "known", "level"),
    [
        ("blocker", False, "blocker", False, "error"),
        ("blocker", False, "never", False, "error"),
        ("blocker", False, "blocker", True, "note"),
        ("warning", False, "blocker", False, "warning"),
        ("warning", False, "warning", False, "error"),
        ("warning", False, "warning", True, "note"),
        ("note", False, "warning", False, "note"),
        ("note", True, "never", True, "error"),
        ("obligation", True, "blocker", False, "error"),
    ],
)
def test_how_grave_a_finding_is(severity, unanswered, fail_on, known, level):
    one = Finding("p/r", "origin", severity, "m", "f", "", "t", "", ("element", "e"), "", unanswered)
    answered = SimpleNamespace(question=Question("p", "e", "P", 0), findings=(one,))
    baseline = frozenset({("e", "p", "P", "", "p/r", "e")}) if known else frozenset()
    assert grades(answered, fail_on, baseline) == (Grade(level, known),)


@pytest.mark.parametrize("form", FORMS)
def test_a_use_that_is_undecided_is_an_error(form):
    text = render(form, Told([result(finding(severity="note"), effect="undecided")]))
    if form == "sarif":
        assert sarif(text)["results"][0]["level"] == "error"
    elif form == "junit":
        assert cases(text)[0].find("error") is not None
    else:
        assert commands(text)[0][0] == "error"


# --- Without an answer ---


@pytest.mark.parametrize("form", FORMS)
def test_declarations_with_problems_are_told_with_file_and_line(shop, form):
    shop.write("catalog/elements.yaml", ELEMENTS.replace("kind: identity", "kind: identty"))
    said = shop("check", "--with", "catalog", "--format", form)
    assert said.code == 1
    assert "did you mean identity" in said.err
    line = 1 + (shop.folder / "catalog/elements.yaml").read_text().splitlines().index("  kind: identty")
    if form == "sarif":
        first = sarif(said)["results"][0]
        assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": line}
        assert "did you mean identity" in first["message"]["text"]
    elif form == "junit":
        assert cases(said)[0].find("failure").attrib["type"] == "declaration"
        assert cases(said)[0].attrib["line"] == str(line)
    else:
        assert commands(said)[0] == ("error", f"file=catalog/elements.yaml,line={line},title=declaration")


@pytest.mark.parametrize(("choice", "code"), [("deny", 3), ("allow", 0)])
@pytest.mark.parametrize("form", FORMS)
def test_a_build_server_is_told_when_there_is_no_answer(bare, form, choice, code):
    said = bare("check", "--format", form, "--on-error", choice)
    assert said.code == code
    if form == "sarif":
        (invocation,) = sarif(said)["invocations"]
        assert invocation["executionSuccessful"] is False
        assert invocation["toolExecutionNotifications"][0]["level"] == ("warning" if code == 0 else "error")
    elif form == "junit":
        assert cases(said)[0].find("skipped" if code == 0 else "error") is not None
    else:
        assert commands(said)[0][0] == ("warning" if code == 0 else "error")


# --- Text that could be taken for something else ---


def test_github_commands_cannot_be_broken_by_what_they_say():
    text = render("github", Told([result(finding(where="a,b:c.yaml:3", code="p/r"))]))
    assert text == (
        '::error file=a%2Cb%3Ac.yaml,line=3,title=p/r::a "b" <c> & d: e, f%250Ag%0Ah::error::i [31m \ufffe%0Afix: mend it'
    )


def test_xml_holds_any_text():
    (case,) = cases(render("junit", Told([result(finding(), element="<&>\x00")])))
    assert case.attrib["name"] == "<&> for APurpose"
    assert 'a "b" <c> & d: e, f%0Ag\nh::error::i [31m' in case.find("failure").text


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("a b/ü%.yaml:3", ({"uri": "a%20b/%C3%BC%25.yaml", "uriBaseId": "%SRCROOT%"}, {"startLine": 3})),
        ("a.yaml", ({"uri": "a.yaml", "uriBaseId": "%SRCROOT%"}, None)),
        ("", ({"uri": ".", "uriBaseId": "%SRCROOT%"}, None)),
        ("/x/a b.yaml:7", ({"uri": "file:" + "///x/a%20b.yaml"}, {"startLine": 7})),
    ],
)
def test_places_are_sound_uris(where, place):
    (one,) = sarif(render("sarif", Told([result(finding(where=where))])))["results"]
    physical = one["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"], physical.get("region")) == place


def test_the_gravest_comes_first():
    told = Told(
        [result(finding(level="note", message="n"), finding(level="error", message="e"))], [Remark("warning", "c", "w")]
    )
    assert [name for name, _ in commands(render("github", told))] == ["error", "warning", "notice"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "words", [("query", "may", *SOUND_QUESTION), ("apply", "catalog"), ("element", "list"), ("doctor",), ("report",)]
)
def test_other_commands_refuse_and_say_who_does(shop, words, form):
    for said in (shop(*words, "--format", form), shop("--format", form, *words)):
        assert (said.code, said.out) == (2, "")
        assert "lineage check does" in said.err


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"version": "2.0.0"}, "log.version"),
        ({"runs": [{"tool": {"driver": {}}}]}, "lacks name"),
        (
            {"runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "bad", "message": {"text": ""}}]}]},
            "level",
        ),
        ({"more": 1}, "has more"),
    ],
)
def test_the_check_itself_finds_what_is_no_sarif(change, mistake):
    log = json.loads(render("sarif", Told([result(finding())]))) | change
    assert any(mistake in one for one in mistakes(log))
