"""Files into text: the size and the encoding are bounded before anything is understood."""

from __future__ import annotations

import os
import time

import pytest

from lineage.intake.text import LIMIT, read_text
from lineage.source import Problem


@pytest.fixture
def file(tmp_path):
    return tmp_path / "elements.yaml"


def test_a_file_at_the_limit_is_read_whole(file):
    file.write_bytes(b"#" * LIMIT)
    assert read_text(file, "elements.yaml") == "#" * LIMIT


def test_a_file_one_byte_over_the_limit_is_refused_with_its_size(file):
    file.write_bytes(b"#" * (LIMIT + 1))
    problem = read_text(file, "elements.yaml")
    assert isinstance(problem, Problem)
    assert problem.message == "the file has 16.0 MiB, the limit is 16 MiB"


@pytest.mark.parametrize("size", [17 * 1024 * 1024, 50_000_000, 1 << 40])
def test_a_huge_sparse_file_is_refused_at_once(file, size):
    file.touch()
    os.truncate(file, size)
    begun = time.monotonic()
    problem = read_text(file, "elements.yaml")
    assert isinstance(problem, Problem)
    assert "the limit is 16 MiB" in problem.message
    assert problem.fix == "spread its sections over several files"
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"\xff\xfeelements", 1, "byte 0 is 0xff"),
        (b"elements:\n- {key: a, title: caf\xe9}\n", 2, "byte 31 is 0xe9"),
        (b"a\nb\nc: \xf0\x28\x8c\x28\n", 3, "byte 7 is 0xf0"),
        (b"title: \xed\xa0\x80\n", 1, "byte 7 is 0xed"),
        (b"title: \xc0\xaf\n", 1, "byte 7 is 0xc0"),
    ],
    ids=["utf-16", "latin-1", "cut short", "a surrogate", "overlong"],
)
def test_what_is_not_utf_8_is_refused_at_its_line(file, data, line, what):
    file.write_bytes(data)
    problem = read_text(file, "elements.yaml")
    assert isinstance(problem, Problem)
    assert (problem.place.line, problem.undecodable) == (line, True)
    assert what in problem.message
    assert problem.fix == "save it as UTF-8"


def test_a_byte_order_mark_is_left_out(file):
    file.write_bytes(b"\xef\xbb\xbfelements:\n")
    assert read_text(file, "elements.yaml") == "elements:\n"


def test_a_file_that_is_gone_or_a_folder_is_a_problem_and_no_crash(tmp_path):
    for path in (tmp_path / "gone.yaml", tmp_path):
        problem = read_text(path, "x.yaml")
        assert isinstance(problem, Problem)
        assert problem.undecodable
        assert "cannot be read" in problem.message
