"""Decisions as an auditor meets them: listed, explained, sealed, proved, exported and dropped."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from lineage.services.decision_log import open_log
from lineage.store.merkle import Frontier, leaf_hash
from tests.decisions import TIME, asked, keep, made, snapshot, url_of
from tests.journeys.console import sql
from tests.journeys.test_recording import INSIGHT, OUTCOME, USE

SOUND = asked()
OPEN = asked(process="slot-planning")._replace(purpose="AgreeDeliverySlot")
UNKNOWN = asked(element="customer.shoe_size")
DAY = 86_400_000_000


@pytest.fixture
def logged(shop):
    """A shop whose log holds an allow, a deny for an open cycle, and a deny for an unknown element."""
    shop.ids = keep(shop.folder, SOUND, OPEN, UNKNOWN)
    return shop


@pytest.fixture
def sealed(shop):
    """A shop whose log holds two sealed batches of three decisions, and two decisions that are not sealed yet."""
    shop.ids = keep(shop.folder, *[SOUND] * 6)
    assert shop("log", "seal-decisions", "--size", "3", "--by", "dewi").code == 0
    shop.ids += keep(shop.folder, *[OPEN] * 2, now=TIME + DAY)
    return shop


def lines(said):
    return [json.loads(line) for line in said.out.splitlines()]


def by_hand(shop, *statements):
    """Change the log as somebody can who owns its file: without what guards it."""
    with closing(sqlite3.connect(shop.folder / "lineage-decisions.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# --- Listing ---


def test_decisions_are_listed_the_newest_last_with_all_that_is_known(logged):
    said = logged.json("log", "decisions")
    assert (said.code, said.data["schema"]) == (0, "lineage.log.decisions/1")
    assert [one["id"] for one in said.results] == logged.ids
    assert [one["effect"] for one in said.results] == ["allow", "deny", "deny"]
    first = said.results[0]
    assert (first["caller"], first["process"], first["purpose"]) == ("checkout", "parcel-dispatch", "DeliveryOfGoods")
    assert (first["time"], first["at"]) == ("2026-09-01T12:00:00.000000Z",) * 2
    assert first["digest"] == logged.json("check").data["catalogue"]["digest"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--effect", "allow"], [0]),
        (["--effect", "deny"], [1, 2]),
        (["--process", "slot-planning"], [1]),
        (["--element", "customer.shoe_size"], [2]),
        (["--element", "customer.phone_number", "--effect", "deny"], [1]),
        (["--limit", "2"], [1, 2]),
        (["--since", "2026-09-01"], [0, 1, 2]),
        (["--since", "2026-09-02"], []),
        (["--until", "2026-08-31"], []),
        (["--since", "2026-09-01T12:00:00Z", "--until", "2026-09-01T12:00:00Z"], [0, 1, 2]),
        (["--effect", "lost"], []),
    ],
)
def test_filters_leave_what_fits(logged, words, found):
    said = logged("log", "decisions", *words, "--format", "jsonl")
    assert [one["id"] for one in lines(said)] == [logged.ids[number] for number in found]
    assert ("no decision fits" in said.err) == (not found)


def test_people_see_a_table_and_programs_plain_lines(logged):
    table = logged("log", "decisions", "--format", "table").out
    assert "usage-cycle/unknown-element" in table
    plain = logged("log", "decisions").out.splitlines()
    assert len(plain) == 3
    assert plain[0].split("\t")[1] == logged.ids[0]


def test_one_decision_is_shown_whole(logged):
    said = logged("log", "decisions", logged.ids[1])
    assert json.loads(said.out)["id"] == logged.ids[1]
    assert logged("log", "decisions", "d-" + "0" * 26).code == 3


def test_a_gap_is_listed_with_its_size(shop):
    log = open_log(url_of(shop.folder), "bounded", limit=1)
    log._flight = 1
    log.record(made(), snapshot(), "c", TIME)
    log._flight = 0
    log._awake.set()
    assert log.flush(20)
    log.close()
    said = shop.json("log", "decisions")
    assert said.data["summary"] == {"decisions": 0, "lost": 1}
    assert "1 decisions until" in shop("log", "decisions").out
    assert shop("explain", said.results[0]["id"]).code == 3


@pytest.mark.parametrize("what", ["d-xyz", "d-", "d-01j00000000000000000000000", "D-01J00000000000000000000000"])
def test_what_looks_like_an_id_and_is_none_is_used_wrongly(shop, what):
    said = shop("explain", what)
    assert (said.code, said.out) == (2, "")
    assert f"error: {what} is no id of a decision, and no element and no rule {what}\n" in said.err
    assert "an id is d- and 26 digits and capitals; lineage log decisions lists them" in said.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["log", "decisions"], 3, "There is no decision log"),
        (["log", "decisions", "--decisions", "mysql://x/y"], 2, "--decisions"),
        (["log", "decisions", "--decisions", "sqlite:///lineage.db"], 3, "There is no decision log"),
        (["log", "seal-decisions", "--decisions", "sqlite:///none.db"], 3, "There is no decision log"),
        (["explain", "d-01J00000000000000000000000"], 3, "There is no decision log"),
    ],
)
def test_where_there_is_no_log_that_is_said(shop, words, code, said):
    answer = shop(*words)
    assert answer.code == code
    assert said in answer.err


def test_the_log_of_a_catalogue_on_a_server_has_to_be_named(shop):
    answer = shop("-C", "postgresql://nobody@127.0.0.1:1/x", "log", "decisions")
    assert answer.code == 2
    assert "LINEAGE_DECISIONS" in answer.err


def test_a_log_is_found_by_the_environment(logged):
    (logged.folder / "lineage-decisions.db").rename(logged.folder / "other.db")
    logged.patch.setenv("LINEAGE_DECISIONS", "sqlite:///other.db")
    assert len(lines(logged("log", "decisions", "--format", "jsonl"))) == 3


def test_a_log_can_be_read_without_a_catalogue(logged):
    (logged.folder / "lineage.db").unlink()
    assert len(lines(logged("log", "decisions", "--format", "jsonl"))) == 3
    assert logged("explain", logged.ids[0]).code == 3


# --- Explaining ---


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_decision_is_derived_anew_and_is_the_same(logged, number):
    said = logged.json("explain", logged.ids[number])
    assert said.code == 0
    assert said.data["summary"]["same"]
    assert said.results[0]["differs"] == []
    assert said.data["summary"]["today"] == said.results[0]["logged"]["effect"]
    text = logged("explain", logged.ids[number]).out
    assert "The journal gives the same verdict" in text
    assert "Asked today, the answer would be the same." in text


def test_a_change_since_changes_today_and_not_the_past(logged):
    assert logged("outcome", "record", *USE, *OUTCOME).code == 0
    assert logged("insight", "record", *USE, *INSIGHT).code == 0
    said = logged.json("explain", logged.ids[1])
    summary = said.data["summary"]
    assert said.code == 0
    assert (summary["same"], summary["logged"], summary["rederived"], summary["today"]) == (
        True,
        "deny",
        "deny",
        "allow",
    )
    assert "Asked today, the answer would be allow instead of deny." in logged("explain", logged.ids[1]).out


def test_time_that_went_by_changes_today_and_not_hindsight(logged):
    logged.patch.setenv("SOURCE_DATE_EPOCH", "1830000000")
    summary = logged.json("explain", logged.ids[0]).data["summary"]
    assert (summary["same"], summary["hindsight"], summary["today"], summary["same_today"]) == (
        True,
        "allow",
        "deny",
        False,
    )


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("UPDATE decision SET effect = 'allow' WHERE effect = 'deny'", "effect"),
        ("UPDATE decision_said SET body = replace(body, 'incomplete', 'complete')", "cycle"),
        ("UPDATE decision SET purpose = 'DeliveryOfGoods' WHERE process = 'slot-planning'", "findings"),
    ],
)
def test_a_decision_that_says_something_else_than_the_journal_is_told_part_by_part(logged, statement, part):
    by_hand(logged, statement)
    said = logged.json("explain", logged.ids[1])
    assert said.code == 1
    assert part in said.results[0]["differs"]
    assert f"  {part}: logged " in logged("explain", logged.ids[1]).out


def test_a_decision_of_another_catalogue_cannot_be_derived(logged):
    by_hand(logged, f"UPDATE decision_said SET body = replace(body, '{logged.digest}', '{'0' * 64}')")
    answer = logged("explain", logged.ids[0])
    assert answer.code == 3
    assert "another catalogue" in answer.err


def test_a_decision_of_a_later_revision_cannot_be_derived(logged):
    by_hand(logged, "UPDATE decision_said SET body = json_set(body, '$.revision', 99999) WHERE body LIKE '%revision%'")
    assert logged("explain", logged.ids[0]).code == 3


def test_a_gate_that_knew_nothing_recent_denied_rightly(shop):
    from lineage.gate.answer import Answer
    from lineage.gate.refusal import TOO_OLD, refused

    view = keep(shop.folder, SOUND)
    data = shop.json("log", "decisions").results[0]
    log = open_log(url_of(shop.folder), "durable", patience=20.0)
    answer: Answer = refused(None, SOUND, TOO_OLD, "it is so")
    known = snapshot(data["revision"])
    known = type(known)(None, data["revision"], data["digest"], "r", TIME - 900_000_000, lambda _: "")
    number = log.record(answer, known, "checkout", TIME)
    log.close()
    assert view
    said = shop("explain", number)
    assert said.code == 0
    assert "older than it may be" in said.out
    assert "the catalogue itself gave allow" in said.out


@pytest.mark.parametrize("option", ["--at", "--as-of"])
def test_a_decision_has_its_own_times(logged, option):
    assert logged("explain", logged.ids[0], option, "2026-08-20").code == 2


# --- Sealing and proving ---


def test_what_is_sealed_is_a_record_of_the_journal(sealed):
    assert sealed("verify", "log").code == 0
    entries = sealed.json("log", "list", "--kind", "decision_batch").results
    assert [(one["operation"], one["by"]) for one in entries] == [("add", "dewi")] * 2
    again = sealed.json("log", "seal-decisions")
    assert again.data["summary"] == {"batches": 1, "decisions": 2}
    assert "sealed already" in sealed("log", "seal-decisions").err


def test_sealing_changes_neither_revision_nor_digest(logged):
    before = logged.json("check").data["catalogue"]
    assert logged("log", "seal-decisions").code == 0
    after = logged.json("check").data["catalogue"]
    assert (after["revision"], after["digest"]) == (before["revision"], before["digest"])
    assert logged("explain", logged.ids[0]).code == 0


def test_a_request_sent_again_seals_nothing_more(sealed):
    assert sealed.json("log", "seal-decisions", "--request", "r-9").data["summary"]["batches"] == 1
    sealed.ids += keep(sealed.folder, SOUND)
    assert sealed.json("log", "seal-decisions", "--request", "r-9").data["summary"]["batches"] == 0
    assert sealed.json("log", "seal-decisions").data["summary"]["decisions"] == 1


def test_a_catalogue_with_four_eyes_seals_without_a_second_pair(logged):
    assert logged("log", "seal-decisions").code == 0
    logged.write("eyes.json", '{"catalogue": {"review": "four_eyes"}}')
    logged("-q", "apply", "eyes.json", "--yes", "--by", "rina")
    keep(logged.folder, SOUND)
    done = logged("log", "seal-decisions", "--by", "dewi")
    assert done.code == 0, done.err


def test_an_untouched_log_is_intact(sealed):
    said = sealed.json("log", "decisions", "--verify")
    assert said.code == 0
    summary = said.data["summary"]
    assert (summary["intact"], summary["sealed"], summary["batches"], summary["unsealed"]) == (True, 6, 2, 2)
    assert "intact: 6 decisions in 2 sealed batches; 2 are not sealed yet" in sealed("log", "decisions", "--verify").out


INSERT = (
    "INSERT INTO decision SELECT {sequence}, 'd-01J00000000000000000000000', time, caller, process, element, purpose,"
    " audience, regime, at, effect, lost, verdict, knowledge, known FROM decision WHERE sequence = 2"
)


@pytest.mark.parametrize(
    ("statements", "what", "named"),
    [
        (["UPDATE decision SET effect = 'deny' WHERE sequence = 2"], "altered", 1),
        (["UPDATE decision SET caller = 'x' WHERE sequence = 4"], "altered", 3),
        (["UPDATE decision SET at = at + 1 WHERE sequence = 6"], "altered", 5),
        (["UPDATE decision SET known = known + 1 WHERE sequence = 1"], "altered", 0),
        (["DELETE FROM decision WHERE sequence = 2"], "decision 2 of 3 in the batch is missing", None),
        (["DELETE FROM decision WHERE sequence = 3"], "decision 3 of 3 in the batch is missing", None),
        (["DELETE FROM decision WHERE sequence <= 3"], "decision 1 of 3 in the batch is missing", None),
        (
            ["DELETE FROM decision WHERE sequence = 2", INSERT.format(sequence=0).replace("= 2", "= 3")],
            "inserted",
            None,
        ),
        (["UPDATE decision SET sequence = 60 WHERE sequence = 6"], "decision 3 of 3", None),
        (["DELETE FROM decision_sealed", "DELETE FROM decision WHERE sequence = 2"], "hashes are gone too", None),
    ],
)
def test_what_was_done_to_sealed_decisions_is_found(sealed, statements, what, named):
    by_hand(sealed, *statements)
    said = sealed.json("log", "decisions", "--verify")
    assert said.code == 1
    assert any(what in one["what"] for one in said.results), said.results
    if named is not None:
        assert [one["id"] for one in said.results] == [sealed.ids[named]]
    assert what in sealed("log", "decisions", "--verify").out


def test_an_altered_verdict_breaks_every_decision_that_says_it(sealed):
    by_hand(sealed, "UPDATE decision_said SET body = replace(body, '\"complete\"', '\"pilot\"')")
    assert len(sealed.json("log", "decisions", "--verify").results) == 6


def test_what_is_not_sealed_can_still_be_altered_unseen(sealed):
    by_hand(sealed, "UPDATE decision SET effect = 'allow' WHERE sequence = 8")
    assert sealed("log", "decisions", "--verify").code == 0


def test_hashes_that_were_not_kept_in_time_are_kept_by_the_next_sealing(sealed):
    by_hand(sealed, "DELETE FROM decision_sealed")
    assert sealed("log", "seal-decisions").code == 0
    by_hand(sealed, "UPDATE decision SET effect = 'deny' WHERE sequence = 2")
    assert [one["id"] for one in sealed.json("log", "decisions", "--verify").results] == [sealed.ids[1]]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET effect = 'deny'",
        "DELETE FROM decision",
        "UPDATE decision_said SET body = '{}'",
        "DELETE FROM decision_said",
        "DELETE FROM decision_sealed",
        "UPDATE decision_about SET value = 'x'",
    ],
)
def test_the_database_itself_refuses_to_change_a_decision(sealed, statement):
    with pytest.raises(sqlite3.IntegrityError):
        sql(sealed.folder / "lineage-decisions.db", statement)


def test_a_log_that_was_swapped_for_another_is_noticed(sealed):
    (sealed.folder / "lineage-decisions.db").unlink()
    for name in ("-wal", "-shm"):
        (sealed.folder / f"lineage-decisions.db{name}").unlink(missing_ok=True)
    keep(sealed.folder, SOUND)
    assert "also seals 2 batches of other decision logs" in sealed("log", "decisions", "--verify").err


# --- Files ---


def test_the_lines_of_an_export_are_what_the_seal_is_made_of(sealed):
    assert sealed("log", "decisions", "-o", "out.jsonl").code == 0
    exported = (sealed.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(exported) == 8
    tree = Frontier()
    tree.extend(leaf_hash(line.encode()) for line in exported[:3])
    shown = sealed("log", "list", "--kind", "decision_batch", "--format", "jsonl").out
    entry = json.loads(shown.splitlines()[0])["sequence"]
    values = json.dumps(sealed.json("log", "show", str(entry)).results)
    assert tree.root().hex() in values


@pytest.mark.parametrize(("rotate", "sizes"), [(3, [3, 3, 2]), (4, [4, 4]), (8, [8]), (9, [8]), (1, [1] * 8)])
@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_files_are_rotated_after_so_many_decisions(sealed, ending, rotate, sizes):
    assert sealed("log", "decisions", "-o", f"out{ending}", "--rotate", str(rotate)).code == 0
    found = sorted(sealed.folder.glob(f"out-*{ending}"))
    assert [place.name for place in found] == [f"out-{number:04d}{ending}" for number in range(1, len(sizes) + 1)]
    assert [count_of(place) for place in found] == sizes


def count_of(place):
    if place.suffix == ".jsonl":
        return len(place.read_text(encoding="utf-8").splitlines())
    pq = pytest.importorskip("pyarrow.parquet")
    return pq.read_metadata(place).num_rows


def test_parquet_has_columns_with_times_and_lists(sealed):
    pq = pytest.importorskip("pyarrow.parquet")
    assert sealed("log", "decisions", "-o", "out.parquet", "--effect", "deny").code == 0
    table = pq.read_table(sealed.folder / "out.parquet").to_pylist()
    assert [row["id"] for row in table] == sealed.ids[6:]
    assert table[0]["time"].isoformat() == "2026-09-02T12:00:00+00:00"
    assert len(table[0]["findings"]) == len(table[0]["severities"]) > 0
    assert json.loads(table[0]["stages"])["origin"] == "complete"


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_an_export_of_nothing_is_an_empty_file(sealed, name):
    assert sealed("log", "decisions", "-o", name, "--since", "2027-01-01").code == 0
    assert count_of(sealed.folder / name) == 0


def test_rotation_needs_files(sealed):
    assert sealed("log", "decisions", "--rotate", "3").code == 2
    assert sealed("log", "decisions", "-o", "none/out.jsonl").code == 2


# --- Dropping ---


def test_only_sealed_batches_whose_time_is_over_are_dropped_and_their_seals_stay(sealed):
    assert sealed("log", "seal-decisions").code == 0
    assert sealed("log", "decisions", "--drop-before", "2026-09-02").code == 2
    done = sealed.json("log", "decisions", "--drop-before", "2026-09-02", "--reason", "kept for a day", "--by", "dewi")
    assert (done.code, done.data["summary"]) == (0, {"batches": 2, "decisions": 6})
    assert [one["id"] for one in lines(sealed("log", "decisions", "--format", "jsonl"))] == sealed.ids[6:]
    proof = sealed.json("log", "decisions", "--verify")
    assert (proof.code, proof.data["summary"]["dropped"], proof.data["summary"]["sealed"]) == (0, 6, 2)
    retired = sealed.json("log", "list", "--kind", "decision_batch").results[-2:]
    assert [(one["operation"], one["by"], one["reason"]) for one in retired] == [
        ("retire", "dewi", "kept for a day")
    ] * 2
    assert sealed("verify", "log").code == 0
    assert sealed("explain", sealed.ids[0]).code == 3


def test_what_is_not_sealed_is_not_dropped(sealed):
    done = sealed.json("log", "decisions", "--drop-before", "2026-09-02", "--reason", "over")
    assert done.data["summary"] == {"batches": 2, "decisions": 6}
    assert len(lines(sealed("log", "decisions", "--format", "jsonl"))) == 2


def test_numbers_of_dropped_decisions_are_never_given_again(sealed):
    assert sealed("log", "seal-decisions").code == 0
    assert sealed("log", "decisions", "--drop-before", "2026-09-02", "--reason", "over").code == 0
    keep(sealed.folder, SOUND)
    assert [one["sequence"] for one in lines(sealed("log", "decisions", "--format", "jsonl"))][-1] == 9
    assert sealed("log", "seal-decisions").code == 0
    assert sealed("log", "decisions", "--verify").code == 0


def test_a_broken_batch_is_not_dropped(sealed):
    by_hand(sealed, "UPDATE decision SET effect = 'deny' WHERE sequence = 2")
    said = sealed("log", "decisions", "--drop-before", "2026-09-02", "--reason", "over")
    assert said.code == 1
    assert "hide" in said.err
    assert len(lines(sealed("log", "decisions", "--format", "jsonl"))) == 8


# --- With a gate ---


def test_what_a_gate_answers_is_logged_and_explained(shop):
    from lineage import Gate

    log = open_log(url_of(shop.folder), "durable", patience=20.0)
    with Gate.open(f"sqlite:///{shop.folder / 'lineage.db'}", recorder=log, caller="checkout", refresh=None) as gate:
        first = gate.decide("parcel-dispatch", "customer.phone_number", "DeliveryOfGoods", at="2026-09-01T12:00:00Z")
        again = gate.decide("parcel-dispatch", "customer.phone_number", "DeliveryOfGoods", at="2026-09-01T13:00:00Z")
        other = gate.decide("parcel-dispatch", "customer.shoe_size", "DeliveryOfGoods", caller="kurier")
    log.close()
    assert [bool(one.answer) for one in (first, again, other)] == [True, True, False]
    found = shop.json("log", "decisions").results
    assert [one["id"] for one in found] == [first.id, again.id, other.id]
    assert [one["at"] for one in found[:2]] == ["2026-09-01T12:00:00.000000Z", "2026-09-01T13:00:00.000000Z"]
    assert [one["caller"] for one in found] == ["checkout", "checkout", "kurier"]
    for one in (first, again, other):
        said = shop("explain", one.id)
        assert said.code == 0, said.out
    assert shop("log", "seal-decisions").code == 0
    assert shop("log", "decisions", "--verify").code == 0


def test_a_gate_gives_no_answer_that_could_not_be_recorded(shop):
    from lineage import Gate

    (shop.folder / "lineage-decisions.db").mkdir()
    log = open_log(url_of(shop.folder), "durable", patience=0.2)
    with Gate.open(f"sqlite:///{shop.folder / 'lineage.db'}", recorder=log, refresh=None) as gate:
        found = gate.may("parcel-dispatch", "customer.phone_number", "DeliveryOfGoods", at="2026-09-01T12:00:00Z")
    log.close(1.0)
    assert not found
    assert found.findings[0].code == "usage-cycle/not-recorded"
