"""Questions of a batch known by how they are written: who asks the same again is answered without being read again.

A body that consists of nothing but texts of questions that were read before, put together as JSON puts them together, means
these questions: nothing else can stand in it. Whatever differs by one byte is read with every care.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lineage.web.desk import Entry, Names
from lineage.web.limits import EVALUATIONS
from lineage.web.messages import plain_question

KEPT = 50_000
"""So many texts are kept: two hundred bytes each."""
LONGEST = 1_000
"""Bytes of a text that is kept; names as people give them need less."""


class Style(NamedTuple):
    """What stands before, between and after the questions of a batch, inside of their braces."""

    opening: bytes
    separator: bytes
    closing: bytes


STYLES = (Style(b'{"evaluations":[{', b"},{", b"}]}"), Style(b'{"evaluations": [{', b"}, {", b"}]}"))
"""Without spaces, and as Python writes JSON when nobody says how."""


class Texts:
    """The answers kept for questions, by their texts. ``memo`` is where the answers are kept by name.

    What it holds is good as long as that memo is the one in use, and no longer.
    """

    def __init__(self) -> None:
        self._memo: Mapping[Names, Entry] | None = None
        self._entries: dict[bytes, Entry] = {}

    def find(self, body: bytes, memo: Mapping[Names, Entry]) -> list[Entry] | None:
        """Give the answers to the questions of a batch; None when not every one is known by its text."""
        style = _style(body)
        if self._memo is not memo or style is None:
            return None
        opening, separator, closing = style
        end = body.find(separator)
        if body[len(opening) : end if end >= 0 else -len(closing)] not in self._entries:
            return None
        texts = _parted(body, style)
        try:
            return [*map(self._entries.__getitem__, texts)] if len(texts) <= EVALUATIONS else None
        except KeyError:
            return None

    def learn(self, body: bytes, memo: Mapping[Names, Entry]) -> None:
        """Keep the texts of a batch whose questions were answered, each once it was read by itself."""
        style = _style(body)
        if style is None:
            return
        if self._memo is not memo or len(self._entries) >= KEPT:
            self._memo, self._entries = memo, {}
        for text in _parted(body, style):
            if text not in self._entries and len(text) <= LONGEST:
                names = plain_question(b"{" + text + b"}")
                entry = memo.get(names) if names else None
                if entry is not None:
                    self._entries[text] = entry


def _style(body: bytes) -> Style | None:
    for style in STYLES:
        if body.startswith(style.opening) and body.endswith(style.closing):
            return style
    return None


def _parted(body: bytes, style: Style) -> list[bytes]:
    """Give what stands between the separators; one text too many where there are more than may be asked."""
    return body[len(style.opening) : -len(style.closing)].split(style.separator, EVALUATIONS)
