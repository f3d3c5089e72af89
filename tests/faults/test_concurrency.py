"""Several programs write at once: no update is lost, and nobody is told that the database is locked."""

from __future__ import annotations

import pytest

from tests.faults.processes import in_a_process

PROCESSES = 4


def counted(url, each, documents):
    found = in_a_process(
        "tests.faults.contention:count_up", url=url, processes=PROCESSES, each=each, documents=documents
    )
    assert found["acknowledged"] == found["counted"] == PROCESSES * each
    return found


def test_of_contended_increments_none_is_lost(url):
    assert counted(url, 30, 1)["beaten"] > 0, "nobody was ever beaten: nothing was contended for"


@pytest.mark.slow
def test_of_two_thousand_contended_increments_none_is_lost(url):
    assert counted(url, 500, 1)["beaten"] > 100


def test_writers_of_different_documents_are_never_beaten(url):
    assert counted(url, 25, PROCESSES)["beaten"] == 0


def test_of_four_who_add_the_same_document_one_is_told_yes(url):
    assert in_a_process("tests.faults.contention:tell_refusals", url=url, processes=PROCESSES) == {"yes": 1, "no": 3}
