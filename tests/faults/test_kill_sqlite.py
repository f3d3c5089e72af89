"""Three programs write to a SQLite catalogue, and are killed at any moment, again and again."""

from __future__ import annotations

import pytest

from tests.faults.processes import in_a_process


def killed(folder, rounds, seed):
    found = in_a_process("tests.faults.rounds:on_sqlite", folder=str(folder), rounds=rounds, seed=seed)
    assert found["rounds"] == rounds
    assert found["killed"] == 3 * rounds
    assert found["acknowledged"] >= 6 * rounds


def test_killed_writers_leave_a_whole_catalogue_thirty_times(tmp_path):
    killed(tmp_path, 30, 1)


@pytest.mark.slow
def test_killed_writers_leave_a_whole_catalogue_a_hundred_times_more(tmp_path):
    killed(tmp_path, 100, 2)
