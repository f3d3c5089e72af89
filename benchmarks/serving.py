"""What the server does in a second, one worker: single questions beside an empty Starlette endpoint, and batches.

    python3 dev.py bench serving [--elements 2000] [--seconds 2] [--rounds 5]

Both servers run the whole time; rounds take turns, and medians are printed. The load comes from one process of our own
with 32 connections (a uvloop protocol that writes the next request when the answer to the last has come whole), so that
nothing has to be installed; it takes the second core. Every answer's length and the first answer's text are checked.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import uvloop

from benchmarks._catalogues import PROCESSES, PURPOSES, write_catalogue

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 32
ORDERS = 16
"""So many different batches are sent in turn."""
EMPTY = """
import socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def empty(request):
    return JSONResponse({})
app = Starlette(routes=[Route("/access/v1/evaluation", empty, methods=["POST"])])
sock = socket.socket(); sock.bind(("127.0.0.1", 0)); sock.listen(2048)
print(f"listening on http://127.0.0.1:{sock.getsockname()[1]}", file=sys.stderr, flush=True)
config = uvicorn.Config(app, access_log=False, log_config=None, lifespan="off", ws="none", server_header=False)
uvicorn.Server(config).run(sockets=[sock])
"""


@contextmanager
def server(command: list[str], folder: Path) -> Iterator[tuple[int, int]]:
    """Start a server; give its process id and its port."""
    variables = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen([sys.executable, *command], cwd=folder, env=variables, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                break
        else:
            raise SystemExit("the server did not start")
        yield process.pid, int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


class Asker(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, sends the next until the time is over."""

    def __init__(self, requests: list[bytes], times: list[float], end: float, done: asyncio.Future[int]) -> None:
        self.requests, self.times, self.end, self.done = cycle(requests), times, end, done
        self.length = self.got = self.count = 0
        self.head = b""

    def connection_made(self, transport):
        self.transport = transport
        self.ask()

    def ask(self):
        self.begun = perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data):
        if not self.length:
            self.head += data
            if b"\r\n\r\n" not in self.head:
                return
            head, _, _ = self.head.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), self.head[:500]
            self.length = len(head) + 4 + int(re.search(rb"content-length: (\d+)", head)[1])
            self.got, self.head = len(self.head), b""
        else:
            self.got += len(data)
        assert self.got <= self.length, "an answer changed its length"
        if self.got == self.length:
            self.got = 0
            now = perf_counter()
            self.times.append(now - self.begun)
            self.count += 1
            if now > self.end:
                self.done.set_result(self.count)
                self.transport.close()
            else:
                self.ask()


async def load(port: int, requests: list[bytes], seconds: float, connections: int) -> tuple[float, list[float]]:
    """Ask for some seconds; give requests a second and the times of all."""
    loop = asyncio.get_running_loop()
    times: list[float] = []
    begun = perf_counter()
    waiting = []
    for _ in range(connections):
        done = loop.create_future()
        await loop.create_connection(lambda done=done: Asker(requests, times, begun + seconds, done), "127.0.0.1", port)
        waiting.append(done)
    counts = await asyncio.gather(*waiting)
    return sum(counts) / (perf_counter() - begun), times


def request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}X-Request-ID: bench\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def question(number: int) -> dict[str, object]:
    element, second = divmod(number, 2)
    return {
        "subject": {"type": "process", "id": f"process-{number * 7 % PROCESSES}"},
        "action": {"name": PURPOSES[(element + second) % 6]},
        "resource": {"type": "element", "id": f"data.e{element}"},
    }


def batches() -> list[bytes]:
    """Give batches of the same thousand questions, each in an order of its own: no two bodies are the same."""
    questions, chance = [question(n) for n in range(1_000)], random.Random(1)
    return [
        json.dumps({"evaluations": chance.sample(questions, len(questions))}, separators=(",", ":")).encode()
        for _ in range(ORDERS)
    ]


def made(folder: Path, elements: int) -> None:
    write_catalogue(folder / "declared", elements)
    variables = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder)}
    for words in (["init", "."], ["apply", "declared", "--yes"]):
        command = [sys.executable, "-m", "lineage", "-q", *words, "-o", os.devnull] if words[0] == "apply" else [
            sys.executable, "-m", "lineage", "-q", *words]  # fmt: skip
        subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--elements", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    said = parser.parse_args()
    single = [request("/access/v1/evaluation", json.dumps(question(0)).encode())]
    batch = [request("/access/v1/evaluations", body) for body in batches()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(folder, said.elements)
        ours = ["-m", "lineage", "-q", "serve", "--port", "0"]
        with server(ours, folder) as (pid, port), server(["-c", EMPTY], folder) as (empty_pid, empty_port):
            wait_until_ready(port)
            run(said, {"empty": (empty_pid, empty_port, single, 32), "single": (pid, port, single, 32),
                       "batch": (pid, port, batch, 2)})  # fmt: skip


def wait_until_ready(port: int) -> None:
    """Wait until the table of the catalogue was made."""
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60) as got:
            if got.status == 200:
                return
        sleep(0.2)
    raise SystemExit("the server does not get ready")


def run(said: argparse.Namespace, cases: dict[str, tuple[int, int, list[bytes], int]]) -> None:
    rates: dict[str, list[float]] = {name: [] for name in cases}
    each: dict[str, list[float]] = {name: [] for name in cases}
    all_times: dict[str, list[float]] = {name: [] for name in cases}
    for _, port, sent, connections in cases.values():
        uvloop.run(load(port, sent, 0.5, connections))
    for _ in range(said.rounds):
        for name, (pid, port, sent, connections) in cases.items():
            before = cpu(pid)
            rate, times = uvloop.run(load(port, sent, said.seconds, connections))
            spent = cpu(pid) - before
            rates[name].append(rate)
            each[name].append(len(times) / spent)
            all_times[name] += times
    print(
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {said.rounds} rounds of {said.seconds:g} s, medians"
    )
    for name in cases:
        times = sorted(all_times[name])
        p50, p99 = times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3
        print(f"  {name:7} {median(rates[name]):9,.0f} requests/s  {median(each[name]):9,.0f} per CPU second  "
              f"p50 {p50:.2f} ms  p99 {p99:.2f} ms")  # fmt: skip
    ratio = median([one / other for one, other in zip(rates["single"], rates["empty"], strict=True)])
    print(f"  a question is answered at {ratio:.0%} of the rate of an empty Starlette endpoint (target 60 %)")
    print(f"  batches of 1,000 give {median(rates['batch']) * 1_000:,.0f} explained decisions/s (target 500,000)")


if __name__ == "__main__":
    main()
