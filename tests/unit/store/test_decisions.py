"""The tables of a decision log: made by whoever comes first, guarded, and never a catalogue's."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy.exc import DBAPIError

from lineage.errors import CannotAnswer, CatalogueUnreadable, Conflict, LineageError, NoCatalogue, WrongUse
from lineage.store import schema
from lineage.store.decisions import (
    Decisions,
    Kept,
    Wanted,
    drop,
    end,
    keep_hashes,
    last,
    read_decision,
    read_hashes,
    read_rows,
    read_said,
)

SAID = {"v": "{}", "k": '{"revision":1}'}


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


@contextmanager
def opened(url):
    store = Decisions(url)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def store(url):
    with opened(url) as found:
        yield found


def row(number, effect="allow"):
    return Kept(f"d-{number:026d}", number, "c", "p", "e", "f", "", "", number, effect, 0, "v", "k", number)


def found(store, **wanted):
    with store.reading() as connection:
        return [one.row for one in read_rows(connection, Wanted(**wanted), 1_000_000)]


@pytest.mark.parametrize("count", [1, 49, 50, 1_999, 2_000, 2_001, 4_100])
def test_rows_come_back_as_they_were_given_and_in_order(store, count):
    rows = [row(number) for number in range(count)]
    store.append(rows, SAID)
    assert found(store) == rows
    with store.reading() as connection:
        assert read_said(connection, ["v", "k", "x"]) == SAID
        assert read_decision(connection, rows[-1].id).row == rows[-1]
        assert read_decision(connection, "d-x") is None
        assert last(connection) == count
        newest = [one.row for one in read_rows(connection, Wanted(), 3, newest=True)]
    assert newest == rows[-3:]


def test_a_batch_sent_again_has_one_effect(store):
    rows = [row(number) for number in range(2_500)]
    store.append(rows[:1_200], SAID)
    store.append(rows, SAID, again=True)
    assert sorted(found(store)) == rows
    with pytest.raises(LineageError):
        store.append(rows[:1], SAID)
    assert len(found(store)) == 2_500


def test_a_batch_that_fails_leaves_nothing(store):
    store.append([row(0)], SAID)
    with pytest.raises(LineageError):
        store.append([row(1), row(2), row(0)], {"new": "{}"})
    assert found(store) == [row(0)]
    with store.reading() as connection:
        assert read_said(connection, ["new"]) == {}


def test_a_log_keeps_its_name(store, url):
    made = store.about
    assert set(made) == {"version", "store", "salt"}
    with opened(url) as other:
        assert other.store_id() == made["store"]
        assert other.about == made


@pytest.mark.parametrize("reading", [True, False])
def test_there_is_no_log_before_the_first_decision(store, reading):
    with pytest.raises(NoCatalogue, match="There is no decision log"), store.reading():
        pass
    if not reading:
        store.append([row(1)], SAID)
        assert found(store) == [row(1)]


def test_a_catalogue_is_no_place_for_decisions(url, store):
    schema.upgrade(url)
    with pytest.raises(WrongUse, match="a store of their own"):
        store.append([row(1)], SAID)
    assert schema.check(url) == []


def test_tables_of_another_version_are_left_alone(url, store):
    store.append([row(1)], SAID)
    with store.writing() as connection:
        drop_guards(connection)
        connection.exec_driver_sql("UPDATE decision_about SET value = '99' WHERE name = 'version'")
    with opened(url) as other, pytest.raises(CannotAnswer, match="version 99"):
        other.append([row(2)], SAID)


def drop_guards(connection):
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE decision_about DISABLE TRIGGER USER")
    else:
        connection.exec_driver_sql("DROP TRIGGER decision_about_update")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET effect = 'deny'",
        "DELETE FROM decision",
        "UPDATE decision_said SET body = ''",
        "DELETE FROM decision_said",
        "UPDATE decision_about SET value = ''",
        "DELETE FROM decision_about",
        "UPDATE decision_sealed SET hashes = hashes",
        "DELETE FROM decision_sealed",
        "DELETE FROM decision_dropped",
    ],
)
def test_the_database_refuses_what_is_not_adding(store, statement):
    store.append([row(1), row(2), row(3)], SAID)
    with store.writing() as connection:
        keep_hashes(connection, 1, b"x" * 32)
        keep_hashes(connection, 1, b"y" * 32)
        assert drop(connection, 1, 1) == 1
    with pytest.raises((LineageError, DBAPIError)), store.writing() as connection:
        connection.exec_driver_sql(statement)
    assert found(store) == [row(2), row(3)]
    with store.reading() as connection:
        assert read_hashes(connection, 1) == b"x" * 32
        assert read_hashes(connection, 2) is None


def test_postgres_refuses_to_empty_a_table(postgres_url):
    with opened(postgres_url) as store:
        store.append([row(1)], SAID)
        with pytest.raises(LineageError), store.writing() as connection:
            connection.exec_driver_sql("TRUNCATE decision")
        assert found(store) == [row(1)]


def test_no_row_with_a_lower_number_comes_behind_the_end(store):
    store.append([row(1), row(2)], SAID)
    with store.writing() as connection:
        assert end(connection) == 2
    store.append([row(3)], SAID)
    assert found(store, after=2) == [row(3)]
    assert found(store, through=2) == [row(1), row(2)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("mysql://x/y", "Write sqlite:///decisions.db"),
        ("nonsense", "Write sqlite:///decisions.db"),
        ("sqlite://", "Write sqlite:///decisions.db"),
    ],
)
def test_an_address_that_is_none_is_refused_in_words_about_the_log(given, words):
    with pytest.raises(WrongUse) as error:
        Decisions(given)
    assert words in error.value.fix
    assert "catalogue" not in error.value.sentence


def test_failures_speak_of_the_decision_log(tmp_path):
    (tmp_path / "file.db").write_bytes(b"this is no database, however long it may be" * 100)
    with opened(f"sqlite:///{tmp_path / 'file.db'}") as store, pytest.raises(LineageError) as error:
        store.append([row(1)], SAID)
    assert isinstance(error.value, CatalogueUnreadable)
    assert not isinstance(error.value, Conflict)
    assert "decision log" in f"{error.value.sentence}{error.value.fix}"
    assert "catalog" not in f"{error.value.sentence}{error.value.fix}"
