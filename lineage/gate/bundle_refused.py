"""Why a bundle is refused: a reason in a word, a sentence, and what to do."""

from __future__ import annotations

from pathlib import Path

from lineage.gate.source import Unavailable

REASONS = {
    "no key": (
        "{path} is not opened without a key to check it with",
        "name the public key with --key, or in LINEAGE_KEYS",
    ),
    "foreign key": (
        "{path} is signed with another key than yours",
        "get the catalogue's public key from whoever keeps it",
    ),
    "tampered": ("{path} was altered", "get the bundle again from where it is built"),
    "truncated": ("{path} is not whole", "get the bundle again; write it aside and rename it when it is complete"),
    "expired": ("{path} has expired", "build a new one: lineage bundle build -o FILE"),
    "not yet valid": ("{path} is from the future", "set the clock of this machine, or of the one that built it"),
    "older than the last one": (
        "{path} is older than a bundle seen before",
        "use the newer one; if the catalogue was restored from a backup, remove the file that keeps the newest",
    ),
    "unknown form": ("{path} is no bundle this program can read", "build it with this version, or update this program"),
    "unreadable": ("{path} cannot be read", "name a file that is there and that you may read"),
}
"""Reason → sentence and fix; the file's name is filled in."""


DISTRUSTED = frozenset(REASONS) - {"expired", "unreadable"}
"""Reasons for which nobody may go on as if there merely was no answer."""


class BundleRefused(Unavailable):
    """A bundle is not used. ``reason`` is one of ``REASONS``."""

    def __init__(self, reason: str, sentence: str, fix: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence
        self.fix = fix


def refused(reason: str, path: Path, more: str = "") -> BundleRefused:
    """Make a refusal; ``more`` tells what was seen."""
    sentence, fix = REASONS[reason]
    return BundleRefused(reason, sentence.format(path=path) + (f": {more}" if more else ""), fix)
