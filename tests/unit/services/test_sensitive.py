"""What looks sensitive is refused with its place and a way out, and never repeated."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.kinds import Declared
from lineage.errors import Refused, WrongUse
from lineage.services import sensitive
from lineage.services.changing import Actor, Request
from lineage.store.commands import Change
from tests.unit.store.samples import all_changes

MAIL, PHONE, CARD = "anna.schmidt@nord.example", "030 23125 123", "4111 1111 1111 1111"
DSN = "postgresql://crm:p@ss/w:rd@db.nord.example/crm"
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ"
WHEN = datetime(2026, 9, 1, tzinfo=UTC)


def request(**more):
    return Request(Actor(more.pop("actor", "rina"), "stated"), WHEN, **more)


def change(kind, body, operation="change"):
    text = canonical(body)
    return Change(kind, "customer.phone", operation, text, digest_of(text))


PLANTED = [
    ("element", {"description": MAIL}, "description"),
    ("element", {"title": f"Phone {PHONE}"}, "title"),
    ("element", {"also_known_as": ["mobile", CARD]}, "also_known_as[1]"),
    ("element", {"steward": MAIL}, "steward"),
    ("element", {"fields": [{"namespace": "x", "dataset": MAIL, "field": "y"}]}, "fields[0].dataset"),
    ("use", {"why": f"because {PHONE} said so"}, "why"),
    ("use", {"expects": {"subject": {"target": MAIL}}}, "expects.subject.target"),
    ("use", {"alternatives": [{"element": "a", "why_not": MAIL}]}, "alternatives[0].why_not"),
    ("use", {"pilot": {"hypothesis": CARD}}, "pilot.hypothesis"),
    ("use", {"opt_out": CARD}, "opt_out"),
    ("process", {"owner": MAIL}, "owner"),
    ("origin", {"stored_in": {"system": MAIL}}, "stored_in.system"),
    ("consent", {"guardian": PHONE}, "guardian"),
    ("regulatory", {"reasons": ["x", PHONE]}, "reasons[1]"),
    ("outcome", {"organisation": {"observed": MAIL}}, "organisation.observed"),
    ("outcome", {"evidence": [MAIL]}, "evidence[0]"),
    ("insight", {"learned": f"{MAIL} likes it"}, "learned"),
    ("assessment", {"approved_by": MAIL}, "approved_by"),
    ("waiver", {"reason": PHONE}, "reason"),
    ("statement", {"says": [{"benefit": MAIL}]}, "says[0].benefit"),
    ("audience", {"measure": "123-45-6789"}, "measure"),
    ("catalogue", {"description": "36 574 261 809"}, "description"),
    ("party", {"name": MAIL}, "name"),
]


@pytest.mark.parametrize(("kind", "body", "path"), PLANTED)
def test_personal_data_is_refused_with_its_place_and_a_way_out(kind, body, path):
    with pytest.raises(Refused) as refused:
        sensitive.check([change(kind, body)], request())
    assert f"{kind} customer.phone, {path} looks like" in refused.value.sentence
    assert "--personal-data --reason" in refused.value.fix
    assert not any(value in refused.value.sentence + refused.value.fix for value in (MAIL, PHONE, CARD))
    sensitive.check([change(kind, body)], request(personal_data=True, reason="the number of the hotline itself"))


@pytest.mark.parametrize("field", ["contact", "address", "email", "phone"])
def test_an_office_may_be_reached(field):
    for text in (MAIL, PHONE, f"Anna Schmidt, {PHONE}, {MAIL}"):
        sensitive.check([change("party", {field: text})], request())


@pytest.mark.parametrize(("kind", "field"), [("consent", "withdraw"), ("use", "objection"), ("use", "opt_out")])
def test_people_may_be_told_whom_to_write_to(kind, field):
    sensitive.check([change(kind, {field: f"write to {MAIL} or call {PHONE}"})], request())


def test_mailboxes_of_an_office_are_fine_everywhere():
    sensitive.check([change("process", {"owner": "privacy@nord.example"})], request(reason="asked by dpo@nord.example"))


def test_every_finding_is_named_at_once():
    changes = [change("use", {"why": MAIL, "law": DSN}), change("process", {"title": PHONE})]
    with pytest.raises(Refused) as refused:
        sensitive.check(changes, request(reason=f"call {PHONE}"))
    assert refused.value.sentence.count("looks like") == 4
    assert "p@ss" not in str(refused.value)


@pytest.mark.parametrize(
    "secret", [DSN, PEM, "Bearer abcdefghij0123456789", "password=hunter2", "AKIAIOSFODNN7EXAMPLE"]
)
@pytest.mark.parametrize("where", ["the reason", "--by", "--request", "document", "contact"])
def test_nothing_lets_a_secret_in(secret, where):
    said = {"reason": "so it is meant", "personal_data": True}
    changes = []
    if where == "document":
        changes = [change("element", {"fields": [{"namespace": secret, "dataset": "d", "field": "f"}]})]
    elif where == "contact":
        changes = [change("party", {"contact": secret})]
    else:
        said |= {{"the reason": "reason", "--by": "actor", "--request": "request"}[where]: secret}
    with pytest.raises(Refused) as refused:
        sensitive.check(changes, request(**said))
    assert secret not in refused.value.sentence + refused.value.fix
    assert "no option lets a secret in" in refused.value.fix


def test_letting_personal_data_in_needs_a_reason():
    for reason in (None, "", "  "):
        with pytest.raises(WrongUse):
            sensitive.check([], request(personal_data=True, reason=reason))


def test_who_acts_may_be_an_address_but_a_reason_must_not_name_one():
    sensitive.check([], request(actor=MAIL))
    with pytest.raises(Refused, match="the reason looks like an e-mail address"):
        sensitive.check([], request(reason=f"asked by {MAIL}"))


def test_our_own_rules_and_retired_documents_are_not_looked_at():
    sensitive.check([change("pack", {"title": MAIL}), change("vocabulary", {"title": MAIL})], request())
    sensitive.check([Change("element", "a", "retire", "", "")], request())


def test_a_document_of_every_kind_without_values_passes():
    sensitive.check(all_changes(), request(reason="the first load, as agreed on 2026-03-01 (ticket 2026-0142)"))


def test_problems_have_file_and_line():
    lines = {"": 3, "title": 4, "stored_in": 6, "stored_in.system": 7}
    declared = [
        Declared.of("origin", "a#b", {"key": "b", "stored_in": {"system": MAIL, "evidence": [DSN]}}, "x.yaml", lines),
        Declared.of("element", "a", {"key": "a", "title": "fine"}, "x.yaml", {"": 1}),
    ]
    found = sensitive.problems(declared, request())
    assert [(str(problem.place), problem.path) for problem in found] == [
        ("x.yaml:6", "a#b: stored_in.evidence[0]"),
        ("x.yaml:7", "a#b: stored_in.system"),
    ]
    assert all(MAIL not in problem.message + problem.fix and problem.fix for problem in found)
    assert len(sensitive.problems(declared, request(personal_data=True, reason="meant"))) == 1
