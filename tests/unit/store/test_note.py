"""Signed notes and checkpoints against published notes, and against whoever changes one character of them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import verifier
from lineage.gate.signing import VerifierKey
from lineage.store.keys import Signer, read_secret
from lineage.store.note import Checkpoint, Note, decoded, encoded

# The example key of Go's signed notes, its private half, and the note its documentation shows.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_SUMS = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SIGNER = Signer.of("usage-cycle/0123456789abcdef", bytes(range(32)))
TEXT = str(Checkpoint(SIGNER.key.name, 1234, bytes(range(32))))
# RFC 8032 section 7.1, tests 1 to 3: public key, message, signature.
RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


def accepted(note: str, key: VerifierKey) -> bool:
    """Whether the note says it is signed by the key, for our own code and for the stand-alone verifier alike."""
    try:
        found = bool(Note.of(note).signed_by([key]))
    except ValueError:
        found = False
    return found


def test_the_published_note_is_verified_and_signing_it_again_gives_the_same_bytes():
    key = VerifierKey.of(PETER)
    note = Note.of(PETERS_NOTE)
    assert (str(key), key.hash, note.signed_by([key])) == (PETER, "c74f20a3", [key])
    assert read_secret(PETERS_SECRET).note(note.text) == PETERS_NOTE


@pytest.mark.parametrize("vkey", [PETER, GO_SUMS, str(SIGNER.key)])
def test_a_public_key_is_written_as_it_was_read(vkey):
    assert str(VerifierKey.of(vkey)) == vkey


@pytest.mark.parametrize(
    "vkey",
    ["", "PeterNeumann", PETER[:-1], PETER.replace("c74f20a3", "c74f20a4"), PETER.replace("ARpc", "ARpd"),
     "a b+c74f20a3+" + PETER.rpartition("+")[2], PETER.replace("+ARpc", "+AZpc")],
)  # fmt: skip
def test_what_is_no_public_key_is_refused(vkey):
    with pytest.raises(ValueError):
        VerifierKey.of(vkey)


@pytest.mark.parametrize("note", [PETERS_NOTE, SIGNER.note(TEXT)], ids=["published", "ours"])
def test_no_note_with_one_character_changed_added_or_missing_passes(note):
    key = VerifierKey.of(PETER if note == PETERS_NOTE else str(SIGNER.key))
    assert accepted(note, key)
    tried = 0
    for at, sign in enumerate(note):
        for other in {chr(ord(sign) ^ 1), "A", "\n", " ", "="} - {sign}:
            assert not accepted(note[:at] + other + note[at + 1 :], key)
            tried += 1
        shorter = note[:at] + note[at + 1 :]
        assert not accepted(shorter, key)
        assert not accepted(note[:at] + "x" + note[at:], key)
    assert tried > 4 * len(note)


def test_signatures_of_others_are_let_be_and_a_false_one_of_ours_is_refused():
    other = Signer.of("witness.example", bytes(32))
    both = SIGNER.note(TEXT) + other.note(TEXT).rpartition("\n\n")[2]
    assert Note.of(both).signed_by([SIGNER.key]) == [SIGNER.key]
    assert Note.of(both).signed_by([SIGNER.key, other.key]) == [SIGNER.key, other.key]
    assert not Note.of(other.note(TEXT)).signed_by([SIGNER.key])
    with pytest.raises(ValueError, match="not its own"):
        Note.of(SIGNER.note(TEXT).replace("1234", "1235", 1)).signed_by([SIGNER.key])


def test_a_checkpoint_is_three_lines_and_is_read_back():
    assert f"usage-cycle/0123456789abcdef\n1234\n{encoded(bytes(range(32)))}\n" == TEXT
    assert Checkpoint.of(TEXT) == Checkpoint("usage-cycle/0123456789abcdef", 1234, bytes(range(32)))
    assert SIGNER.note(TEXT) == SIGNER.note(TEXT)
    assert "usage-cycle" in repr(SIGNER)
    assert encoded(bytes(range(32))) not in repr(SIGNER)


@pytest.mark.parametrize(
    "text",
    ["", "log\n1\n", TEXT[:-1], TEXT.replace("1234", "01234"), TEXT.replace("1234", "-1"), TEXT.replace("1234", "1" * 20),
     TEXT.replace("1234", "1 "), TEXT.replace("=", ""), TEXT.replace("usage-cycle/0123456789abcdef", ""), f"{TEXT}\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(ValueError):
        Checkpoint.of(text)


@given(st.text(max_size=200))
def test_whatever_is_read_as_a_note_either_is_one_or_is_refused(text):
    with suppress(ValueError):
        assert Note.of(text).signatures


@pytest.mark.parametrize("data", ["x08", "x08g=", "x08h\n", "x0-_", "\u00e4=="])
def test_base64_is_read_only_as_it_is_written(data):
    with pytest.raises(ValueError):
        decoded(data)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_both_ways_to_verify_a_signature_agree_with_the_published_ones(public, message, signature):
    key, said, made = VerifierKey("log", bytes.fromhex(public)), bytes.fromhex(message), bytes.fromhex(signature)
    assert key.signed(made, said)
    assert verifier.is_signed(key.public, made, said)
    for at in range(0, 64, 3):
        wrong = made[:at] + bytes([made[at] ^ 4]) + made[at + 1 :]
        assert not key.signed(wrong, said)
        assert not verifier.is_signed(key.public, wrong, said)
    assert not key.signed(made, said + b"x")
    assert not verifier.is_signed(key.public, made, said + b"x")


def test_a_signature_whose_second_half_is_too_large_is_refused():
    """Adding the order of the group gives another form of the same number: accepting it would allow two signatures."""
    public, message, signature = (bytes.fromhex(part) for part in RFC_8032[1])
    second = int.from_bytes(signature[32:], "little") + verifier.ORDER
    assert not verifier.is_signed(public, signature[:32] + second.to_bytes(32, "little"), message)
