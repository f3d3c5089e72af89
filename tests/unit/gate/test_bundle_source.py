"""A gate's bundle is replaced while it is used: by a newer one, an older one, half of one, nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lineage.gate.bundle_newest import Newest
from lineage.gate.bundle_refused import BundleRefused
from lineage.gate.bundle_source import BundleSource
from lineage.gate.source import Unavailable
from tests.bundles import DAY, KEY, NOW, OTHER, answers, bundle_bytes, put, revised, tiny, write
from tests.house.trees import ROOT


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "d.bundle", bundle_bytes())


@pytest.fixture
def source(path):
    return BundleSource(path, (KEY,), Newest())


def test_it_gives_what_a_gate_needs_to_know(source):
    snapshot = source.load(None, NOW)
    assert (snapshot.revision, snapshot.digest, snapshot.known, snapshot.expires) == (7, "d1" * 32, NOW, NOW + 7 * DAY)
    assert len(snapshot.bundle) == len(snapshot.root) == 64
    assert answers(snapshot.table) == answers(tiny())


def test_it_is_not_read_again_while_it_is_the_same(source):
    held = source.load(None, NOW)
    assert source.load(held, NOW + DAY) is held


def test_a_newer_one_takes_its_place(source, path):
    held = source.load(None, NOW)
    put(path, bundle_bytes(revised(8), NOW + DAY, NOW + 8 * DAY))
    found = source.load(held, NOW + DAY)
    assert (found.revision, found.expires) == (8, NOW + 8 * DAY)
    assert source.load(found, NOW + DAY) is found


REPLACED = {
    "an older one": (bundle_bytes(revised(6), NOW - DAY), "older than the last one"),
    "half of one": (bundle_bytes(revised(8), NOW)[:-40], "truncated"),
    "another catalogue's": (bundle_bytes(revised(8), NOW, signer=OTHER), "foreign key"),
    "an expired one": (bundle_bytes(revised(8), NOW, NOW + 1), "expired"),
    "nothing": (b"", "truncated"),
    "noise": (b"noise", "unknown form"),
}


@pytest.mark.parametrize("name", REPLACED)
@pytest.mark.parametrize("how", [put, write], ids=["renamed", "written over"])
def test_what_may_not_replace_it_does_not(name, how, source, path):
    data, reason = REPLACED[name]
    held = source.load(None, NOW)
    how(path, data)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            source.load(held, NOW + 2)
        assert isinstance(caught.value, BundleRefused)
        assert caught.value.reason == reason
    assert answers(held.table) == answers(tiny())
    put(path, bundle_bytes(revised(9), NOW + 1))
    assert source.load(held, NOW + 2).revision == 9


def test_a_file_that_is_gone_is_unavailable_and_may_come_back(source, path):
    held = source.load(None, NOW)
    path.unlink()
    with pytest.raises(BundleRefused) as caught:
        source.load(held, NOW)
    assert caught.value.reason == "unreadable"
    write(path, bundle_bytes())
    assert source.load(held, NOW).root == held.root


def test_one_from_the_future_is_taken_when_its_time_has_come(source, path):
    held = source.load(None, NOW)
    put(path, bundle_bytes(revised(8), NOW + DAY, NOW + 9 * DAY))
    with pytest.raises(BundleRefused):
        source.load(held, NOW)
    assert source.load(held, NOW + DAY).revision == 8


def test_what_is_held_stays_held_after_its_end(source):
    """The gate denies from then on; the source has nothing better to give."""
    held = source.load(None, NOW)
    assert source.load(held, NOW + 30 * DAY) is held


def test_nothing_held_and_nothing_good_is_a_refusal(path):
    with pytest.raises(BundleRefused) as caught:
        BundleSource(path, (), Newest()).load(None, NOW)
    assert caught.value.reason == "no key"


def test_a_pipe_in_the_place_of_a_bundle_is_refused_and_not_waited_for(path):
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    asked = (
        "import sys; from lineage import Gate\n"
        "try: Gate.load(sys.argv[1], key=sys.argv[2])\n"
        "except Exception as error: print(type(error).__name__, error.reason, error)"
    )
    said = subprocess.run(  # in a program of its own: who waits for a pipe cannot be stopped otherwise
        [sys.executable, "-c", asked, str(pipe), str(KEY)], capture_output=True, text=True, timeout=30, check=True,
        cwd=ROOT,
    )  # fmt: skip
    assert said.stdout.startswith("BundleRefused unreadable "), said
    assert "it is no file" in said.stdout
