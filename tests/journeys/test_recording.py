"""An outcome and an insight recorded by hand close the loop."""

from __future__ import annotations

import pytest

from tests.journeys.shop import OPEN_QUESTION, SOUND_QUESTION

USE = OPEN_QUESTION
OUTCOME = ("--key", "q2", "--from", "2026-04-01", "--until", "2026-06-30", "--organisation", "benefit",
 "--organisation-observed", "2.1 % failed",
           "--subject", "benefit", "--subject-observed", "97 % at first attempt", "--evidence",
            "dashboards/slots.pdf")  # fmt: skip
INSIGHT = ("--key", "slot-first", "--outcome", "q2", "--learned", "calls before noon work best", "--decision",
 "confirm", "--applied", "today",
           "--evidence", "reviews/2026-08.md")  # fmt: skip


def test_the_two_commands_close_the_loop(shop):
    assert shop("query", "may", *USE).code == 1
    first = shop.json("outcome", "record", *USE, *OUTCOME)
    assert first.code == 0
    assert (first.results[0]["before"], first.results[0]["after"]) == ("deny", "deny")
    assert "usage-cycle/insight-recorded" in first.err
    second = shop.json("insight", "record", *USE, *INSIGHT)
    assert second.code == 0
    assert (second.results[0]["before"], second.results[0]["after"], second.results[0]["cycle"]) == (
        "deny",
        "allow",
        "complete",
    )
    asked = shop.json("query", "may", *USE)
    assert (asked.code, asked.results[0]["cycle"], asked.results[0]["findings"]) == (0, "complete", [])


def test_what_was_recorded_can_be_exported_and_applied_again(shop):
    shop("outcome", "record", *USE, *OUTCOME)
    shop("insight", "record", *USE, *INSIGHT)
    text = shop("export", "yaml").out
    for part in ("slot-first", "recorded: '2026-09-01'", "applied: '2026-09-01'", "2.1 % failed"):
        assert part.replace("'", "") in text.replace("'", "")


def test_people_read_what_it_changed(shop):
    said = shop("outcome", "record", *USE, *OUTCOME, "--format", "table")
    assert "recorded outcome customer.phone_number/slot-planning/AgreeDeliverySlot#q2" in said.out
    assert "the use was denied and is denied now (cycle incomplete)" in said.out


def test_one_command_is_one_journal_entry(shop):
    entries, documents = shop.size
    shop("outcome", "record", *USE, *OUTCOME)
    assert shop.size == (entries + 1, documents + 1)


REFUSED = [
    (("outcome", "record", *USE, "--key", "Q2"), "'Q2' is no key"),
    (("outcome", "record", *USE, *OUTCOME, "--organisation", "good"), "value cannot be 'good'"),
    (("outcome", "record", *USE, *OUTCOME, "--recorded", "2026-02-30"), "2026-02-30 is not a day of the calendar"),
    (("outcome", "record", *USE, *OUTCOME, "--until", "2026-03-01"), "before it begins"),
    (("outcome", "record", *SOUND_QUESTION, *OUTCOME, "--key", "2026-q2"),
     "outcome customer.phone_number/parcel-dispatch/DeliveryOfGoods#2026-q2 is recorded already"),
    (("outcome", "record", "slot-planning", "customer.email", "--for", "AgreeDeliverySlot", *OUTCOME),
     "no use customer.email/slot-planning/AgreeDeliverySlot is declared"),
    (("outcome", "record", "nobody", "nothing", "--for", "Nowhere", *OUTCOME), "is declared"),
    (("outcome", "record", *USE, *OUTCOME, "--audience", "customer"), "AgreeDeliverySlot/customer is declared"),
    (("insight", "record", *USE, *INSIGHT), "there is no outcome q2 of customer.phone_number/slot-planning/AgreeDeliverySlot"),
    (("insight", "record", *SOUND_QUESTION, *INSIGHT, "--outcome", "2026-q2", "--decision", "confrm"),
     "decision cannot be 'confrm'"),
    (("insight", "record", *SOUND_QUESTION, *INSIGHT, "--key", "slot-first"), ""),
]  # fmt: skip


@pytest.mark.parametrize(("words", "sentence"), REFUSED)
def test_what_does_not_fit_is_refused_and_nothing_is_written(shop, words, sentence):
    before = shop.size
    said = shop(*words)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert "  fix    " in said.err
    assert shop.size == before


def test_a_key_is_needed(shop):
    assert shop("outcome", "record", *USE).code == 2


def test_a_retired_outcome_s_key_stays_taken(shop):
    assert shop("outcome", "record", *USE, *OUTCOME).code == 0
    assert shop("outcome", "record", *USE, *OUTCOME).code == 1
