"""Random catalogues written as bytes and read again: the same answers to every question, and the same bytes every time."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.gate.answer import Question, answer
from lineage.gate.decode import table_of as read_table
from lineage.gate.encode import encode
from lineage.gate.segments import PackedParts, packed, parts_of
from tests.cases.random_catalogues import catalogues
from tests.cases.random_worlds import worlds
from tests.catalogues import table_of
from tests.property.often import often

SLOW = settings(deadline=None, derandomize=True, max_examples=often(25))


def packed_table(parts):
    made = parts_of(1, "digest", parts)
    return read_table(PackedParts(made.manifest, {name: packed(data) for name, data in parts.items()}))


def questions(table, draw):
    """Ask for every use and what it covers, at every breakpoint and just before, with audiences and laws of all kinds."""
    for use in table.uses:
        for purpose in (use.purpose, *use.narrower, draw(st.sampled_from(sorted(table.purposes.names())))):
            audience = draw(st.sampled_from(["", *table.audiences, "nobody"]))
            regime = draw(st.sampled_from(["", "", *table.regimes, "none-such"]))
            start = draw(st.sampled_from(use.timeline.starts))
            for instant in (start - 1, start):
                yield Question(use.process, use.element, purpose, instant, audience, regime)
    for element in table.elements:
        yield Question(draw(st.sampled_from(sorted(table.processes))), element, "Marketing", 1_780_000_000_000_000)
    yield Question("no-process", "customer.mobil", "DeliveryOfGood", 1_780_000_000_000_000)


def same_answers(table, draw):
    written = encode(table)
    read = packed_table(written)
    asked = 0
    for question in questions(table, draw):
        assert answer(read, question) == answer(table, question)
        asked += 1
    assert asked > 2
    assert encode(read) == written


@SLOW
@given(worlds(), st.data())
def test_a_table_read_from_its_bytes_answers_as_the_table_did(world, data):
    same_answers(table_of(world.data), data.draw)


@SLOW
@given(catalogues(), st.data())
def test_that_holds_for_every_state_of_the_cycle(catalogue, data):
    same_answers(table_of(catalogue), data.draw)
