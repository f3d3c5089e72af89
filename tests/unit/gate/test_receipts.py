"""A receipt proves an answer to whoever has the public key, and travels in a run of OpenLineage."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import attr
import pytest
import rfc8785
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.facet_v2 import RunFacet
from openlineage.client.serde import Serde

from lineage.gate.answer import Question, answer
from lineage.gate.receipts import (
    FACET,
    MARK,
    BadReceipt,
    Receipt,
    facet_of,
    message,
    read_facet,
    read_receipt,
    receipt_of,
)
from lineage.gate.shapes import answer_data
from lineage.gate.signing import sealed
from tests.bundles import KEY, NOW, OTHER, OTHER_KEY, QUESTIONS, SIGNER, tiny


def receipt(question: Question = QUESTIONS[0], signer=SIGNER) -> Receipt:
    verdict = answer_data(answer(tiny(), question), lambda _: "catalog/uses.yaml:9")
    return receipt_of(question, verdict, (7, "d1" * 32), NOW + 1, signer)


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_holds_the_answer_as_it_was_given(question):
    read = read_receipt(receipt(question).to_text().encode())
    assert read.verdict == answer_data(answer(tiny(), question), lambda _: "catalog/uses.yaml:9")
    assert read.check() == read.check((OTHER_KEY, KEY)) == KEY
    assert read.body["issued"] == "2024-10-04T00:00:00.000001Z"


def test_it_can_be_checked_by_others_with_rfc_8785_and_ed25519():
    made = receipt()
    assert KEY.signed(made.signature[4:], MARK + rfc8785.dumps(dict(made.body)))


def test_its_layout_does_not_matter():
    text = json.dumps(json.loads(receipt().to_text()), sort_keys=True, ensure_ascii=True)
    assert read_receipt(text.encode()).check((KEY,)) == KEY


def altered(path: tuple[str, ...], value: object) -> bytes:
    data = copy.deepcopy(json.loads(receipt(QUESTIONS[5]).to_text()))
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(data).encode()


ALTERED = {
    "another effect": (("receipt", "verdict", "effect"), "allow"),
    "another element": (("receipt", "verdict", "element"), "fax"),
    "no findings": (("receipt", "verdict", "findings"), []),
    "a longer time": (("receipt", "verdict", "holds_until"), "2999-12-31"),
    "another day": (("receipt", "at"), "2020-01-01T00:00:00.000000Z"),
    "another revision": (("receipt", "catalogue", "revision"), 8),
    "another key": (("receipt", "key"), str(OTHER_KEY)),
    "no key": (("receipt", "key"), "none"),
    "another catalogue": (("receipt", "origin"), OTHER.key.name),
    "another signature": (("signature",), "AAAA" + "A" * 87 + "="),
    "no signature": (("signature",), ""),
    "a later form": (("receipt", "form"), 2),
    "another schema": (("schema",), "lineage.receipt/2"),
    "something more": (("receipt", "more"), 1),
    "a list for a receipt": (("receipt",), []),
    "a number for a day": (("receipt", "at"), 5),
    "a fraction": (("receipt", "catalogue", "revision"), 7.0),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_one_is_refused(name):
    with pytest.raises(BadReceipt):
        read_receipt(altered(*ALTERED[name])).check()


def signed(change) -> bytes:
    """A receipt that the right key signed, after its body was changed."""
    body = copy.deepcopy(dict(receipt(QUESTIONS[5]).body))
    change(body)
    return Receipt(body, sealed(SIGNER, message(body))).to_text().encode()


ODD = {
    "a field nobody knows": lambda body: body.update(more=1),
    "a field less": lambda body: body.pop("issued"),
    "a truth value for its form": lambda body: body.update(form=True),
    "a text for its form": lambda body: body.update(form="1"),
    "a number for a day": lambda body: body.update(issued=5),
    "nothing for a day": lambda body: body.update(at=None),
    "a truth value for a revision": lambda body: body["catalogue"].update(revision=True),
    "a number for a digest": lambda body: body["catalogue"].update(digest=1),
    "a catalogue without a digest": lambda body: body["catalogue"].pop("digest"),
    "more about the catalogue": lambda body: body["catalogue"].update(name="shop"),
    "a list for a catalogue": lambda body: body.update(catalogue=[7, "d1"]),
    "a list for a question": lambda body: body.update(question=["a"]),
    "more in the question": lambda body: body["question"].update(at="now"),
    "a number in the question": lambda body: body["question"].update(audience=1),
    "a question of others than the verdict": lambda body: body["question"].update(audience="fan"),
    "a regime the question does not have": lambda body: body["verdict"].update(regime="uk-gdpr"),
    "an effect that is none": lambda body: body["verdict"].update(effect="maybe"),
    "a truth value for an effect": lambda body: body["verdict"].update(effect=True),
    "a verdict about another element": lambda body: body["verdict"].update(element="fax"),
}


def test_what_is_signed_and_sound_is_taken():
    assert read_receipt(signed(lambda _: None)).check((KEY,)) == KEY


@pytest.mark.parametrize("name", ODD)
def test_a_body_of_another_form_is_refused_though_it_is_signed(name):
    with pytest.raises(BadReceipt):
        read_receipt(signed(ODD[name]))


def test_nothing_may_stand_beside_a_receipt_that_nobody_signed():
    with pytest.raises(BadReceipt, match="nobody signed"):
        read_receipt(altered(("verdict",), {"effect": "allow"}))


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 100_000, b"nonsense", b"\xff", b'{"schema": 1}', b"null"])
def test_what_is_no_receipt_is_said_to_be_none(data):
    with pytest.raises(BadReceipt):
        read_receipt(data)


def test_a_name_said_twice_is_refused():
    text = receipt(QUESTIONS[5]).to_text().replace('"effect": "deny"', '"effect": "allow", "effect": "deny"', 1)
    with pytest.raises(BadReceipt):
        read_receipt(text.encode())


def test_somebody_elses_receipt_is_refused_by_whoever_holds_a_key():
    with pytest.raises(BadReceipt):
        receipt(signer=OTHER).check((KEY,))


# --- OpenLineage ---


@attr.define
class ReceiptFacet(RunFacet):
    effect: str
    process: str
    element: str
    purpose: str
    at: str
    receipt: str
    signature: str

    @staticmethod
    def _get_schema() -> str:
        return "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"


def sent(facets: dict[str, object]) -> dict[str, object]:
    """What a receiver gets of a run's facets."""
    run = Run("01908223-0000-7000-8000-000000000000", facets=facets)
    at = datetime(2026, 11, 22, tzinfo=UTC).isoformat()
    event = RunEvent(
        eventType=RunState.COMPLETE, eventTime=at, run=run, job=Job("shop", "dispatch"), producer="https://a.example"
    )
    return json.loads(Serde.to_json(event))["run"]["facets"]


@pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[5]])
def test_it_travels_in_a_run_as_the_client_of_openlineage_sends_it(question):
    made = receipt(question)
    told = facet_of(made, "https://a.example")
    assert told["_producer"] == "https://a.example"
    assert told["_schemaURL"].startswith("https://")
    fields = {name: value for name, value in told.items() if not name.startswith("_")}
    facets = sent({FACET: ReceiptFacet(**fields, producer="https://a.example")})
    assert set(facets[FACET]) == set(told)
    read = read_facet(facets[FACET])
    assert read == made
    assert read.check((KEY,)) == KEY


def test_a_facet_may_be_given_to_the_client_as_plain_data():
    made = receipt()
    assert read_facet(sent({FACET: facet_of(made)})[FACET]) == made


@pytest.mark.parametrize("name", ["effect", "element", "process", "purpose", "at", "receipt", "signature"])
def test_a_facet_that_shows_something_else_is_refused(name):
    told = facet_of(receipt()) | {name: "other"}
    with pytest.raises(BadReceipt):
        read_facet(told).check()


def test_a_facet_without_its_receipt_is_refused():
    told = facet_of(receipt())
    del told["receipt"]
    with pytest.raises(BadReceipt):
        read_facet(told)
