"""Guards: a decorator and a block that ask first, in three modes; and the five lines of a no."""

from __future__ import annotations

import asyncio
import inspect
import logging
import pickle
import warnings

import pytest

from lineage import NotAllowed, NotAllowedWarning
from lineage.gate.gate import Gate
from lineage.gate.refusal import five_lines
from tests.cases.changing import base
from tests.catalogues import at_end_of, table_of
from tests.gates import Hands, Shelf, gate_over

ALLOWED = ("customer.mobile",)
FOR = {"process": "bike-delivery", "purpose": "DeliveryOfGoods"}


@pytest.fixture(scope="module")
def table():
    return table_of(base())


def gate_of(table, **options) -> Gate:
    return gate_over(table, clocks=Hands(at_end_of("2026-11-22", table)).clocks, **options)


def test_an_allowed_function_runs_and_keeps_its_name_and_signature(table):
    @gate_of(table).uses(*ALLOWED, **FOR)
    def call(number: int, *, twice: bool = False) -> int:
        """Call somebody."""
        return number * (1 + twice)

    assert call(2, twice=True) == 4
    assert (call.__name__, call.__doc__) == ("call", "Call somebody.")
    assert list(inspect.signature(call).parameters) == ["number", "twice"]


def test_a_function_that_is_not_allowed_does_not_run(table):
    ran = []

    @gate_of(table).uses("customer.mail", **FOR)
    def call():
        ran.append(1)

    with pytest.raises(NotAllowed) as raised:
        call()
    assert not ran
    assert raised.value.answer.question.element == "customer.mail"


def test_it_is_asked_at_every_call(table):
    hands = Hands(at_end_of("2026-05-02", table))
    gate = gate_over(table, clocks=hands.clocks)
    call = gate.uses(*ALLOWED, **FOR)(lambda: "called")
    assert call() == "called"
    hands.set(hands.now + 1)
    with pytest.raises(NotAllowed):
        call()


def test_of_several_elements_all_must_be_allowed(table):
    with (
        pytest.raises(NotAllowed, match=r"customer\.mail"),
        gate_of(table).using("customer.mobile", "customer.mail", **FOR),
    ):
        pytest.fail("the block was entered")


def test_a_coroutine_stays_one_and_asks_when_it_is_awaited(table):
    gate = gate_of(table)

    @gate.uses(*ALLOWED, **FOR)
    async def call() -> str:
        await asyncio.sleep(0)
        return "called"

    @gate.uses("customer.mail", **FOR)
    async def not_this() -> None:
        pytest.fail("it ran")

    assert inspect.iscoroutinefunction(call)
    assert asyncio.run(call()) == "called"
    waiting = not_this()
    with pytest.raises(NotAllowed):
        asyncio.run(waiting)


def test_generators_are_asked_for_before_they_start(table):
    @gate_of(table).uses("customer.mail", **FOR)
    def each():
        yield 1

    with pytest.raises(NotAllowed):
        each()


def test_a_block_is_given_the_answer_and_lets_its_own_errors_go(table):
    gate = gate_of(table)
    with gate.using(*ALLOWED, **FOR) as given:
        assert given.effect == "allow"
    with pytest.raises(KeyError), gate.using(*ALLOWED, **FOR):
        raise KeyError("mine")

    async def inside() -> str:
        async with gate.using(*ALLOWED, **FOR) as found:
            return found.effect

    assert asyncio.run(inside()) == "allow"


@pytest.mark.parametrize("what", [int, 7])
def test_only_functions_can_be_guarded(table, what):
    with pytest.raises(TypeError, match="goes before a function"):
        gate_of(table).uses(*ALLOWED, **FOR)(what)


def test_in_mode_warn_it_goes_on_and_points_at_the_caller(table):
    call = gate_of(table, mode="warn").uses("customer.mail", **FOR)(lambda: "called")
    with pytest.warns(NotAllowedWarning, match="may not use customer.mail") as caught:
        assert call() == "called"
    assert caught[0].filename == __file__
    with pytest.warns(NotAllowedWarning) as caught, gate_of(table, mode="warn").using("customer.mail", **FOR):
        pass
    assert caught[0].filename == __file__


def test_in_mode_record_it_goes_on_and_says_so_in_the_log(table, caplog):
    call = gate_of(table, mode="record").uses("customer.mail", **FOR)(lambda: "called")
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING, "lineage.gate"):
        assert call() == "called"
    assert "may not use customer.mail" in caplog.text


def test_in_mode_record_a_recorder_takes_it_and_the_log_is_quiet(table, caplog):
    class Book(list):
        def record(self, given, *_):
            self.append(given.effect)
            return "d-1"

    book = Book()
    call = gate_of(table, mode="record", recorder=book).uses("customer.mail", **FOR)(lambda: "called")
    assert call() == "called"
    assert (book, caplog.text) == (["deny"], "")


def test_a_no_has_five_lines(table):
    gate = Gate.of(
        Shelf(table, where=lambda finding: f"catalog/{finding.document[0] or 'none'}.yaml:3"),
        refresh=None,
        clocks=Hands(at_end_of("2026-06-01", table)).clocks,
    )
    with pytest.raises(NotAllowed) as raised, gate.using(*ALLOWED, **FOR):
        pass
    lines = str(raised.value).splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("error[usage-cycle/")
    assert "bike-delivery may not use customer.mobile for DeliveryOfGoods: " in lines[0]
    assert [line[:9] for line in lines[1:]] == ["  where  ", "  fact   ", "  fix    ", "  more   "]
    assert lines[1].startswith("  where  catalog/use.yaml:3")
    assert lines[2] == "  fact   deny, cycle incomplete at 2026-06-01T21:59:59Z, catalogue revision 1"
    assert lines[4] == "  more   lineage explain customer.mobile --process bike-delivery --for DeliveryOfGoods"


def test_names_of_strangers_cannot_add_lines_or_hide_text(table):
    given = gate_of(table).may("a\nb\x1b[31m", "x\u202ey" * 500, "$(reboot) `x`")
    lines = five_lines(given, "a\nb", 3)
    assert len(lines) == len("\n".join(lines).splitlines()) == 5
    assert not any(sign in line for line in lines for sign in "\x1b\u202e\n")
    assert lines[4].endswith("--for '$(reboot) `x`'")


def test_a_place_that_cannot_be_told_is_left_out(table):
    def away(_finding):
        raise OSError("the database is away")

    gate = Gate.of(Shelf(table, where=away), refresh=None)
    with pytest.raises(NotAllowed, match="no line of a file"), gate.using("customer.fax", **FOR):
        pass


def test_a_no_travels_between_processes(table):
    given = gate_of(table).may("bike-delivery", "customer.mail", "DeliveryOfGoods")
    error = NotAllowed(given, "a.yaml:3", 7)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.answer) == (str(error), given)
