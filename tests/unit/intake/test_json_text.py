"""JSON into plain data, under the same bounds as YAML."""

from __future__ import annotations

import json
import time

import pytest

from lineage.intake.json_text import read_json
from lineage.intake.text import DEPTH
from lineage.source import line_of


def problem_of(text):
    data, problems = read_json(text, "a.json")
    assert data is None
    (problem,) = problems
    return problem


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, -2, true, false, null, "x"]}',
        '{"a": {}, "b": []}',
        ' \n{"a" : "\\u00e9\\n\\"" } \t',
        '"x"',
        "[]",
        "12",
    ],
)
def test_json_is_read_as_python_reads_it(text):
    assert read_json(text, "a.json") == (json.loads(text), [])


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.50", "1.50"), ("1e3", "1e3"), ("-0.1", "-0.1"), ("9" * 16, "9" * 16), ("9" * 5000, "9" * 5000)],
)
def test_numbers_that_would_lose_digits_stay_text(text, value):
    assert read_json(f'{{"a": {text}}}', "a.json")[0] == {"a": value}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "the file ends too early", 1),
        ('{"a": 1', "a comma or } is missing", 1),
        ('{"a": 1,}', "a key in quotes is missing", 1),
        ('{"a": 1}\n{"b": 2}', "something follows the document", 2),
        ('{\n"a" 1}', "a colon is missing", 2),
        ('{"a": [1 2]}', "a comma or ] is missing", 1),
        ('{"a": [1,]}', "a value is missing or not quoted", 1),
        ('{"a": NaN}', "a value is missing or not quoted", 1),
        ('{"a": Infinity}', "a value is missing or not quoted", 1),
        ("{a: 1}", "a key in quotes is missing", 1),
        ("{'a': 1}", "a key in quotes is missing", 1),
        ('{"a": "b', "unterminated string", 1),
        ('{"a": "\tb"}', "invalid control character", 1),
        ('{"a": "\\x"}', "invalid \\escape", 1),
        ('// a\n{"a": 1}', "a value is missing", 1),
        ('{"a": 01}', "a comma or } is missing", 1),
    ],
)
def test_what_is_no_json_is_said_at_its_line(text, message, line):
    problem = problem_of(text)
    assert problem.message.startswith(f"this is not JSON: {message}")
    assert problem.place.line == line


def test_repeated_keys_are_problems_at_every_depth_and_the_first_counts():
    data, problems = read_json('{"a": 1,\n"b": {"c": 1,\n"c": 2},\n"a": 3}', "a.json")
    assert data == {"a": 1, "b": {"c": 1}}
    assert [(p.place.line, p.message) for p in problems] == [
        (3, "c is written twice, first in line 2"),
        (4, "a is written twice, first in line 1"),
    ]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_bounded(opening, closing):
    inner = "1" if "a" in opening else ""
    assert not read_json(opening * DEPTH + inner + closing * DEPTH, "a.json")[1]
    deeper = DEPTH + 1
    assert "nested deeper than 64 levels" in problem_of(opening * deeper + inner + closing * deeper).message


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000])
def test_a_hundred_thousand_levels_are_refused_quickly(text):
    begun = time.monotonic()
    assert "nested deeper than 64 levels" in problem_of(text).message
    assert time.monotonic() - begun < 2


def test_every_value_knows_its_line():
    data, _ = read_json('{\n"a": [\n1,\n{"b": 2,\n"c": 3}]}', "a.json")
    assert [line_of(data, path) for path in (("a",), ("a", 0), ("a", 1), ("a", 1, "c"))] == [2, 3, 4, 5]


def test_a_pair_of_surrogates_is_one_letter_and_half_of_one_arrives_for_the_models_to_refuse():
    assert read_json('{"a": "\\ud83d\\ude48"}', "a.json")[0] == {"a": "🙈"}
    assert read_json('{"a": "\\ud83d"}', "a.json")[0] == {"a": "\ud83d"}
