"""A real server on loopback, in a thread: the shop's catalogue in memory, and a calendar that tests can move."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from lineage.gate.options import Clocks
from lineage.gate.source import Snapshot, Unavailable
from lineage.gate.table import Table
from lineage.web.callers import Callers
from lineage.web.desk import Desk
from lineage.web.knowledge import Watched
from lineage.web.metrics import Metrics
from lineage.web.past import Past
from lineage.web.service import Service
from lineage.web.serving import answering, listen, server_of
from tests.catalogues import plain, table_of
from tests.journeys.shop import ELEMENTS, NOW, SURROUNDINGS, USES

EVALUATION, EVALUATIONS = "/access/v1/evaluation", "/access/v1/evaluations"
SEARCH = "/access/v1/search/"
SUBJECT = {"type": "process", "id": "parcel-dispatch"}
RESOURCE = {"type": "element", "id": "customer.phone_number"}
ACTION = {"name": "DeliveryOfGoods"}
QUESTION = {"subject": SUBJECT, "action": ACTION, "resource": RESOURCE}
DENIED = QUESTION | {"action": {"name": "SellDataToThirdParties"}}


@cache
def shop_table() -> Table:
    return table_of(*(plain(text) for text in (SURROUNDINGS, ELEMENTS, USES)))


@cache
def poorer_table() -> Table:
    """The shop after its only sound use was taken away."""
    uses = plain(USES)
    uses["uses"] = [use for use in uses["uses"] if use["process"] != "parcel-dispatch"]
    return table_of(plain(SURROUNDINGS), plain(ELEMENTS), uses)


def snapshot_of(table: Table, revision: int = 1) -> Snapshot:
    return Snapshot(table, revision, f"digest-{revision}", f"root-{revision}", NOW * 1_000_000, lambda _: "uses.yaml:1")


class Box:
    """A calendar and a source of snapshots, both in the hands of a test."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.seconds = float(NOW)
        self.snapshot = snapshot or snapshot_of(shop_table())
        self.broken = False

    def calendar(self) -> int:
        return int(self.seconds * 1_000_000_000)

    def load(self, held: Snapshot | None, now: int) -> Snapshot:
        if self.broken:
            raise Unavailable("the database is away")
        return replace(self.snapshot, known=now)

    def close(self) -> None:
        pass


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks a server over one connection, as any program would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.send("GET", path, **headers)

    def post(self, path: str, data: Any, **headers: str) -> Reply:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return self.send("POST", path, body, **({"Content_Type": "application/json"} | headers))

    def ask(self, data: Any) -> Any:
        reply = self.post(EVALUATION, data)
        assert reply.status == 200, reply.body
        return reply.data


class Served(Client):
    """A client with the server it asks."""

    def __init__(self, port: int, box: Box, service: Service) -> None:
        super().__init__(port)
        self.box = box
        self.service = service

    def refresh(self) -> None:
        self.service.desk.gate.refresh()


@contextmanager
def served(
    box: Box | None = None, callers: Callers | None = None, max_age: float = 300, **more: Any
) -> Iterator[Served]:
    """Start a server; it ends with the block. ``more`` goes to the service."""
    box = box or Box()
    gate = Watched(box, max_age=max_age, refresh=0.05, patient=True, clocks=Clocks(calendar=box.calendar))
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    desk = Desk(gate, lambda: box.calendar() // 1_000, whole="recorder" in more)
    past = more.pop("past", Past(""))
    service = Service(desk, Metrics.alone(), past, callers or Callers(), f"http://127.0.0.1:{port}", b"s" * 32, **more)
    server = server_of(service)
    thread = threading.Thread(target=lambda: asyncio.run(answering(server, service, listening)))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield Served(port, box, service)
    finally:
        server.should_exit = True
        thread.join(20)
        gate.close()
        listening.close()
    assert not thread.is_alive()
