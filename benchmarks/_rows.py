"""The figures held against what we set out to reach: one line a target, with what was measured in the same run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ELEMENTS = 1_000_000
NEEDED_GIB = 8.0
"""Free memory from which networkx is asked about a million elements; it takes two thirds of that."""

OURS = "our gate"
RATIOS = {
    "Cedar (cedarpy)": 100.0, "OPA (in process)": 100.0, "regorus": None, "pycasbin FastEnforcer": 150.0,
    "SQLAlchemy per decision": 30.0, "dict with reasons": None,
}  # fmt: skip
"""How many times as quick we mean to be; None where nothing was set."""

Figures = Mapping[str, Any]


def line(what: str, target: str, measured: str, *, met: bool | None = None) -> str:
    """Write one row; ``met`` None where the target is a comparison only."""
    mark = "" if met is None else "  reached" if met else "  MISSED"
    return f"{what:58}{target:>16}   {measured}{mark}"


def targets(results: Sequence[Figures], *, everything: bool) -> Iterator[str]:
    """Write every row, from the results at the largest size; with ``everything`` also those that take programs of their own."""
    good = [found for found in results if "failed" not in found]
    if not good:
        yield "nothing could be measured"
        return
    size = max(found["size"] for found in good)
    by_name = {found["engine"]: found for found in good if found["size"] == size}
    yield f"at {size:,} uses{' ' * 41}{'target':>16}   measured"
    if OURS in by_name:
        yield from _ours(by_name)
        yield from _ratios(by_name)
    if everything:
        yield from _bundle(size)
        yield from _lineage()


def _ours(by_name: Mapping[str, Figures]) -> Iterator[str]:
    own = by_name[OURS]
    rate, slow = own["explained_s"], own["p99_us"]
    yield line("a decision with reasons, asked again", "≥ 1 M/s", f"{rate / 1e6:.2f} M/s", met=rate >= 1e6)
    yield line("  of a hundred, the slowest but one", "≤ 4 µs", f"{slow:.2f} µs", met=slow <= 4)
    for name, what in (("our gate (logged)", "with the log on"), ("our answer (first asked)", "first asked")):
        if name in by_name:
            yield line(f"a decision with reasons, {what}", "", f"{by_name[name]['explained_s'] / 1e3:,.1f} k/s")
    for key, what, least in (("batch_s", "names", 1.5e6), ("numbered_s", "numbers as arrays", 30e6)):
        if key in own:
            text = f"{own[key] / 1e6:.2f} M/s"
            yield line(f"batch of {what}", f"≥ {least / 1e6:g} M/s", text, met=own[key] >= least)
    if "judge_s" in own:
        yield line("judging all uses from their documents", "", f"{own['judge_s']:.1f} s of CPU")
        yield line("writing their table", "", f"{own['encode_s']:.1f} s of CPU")


def _ratios(by_name: Mapping[str, Figures]) -> Iterator[str]:
    rate = by_name[OURS]["explained_s"]
    for name, least in RATIOS.items():
        if name in by_name:
            times = rate / by_name[name]["explained_s"]
            met = None if least is None else times >= least
            yield line(
                f"decisions with reasons, beside {name}", f"≥ {least:g}×" if least else "", f"{times:,.1f}×", met=met
            )


def _bundle(size: int) -> Iterator[str]:
    found = _run("_bundle.py", str(size))
    if isinstance(found, str):
        yield line("bundle", "", f"not measured: {found}")
        return
    for key, what, most, unit in (
        ("build_s", "bundle: write", 0.5, "s"),
        ("open_s", "bundle: open", 0.1, "s"),
        ("mib", "bundle: size, findings included", 2.0, "MiB"),
        ("live_mib", "bundle: memory while open", 40.0, "MiB"),
    ):
        target = "≤ 2 MB+findings" if key == "mib" else f"≤ {most:g} {unit}"
        met = None if key == "mib" else found[key] <= most
        yield line(what, target, f"{found[key]:.3g} {unit}", met=met)
    times = found["query_s"] / found["click_s"]
    shown = f"{times:.2f}× ({found['query_s'] * 1000:.0f} ms)"
    yield line("query may on a bundle, CPU beside `import click`", "≤ 2.5×", shown, met=times <= 2.5)
    yield line("server: single and batch", "", "python3 dev.py bench serving")


def _lineage() -> Iterator[str]:
    arrays = _run("_lineage.py", "arrays", str(ELEMENTS))
    if isinstance(arrays, str):
        yield line("cycle and restrictions from arrays", "", f"not measured: {arrays}")
        return
    took, peak = arrays["cpu_s"], arrays["peak_mib"]
    yield line("1,000,000 elements, 2,000,000 derivations: CPU", "≤ 2 s", f"{took:.2f} s", met=took <= 2)
    yield line("  peak memory of the whole process", "≤ 500 MiB", f"{peak:.0f} MiB", met=peak <= 500)
    same, other = arrays["push_same_s"] * 1000, arrays["push_changed_s"] * 1000
    yield line("a change seen by 10,000 descendants that stay", "≤ 10 ms", f"{same:.1f} ms", met=same <= 10)
    yield line("  and by 10,000 that do not", "", f"{other:.1f} ms")
    if free_gib() < NEEDED_GIB:
        yield line("  beside plain networkx", "≥ 50×", "left out: too little free memory")
        return
    plain = _run("_lineage.py", "networkx", str(ELEMENTS))
    if isinstance(plain, str):
        yield line("  beside plain networkx", "≥ 50×", f"not measured: {plain}")
        return
    if any(plain[key] != arrays[key] for key in ("closed", "masks")):
        yield line("  beside plain networkx", "≥ 50×", "the two do not agree", met=False)
        return
    times = plain["cpu_s"] / took
    shown = f"{times:.0f}× ({plain['cpu_s']:.0f} s, {plain['peak_mib']:,.0f} MiB)"
    yield line("  beside plain networkx", "≥ 50×", shown, met=times >= 50)


def free_gib() -> float:
    """Give the memory that can be had; none where the system does not tell."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    except (OSError, ValueError):
        return 0.0


def _run(script: str, *arguments: str) -> dict[str, Any] | str:
    """Run a helper as a process of its own; give its figures, or why there are none."""
    command = [sys.executable, str(ROOT / "benchmarks" / script), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    for text in done.stdout.splitlines():
        if text.startswith("RESULT "):
            found: dict[str, Any] = json.loads(text.removeprefix("RESULT "))
            return found
    return (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:120]
