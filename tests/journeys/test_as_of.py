"""What was known earlier: every command answers with it or refuses to, and never takes it for the day asked about."""

from __future__ import annotations

import json

import click
import pytest

from lineage.cli.main import cli
from lineage.cli.options import PAST
from lineage.store import schema
from tests.journeys.shop import ELEMENTS, SOUND_QUESTION, SURROUNDINGS, USES
from tests.journeys.test_recording import INSIGHT, OUTCOME, USE

PHONE = "customer.phone_number"
THEN = "2026-08-15"
FORMS = ("table", "plain", "jsonl", "csv")


def leaves(group, path=()):
    context = click.Context(group, info_name="lineage")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


def anything(parameter):
    """Give a word that fits a parameter, so that a command gets as far as its times."""
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    if isinstance(parameter.type, click.types.IntParamType):
        return "1"
    if isinstance(parameter.type, click.Path):
        return "catalog" if parameter.type.dir_okay else "catalog/uses.yaml"
    return "1"


def words_for(command):
    words = []
    for parameter in command.params:
        needed = parameter.required or (isinstance(parameter, click.Argument) and parameter.nargs == -1)
        if needed and isinstance(parameter, click.Argument):
            words += [anything(parameter)] * max(parameter.nargs, 2 if command.name == "diff" else 1)
        elif needed:
            words += [parameter.opts[0], anything(parameter)]
    return words


COMMANDS = {" ".join(path): (path, command) for path, command in leaves(cli)}


def test_the_list_of_commands_that_look_back_names_commands():
    assert set(COMMANDS) >= PAST
    assert len(COMMANDS) > len(PAST) > 20


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_looks_back_or_refuses_to(shop, name):
    path, command = COMMANDS[name]
    said = shop(*path, *words_for(command), "--as-of", "2020-01-01")
    assert said.out == ""
    if name in PAST - {"diff"}:
        assert (said.code, "the catalogue held nothing yet at 2020-01-01T23:59:59+00:00" in said.err) == (3, True), said
    else:
        assert (said.code, "leave out --as-of" in said.err) == (2, True), said


@pytest.mark.parametrize("name", sorted(PAST - {"diff"}))
def test_every_command_that_looks_back_knows_entries_of_the_journal(shop, name):
    path, command = COMMANDS[name]
    last = shop.json("check").data["catalogue"]["sequence"]
    said = shop(*path, *words_for(command), "--as-of", f"@{last + 1}")
    assert (said.code, said.out) == (2, "")
    assert f"there is no journal entry {last + 1}: the last one is {last}" in said.err
    assert f"choose one from @0 to @{last}" in said.err


@pytest.fixture
def changed(shop):
    """A shop whose second use was closed on the day asked from, a month after it was made."""
    assert shop("outcome", "record", *USE, *OUTCOME).code == 0
    assert shop("insight", "record", *USE, *INSIGHT).code == 0
    return shop


def test_a_time_and_an_entry_are_both_resolved_to_both(changed):
    now, by_day = changed.json("check"), changed.json("check", "--as-of", THEN)
    sequence = by_day.data["catalogue"]["sequence"]
    assert now.data["catalogue"]["sequence"] == sequence + 2
    by_entry = changed.json("check", "--as-of", f"@{sequence}")
    assert by_entry.data["as_of"] == by_entry.data["at"] == "2026-08-01T14:00:00+02:00"
    assert by_entry.data["catalogue"] == by_day.data["catalogue"]
    assert [r["effect"] for r in by_entry.results] == [r["effect"] for r in by_day.results] == ["allow", "deny"]
    assert [r["effect"] for r in now.results] == ["allow", "allow"]


def test_an_entry_inside_a_command_stands_for_all_of_it_since_nobody_saw_half_of_it(shop):
    commands: dict[str, list[int]] = {}
    for entry in shop.json("log", "list").results:
        commands.setdefault(entry["command"], []).append(entry["sequence"])
    assert len(commands) > 1
    for entries in commands.values():
        for number in (entries[0], entries[len(entries) // 2], entries[-1]):
            resolved = shop.json("process", "list", "--as-of", f"@{number}").data["catalogue"]["sequence"]
            assert resolved == entries[-1]


TOLD = [
    ("query", "may", *SOUND_QUESTION), ("element", "list"), ("explain", PHONE), ("process", "list"), ("pack", "list"),
    ("forecast",), ("expectations",), ("export", "yaml"), ("report", "-o", "r.html"), ("log", "show", "1"),
    *((*words, "--format", form) for words in (("check",), ("log", "list")) for form in FORMS),
]  # fmt: skip


@pytest.mark.parametrize("words", TOLD)
def test_people_are_told_on_stderr_what_it_was_resolved_to(changed, words):
    sequence = changed.json("process", "list", "--as-of", THEN).data["catalogue"]["sequence"]
    assert f"as of 2026-08-15T23:59:59+02:00 (journal entry {sequence})\n" in changed(*words, "--as-of", THEN).err
    assert "as of" not in changed(*words, "--as-of", THEN, "-q").err


def test_nothing_is_said_of_it_where_nobody_asked_or_the_answer_says_it(changed):
    assert "as of" not in changed("check", "--at", THEN).err
    assert "as of" not in changed("check", "--format", "json", "--as-of", THEN).err


@pytest.mark.parametrize("text", ["@", "@x", "@-1", "@1.5", "@ 1", "1", "entry 1"])
def test_what_is_neither_a_time_nor_an_entry_is_used_wrongly(shop, text):
    said = shop("check", "--as-of", text)
    assert (said.code, said.out) == (2, "")
    assert "--as-of: " in said.err


def test_an_entry_is_no_instant_a_question_could_be_about(shop):
    said = shop("check", "--at", "@3")
    assert (said.code, said.out) == (2, "")
    assert "--at: '@3' is neither a day" in said.err


FUTURE = ["2026-09-02", "2027-01-01", "2026-09-01T12:00:01Z", "2026-09-01T14:00:01+02:00", "9999-12-31"]


@pytest.mark.parametrize("text", FUTURE)
@pytest.mark.parametrize("words", [("query", "may", *SOUND_QUESTION), ("check",), ("log", "list"), ("element", "list")])
def test_what_will_be_known_nobody_can_ask(shop, words, text):
    said = shop(*words, "--as-of", text)
    assert (said.code, said.out) == (2, "")
    assert f"error: --as-of: {text} lies in the future, of which nothing is known yet" in said.err
    assert "leave out --as-of; --at asks what will hold on a day to come" in said.err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("now", "2026-09-01T14:00:00+02:00"),
        ("2026-09-01", "2026-09-01T23:59:59+02:00"),
        ("2026-09-01T12:00:00Z", "2026-09-01T14:00:00+02:00"),
    ],
)
def test_a_day_that_has_begun_is_known_up_to_now(shop, text, shown):
    said = shop.json("query", "may", *SOUND_QUESTION, "--as-of", text)
    assert (said.code, said.data["as_of"]) == (0, shown)


def test_before_anything_was_written_nothing_can_be_answered(bare):
    schema.upgrade(f"sqlite:///{bare.folder / 'lineage.db'}")
    for text in ("@0", "@7", THEN):
        said = bare("check", "--as-of", text)
        assert (said.code, said.out) == (3, "")
    assert bare("pack", "list", "-C", "sqlite:///gone.db", "--as-of", THEN).code == 3


def test_the_two_times_are_not_mixed_up(changed):
    both = changed.json("check", "--as-of", THEN, "--at", "2027-06-01")
    assert (both.data["as_of"], both.data["at"]) == ("2026-08-15T23:59:59+02:00", "2027-06-01T23:59:59+02:00")
    assert {r["effect"] for r in both.results} == {"deny"}
    asked = changed.json("check", "--at", THEN)
    assert asked.data["as_of"] == "2026-09-01T14:00:00+02:00"
    assert asked.data["catalogue"]["sequence"] > both.data["catalogue"]["sequence"]


def test_now_is_the_catalogue_of_today_even_when_the_clock_was_set_back(changed):
    today = changed.json("check")
    changed.patch.setenv("SOURCE_DATE_EPOCH", "1785700000")
    back = changed.json("check", "--as-of", "now", "--at", today.data["at"])
    assert back.data["catalogue"] == today.data["catalogue"]
    assert back.results == today.results


def test_a_day_ends_in_the_zone_the_catalogue_had_then(shop):
    before = shop.json("check", "--as-of", THEN).data
    moved = {"surroundings.yaml": SURROUNDINGS.replace("Europe/Berlin", "Pacific/Auckland"), "elements.yaml": ELEMENTS}
    assert shop("-q", "apply", shop.declare(moved | {"uses.yaml": USES}), "--yes").code == 0
    assert shop.json("check", "--as-of", THEN).data == before
    assert shop.json("check").data["as_of"] == "2026-09-02T00:00:00+12:00"
    assert shop.json("check", "--as-of", "2026-09-01").data["as_of"] == "2026-09-01T23:59:59+02:00"
    assert shop.json("check", "--as-of", "2026-09-02").data["as_of"] == "2026-09-02T23:59:59+12:00"


@pytest.mark.parametrize("words", [("check", "--with", "catalog"), ("diff", "--with", "catalog")])
def test_declarations_are_laid_over_today_only(shop, words):
    said = shop(*words, "--as-of", THEN)
    assert (said.code, said.out) == (2, "")
    assert "--with lays declarations over the catalogue of today" in said.err


def test_two_entries_are_compared_as_two_instants_are(changed):
    last = changed.json("check").data["catalogue"]["sequence"]
    by_entry, by_day = changed.json("diff", f"@{last - 2}", f"@{last}"), changed.json("diff", THEN, "now")
    assert (by_entry.code, by_entry.results) == (0, by_day.results)
    sides = by_entry.data["summary"]
    assert (sides["before"]["sequence"], sides["after"]["sequence"]) == (last - 2, last)
    assert sides["deny_to_allow"] == 1
    half = changed.json("diff", f"@{last - 1}", "now").results
    assert [(r["what"], r.get("kind")) for r in half] == [("answer", None), ("document", "insight")]


@pytest.mark.parametrize(("a", "b"), [("@99999", "now"), ("now", "@99999"), ("@x", "now"), ("now", "@")])
def test_comparing_with_an_entry_that_is_not_there_is_used_wrongly(shop, a, b):
    assert shop("diff", a, b).code == 2


def test_a_report_of_an_earlier_day_speaks_of_that_day(changed):
    assert changed("report", "--as-of", THEN, "-o", "then.html").code == 0
    assert changed("report", "--as-of", "2026-08-20", "--at", THEN, "-o", "again.html").code == 0
    then, again = ((changed.folder / name).read_text(encoding="utf-8") for name in ("then.html", "again.html"))
    assert "2026-08-15T23:59:59+02:00" in then
    assert again.count("2026-08-20") > 0
    assert json.dumps("slot-first") not in then
