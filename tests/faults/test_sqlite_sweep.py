"""The disk under a SQLite catalogue fails at every call in turn: killed, torn, an error once or from then on, no room."""

from __future__ import annotations

import pytest

from tests.faults.processes import in_a_process
from tests.faults.shim import VARIABLE, Fault, compiled

FAULTS = [fault.name for fault in Fault if fault is not Fault.COUNT]


def sweep(folder, fault, stride):
    (folder / "catalogues").mkdir()
    return in_a_process(
        "tests.faults.sweep:run",
        environment={VARIABLE: str(compiled(folder))},
        folder=str(folder / "catalogues"),
        fault=fault,
        stride=stride,
        start=3 * FAULTS.index(fault),
    )


def hold(found, fault, least):
    assert found["points"] >= least
    if fault in {"KILL", "TEAR"}:
        assert found["acknowledged"] == 0
    else:
        assert found["failed"] > found["points"] // 3
        assert found["acknowledged"] + found["failed"] == found["points"]
    assert found.get("kept, and refused when sent again", 0) == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_call_fails_nothing_acknowledged_is_lost_and_the_rest_can_be_sent_again(tmp_path, fault):
    """The five together break more than 200 calls: of those of every command, one in eighteen for each fault."""
    hold(sweep(tmp_path, fault, 18), fault, 41)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_every_single_call_may_fail(tmp_path, fault):
    found = sweep(tmp_path, fault, 1)
    assert found["points"] == found["calls"]
    hold(found, fault, 700)
    if fault in {"KILL", "TEAR"}:
        assert found["kept though not acknowledged"] >= 50, "a commit whose end nobody heard of was never tried"
