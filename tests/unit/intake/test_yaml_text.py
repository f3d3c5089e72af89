"""YAML into plain data: no tags, no anchors, bounded depth, YAML 1.2 scalars, a line for everything."""

from __future__ import annotations

import time

import pytest

from lineage.intake.text import DEPTH
from lineage.intake.yaml_text import plain_scalar, read_yaml, write_yaml
from lineage.source import line_of


def problem_of(text):
    data, problems = read_yaml(text, "a.yaml")
    assert data is None
    (problem,) = problems
    return problem


@pytest.mark.parametrize(
    "word", ["NO", "no", "on", "off", "yes", "y", "n", "On", "OFF", "Yes", "TrUe", "nULL", "null "]
)
def test_only_the_words_of_yaml_1_2_are_more_than_text(word):
    data, problems = read_yaml(f"country: {word}\n", "a.yaml")
    assert not problems
    assert data == {"country": word.strip() if word != "null " else None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2.50", "2.50"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("999999999999999", 999999999999999),
        ("1000000000000000", "1000000000000000"),
        ("9" * 5000, "9" * 5000),
        ("2026-03-31", "2026-03-31"),
        ("2026-03-31T10:00:00Z", "2026-03-31T10:00:00Z"),
        ("<<", "<<"),
        ("=", "="),
    ],
)
def test_a_plain_scalar_is_what_it_says(text, value):
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


@pytest.mark.parametrize("text", ['"12"', "'true'", '"null"', '""', "|-\n  12", ">-\n  true"])
def test_what_is_quoted_or_a_block_stays_text(text):
    data, problems = read_yaml(f"a: {text}\n", "a.yaml")
    assert not problems
    assert type(data["a"]) is str


def test_a_merge_key_is_a_key_like_any_other():
    assert read_yaml("<<: {a: b}\n", "a.yaml")[0] == {"<<": {"a": "b"}}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: !!python/object/apply:os.system [echo]\n", "tags (tag:yaml.org,2002:python/object/apply:os.system)", 1),
        ("a: b\nc: !!str 12\n", "tags (tag:yaml.org,2002:str)", 2),
        ("a: !own 12\n", "tags (!own)", 1),
        ("a: !!map {b: c}\n", "tags (tag:yaml.org,2002:map)", 1),
        ("a: !!binary aGVsbG8=\n", "tags (tag:yaml.org,2002:binary)", 1),
        ("a: &x 1\n", "anchors (&x)", 1),
        ("a: [1]\nb: &x {c: d}\n", "anchors (&x)", 2),
        ("a: *x\n", "aliases (*x)", 1),
        ("a: b\n---\nc: d\n", "second document", 2),
        ("a: 1\n...\n---\nb: 2\n", "second document", 3),
        ("? [a, b]\n: c\n", "a key must be a single word or text", 1),
        ("{a: b}: c\n", "a key must be a single word or text", 1),
    ],
)
def test_what_could_do_harm_or_confuse_is_refused_at_its_line(text, message, line):
    problem = problem_of(text)
    assert message in problem.message
    assert problem.place.line == line
    assert problem.fix


def test_a_bomb_of_aliases_goes_off_at_its_first_anchor():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
    )
    assert problem_of(bomb).message == "anchors (&a) are not accepted"


@pytest.mark.parametrize(
    "text",
    [
        "a: [b\n",
        "a: b: c\n",
        "a:\n\t- b\n",
        "\tkey: a\n",
        "a: 'b\n",
        "a: @b\n",
        "a: %b\n",
        "- a\nb: c\n",
        "{a: b\n",
        "a: \x07\n",
    ],
)
def test_what_is_no_yaml_is_said_to_be_none_at_a_line(text):
    problem = problem_of(text)
    assert problem.message.startswith("this is not YAML: ")
    assert problem.place.line >= 1


@pytest.mark.parametrize("char", ["\x00", "\x01", "\x1b", "\x7f", "\ufffe"])
@pytest.mark.parametrize("form", ["a: x{}y\n", "b: c\na: 'x{}y'\n"])
def test_a_control_character_is_refused(char, form):
    assert problem_of(form.format(char)).message.startswith("this is not YAML: ")


@pytest.mark.parametrize("escape", ["\\u001b", "\\0", "\\uD800"])
def test_an_escaped_character_is_for_the_models_to_judge_and_no_crash(escape):
    data, problems = read_yaml(f'a: "{escape}"\n', "a.yaml")
    assert data or problems


@pytest.mark.parametrize(
    "make", [lambda n: "a: " + "[" * n + "]" * n, lambda n: "a:\n" + "".join("  " * i + "b:\n" for i in range(1, n))]
)
def test_depth_is_bounded(make):
    assert not read_yaml(make(DEPTH - 1), "a.yaml")[1]
    assert problem_of(make(DEPTH + 1)).message == f"the file is nested deeper than {DEPTH} levels"


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000])
def test_a_hundred_thousand_levels_are_refused_quickly(text):
    begun = time.monotonic()
    assert "nested deeper than 64 levels" in problem_of(text).message or "key" in problem_of(text).message
    assert time.monotonic() - begun < 2


def test_each_repeated_key_is_a_problem_and_the_first_one_counts():
    data, problems = read_yaml("a: 1\nb: {c: 1, c: 2}\na:\n- 3\n- {d: 4}\ne: 5\n", "a.yaml")
    assert data == {"a": 1, "b": {"c": 1}, "e": 5}
    assert [(p.place.line, p.message) for p in problems] == [
        (2, "c is written twice, first in line 2"),
        (3, "a is written twice, first in line 1"),
    ]


def test_keys_that_look_like_numbers_and_words_are_text():
    assert read_yaml("1: a\ntrue: b\nnull: c\n", "a.yaml")[0] == {"1": "a", "true": "b", "null": "c"}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "--- ~\n", "\n\n"])
def test_an_empty_document_is_nothing_and_no_problem_of_its_own(text):
    assert read_yaml(text, "a.yaml") == (None, [])


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_count_alike_however_they_end(ends):
    data, problems = read_yaml(ends.join(["a: 1", "b:", "- c: 2", "  d: [3,", "      4]", ""]), "a.yaml")
    assert not problems
    assert data == {"a": 1, "b": [{"c": 2, "d": [3, 4]}]}
    assert line_of(data, ("b", 0, "d", 1)) == 5


def test_what_was_not_written_has_the_line_of_its_nearest_ancestor():
    data, _ = read_yaml("a: 1\nb:\n- c: 2\n", "a.yaml")
    assert line_of(data, ("b", 0, "nothing")) == 3
    assert line_of(data, ("b", 9, "nothing")) == 2
    assert line_of(data, ("nothing",)) == 1


def test_letters_of_every_script_and_pictures_arrive_as_they_are():
    text = "a: Grüße 電話 نام 🙈 e\u0301\nb: '\u202eabc'\n"
    assert read_yaml(text, "a.yaml")[0] == {"a": "Grüße 電話 نام 🙈 e\u0301", "b": "\u202eabc"}


@pytest.mark.parametrize(
    "value",
    ["NO", "true", "12", "1e3", "~", "", " a ", "a: b", "- a", "#", "a\nb", "a\n", "\ta", "'", '"', "&a", "*a", "!a",
     "%", "@", "`",
     "2026-03-31", "🙈", "null", "<<", "=", "0x1F", "a #b", "[", "{", "a\u2028b", "a\x85b", "\ufeffa", "\x7f", "\x1b",
      "a\r\nb", "x" * 300],
)  # fmt: skip
def test_text_that_is_written_is_read_back_the_same(value):
    data, problems = read_yaml(write_yaml({"a": value, "b": [value, {value or "k": value}]}), "a.yaml")
    assert not problems
    assert data == {"a": value, "b": [value, {value or "k": value}]}
