"""Somebody wants an answer in writing; somebody else checks it without the catalogue."""

from __future__ import annotations

import json

import pytest

from lineage.gate.signing import VerifierKey
from tests.journeys.shop import OPEN_QUESTION, SOUND_QUESTION

OTHER = str(VerifierKey("usage-cycle/other", bytes(32)))


@pytest.fixture
def given(shop):
    """A receipt of a yes in ``yes.json``, of a no in ``no.json``."""
    assert shop("query", "may", *SOUND_QUESTION, "--receipt", "yes.json").code == 0
    assert shop("query", "may", *OPEN_QUESTION, "--receipt", "no.json").code == 1
    return shop


def key_of(console) -> str:
    return json.loads((console.folder / "yes.json").read_text())["receipt"]["key"]


@pytest.mark.parametrize(("name", "question"), [("yes", SOUND_QUESTION), ("no", OPEN_QUESTION)])
def test_a_receipt_says_what_the_command_said(name, question, given):
    answer = given.json("query", "may", *question)
    receipt = json.loads((given.folder / f"{name}.json").read_text())["receipt"]
    assert receipt["verdict"] == answer.results[0]
    catalogue = answer.data["catalogue"]
    assert receipt["catalogue"] == {"revision": catalogue["revision"], "digest": catalogue["digest"]}
    assert receipt["at"] == receipt["issued"] == "2026-09-01T12:00:00.000000Z"


def test_it_is_verified_without_the_catalogue(given, tmp_path_factory):
    key = key_of(given)
    given.patch.chdir(tmp_path_factory.mktemp("elsewhere"))
    said = given("verify", given.folder / "yes.json", given.folder / "no.json", "--key", key)
    assert said.code == 0
    assert "receipt: allow: parcel-dispatch · customer.phone_number · DeliveryOfGoods" in said.out
    assert "receipt: deny: slot-planning" in said.out
    assert "compare it" not in said.out
    assert "compare it with the one you were told of" in given("verify", given.folder / "yes.json").out


def test_an_altered_one_is_broken(given):
    path = given.folder / "no.json"
    path.write_text(path.read_text().replace('"effect": "deny"', '"effect": "allow"'))
    said = given.json("verify", "no.json")
    assert (said.code, said.results[0]["state"]) == (1, "broken")


def test_somebody_elses_key_makes_it_broken(given):
    said = given("verify", "yes.json", "--key", OTHER)
    assert said.code == 1
    assert "signed with another key than yours" in said.out


def test_a_checkpoint_of_the_same_catalogue_fits_it(given):
    assert given("log", "checkpoint", "-o", "held.txt").code == 0
    assert given("verify", "yes.json", "--checkpoint", "held.txt").code == 0


def test_an_answer_of_a_bundle_is_signed_where_the_key_is(given):
    assert given("bundle", "build", "-o", "d.bundle").code == 0
    ask = ("query", "may", *SOUND_QUESTION, "--bundle", "d.bundle", "--key", key_of(given), "--receipt", "b.json")
    assert given(*ask).code == 0
    assert (given.folder / "b.json").read_text() == (given.folder / "yes.json").read_text()
    given.patch.setenv("LINEAGE_KEY", str(given.folder / "nowhere"))
    said = given(*ask)
    assert said.code == 3
    assert "not on this machine" in said.err


def test_a_receipt_that_cannot_be_written_is_said(given):
    said = given("query", "may", *SOUND_QUESTION, "--receipt", "nowhere/r.json")
    assert (said.code, said.out) == (2, "")
    assert "nowhere/r.json cannot be written" in said.err
