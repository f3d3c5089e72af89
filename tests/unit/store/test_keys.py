"""Key files: written whole, for their owner only, never over another; read only when that still holds."""

from __future__ import annotations

import pytest

from lineage.errors import CannotAnswer, Refused
from lineage.store import keys
from lineage.store.keys import Signer

ONE, TWO = Signer.of("usage-cycle/aa", bytes(32)), Signer.of("usage-cycle/aa", bytes([1] * 32))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "deep" / "folder" / "log.key"


def test_a_key_is_written_for_its_owner_only_and_read_back(place):
    keys.create(place, ONE)
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700
    assert keys.load(place, ONE.key).sign(b"x") == ONE.sign(b"x")
    assert [file.name for file in place.parent.iterdir()] == ["log.key"]


def test_a_key_file_is_never_written_over(place):
    keys.create(place, ONE)
    with pytest.raises(FileExistsError):
        keys.create(place, TWO)
    assert keys.load(place, ONE.key) == ONE
    assert [file.name for file in place.parent.iterdir()] == ["log.key"]


def test_where_files_have_one_name_only_a_key_is_still_never_written_over(place, monkeypatch):
    def no_second_name(*_):
        raise PermissionError

    monkeypatch.setattr(keys.os, "link", no_second_name)
    keys.create(place, ONE)
    with pytest.raises(FileExistsError):
        keys.create(place, TWO)
    assert keys.load(place, ONE.key) == ONE


def test_a_missing_key_is_said_with_what_to_do(place):
    with pytest.raises(CannotAnswer, match="not on this machine") as told:
        keys.load(place, ONE.key)
    assert "LINEAGE_KEY" in told.value.fix


def test_another_key_in_the_file_is_refused(place):
    keys.create(place, TWO)
    with pytest.raises(Refused, match=ONE.key.hash):
        keys.load(place, ONE.key)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_key_others_can_read_or_write_is_not_used(place, mode):
    keys.create(place, ONE)
    place.chmod(mode)
    with pytest.raises(CannotAnswer, match="Others") as told:
        keys.load(place, ONE.key)
    assert told.value.fix == f"chmod 600 {place}"


@pytest.mark.parametrize(
    "text",
    ["", "secret", ONE.secret()[:-3], ONE.secret().replace("aa", "ab"), ONE.secret().replace("PRIVATE", "PUBLIC"),
     "PRIVATE+KEY+a+b+c", "\xff" * 9000],
)  # fmt: skip
def test_what_is_no_key_is_said_without_repeating_it(place, text):
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="latin-1")
    place.chmod(0o600)
    with pytest.raises(CannotAnswer) as told:
        keys.load(place, ONE.key)
    if text:
        assert text.strip()[:40] not in told.value.sentence


def test_a_folder_in_its_place_is_no_key(place):
    place.mkdir(parents=True)
    with pytest.raises(CannotAnswer):
        keys.load(place, ONE.key)


def test_the_place_is_said_or_lies_with_the_settings(tmp_path):
    folder = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert keys.place_of("usage-cycle/aa", folder) == tmp_path / "lineage" / "usage-cycle-aa.key"
    assert keys.place_of("usage-cycle/aa", folder | {"LINEAGE_KEY": "x/y.key"}).as_posix() == "x/y.key"
    assert keys.place_of("usage-cycle/aa", {}).as_posix().endswith("/.config/lineage/usage-cycle-aa.key")


def test_a_new_key_takes_its_place_and_the_old_one_is_kept(place):
    keys.create(place, ONE)
    keys.create(keys.beside(place, TWO.key.hash), TWO)
    assert keys.load(place, TWO.key) == TWO, "a rotation that was cut short leaves the key that signs where it is found"
    assert keys.load(place, ONE.key) == ONE
    keys.put_in_place(place, ONE.key, TWO.key)
    assert keys.load(place, TWO.key) == TWO
    assert keys.load(keys.beside(place, ONE.key.hash), ONE.key) == ONE
    assert len(list(place.parent.iterdir())) == 2


def test_chance_makes_another_key_every_time():
    assert keys.new_signer("a").key != keys.new_signer("a").key
