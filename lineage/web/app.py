"""The server as an ASGI application: paths, heads, errors. What a request means stands in the other modules.

Plain ASGI: between the server and the answer lies nothing that a decision would have to wait for.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any, NamedTuple

from lineage.web.bodies import Gone, Message, Receive, body_of, check_head, drain
from lineage.web.evaluating import evaluation, evaluations
from lineage.web.limits import BATCH_BODY, BODY, REQUEST_ID
from lineage.web.messages import Malformed
from lineage.web.metrics import ENDPOINTS
from lineage.web.searching import search_action, search_resource, search_subject
from lineage.web.service import Service, encode
from lineage.web.telling import PATHS, configuration, healthz, metrics, readyz

Send = Callable[[Message], Awaitable[None]]
Scope = Mapping[str, Any]
Answering = Callable[[Service, bytes, str], Awaitable[bytes]]
Telling = Callable[[Service], tuple[int, bytes, bytes]]
Headers = tuple[tuple[bytes, bytes], ...]
JSON = b"application/json"
NONE = ENDPOINTS.index("none")
_REQUEST_ID = re.compile(rb"[\x21-\x7e](?:[\x20-\x7e]{0,%d}[\x21-\x7e])?" % (REQUEST_ID - 2))
_logger = logging.getLogger("lineage.web")


class Post(NamedTuple):
    """An endpoint that answers a question: its number among the counters, what answers, how long a body may be."""

    number: int
    answer: Answering
    most: int
    batch: bool = False


class Get(NamedTuple):
    """An endpoint that tells something; ``public`` ones ask nobody who they are."""

    number: int
    tell: Telling
    public: bool


POSTS = {
    PATHS["access_evaluation_endpoint"]: Post(0, evaluation, BODY),
    PATHS["access_evaluations_endpoint"]: Post(1, evaluations, BATCH_BODY, batch=True),
    PATHS["search_subject_endpoint"]: Post(2, search_subject, BODY),
    PATHS["search_resource_endpoint"]: Post(3, search_resource, BODY),
    PATHS["search_action_endpoint"]: Post(4, search_action, BODY),
}
GETS = {
    "/.well-known/authzen-configuration": Get(5, configuration, public=True),
    "/metrics": Get(6, metrics, public=False),
    "/healthz": Get(7, healthz, public=True),
    "/readyz": Get(8, readyz, public=True),
}


class Refused(Malformed):
    """A request that is not answered, with a header that says what would be."""

    def __init__(self, status: int, sentence: str, header: tuple[bytes, bytes]) -> None:
        super().__init__(sentence, status)
        self.header = header


class App:
    """Answers requests of one worker."""

    def __init__(self, service: Service) -> None:
        self.service = service
        path = configured_path(service.public_url)
        self._gets = GETS | {path: GETS["/.well-known/authzen-configuration"]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        path, method = scope["path"], scope["method"]
        post = POSTS.get(path)
        number = post.number if post else self._gets[path].number if path in self._gets else NONE
        said = headers.get(b"x-request-id", b"")
        status, kind = 200, JSON
        more: Headers = ()
        try:
            name = _named(said)
            if post is not None and method == "POST":
                caller = self._caller(headers)
                check_head(headers, post.most)
                service = self.service.for_batch() if post.batch else self.service
                body = await post.answer(service, await body_of(receive, post.most), caller)
            else:
                status, kind, body = self._told(path, method, headers, post)
        except Gone:
            return
        except Malformed as error:
            status, name, body, more = _refusal(error, said)
        except Exception:
            _logger.exception("a request failed")
            status, name, body, more = _refusal(
                Malformed("this is a mistake in the server; its log says more", 500), said
            )
        head = [
            (b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"x-request-id", name), *more,
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": status, "headers": head})
        if method == "HEAD":
            body = b""
        if status in (413, 408, 415, 401, 404, 405) and method != "HEAD":
            # The answer is out; whatever is still being sent is taken and thrown away, so that it gets read.
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await drain(receive)
            body = b""
        await send({"type": "http.response.body", "body": body})
        self.service.metrics.request(number, perf_counter() - begun, status)

    def _caller(self, headers: Mapping[bytes, bytes]) -> str:
        """Give who asks. Refused with 401 for nobody we know."""
        caller = self.service.callers.caller(headers.get(b"authorization"))
        if caller is None:
            how = b'Bearer realm="lineage"'
            if b"authorization" in headers:
                how += b', error="invalid_token"'
            raise Refused(401, "send Authorization: Bearer with a token that is known here", (b"www-authenticate", how))
        return caller

    def _told(
        self, path: str, method: str, headers: Mapping[bytes, bytes], post: Post | None
    ) -> tuple[int, bytes, bytes]:
        get = self._gets.get(path)
        if get is None and post is None:
            raise Malformed("there is nothing here; GET /.well-known/authzen-configuration lists what there is", 404)
        if get is None or method not in ("GET", "HEAD"):
            allowed = b"POST" if get is None else b"GET, HEAD"
            raise Refused(405, f"{method[:20]} does nothing here; use {allowed.decode()}", (b"allow", allowed))
        if not get.public:
            self._caller(headers)
        return get.tell(self.service)


def configured_path(public_url: str) -> str:
    """Give where the configuration of a decision point stands: the well-known path comes before the one of its address."""
    path = public_url.partition("://")[2].partition("/")[2]
    return "/.well-known/authzen-configuration" + (f"/{path}" if path else "")


def _named(said: bytes) -> bytes:
    """Give the id of a request: as it was sent, or a new one. Malformed for what should not be sent back."""
    if not said:
        return secrets.token_hex(16).encode()
    if _REQUEST_ID.fullmatch(said) is None:
        raise Malformed(f"X-Request-ID: at most {REQUEST_ID} visible ASCII characters")
    return said


def _refusal(error: Malformed, said: bytes) -> tuple[int, bytes, bytes, Headers]:
    """Give status, request id, body and further headers of a refusal."""
    name = said if _REQUEST_ID.fullmatch(said) else secrets.token_hex(16).encode()
    body: bytes = encode({"error": {"status": error.status, "message": error.sentence}})
    more = (error.header,) if isinstance(error, Refused) else ()
    if error.status in (408, 413):
        more = (*more, (b"connection", b"close"))
    return error.status, name, body, more


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
