"""Counters of a server, in a file that all its workers map: whoever is asked for /metrics can tell of all of them.

Every worker writes to a row of its own, number by number, so that nobody waits for anybody. A worker that is started
again goes on with the row of the one before. The rows are doubles: exact up to 2**53.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

ENDPOINTS = (
    "evaluation",
    "evaluations",
    "search_subject",
    "search_resource",
    "search_action",
    "configuration",
    "metrics",
    "healthz",
    "readyz",
    "none",
)
"""``none`` is every path that is no endpoint."""
BOUNDS = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
"""Upper bounds of the buckets, in seconds."""
CLASSES = ("2xx", "4xx", "5xx")
EFFECTS = ("allow", "deny", "undecided", "error")
"""``error`` is a question of a batch that could not be asked."""
_BUCKETS = len(BOUNDS) + 1
_WIDTH = _BUCKETS + 1 + len(CLASSES)
_DECISIONS = _WIDTH * len(ENDPOINTS)
_GAUGES = _DECISIONS + len(EFFECTS)
GAUGES = ("started", "revision", "known", "failures", "unrecorded", "expires")
"""Of each worker: instant of its start, revision, instant of its knowledge, failed refreshes, records lost, and the
instant at which its bundle expires (0: never)."""
ROW = _GAUGES + len(GAUGES)


def make_file(path: Path, workers: int) -> None:
    """Make the file, empty, for so many workers."""
    path.write_bytes(bytes(8 * ROW * workers))


class Metrics:
    """The counters of one worker, and a look at those of all."""

    def __init__(self, rows: memoryview[float], worker: int) -> None:
        self._rows = rows
        self._own = rows[worker * ROW : (worker + 1) * ROW]

    @classmethod
    def open(cls, path: Path, worker: int) -> Metrics:
        """Map the file of all workers."""
        with path.open("r+b") as file:
            return cls(memoryview(mmap.mmap(file.fileno(), 0)).cast("d"), worker)

    @classmethod
    def alone(cls) -> Metrics:
        """Count for one worker, in memory."""
        return cls(memoryview(bytearray(8 * ROW)).cast("d"), 0)

    def request(self, endpoint: int, seconds: float, status: int) -> None:
        """Count a request."""
        own, start = self._own, endpoint * _WIDTH
        own[start + bisect_left(BOUNDS, seconds)] += 1
        own[start + _BUCKETS] += seconds
        own[start + _BUCKETS + (1 if status < 400 else 2 if status < 500 else 3)] += 1

    def decisions(self, allow: int, deny: int, undecided: int = 0, error: int = 0) -> None:
        """Count decisions."""
        own = self._own
        own[_DECISIONS] += allow
        own[_DECISIONS + 1] += deny
        own[_DECISIONS + 2] += undecided
        own[_DECISIONS + 3] += error

    def gauge(self, name: str, value: float) -> None:
        """Say how something of this worker stands."""
        self._own[_GAUGES + GAUGES.index(name)] = value

    def text(self, now: float, fresh_for: float | None) -> str:
        """Write everything in the form Prometheus reads. ``now`` is in seconds since 1970."""
        rows = [self._rows[start : start + ROW] for start in range(0, len(self._rows), ROW)]
        return "\n".join([*_requests(rows), *_decisions(rows), *_gauges(rows, now, fresh_for)]) + "\n"


def _requests(rows: Sequence[memoryview[float]]) -> Iterator[str]:
    name = "lineage_http_request_duration_seconds"
    yield f"# HELP {name} Time from a request's head to the end of its answer, all workers together."
    yield f"# TYPE {name} histogram"
    totals = [sum(column) for column in zip(*rows, strict=True)]
    for number, endpoint in enumerate(ENDPOINTS):
        start, count = number * _WIDTH, 0
        for bound, one in zip((*BOUNDS, "+Inf"), totals[start : start + _BUCKETS], strict=True):
            count += int(one)
            yield f'{name}_bucket{{endpoint="{endpoint}",le="{bound}"}} {count}'
        yield f'{name}_sum{{endpoint="{endpoint}"}} {totals[start + _BUCKETS]:.9g}'
        yield f'{name}_count{{endpoint="{endpoint}"}} {count}'
    yield "# HELP lineage_http_requests_total Requests by endpoint and class of status, all workers together."
    yield "# TYPE lineage_http_requests_total counter"
    for number, endpoint in enumerate(ENDPOINTS):
        for place, status in enumerate(CLASSES, number * _WIDTH + _BUCKETS + 1):
            yield f'lineage_http_requests_total{{endpoint="{endpoint}",status="{status}"}} {int(totals[place])}'


def _decisions(rows: Sequence[memoryview[float]]) -> Iterator[str]:
    yield "# HELP lineage_decisions_total Decisions by effect, all workers together."
    yield "# TYPE lineage_decisions_total counter"
    for place, effect in enumerate(EFFECTS, _DECISIONS):
        yield f'lineage_decisions_total{{effect="{effect}"}} {int(sum(row[place] for row in rows))}'


def _gauges(rows: Sequence[memoryview[float]], now: float, fresh_for: float | None) -> Iterator[str]:
    known = [row[_GAUGES + 2] for row in rows]
    yield from _each("lineage_revision", "gauge", "Revision that answers, -1 for none.", _column(rows, 1))
    ages = [f"{now - one:.3f}" if one else "+Inf" for one in known]
    yield from _each("lineage_knowledge_age_seconds", "gauge", "Age of what is known.", ages)
    yield "# HELP lineage_knowledge_age_limit_seconds Age at which every answer becomes a deny."
    yield "# TYPE lineage_knowledge_age_limit_seconds gauge"
    yield f"lineage_knowledge_age_limit_seconds {'+Inf' if fresh_for is None else f'{fresh_for:g}'}"
    ends = [f"{end - now:.3f}" if (end := row[_GAUGES + 5]) else "+Inf" for row in rows]
    yield from _each(
        "lineage_bundle_expiry_seconds", "gauge", "Time until the bundle expires, +Inf for a catalogue.", ends
    )
    yield from _each("lineage_refresh_failures_total", "counter", "Refreshes that failed.", _column(rows, 3))
    yield from _each("lineage_decisions_unrecorded_total", "counter", "Records lost.", _column(rows, 4))
    yield from _each("lineage_start_time_seconds", "gauge", "When the worker began.", _column(rows, 0))


def _column(rows: Sequence[memoryview[float]], place: int) -> list[str]:
    return [f"{row[_GAUGES + place]:.15g}" for row in rows]


def _each(name: str, kind: str, said: str, values: Sequence[str]) -> Iterator[str]:
    yield f"# HELP {name} {said}"
    yield f"# TYPE {name} {kind}"
    for worker, value in enumerate(values):
        yield f'{name}{{worker="{worker}"}} {value}'
