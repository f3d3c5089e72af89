"""Whatever is sent: an answer in JSON, quickly, and the server goes on."""

from __future__ import annotations

import hashlib
import json
import socket
import time

import pytest

from lineage.errors import WrongUse
from lineage.web.callers import Callers, read_callers
from tests.unit.web.serving import EVALUATION, EVALUATIONS, QUESTION, SEARCH, served

TEXT = json.dumps(QUESTION)
DEEP = b'{"a":' * 40 + b"1" + b"}" * 40


@pytest.fixture(scope="module")
def server():
    with served() as found:
        yield found


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"nonsense",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode() + b"x",
        b'{"subject":NaN}',
        b'{"x":1e999,"subject":{}}',
        TEXT.replace("parcel-dispatch", "\\ud800").encode(),
        TEXT.replace("parcel-dispatch", "a\nb").encode(),
        b"[" * 500_000,
        b'{"a":' * 100_000,
        DEEP,
        TEXT[:-1].encode() + b', "subject": {"type": "process", "id": "other"}}',
        TEXT.replace('"id":', '"id": "other", "id":').encode(),
        TEXT[:-1].encode() + b', "properties": {"a": 1, "a": 2}}',
        *(json.dumps({k: v for k, v in QUESTION.items() if k != part}).encode() for part in QUESTION),
        *(json.dumps(QUESTION | {part: {}}).encode() for part in QUESTION),
        *(json.dumps(QUESTION | {part: value}).encode() for part in QUESTION for value in ([], "x", 5, True, None)),
        json.dumps(QUESTION | {"subject": {"type": "process", "id": 5}}).encode(),
        json.dumps(QUESTION | {"subject": {"type": None, "id": "x"}}).encode(),
        json.dumps(QUESTION | {"context": "x"}).encode(),
        json.dumps(QUESTION | {"context": {"regime": ["eu-gdpr"]}}).encode(),
        json.dumps(QUESTION | {"context": {"at": "31.12.2026"}}).encode(),
        json.dumps(QUESTION | {"context": {"as_of": "2031-01-01"}}).encode(),
        json.dumps(QUESTION | {"action": {"name": "x" * 100_000}}).encode(),
    ],
)
@pytest.mark.parametrize("path", [EVALUATION, EVALUATIONS])
def test_a_body_that_cannot_be_read_is_400(server, path, body):
    reply = server.post(path, body)
    assert reply.status == 400, reply.body[:200]
    assert reply.data["error"]["message"]
    assert reply.headers["x-request-id"]


@pytest.mark.parametrize(
    "batch",
    [
        {"evaluations": {}},
        {"evaluations": "x"},
        {"evaluations": [1]},
        {"evaluations": [None]},
        {"evaluations": [QUESTION, {}]},
        {"evaluations": [QUESTION], "options": []},
        {"evaluations": [QUESTION], "options": {"evaluations_semantic": "guess"}},
        {"evaluations": [QUESTION], "options": {"evaluations_semantic": []}},
    ],
)
def test_a_batch_that_cannot_be_read_is_400(server, batch):
    assert server.post(EVALUATIONS, batch).status == 400


def test_a_key_that_stands_twice_in_a_batch_is_400(server):
    text = json.dumps({"evaluations": [QUESTION, QUESTION]})
    for old, new in (('"id":', '"id": "x", "id":'), ('"action":', '"action": {"name": "x"}, "action":')):
        assert server.post(EVALUATIONS, text.replace(old, new, 1).encode()).status == 400
    # As many colons as an honest batch has: one entity given twice, another left out.
    twice = text.replace(
        ', "resource": {"type": "element", "id": "customer.phone_number"}', ', "action": {"name":"x"}', 1
    )
    assert server.post(EVALUATIONS, twice.encode()).status == 400


@pytest.mark.parametrize("kind", ["subject", "resource", "action"])
@pytest.mark.parametrize("body", [b"{}", b"[1]", b"{", b'{"subject":{"type":"process"}}'])
def test_a_search_that_cannot_be_read_is_400(server, kind, body):
    assert server.post(SEARCH + kind, body).status == 400


@pytest.mark.parametrize(
    ("path", "size"), [(EVALUATION, (1 << 20) + 1), (EVALUATION, 10_000_000), (EVALUATIONS, 10_000_000)]
)
def test_a_body_that_is_too_large_is_413(server, path, size):
    reply = server.post(path, b" " * size)
    assert reply.status == 413
    assert "larger than" in reply.data["error"]["message"]


def raw(server, sent: bytes, *, patience: float = 5.0) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=patience) as link:
        link.sendall(sent)
        return link.recv(65_536)


def test_a_large_body_is_refused_before_it_comes(server):
    head = (
        f"POST {EVALUATION} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n"
    )
    begun = time.monotonic()
    assert raw(server, head.encode()).startswith(b"HTTP/1.1 413")
    assert time.monotonic() - begun < 2


def test_a_large_body_in_pieces_is_refused_while_it_comes(server):
    head = (
        f"POST {EVALUATION} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"80000\r\n" + b" " * 0x80000 + b"\r\n"
    assert raw(server, head.encode() + piece * 3).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", EVALUATION, 405, "POST"),
        ("PUT", EVALUATION, 405, "POST"),
        ("OPTIONS", EVALUATIONS, 405, "POST"),
        ("POST", "/healthz", 405, "GET, HEAD"),
        ("DELETE", "/metrics", 405, "GET, HEAD"),
        ("GET", "/", 404, None),
        ("POST", "/access/v1/other", 404, None),
        ("GET", "/access/v1/evaluation/", 404, None),
    ],
)
def test_wrong_paths_and_methods_are_told_in_json(server, method, path, status, allow):
    reply = server.send(method, path)
    assert (reply.status, reply.headers.get("allow")) == (status, allow)
    assert reply.data["error"]["status"] == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_another_type_of_content_is_415(server, kind):
    assert server.post(EVALUATION, QUESTION, Content_Type=kind).status == 415
    assert server.post(EVALUATION, QUESTION, Content_Encoding="gzip").status == 415


def test_the_type_of_content_may_say_its_charset(server):
    assert server.post(EVALUATION, QUESTION, Content_Type="Application/JSON; charset=utf-8").status == 200


@pytest.mark.parametrize("name", ["x" * 129, "a\tb", "caf\u00e9"])
def test_a_request_id_that_must_not_be_sent_back_is_400(server, name):
    reply = server.post(EVALUATION, QUESTION, X_Request_ID=name)
    assert reply.status == 400
    assert reply.headers["x-request-id"] != name


def test_head_is_answered_without_a_body(server):
    reply = server.send("HEAD", "/healthz")
    assert (reply.status, reply.body) == (200, b"")


# --- Who asks ---


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture(scope="module")
def guarded():
    with served(callers=read_callers(f"# people\ncrm: {digest('one')}\n{digest('two').upper()}\n", "tokens")) as found:
        yield found


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer three", "Basic b25l", "Bearer one two", "one"]
)
@pytest.mark.parametrize("path", [EVALUATION, EVALUATIONS, SEARCH + "action"])
def test_a_stranger_is_401_and_told_how(guarded, path, header):
    reply = guarded.post(path, QUESTION, **({} if header is None else {"Authorization": header}))
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert reply.data["error"]["status"] == 401


@pytest.mark.parametrize("token", ["Bearer one", "bearer two"])
def test_a_caller_who_is_known_may_ask(guarded, token):
    assert guarded.post(EVALUATION, QUESTION, Authorization=token).status == 200
    assert guarded.get("/metrics", Authorization=token).status == 200


def test_health_and_configuration_are_for_everybody_and_counters_are_not(guarded):
    found = [
        guarded.get(path).status for path in ("/healthz", "/readyz", "/.well-known/authzen-configuration", "/metrics")
    ]
    assert found == [200, 200, 200, 401]


def test_a_page_token_is_of_its_caller(guarded):
    asked = QUESTION | {"page": {"limit": 1}}
    token = guarded.post(SEARCH + "action", asked, Authorization="Bearer one").data["page"]["next_token"]
    again = QUESTION | {"page": {"token": token}}
    assert guarded.post(SEARCH + "action", again, Authorization="Bearer one").status == 200
    assert guarded.post(SEARCH + "action", again, Authorization="Bearer two").status == 400


@pytest.mark.parametrize(
    "text", ["", "# none\n", "crm one", f"crm: {digest('a')[:-1]}", f"a: {digest('a')}\nb: {digest('a')}"]
)
def test_a_file_of_tokens_that_cannot_be_meant_is_refused(text):
    with pytest.raises(WrongUse):
        read_callers(text, "tokens")


def test_a_caller_has_the_name_from_the_file_or_one_made_of_the_digest():
    callers = read_callers(f"crm: {digest('one')}\n{digest('two')}", "tokens")
    assert callers.caller(b"Bearer one") == "crm"
    assert callers.caller(b"Bearer two") == f"token-{digest('two')[:8]}"
    assert callers.caller(b"Bearer three") is None
    assert Callers().caller(None) == ""


def test_a_head_without_end_is_not_waited_for(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as endless:
        endless.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ")
        sent = 0
        try:
            while sent < 10_000_000:
                sent += endless.send(b"a" * 65_536)
        except OSError:
            pass
        assert sent < 10_000_000
    assert server.get("/healthz").status == 200


def test_a_head_that_is_too_long_is_refused(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as long:
        long.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n")
        assert b" 400 " in long.recv(1_000).split(b"\r\n")[0] + b" "


@pytest.mark.parametrize("context", [{}, {"as_of": "@0"}, {"as_of": "2026-08-01"}, {"at": "2026-08-01"}])
def test_things_of_another_type_are_denied_whatever_the_times(server, context):
    asked = QUESTION | {"subject": {"type": "user", "id": "parcel-dispatch"}, "context": context}
    reply = server.ask(asked)
    assert reply["decision"] is False
    assert [finding["code"] for finding in reply["context"]["findings"]] == ["usage-cycle/unknown-type"]


@pytest.mark.parametrize("context", [{"at": ""}, {"as_of": ""}])
def test_a_lost_date_is_not_taken_for_now(server, context):
    assert server.post(EVALUATION, QUESTION | {"context": context}).status == 400
