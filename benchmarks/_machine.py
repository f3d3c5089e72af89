"""What a benchmark ran on: figures without that say nothing."""

from __future__ import annotations

import os
import platform
from time import process_time


def machine() -> str:
    """Say cores, load, Python, and how fast this machine is at this moment."""
    start = process_time()
    total = 0
    for number in range(10_000_000):
        total += number
    took = process_time() - start
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return (
        f"{os.cpu_count()} cores at load {load:.1f}, Python {platform.python_version()}; "
        f"ten million additions take {took:.2f} s of CPU"
    )
