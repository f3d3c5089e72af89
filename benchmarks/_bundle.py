"""A bundle of 100,000 uses: written, opened, asked from the command line; as a process of its own."""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._grants import AT, Grants  # noqa: E402 - the folder has to be on the path first
from benchmarks._measuring import RUNS, resident  # noqa: E402
from benchmarks._ours import parts_for  # noqa: E402

WEEK = 7 * 24 * 3600 * 1_000_000


def build(size: int, path: Path) -> tuple[float, str, int]:
    """Write a signed bundle; give the seconds of CPU that took, the key to check it with, and its size."""
    from lineage.gate.bundle import Issue
    from lineage.services.bundling import write
    from lineage.store.keys import Signer

    parts, _ = parts_for(Grants(size, 2))
    signer = Signer.of("bench.example", bytes(range(32)))
    start = process_time()
    built = write(path, parts, {}, Issue("UTC", 1, AT, AT + 520 * WEEK), signer)
    return process_time() - start, str(signer.key), built.size


def opened(path: str, key: str) -> dict[str, float]:
    """Open a bundle and ask the first question, in a process where nothing of ours was loaded yet."""
    gc.collect()
    from lineage.gate.gate import Gate

    before, start = resident(), process_time()
    with Gate.load(path, key, refresh=None) as gate:
        took = process_time() - start
        gate.may("p0", "data.e0", "u1")
        first = process_time() - start - took
        gc.collect()
        return {"open_s": took, "first_s": first, "live_mib": resident() - before}


def of_processes(command: list[str], key: str) -> float:
    """Give the CPU seconds of a whole process: the median of five."""
    times = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"LINEAGE_KEYS": key}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-200:]}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(times)


def main(size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.bundle"
        built, key, length = build(size, path)
        ask = [sys.executable, str(Path(__file__).resolve()), "--open", str(path), key]
        done = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True)
        may = ["-m", "lineage", "query", "may", "p0", "data.e0", "--for", "u1", "--bundle", str(path)]
        of_click = of_processes([sys.executable, "-c", "import click"], key)
        of_query = of_processes([sys.executable, *may], key)
        return json.loads(done.stdout) | {
            "build_s": built, "mib": length / 2**20, "click_s": of_click, "query_s": of_query,
        }  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1] == "--open":
        print(json.dumps(opened(*sys.argv[2:])))
    else:
        print("RESULT " + json.dumps(main(int(sys.argv[1]))))
