"""HTTP/1.1 connections whose request heads are bounded, in length and in time: what never ends must not be waited for."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lineage.web.limits import HEAD, HEAD_SECONDS


class BoundedHeads(HttpToolsProtocol):
    """A connection that is closed when a request head is longer than ``HEAD`` bytes, or takes longer than its seconds."""

    _in_head = True
    _head = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            # Whatever came was part of a head that is still not complete.
            self._head += len(data)
            if self._head > HEAD:
                self._end()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head = True, 0
        self._wait()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop()
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > HEAD:
            self.send_400_response("The request head is too long.")
            return
        super().on_headers_complete()

    def _wait(self) -> None:
        self._stop()
        self._late = self.loop.call_later(HEAD_SECONDS, self._end)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _end(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
