"""Our gate beside what a user would pick instead, on the same generated grants, each engine in a process of its own.

    python3 dev.py bench decisions

Sizes are 1,000, 10,000 and 100,000 grants; every engine's answers are compared with a slow reference in the same run. For a
quick look: ``.venv/bin/python benchmarks/decisions.py --sizes 1000 --only "our gate,dict"``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import _ours, _peer_installs, _peers  # noqa: E402 - the folder has to be on the path first
from benchmarks._grants import Grants  # noqa: E402
from benchmarks._machine import machine  # noqa: E402
from benchmarks._measuring import measure  # noqa: E402
from benchmarks._rows import targets  # noqa: E402

SIZES = "1000,10000,100000"
QUESTIONS = 20_000
LIMIT = 1_800
"""Seconds after which an engine is given up; ours judges 100,000 uses the first time."""

ENGINES: tuple[Any, ...] = (
    _ours.OurGate, _ours.OurGateLogged, _ours.OurAnswer, _peers.Dict, _peers.DictWithReasons, _peers.SortedKeys,
    _peers.Database, _peers.Cedar, _peers.Regorus, _peers.Opa, _peers.Casbin,
)  # fmt: skip
HEAD = (
    ("engine", 26), ("grants", 9), ("load s", 8), ("MiB", 7), ("one by one", 12), ("explained", 11), ("p50 µs", 8),
    ("p99 µs", 8), ("batch", 10), ("numbers", 10), ("checked", 9), ("wrong", 6),
)  # fmt: skip


def child(name: str, size: int) -> None:
    """Measure one engine and print the figures as JSON."""
    engine = next(one for one in ENGINES if one.name == name)()
    print("RESULT " + json.dumps(measure(engine, Grants(size, QUESTIONS))))


def run(name: str, size: int, python: str) -> dict[str, Any]:
    """Measure one engine in a process of its own; a failure is a figure too."""
    command = [python, str(Path(__file__).resolve()), "--child", name, str(size)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(_peer_installs.ASIDE)
    failed = {"engine": name, "size": size}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return failed | {"failed": f"took longer than {LIMIT} s"}
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            found: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
            return found
    return failed | {"failed": (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:150]}


def short(number: float | None) -> str:
    """Write a rate or a time in at most four characters and a letter."""
    if number is None:
        return "-"
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:.3g}"


def shown(found: dict[str, Any]) -> str:
    """Write one line of the table."""
    if "failed" in found:
        return f"{found['engine']:26}{found['size']:>9,}  {found['failed']}"
    reasons = found["explained_s"] if found["reasons"] else None
    cells = [
        short(found["load_s"]), short(found["mib"]), short(found["decisions_s"]), short(reasons), short(found["p50_us"]),
        short(found["p99_us"]), short(found.get("batch_s")), short(found.get("numbered_s")), str(found["checked"]),
        str(found["wrong"]),
    ]  # fmt: skip
    wide = [width for _, width in HEAD[2:]]
    return f"{found['engine']:26}{found['size']:>9,}" + "".join(f"{c:>{w}}" for c, w in zip(cells, wide, strict=True))


def engines(sizes: Iterable[int], only: set[str], missing: dict[str, str]) -> list[dict[str, Any]]:
    """Measure every engine at every size, and print each line when it is known."""
    print("".join(f"{name:<{w}}" if name == "engine" else f"{name:>{w}}" for name, w in HEAD), flush=True)
    results = []
    for size in sizes:
        for engine in ENGINES:
            if (only and engine.name not in only) or engine.most < size or engine.home in missing:
                continue
            python = str(_peer_installs.PYTHON) if engine.home else sys.executable
            results.append(run(engine.name, size, python))
            print(shown(results[-1]), flush=True)
    return results


def main() -> None:
    """Measure, and hold the figures against the targets."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--sizes", default=SIZES)
    ask.add_argument("--only", default="")
    ask.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    said = ask.parse_args()
    if said.child:
        child(said.child[0], int(said.child[1]))
        return
    print(machine())
    missing = _peer_installs.install()
    for package, why in missing.items():
        print(f"left out, {package}: {why}")
    only = {name.strip() for name in said.only.split(",") if name.strip()}
    results = engines([int(size) for size in said.sizes.split(",")], only, missing)
    print()
    for line in targets(results, everything=not only):
        print(line, flush=True)
    sys.exit(1 if any(found.get("wrong") for found in results) else 0)


if __name__ == "__main__":
    main()
