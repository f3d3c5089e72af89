"""What is kept of a decision: ids in order of time, no personal data, one canonical line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lineage.services.decision_rows import DECISION, Ids, Rows, decision_data, head_of, line_of, plain
from lineage.store.decisions import Numbered
from tests.decisions import TIME, made, snapshot

SALT = "00" * 16


def data_of(rows, row):
    return decision_data(Numbered(1, row), rows.fresh)


def test_ids_sort_by_time_and_none_comes_twice():
    ids = Ids()
    found = [ids.make(TIME + 1_000 * number) for number in range(3_000)]
    assert found == sorted(found)
    assert len(set(found)) == 3_000
    assert len({ids.make(TIME) for _ in range(5_000)}) == 5_000
    assert all(DECISION.fullmatch(one) for one in found)


def test_an_id_begins_with_its_millisecond_so_that_a_range_of_time_is_a_range_of_ids():
    ids = Ids()
    assert head_of(TIME // 1_000) <= ids.make(TIME) < head_of(TIME // 1_000 + 1)
    assert head_of(-5) == "d-0000000000"
    assert head_of(2**60) == "d-7ZZZZZZZZZ"


def test_a_row_says_all_that_is_logged_of_a_decision():
    rows = Rows(SALT)
    data = data_of(rows, rows.row("d-1", TIME, "checkout", made(), snapshot(bundle="b" * 64)))
    assert data == {
        "sequence": 1, "id": "d-1", "time": "2026-09-01T12:00:00.000000Z", "effect": "allow", "caller": "checkout",
        "process": "parcel-dispatch", "element": "customer.phone_number", "purpose": "DeliveryOfGoods",
        "audience": "customer", "regime": "", "at": "2026-09-01T12:00:00.000000Z",
        "known": "2026-09-01T11:59:59.000000Z", "cycle": "complete", "stages": made().stages,
        "consent": "not_required", "regulatory": {"eu-gdpr": "compliant"}, "obligations": [],
        "findings": [{"code": "eu-gdpr/EU-18", "severity": "warning"}], "holds_until": "2027-03-01",
        "uses": ["customer.phone_number/parcel-dispatch/DeliveryOfGoods", "0"], "revision": 7, "digest": "d" * 64,
        "root": "e" * 64, "bundle": "b" * 64, "program": data["program"],
    }  # fmt: skip


def test_what_decisions_share_is_said_once():
    rows = Rows(SALT)
    answer = made()
    for number in range(100):
        later = replace(answer, question=answer.question._replace(instant=TIME + number))
        rows.row(f"d-{number}", TIME, "checkout", later, snapshot())
    assert len(rows.fresh) == 2
    rows.now_kept()
    rows.row("d-x", TIME, "checkout", made(), snapshot())
    assert rows.fresh == {}


def test_what_was_not_kept_is_said_again():
    rows = Rows(SALT)
    rows.row("d-1", TIME, "checkout", made(), snapshot())
    first = dict(rows.fresh)
    rows.row("d-2", TIME, "checkout", made(), snapshot())
    assert rows.fresh == first


@pytest.mark.parametrize("name", ["anna.berg@post.example", "call me on +49 170 1234567", "anna.berg@post.example\0"])
def test_what_looks_like_a_person_is_kept_as_a_mark(name):
    mark = plain(name, SALT)
    assert mark.startswith("personal-")
    assert mark == plain(name, SALT)
    assert mark != plain(name, "11" * 16)
    row = Rows(SALT).row("d-1", TIME, name, made(element=name), snapshot())
    assert (row.caller, row.element) == (mark, mark)


@pytest.mark.parametrize(
    "name", ["checkout", "spiffe://shop.example/ns/web", "customer.phone_number", "team-7", "d-12345678901"]
)
def test_names_of_services_stay_as_they_are(name):
    assert plain(name, SALT) == name


@pytest.mark.parametrize(("word", "kept"), [("a\0b", "a\\0b"), ("\ud800x", "\\ud800x"), ("x" * 999, "x" * 200 + "…")])
def test_words_no_database_takes_are_written_so_that_each_does(word, kept):
    assert plain(word, SALT) == kept


@pytest.mark.parametrize("instant", [2**70, -(2**70), 0])
def test_an_instant_beyond_every_calendar_is_kept(instant):
    rows = Rows(SALT)
    line = line_of(data_of(rows, rows.row("d-1", TIME, "c", made(at=instant), snapshot())))
    assert json.loads(line)["at"]


def test_a_gap_says_how_many_are_missing():
    rows = Rows(SALT)
    data = data_of(rows, rows.gap("d-1", TIME, TIME + 5_000_000, 12))
    assert (data["effect"], data["lost"], data["until"]) == ("lost", 12, "2026-09-01T12:00:05.000000Z")
