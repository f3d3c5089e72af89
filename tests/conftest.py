"""What every test can ask for: a catalogue address on SQLite or on a real PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import CannotRunError, Server

settings.register_profile("house", deadline=None, print_blob=True)  # a busy machine is slow, not wrong
settings.load_profile("house")

_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the developer's own settings out of the tests."""
    for name in list(os.environ):
        if name.startswith("LINEAGE_") or name == "SOURCE_DATE_EPOCH":
            del os.environ[name]


@pytest.fixture(autouse=True, scope="session")
def settings_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where signing keys go: never into the developer's own folder."""
    folder = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        yield folder


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a catalogue that does not exist yet."""
    return f"sqlite:///{tmp_path / 'lineage.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server a test process; skipped where it cannot run, unless REQUIRE_POSTGRES is 1."""
    server = Server()
    try:
        server.start()
    except CannotRunError as problem:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(f"PostgreSQL is required: {problem}", pytrace=False)
        pytest.skip(f"no PostgreSQL: {problem}")
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of a new, empty database."""
    name = f"test_{next(_numbers)}"
    postgres_server.run_sql(f"CREATE DATABASE {name} STRATEGY wal_log")
    yield postgres_server.url(name)
    postgres_server.run_sql(f"DROP DATABASE {name} WITH (FORCE)")
