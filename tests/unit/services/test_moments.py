"""The two times of a question, resolved in the catalogue's zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lineage.errors import WrongUse
from lineage.services.moments import entry_of, resolve, resolve_start

NOW = datetime(2026, 9, 1, 12, 0, 30, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "shown"),
    [
        (None, "UTC", "2026-09-01T12:00:30+00:00"),
        ("now", "Asia/Jakarta", "2026-09-01T19:00:30+07:00"),
        ("2026-09-30", "UTC", "2026-09-30T23:59:59+00:00"),
        ("2026-09-30", "Europe/Berlin", "2026-09-30T23:59:59+02:00"),
        ("2026-12-31", "Europe/Berlin", "2026-12-31T23:59:59+01:00"),
        ("2026-03-29", "Europe/Berlin", "2026-03-29T23:59:59+02:00"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T23:59:59+01:00"),
        ("2026-09-30T10:00:00Z", "Asia/Jakarta", "2026-09-30T17:00:00+07:00"),
        ("2026-09-30T10:00+02:00", "Europe/Berlin", "2026-09-30T10:00:00+02:00"),
        ("2024-02-29", "America/New_York", "2024-02-29T23:59:59-05:00"),
    ],
)
def test_nothing_is_now_a_day_is_its_end_and_an_instant_is_itself(text, zone, shown):
    assert resolve(text, NOW, zone, "--at").shown == shown


def test_a_day_ends_one_microsecond_before_the_next_begins():
    end = resolve("2026-09-30", NOW, "Europe/Berlin", "--at")
    start = resolve("2026-10-01T00:00:00+02:00", NOW, "Europe/Berlin", "--at")
    assert start.microseconds - end.microseconds == 1
    assert (end.day, start.day) == ("2026-09-30", "2026-10-01")


def test_the_same_instant_is_another_day_elsewhere():
    moments = [resolve("2026-09-30T20:00:00Z", NOW, zone, "--at") for zone in ("Europe/Berlin", "Asia/Jakarta")]
    assert [moment.day for moment in moments] == ["2026-09-30", "2026-10-01"]
    assert {moment.utc for moment in moments} == {"2026-09-30T20:00:00Z"}


@pytest.mark.parametrize(
    "text", ["", " ", "2026-02-30", "2026-9-1", "tomorrow", "2026-09-30T10:00:00", "14:00", "v14", "2026"]
)
def test_anything_else_is_used_wrongly_and_names_the_option(text):
    with pytest.raises(WrongUse, match="--as-of: ") as raised:
        resolve(text, NOW, "UTC", "--as-of")
    assert "--as-of 2026-09-30" in raised.value.fix


@pytest.mark.parametrize(("text", "entry"), [("@0", 0), ("@123", 123), ("@007", 7), (None, None), ("2026-09-30", None)])
def test_an_entry_of_the_journal_is_named_by_its_number(text, entry):
    assert entry_of(text, "--as-of") == entry


@pytest.mark.parametrize("text", ["@", "@x", "@-1", "@1.5", "@ 1", "@1 ", "@٣", "@" + "9" * 19])
def test_any_other_number_is_used_wrongly(text):
    with pytest.raises(WrongUse, match="--since: ") as raised:
        entry_of(text, "--since")
    assert "--since @123" in raised.value.fix


def test_from_a_day_on_is_from_its_beginning_and_an_instant_is_itself():
    start = resolve_start("2026-09-30", NOW, "Europe/Berlin", "--since")
    assert start.shown == "2026-09-30T00:00:00+02:00"
    assert resolve_start("2026-09-30T10:00:00Z", NOW, "Asia/Jakarta", "--since").shown == "2026-09-30T17:00:00+07:00"
    assert resolve_start("now", NOW, "UTC", "--since").instant == NOW
    with pytest.raises(WrongUse, match="--since: "):
        resolve_start("2026-02-30", NOW, "UTC", "--since")
