"""What readers give: today's documents, those of some elements, those of an earlier entry."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import select

from lineage.domain.canonical import canonical, digest_of
from lineage.store.commands import write
from lineage.store.documents import read_current, read_digests, read_keys, read_of_elements, read_one, revision
from lineage.store.tables import document
from tests.unit.store.samples import BODIES, SAMPLES, USE, change, command
from tests.unit.store.test_merkle import naive_root

LAST = len(SAMPLES) - 1


def do(database, *changes):
    with database.writing() as connection:
        return write(connection, command(), changes)


def test_documents_come_back_as_they_were_in_order(filled):
    with filled.reading() as connection:
        rows = list(read_current(connection))
    assert [row[:2] for row in rows] == sorted(BODIES)
    for kind, key, version, body_text, digest, retired in rows:
        assert body_text == canonical(BODIES[kind, key])
        assert digest == digest_of(body_text)
        assert (version, retired) == (1, False)
        assert isinstance(retired, bool)


def test_kinds_can_be_chosen(filled):
    with filled.reading() as connection:
        assert {row[0] for row in read_current(connection, ["use", "outcome"])} == {"use", "outcome"}
        assert list(read_current(connection, [])) == []


def test_documents_of_an_element_are_all_of_its_own_and_no_neighbour_s(filled):
    near = [("element", "customer.phone-2"), ("element", "customer.phone.old"), ("origin", "customer.phone-2#web")]
    do(filled, *(change(*name, {"key": name[1].rpartition("#")[2]}) for name in near))
    with filled.reading() as connection:
        rows = list(read_of_elements(connection, ["customer.phone"]))
        both = list(read_of_elements(connection, {"customer.phone", "customer.mail", "unknown"}))
        earlier = list(read_of_elements(connection, ["customer.phone-2"], as_of=LAST))
        assert list(read_of_elements(connection, [])) == []
    assert [row[:2] for row in rows] == [
        ("consent", "customer.phone#sms"), ("element", "customer.phone"), ("insight", f"{USE}#slot"),
        ("origin", "customer.phone#checkout"), ("outcome", f"{USE}#q2"),
        ("regulatory", "customer.phone#eu-gdpr"), ("use", USE),
    ]  # fmt: skip
    assert all(isinstance(row[5], bool) for row in rows)
    assert len(both) == 10
    assert both == sorted(both)
    assert earlier == []


def test_the_past_is_as_it_was(filled):
    mail = ("element", "customer.mail")
    do(filled, change(*mail, {"key": "customer.mail", "title": "E-mail"}, "change"))
    do(filled, change(*mail, {}, "retire"))
    with filled.reading() as connection:
        assert read_one(connection, *mail).retired
        assert read_one(connection, *mail, as_of=LAST + 1).body["title"] == "E-mail"
        assert read_one(connection, *mail, as_of=LAST).version == 1
        assert read_one(connection, *mail, as_of=-1) is None
        assert read_one(connection, "element", "nothing") is None
        assert list(read_current(connection, as_of=-1)) == []
        assert len(list(read_current(connection, as_of=LAST))) == len(SAMPLES)
        assert [row[0] for row in read_current(connection, as_of=1)] == ["catalogue", "vocabulary"]
        assert "customer.mail" not in read_keys(connection, "element")
        assert "customer.mail" in read_keys(connection, "element", as_of=LAST + 1)
        assert read_digests(connection)[mail][::2] == (3, True)
        assert read_digests(connection, as_of=LAST)[mail] == (1, digest_of('{"key":"customer.mail"}'), False)
        assert read_one(connection, *mail).sys_from == LAST + 2
        assert revision(connection)[0] == LAST + 2
        earlier = revision(connection, as_of=LAST)
    assert earlier[0] == LAST


def test_the_revision_is_the_root_over_all_documents(filled):
    with filled.reading() as connection:
        last, digest = revision(connection)
        rows = list(read_current(connection))
    assert last == LAST
    leaves = [canonical([kind, key, version, digest]).encode() for kind, key, version, _, digest, _ in rows]
    assert digest == naive_root(leaves).hex()


def test_an_empty_catalogue_has_no_revision_yet(database):
    with database.reading() as connection:
        assert revision(connection) == (-1, sha256(b"").hexdigest())
        assert read_digests(connection) == {}


@pytest.mark.parametrize("kind", ["element", "use", "pack"])
def test_keys_are_those_of_the_kind(filled, kind):
    with filled.reading() as connection:
        assert read_keys(connection, kind) == {key for other, key in BODIES if other == kind}


def test_every_reader_of_an_earlier_entry_gives_what_a_slow_look_at_all_versions_gives(filled):
    mail, notice = ("element", "customer.mail"), ("statement", "notice-7")
    do(filled, change(*mail, {"key": "customer.mail", "title": "E-mail"}, "change"), change(*notice, {}, "retire"))
    do(filled, change(*notice, {"key": "notice-7"}, "restore"), change("element", "a", {"key": "a"}))
    do(filled, change(*mail, {}, "retire"))
    looked = 0
    with filled.reading() as connection:
        every = connection.execute(select(document)).all()
        for as_of in range(-1, LAST + 6):
            held = [d for d in every if d.sys_from <= as_of and (d.sys_to is None or d.sys_to > as_of)]
            slow = sorted((d.kind, d.key, d.version, d.body, d.digest, bool(d.retired)) for d in held)
            assert list(read_current(connection, as_of=as_of)) == slow
            for kinds in (["element", "use", "outcome"], ["statement", "catalogue"], ["element"], []):
                assert list(read_current(connection, kinds, as_of)) == [row for row in slow if row[0] in kinds]
            leaves = [canonical([kind, key, version, digest]).encode() for kind, key, version, _, digest, _ in slow]
            assert revision(connection, as_of)[1] == naive_root(leaves).hex()
            looked += len(slow)
        assert list(read_current(connection, as_of=LAST + 5)) == list(read_current(connection))
    assert looked > len(SAMPLES) * 10
