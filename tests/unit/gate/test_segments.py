"""A table as segments under one digest."""

from __future__ import annotations

import json
import zlib

import pytest

from lineage.gate.form import bits_for, shard_of
from lineage.gate.segments import (
    Manifest,
    PackedParts,
    Parts,
    TableDamaged,
    packed,
    parts_of,
    unpacked,
)

PARTS = {"meta": b"{}", "uses/00000": b"one", "texts/00000": b"two" * 100}


def test_the_manifest_names_every_segment_and_comes_back_from_its_bytes():
    manifest = parts_of(7, "d", PARTS).manifest
    assert [segment.name for segment in manifest.segments] == sorted(PARTS)
    again = Manifest.from_bytes(manifest.to_bytes())
    assert (again, again.root) == (manifest, manifest.root)


@pytest.mark.parametrize("changed", [{"meta": b"{ }"}, {"more": b""}, {"uses/00000": b"onf"}])
def test_another_segment_makes_another_root(changed):
    assert parts_of(7, "d", PARTS | changed).manifest.root != parts_of(7, "d", PARTS).manifest.root


@pytest.mark.parametrize(("revision", "digest"), [(8, "d"), (7, "e")])
def test_another_catalogue_makes_another_root(revision, digest):
    assert parts_of(revision, digest, PARTS).manifest.root != parts_of(7, "d", PARTS).manifest.root


@pytest.mark.parametrize("parts", [{}, {"meta": b"{ }"}, {"meta": b""}, {"meta": b"[]"}])
def test_a_segment_that_is_missing_or_altered_is_refused(parts):
    manifest = parts_of(7, "d", PARTS).manifest
    with pytest.raises(TableDamaged):
        Parts(manifest, parts).read("meta")
    with pytest.raises(TableDamaged):
        PackedParts(manifest, {name: packed(data) for name, data in parts.items()}).read("meta")


def test_a_segment_nobody_listed_is_refused():
    with pytest.raises(TableDamaged):
        Parts(parts_of(7, "d", PARTS).manifest, {"other": b""}).read("other")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b'{"form":2,"revision":1,"digest":"","segments":[]}',
        b'{"form":1,"revision":"x","digest":"","segments":[]}', b'{"form":1,"revision":1,"digest":"","segments":[[1]]}',
        json.dumps({"form": 1, "revision": 1, "digest": "", "segments": 4}).encode(), b"\xff",
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(data):
    with pytest.raises(TableDamaged):
        Manifest.from_bytes(data)


@pytest.mark.parametrize(
    ("data", "size"),
    [(b"", 0), (b"no", 2), (packed(b"x" * 100)[:-1], 100), (packed(b"x" * 100), 99), (packed(b"x" * 100), 101)],
)
def test_what_does_not_unpack_to_its_size_is_refused(data, size):
    with pytest.raises(TableDamaged):
        unpacked(data, size)


def test_no_more_is_unpacked_than_was_announced():
    bomb = zlib.compress(bytes(50_000_000), 9)
    with pytest.raises(TableDamaged):
        unpacked(bomb, 10)


@pytest.mark.parametrize(
    ("elements", "uses", "bits"), [(0, 0, 0), (1, 0, 0), (200, 312, 0), (200, 313, 1), (10_000, 100_000, 8)]
)
def test_shards_grow_with_what_they_hold(elements, uses, bits):
    assert bits_for(elements, uses) == bits


def test_every_key_has_a_shard_of_its_table():
    keys = [f"data.e{number}" for number in range(2_000)]
    for bits in (0, 1, 5):
        found = [shard_of(key, bits) for key in keys]
        assert set(found) == set(range(1 << bits))
        assert [shard_of(key, bits + 1) >> 1 for key in keys] == found
