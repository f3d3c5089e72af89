"""What is known changes, grows old and is counted, while questions are asked."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace

import pytest

from lineage.gate.source import Unrecorded
from lineage.web.metrics import Metrics, make_file
from tests.journeys.shop import NOW
from tests.unit.web.serving import (
    DENIED,
    EVALUATION,
    EVALUATIONS,
    QUESTION,
    SEARCH,
    Box,
    Client,
    poorer_table,
    served,
    snapshot_of,
)

DAY = 86_400
OLD = "usage-cycle/knowledge-too-old"


def test_an_answer_changes_when_the_calendar_passes_a_breakpoint():
    with served(max_age=1_000 * DAY) as server:
        until = server.ask(QUESTION)["context"]["holds_until"]
        server.box.seconds = NOW + 700 * DAY
        server.refresh()
        found = server.ask(QUESTION)
        assert (found["decision"], found["context"]["effect"]) == (False, "deny")
        assert until < found["context"]["at"][:10]
        assert server.post(EVALUATIONS, {"evaluations": [QUESTION]}).data["evaluations"] == [found]
        server.box.seconds = NOW
        server.refresh()
        assert server.ask(QUESTION)["decision"] is True


def test_the_answer_changes_in_the_very_second_after_its_last_day():
    with served(max_age=1_000 * DAY) as server:
        until = server.ask(QUESTION)["context"]["holds_until"]
        last = time.mktime(time.strptime(until, "%Y-%m-%d"))
        seen = {}
        for offset in range(-2, 3):  # the shop's day ends somewhere in these days; every hour is asked
            for hour in range(24):
                server.box.seconds = last + offset * DAY + hour * 3_600
                found = server.ask(QUESTION)
                seen[found["context"]["at"]] = found["decision"]
        assert all(decision is (at[:10] <= until) for at, decision in seen.items())


def test_a_new_revision_is_answered_from_and_the_memo_of_the_old_one_is_not():
    with served() as server:
        assert server.ask(QUESTION)["context"]["catalogue"]["revision"] == 1
        server.box.snapshot = snapshot_of(poorer_table(), 2)
        server.refresh()
        found = server.ask(QUESTION)
        assert (found["decision"], found["context"]["catalogue"]["revision"]) == (False, 2)
        assert server.post(SEARCH + "subject", QUESTION).data["results"] == []


def test_a_page_token_of_an_earlier_revision_is_refused():
    with served() as server:
        token = server.post(SEARCH + "action", QUESTION | {"page": {"limit": 1}}).data["page"]["next_token"]
        server.box.snapshot = snapshot_of(poorer_table(), 2)
        server.refresh()
        assert server.post(SEARCH + "action", QUESTION | {"page": {"token": token}}).status == 400


def test_knowledge_may_be_as_old_as_stated_and_then_everything_is_denied():
    with served(max_age=300) as server:
        assert server.ask(QUESTION)["decision"] is True
        server.box.broken = True
        server.box.seconds += 299
        assert server.ask(QUESTION)["decision"] is True
        assert server.get("/readyz").status == 200
        server.box.seconds += 2
        found = server.ask(QUESTION)
        assert (found["decision"], found["context"]["findings"][0]["code"]) == (False, OLD)
        batch = server.post(EVALUATIONS, {"evaluations": [QUESTION, DENIED]})
        assert [one["decision"] for one in batch.data["evaluations"]] == [False, False]
        assert server.post(SEARCH + "subject", QUESTION).data["results"] == []
        assert (server.get("/readyz").status, server.get("/healthz").status) == (503, 200)
        server.box.broken = False
        server.refresh()
        assert server.ask(QUESTION)["decision"] is True


def test_a_server_that_never_knew_anything_denies_and_is_not_ready():
    box = Box()
    box.broken = True
    with served(box) as server:
        assert server.get("/readyz").status == 503
        assert server.ask(QUESTION)["decision"] is False
        assert server.post(EVALUATIONS, {"evaluations": [QUESTION]}).data["evaluations"][0]["decision"] is False
        assert server.post(SEARCH + "action", QUESTION).data["results"] == []
        box.broken = False
        server.refresh()
        assert server.ask(QUESTION)["decision"] is True


def test_each_answer_is_of_one_revision_while_revisions_change_under_load():
    first, second = snapshot_of(Box().snapshot.table, 1), snapshot_of(poorer_table(), 2)
    wrong, asked, stop = [], [0], threading.Event()
    with served() as server:

        def ask():
            client = Client(server.port)
            while not stop.is_set():
                for found in client.post(EVALUATIONS, {"evaluations": [QUESTION] * 20}).data["evaluations"]:
                    asked[0] += 1
                    if found["decision"] is not (found["context"]["catalogue"]["revision"] == 1):
                        wrong.append(found)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(30):
            server.box.snapshot = (first, second)[number % 2]
            server.refresh()
            time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert asked[0] > 100


# --- Earlier knowledge needs a catalogue ---


def test_a_bundle_says_that_it_knows_one_instant_only():
    with served() as server:
        reply = server.post(EVALUATION, QUESTION | {"context": {"as_of": "2026-08-01"}})
        assert reply.status == 400
        assert "bundle" in reply.data["error"]["message"]
        assert server.ask(QUESTION | {"context": {"as_of": "now"}})["decision"] is True


# --- The log of decisions ---


class Log:
    def __init__(self):
        self.records, self.full = [], False

    def record(self, answer, snapshot, caller, now):
        if self.full:
            raise Unrecorded("no room")
        self.records.append((answer, snapshot.revision, caller, now))
        return f"d-{len(self.records)}"


@pytest.mark.parametrize("durable", [False, True])
def test_every_answer_is_recorded_and_names_its_record(durable):
    log = Log()
    with served(recorder=log, durable=durable) as server:
        assert server.ask(QUESTION)["context"]["id"] == "d-1"
        server.box.seconds += 60
        batch = server.post(EVALUATIONS, {"evaluations": [QUESTION, DENIED, {**QUESTION, "subject": {}}]}).data[
            "evaluations"
        ]
        assert [one["context"].get("id") for one in batch] == ["d-2", "d-3", None]
        assert [answer.effect for answer, *_ in log.records] == ["allow", "allow", "deny"]
        assert log.records[1][0].question.instant == log.records[1][3] == (NOW + 60) * 1_000_000
        log.full = True
        for path, asked in ((EVALUATION, QUESTION), (EVALUATIONS, {"evaluations": [QUESTION]})):
            reply = server.post(path, asked)
            assert reply.status == 503
            assert "recorded" in reply.data["error"]["message"]


# --- Counters ---


def metric(text: str, name: str) -> float:
    (found,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(found.rpartition(" ")[2])


def test_the_counters_tell_what_was_answered():
    with served() as server:
        for asked in (QUESTION, QUESTION, DENIED):
            server.ask(asked)
        server.post(EVALUATIONS, {"evaluations": [QUESTION, DENIED, QUESTION | {"subject": {"type": "process"}}]})
        server.post(EVALUATION, b"{")
        server.get("/nowhere")
        server.box.broken = True
        server.refresh()
        time.sleep(0.3)
        text = server.get("/metrics").body.decode()
    expected = {
        'lineage_decisions_total{effect="allow"}': 3,
        'lineage_decisions_total{effect="deny"}': 2,
        'lineage_decisions_total{effect="error"}': 1,
        'lineage_http_request_duration_seconds_count{endpoint="evaluation"}': 4,
        'lineage_http_request_duration_seconds_bucket{endpoint="evaluation",le="+Inf"}': 4,
        'lineage_http_requests_total{endpoint="evaluation",status="4xx"}': 1,
        'lineage_http_requests_total{endpoint="none",status="4xx"}': 1,
        'lineage_revision{worker="0"}': 1,
        "lineage_knowledge_age_limit_seconds": 300,
    }
    assert {name: metric(text, name) for name in expected} == expected
    assert metric(text, 'lineage_refresh_failures_total{worker="0"}') >= 1
    assert metric(text, 'lineage_knowledge_age_seconds{worker="0"}') >= 0


def test_the_counters_of_all_workers_are_added_whoever_is_asked(tmp_path):
    make_file(tmp_path / "counters", 2)
    one, other = (Metrics.open(tmp_path / "counters", number) for number in range(2))
    one.decisions(allow=3, deny=1)
    other.decisions(allow=2, deny=0)
    one.request(0, 0.0002, 200)
    other.request(0, 3.0, 503)
    one.gauge("revision", 7)
    for metrics in (one, other):
        text = metrics.text(100.0, None)
        assert metric(text, 'lineage_decisions_total{effect="allow"}') == 5
        assert metric(text, 'lineage_http_request_duration_seconds_count{endpoint="evaluation"}') == 2
        assert metric(text, 'lineage_revision{worker="0"}') == 7
    restarted = Metrics.open(tmp_path / "counters", 1)
    restarted.decisions(allow=1, deny=0)
    assert metric(restarted.text(100.0, None), 'lineage_decisions_total{effect="allow"}') == 6


def test_the_life_of_a_bundle_is_told_beside_its_age():
    lasting, ending = Box(), Box()
    ending.snapshot = replace(ending.snapshot, expires=int((NOW + 90) * 1_000_000))
    told = {}
    for box in (lasting, ending):
        with served(box) as server:
            told[box] = [server.get("/metrics").body.decode()]
            box.seconds += 60
            server.refresh()
            told[box].append(server.get("/metrics").body.decode())
    name = "lineage_bundle_expiry_seconds"
    assert [metric(text, f'{name}{{worker="0"}}') for text in told[ending]] == [90, 30]
    assert [metric(text, f'{name}{{worker="0"}}') for text in told[lasting]] == [float("inf")] * 2


SAMPLE = re.compile(
    r'(lineage_\w+?)(?:_bucket|_sum|_count)?(?:\{\w+="[^"\\\n]*"(?:,\w+="[^"\\\n]*")*\})? (\+Inf|-?[0-9.e+-]+)'
)


def test_the_counters_have_the_form_that_is_read_elsewhere():
    with served() as server:
        server.ask(QUESTION)
        text = server.get("/metrics").body.decode()
    assert text.endswith("\n")
    kinds: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds, line
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            found = SAMPLE.fullmatch(line)
            assert found, line
            whole = line.partition("{")[0].partition(" ")[0]
            assert kinds.get(whole) or kinds[found[1]] == "histogram", line
            float(found[2])
    assert all(name.endswith("_total") for name, kind in kinds.items() if kind == "counter")


def test_strangers_names_among_very_many_are_looked_up_beside_and_never_kept(monkeypatch):
    monkeypatch.setattr("lineage.web.service.MANY", 0)
    with served() as server:
        unknown = QUESTION | {"resource": {"type": "element", "id": "customer.phone"}}
        assert server.ask(unknown)["context"]["findings"]
        batch = server.post(
            EVALUATIONS, {"evaluations": [QUESTION, unknown, {**unknown, "context": {"at": "2026-09-02"}}]}
        )
        assert [one["decision"] for one in batch.data["evaluations"]] == [True, False, False]
        assert list(server.service.desk._held.memo) == [("parcel-dispatch", "customer.phone_number", "DeliveryOfGoods")]
        monkeypatch.setattr("lineage.web.service.PATIENCE", 0.0)
        late = server.ask(unknown)
        assert late["decision"] is False
        assert "not looked for" in late["context"]["findings"][0]["message"]
        assert server.ask(QUESTION)["decision"] is True
