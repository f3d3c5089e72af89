"""A gate in a process that forks: the child looks for news by itself, with a source of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.house.trees import ROOT

SCRIPT = """
import os, sys, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from tests.cases.changing import base
from tests.catalogues import table_of
from tests.gates import Shelf
from lineage.gate.gate import Gate

table, opened = table_of(base()), []

def opener():
    opened.append(Shelf(table))
    return opened[-1]

gate = Gate(opener(), opener, refresh=0.01)
child = os.fork()
if child:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert len(opened) == 1 and gate._keeper.alive and not opened[0].closed
    sys.exit(code)
assert gate.may("bike-delivery", "customer.mobile", "DeliveryOfGoods", at="2026-11-22")
deadline = time.monotonic() + 20
while (len(opened) < 2 or opened[1].loads < 3) and time.monotonic() < deadline:
    time.sleep(0.01)
os._exit(0 if len(opened) == 2 and opened[1].loads >= 3 and gate._keeper.alive and not opened[0].closed else 1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_after_a_fork_both_processes_look_for_news():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
