"""Processes that answer: one, or several behind one socket, started again when they end by themselves."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn

from lineage.web.app import App
from lineage.web.callers import Callers
from lineage.web.desk import Desk
from lineage.web.knowledge import clocks, open_gate
from lineage.web.limits import CONNECTIONS
from lineage.web.metrics import Metrics, make_file
from lineage.web.past import Past
from lineage.web.sealing import Sealing, sealing
from lineage.web.service import Service
from lineage.web.telling import tell_knowledge

BACKLOG = 2_048
TICK = 0.25
GRACE = 10
"""Seconds for requests that are being answered when the server is told to end."""
CALM = 5.0
"""A worker that lived shorter is started again with a pause."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is served, how, and to whom."""

    catalog: str
    bundle: str
    public_url: str
    callers: Callers
    secret: bytes
    max_age: float | None = None
    log_url: str = ""
    durable: bool = False
    newest: Path | None = None
    key: str = ""
    sealing: Sealing | None = None


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address; port 0 takes a free one. OSError when that cannot be."""
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(BACKLOG)
        found.set_inheritable(True)
    except BaseException:
        found.close()
        raise
    return found


def serve(plan: Plan, listening: socket.socket, workers: int) -> None:
    """Answer until SIGTERM or SIGINT, in this process or in several of its own."""
    if workers == 1:
        with sealing(plan.sealing):
            answer(plan, listening, Metrics.alone())
        return
    with sealing(plan.sealing), tempfile.TemporaryDirectory(prefix="lineage-serve-") as folder:
        counters = Path(folder) / "counters"
        make_file(counters, workers)
        _Supervisor(plan, listening, counters, workers).run()


class _Server(uvicorn.Server):
    """Ends on a signal without passing it on: that the end was orderly is what the exit code says."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if current_thread() is not main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def answer(plan: Plan, listening: socket.socket, metrics: Metrics, parent: int = 0) -> None:
    """Answer in this process until told to end, or until its parent is gone."""
    times = clocks()
    metrics.gauge("started", times.calendar() / 1e9)
    metrics.gauge("revision", -1)
    gate = open_gate(plan.catalog, plan.bundle, plan.max_age, newest=plan.newest, key=plan.key)
    recorder = _recorder(plan)
    past = Past("" if plan.bundle else plan.catalog)
    desk = Desk(gate, lambda: times.calendar() // 1_000, whole=recorder is not None)
    service = Service(desk, metrics, past, plan.callers, plan.public_url, plan.secret, recorder, plan.durable)
    gc.set_threshold(200_000, 50, 1_000)
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(answering(server_of(service), service, listening, parent))
    finally:
        gate.close()
        if recorder is not None:
            recorder.close()
        past.close()


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # it does not exist for every system
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _recorder(plan: Plan) -> Any:
    if not plan.log_url:
        return None
    from lineage.services.decision_log import open_log

    return open_log(plan.log_url, "durable" if plan.durable else "bounded")


def _protocol() -> Any:
    try:
        from lineage.web.heads import BoundedHeads
    except ImportError:  # without httptools the other parser bounds heads by itself
        return "h11"
    return BoundedHeads


def server_of(service: Service) -> _Server:
    """Make the HTTP server of a worker."""
    return _Server(
        uvicorn.Config(
            App(service), http=_protocol(), limit_concurrency=CONNECTIONS, lifespan="off",
            ws="none", access_log=False, server_header=False, log_config=None,
            backlog=BACKLOG, timeout_graceful_shutdown=GRACE, timeout_keep_alive=75,
        )
    )  # fmt: skip


async def answering(server: _Server, service: Service, listening: socket.socket, parent: int = 0) -> None:
    """Answer until the server is told to end, or its parent is gone."""

    async def tick() -> None:
        while True:
            tell_knowledge(service)
            if parent and os.getppid() != parent:
                server.should_exit = True
            await asyncio.sleep(TICK)

    ticking = asyncio.create_task(tick())
    await server.serve(sockets=[listening])
    ticking.cancel()


def _work(plan: Plan, listening: socket.socket, counters: Path, number: int, parent: int) -> None:
    """Be a worker process."""
    logging.basicConfig(level=logging.WARNING, format=f"worker {number}: %(message)s")
    answer(plan, listening, Metrics.open(counters, number), parent)


class _Supervisor:
    """Keeps so many workers alive until told to end."""

    def __init__(self, plan: Plan, listening: socket.socket, counters: Path, workers: int) -> None:
        self._start = self._starter(plan, listening, counters)
        self._workers: dict[int, tuple[Any, float]] = {}
        self._numbers = range(workers)
        self._ending = False

    @staticmethod
    def _starter(plan: Plan, listening: socket.socket, counters: Path) -> Callable[[int], Any]:
        context = multiprocessing.get_context("spawn")

        def start(number: int) -> Any:
            process = context.Process(target=_work, args=(plan, listening, counters, number, os.getpid()))
            process.start()
            return process

        return start

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        try:
            while not self._ending:
                self._keep()
                wait([process.sentinel for process, _ in self._workers.values()], timeout=TICK)
        finally:
            self._stop()

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True

    def _keep(self) -> None:
        for number in self._numbers:
            process, since = self._workers.get(number, (None, 0.0))
            if process is not None and process.is_alive():
                continue
            if process is not None and monotonic() - since < CALM:
                continue
            if not self._ending:
                self._workers[number] = self._start(number), monotonic()

    def _stop(self) -> None:
        processes = [process for process, _ in self._workers.values()]
        for process in processes:
            with suppress(OSError):
                process.terminate()
        end = monotonic() + GRACE + 2
        for process in processes:
            process.join(max(0.0, end - monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
