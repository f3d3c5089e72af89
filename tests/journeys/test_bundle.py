"""An engineer carries answers away in a bundle, asks it where no catalogue is, and is told when it may not be used."""

from __future__ import annotations

import json
import os

import pytest

from lineage.gate.bundle import MAGIC
from lineage.gate.signing import VerifierKey
from lineage.services.bundling import expiry
from tests.journeys.console import Console
from tests.journeys.shop import NOW, OPEN_QUESTION, SOUND_QUESTION

DAY = 86_400


@pytest.fixture
def carried(shop):
    """A shop's console with its bundle in ``d.bundle`` and its public key at hand."""
    said = shop.json("bundle", "build", "-o", "d.bundle")
    assert said.code == 0, said.err
    shop.built = said.results[0]
    shop.key = shop.built["key"]
    return shop


def later(console: Console, seconds: int) -> None:
    console.patch.setenv("SOURCE_DATE_EPOCH", str(NOW + seconds))


QUESTIONS = {
    "a yes": ("may", *SOUND_QUESTION),
    "a no": ("may", *OPEN_QUESTION),
    "a no with an audience": ("may", *OPEN_QUESTION, "--audience", "customer"),
    "a further regime": ("may", *SOUND_QUESTION, "--regime", "id-pdp"),
    "an unknown element": ("may", "parcel-dispatch", "customer.phone", "--for", "DeliveryOfGoods"),
    "unknown names": ("may", "dispatch", "customer.phone", "--for", "Delivery"),
    "a purpose too broad": ("may", "parcel-dispatch", "customer.phone_number", "--for", "Marketing"),
    "a later day": ("may", *SOUND_QUESTION, "--at", "2027-06-01"),
    "an earlier instant": ("may", *SOUND_QUESTION, "--at", "2026-03-05T12:00:00+01:00"),
    "purposes": ("purposes", "customer.phone_number"),
    "purposes of a process": ("purposes", "customer.phone_number", "--process", "slot-planning"),
    "elements": ("elements", "--process", "parcel-dispatch"),
    "elements for a purpose": ("elements", "--process", "parcel-dispatch", "--for", "DeliveryOfGoods"),
    "elements of nobody": ("elements", "--process", "parcel"),
    "processes": ("processes", "customer.phone_number"),
    "processes for a purpose": ("processes", "customer.phone_number", "--for", "DeliveryOfGoods"),
    "processes for nothing": ("processes", "customer.phone_number", "--for", "Nothing"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_bundle_answers_as_the_catalogue_does(name, carried):
    words = ("query", *QUESTIONS[name])
    asked, told = carried.json(*words), carried.json(*words, "--bundle", "d.bundle", "--key", carried.key)
    assert told.data == asked.data
    assert (told.code, told.err) == (asked.code, asked.err)
    plain = carried(*words), carried(*words, "--bundle", "d.bundle", "--key", carried.key)
    assert plain[0] == plain[1]


def test_findings_of_a_bundle_name_files_as_seen_from_where_it_was_built(carried):
    (result,) = carried.json("query", "may", *OPEN_QUESTION, "--bundle", "d.bundle", "--key", carried.key).results
    assert {finding["where"].partition(":")[0] for finding in result["findings"]} == {"catalog/uses.yaml"}


def test_a_bundle_may_leave_files_and_lines_out(carried):
    assert carried("bundle", "build", "-o", "d.bundle", "--no-places").code == 0
    (result,) = carried.json("query", "may", *OPEN_QUESTION, "--bundle", "d.bundle", "--key", carried.key).results
    assert {finding["where"] for finding in result["findings"]} == {""}
    assert b"catalog/uses.yaml" not in (carried.folder / "d.bundle").read_bytes()


def test_nothing_is_believed_of_a_bundle_that_only_shows_itself(carried):
    path = carried.folder / "d.bundle"
    path.write_bytes(path.read_bytes().replace(b'"zone":"Europe/Berlin"', b'"zone":"../../etc/pas"', 1))
    said = carried("bundle", "show", "d.bundle")
    assert (said.code, said.out) == (3, "")
    assert "its head cannot be read" in said.err


def test_it_is_asked_where_no_catalogue_is(carried, tmp_path_factory):
    carried.patch.chdir(tmp_path_factory.mktemp("elsewhere"))
    carried.patch.setenv("LINEAGE_KEYS", carried.key)
    said = carried("query", "may", *SOUND_QUESTION, "--bundle", str(carried.folder / "d.bundle"))
    assert (said.code, said.err) == (0, "")
    assert carried("-C", carried.folder / "d.bundle", "query", "may", *SOUND_QUESTION) == said


def test_what_was_built_is_told_and_shown(carried):
    built = carried.built
    assert built["state"] == "built"
    assert (built["issued"], built["expires"]) == ("2026-09-01T14:00:00+02:00", "2026-09-08T14:00:00+02:00")
    assert built["size"] == (carried.folder / "d.bundle").stat().st_size
    assert built["digest"] == carried.digest
    assert VerifierKey.of(built["key"]).name == built["origin"]
    shown = carried.json("bundle", "show", "d.bundle").results[0]
    assert shown == built | {"state": "unchecked"}
    text = carried("bundle", "show", "d.bundle").out
    assert text.startswith("unchecked: d.bundle")
    assert built["key"] in text


def test_building_twice_gives_the_same_bytes(carried):
    first = (carried.folder / "d.bundle").read_bytes()
    assert carried("bundle", "build", "-o", "e.bundle").code == 0
    assert (carried.folder / "e.bundle").read_bytes() == first
    assert sorted(path.name for path in carried.folder.iterdir() if "bundle" in path.name) == ["d.bundle", "e.bundle"]


def test_a_good_one_is_verified(carried):
    said = carried.json("bundle", "verify", "d.bundle", "--key", carried.key)
    assert (said.code, said.data["summary"]) == (0, {"state": "good", "reason": None})
    assert carried("bundle", "verify", "d.bundle", "--key", carried.key).out.startswith("good: d.bundle\n")


def damaged(data: bytes) -> bytes:
    place = len(data) - 30
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


OTHER = "usage-cycle/aa+f1e2b6a8+AQ" + "A" * 42
REFUSALS = {
    "tampered": (damaged, 0, None, 1),
    "truncated": (lambda data: data[:-10], 0, None, 1),
    "foreign key": (lambda data: data, 0, "other", 1),
    "expired": (lambda data: data, 8 * DAY, None, 1),
    "not yet valid": (lambda data: data, -DAY, None, 1),
    "no key": (lambda data: data, 0, "", 3),
    "unknown form": (lambda data: b"#" + data, 0, None, 3),
}


def other_key() -> str:
    return str(VerifierKey("usage-cycle/other", bytes(32)))


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_bundle_that_may_not_be_used_is_refused_with_its_reason(reason, carried):
    change, passed, key, code = REFUSALS[reason]
    key = {None: carried.key, "other": other_key(), "": ""}[key]
    path = carried.folder / "d.bundle"
    path.write_bytes(change(path.read_bytes()))
    later(carried, passed)
    said = carried.json("bundle", "verify", "d.bundle", "--key", key)
    assert (said.code, said.data["summary"]) == (code, {"state": "refused", "reason": reason})
    assert said.results[0]["fix"]
    told = carried("bundle", "verify", "d.bundle", "--key", key)
    assert told.out.startswith("refused: d.bundle ")
    if reason == "tampered":  # what was not read is not looked at
        return
    asked = carried("query", "may", *SOUND_QUESTION, "--bundle", "d.bundle", "--key", key)
    assert (asked.code, asked.out) == (3, "")
    assert asked.err.startswith("error: d.bundle ")
    assert "\n  fix    " in asked.err


def test_no_answer_comes_out_of_a_tampered_segment(carried):
    path = carried.folder / "d.bundle"
    data = path.read_bytes()
    start = len(MAGIC) + 4 + int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "big") + 68
    path.write_bytes(data[:start] + bytes(byte ^ 1 for byte in data[start:]))
    said = carried("query", "may", *SOUND_QUESTION, "--bundle", "d.bundle", "--key", carried.key)
    assert (said.code, said.out) == (3, "")
    assert "was altered" in said.err


def test_an_older_one_is_refused_once_a_newer_one_was_seen(carried):
    later(carried, 60)
    assert carried("bundle", "build", "-o", "new.bundle").code == 0
    newest = ("--key", carried.key, "--newest", "newest.json")
    assert carried("bundle", "verify", "new.bundle", *newest).code == 0
    said = carried.json("bundle", "verify", "d.bundle", *newest)
    assert (said.code, said.data["summary"]["reason"]) == (1, "older than the last one")
    carried.patch.setenv("LINEAGE_NEWEST", "newest.json")
    asked = carried("query", "may", *SOUND_QUESTION, "--bundle", "d.bundle", "--key", carried.key)
    assert asked.code == 3
    assert "older than a bundle seen before" in asked.err
    assert carried("query", "may", *SOUND_QUESTION, "--bundle", "new.bundle", "--key", carried.key).code == 0


def test_a_bundle_verifies_like_everything_that_leaves_a_catalogue(carried):
    said = carried("verify", "d.bundle")
    assert said.code == 0
    assert said.out.startswith("intact: d.bundle: bundle of usage-cycle/")
    assert "compare it with the one you were told of" in said.out
    assert "compare it" not in carried("verify", "d.bundle", "--key", carried.key).out
    assert carried("verify", "d.bundle", "--key", other_key()).code == 1
    path = carried.folder / "d.bundle"
    path.write_bytes(damaged(path.read_bytes()))
    assert carried("verify", "d.bundle").out.startswith("broken: d.bundle was altered")
    assert carried("verify", "d.bundle").code == 1
    assert carried("log", "checkpoint", "-o", "held.txt").code == 0
    carried("bundle", "build", "-o", "d.bundle")
    assert carried("verify", "d.bundle", "--checkpoint", "held.txt").code == 0


WRONG = {
    "no file named": (("bundle", "build"), 2),
    "a folder that is not there": (("bundle", "build", "-o", "nowhere/d.bundle"), 2),
    "an instant to build for": (("bundle", "build", "-o", "e.bundle", "--at", "2026-01-01"), 2),
    "a past state to build of": (("bundle", "build", "-o", "e.bundle", "--as-of", "2026-08-31"), 2),
    "an end that is none": (("bundle", "build", "-o", "e.bundle", "--expires", "soon"), 2),
    "an end that has passed": (("bundle", "build", "-o", "e.bundle", "--expires", "2026-08-31"), 2),
    "no life at all": (("bundle", "build", "-o", "e.bundle", "--expires", "P0D"), 2),
    "a file that is not there": (("bundle", "verify", "nowhere"), 2),
    "a file that is not there to show": (("bundle", "show", "nowhere"), 2),
    "something else to show": (("bundle", "show", "catalog/uses.yaml"), 3),
    "a key that is none": (("bundle", "verify", "d.bundle", "--key", "nonsense"), 2),
    "a key without a bundle": (("query", "may", *SOUND_QUESTION, "--key", "x"), 2),
    "the past of a bundle": (("query", "may", *SOUND_QUESTION, "--bundle", "d.bundle", "--as-of", "2026-08-31"), 2),
    "a bad key for a question": (("query", "may", *SOUND_QUESTION, "--bundle", "d.bundle", "--key", "x"), 2),
    "a bad day": (("query", "may", *SOUND_QUESTION, "--bundle", "d.bundle", "--at", "soon"), 2),
    "a bundle that is not there": (("query", "may", *SOUND_QUESTION, "--bundle", "nowhere"), 2),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_told_with_a_remedy(name, carried):
    words, code = WRONG[name]
    carried.patch.setenv("LINEAGE_KEYS", carried.key)
    said = carried(*words)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith("error: ")
    assert "\n  fix    " in said.err
    assert not (carried.folder / "e.bundle").exists()


@pytest.mark.parametrize("end", ["7days", "soon", "P7", "2026-13-01", "2026-09-30T12:00:00"])
def test_an_end_that_is_none_is_answered_with_the_forms_there_are(carried, end):
    said = carried("bundle", "build", "-o", "e.bundle", "--expires", end)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: --expires: ")
    assert "write a period such as P7D (seven days) or PT12H (twelve hours), a day such as 2026-12-31" in said.err


def test_the_answer_of_a_build_tells_of_which_catalogue_and_when(carried):
    said = carried.json("bundle", "build", "-o", "d.bundle")
    built = said.results[0]
    assert said.data["at"] == said.data["as_of"] == built["issued"] == "2026-09-01T14:00:00+02:00"
    asked = carried.json("check").data["catalogue"]
    assert said.data["catalogue"] == asked
    assert (asked["revision"], asked["digest"]) == (built["revision"], built["digest"])


def test_without_the_signing_key_nothing_is_built(carried):
    carried.patch.setenv("LINEAGE_KEY", str(carried.folder / "nowhere.key"))
    said = carried("bundle", "build", "-o", "e.bundle")
    assert said.code == 3
    assert "not on this machine" in said.err
    assert not (carried.folder / "e.bundle").exists()


def test_what_was_there_stays_when_building_fails(carried):
    before = (carried.folder / "d.bundle").read_bytes()
    carried.patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert carried("bundle", "build", "-o", "d.bundle").code == 2
    assert (carried.folder / "d.bundle").read_bytes() == before
    assert not list(carried.folder.glob(".d.bundle*"))


ENDS = {
    "P7D": "2026-09-08T12:00:00Z",
    "P1M": "2026-10-01T12:00:00Z",
    "PT12H": "2026-09-02T00:00:00Z",
    "P1W": "2026-09-08T12:00:00Z",
    "2026-09-30": "2026-09-30T22:00:00Z",
    "2026-09-30T08:00:00+02:00": "2026-09-30T06:00:00Z",
}


@pytest.mark.parametrize("said", ENDS)
def test_a_life_is_a_period_a_day_or_an_instant(said):
    from datetime import UTC, datetime

    end = expiry(said, datetime.fromtimestamp(NOW, UTC), "Europe/Berlin")
    assert datetime.fromtimestamp(end / 1e6, UTC) == datetime.fromisoformat(ENDS[said])


def test_a_bundle_follows_a_change_of_the_catalogue(carried):
    later(carried, 3600)
    (carried.folder / "catalog/uses.yaml").write_text(
        (carried.folder / "catalog/uses.yaml").read_text().replace("steward: rina", "").replace("why: The", "why: A")
    )
    assert carried("apply", "catalog", "--yes").code == 0
    assert carried("bundle", "build", "-o", "new.bundle").code == 0
    words = ("query", "may", *SOUND_QUESTION, "--bundle", "new.bundle", "--key", carried.key)
    assert carried.json(*words).data["catalogue"] == carried.json("query", "may", *SOUND_QUESTION).data["catalogue"]
    assert json.loads(carried.json(*words).out)["catalogue"]["revision"] > carried.built["revision"]
