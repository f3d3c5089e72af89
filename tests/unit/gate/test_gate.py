"""The gate: the same answers as the table, from memory; what it does when knowledge grows old, is away or is damaged."""

from __future__ import annotations

import gc
import pickle
import threading
import time
import weakref
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from lineage import Gate as FromPackage
from lineage.gate.answer import Question, answer
from lineage.gate.gate import Gate
from lineage.gate.memo import Memo
from lineage.gate.source import Unavailable, Unrecorded
from tests.cases.changing import base, changed
from tests.catalogues import at_end_of, table_of
from tests.gates import Hands, Shelf, gate_over, unavailable

QUESTION = ("bike-delivery", "customer.mobile", "DeliveryOfGoods")
OLD = "usage-cycle/knowledge-too-old"


@pytest.fixture(scope="module")
def table():
    return table_of(base())


def hands_at(table, day: str) -> Hands:
    return Hands(at_end_of(day, table))


def code(given) -> str:
    return given.findings[0].code


def test_a_gate_gives_the_answer_of_the_table(table):
    hands = hands_at(table, "2026-11-22")
    gate = gate_over(table, clocks=hands.clocks)
    assert gate.may(*QUESTION)
    assert gate.may(*QUESTION) == answer(table, Question(*QUESTION, hands.now))
    assert (gate.revision, gate.age, gate.ready, gate.mode, gate.trouble) == (1, 0.0, True, "enforce", "")


def test_the_gate_of_the_package_is_this_gate():
    assert FromPackage is Gate


def test_an_answer_is_given_again_while_it_is_the_same(table):
    hands = hands_at(table, "2026-11-22")
    gate = gate_over(table, clocks=hands.clocks)
    first = gate.may(*QUESTION)
    hands.pass_(3600)
    assert gate.may(*QUESTION) is first


@pytest.mark.parametrize("step", [1, 86_400_000_000])
def test_a_clock_that_moves_across_a_date_changes_the_answer(table, step):
    hands = hands_at(table, "2026-05-02")
    gate = gate_over(table, clocks=hands.clocks)
    assert gate.may(*QUESTION)
    hands.set(hands.now + step)
    assert not gate.may(*QUESTION)
    hands.set(hands.now - step)
    assert gate.may(*QUESTION), "and back again when the clock is set back"


def test_audience_and_regime_are_part_of_what_is_remembered(table):
    hands = hands_at(table, "2026-11-22")
    gate = gate_over(table, clocks=hands.clocks)
    for _ in range(2):
        assert gate.may(*QUESTION)
        assert not gate.may(*QUESTION, regime="id-pdp")
        assert not gate.may(*QUESTION, audience="id-pdp")
        assert gate.may(*QUESTION, audience="customer")
        assert gate.may(*QUESTION, regime="eu-gdpr")


@pytest.mark.parametrize(
    "at",
    [
        "2026-05-02",
        date(2026, 5, 2),
        "2026-05-02T23:59:59+02:00",
        "2026-05-02T21:59:59Z",
        datetime(2026, 5, 2, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 5, 2, 23, 59, 59, tzinfo=timezone(timedelta(hours=2))),
        1_777_759_199_000_000,
    ],
)
def test_an_instant_may_be_said_in_many_ways(table, at):
    gate = gate_over(table)
    assert gate.may(*QUESTION, at=at)
    assert gate.may(*QUESTION, at=at), "from memory as well"


def test_a_day_ends_with_the_zone_of_the_catalogue(table):
    gate = gate_over(table)
    assert table.zone == "Europe/Berlin"
    assert gate.may(*QUESTION, at="2026-05-02").question.instant == at_end_of("2026-05-02", table)
    assert not gate.may(*QUESTION, at="2026-05-02T22:00:00Z")


@pytest.mark.parametrize(
    ("at", "error", "says"),
    [
        (datetime(2026, 5, 2, 12), ValueError, "has no offset"),  # noqa: DTZ001
        ("2026-05-02T12:00:00", ValueError, "has no offset"),
        ("yesterday", ValueError, "names no instant"),
        ("2026-02-30", ValueError, "names no instant"),
        (1 << 70, ValueError, "outside the years"),
        (-(1 << 62), ValueError, "outside the years"),
        (1.5, TypeError, "float"),
        (True, TypeError, "bool"),
    ],
)
def test_what_names_no_instant_is_refused_with_the_reason(table, at, error, says):
    gate = gate_over(table)
    for _ in range(2):
        with pytest.raises(error, match=says):
            gate.may(*QUESTION, at=at)
        gate.may(*QUESTION)


@pytest.mark.parametrize("names", [(1, "e", "u"), ("p", None, "u"), ("p", ["e"], "u"), ("p", "e", b"u")])
def test_a_name_that_is_no_text_is_a_mistake_of_the_caller(table, names):
    with pytest.raises(TypeError):
        gate_over(table).may(*names)


@pytest.mark.parametrize(
    ("names", "finding"),
    [
        (("nobody", "customer.mobile", "DeliveryOfGoods"), "usage-cycle/unknown-process"),
        (("bike-delivery", "customer.fax", "DeliveryOfGoods"), "usage-cycle/unknown-element"),
        (("bike-delivery", "customer.mobile", ""), "usage-cycle/unknown-purpose"),
        (("bike-delivery", "x" * 1_000_000, "DeliveryOfGoods"), "usage-cycle/unknown-element"),
    ],
)
def test_what_nobody_knows_is_denied(table, names, finding):
    gate = gate_over(table)
    assert [code(gate.may(*names)) for _ in range(2)] == [finding] * 2


# --- How old knowledge may be ---


def test_knowledge_that_is_too_old_is_denied_with_the_reason(table):
    hands, shelf = hands_at(table, "2026-11-22"), Shelf(table)
    gate = Gate.of(shelf, refresh=None, max_age=300, clocks=hands.clocks)
    shelf.broken = unavailable()
    hands.pass_(299)
    assert gate.may(*QUESTION)
    assert not gate.refresh()
    assert gate.trouble == "the database is away"
    hands.pass_(1)
    given = gate.may(*QUESTION)
    assert (given.effect, code(given), given.findings[0].severity) == ("deny", OLD, "blocker")
    assert "300 s ago" in given.findings[0].message
    assert not gate.ready
    assert list(gate.purposes("customer.mobile")) == []
    assert gate.may_many(*[[name] for name in QUESTION]) == [False]
    shelf.broken = None
    assert gate.refresh()
    assert gate.may(*QUESTION)


def test_a_clock_that_is_set_back_makes_nothing_younger(table):
    hands, shelf = hands_at(table, "2026-11-22"), Shelf(table)
    gate = Gate.of(shelf, refresh=None, max_age=300, clocks=hands.clocks)
    gate.may(*QUESTION)
    shelf.broken = unavailable()
    hands.pass_(200)
    hands.set(hands.now - 3_600_000_000)
    assert gate.may(*QUESTION)
    assert gate.age == 200
    hands.pass_(99)
    assert gate.may(*QUESTION)
    hands.pass_(1)
    assert code(gate.may(*QUESTION)) == OLD


def test_a_clock_that_is_set_back_by_less_than_time_went_by_makes_nothing_younger_either(table):
    hands = hands_at(table, "2026-11-22")
    gate = gate_over(table, max_age=300, clocks=hands.clocks)
    assert gate.may(*QUESTION)
    hands.pass_(200)
    assert gate.may(*QUESTION)
    hands.set(hands.now - 150_000_000)
    assert gate.may(*QUESTION)
    hands.pass_(95)  # the calendar shows 145 s since it was read, and 295 s went by
    assert gate.may(*QUESTION)
    hands.pass_(10)
    assert code(gate.may(*QUESTION)) == OLD
    assert gate.may_many(*[[name] for name in QUESTION]) == [False]


def test_a_bundle_that_expired_stays_expired_when_the_clock_is_set_back(table):
    hands, shelf = hands_at(table, "2026-11-22"), Shelf(table)
    shelf.known, shelf.expires = hands.now, hands.now + 60_000_000
    gate = Gate.of(shelf, refresh=None, clocks=hands.clocks)
    assert gate.may(*QUESTION)
    hands.pass_(30)
    hands.set(hands.now - 25_000_000)
    gate.refresh()
    assert gate.may(*QUESTION)
    hands.pass_(30)
    gate.refresh()
    assert "expired" in gate.may(*QUESTION).findings[0].message


def test_a_clock_that_jumps_ahead_makes_knowledge_old_until_it_is_confirmed(table):
    hands = hands_at(table, "2026-11-22")
    gate = gate_over(table, max_age=300, clocks=hands.clocks)
    hands.set(hands.now + 3_600_000_000)
    assert code(gate.may(*QUESTION)) == OLD
    gate.refresh()
    assert gate.may(*QUESTION)


def test_knowledge_from_the_future_is_not_used_longer_for_that(table):
    hands, shelf = hands_at(table, "2026-11-22"), Shelf(table)
    shelf.known = hands.now + 3_600_000_000
    gate = Gate.of(shelf, refresh=None, max_age=300, clocks=hands.clocks)
    assert gate.may(*QUESTION)
    hands.pass_(300)
    assert code(gate.may(*QUESTION)) == OLD


def test_a_source_that_cannot_be_read_at_first_is_an_error_unless_the_gate_is_patient(table):
    shelf = Shelf(table)
    shelf.broken = unavailable()
    with pytest.raises(Unavailable, match="the database is away"):
        Gate.of(shelf, refresh=None)
    gate = Gate.of(shelf, refresh=None, patient=True)
    assert (code(gate.may(*QUESTION)), gate.ready, gate.revision, gate.age) == (OLD, False, -1, float("inf"))
    assert "nothing could be read yet" in gate.may(*QUESTION).findings[0].message
    assert gate.may_many(*QUESTION) == [False]
    assert len(gate.processes("customer.mobile")) == 0
    shelf.broken = None
    gate.refresh()
    assert gate.may(*QUESTION, at="2026-11-22")


def test_a_catalogue_of_before_this_rule_is_told_in_built_in_words(table):
    hands = hands_at(table, "2026-11-22")
    rules = [rule for rule in table.rules if rule.code != OLD]
    older = type(table)(
        **{name: getattr(table, name) for name in table.__slots__}
        | {"rules": tuple(rules), "numbers": {rule.code: number for number, rule in enumerate(rules)}}
    )
    given = []
    for one in (table, older):
        gate = gate_over(one, max_age=1, clocks=hands.clocks)
        hands.pass_(1)
        given.append([(f.code, f.title, f.message, f.fix) for f in gate.may(*QUESTION).findings])
    assert given[0] == given[1]


def test_what_cannot_be_read_is_denied_and_not_remembered(table):
    class Damaged(dict):
        broken = True

        def get(self, key, default=None):
            if self.broken:
                raise OSError("sector 7")
            return super().get(key, default)

    hands = hands_at(table, "2026-11-22")
    elements = Damaged(table.elements)
    damaged = type(table)(**{name: getattr(table, name) for name in table.__slots__} | {"elements": elements})
    gate = gate_over(damaged, clocks=hands.clocks)
    given = gate.may(*QUESTION)
    assert (given.effect, code(given)) == ("deny", "usage-cycle/knowledge-unreadable")
    assert "sector 7" in given.findings[0].message
    assert gate.may_many(*[[name] for name in QUESTION]) == [False]
    assert not gate.purposes("customer.mobile").allowed
    elements.broken = False
    assert gate.may(*QUESTION)
    hands.pass_(1)
    assert gate.may_many(*[[name] for name in QUESTION]) == [True]


def test_a_closed_gate_denies(table):
    shelf = Shelf(table)
    with Gate.of(shelf, refresh=None) as gate:
        gate.may(*QUESTION)
    assert shelf.closed
    assert code(gate.may(*QUESTION)) == OLD
    assert not gate.ready
    assert not gate.refresh()


# --- News ---


def test_a_new_revision_is_answered_from_as_a_whole(table):
    hands, shelf = hands_at(table, "2026-11-22"), Shelf(table)
    gate = Gate.of(shelf, refresh=None, clocks=hands.clocks)
    assert gate.may(*QUESTION)
    shelf.table = table_of(
        changed(base(), [{"remove": ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods", "why"]}])
    )
    assert gate.may(*QUESTION)
    gate.refresh()
    assert code(gate.may(*QUESTION)) == "usage-cycle/why"
    assert gate.may_many(*[[name] for name in QUESTION]) == [False]


def test_the_gate_looks_for_news_by_itself(table):
    shelf = Shelf(table)
    gate = Gate.of(shelf, refresh=0.01)
    seen = shelf.loads
    deadline = time.monotonic() + 5
    while shelf.loads <= seen + 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert shelf.loads > seen + 1
    gate.close()


def test_a_source_that_hangs_holds_up_no_answer(table):
    shelf, held = Shelf(table), threading.Event()
    gate = Gate.of(shelf, refresh=0.01, max_age=60)

    def hang(*_):
        held.wait(10)
        raise unavailable()

    shelf.load = hang
    time.sleep(0.05)
    started = time.monotonic()
    gate.may(*QUESTION)
    assert time.monotonic() - started < 1
    held.set()
    gate.close()


def test_a_gate_nobody_holds_ends_its_thread(table):
    gate = Gate.of(Shelf(table), refresh=0.01)
    keeper, seen = gate._keeper, weakref.ref(gate)
    del gate
    gc.collect()
    deadline = time.monotonic() + 5
    while keeper.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert seen() is None
    assert not keeper.alive


@pytest.mark.parametrize(
    "options", [{"mode": "lax"}, {"max_age": 0}, {"max_age": -1}, {"refresh": float("nan")}, {"max_age": True}]
)
def test_options_that_make_no_sense_are_refused(table, options):
    with pytest.raises(ValueError):
        Gate.of(Shelf(table), **options)


# --- Memory ---


def test_memory_is_bounded(table):
    gate = gate_over(table, memory=10)
    for number in range(100):
        gate.may("nobody", f"element-{number}", "DeliveryOfGoods")
    live = gate._live
    assert len(live._young) + len(live._old) <= 10
    assert len(live.window.answers) <= 10


def test_what_is_asked_again_stays():
    memo, held = Memo(4), object.__new__(type("H", (), {"since": 0, "until": 9}))
    memo.keep(("often", "", "", "", ""), held)
    for number in range(50):
        memo.keep((str(number), "", "", "", ""), held)
        assert memo.find(("often", "", "", "", ""), 5) is held


# --- Records ---


class Book:
    def __init__(self, error: Exception | None = None) -> None:
        self.kept = []
        self.error = error

    def record(self, given, snapshot, caller, now):
        if self.error:
            raise self.error
        self.kept.append((given, snapshot.revision, caller, now))
        return f"d-{len(self.kept)}"


def test_every_answer_is_recorded_with_its_own_instant(table):
    hands, book = hands_at(table, "2026-11-22"), Book()
    gate = gate_over(table, recorder=book, caller="shop", clocks=hands.clocks)
    for _ in range(3):
        gate.may(*QUESTION)
        hands.pass_(1)
    assert [given.question.instant for given, *_ in book.kept] == [now for *_, now in book.kept]
    assert len({now for *_, now in book.kept}) == 3
    assert {(revision, caller) for _, revision, caller, _ in book.kept} == {(1, "shop")}
    assert gate.decide(*QUESTION, caller="till 7").id == "d-4"
    assert book.kept[3][2] == "till 7"


def test_columns_are_recorded_row_by_row(table):
    book = Book()
    gate = gate_over(table, recorder=book)
    assert gate.may_many("bike-delivery", ["customer.mobile", "customer.fax"], "DeliveryOfGoods", at="2026-11-22") == [
        True,
        False,
    ]
    assert len(book.kept) == 2


@pytest.mark.parametrize("error", [Unrecorded("the disk is full"), OSError("the disk is full")])
def test_an_answer_that_could_not_be_recorded_is_a_no(table, error):
    gate = gate_over(table, recorder=Book(error))
    given = gate.may(*QUESTION, at="2026-11-22")
    assert (given.effect, code(given)) == ("deny", "usage-cycle/not-recorded")
    assert "the disk is full" in given.findings[0].message


# --- Lists ---


def test_a_listing_goes_through_what_is_allowed_and_holds_the_rest(table):
    gate = gate_over(table)
    found = gate.purposes("customer.mobile", at="2026-11-22")
    assert [given.question.purpose for given in found] == ["DeliveryOfGoods"]
    assert (len(found), bool(found), found.unknown) == (1, True, "")
    late = gate.purposes("customer.mobile", at="2030-01-01")
    assert (len(late), bool(late), len(late.answers)) == (0, False, len(found.answers))
    assert [given.question.element for given in gate.elements("bike-delivery", at="2026-11-22")] == ["customer.mobile"]
    assert [given.question.process for given in gate.processes("customer.mobile", at="2026-11-22")] == ["bike-delivery"]
    assert "customer.mobile" in gate.purposes("customer.mobil").unknown
    assert "there is no element" in gate.purposes("").unknown


# --- Threads ---


def test_threads_share_a_gate_while_revisions_change(table):
    other = table_of(changed(base(), [{"remove": ["uses", "customer.mobile/bike-delivery/DeliveryOfGoods", "why"]}]))
    hands = hands_at(table, "2026-11-22")
    shelf = Shelf(table)
    gate = Gate.of(shelf, refresh=None, memory=4, clocks=hands.clocks)
    wrong, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            given = gate.may(*QUESTION)
            if bool(given) != (not given.findings or code(given) != "usage-cycle/why"):
                wrong.append(given)
            if gate.may(*QUESTION, at="2026-05-03") or gate.may("bike-delivery", "customer.fax", "DeliveryOfGoods"):
                wrong.append("allowed")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(100):
        shelf.table = (table, other)[number % 2]
        gate.refresh()
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_answers_travel_between_processes(table):
    given = gate_over(table).may(*QUESTION, at="2026-11-22")
    assert pickle.loads(pickle.dumps(given)) == given
