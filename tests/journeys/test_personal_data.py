"""The register keeps nobody's data and no secrets: not in what is declared, not in reasons, not in what is printed."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.journeys.shop import ELEMENTS, FILES

MAIL, PHONE = "anna.schmidt@nord.example", "030 23125 123"
PASSWORD = "geheim-Nr7"
DSN = f"postgresql://crm:{PASSWORD}@db.nord.example/crm"


def planted(text: str) -> dict[str, str]:
    changed = ELEMENTS.replace("Mobile number typed at checkout", text)
    assert changed != ELEMENTS
    return FILES | {"elements.yaml": changed}


def reasons(console) -> list[str]:
    with closing(sqlite3.connect(console.folder / "lineage.db")) as connection:
        return [row[0] for row in connection.execute("SELECT DISTINCT reason FROM journal")]


def test_personal_data_in_a_declaration_is_refused_with_a_way_out(shop):
    shop.declare(planted(f"Ask {MAIL} or call {PHONE}"))
    before = shop.size
    said = shop("apply", "catalog", "--yes")
    assert said.code == 1
    assert "description" in said.err
    assert "an e-mail address" in said.err
    assert "a telephone number" in said.err
    assert '--personal-data --reason "..."' in said.err
    assert shop.size == before


def test_what_is_meant_comes_in_with_a_reason_that_is_journaled(shop):
    shop.declare(planted(f"The number of the hotline, {PHONE}"))
    assert shop("apply", "catalog", "--yes", "--personal-data").code == 2
    said = shop("apply", "catalog", "--yes", "--personal-data", "--reason", "the hotline is printed on every parcel")
    assert said.code == 0, said.err
    assert "the hotline is printed on every parcel" in reasons(shop)


@pytest.mark.parametrize("words", [(), ("--personal-data", "--reason", "it is meant")])
def test_a_secret_in_a_declaration_is_refused_whatever_is_said(shop, words):
    shop.declare(planted(f"Read it with {DSN}"))
    before = shop.size
    said = shop("apply", "catalog", "--yes", *words)
    assert said.code == 1
    assert "a connection string with a password" in said.err
    assert PASSWORD not in said.err
    assert shop.size == before


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--reason", f"because of {DSN}"),
        ("--reason", "-----BEGIN PRIVATE KEY-----"),
        ("--reason", "Bearer abcdefghij0123456789"),
        ("--reason", f"{MAIL} asked for it"),
        ("--request", "AKIAIOSFODNN7EXAMPLE"),
        ("--by", f"cron password={PASSWORD}"),
    ],
)
def test_nothing_sensitive_comes_into_the_journal(shop, option, text):
    shop.declare(planted("Number typed at checkout"))
    before = shop.size
    said = shop("apply", "catalog", "--yes", option, text)
    assert said.code == 1
    assert text not in said.err
    assert shop.size == before


READING = [
    ("doctor",), ("check",), ("db", "check"), ("db", "upgrade"), ("db", "backup", "b.db"), ("db", "restore", "none.db"),
    ("init", "new"), ("apply", "catalog", "--yes"), ("query", "purposes", "customer.email"), ("element", "list"),
    ("report",), ("diff", "2026-01-01", "2026-02-01"), ("verify", "log"), ("forecast",), ("export", "yaml"),
]  # fmt: skip
ADDRESSES = [
    f"postgresql://crm:{PASSWORD}@127.0.0.1:1/none",
    f"postgresql+psycopg://crm@127.0.0.1:1/none?password={PASSWORD}",
    f"mysql://crm:{PASSWORD}@127.0.0.1/none",
    f"postgresql://crm:p@ss/{PASSWORD}@127.0.0.1:1/none",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_no_error_prints_the_password_of_an_address(shop, words, address):
    said = shop("-C", address, *words)
    assert said.code in {1, 2, 3}
    assert PASSWORD not in said.out + said.err


def test_no_answer_and_no_row_holds_the_password_of_an_address(bare, postgres_url):
    scheme, _, rest = postgres_url.partition("://")
    user, _, host = rest.partition("@")
    address = f"{scheme}://{user.partition(':')[0]}:{PASSWORD}@{host}"
    bare.declare()
    told = bare("-C", address, "init", ".")
    assert told.code == 0, told.err
    for words in (("apply", "catalog", "--yes"), ("doctor",), ("check",), ("db", "backup", "b.db"), ("verify", "log")):
        said = bare("-v", "-C", address, *words)
        assert said.out or said.err
        told = type(told)(0, told.out + said.out, told.err + said.err)
    assert PASSWORD not in told.out + told.err
    assert PASSWORD.encode() not in (bare.folder / "b.db").read_bytes()
    assert "postgresql" in told.out
