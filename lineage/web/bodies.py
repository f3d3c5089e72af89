"""Bodies of requests, taken in within bounds of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from lineage.web.limits import DRAINED, DRAINING, SLOW_BODY
from lineage.web.messages import Malformed

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
JSON = b"application/json"


class Gone(Exception):
    """The caller hung up."""


def check_head(headers: Mapping[bytes, bytes], most: int) -> None:
    """Look at what the head says of the body. Malformed with 415 or 413."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != JSON:
        raise Malformed("send JSON, with Content-Type: application/json", 415)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Malformed("send the body as it is, without Content-Encoding", 415)
    size = headers.get(b"content-length", b"")
    if size.isdigit() and int(size[:20]) > most:
        raise _too_large(most)


async def body_of(receive: Receive, most: int) -> bytes:
    """Take a body in. Malformed with 413 as soon as it is too long, with 408 when it does not come; Gone."""
    parts, size, more = list[bytes](), 0, True
    try:
        async with asyncio.timeout(SLOW_BODY):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
                more = message.get("more_body", False)
    except TimeoutError:
        raise Malformed(f"the body did not come within {SLOW_BODY:g} seconds", 408) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def drain(receive: Receive) -> None:
    """Throw away what still comes, within bounds: who is cut off while sending may never read why."""
    size = 0
    try:
        async with asyncio.timeout(DRAINING):
            while size < DRAINED:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def _too_large(most: int) -> Malformed:
    return Malformed(f"the body is larger than {most:,} bytes", 413)
