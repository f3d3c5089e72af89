"""Processes to be killed: forked from one that has loaded everything already, so that each costs milliseconds.

A test starts one process of its own for all that (``in_a_process``): pytest's has threads, and must not be forked.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from tests.house.trees import ROOT

Say = Callable[[Any], None]
PATIENCE = 120.0


class Child:
    """A forked process. What it says comes as JSON through a pipe; a crash of Python is said, too."""

    def __init__(self, task: Callable[[Say], None]) -> None:
        self._reads, writes = os.pipe()
        self.said: list[Any] = []
        self._rest = b""
        self.pid = os.fork()
        if self.pid:
            os.close(writes)
            return
        os.close(self._reads)
        try:
            task(lambda what: _write(writes, what))
        except BaseException:
            with suppress(OSError):
                _write(writes, {"crash": traceback.format_exc()})
        finally:
            os._exit(0)

    def hear(self, seconds: float = 0.0) -> bool:
        """Take in what has been said; give False when it will say nothing more."""
        if not select.select([self._reads], [], [], seconds)[0]:
            return True
        data = os.read(self._reads, 1 << 20)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.said.append(json.loads(line))
            assert "crash" not in self.said[-1], self.said[-1]["crash"]
        return bool(data)

    def wait_for(self, count: int) -> None:
        """Wait until it has said so much."""
        end = time.monotonic() + PATIENCE
        while len(self.said) < count:
            going_on = self.hear(0.2)
            assert going_on, f"it said {self.said[-3:]} and no more"
            assert time.monotonic() < end, f"it said {self.said[-3:]} and was silent then"

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> int:
        """Wait for its end; give the exit code, negative for a signal."""
        while self.hear(PATIENCE):
            pass
        os.close(self._reads)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _write(pipe: int, what: Any) -> None:
    os.write(pipe, json.dumps(what).encode() + b"\n")


def all_end(children: list[Child]) -> Iterator[Any]:
    """Hear all children to their end, so that none waits for a full pipe; give what they said, in order of children."""
    open_ones = list(children)
    while open_ones:
        open_ones = [child for child in open_ones if child.hear(0.02)]
    for child in children:
        assert child.end() == 0
        yield child.said


def in_a_process(function: str, *, environment: dict[str, str] | None = None, **arguments: Any) -> Any:
    """Call ``module:name`` in a new process with these arguments; give what it returns, and print it for the reader."""
    command = [sys.executable, "-m", "tests.faults.processes", function, json.dumps(arguments)]
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {})
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    result = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(f"{function}: {result}\n")
    return result


if __name__ == "__main__":
    module, _, name = sys.argv[1].partition(":")
    sys.stdout.write(json.dumps(getattr(importlib.import_module(module), name)(**json.loads(sys.argv[2]))))
