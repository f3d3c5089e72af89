"""Apply, check, ask and report at 1,000, 10,000 and 100,000 elements (two uses each): seconds, MiB, elements a second, growth.

Each step runs as a user runs it, as a process of its own; CPU includes its children. The last size is left out unless
``--large`` is given, since it takes some minutes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._catalogues import write_catalogue  # noqa: E402 - the folder has to be on the path first

SIZES = (1_000, 10_000)
LARGE = 100_000
AT = "2026-11-22"
REPORT_UP_TO = 10_000


class Step(NamedTuple):
    """What one command cost."""

    name: str
    wall: float
    cpu: float
    mebibytes: float


def run(name: str, url: str, *args: str, codes: tuple[int, ...] = (0,)) -> Step:
    """Run one command as a process of its own, under a small parent whose children's peak memory is this one's."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"LINEAGE_CATALOG": url}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._measured", *args],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wall = perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in codes:
        raise SystemExit(f"{name} ended with {done.returncode}: {done.stderr[-500:]}")
    peak = int(done.stderr.rsplit("peak-kib ", 1)[1].split()[0]) / 1024
    return Step(name, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)


def measure(elements: int, folder: Path) -> list[Step]:
    """Measure every step at one size."""
    catalogue = folder / f"catalog-{elements}"
    mib = write_catalogue(catalogue, elements) / 1024 / 1024
    url = f"sqlite:///{folder}/lineage-{elements}.db"
    print(f"\n{elements:,} elements, {2 * elements:,} uses, {mib:.0f} MiB of YAML", flush=True)
    run("init", url, "init", str(folder / f"made-{elements}"))
    quiet = ("-q", "--out", os.devnull)
    steps = [
        run("apply", url, "apply", str(catalogue), "--yes", *quiet),
        run("apply again", url, "apply", str(catalogue), "--yes", *quiet),
        run("check", url, "check", "--at", AT, *quiet, codes=(1,)),
        run("query may", url, "query", "may", "process-0", "data.e0", "--for", "DeliveryOfGoods", "--at", AT, *quiet),
    ]
    if elements <= REPORT_UP_TO:
        steps.append(run("report", url, "report", "--at", AT, "-q", "--out", str(folder / f"report-{elements}.html")))
    for step in steps:
        rate = elements / step.wall
        print(
            f"  {step.name:12} {step.wall:8.2f} s  {step.cpu:8.2f} s CPU  {step.mebibytes:7.0f} MiB  {rate:10,.0f} elements/s",
            flush=True,
        )
    return steps


def calibrate() -> float:
    """Say how fast this machine is at this moment: seconds of CPU for ten million additions in Python."""
    start = process_time()
    total = 0
    for number in range(10_000_000):
        total += number
    return process_time() - start


def main() -> None:
    """Measure every size and print how the costs grow."""
    sizes = (*SIZES, LARGE) if "--large" in sys.argv else SIZES
    print(
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; ten million additions take {calibrate():.2f} s of CPU"
    )
    with tempfile.TemporaryDirectory() as name:
        results = [measure(size, Path(name)) for size in sizes]
    for small, large, smaller, larger in zip(sizes, sizes[1:], results, results[1:], strict=False):
        print(f"\nfrom {small:,} to {large:,} elements (×{large // small}) CPU grows by")
        for one, other in zip(smaller, larger, strict=False):
            print(f"  {one.name:12} ×{other.cpu / one.cpu:.1f}")


if __name__ == "__main__":
    main()
