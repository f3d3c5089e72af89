"""The sample on a PostgreSQL server: the same answers, and the same digest as on SQLite."""

from __future__ import annotations

import pytest

from lineage.content import content
from lineage.store.database import Database

SAMPLE = content("catalog") / "sample" / "food-delivery"
DAY = ("--at", "2026-11-22")
QUESTIONS = [
    (("deliver-orders", "customer.email", "--for", "DeliveryOfGoods"), 0),
    (("email-discounts", "discount.customer_email", "--for", "DirectMarketing"), 1),
]


@pytest.fixture
def answers(bare):
    def asked(url):
        catalog = ("-C", url)
        assert bare(*catalog, "db", "upgrade").code == 0
        assert bare(*catalog, "apply", SAMPLE, "--yes").code == 0
        assert "nothing to change" in bare(*catalog, "apply", SAMPLE, "--yes").err
        found = []
        for question, code in QUESTIONS:
            said = bare.json(*catalog, "query", "may", *question, *DAY)
            assert said.code == code
            found.append(said.data)
        return [*found, bare.json(*catalog, "check", *DAY).data]

    return asked


def test_both_databases_hold_the_same_catalogue_and_give_the_same_answers(answers, sqlite_url, postgres_url):
    on_sqlite, on_postgres = answers(sqlite_url), answers(postgres_url)
    assert on_sqlite[0]["catalogue"]["digest"] == on_postgres[0]["catalogue"]["digest"]
    assert on_sqlite == on_postgres


def test_an_export_of_one_database_loads_into_the_other(bare, answers, sqlite_url, postgres_url):
    digest = answers(sqlite_url)[0]["catalogue"]["digest"]
    bare("-C", sqlite_url, "export", "yaml", "-o", "all.yaml")
    assert bare("-C", postgres_url, "db", "upgrade").code == 0
    assert bare("-C", postgres_url, "apply", "all.yaml", "--yes").code == 0
    assert bare.json("-C", postgres_url, "check", *DAY).data["catalogue"]["digest"] == digest


def test_an_empty_database_and_a_missing_one_hold_no_catalogue(bare, postgres_url):
    for url in (postgres_url, postgres_url.replace("/test_", "/gone_")):
        said = bare("-C", url, "check")
        assert (said.code, said.out) == (3, "")
        assert "There is no catalogue at" in said.err


def test_the_doctor_and_the_table_check_are_content(bare, answers, postgres_url):
    answers(postgres_url)
    assert bare("-C", postgres_url, "db", "check").code == 0
    assert bare.json("-C", postgres_url, "doctor").data["summary"]["problems"] == 0
    assert Database(postgres_url).exists()
