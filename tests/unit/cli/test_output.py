"""The forms of an answer, and where it goes: stdout holds the answer, stderr everything else."""

from __future__ import annotations

import csv
import io
import json

import pytest

from lineage.cli.output import clean, envelope, table
from tests.journeys.shop import SOUND_QUESTION

PHONE = "customer.phone_number"
ENVELOPE = ["schema", "at", "as_of", "catalogue", "summary", "results"]
ASKING = {
    "check": ("check",),
    "query.may": ("query", "may", *SOUND_QUESTION),
    "query.purposes": ("query", "purposes", PHONE),
    "query.elements": ("query", "elements", "--process", "parcel-dispatch"),
    "query.processes": ("query", "processes", PHONE),
    "explain": ("explain", PHONE),
    "element.list": ("element", "list"),
    "element.search": ("element", "search", "phone"),
    "element.show": ("element", "show", PHONE),
    "process.list": ("process", "list"),
    "process.show": ("process", "show", "parcel-dispatch"),
    "apply": ("apply", "catalog", "--plan"),
    "doctor": ("doctor",),
    "pack.list": ("pack", "list"),
    "pack.show": ("pack", "show", "eu-gdpr"),
    "pack.test": ("pack", "test", "eu-gdpr"),
}
RESULT = [
    "element",
    "process",
    "purpose",
    "effect",
    "cycle",
    "stages",
    "consent",
    "regulatory",
    "obligations",
    "findings",
    "holds_until",
]


@pytest.mark.parametrize(("name", "words"), ASKING.items())
def test_json_is_one_envelope_whatever_notes_are_printed(shop, name, words):
    for more in ((), ("-v",), ("-q",), ("--color", "always")):
        said = shop.json(*words, *more)
        assert list(said.data) == ENVELOPE
        assert said.data["schema"] == f"lineage.{name}/1"
        assert isinstance(said.data["summary"], dict)
        assert isinstance(said.data["results"], list)


@pytest.mark.parametrize(
    ("name", "words"), [item for item in ASKING.items() if item[0].partition(".")[0] not in {"doctor", "pack"}]
)
def test_times_and_revision_are_printed_back_resolved(shop, name, words):
    data = shop.json(*words).data
    assert data["at"] == data["as_of"] == "2026-09-01T14:00:00+02:00"
    assert data["catalogue"] == shop.json("check").data["catalogue"]
    assert set(data["catalogue"]) == {"revision", "digest", "sequence"}
    assert len(data["catalogue"]["digest"]) == 64


@pytest.mark.parametrize("words", [ASKING["check"], ASKING["query.may"]])
def test_a_verdict_has_its_fixed_fields_in_order(shop, words):
    for result in shop.json(*words).results:
        assert list(result) == RESULT
        assert list(result["stages"]) == ["origin", "purpose", "outcome", "insight"]
        for finding in result["findings"]:
            assert {"code", "stage", "severity", "message", "fix", "cite", "where"} <= set(finding)


def test_an_audience_stands_in_the_verdict_when_it_was_asked_for(shop):
    (result,) = shop.json(*ASKING["query.may"], "--audience", "customer").results
    assert result["audience"] == "customer"


@pytest.mark.parametrize("words", ASKING.values(), ids=ASKING)
def test_every_form_prints_something_and_notes_stay_on_stderr(shop, words):
    shop.write("catalog/more.yaml", "elements: [{key: customer.name}]\n")  # so that there is something to plan
    outputs = {}
    for form in ("table", "plain", "json", "jsonl", "csv"):
        said = shop(*words, "--format", form, "-v")
        assert said.out.endswith("\n")
        assert "nothing was written" not in said.out
        assert "lineage check says why" not in said.out
        outputs[form] = said.out
    lines = outputs["jsonl"].splitlines()
    assert [json.loads(line) for line in lines] == json.loads(outputs["json"])["results"]
    rows = list(csv.reader(io.StringIO(outputs["csv"])))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == len(lines) + 1


def test_plain_is_one_line_a_record_and_never_cut(shop):
    shop.write("more.yaml", f"elements:\n- {{key: {'k' * 200}, title: {'t' * 3000}}}\n")
    shop("apply", "more.yaml", "--yes")
    shop.patch.setenv("COLUMNS", "40")
    rows = shop("element", "list").rows
    assert {len(row) for row in rows} == {9}
    assert ("k" * 200, "t" * 3000) in {(row[0], row[-1]) for row in rows}


def test_a_table_never_cuts_an_identifier_and_wraps_the_last_column():
    text = table([{"key": "k" * 120, "title": "word " * 60}], ("key", "title"))
    assert "k" * 120 in text
    assert text.count("word") == 60
    assert len(text.splitlines()) > 3


def test_nothing_to_list_is_nothing_printed(shop):
    for form in ("plain", "jsonl"):
        assert shop("query", "purposes", "customer.email", "--format", form).out == ""
    assert shop("query", "purposes", "customer.email", "--format", "csv").out.count("\n") == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded(shop, start):
    title = f"{start}HYPERLINK(1)"
    shop.write(
        "more.json", json.dumps({"elements": [{"key": "a", "title": title}, {"key": "b", "title": f"x{title}"}]})
    )
    assert shop("apply", "more.json", "--yes").code == 0
    rows = list(csv.reader(io.StringIO(shop("element", "list", "--format", "csv").out)))
    assert {row[0]: row[-1] for row in rows}["a"] == f"'{title}"
    assert {row[0]: row[-1] for row in rows}["b"] == f"x{title}"


@pytest.mark.parametrize("lead", ["\t", "\r", "\n", " "])
def test_a_formula_behind_white_space_is_guarded_too(shop, lead):
    shop.write("more.json", json.dumps({"elements": [{"key": "a", "title": f"{lead}=1+1"}]}))
    assert shop("apply", "more.json", "--yes").code == 0
    rows = {row[0]: row[-1] for row in csv.reader(io.StringIO(shop("element", "list", "--format", "csv").out))}
    assert not rows["a"].lstrip().startswith("=")


def test_a_tab_or_a_line_break_in_a_title_does_not_break_a_record(shop):
    shop.write("more.json", json.dumps({"elements": [{"key": "a", "title": "one\ttwo\nthree\r\nfour\u2028five"}]}))
    shop("apply", "more.json", "--yes")
    said = shop("element", "list")
    assert len(said.out.split("\n")) == 4
    assert {len(row.split("\t")) for row in said.out.rstrip("\n").split("\n")} == {9}


def test_colour_is_used_when_asked_for_and_not_otherwise(shop):
    words = ("check", "--format", "table")
    assert "\x1b[" in shop(*words, "--color", "always").out
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        shop.patch.setenv(name, value)
        assert "\x1b[" not in shop(*words).out
        assert "\x1b[" in shop(*words, "--color", "always").out
        shop.patch.delenv(name)
    assert "\x1b[" not in shop(*words).out
    shop.patch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in shop(*words).out
    shop.patch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in shop(*words).out


def test_colour_never_gets_into_data(shop):
    for form in ("plain", "json", "jsonl", "csv"):
        assert "\x1b[" not in shop("check", "--format", form, "--color", "always").out


def test_the_status_is_a_word_with_and_without_colour(shop):
    for color in ("always", "never"):
        said = shop("query", "may", *SOUND_QUESTION, "--format", "table", "--color", color)
        assert "allow" in said.out


@pytest.mark.parametrize("text", ["\x1b[31m", "\x07", "\x9b", "\u202e", "\u2066", "\x00", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_stripped(text):
    assert not set(clean(f"a{text}b")) - set("ab[31m")


def test_line_breaks_tabs_and_letters_are_no_control_characters():
    assert clean("a\n\tÄ電🙈") == "a\n\tÄ電🙈"


def test_an_envelope_without_catalogue_says_so():
    assert envelope("x", None, {}, []) == {
        "schema": "lineage.x/1",
        "at": None,
        "as_of": None,
        "catalogue": None,
        "summary": {},
        "results": [],
    }


def test_the_answer_goes_whole_to_the_file_asked_for(shop):
    said = shop("check", "--format", "json", "-o", "answer.json")
    assert (said.code, said.out) == (1, "")
    assert json.loads((shop.folder / "answer.json").read_text(encoding="utf-8")) == shop.json("check").data


def test_a_file_is_plain_whatever_the_terminal(shop):
    shop("check", "-o", "answer.txt")
    assert (shop.folder / "answer.txt").read_text(encoding="utf-8") == shop("check").out


@pytest.mark.parametrize("out", ["gone/answer", "catalog", "catalog/uses.yaml/x"])
def test_a_file_that_cannot_be_written_is_used_wrongly(shop, out):
    for words in (("check",), ("schema",), ("element", "list"), ("export", "yaml"), ("pack", "list")):
        said = shop(*words, "-o", out)
        assert (said.code, said.out) == (2, "")


def test_options_mean_the_same_before_and_after_the_name_of_a_command(shop):
    plain = shop("query", "may", *SOUND_QUESTION, "--at", "2026-07-01", "--format", "json")
    assert plain.code == 1
    assert shop("--at", "2026-07-01", "--format", "json", "query", "may", *SOUND_QUESTION) == plain
    assert shop("--at", "2026-07-01", "query", "--format", "json", "may", *SOUND_QUESTION).code in {1, 2}
    assert (
        shop("--at", "2020-07-01", "query", "may", *SOUND_QUESTION, "--at", "2026-07-01", "--format", "json") == plain
    )


def test_the_catalogue_comes_from_the_option_then_the_environment_then_the_folder(shop):
    assert shop("check").code == 1
    shop.patch.setenv("LINEAGE_CATALOG", "sqlite:///gone.db")
    assert shop("check").code == 3
    assert shop("-C", "sqlite:///lineage.db", "check").code == 1
    assert shop("check", "-C", "sqlite:///lineage.db").code == 1
    assert shop("-C", "sqlite:///also-gone.db", "check", "-C", "sqlite:///lineage.db").code == 1
    assert "also-gone" in shop("-C", "sqlite:///also-gone.db", "check").err


def test_quiet_prints_no_notes_and_still_every_error(shop):
    assert shop("-q", "apply", "catalog", "--yes").err == ""
    assert shop("query", "purposes", PHONE, "-q").err == ""
    assert "there is no element" in shop("-q", "check", "nobody").err


@pytest.mark.parametrize(
    "words",
    [("chek",), ("query", "mayy"), ("check", "--formt", "json"), ("check", "--format", "xml"), ("query", "may")],
)
def test_a_slip_on_the_command_line_is_used_wrongly_with_a_hint(shop, words):
    said = shop(*words)
    assert (said.code, said.out) == (2, "")
    assert "lineage" in said.err


@pytest.mark.parametrize("words", [("--help",), ("check", "--help"), ("query", "may", "-h"), ("--version",)])
def test_help_is_an_answer(bare, words):
    said = bare(*words)
    assert said.code == 0
    assert said.out


def test_no_password_of_an_address_is_ever_shown(bare):
    said = bare("-C", "postgresql://rina:geheim@127.0.0.1:1/x?connect_timeout=1", "check")
    assert said.code == 3
    assert "geheim" not in said.err
