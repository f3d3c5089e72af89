"""A catalogue on each database, made by the migrations."""

from __future__ import annotations

import pytest

from lineage.store import schema
from lineage.store.commands import write
from lineage.store.database import Database
from tests.unit.store.samples import all_changes, command


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def database(url):
    """An empty catalogue."""
    schema.upgrade(url)
    return Database(url)


@pytest.fixture
def filled(database):
    """A catalogue with one or more documents of every kind, written by one command."""
    with database.writing() as connection:
        write(connection, command(), all_changes())
    return database
