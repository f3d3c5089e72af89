"""A bundle: what it answers, what makes it refused, and what it costs to lie in one."""

from __future__ import annotations

import json
import tracemalloc
import zlib

import pytest

from lineage.gate.answer import answer
from lineage.gate.bundle import LARGEST, LONGEST_HEAD, MAGIC, Head, Stored, as_data
from lineage.gate.bundle_newest import Newest
from lineage.gate.bundle_refused import REASONS, BundleRefused
from lineage.gate.bundle_source import open_bundle
from lineage.gate.segments import PackedParts, TableDamaged, packed
from lineage.gate.shapes import answer_data
from lineage.gate.signing import canonical_bytes, sealed
from tests.bundles import (
    DAY,
    KEY,
    NOW,
    OTHER,
    OTHER_KEY,
    QUESTIONS,
    SIGNER,
    Bundle,
    Issue,
    answers,
    bundle_bytes,
    load,
    parts,
    revised,
    tiny,
    write,
    written,
)

GOOD = bundle_bytes()
HEAD = len(MAGIC) + 4
LENGTH = int.from_bytes(GOOD[len(MAGIC) : HEAD], "big")
BODY = HEAD + LENGTH + 68


def whole(bundle: Bundle) -> list[dict]:
    """Everything a bundle says: every answer with its places, after every segment was read."""
    bundle.verify()
    return [answer_data(given, bundle.where) for given in answers(bundle.table)]


def again_signed(change, body: bytes = GOOD[BODY:]) -> bytes:
    """A bundle whose head was changed by whoever holds the key."""
    said = json.loads(GOOD[HEAD : HEAD + LENGTH])
    change(said)
    head = canonical_bytes(said)
    start = MAGIC + len(head).to_bytes(4, "big") + head
    return start + sealed(SIGNER, start) + body


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "d.bundle", GOOD)


def test_a_bundle_answers_as_the_table_it_was_made_of(file):
    bundle = load(file)
    assert answers(bundle.table) == answers(tiny())
    assert (bundle.head.revision, bundle.head.root) == (7, parts(tiny()).manifest.root)


def test_the_same_table_gives_the_same_bytes_packed_before_or_not():
    plain = parts(tiny())
    issue = Issue("Europe/Berlin", 7, NOW, NOW + DAY)
    kept = PackedParts(plain.manifest, {name: packed(data) for name, data in plain.parts.items()})
    assert written(plain, {}, issue, SIGNER) == written(kept, {}, issue, SIGNER)


def test_a_damaged_table_is_not_signed():
    plain = parts(tiny())
    broken = PackedParts(plain.manifest, {name: packed(data + b" ") for name, data in plain.parts.items()})
    with pytest.raises(TableDamaged):
        written(broken, {}, Issue("UTC", 7, NOW, NOW + DAY), SIGNER)


def test_findings_point_to_their_lines(file):
    bundle = load(file)
    late = next(question for question in QUESTIONS if question.instant > NOW and question.purpose == "Delivery")
    assert [bundle.where(finding) for finding in answer(bundle.table, late).findings] == ["catalog/uses.yaml:12"]


REFUSED = {
    "without a key": (GOOD, (), NOW, "no key"),
    "with somebody else's key": (GOOD, (OTHER_KEY,), NOW, "foreign key"),
    "signed by somebody else": (bundle_bytes(signer=OTHER), (KEY,), NOW, "foreign key"),
    "after its end": (GOOD, (KEY,), NOW + 7 * DAY, "expired"),
    "long before it was issued": (GOOD, (KEY,), NOW - DAY, "not yet valid"),
    "empty": (b"", (KEY,), NOW, "truncated"),
    "cut in its first line": (GOOD[:9], (KEY,), NOW, "truncated"),
    "cut in its head": (GOOD[: HEAD + 40], (KEY,), NOW, "truncated"),
    "cut by a byte": (GOOD[:-1], (KEY,), NOW, "truncated"),
    "with a byte behind its end": (GOOD + b"\0", (KEY,), NOW, "tampered"),
    "of another kind": (b"SQLite format 3\0" + GOOD, (KEY,), NOW, "unknown form"),
    "of a later form": (GOOD.replace(b"bundle/1", b"bundle/2", 1), (KEY,), NOW, "unknown form"),
    "with a longer life written in": (GOOD.replace(b'"revision":7', b'"revision":8', 1), (KEY,), NOW, "tampered"),
    "with an endless head": (MAGIC + b"\xff" * 4 + GOOD[HEAD:], (KEY,), NOW, "tampered"),
    "with another signature": (
        GOOD[: HEAD + LENGTH + 4] + bytes(64) + GOOD[BODY:], (KEY,), NOW, "tampered",
    ),
    "signed in a later form": (again_signed(lambda said: said.update(form=2)), (KEY,), NOW, "unknown form"),
    "signed with a later table": (again_signed(lambda said: said.update(table=99)), (KEY,), NOW, "unknown form"),
    "signed with a text for a number": (again_signed(lambda said: said.update(expires="9")), (KEY,), NOW, "unknown form"),
    "signed without an end": (again_signed(lambda said: said.pop("expires")), (KEY,), NOW, "unknown form"),
    "signed with an end before its beginning": (again_signed(lambda said: said.update(expires=NOW)), (KEY,), NOW, "unknown form"),
    "signed for ever": (again_signed(lambda said: said.update(expires=10**30)), (KEY,), NOW, "unknown form"),
    "signed with a zone that is none": (again_signed(lambda said: said.update(zone="../x")), (KEY,), NOW, "unknown form"),
    "signed with a folder of zones": (again_signed(lambda said: said.update(zone="Europe")), (KEY,), NOW, "unknown form"),
    "signed with something more": (again_signed(lambda said: said.update(more=1)), (KEY,), NOW, "unknown form"),
    "signed with a size below nothing": (
        again_signed(lambda said: said["segments"][0].__setitem__(1, -5)), (KEY,), NOW, "unknown form",
    ),
    "signed with another root": (again_signed(lambda said: said.update(root="0" * 64)), (KEY,), NOW, "unknown form"),
    "signed for another catalogue": (again_signed(lambda said: said.update(origin="other")), (KEY,), NOW, "foreign key"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_its_reason(name, tmp_path):
    data, keys, now, reason = REFUSED[name]
    path = write(tmp_path / "d.bundle", data)
    with pytest.raises(BundleRefused) as caught:
        open_bundle(path, keys, now)
    assert caught.value.reason == reason
    assert str(path) in caught.value.sentence
    assert caught.value.fix


def test_every_reason_has_its_words_and_all_are_tried():
    tried = {reason for *_, reason in REFUSED.values()}
    assert set(REASONS) - tried == {"older than the last one", "unreadable"}


@pytest.mark.parametrize("name", ["missing", "folder"])
def test_what_cannot_be_read_is_refused(name, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(BundleRefused) as caught:
        load(tmp_path / name)
    assert caught.value.reason == "unreadable"


def test_clocks_may_differ_by_minutes(file):
    assert load(file, NOW - 4 * 60_000_000)


def test_any_of_several_keys_may_have_signed(file):
    assert open_bundle(file, (OTHER_KEY, KEY), NOW)


def flips(data: bytes, every: int) -> list[bytes]:
    found = []
    for place in range(0, len(data), every):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        found.append(bytes(changed))
    return found


@pytest.mark.parametrize("part", range(8))
def test_no_flipped_bit_changes_an_answer(part, tmp_path):
    """Most flips are refused; one in what zlib does not use gives the same bytes."""
    path = tmp_path / "d.bundle"
    right = whole(load(write(path, GOOD)))
    refused = 0
    altered = flips(GOOD, 1)[part::8]
    for data in altered:
        write(path, data)
        try:
            assert whole(load(path)) == right
        except (BundleRefused, TableDamaged):
            refused += 1
    assert refused > 0.95 * len(altered)


def test_no_cut_changes_an_answer(tmp_path):
    path = tmp_path / "d.bundle"
    for end in range(0, len(GOOD), 13):
        write(path, GOOD[:end])
        with pytest.raises(BundleRefused) as caught:
            load(path)
        assert caught.value.reason == "truncated"


def test_a_segment_nobody_reads_is_not_looked_at(tmp_path):
    name = "aliases"
    bundle = load(write(tmp_path / "d.bundle", GOOD))
    start, end = bundle._places[name]
    altered = load(write(tmp_path / "e.bundle", GOOD[:start] + bytes(end - start) + GOOD[end:]))
    known = [question for question in QUESTIONS if question.element != "fax"]
    assert [answer(altered.table, question) for question in known] == [answer(tiny(), question) for question in known]
    with pytest.raises(TableDamaged):
        altered.verify()


def swollen(size: int, stored: bytes, name: str = "aliases") -> bytes:
    """A bundle whose holder of the key lies about the size of a segment, and rewrites the root to fit."""
    places = load_places()

    def change(said):
        row = next(row for row in said["segments"] if row[0] == name)
        row[1:3] = [len(stored), size]
        said["root"] = Head(**{k: v for k, v in said.items() if k not in {"form", "table", "segments"}},
                            segments=tuple(Stored(*row) for row in said["segments"])).manifest.root  # fmt: skip

    start, end = places[name]
    return again_signed(change, GOOD[BODY:start] + stored + GOOD[end:])


def load_places() -> dict[str, tuple[int, int]]:
    bundle = Bundle(GOOD, Head.from_bytes(GOOD[HEAD : HEAD + LENGTH]), BODY, "")
    return bundle._places


BOMBS = {
    "a bomb that says its size": (300 << 20, zlib.compress(bytes(300 << 20))),
    "a bomb that says it is small": (100, zlib.compress(bytes(64 << 20))),
    "a size larger than any": (LARGEST + 1, b"x" * 400_000),
    "a size its bytes cannot have": (200 << 20, b"x" * 100),
    "less than it says": (1_000, zlib.compress(b"x")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_lying_size_takes_no_memory(name, tmp_path):
    size, stored = BOMBS[name]
    bundle = load(write(tmp_path / "d.bundle", swollen(size, stored)))
    tracemalloc.start()
    try:
        with pytest.raises(TableDamaged):
            bundle.read("aliases")
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_a_head_longer_than_any_is_not_read(tmp_path):
    data = MAGIC + (LONGEST_HEAD + 1).to_bytes(4, "big") + b" " * 100
    with pytest.raises(BundleRefused):
        load(write(tmp_path / "d.bundle", data))


def test_a_file_that_is_cut_while_it_is_open_ends_no_program(tmp_path):
    path = write(tmp_path / "d.bundle", GOOD)
    bundle = load(path)
    with path.open("r+b") as file:
        file.truncate(BODY)
    with pytest.raises(TableDamaged):
        bundle.verify()


def test_a_bundle_held_in_memory_outlives_its_file(tmp_path):
    path = write(tmp_path / "d.bundle", GOOD)
    bundle = load(path, held=1 << 20)
    path.write_bytes(b"")
    assert answers(bundle.table) == answers(tiny())


def test_a_closed_bundle_lets_go_of_its_file(file):
    bundle = load(file)
    bundle.close()
    bundle.close()
    with pytest.raises(ValueError):
        bundle.read("texts/00000")


def test_what_a_bundle_says_of_itself_can_be_told():
    told = as_data(Head.from_bytes(GOOD[HEAD : HEAD + LENGTH]))
    assert told["key"] == str(KEY)
    assert told["stored"] == len(GOOD) - BODY


# --- The newest ---


@pytest.fixture(params=["in this process", "in a file"])
def newest(request, tmp_path):
    return Newest() if request.param == "in this process" else Newest(tmp_path / "newest.json")


ORDER = {
    "an earlier one": ((7, 5), (7, 4), False),
    "an earlier revision": ((7, 5), (6, 6), False),
    "the same one": ((7, 5), (7, 5), True),
    "a later one": ((7, 5), (7, 6), True),
    "a later revision": ((7, 5), (8, 6), True),
}


@pytest.mark.parametrize("name", ORDER)
def test_an_older_bundle_is_refused_after_a_newer_one(name, newest, tmp_path):
    (first, at), (second, then), fine = ORDER[name]
    path = tmp_path / "d.bundle"
    load(write(path, bundle_bytes(revised(first), NOW - DAY + at)), newest=newest)
    write(path, bundle_bytes(revised(second), NOW - DAY + then))
    if fine:
        assert load(path, newest=newest)
        return
    with pytest.raises(BundleRefused) as caught:
        load(path, newest=newest)
    assert caught.value.reason == "older than the last one"


def test_bundles_of_two_catalogues_do_not_age_each_other(newest, tmp_path):
    load(write(tmp_path / "a", bundle_bytes()), newest=newest)
    path = write(tmp_path / "b", bundle_bytes(revised(3), NOW - DAY, signer=OTHER))
    assert open_bundle(path, (OTHER_KEY,), NOW, newest)


def test_a_refused_bundle_leaves_no_trace(newest, tmp_path):
    path = write(tmp_path / "a", bundle_bytes(issued=NOW - 1, expires=NOW))
    with pytest.raises(BundleRefused):
        load(path, newest=newest)
    assert load(write(path, bundle_bytes(revised(1), NOW - DAY)), newest=newest)


def test_another_process_refuses_what_this_one_saw_a_newer_of(tmp_path):
    file = tmp_path / "newest.json"
    load(write(tmp_path / "a", bundle_bytes()), newest=Newest(file))
    path = write(tmp_path / "b", bundle_bytes(revised(6), NOW - DAY))
    with pytest.raises(BundleRefused) as caught:
        load(path, newest=Newest(file))
    assert caught.value.reason == "older than the last one"


def test_a_file_and_the_process_both_have_to_agree(tmp_path):
    process = Newest()
    load(write(tmp_path / "a", bundle_bytes()), newest=process)
    path = write(tmp_path / "b", bundle_bytes(revised(6), NOW - DAY))
    with pytest.raises(BundleRefused):
        load(path, newest=Newest(tmp_path / "newest.json", process))


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"form":"usage-cycle-newest/1","newest":{"a":3}}'])
def test_a_damaged_file_of_the_newest_is_no_reason_to_go_on(text, tmp_path):
    file = tmp_path / "newest.json"
    file.write_text(text)
    with pytest.raises(BundleRefused) as caught:
        load(write(tmp_path / "a", GOOD), newest=Newest(file))
    assert caught.value.reason == "unreadable"


def test_a_file_of_the_newest_that_cannot_be_written_is_no_reason_to_go_on(tmp_path):
    with pytest.raises(BundleRefused) as caught:
        load(write(tmp_path / "a", GOOD), newest=Newest(tmp_path / "nowhere" / "newest.json"))
    assert caught.value.reason == "unreadable"
