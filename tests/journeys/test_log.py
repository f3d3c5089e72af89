"""The journal read by an auditor: what was changed, when, by whom and why, and all that is kept of it."""

from __future__ import annotations

import csv
import io
import json
import os
from base64 import b64encode

import pytest

from lineage.store.merkle import root_from_inclusion
from tests.journeys.console import unguarded
from tests.journeys.test_recording import INSIGHT, OUTCOME, USE

COLUMNS = ["sequence", "at", "by", "operation", "kind", "key", "version", "command", "reason"]
KEY = "customer.phone_number/slot-planning/AgreeDeliverySlot"
MAIL = '{"elements": [{"key": "customer.email", "title": "Mail", "steward": "budi"}, {"key": "x", "title": "X"}]}'


@pytest.fixture
def kept(shop):
    """A shop where Dewi recorded two things on the first of September, and Rina changed an element on the second."""
    assert shop("outcome", "record", *USE, *OUTCOME, "--by", "dewi", "--reason", "as agreed").code == 0
    assert shop("insight", "record", *USE, *INSIGHT, "--by", "dewi", "--request", "r-1").code == 0
    shop.write("more.json", MAIL)
    shop.patch.setenv("SOURCE_DATE_EPOCH", "1788350400")
    assert shop("-q", "apply", "more.json", "--yes", "--on-conflict", "mine", "--by", "rina").code == 0
    return shop


def rows(said):
    return [json.loads(line) for line in said.out.splitlines()]


def test_every_change_is_listed_the_newest_last(kept):
    said = kept.json("log", "list")
    assert (said.code, said.data["schema"]) == (0, "lineage.log.list/1")
    numbers = [result["sequence"] for result in said.results]
    assert numbers == list(range(said.data["catalogue"]["sequence"] + 1))
    assert [(r["by"], r["operation"], r["kind"], r["key"], r["version"], r["reason"]) for r in said.results[-4:]] == [
        ("dewi", "add", "outcome", f"{KEY}#q2", 1, "as agreed"),
        ("dewi", "add", "insight", f"{KEY}#slot-first", 1, None),
        ("rina", "change", "element", "customer.email", 2, None),
        ("rina", "add", "element", "x", 1, None),
    ]
    assert [r["at"] for r in said.results[-4:]] == ["2026-09-01T14:00:00+02:00"] * 2 + ["2026-09-02T14:00:00+02:00"] * 2


def test_the_entries_of_one_command_are_recognised(kept):
    commands = [result["command"] for result in kept.json("log", "list").results]
    assert len(set(commands[-4:])) == 3
    assert commands[-1] == commands[-2]
    assert kept("log", "list", "--command", commands[-1][:8]).out.count("\n") == 2
    shown = kept("log", "list", "--format", "table", "--limit", "2").out
    assert shown.count(commands[-1][:8]) == 2
    assert commands[-1] not in shown


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--by", "dewi"), 2),
        (("--by", "rina"), 2),
        (("--by", "nobody"), 0),
        (("--kind", "outcome", "--since", "2026-09-01"), 1),
        (("--key", "customer.email"), 2),
        (("--kind", "element", "--key", "customer.email", "--by", "rina"), 1),
        (("--since", "2026-09-01"), 4),
        (("--since", "2026-09-02"), 2),
        (("--since", "2026-09-01", "--until", "2026-09-01"), 2),
        (("--since", "2026-09-01T12:00:00Z", "--until", "2026-09-01T11:59:59Z"), 0),
        (("--since", "2027-01-01"), 0),
        (("--until", "2020-01-01"), 0),
        (("--until", "@2"), 3),
        (("--since", "@1", "--until", "@2"), 2),
        (("--limit", "3"), 3),
        (("--by", "dewi", "--limit", "1"), 1),
        (("--since", "2026-09-01", "--as-of", "2026-09-01"), 2),
        (("--limit", "1000000"), None),
    ],
)
def test_entries_are_chosen_and_come_the_same_in_every_form(kept, words, count):
    said = kept.json("log", "list", *words)
    assert said.code == 0
    assert count is None or len(said.results) == count
    assert rows(kept("log", "list", *words, "--format", "jsonl")) == said.results
    assert len(kept("log", "list", *words).rows) == len(said.results)
    table = list(csv.reader(io.StringIO(kept("log", "list", *words, "--format", "csv").out)))
    assert table[0] == COLUMNS
    assert [row[0] for row in table[1:]] == [str(result["sequence"]) for result in said.results]
    assert ("no journal entry fits" in said.err) == (not said.results)


def test_the_newest_are_kept_when_there_is_a_limit(kept):
    last = kept.json("check").data["catalogue"]["sequence"]
    assert [result["sequence"] for result in kept.json("log", "list", "--limit", "2").results] == [last - 1, last]


def test_who_asks_is_not_taken_for_whose_changes_are_asked_for(kept):
    everything = kept("log", "list").out
    assert kept("--by", "dewi", "log", "list").out == everything
    kept.patch.setenv("LINEAGE_USER", "dewi")
    assert kept("log", "list").out == everything


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("list", "--kind", "elemnt"), "there is no kind elemnt"),
        (("list", "--since", "tomorrow"), "--since: "),
        (("list", "--until", "@x"), "--until: "),
        (("list", "--limit", "0"), "--limit"),
    ],
)
def test_what_cannot_be_asked_is_used_wrongly_and_no_file_is_touched(kept, words, sentence):
    kept.write("answer.txt", "kept")
    for form in ("table", "plain", "json", "jsonl"):
        said = kept("log", *words, "--format", form, "-o", "answer.txt")
        assert (said.code, said.out) == (2, "")
        assert sentence in said.err
    assert (kept.folder / "answer.txt").read_text(encoding="utf-8") == "kept"


def test_a_list_goes_whole_to_a_file(kept):
    assert kept("log", "list", "--format", "jsonl", "-o", "log.jsonl").out == ""
    assert (kept.folder / "log.jsonl").read_text(encoding="utf-8") == kept("log", "list", "--format", "jsonl").out
    assert kept("log", "list", "-o", "gone/log.txt").code == 2


def test_a_terminal_is_shown_the_newest_unless_more_is_asked_for(kept):
    elements = [{"key": f"e{number:03d}", "title": "E"} for number in range(210)]
    kept.write("many.json", json.dumps({"elements": elements}))
    assert kept("-q", "apply", "many.json", "--yes", "--format", "json", "-o", os.devnull).code == 0
    said = kept("log", "list", "--format", "table")
    assert (said.out.count("\n"), "e209" in said.out, "e009" in said.out) == (201, True, False)
    assert "these are the newest 200" in said.err
    assert "e009" in kept("log", "list", "--format", "table", "-v").out
    assert "e009" in kept("log", "list", "--format", "plain").out
    assert kept("log", "list", "--format", "table", "--limit", "205").out.count("\n") == 206


def test_an_entry_is_shown_with_all_that_is_kept_of_it(kept):
    last = kept.json("check").data["catalogue"]["sequence"]
    said = kept.json("log", "show", last - 1)
    [entry] = said.results
    assert (said.code, said.data["summary"]) == (0, {"entries": 1, "first": last - 1, "last": last})
    assert entry["header"]["sequence"] == entry["sequence"] == last - 1
    assert (entry["how_known"], entry["header"]["actor"]) == ("stated", entry["actor"])
    assert (entry["header"]["payload"], entry["header"]["command"]) == (entry["payload"], entry["command"])
    assert (len(entry["leaf"]), len(entry["salt"]), entry["redacted"], entry["redaction"]) == (64, 32, False, None)
    values = {value["path"]: (value["before"], value["after"]) for value in entry["values"]}
    assert values["title"] == ("E-mail address", "Mail")
    assert values["steward"] == ("rina", "budi")
    assert values["description"] == ("Typed at checkout", None)


def test_people_read_it_in_words(kept):
    last = kept.json("check").data["catalogue"]["sequence"]
    out = kept("log", "show", f"@{last - 1}").out
    for part in (
        f"journal entry {last - 1}: change element customer.email, version 2", "2026-09-02T14:00:00+02:00 (2026-09-02T12:00",
        "rina (stated; actor ", f"entries {last - 1} to {last}", 'title: "E-mail address" → "Mail"', "reason   none said",
    ):  # fmt: skip
        assert part in out
    assert "request  r-1" in kept("log", "show", last - 2).out


def test_a_command_is_shown_with_all_its_entries(kept):
    listed = kept.json("log", "list", "--limit", "2").results
    for start in (listed[0]["command"], listed[0]["command"][:8]):
        if not start.isdigit():
            shown = kept.json("log", "show", start).results
            assert [entry["sequence"] for entry in shown] == [entry["sequence"] for entry in listed]


def test_a_retired_document_changes_no_value_and_a_long_one_is_not_listed(shop):
    assert shop.json("log", "show", "0").results[0]["values"] == []
    assert "too long to be listed" in shop("log", "show", "0").out


@pytest.mark.parametrize("what", ["99999", "@99999", "abcdef", "ffffffffffffffffffffffffffffffff", "x", "-", "1e3"])
def test_an_entry_that_is_not_there_is_no_and_names_those_that_are(kept, what):
    last = kept.json("check").data["catalogue"]["sequence"]
    said = kept("log", "show", "--", what)
    assert (said.code, said.out) == (1, "")
    assert f"there are entries 0 to {last}" in said.err


def test_the_log_of_an_earlier_day_ends_there(kept):
    last = kept.json("check").data["catalogue"]["sequence"]
    said = kept("log", "show", last, "--as-of", "2026-09-01")
    assert (said.code, f"there are entries 0 to {last - 2}" in said.err) == (1, True)
    assert kept("log", "show", last - 2, "--as-of", "2026-09-01").code == 0
    assert kept.json("log", "list", "--as-of", "2026-09-01").results[-1]["sequence"] == last - 2


def test_an_entry_is_proven_against_the_newest_checkpoint_once_there_is_one(bare):
    bare.patch.setenv("LINEAGE_KEY", str(bare.folder / "log.key"))
    assert bare("init", "--sample").code == 0
    bare.write("more.json", MAIL)
    assert bare("-q", "apply", "more.json", "--yes").code == 0
    last = bare.json("check").data["catalogue"]["sequence"]
    assert bare.json("log", "show", last).results[0]["proof"] is None
    assert "no checkpoint covers it yet" in bare("log", "show", last).out
    assert bare("log", "checkpoint").code == 0
    for number in (0, last // 2, last):
        entry = bare.json("log", "show", number).results[0]
        proof = entry["proof"]
        assert (proof["holds"], proof["size"], proof["root"] != entry["leaf"]) == (True, last + 1, True)
        hashes = [bytes.fromhex(part) for part in proof["hashes"]]
        root = root_from_inclusion(bytes.fromhex(entry["leaf"]), number, proof["size"], hashes)
        assert b64encode(root).decode() == proof["root"]
        assert proof["root"] in proof["checkpoint"]
        assert f"{len(hashes)} hashes lead to the root" in bare("log", "show", number).out


def test_a_name_that_was_taken_away_is_said_to_be(kept):
    unguarded(kept.folder / "lineage.db", "UPDATE actor SET name = NULL, salt = NULL WHERE name = 'dewi'")
    entry = kept.json("log", "list", "--kind", "outcome").results[-1]
    assert entry["by"] == "erased"
    assert "erased (stated; actor " in kept("log", "show", entry["sequence"]).out
