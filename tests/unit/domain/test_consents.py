"""The life of a consent: which state may follow which, what the days forbid, and the state at an instant."""

from __future__ import annotations

import itertools
from zoneinfo import ZoneInfo

import pytest

from lineage.domain.consents import FOLLOWS, UTC, next_change, refusal, state_at
from lineage.domain.days import start_of
from lineage.domain.enumerations import ConsentStatus
from tests.cases.changing import base
from tests.catalogues import ask, at_end_of, table_of

TODAY = "2026-11-22"
STATES = [status.value for status in ConsentStatus]
LONG_AGO, LATER = "2025-11-01", "2026-11-01"

ALLOWED = """
from         given renewed requested deferred refused expired withdrawn revoked invalidated unknown
given        =     yes     .         .        .       yes     yes       yes     yes         .
renewed      .     =       .         .        .       yes     yes       yes     yes         .
requested    yes   .       =         yes      yes     .       .         .       .           .
deferred     .     .       yes       =        yes     .       .         .       .           .
refused      .     .       yes       .        =       .       .         .       .           .
expired      .     yes     yes       .        .       =       .         .       .           .
withdrawn    .     .       yes       .        .       .       =         .       .           .
revoked      .     .       yes       .        .       .       .         =       .           .
invalidated  .     .       yes       .        .       .       .         .       =           .
unknown      .     .       yes       .        .       .       .         .       yes         =
"""
_HEAD, *_ROWS = [line.split() for line in ALLOWED.split("\n") if line]
PAIRS = [(row[0], after, word) for row in _ROWS for after, word in zip(_HEAD[1:], row[1:], strict=True)]


def test_the_table_holds_every_pair_of_the_ten_states():
    assert sorted((before, after) for before, after, _ in PAIRS) == sorted(itertools.product(STATES, STATES))
    assert set(FOLLOWS) == set(STATES)


@pytest.mark.parametrize(("before", "after", "word"), PAIRS)
def test_a_state_follows_only_where_the_table_says_so(before, after, word):
    given = LONG_AGO if word == "=" else LATER
    found = refusal({"status": before, "given": LONG_AGO}, {"status": after, "given": given}, TODAY)
    assert (found is None) == (word != "."), found
    if found:
        assert found[0].startswith(f"a consent that is {before} cannot become {after}; it can only become ")
        assert found[1].startswith("set status: ")


@pytest.mark.parametrize("state", STATES)
def test_a_consent_that_never_said_a_state_may_begin_with_any(state):
    assert refusal({"purpose": "CustomerCare"}, {"status": state}, TODAY) is None


@pytest.mark.parametrize("state", STATES)
def test_a_state_once_said_is_not_left_out_again(state):
    assert refusal({"status": state}, {"purpose": "CustomerCare"}, TODAY)[0].startswith(
        f"a consent that is {state} cannot lose its state"
    )


GIVEN = {"status": "given", "given": "2026-03-05", "expires": "2028-03-05"}
OVER = GIVEN | {"expires": "2026-10-31"}
GONE = GIVEN | {"status": "withdrawn", "withdrawn": "2026-08-01"}
ONLY_THE_DAY = GIVEN | {"withdrawn": "2026-08-01"}
ANNOUNCED = GIVEN | {"status": "withdrawn", "withdrawn": "2027-01-01"}
REFUSED = {"status": "refused", "given": "2026-05-22"}
ASKED = {"status": "requested"}

FINE = [
    ("the same again", GONE, GONE),
    ("another field is mended", GONE, GONE | {"method": "button"}),
    ("the missing day is added", {"status": "given"}, GIVEN),
    ("a withdrawal of today", GIVEN, GIVEN | {"status": "withdrawn", "withdrawn": TODAY}),
    ("a withdrawal said by its day only", GIVEN, ONLY_THE_DAY),
    ("a withdrawal from a later day on", GIVEN, ANNOUNCED),
    ("a renewed one withdrawn from a later day on", GIVEN | {"status": "renewed"}, ANNOUNCED),
    ("an announced withdrawal moved to an earlier day", ANNOUNCED, ANNOUNCED | {"withdrawn": "2026-12-01"}),
    ("an announced withdrawal at once", ANNOUNCED, ANNOUNCED | {"withdrawn": TODAY}),
    ("a withdrawal moved to an earlier day", GONE, GONE | {"withdrawn": "2026-07-01"}),
    ("the day alone, later the status too", ONLY_THE_DAY, GONE),
    ("asked again after a withdrawal", GONE, ASKED),
    ("a last day set in the past", GIVEN, OVER),
    ("a last day moved while it holds", GIVEN, GIVEN | {"expires": "2029-03-05"}),
    ("renewed by a new act", OVER, {"status": "renewed", "given": "2026-11-20", "expires": "2028-11-20"}),
    ("given after it was asked for", ASKED, GIVEN),
    ("the day of a refusal is added", {"status": "refused"}, REFUSED),
    ("asked again six months after the refusal", REFUSED, ASKED),
    ("asked again twelve months after it in California", REFUSED | {"given": "2025-11-22", "regimes": ["us-ca"]}, ASKED),
    ("the day it was given, mended after a withdrawal", GONE, GONE | {"given": "2026-03-01"}),
]  # fmt: skip

WRONG = [
    ("the withdrawal is taken back", GONE, GIVEN, "is withdrawn cannot become given", "given anew is recorded after that"),
    ("the day alone is taken back", ONLY_THE_DAY, GIVEN, "is withdrawn cannot become given", "set status: requested"),
    ("the day goes, the status stays", GONE, {"status": "withdrawn", "given": "2026-03-05"}, "cannot be taken back",
     "keep withdrawn: 2026-08-01"),
    ("the withdrawal is put off into the future", GONE, ANNOUNCED, "cannot become given", "set status: requested"),
    ("the withdrawal is put off within the past", GONE, GONE | {"withdrawn": "2026-09-01"}, "cannot be put off",
     "another key"),
    ("an announced withdrawal is taken back", ANNOUNCED, GIVEN, "of 2027-01-01 cannot be taken back", "another key"),
    ("an announced withdrawal is put off", ANNOUNCED, ANNOUNCED | {"withdrawn": "2027-06-01"}, "cannot be put off",
     "another key"),
    ("an announced withdrawal is renewed away", ANNOUNCED, GIVEN | {"status": "renewed"}, "cannot be taken back", "another key"),
    ("a later day brings a withdrawn one back", GONE, GONE | {"given": "2026-09-01"}, "keeps its day 2026-03-05", "keep given"),
    ("a later day brings a revoked one back", GIVEN | {"status": "revoked"}, {"status": "revoked", "given": "2026-09-01"},
     "keeps its day 2026-03-05", "another key"),
    ("the refusal moves back to shorten the wait", REFUSED, REFUSED | {"given": "2026-01-01"}, "keeps its day", "keep given"),
    ("the refusal loses its day", REFUSED, {"status": "refused"}, "keeps its day 2026-05-22", "keep given"),
    ("a consent that ran out is made longer", OVER, GIVEN, "is expired cannot become given", "requested or renewed"),
    ("renewed without a new act", OVER, GIVEN | {"status": "renewed"}, "by a new act only", "later than 2026-03-05"),
    ("renewed without any day", {"status": "expired"}, {"status": "renewed"}, "by a new act only", "set given:"),
    ("given again with the day of the former act", ASKED | {"given": "2026-03-05"}, GIVEN, "by a new act only", "2026-03-05"),
    ("asked again a day too early", REFUSED | {"given": "2026-05-23"}, ASKED, "asked for again from 2026-11-23 on", "wait"),
    ("asked again after six months in California", REFUSED | {"regimes": ["us-ca"]}, ASKED, "from 2027-05-22 on", "wait"),
    ("California left out to ask again", REFUSED | {"regimes": ["us-ca"]}, ASKED | {"regimes": ["eu-gdpr"]}, "2027-05-22",
     "wait"),
    ("asked again after a refusal on an unknown day", {"status": "refused"}, ASKED, "nobody knows when", "set given:"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in FINE], ids=[case[0] for case in FINE])
def test_what_is_no_way_back_is_allowed(before, after):
    assert refusal(before, after, TODAY) is None


@pytest.mark.parametrize(
    ("before", "after", "message", "fix"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_no_day_brings_a_consent_back(before, after, message, fix):
    found = refusal(before, after, TODAY)
    assert found is not None
    assert message in found[0]
    assert fix in found[1]


def test_today_is_a_day_of_the_catalogue_s_zone_or_an_instant():
    gone = GIVEN | {"status": "withdrawn", "withdrawn": "2026-11-23"}
    late = "2026-11-22T20:00:00Z"  # 03:00 of the next day in Jakarta
    assert refusal(gone, ASKED, TODAY) is not None
    assert refusal(gone, ASKED, late) is not None
    assert refusal(gone, ASKED, late, ZoneInfo("Asia/Jakarta")) is None


CHANGES = [
    (GIVEN, "2026-01-01", ("2026-03-05", "given")),
    (GIVEN, TODAY, ("2028-03-06", "expired")),
    (ANNOUNCED, TODAY, ("2027-01-01", "withdrawn")),
    (GONE, TODAY, None),
    (REFUSED, "2026-01-01", None),
]


@pytest.mark.parametrize(("body", "day", "expected"), CHANGES)
def test_a_consent_says_when_its_state_changes_next(body, day, expected):
    found = next_change(body, start_of(day, UTC), UTC)
    assert found == (expected and (start_of(expected[0], UTC), expected[1]))


DAYS = ("2026-01-01", "2026-06-01", "2026-12-31")
BODIES = [
    {"status": status, **dict(zip(("given", "withdrawn", "expires"), days, strict=True))}
    for status in (*STATES, None)
    for days in itertools.product((None, DAYS[1]), (None, *DAYS[1:]), (None, *DAYS[:2]))
    if status in ("given", "withdrawn", "expired", None) or days[2] is None
]


def test_the_state_at_a_day_is_the_one_the_judge_finds():
    data = base()
    element, use = data["elements"][0], data["uses"][0] | {"basis": {"eu-gdpr": "consent"}}
    said = [
        {name: value for name, value in body.items() if value} | {"key": "only", "purpose": use["purpose"]}
        for body in BODIES
    ]
    data["elements"] += [element | {"key": f"e{number}", "consents": [body]} for number, body in enumerate(said)]
    data["uses"] = [use | {"element": f"e{number}"} for number in range(len(said))]
    table = table_of(data)
    for number, day in itertools.product(range(len(said)), DAYS):
        answered = ask(table, day, use["process"], f"e{number}", use["purpose"])
        expected = state_at(said[number], at_end_of(day, table), ZoneInfo(table.zone))
        assert answered.consent == expected, (said[number], day)
