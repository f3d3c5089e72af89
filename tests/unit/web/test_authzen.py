"""The scenario of AuthZEN's certification, basic, batch, search and discovery, with processes, elements and purposes."""

from __future__ import annotations

import time

import pytest

from lineage.web.limits import LOOKS
from tests.unit.web.serving import (
    ACTION,
    DENIED,
    EVALUATION,
    EVALUATIONS,
    QUESTION,
    RESOURCE,
    SEARCH,
    SUBJECT,
    served,
)


@pytest.fixture(scope="module")
def server():
    with served() as found:
        yield found


# --- Basic ---


def test_a_sound_use_is_permitted_and_says_why(server):
    reply = server.post(EVALUATION, QUESTION, X_Request_ID="abc-1")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.headers["x-request-id"] == "abc-1"
    assert reply.data["decision"] is True
    context = reply.data["context"]
    assert context["effect"] == "allow"
    assert context["cycle"] == "complete"
    assert context["catalogue"] == {"revision": 1, "digest": "digest-1"}
    assert context["at"] == context["as_of"] == "2026-09-01T14:00:00+02:00"
    assert {"stages", "consent", "regulatory", "obligations", "findings", "holds_until"} <= set(context)


def test_a_deny_is_no_error_of_http(server):
    reply = server.post(EVALUATION, DENIED)
    assert (reply.status, reply.data["decision"]) == (200, False)
    assert reply.data["context"]["findings"]


def test_a_request_without_an_id_gets_one(server):
    names = {server.post(EVALUATION, QUESTION).headers["x-request-id"] for _ in range(3)}
    assert len(names) == 3


def test_the_same_request_gets_the_same_answer(server):
    assert server.post(EVALUATION, QUESTION).body == server.post(EVALUATION, QUESTION).body


@pytest.mark.parametrize(
    ("part", "data", "named"),
    [
        ("subject", {"type": "process", "id": "parcel-dispach"}, "parcel-dispatch"),
        ("resource", {"type": "element", "id": "customer.phone"}, "customer.phone_number"),
        ("action", {"name": "DeliveryOfGood"}, "DeliveryOfGoods"),
        ("subject", {"type": "user", "id": "parcel-dispatch"}, "process"),
        ("resource", {"type": "column", "id": "customer.phone_number"}, "element"),
        ("context", {"audience": "customers"}, "customer"),
        ("context", {"regime": "eu-gdprs"}, "eu-gdpr"),
    ],
)
def test_what_nobody_knows_is_denied_with_what_may_have_been_meant(server, part, data, named):
    found = server.ask(QUESTION | {part: data})
    assert found["decision"] is False
    assert named in found["context"]["findings"][0]["message"]


def test_further_attributes_are_passed_over(server):
    more = {"properties": {"role": "x", "list": [1, {"a": None}]}}
    asked = {
        "subject": SUBJECT | more,
        "action": ACTION | more,
        "resource": RESOURCE | more,
        "context": {"ip": "::1"},
        "x": 1,
    }
    assert server.ask(asked) == server.ask(QUESTION)


def test_null_says_the_same_as_nothing(server):
    assert server.ask(QUESTION | {"context": None}) == server.ask(QUESTION | {"context": {"at": None, "regime": None}})


@pytest.mark.parametrize(
    ("context", "decision", "at"),
    [
        ({"at": "2026-09-01"}, True, "2026-09-01T23:59:59+02:00"),
        ({"at": "2028-06-01T00:00:00Z"}, False, "2028-06-01T02:00:00+02:00"),
        (
            {"at": "2026-09-01T10:00:00+02:00", "audience": "customer", "regime": "eu-gdpr"},
            True,
            "2026-09-01T10:00:00+02:00",
        ),
        ({"audience": "customer"}, True, "2026-09-01T14:00:00+02:00"),
    ],
)
def test_the_context_is_honoured(server, context, decision, at):
    found = server.ask(QUESTION | {"context": context})
    assert (found["decision"], found["context"]["at"]) == (decision, at)


# --- Batch ---


def decisions(reply):
    assert reply.status == 200, reply.body
    return [one["decision"] for one in reply.data["evaluations"]]


def test_a_batch_answers_in_the_order_of_its_questions(server):
    reply = server.post(EVALUATIONS, {"evaluations": [QUESTION, DENIED, QUESTION]})
    assert decisions(reply) == [True, False, True]
    assert reply.data["evaluations"][0] == server.ask(QUESTION)


def test_defaults_are_taken_and_overridden_whole(server):
    batch = {
        "subject": SUBJECT,
        "resource": RESOURCE,
        "evaluations": [{"action": ACTION}, {"action": DENIED["action"]}],
    }
    assert decisions(server.post(EVALUATIONS, batch)) == [True, False]
    batch = QUESTION | {"context": {"at": "2028-06-01"}, "evaluations": [{}, {"context": {"audience": "customer"}}]}
    assert decisions(server.post(EVALUATIONS, batch)) == [False, True]


@pytest.mark.parametrize("more", [{}, {"evaluations": []}, {"evaluations": None}])
def test_a_batch_without_questions_is_one_question(server, more):
    reply = server.post(EVALUATIONS, QUESTION | more)
    assert reply.data == server.ask(QUESTION)


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        ("execute_all", [True, False, True, False]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
def test_a_batch_may_end_early(server, semantic, expected):
    batch = {"evaluations": [QUESTION, DENIED] * 2, "options": {"evaluations_semantic": semantic, "other": 1}}
    assert decisions(server.post(EVALUATIONS, batch)) == expected


@pytest.mark.parametrize(
    "bad",
    [
        {"subject": {"type": "process"}},
        {"subject": "parcel-dispatch"},
        {"action": {"name": 5}},
        {"context": {"at": "yesterday"}},
        {"context": {"at": "2026-09-01T10:00:00"}},
        {"context": {"as_of": "2030-01-01"}},
        {"context": {"as_of": "2026-01-01"}},
        {"context": []},
        {"resource": {"type": "element", "id": "x" * 600}},
    ],
)
def test_a_question_that_fails_alone_is_closed_alone(server, bad):
    reply = server.post(EVALUATIONS, {"evaluations": [QUESTION, QUESTION | bad, QUESTION]})
    assert decisions(reply) == [True, False, True]
    error = reply.data["evaluations"][1]["context"]["error"]
    assert error["status"] == 400
    assert error["message"]


@pytest.mark.parametrize("context", [None, {"regime": "eu-gdpr"}])
@pytest.mark.parametrize("many", [0, 5_000])
def test_ten_thousand_names_nobody_knows_are_all_denied_in_time_and_none_is_closed(server, monkeypatch, many, context):
    monkeypatch.setattr("lineage.web.service.MANY", many)
    more = {} if context is None else {"context": context}
    strange = [QUESTION | more | {"resource": RESOURCE | {"id": f"customer.phone-{n}"}} for n in range(9_998)]
    batch = {"evaluations": [*strange, strange[0], QUESTION | more]}
    begun = time.monotonic()
    found = server.post(EVALUATIONS, batch).data["evaluations"]
    assert time.monotonic() - begun < 9
    assert [one["decision"] for one in found] == [False] * 9_999 + [True]
    assert all("error" not in one["context"] for one in found)
    said = [one["context"]["findings"][0]["message"] for one in found[:-1]]
    assert [place for place, text in enumerate(said) if "the nearest" in text] == [*range(LOOKS), 9_998]
    assert said[LOOKS].endswith("not looked for, since too many unknown names were asked about at once")
    assert server.ask(strange[-1])["context"]["findings"][0]["message"].endswith(said[0].partition(";")[2])


@pytest.mark.parametrize("many", [0, 5_000])
def test_a_catalogue_in_which_looking_takes_long_closes_no_question_of_a_batch_either(server, monkeypatch, many):
    monkeypatch.setattr("lineage.web.service.MANY", many)
    monkeypatch.setattr("lineage.web.service.Looks.seconds", 0.0)
    strange = [QUESTION | {"resource": RESOURCE | {"id": f"customer.phone-{n}"}} for n in range(3)]
    found = server.post(EVALUATIONS, {"evaluations": strange}).data["evaluations"]
    assert [one["decision"] for one in found] == [False] * 3
    for one in found:
        assert one["context"]["findings"][0]["message"].endswith("were asked about at once")


@pytest.mark.parametrize("context", [None, {"regime": "eu-gdpr"}])
def test_a_batch_that_had_its_time_closes_what_is_left_and_says_so(server, monkeypatch, context):
    more = {} if context is None else {"context": context}
    new = [QUESTION | more | {"subject": SUBJECT | {"id": f"late-{context is None}-{n}"}} for n in range(3)]
    monkeypatch.setattr("lineage.web.evaluating.PATIENCE", -1.0)
    reply = server.post(EVALUATIONS, {"evaluations": [*new, DENIED | more]})
    assert reply.status == 200
    assert decisions(reply)[:3] == [False] * 3
    for one in reply.data["evaluations"][:3]:
        assert one["context"]["error"]["status"] == 503
        assert "ask in smaller batches" in one["context"]["error"]["message"]
    monkeypatch.undo()
    again = server.post(EVALUATIONS, {"evaluations": [*new, QUESTION | more]}).data["evaluations"]
    assert all("error" not in one["context"] for one in again)
    assert [one["decision"] for one in again] == [False] * 3 + [True]


def test_ten_thousand_questions_fit_and_more_are_refused(server):
    reply = server.post(EVALUATIONS, {"evaluations": [QUESTION, DENIED] * 5_000})
    assert decisions(reply) == [True, False] * 5_000
    long = QUESTION | {"context": {"why": "x" * 300}}
    assert decisions(server.post(EVALUATIONS, {"evaluations": [long] * 10_000})) == [True] * 10_000
    for one in (QUESTION, long):
        reply = server.post(EVALUATIONS, {"evaluations": [one] * 10_001})
        assert reply.status == 413
        assert "10,000" in reply.data["error"]["message"]


# --- Search ---


@pytest.mark.parametrize(
    ("kind", "asked", "expected"),
    [
        ("subject", {"subject": {"type": "process"}, "action": ACTION, "resource": RESOURCE}, [SUBJECT]),
        ("subject", QUESTION | {"subject": {"type": "process", "id": "passed over"}}, [SUBJECT]),
        ("resource", {"subject": SUBJECT, "action": ACTION, "resource": {"type": "element"}}, [RESOURCE]),
        ("action", {"subject": SUBJECT, "resource": RESOURCE}, [{"name": "AgreeDeliverySlot"}, ACTION]),
        ("subject", DENIED, []),
        ("subject", QUESTION | {"subject": {"type": "user"}}, []),
        ("resource", QUESTION | {"context": {"at": "2028-06-01"}}, []),
        ("resource", QUESTION | {"subject": SUBJECT | {"id": "nobody"}}, []),
        ("action", {"subject": SUBJECT, "resource": RESOURCE | {"id": ""}}, []),
    ],
)
def test_a_search_finds_what_would_be_permitted(server, kind, asked, expected):
    reply = server.post(SEARCH + kind, asked)
    assert reply.status == 200, reply.body
    assert reply.data["results"] == expected
    assert reply.data["page"] == {"next_token": "", "count": len(expected)}
    assert reply.body.startswith(b'{"page":')


def test_every_result_of_a_search_evaluates_to_true(server):
    for found in server.post(SEARCH + "action", QUESTION).data["results"]:
        assert server.ask(QUESTION | {"action": found})["decision"] is True


def test_pages_follow_each_other_by_token(server):
    first = server.post(SEARCH + "action", QUESTION | {"page": {"limit": 1}}).data
    assert first["results"] == [{"name": "AgreeDeliverySlot"}]
    token = first["page"]["next_token"]
    for page in ({"token": token}, {"token": token, "limit": 1}):
        second = server.post(SEARCH + "action", QUESTION | {"page": page}).data
        assert (second["results"], second["page"]["next_token"]) == ([ACTION], "")


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": {"type": "process", "id": "slot-planning"}},
        {"resource": {"type": "element", "id": "customer.email"}},
        {"context": {"audience": "customer"}},
        {"context": {"at": "2026-09-02"}},
    ],
)
def test_a_token_fits_only_the_search_it_was_given_for(server, changed):
    token = server.post(SEARCH + "action", QUESTION | {"page": {"limit": 1}}).data["page"]["next_token"]
    assert server.post(SEARCH + "action", QUESTION | changed | {"page": {"token": token}}).status == 400
    assert server.post(SEARCH + "resource", QUESTION | {"page": {"token": token}}).status == 400
    assert server.post(SEARCH + "action", QUESTION | {"page": {"token": token, "limit": 2}}).status == 400


@pytest.mark.parametrize(
    ("asked", "told"), [(1, {}), (1_000, {}), (1_001, {"limit": 1_000}), (1 << 31, {"limit": 1_000})]
)
def test_who_asks_for_more_than_fits_on_a_page_is_told_the_limit_that_is_kept_to(server, asked, told):
    page = server.post(SEARCH + "action", QUESTION | {"page": {"limit": asked}}).data["page"]
    assert {name: page[name] for name in page if name == "limit"} == told
    stranger = SUBJECT | {"id": "nobody"}
    page = server.post(SEARCH + "action", QUESTION | {"subject": stranger, "page": {"limit": asked}}).data["page"]
    assert page == {"next_token": "", "count": 0} | told


@pytest.mark.parametrize(
    "page", [{"limit": 0}, {"limit": -1}, {"limit": "5"}, {"token": "x"}, {"token": "é.é"}, {"token": 1}, []]
)
def test_a_page_nobody_can_give_is_refused(server, page):
    assert server.post(SEARCH + "action", QUESTION | {"page": page}).status == 400


# --- Discovery ---


def test_the_configuration_lists_every_endpoint(server):
    found = server.get("/.well-known/authzen-configuration")
    address = f"http://127.0.0.1:{server.port}"
    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    assert found.data == {
        "policy_decision_point": address,
        "access_evaluation_endpoint": address + EVALUATION,
        "access_evaluations_endpoint": address + EVALUATIONS,
        "search_subject_endpoint": address + SEARCH + "subject",
        "search_resource_endpoint": address + SEARCH + "resource",
        "search_action_endpoint": address + SEARCH + "action",
    }
