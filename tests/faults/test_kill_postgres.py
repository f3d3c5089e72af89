"""Three programs write to a catalogue on PostgreSQL; they, one of the server's processes or the server are killed."""

from __future__ import annotations

import os

import pytest

from tests.faults.processes import in_a_process
from tests.postgres import CannotRunError, Server

VICTIMS = ["client", "backend", "server"]


@pytest.fixture(scope="module", autouse=True)
def _a_server_can_run():
    server = Server()
    try:
        server.start()
    except CannotRunError as problem:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(f"PostgreSQL is required: {problem}", pytrace=False)
        pytest.skip(f"NOT TRIED, 0 rounds: no PostgreSQL: {problem}")
    server.stop()


def killed(victim, rounds, seed):
    found = in_a_process("tests.faults.rounds:on_postgres", victim=victim, rounds=rounds, seed=seed)
    assert found["rounds"] == rounds
    assert found["acknowledged"] >= 6 * rounds
    assert found["slowest recovery"] < 30
    processes = found["killed"] + found.get("gone before it was killed", 0)
    if victim == "client":
        assert processes == 3 * rounds
    else:
        assert processes >= rounds
        assert found["told that the server is gone"] >= rounds


@pytest.mark.parametrize("victim", VICTIMS)
def test_whoever_is_killed_nothing_acknowledged_is_lost(victim):
    killed(victim, 4, 1)


@pytest.mark.slow
@pytest.mark.parametrize("victim", VICTIMS)
def test_whoever_is_killed_twenty_times_nothing_acknowledged_is_lost(victim):
    killed(victim, 20, 2)
