"""A journal of a million entries is verified whole, and each entry costs as much as in a small one."""

from __future__ import annotations

import pytest

from tests.faults.processes import in_a_process

MOST = 1.3


def grown(folder, sizes):
    found = in_a_process("tests.faults.many:run", folder=str(folder), sizes=sizes)
    assert [step["entries"] for step in found] == sizes
    for what in ("writing", "verifying"):
        per_entry = [step[f"{what}, units per thousand"] for step in found]
        assert per_entry[0] > 10, "nothing was counted"
        assert max(per_entry) <= MOST * per_entry[0], f"{what} costs more per entry the more there are: {per_entry}"


def test_a_journal_ten_times_as_long_costs_ten_times_as_much(tmp_path):
    grown(tmp_path, [2_000, 20_000])


@pytest.mark.slow
def test_a_million_entries_are_verified(tmp_path):
    grown(tmp_path, [10_000, 100_000, 1_000_000])
