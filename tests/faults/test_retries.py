"""The same request sent again, by one or by four at once, has one effect and gets one answer."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from lineage.errors import Refused
from lineage.services.changing import carry_out
from lineage.store.documents import read_one
from lineage.store.tables import journal
from tests.faults.invariants import broken
from tests.faults.processes import in_a_process
from tests.faults.work import STEPS, bare, element, request, shop


def entries(database):
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(journal))


def test_four_who_send_the_same_requests_at_once_get_the_same_answers(url):
    found = in_a_process("tests.faults.contention:send_at_once", url=url, processes=4, times=20)
    assert found["answers"] == 80
    assert found["requests"] == found["entries"] == found["first to come"] == 20
    assert found["answered differently"] == 0


def test_a_request_sent_again_writes_nothing_though_the_document_has_changed_since(url):
    database = bare(url)
    first = carry_out(database, request("one"), [element("a", "A")])
    carry_out(database, request("two"), [element("a", "B", "change")])
    again = carry_out(database, request("one"), [element("a", "A")], {("element", "a"): 0})
    assert (again.written.first, again.written.last, again.written.command) == (
        first.written.first,
        first.written.last,
        first.written.command,
    )
    assert again.written.repeated
    with database.reading() as connection:
        assert read_one(connection, "element", "a").body["title"] == "B"
    assert broken(database) == []


def test_a_request_id_used_for_something_else_is_refused_and_writes_nothing(url):
    database = bare(url)
    carry_out(database, request("one"), [element("a", "A")])
    size = entries(database)
    for changes in ([element("b", "B")], [element("a", "B")], [element("a", "A"), element("b", "B")], []):
        with pytest.raises(Refused, match="used for something else"):
            carry_out(database, request("one"), changes)
    assert entries(database) == size


def test_a_request_that_was_refused_may_be_sent_again_when_it_fits(url):
    database = bare(url)
    with pytest.raises(Refused):
        carry_out(database, request("one"), [element("a", "A", "change")])
    carry_out(database, request("two"), [element("a", "A")])
    assert not carry_out(database, request("one"), [element("a", "B", "change")]).written.repeated


def test_every_service_gives_a_request_sent_again_its_answer(tmp_path):
    from lineage.store.database import Database

    database = Database(shop(tmp_path))
    for step in STEPS:
        step.do(database, tmp_path)
        size = entries(database)
        step.do(database, tmp_path)
        assert entries(database) == size, step.name
    assert broken(database) == []
