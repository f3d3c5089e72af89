"""Batches known by how they are written: only what was read before byte by byte, and never anything else."""

from __future__ import annotations

import json

import pytest

from lineage.web.desk import Entry
from lineage.web.limits import EVALUATIONS as MOST
from lineage.web.texts import KEPT, Texts
from tests.unit.web.serving import ACTION, DENIED, EVALUATIONS, QUESTION, RESOURCE, SUBJECT, served

ENTRIES = {name: Entry(name.encode(), 0, None) for name in "abc"}
MEMO = {(name, "e", "p"): entry for name, entry in ENTRIES.items()}
COMPACT, SPACED = (",", ":"), (", ", ": ")


def item(process, **more):
    subject = {"type": "process", "id": process}
    return {"subject": subject, "action": {"name": "p"}, "resource": {"type": "element", "id": "e"}, **more}


def body(*items, separators=COMPACT, **more):
    return json.dumps({"evaluations": list(items), **more}, separators=separators).encode()


@pytest.fixture
def texts():
    found = Texts()
    for separators in (COMPACT, SPACED):
        found.learn(body(*map(item, "abc"), separators=separators), MEMO)
    return found


@pytest.mark.parametrize("separators", [COMPACT, SPACED])
@pytest.mark.parametrize("asked", ["a", "abc", "cba", "aab", "bbbbb"])
def test_questions_that_were_read_are_known_in_any_order(texts, asked, separators):
    found = texts.find(body(*map(item, asked), separators=separators), MEMO)
    assert found == [ENTRIES[name] for name in asked]


DIFFERENT = [
    body(item("a"), item("d")),
    body(item("a"), item("b", context={"at": "2020-01-01"})),
    body(item("a"), item("b"), subject={"type": "process", "id": "c"}),
    body(item("a"), item("b"), options={"evaluations_semantic": "deny_on_first_deny"}),
    body(item("a"), item("b"))[:-1],
    body(item("a"), item("b")) + b" ",
    body(item("a"), item("b")).replace(b"},{", b"} ,{"),
    body(item("a"), item("b")).replace(b'"b"},', b'"b","id":"a"},'),
    body(item("a"), item("b")).replace(b"},{", b"},{},{"),
    body(item("a"), item("a},{b")),
    body(),
    body({}),
    b"",
    b'{"evaluations":[{',
    b'{"evaluations":[{}]}',
    b'{"evaluations":[{},{}]}',
    body(*[item("a")] * (MOST + 1)),
    b'{"evaluations":[{' + b"},{" * 1_000 + b"}]}",
]


@pytest.mark.parametrize("other", DIFFERENT)
def test_whatever_differs_is_not_known_and_is_not_learned_wrongly(texts, other):
    assert texts.find(other, MEMO) is None
    texts.learn(other, MEMO)
    assert texts.find(other, MEMO) is None
    assert texts.find(body(item("a"), item("b")), MEMO) == [ENTRIES["a"], ENTRIES["b"]]


def test_what_another_revision_answered_is_not_given(texts):
    newer = {key: Entry(b"newer", 0, None) for key in MEMO}
    assert texts.find(body(item("a")), newer) is None
    texts.learn(body(item("a")), newer)
    assert texts.find(body(item("a")), newer) == [Entry(b"newer", 0, None)]
    assert texts.find(body(item("a")), MEMO) is None


def test_no_more_texts_are_kept_than_there_is_room_for(texts, monkeypatch):
    monkeypatch.setattr("lineage.web.texts.KEPT", 2)
    texts.learn(body(item("a")), MEMO)
    assert len(texts._entries) <= 2 < KEPT
    assert texts.find(body(item("a")), MEMO) == [ENTRIES["a"]]


BATCHES = [
    {"evaluations": [QUESTION, DENIED] * 3},
    {"evaluations": [QUESTION, DENIED, QUESTION], "options": {"evaluations_semantic": "deny_on_first_deny"}},
    {"evaluations": [DENIED, QUESTION | {"context": {"at": "1990-01-01"}}]},
    {"evaluations": [{"resource": RESOURCE}, {"resource": RESOURCE, "action": {"name": "Marketing"}}],
     "subject": SUBJECT, "action": ACTION},
    {"evaluations": [QUESTION, {"subject": SUBJECT}]},
    {"evaluations": [QUESTION | {"subject": {"type": "process", "id": "nobody"}}, QUESTION]},
]  # fmt: skip


@pytest.mark.parametrize("separators", [COMPACT, SPACED])
def test_a_batch_is_answered_the_second_time_as_the_first(separators):
    with served() as server:
        sent = [json.dumps(batch, separators=separators).encode() for batch in BATCHES]
        first = [server.post(EVALUATIONS, one) for one in sent]
        for _ in range(2):
            again = [server.post(EVALUATIONS, one) for one in sent]
            assert [(one.status, one.body) for one in again] == [(one.status, one.body) for one in first]
        decisions = [one["decision"] for one in json.loads(first[0].body)["evaluations"]]
        assert decisions == [True, False] * 3
