"""Bad declarations at the command line: everything wrong is said, nothing is written, and the exit code tells which."""

from __future__ import annotations

import os
import time

import pytest

from tests.journeys.shop import ELEMENTS, SURROUNDINGS, USES

REFUSED = {
    "a typing slip": ("elements:\n- {key: a, kind: identiti}\n", "did you mean identity?"),
    "an unknown reference": (USES.replace("notice-7", "notice-8"), "did you mean notice-7?"),
    "a day that does not exist": ("assessments:\n- {key: a, approved: 2026-02-30}\n", "2026-02-30 is not a day of the calendar"),
    "a circle": ("purposes:\n- {key: A, broader: [B]}\n- {key: B, broader: [A]}\n", "A → B → A"),
    "an allow without process": ("uses: [{element: customer.email, purpose: CustomerCare, effect: allow}]\n", "needs a process"),
    "a window that ends early": ("statements: [{key: s, in_force: {from: 2026-03-02, until: 2026-03-01}}]\n", "before it begins"),
    "a tag": ("a: !!python/object/apply:os.system [echo]\n", "tags (tag:yaml.org,2002:python/object/apply:os.system)"),
    "an anchor": ("elements: &a []\nuses: *a\n", "anchors (&a) are not accepted"),
    "brackets without end": ("elements: " + "[" * 100_000, "nested deeper than 64 levels"),
    "a second document": ("elements: []\n---\nuses: []\n", "second document"),
    "no YAML": ("elements: [\n", "this is not YAML"),
    "a control character": ("elements: [{key: a, title: \x1b[31mred}]\n", "U+001B"),
    "nothing": ("", "the file declares nothing"),
    "a key twice": ("elements: [{key: a}]\nelements: []\n", "elements is written twice, first in line 1"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_declarations_with_a_problem_are_refused_with_exit_code_1_and_nothing_is_written(shop, text, sentence):
    before = shop.size
    file = shop.write("more.yaml", text)
    for words in (("apply", file, "--yes"), ("apply", file, "--plan"), ("check", "--with", file)):
        said = shop(*words)
        assert (said.code, said.out) == (1, "")
        assert sentence in said.err
        assert "  where  " in said.err
        assert "more.yaml" in said.err
        assert "  fix    " in said.err
        assert "nothing was written" in said.err
    assert shop.size == before


@pytest.mark.parametrize("name", ["latin.yaml", "latin.json"])
def test_a_file_that_is_not_utf_8_cannot_be_answered(shop, name):
    before = shop.size
    file = shop.write(f"more/{name}", "elements: [{key: a, title: café}]".encode("latin-1"))
    shop.write("more/sound.yaml", "elements: [{key: b}]\n")
    for words in (("apply", file.parent, "--yes"), ("check", "--with", file)):
        said = shop(*words)
        assert (said.code, said.out) == (3, "")
        assert "is not UTF-8" in said.err
    assert shop.size == before


@pytest.mark.parametrize(("size", "holds"), [(17 * 1024 * 1024, True), (50_000_000, False)])
def test_a_file_over_the_limit_is_refused_quickly(shop, size, holds):
    file = shop.write("more.yaml", b"#" * size if holds else b"")
    os.truncate(file, size)
    begun = time.monotonic()
    said = shop("apply", file, "--yes")
    assert said.code == 1
    assert "the limit is 16 MiB" in said.err
    assert time.monotonic() - begun < 5


def test_the_problems_of_several_files_come_in_one_run_sorted_by_file_and_line(shop):
    before = shop.size
    shop.write("more/b.yaml", "elements:\n- {key: B}\n- {key: c, kind: x}\n")
    shop.write("more/a.json", '{"elements": [{"key": "a", "key": "b"}]}')
    shop.write("more/sound.yaml", "elements: [{key: sound}]\n")
    said = shop("apply", "more", "--yes")
    places = [line.split()[1] for line in said.err.splitlines() if line.startswith("  where")]
    assert places == ["more/a.json:1", "more/b.yaml:2", "more/b.yaml:3"]
    assert said.err.endswith("3 problems; nothing was written\n")
    assert shop.size == before


def test_a_thousand_problems_are_counted_and_only_some_are_listed(shop):
    file = shop.write("more.yaml", "elements:\n" + "".join(f"- {{key: K{n}}}\n" for n in range(1000)))
    said = shop("apply", file)
    assert said.err.count("is no key") == 200
    assert "… and 800 more; -v prints them all" in said.err
    assert shop("apply", file, "-v").err.count("is no key") == 1000


@pytest.mark.parametrize("make", [(), (".hidden.yaml", ".git/config.yaml"), ("README.md",)])
def test_a_folder_without_declarations_is_used_wrongly(shop, make):
    (shop.folder / "more").mkdir()
    for name in make:
        shop.write(f"more/{name}", "elements: []\n")
    said = shop("apply", "more")
    assert (said.code, said.out) == (2, "")
    assert "there are no declarations in more" in said.err


def test_a_missing_path_is_used_wrongly_although_others_exist(shop):
    before = shop.size
    said = shop("apply", "catalog", "gone.yaml", "--yes")
    assert said.code == 2
    assert "there is no file or folder gone.yaml" in said.err
    assert shop.size == before


def test_an_undecodable_file_beats_declarations_with_problems(shop):
    shop.write("more/a.yaml", b"\xff")
    shop.write("more/b.yaml", "elements: [{key: B}]\n")
    said = shop("apply", "more", "--yes")
    assert said.code == 3
    assert "2 problems" in said.err


def test_what_looks_odd_and_is_sound_arrives_as_it_was_written(empty):
    title = "Größe 電話 شماره 🙈"
    entry = f"elements:\n- {{key: a, title: '{title}', description: 2.50, also_known_as: ['on', NO, 99999999999999999999]}}\n"
    empty.write("catalog/a.yaml", "\ufeff" + entry.replace("\n", "\r\n") + "audiences: [{key: b, countries: [NO]}]\r\n")
    assert empty("apply", "catalog", "--yes").code == 0
    (shown,) = empty.json("element", "show", "a").results
    assert shown["declared"]["title"] == title
    assert shown["declared"]["description"] == "2.50"
    assert shown["declared"]["also_known_as"] == ["on", "NO", "99999999999999999999"]
    assert empty.json("audience", "show", "b").results[0]["countries"] == ["NO"]


@pytest.mark.parametrize(
    "text",
    ['{"elements": [{"key": "a", "title": "\\ud83d"}]}', '{"elements": [{"key": "a", "title": "a\\u0000"}]}',
     '{"elements": [{"key": "a", "\\ud800": 1}]}', '{"\\udfff": []}', '{"uses": [{"element": "\\ud800"}]}'],
)  # fmt: skip
def test_half_characters_and_nul_in_json_are_refused(shop, text):
    before = shop.size
    said = shop("apply", shop.write("more.json", text), "--yes")
    assert said.code == 1
    assert shop.size == before


def test_right_to_left_marks_are_kept_and_never_printed(empty):
    empty.write("catalog/a.yaml", 'elements: [{key: a, title: "abc\\u202Edef\\e[31m"}]\n')
    assert empty("apply", "catalog", "--yes").code == 0
    for form in ("table", "plain", "csv"):
        said = empty("element", "list", "--format", form)
        assert "abcdef[31m" in said.out
        assert "\u202e" not in said.out
        assert "\x1b[31m" not in said.out
    assert empty.json("element", "list").results[0]["title"] == "abc\u202edef\x1b[31m"
    for words in (("element", "show", "a"), ("explain", "a"), ("check",)):
        shown = empty(*words, "--format", "table", "--color", "never").out
        assert not {"\u202e", "\x1b"} & set(shown)


def test_a_problem_names_the_file_as_it_was_named(shop):
    shop.write("more/a.yaml", "elements: [{key: A}]\n")
    for name in ("more", "./more", shop.folder / "more"):
        assert f"  where  {shop.folder if str(name).startswith('/') else ''}" in shop("apply", name).err
    assert "more/a.yaml:1  elements[0].key" in shop("apply", "more").err


def test_whole_catalogues_in_one_file_or_several_are_one_catalogue(empty):
    empty.write("one.yaml", SURROUNDINGS + ELEMENTS + USES)
    assert empty("apply", "one.yaml", "--yes").code == 0
    digest = empty.digest
    empty.declare(folder="several")
    said = empty("apply", "several", "--yes")
    assert (said.code, empty.digest) == (0, digest)


def test_a_file_name_that_is_no_text_is_no_crash(shop):
    before = shop.size
    name = os.fsencode(shop.folder) + b"/more\xff.yaml"
    with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path of bytes
        file.write("elements: [{key: A}]\n")
    assert shop("apply", ".").code == 1
    with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123 - as above
        file.write("elements: [{key: a}]\n")
    assert shop("apply", ".", "--yes").code == 0
    assert shop.size > before
    assert shop.json("element", "show", "a").code == 0


def test_an_argument_that_is_not_utf_8_is_used_wrongly(shop):
    for words in (("query", "may", "a", "b\udcff", "--for", "c"), ("explain", "\udcff"), ("apply", "\udcff.yaml")):
        said = shop(*words)
        assert (said.code, said.out) == (2, "")
        assert "not UTF-8" in said.err
