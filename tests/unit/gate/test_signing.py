"""Public keys: how they are written, where they come from, and what is no key."""

from __future__ import annotations

import pytest
import rfc8785

from lineage.gate.signing import BadKey, VerifierKey, canonical_bytes, keys_of, sealed
from tests.bundles import KEY, OTHER_KEY, SIGNER

ONE, TWO = str(KEY), str(OTHER_KEY)


def test_a_key_is_written_as_the_log_writes_it():
    assert str(SIGNER.key) == ONE
    assert VerifierKey.of(f" {ONE}\n") == KEY


def test_it_knows_its_own_signature():
    made = sealed(SIGNER, b"text")
    assert made[:4] == KEY.id
    assert KEY.signed(made[4:], b"text")
    assert not KEY.signed(made[4:], b"test")
    assert not OTHER_KEY.signed(made[4:], b"text")
    assert not KEY.signed(b"short", b"text")


NO_KEYS = {
    "empty": "",
    "words": "my key",
    "no base64": "name+01234567+???",
    "too short": "name+01234567+AQID",
    "another kind": ONE.replace("+A", "+B"),
    "digits of another": ONE.replace(ONE.split("+")[1], "00000000"),
    "a private key": SIGNER.secret().strip(),
}


@pytest.mark.parametrize("name", NO_KEYS)
def test_what_is_no_key_is_said_to_be_none(name):
    with pytest.raises(BadKey):
        VerifierKey.of(NO_KEYS[name])


def test_what_is_said_of_a_bad_key_does_not_repeat_a_private_one():
    with pytest.raises(BadKey) as caught:
        keys_of(SIGNER.secret(), {})
    assert SIGNER.secret()[20:30] not in str(caught.value)


SAID = {
    "one": (ONE, (KEY,)),
    "a key": (KEY, (KEY,)),
    "a list": ([ONE, OTHER_KEY], (KEY, OTHER_KEY)),
    "with spaces": (f"{ONE} {TWO}", (KEY, OTHER_KEY)),
    "with commas and lines": (f"{ONE},\n{TWO}, ", (KEY, OTHER_KEY)),
    "one twice": (f"{ONE} {ONE}", (KEY,)),
    "nothing": ("", ()),
    "an empty list": ([], ()),
}


@pytest.mark.parametrize("name", SAID)
def test_keys_are_read_however_they_are_given(name):
    said, keys = SAID[name]
    assert keys_of(said, {"LINEAGE_KEYS": TWO}) == keys


def test_the_environment_speaks_when_nobody_else_does(tmp_path):
    assert keys_of(None, {"LINEAGE_KEYS": f"{ONE} {TWO}"}) == (KEY, OTHER_KEY)
    assert keys_of(None, {}) == ()
    file = tmp_path / "my keys"
    file.write_text(f"# the shop\n{ONE}\n\n{TWO}\n")
    assert keys_of(None, {"LINEAGE_KEYS": str(file)}) == (KEY, OTHER_KEY)


@pytest.mark.parametrize("text", ["nowhere.txt", f"{ONE} nonsense", "name+01234567+AQID", "\0"])
def test_neither_key_nor_file_is_said_at_once(text):
    with pytest.raises(BadKey):
        keys_of(text, {})


@pytest.mark.parametrize(
    "value",
    [{"b": 1, "a": [True, None, 'é\u2028\x01"\\/']}, {"issued": 2**53 - 1, "z": {"y": -1}}, ["\u007f", "\U0001f511"]],
)
def test_json_is_written_as_rfc_8785_says(value):
    assert canonical_bytes(value) == rfc8785.dumps(value)
