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


BUSY = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from tests.cases.changing import base
from tests.catalogues import table_of
from tests.gates import Shelf
from lineage.gate.gate import Gate

table = table_of(base())
gate = Gate(Shelf(table), lambda: Shelf(table), refresh=0.01)
ending = threading.Event()

def asking():
    number = 0
    while not ending.is_set():
        number += 1
        gate.may("bike-delivery", f"element{number}", "DeliveryOfGoods")
        gate.may_many(["bike-delivery"], [f"other{number}"], ["DeliveryOfGoods"])

for _ in range(3):
    threading.Thread(target=asking, daemon=True).start()
children = []
for _ in range(6):
    time.sleep(0.05)
    child = os.fork()
    if not child:
        for number in range(50):
            gate.may("bike-delivery", f"new{number}", "DeliveryOfGoods")
            gate.may_many(["bike-delivery"], [f"newer{number}"], ["DeliveryOfGoods"])
        os._exit(0)
    children.append(child)
ending.set()
end = time.monotonic() + 30
for child in children:
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, 9)
            sys.exit("a child hangs")
        time.sleep(0.01)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_forked_while_threads_ask_does_not_wait_for_their_locks():
    done = subprocess.run([sys.executable, "-c", BUSY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
