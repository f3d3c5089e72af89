"""Questions answered from the kept table: as the catalogue itself answers, and only as long as it is the newest."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.house.test_lazy_imports import run

QUESTIONS = [
    ("parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods"),
    ("parcel-dispatch", "customer.phone_number", "--for", "AgreeDeliverySlot"),
    ("parcel-dispatch", "customer.phone_number", "--for", "DirectMarketing"),
    ("parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods", "--audience", "customer"),
    ("parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods", "--regime", "uk-gdpr"),
    ("parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods", "--at", "2029-01-01"),
    ("parcel-dispatch", "customer.phone", "--for", "DeliveryOfGoods"),
    ("slot-planning", "customer.phone_number", "--for", "AgreeDeliverySlot"),
]
DAY = ("--at", "2026-09-01")


def asked(console, question):
    said = console.json("query", "may", *question, *(() if "--at" in question else DAY))
    return said.code, said.data


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_kept_table_gives_the_answer_of_the_catalogue(shop, question):
    before = asked(shop, question)
    assert shop("db", "compile").code == 0
    assert asked(shop, question) == before


def test_what_was_compiled_is_told_to_programs_too(shop):
    said = shop.json("db", "compile")
    assert (said.code, said.data["schema"], said.data["summary"]) == (0, "lineage.db.compile/1", {"compiled": 1})
    catalogue, made = shop.json("check").data["catalogue"], said.results[0]
    assert said.data["catalogue"] == catalogue
    assert (made["revision"], made["digest"]) == (catalogue["revision"], catalogue["digest"])
    assert len(made["root"]) == 64
    assert made["segments"] > 0


def test_a_question_to_a_kept_table_loads_no_database_library(shop):
    assert shop("db", "compile").code == 0
    code, loaded, said = run(shop.folder, "query", "may", *QUESTIONS[0], *DAY)
    assert (code, loaded) == (0, set()), said


def test_after_a_change_the_catalogue_answers_again(shop):
    shop("db", "compile")
    assert shop("element", "retire", "customer.phone_number", "--by", "rina").code in {0, 1}
    shop("consent", "withdraw", "customer.phone_number")
    code, _, _ = run(shop.folder, "query", "may", *QUESTIONS[0], *DAY)
    now = asked(shop, QUESTIONS[0])
    assert shop("db", "compile").code == 0
    assert asked(shop, QUESTIONS[0]) == now
    assert code == now[0]


def test_entries_about_the_log_itself_leave_the_kept_table_in_use(shop):
    shop("db", "compile")
    before = asked(shop, QUESTIONS[0])[1]["catalogue"]
    assert shop("account", "link", "rina", "rina.b", "--by", "dewi").code in {0, 1, 4}
    code, loaded, said = run(shop.folder, "query", "may", *QUESTIONS[0], *DAY)
    assert (code, loaded) == (0, set()), said
    assert asked(shop, QUESTIONS[0])[1]["catalogue"]["digest"] == before["digest"]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE compiled_segment SET data = x'00'", "DELETE FROM compiled_segment", "UPDATE compiled SET manifest = x'00'",
        "UPDATE compiled SET program = 'x'", "DROP TABLE compiled", "UPDATE compiled SET manifest = 'text'",
    ],
)  # fmt: skip
def test_a_damaged_kept_table_costs_time_and_no_answer(shop, damage):
    before = asked(shop, QUESTIONS[0])
    shop("db", "compile")
    with closing(sqlite3.connect("lineage.db")) as connection, connection:
        connection.execute(damage)
    assert asked(shop, QUESTIONS[0]) == before


def test_the_past_is_asked_of_the_catalogue(shop):
    shop("db", "compile")
    code, loaded, _ = run(shop.folder, "query", "may", *QUESTIONS[0], "--as-of", "@0")
    assert "sqlalchemy" in loaded
    assert code in {0, 1, 3}


def test_the_doctor_finds_a_kept_table_that_says_something_else(shop):
    shop("db", "compile")
    assert not [look for look in shop.json("doctor").results if "decision table" in look["what"] and look["fix"]]
    shop("element", "edit", "customer.phone_number", "--set", "title=Another title", "--by", "rina")
    with closing(sqlite3.connect("lineage.db")) as connection, connection:
        connection.execute("UPDATE compiled SET entry = 100000")
    found = [look for look in shop.json("doctor").results if "decision table" in look["what"]]
    assert [look["fix"] for look in found] == ["run: lineage db compile"]
    shop("db", "compile")
    assert not [look for look in shop.json("doctor").results if "decision table" in look["what"] and look["fix"]]
