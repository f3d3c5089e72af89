"""The disk under a SQLite catalogue is full: a clear message, reading goes on, and so does writing once there is room."""

from __future__ import annotations

import pytest

from tests.faults.processes import in_a_process


def hold(found, sentence):
    assert found["before"] >= 5
    assert found["after"] == 4
    assert found["read"] == 4
    assert len(found["said"]) == 4
    for said in found["said"]:
        assert sentence in said
        assert "  fix    " in said
        assert "with the same --request it has one effect" in said


def test_a_disk_without_room_stops_writers_and_nobody_else(tmp_path):
    found = in_a_process("tests.faults.full_disk:on_a_small_disk", folder=str(tmp_path))
    if "not permitted" in found:
        pytest.skip(f"NOT TRIED on a disk of its own: {found['not permitted']}")
    hold(found, "cannot be written: the disk is full")


def test_files_that_may_not_grow_stop_writers_and_nobody_else(tmp_path):
    found = in_a_process("tests.faults.full_disk:with_small_files", folder=str(tmp_path))
    hold(found, "cannot be written: disk I/O error")
