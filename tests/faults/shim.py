"""A disk that fails on request: compiles ``shim.c`` and speaks to it in a process that was started with it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from enum import IntEnum
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("shim.c")
VARIABLE = "LD_PRELOAD"


class Fault(IntEnum):
    """What happens at the n-th call; the numbers are those of ``shim.c``."""

    COUNT = 0
    KILL = 1
    TEAR = 2
    EIO = 3
    EIO_STAYS = 4
    ENOSPC = 5


def compiled(folder: Path) -> Path:
    """Compile the shim; without a compiler, or where nothing can be preloaded, the test is skipped, and says so."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or os.uname().sysname != "Linux":
        pytest.skip("NOT TRIED, 0 fault points: breaking the disk needs Linux and a C compiler (cc or gcc)")
    made = folder / "shim.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(made), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made


class Disk:
    """The shim within a process that was started with it."""

    def __init__(self) -> None:
        self._shim = ctypes.CDLL(os.environ[VARIABLE])
        self._shim.fault_arm.argtypes = (ctypes.c_char_p, ctypes.c_long, ctypes.c_int)
        self._shim.fault_calls.restype = ctypes.c_long

    def arm(self, files: Path, nth: int, fault: Fault) -> None:
        """Let the n-th call that changes a file whose path begins with ``files`` fail."""
        self._shim.fault_arm(os.fsencode(files), nth, int(fault))

    def disarm(self) -> int:
        """Work again; give how many calls there were since it was armed."""
        self._shim.fault_disarm()
        return int(self._shim.fault_calls())
