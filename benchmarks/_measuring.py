"""One engine measured in a process of its own: loading, memory, right and wrong answers, rates."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns, process_time
from typing import Any

from benchmarks._grants import Ask, Grants

RUNS = 5
SECONDS = 0.4
"""CPU seconds of one run, give or take a batch."""

PATIENCE = 12.0
"""Seconds that checking, and asking everything once, may take."""

CHECKED = 2_000
IN_BATCH = 1_000
NUMBERED = 1_000_000


def measure(engine: Any, grants: Grants) -> dict[str, Any]:
    """Measure an engine. Rates count CPU seconds and are medians of five runs; p50 and p99 are what a clock shows.

    Memory is what it takes once all questions were asked, what it remembers included.
    """
    if hasattr(engine, "prepare"):
        engine.prepare(grants)
    gc.collect()
    before, start = resident(), process_time()
    engine.load(grants)
    found: dict[str, Any] = {"engine": engine.name, "size": grants.size, "load_s": process_time() - start}
    found |= check(engine, grants)
    asks = asked_once(engine, grants.questions)
    gc.collect()
    found |= {"mib": resident() - before, **getattr(engine, "costs", {})}
    gc.freeze()
    explained = getattr(engine, "explained", None) or engine.decide
    loop = getattr(engine, "loop", None)
    found["reasons"] = hasattr(engine, "explained")
    found["decisions_s"] = (
        rate(loop, asks, getattr(engine, "together", 0)) if loop else rate(_looped(engine.decide), asks)
    )
    found["explained_s"] = found["decisions_s"] if loop else rate(_looped(explained), asks)
    found["p50_us"], found["p99_us"] = percentiles(explained, asks)
    if getattr(engine, "batch", None):
        found["batch_s"] = rate(engine.batch, asks, IN_BATCH)
    if getattr(engine, "numbered", None):
        found["numbered_s"] = rate_numbered(engine, asks)
    return found


def check(engine: Any, grants: Grants) -> dict[str, Any]:
    """Compare answers with the slow reference, as many as patience allows; batches too."""
    end = perf_counter() + PATIENCE
    wrong = checked = allowed = 0
    asks = grants.questions[:CHECKED]
    for ask in asks:
        right = grants.reference(ask)
        wrong += bool(engine.decide(ask)) != right
        allowed += right
        checked += 1
        if perf_counter() > end:
            break
    some = asks[: min(checked, IN_BATCH)]
    rights = [grants.reference(ask) for ask in some]
    for name in ("batch", "numbered"):
        ask_all = getattr(engine, name, None)
        if ask_all:
            given = ask_all(some) if name == "batch" else ask_all(*engine.columns(some))
            wrong += sum(bool(one) != right for one, right in zip(given, rights, strict=True))
    return {"checked": checked, "wrong": wrong, "allowed": allowed / checked}


def asked_once(engine: Any, asks: Sequence[Ask]) -> Sequence[Ask]:
    """Ask everything once, so that what an engine remembers is remembered; give what there was time for."""
    end = perf_counter() + PATIENCE
    for number, ask in enumerate(asks, start=1):
        engine.decide(ask)
        if perf_counter() > end:
            return asks[:number]
    return asks


def _looped(decide: Callable[[Ask], Any]) -> Callable[[Sequence[Ask]], None]:
    def loop(asks: Sequence[Ask]) -> None:
        for ask in asks:
            decide(ask)

    return loop


def rate(work: Callable[[Sequence[Ask]], Any], asks: Sequence[Ask], size: int = 0) -> float:
    """Give questions a CPU second: the median of five runs over the questions, ``size`` at a time."""
    size = size or max(1, min(len(asks), _fitting(work, asks)))
    rates = []
    for _ in range(RUNS):
        done, start, place = 0, process_time(), 0
        while (took := process_time() - start) < SECONDS or not done:
            some = asks[place : place + size]
            work(some)
            done += len(some)
            place = place + size if place + size < len(asks) else 0
        rates.append(done / took)
    return median(rates)


def _fitting(work: Callable[[Sequence[Ask]], Any], asks: Sequence[Ask]) -> int:
    """Give how many questions take some hundredth of a second, so that a run can end in time."""
    start = perf_counter()
    work(asks[:20])
    return int(0.4 / max(perf_counter() - start, 1e-6))


def rate_numbered(engine: Any, asks: Sequence[Ask]) -> float:
    """Give questions a CPU second where they come as columns of numbers, a million at a time, in random order."""
    import numpy as np

    order = np.random.default_rng(1).integers(0, len(asks), NUMBERED)
    columns = [column[order] for column in engine.columns(asks)]
    engine.numbered(*columns)
    rates = []
    for _ in range(RUNS):
        done, start = 0, process_time()
        while (took := process_time() - start) < SECONDS or not done:
            engine.numbered(*columns)
            done += NUMBERED
        rates.append(done / took)
    return median(rates)


def percentiles(decide: Callable[[Ask], Any], asks: Sequence[Ask]) -> tuple[float, float]:
    """Give the time of one question in microseconds: half are quicker than the first figure, 99 of 100 than the second."""
    end, times = perf_counter() + 2, []
    for ask in asks:
        start = perf_counter_ns()
        decide(ask)
        times.append(perf_counter_ns() - start)
        if times[-1] > 10_000 and perf_counter() > end:
            break
    times.sort()
    return times[len(times) // 2] / 1000, times[min(len(times) - 1, len(times) * 99 // 100)] / 1000


def resident() -> float:
    """Give the memory of this process in MiB; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return 0.0
