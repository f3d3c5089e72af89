"""What changed between two instants, or would change: answers with their reasons, and the documents behind them."""

from __future__ import annotations

import pytest

from tests.journeys.shop import ELEMENTS, LOOP, OPEN, SOUND, SURROUNDINGS, USES
from tests.journeys.test_recording import INSIGHT, OUTCOME, USE

PHONE = "customer.phone_number"
BEFORE = "2026-08-15"


def answers(said):
    return [result for result in said.results if result["what"] == "answer"]


def documents(said):
    return [(r["change"], r["kind"], r["key"]) for r in said.results if r["what"] == "document"]


def codes(findings):
    return [finding["code"] for finding in findings]


@pytest.fixture
def closed(shop):
    """A shop where the second use was closed since the middle of August."""
    assert shop("outcome", "record", *USE, *OUTCOME).code == 0
    assert shop("insight", "record", *USE, *INSIGHT).code == 0
    return shop


def test_what_was_recorded_in_between_is_found_with_the_answer_it_changed(closed):
    said = closed.json("diff", BEFORE, "now")
    assert (said.code, said.data["schema"]) == (0, "lineage.diff/1")
    [change] = answers(said)
    assert (change["change"], change["process"], change["element"]) == ("deny_to_allow", "slot-planning", PHONE)
    assert (change["before"]["cycle"], change["after"]["cycle"]) == ("incomplete", "complete")
    assert {"usage-cycle/outcome-recorded", "usage-cycle/insight-recorded"} <= set(codes(change["removed"]))
    assert all(finding["message"] and finding["fix"] for finding in change["removed"])
    key = "customer.phone_number/slot-planning/AgreeDeliverySlot"
    assert documents(said) == [("add", "outcome", f"{key}#q2"), ("add", "insight", f"{key}#slot-first")]


def test_the_summary_counts_and_both_sides_are_printed_back_resolved(closed):
    summary = closed.json("diff", BEFORE, "now").data["summary"]
    assert (summary["uses"], summary["changed"], summary["deny_to_allow"], summary["allow_to_deny"]) == (2, 1, 1, 0)
    assert summary["documents"] == {"add": 2, "change": 0, "restore": 0, "retire": 0}
    assert summary["before"]["at"] == summary["before"]["as_of"] == "2026-08-15T23:59:59+02:00"
    assert summary["before"]["revision"] < summary["after"]["revision"]


def test_the_other_way_round_everything_is_the_other_way_round(closed):
    there, back = closed.json("diff", BEFORE, "now"), closed.json("diff", "now", BEFORE)
    assert codes(answers(there)[0]["removed"]) == codes(answers(back)[0]["added"])
    assert answers(back)[0]["change"] == "allow_to_deny"
    assert documents(back) == [("retire", kind, key) for _, kind, key in documents(there)]


def test_the_same_instant_twice_differs_in_nothing(closed):
    said = closed.json("diff", "now", "now")
    assert (said.code, said.results, said.data["summary"]["changed"]) == (0, [], 0)


def test_a_future_instant_asks_what_will_hold_with_what_is_known_today(shop):
    said = shop.json("diff", "now", "2027-06-30")
    [sound] = [change for change in answers(said) if change["process"] == "parcel-dispatch"]
    assert (said.code, sound["change"]) == (0, "allow_to_deny")
    assert "usage-cycle/review-overdue" in codes(sound["added"])
    assert (documents(said), sound["before"]["holds_until"]) == ([], "2027-03-31")


def test_a_law_that_comes_into_force_in_between_is_found(shop):
    files = {
        "surroundings.yaml": SURROUNDINGS.replace("[eu-gdpr]", "[eu-gdpr, id-pdp]").replace(
            ", contact: privacy@nord.example", ""
        ),
        "elements.yaml": ELEMENTS,
        "uses.yaml": USES,
    }
    assert shop("-q", "apply", shop.declare(files), "--yes").code == 0
    said = shop.json("diff", "2027-01-15", "2027-01-17")
    assert said.code == 0
    assert {change["change"] for change in answers(said)} == {"same_effect"}
    assert all("id-pp33/PP33-74" in codes(change["added"]) for change in answers(said))


def test_with_at_both_sides_are_judged_at_that_instant(closed):
    said = closed.json("diff", BEFORE, "now", "--at", "2026-09-01")
    assert {said.data["summary"][side]["at"] for side in ("before", "after")} == {"2026-09-01T23:59:59+02:00"}
    assert [change["change"] for change in answers(said)] == ["deny_to_allow"]
    gone = closed.json("diff", BEFORE, "now", "--at", "2029-01-01")
    assert gone.data["summary"]["deny_to_allow"] == 0


def test_keys_narrow_it_to_these_elements(closed):
    assert len(answers(closed.json("diff", BEFORE, "now", PHONE))) == 1
    assert closed.json("diff", BEFORE, "now", "customer.email").results == []
    said = closed("diff", BEFORE, "now", "customer.emial")
    assert (said.code, "did you mean customer.email" in said.err) == (1, True)


def test_changed_and_retired_documents_are_listed_with_their_values(shop):
    changed = {
        "uses.yaml": f"uses:\n{SOUND.replace('necessity: required', 'necessity: optional')}{LOOP}",
        "elements.yaml": ELEMENTS,
        "surroundings.yaml": SURROUNDINGS,
    }
    assert shop("-q", "apply", shop.declare(changed), "--prune", "--yes").code == 0
    said = shop.json("diff", BEFORE, "now")
    assert ("retire", "use", f"{PHONE}/slot-planning/AgreeDeliverySlot") in documents(said)
    [values] = [r["values"] for r in said.results if r.get("kind") == "use" and r["change"] == "change"]
    assert values == [{"path": "necessity", "before": "required", "after": "optional"}]
    gone = next(change for change in answers(said) if change["process"] == "slot-planning")
    assert "usage-cycle/no-use" in codes(gone["added"])


def test_declarations_laid_over_show_what_they_would_change(shop):
    shop.write("next/uses.yaml", f"uses:\n{OPEN}{LOOP}")
    size = shop.size
    said = shop.json("diff", "--with", "next")
    assert (said.code, shop.size) == (0, size)
    [change] = answers(said)
    assert (change["process"], change["change"]) == ("slot-planning", "deny_to_allow")
    key = f"{PHONE}/slot-planning/AgreeDeliverySlot"
    assert documents(said) == [("add", "outcome", f"{key}#2026-q2"), ("add", "insight", f"{key}#slot-first")]
    assert shop.json("diff", "--with", "next", "customer.email").results == []
    assert shop.json("diff", "--with", "catalog").results == []


def test_a_new_element_with_a_new_use_was_denied_before_as_unknown(shop):
    more = ELEMENTS.replace("customer.phone_number", "customer.fax").partition("- {key: customer.email")[0]
    use = SOUND.replace("customer.phone_number", "customer.fax")
    shop.write("next/fax.yaml", f"{more}uses:\n{use}{LOOP}")
    [change] = [c for c in answers(shop.json("diff", "--with", "next")) if c["element"] == "customer.fax"]
    assert change["before"]["effect"] == "deny"
    assert codes(change["removed"]) == ["usage-cycle/unknown-element"]


def test_people_read_what_differs_and_why(closed):
    said = closed("diff", BEFORE, "now", "--format", "table")
    for part in (
        "from 2026-08-15T23:59:59+02:00 (known at 2026-08-15T23:59:59+02:00)",
        "1 of 2 answers differ: 1 deny to allow",
        f"deny → allow  {PHONE} · slot-planning · AgreeDeliverySlot: cycle incomplete → complete",
        "- blocker[usage-cycle/outcome-recorded] no outcome is recorded",
        "documents: 2 add",
        f"+ outcome {PHONE}/slot-planning/AgreeDeliverySlot#q2",
    ):
        assert part in said.out


def test_a_line_holds_one_difference(closed):
    rows = closed("diff", BEFORE, "now").rows
    assert [row[:2] for row in rows] == [["answer", "deny_to_allow"], ["document", "add"], ["document", "add"]]
    assert rows[0][3:5] == ["deny incomplete", "allow complete"]


WRONG = [
    (("now",), 2, "diff compares two instants", "lineage diff A B"),
    ((), 2, "diff compares two instants", "--with PATH"),
    (("yesterday", "now"), 2, "A: 'yesterday' is neither a day", "2026-09-30"),
    (("now", "2026-13-01"), 2, "B: 2026-13-01 is not", "2026-09-30"),
    (("2026-08-15", "now", "--as-of", "now"), 2, "A and B say what the catalogue knew", "leave out --as-of"),
    (("2020-01-01", "now"), 3, "held nothing yet", ""),
    (("--with", "nowhere"), 2, "there is no file or folder nowhere", ""),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "sentence", "fix"), WRONG)
def test_what_cannot_be_compared_says_why(shop, words, code, sentence, fix):
    said = shop("diff", *words)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err
    assert fix in said.err.partition("  fix    ")[2]


def test_problems_in_what_is_laid_over_are_told(shop):
    shop.write("next/uses.yaml", "uses:\n- {element: customer.phone_number}\n")
    said = shop("diff", "--with", "next")
    assert (said.code, said.out) == (1, "")
    assert "next/uses.yaml" in said.err
