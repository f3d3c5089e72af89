"""Places travel with a bundle: the same file and line a catalogue would tell."""

from __future__ import annotations

import json

import pytest

from lineage.gate.bundle_places import PER_SHARD, Places, ancestors, paths_of, segments_of
from lineage.gate.findings import Finding

USE = ("use", "a/b/C", "catalog/uses.yaml", 9, '{"":9,"basis":11,"basis.eu-gdpr":12,"expects.subject.target":15}')
OUTCOME = ("outcome", "a/b/C#q2", "catalog/more.yaml", 30, '{"":30,"recorded":33}')
ELEMENT = ("element", "a", "catalog/elements.yaml", 3, '{"":3,"origins":8,"regulatory":6}')
BARE = ("process", "b", "catalog/processes.json", 0, "{}")
ABOUTS = ("use.basis.eu-gdpr", "use.expects.subject.target.unit", "outcome.recorded", "origin.told")


def finding(kind: str, key: str, about: str = "") -> Finding:
    return Finding("c", "purpose", "blocker", "m", "f", "c", "t", "I", (kind, key), about)


CASES = {
    "the document": (("use", "a/b/C"), "catalog/uses.yaml:9"),
    "a path in it": (("use", "a/b/C", "basis.eu-gdpr"), "catalog/uses.yaml:12"),
    "the written part of a path": (("use", "a/b/C", "basis.id-pdp"), "catalog/uses.yaml:11"),
    "below a path": (("use", "a/b/C", "expects.subject.target.unit"), "catalog/uses.yaml:15"),
    "what is not written": (("use", "a/b/C", "why"), "catalog/uses.yaml:9"),
    "what hangs under a use": (("outcome", "a/b/C#q2", "recorded"), "catalog/more.yaml:33"),
    "what hangs under a use and is nowhere": (("insight", "a/b/C#q9", "applied"), "catalog/uses.yaml:9"),
    "what hangs under an element and is nowhere": (("origin", "a#shop", "told"), "catalog/elements.yaml:3"),
    "origins of an element": (("element", "a", "origins"), "catalog/elements.yaml:8"),
    "a file without a line": (("process", "b"), "catalog/processes.json"),
    "what nobody declared": (("use", "x/y/Z"), ""),
    "nothing": (("", ""), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_a_finding_is_told_its_place(name):
    asked, place = CASES[name]
    segments = segments_of([USE, OUTCOME, ELEMENT, BARE], paths_of(ABOUTS))
    assert Places(segments.__getitem__, len(segments))(finding(*asked)) == place


def test_the_order_in_which_places_come_does_not_matter():
    assert segments_of([USE, BARE, ELEMENT], ["basis"]) == segments_of([ELEMENT, USE, BARE], ["basis"])


def test_without_places_there_are_none():
    assert segments_of([], []) == {}
    assert not Places({}.__getitem__, 0)(finding("use", "a"))


def test_many_documents_lie_in_several_shards_each_beside_what_it_hangs_under():
    elements = [("element", f"e{number}", "f.yaml", number, f'{{"":{number}}}') for number in range(3 * PER_SHARD)]
    origins = [("origin", f"{key}#o", "f.yaml", line, f'{{"":{line}}}') for _, key, _, line, _ in elements]
    segments = segments_of([*elements, *origins], [])
    read: list[str] = []
    places = Places(lambda name: read.append(name) or segments[name], len(segments))
    assert len(segments) == 6
    assert places(finding("origin", "e7#other")) == "f.yaml:7"
    assert len(read) == 1
    assert all(places(finding("element", key)) == f"f.yaml:{line}" for _, key, _, line, _ in elements[1:])


def test_documents_written_alike_share_a_shape():
    rows = [
        ("use", f"u{n}", "f.yaml", 10 * n, f'{{"":{10 * n},"why":{10 * n + 4},"x":{10 * n + 5}}}') for n in range(9)
    ]
    (data,) = segments_of(rows, ["why"]).values()
    assert json.loads(data)["shapes"] == [{"why": 4}]


def test_ancestors_are_those_of_the_catalogue():
    assert ancestors(finding("consent", "a#sms")) == [("consent", "a#sms"), ("element", "a")]
    assert ancestors(finding("insight", "a/b/C#x")) == [("insight", "a/b/C#x"), ("use", "a/b/C")]
