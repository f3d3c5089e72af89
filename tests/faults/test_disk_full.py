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


def on_its_own_disk(function, folder):
    found = in_a_process(f"tests.faults.full_disk:{function}", folder=str(folder))
    if "not permitted" in found:
        pytest.skip(f"NOT TRIED on a disk of its own: {found['not permitted']}")
    return found


def test_a_disk_without_room_stops_writers_and_nobody_else(tmp_path):
    hold(on_its_own_disk("on_a_small_disk", tmp_path), "cannot be written: the disk is full")


def test_a_disk_without_a_byte_can_be_read(tmp_path):
    found = on_its_own_disk("without_a_byte", tmp_path)
    assert found["read"] == 4
    assert all("cannot be written: the disk is full" in said for said in found["said"])


def test_files_that_may_not_grow_stop_writers_and_nobody_else(tmp_path):
    found = in_a_process("tests.faults.full_disk:with_small_files", folder=str(tmp_path))
    hold(found, "cannot be written: disk I/O error")
