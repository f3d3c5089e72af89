"""Programs that keep decisions are killed, and so is the server they keep them on: what was promised holds."""

from __future__ import annotations

import pytest

from tests.faults.decisions import LIMIT
from tests.faults.processes import in_a_process


@pytest.mark.parametrize("mode", ["durable", "bounded"])
def test_killed_writers_lose_no_durable_decision_and_of_others_no_more_than_they_say(tmp_path, mode):
    found = in_a_process("tests.faults.decisions:killed", folder=str(tmp_path), mode=mode, rounds=6, seed=1)
    assert found["given"] > 100
    assert found["missing_at_most"] <= (0 if mode == "durable" else LIMIT)
    assert found["kept"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["durable", "bounded"])
def test_sixty_times_more(tmp_path, mode):
    found = in_a_process("tests.faults.decisions:killed", folder=str(tmp_path), mode=mode, rounds=60, seed=2)
    assert found["rounds"] == 60


def test_several_processes_write_while_another_seals(tmp_path):
    urls = {name: f"sqlite:///{tmp_path / name}.db" for name in ("url", "catalogue")}
    found = in_a_process("tests.faults.decisions:together", **urls, writers=3, batches=20)
    assert found["written"] == 3 * 20 * 25


@pytest.mark.usefixtures("postgres_server")
def test_several_processes_write_to_a_server_while_another_seals():
    found = in_a_process("tests.faults.decisions:with_a_server", what="together", writers=3, batches=20)
    assert found["written"] == 3 * 20 * 25


@pytest.mark.usefixtures("postgres_server")
def test_a_killed_server_loses_no_durable_decision_and_writers_go_on():
    found = in_a_process("tests.faults.decisions:with_a_server", what="server_killed", rounds=2)
    assert found["given"] > 20
