"""Keeping decisions: nothing an answer was given for is missing, or how many are is known."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from lineage.errors import CatalogueUnreadable, WrongUse
from lineage.gate.source import Unrecorded
from lineage.services import decision_log
from lineage.services.decision_log import MODES, open_log
from lineage.store.decisions import Decisions, Wanted, read_rows
from tests.decisions import TIME, made, snapshot
from tests.journeys.console import environment


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path / 'd.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def opened():
    """Open logs that are closed again whatever happens."""
    logs = []

    def opening(url, mode, **options):
        logs.append(open_log(url, mode, **options))
        return logs[-1]

    yield opening
    for log in logs:
        log.close(5.0)


def rows(url):
    store = Decisions(url)
    try:
        with store.reading() as connection:
            return [found.row for found in read_rows(connection, Wanted(), 1_000_000)]
    finally:
        store.close()


def ids(url):
    return {row.id for row in rows(url)}


@pytest.mark.parametrize("mode", MODES)
def test_every_answer_is_kept_once_by_many_threads(url, mode, opened):
    log = opened(url, mode, patience=30.0)
    given: list[str] = []

    def ask(name):
        for number in range(100):
            given.append(log.record(made(number), snapshot(), name, TIME + number))

    threads = [threading.Thread(target=ask, args=(f"t{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if mode == "durable":
        assert set(given) <= ids(url)
    log.close()
    assert len(set(given)) == 800
    assert ids(url) == set(given)
    assert (log.counts().kept, log.counts().lost, log.counts().waiting) == (800, 0, 0)


def test_a_durable_answer_is_there_as_soon_as_it_is_given(url, opened):
    log = opened(url, "durable", patience=30.0)
    for number in range(5):
        assert log.record(made(number), snapshot(), "c", TIME) in ids(url)
    many = log.record_many([made(number) for number in range(3_000)], snapshot(), "c", TIME)
    assert set(many) <= ids(url)


def test_a_bounded_log_writes_by_itself_soon(url, opened):
    log = opened(url, "bounded", interval=0.01)
    number = log.record(made(), snapshot(), "c", TIME)
    end = time.monotonic() + 20
    while log.counts().kept < 1:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert ids(url) == {number}


def test_what_finds_no_room_is_counted_and_leaves_a_gap(tmp_path, opened, monkeypatch):
    url = f"sqlite:///{tmp_path / 'd.db'}"
    log = opened(url, "bounded", limit=10)
    stop, real = threading.Event(), Decisions.append

    def slow(*args, **more):
        stop.wait(20)
        real(*args, **more)

    monkeypatch.setattr(Decisions, "append", slow)
    given = [log.record(made(number), snapshot(), "c", TIME + number) for number in range(25)]
    assert all(given[:10])
    assert given[10:] == [""] * 15
    assert (log.counts().lost, log.counts().waiting) == (15, 10)
    stop.set()
    assert log.flush(20)
    log.close()
    found = rows(url)
    assert {row.id for row in found if not row.lost} == set(given[:10])
    assert [(row.effect, row.lost, row.time, row.at) for row in found if row.lost] == [
        ("lost", 15, TIME + 10, TIME + 24)
    ]


def failing(monkeypatch, times, *, after=False):
    """Let the store fail so many times, before it writes or after its commit."""
    left, real = [times], Decisions.append

    def append(self, made, said, *, again=False):
        if not left[0]:
            return real(self, made, said, again=again)
        left[0] -= 1
        if after:
            real(self, made, said, again=again)
        raise CatalogueUnreadable("The server went away.", "")

    monkeypatch.setattr(Decisions, "append", append)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_a_write_that_failed_is_tried_again_and_has_one_effect(url, mode, after, opened, monkeypatch):
    failing(monkeypatch, 3, after=after)
    log = opened(url, mode, patience=30.0)
    given = [log.record(made(number), snapshot(), "c", TIME) for number in range(4)]
    assert log.flush(20)
    assert sorted(row.id for row in rows(url)) == sorted(given)
    assert (log.counts().failures, log.counts().trouble) == (3, "")


def test_an_answer_that_cannot_be_recorded_is_withheld_in_time_and_says_why(tmp_path, opened):
    (tmp_path / "d.db").mkdir()
    log = opened(f"sqlite:///{tmp_path / 'd.db'}", "durable", patience=0.3)
    start = time.monotonic()
    with pytest.raises(Unrecorded, match="decision log"):
        log.record(made(), snapshot(), "c", TIME)
    assert time.monotonic() - start < 5


def test_a_withheld_answer_leaves_no_record_but_the_one_being_written_just_then_and_that_is_told(
    tmp_path, opened, monkeypatch, caplog
):
    log = opened(f"sqlite:///{tmp_path / 'd.db'}", "durable", patience=0.4)
    first = log.record(made(), snapshot(), "c", TIME)
    append, writing, going = log.store.append, threading.Event(), threading.Event()

    def slowly(*rows, **how):
        writing.set()
        assert going.wait(20)
        return append(*rows, **how)

    monkeypatch.setattr(log.store, "append", slowly)
    said: list[str] = []

    def withheld():
        with pytest.raises(Unrecorded) as caught:
            log.record(made(), snapshot(), "c", TIME)
        said.append(str(caught.value))

    during = threading.Thread(target=withheld)
    during.start()
    assert writing.wait(20)
    behind = [threading.Thread(target=withheld) for _ in range(3)]
    for thread in behind:
        thread.start()
    for thread in (during, *behind):
        thread.join(20)
    assert said == ["the decision could not be kept within 0.4 seconds"] * 4
    going.set()
    assert log.flush(20)
    last = log.record(made(), snapshot(), "c", TIME)
    log.close()
    kept = ids(log.store.shown)
    (late,) = kept - {first, last}
    assert f"recorded too late, so that the answers were withheld: {late}" in caplog.text
    assert (log.counts().kept, log.counts().lost) == (3, 3)


def test_a_bounded_log_whose_store_is_gone_gives_answers_and_tells_of_the_loss_at_its_end(tmp_path, opened, caplog):
    (tmp_path / "d.db").mkdir()
    log = opened(f"sqlite:///{tmp_path / 'd.db'}", "bounded", limit=3)
    start = time.monotonic()
    assert [bool(log.record(made(), snapshot(), "c", TIME)) for _ in range(5)] == [True] * 3 + [False] * 2
    assert time.monotonic() - start < 5
    log.close(0.3)
    assert log.counts().lost == 5
    assert "5 decisions were not kept" in caplog.text


@pytest.mark.parametrize("mode", MODES)
def test_a_decision_that_cannot_be_written_keeps_no_other_back(tmp_path, mode, opened):
    log = opened(f"sqlite:///{tmp_path / 'd.db'}", mode, patience=10.0, interval=0.01)
    broken = replace(made(), holds_until=1.5)
    if mode == "durable":
        with pytest.raises(Unrecorded, match="canonically"):
            log.record(broken, snapshot(), "c", TIME)
    else:
        log.record(broken, snapshot(), "c", TIME)
        assert log.flush(20)
    number = log.record(made(), snapshot(), "c", TIME)
    assert log.flush(20)
    log.close()
    assert [row.lost or row.id for row in rows(f"sqlite:///{tmp_path / 'd.db'}")] == [1, number][mode == "durable" :]
    assert log.counts().lost == 1


@pytest.mark.parametrize("mode", MODES)
def test_a_closed_log_keeps_nothing_more(tmp_path, mode, opened):
    log = opened(f"sqlite:///{tmp_path / 'd.db'}", mode)
    log.record(made(), snapshot(), "c", TIME)
    log.close()
    log.close()
    if mode == "durable":
        with pytest.raises(Unrecorded, match="closed"):
            log.record(made(), snapshot(), "c", TIME)
    else:
        assert not log.record(made(), snapshot(), "c", TIME)
        assert log.counts().lost == 1


def test_the_batch_of_a_durable_answer_can_call_instead_of_being_waited_for(tmp_path, opened):
    log = opened(f"sqlite:///{tmp_path / 'd.db'}", "durable", patience=30.0)
    called, done = [], threading.Event()
    given, batch = log.submit([made()], snapshot(), "c", TIME)
    batch.when_done(lambda error: (called.append(error), done.set()))
    assert done.wait(20)
    assert called == [""]
    assert set(given) == ids(log.store.shown)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("mode", MODES)
def test_a_forked_process_goes_on_with_a_log_of_its_own(url, mode, opened):
    log = opened(url, mode, patience=30.0)
    first = log.record(made(), snapshot(), "parent", TIME)
    child = os.fork()
    if not child:
        try:
            log.record_many([made(number) for number in range(500)], snapshot(), "child", TIME)
            log.close()
        finally:
            os._exit(0)
    rest = [log.record(made(number), snapshot(), "parent", TIME) for number in range(50)]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    log.close()
    found = rows(url)
    assert {row.id for row in found if row.caller == "parent"} == {first, *rest}
    assert len(found) == len({row.id for row in found}) == 551


def test_the_end_of_the_program_writes_what_waits(tmp_path):
    code = (
        "from lineage.services.decision_log import open_log\nfrom tests.decisions import *\n"
        f"log = open_log('sqlite:///{tmp_path / 'd.db'}', 'bounded', interval=60)\n"
        "[log.record(made(n), snapshot(), 'c', TIME) for n in range(300)]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=environment())
    assert len(ids(f"sqlite:///{tmp_path / 'd.db'}")) == 300


@pytest.mark.parametrize(("mode", "limit"), [("sometimes", 5), ("bounded", 0)])
def test_only_what_makes_sense_is_opened(mode, limit):
    with pytest.raises(WrongUse):
        open_log("sqlite:///d.db", mode, limit=limit)


def test_every_log_is_known_to_the_fork_and_to_the_end(tmp_path, opened):
    log = opened(f"sqlite:///{tmp_path / 'd.db'}", "bounded")
    assert log in decision_log._LOGS
