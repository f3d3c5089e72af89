"""Text that came from outside, made fit to be shown, and text measured so that it fits into a box."""

from __future__ import annotations

import re
import unicodedata

# Control characters can steer a terminal or end a line early; direction marks can make a name read as another one;
# lone surrogates can not be encoded at all. None of them says anything a reader of a report needs.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_BREAKS = re.compile(r"(?<=[\s._/\-])")

# Advance widths in em of a wide bold system face; boxes sized for it fit every narrower one.
_NARROW = {**dict.fromkeys("ijl.,:;|!'` ", 0.38), **dict.fromkeys('ftr()[]{}-/"', 0.5)}
_WIDE = {**dict.fromkeys("mMW@%", 1.05), **dict.fromkeys("wQOGNDH—", 0.88)}


def clean(text: str) -> str:
    """``text`` without control characters, direction marks and lone surrogates."""
    return _HOSTILE.sub("", text) if _HOSTILE.search(text) else text


def width(text: str) -> float:
    """How wide ``text`` runs at most, in em."""
    return sum(_advance(char) for char in text)


def _advance(char: str) -> float:
    if char in _NARROW:
        return _NARROW[char]
    if char in _WIDE:
        return _WIDE[char]
    if char < "\u0300":
        return 0.78 if char.isupper() else 0.69
    if unicodedata.combining(char):
        return 0.0
    return 1.05 if unicodedata.east_asian_width(char) in "WF" else 0.78


def wrap(text: str, room: float, lines: int) -> tuple[str, ...]:
    """Break ``text`` into at most ``lines`` lines of ``room`` em; what does not fit ends in an ellipsis.

    Lines end at a space, a dot, an underscore, a slash or a hyphen, so that keys stay readable; a longer word is cut.
    """
    rows = [""]
    for piece in _BREAKS.split(" ".join(clean(text).split())):
        for part in _cut(piece, room):
            if rows[-1] and width((rows[-1] + part).rstrip()) > room:
                rows.append("")
            rows[-1] += part
    rows = [row.strip() for row in rows]
    if len(rows) > lines:
        rows = [*rows[: lines - 1], _shorten(rows[lines - 1], room)]
    return tuple(rows)


def _cut(piece: str, room: float) -> list[str]:
    """``piece`` in parts that each fit into a line of their own."""
    if width(piece.rstrip()) <= room:
        return [piece]
    parts = [""]
    for char in piece:
        if width((parts[-1] + char).rstrip()) > room:
            parts.append("")
        parts[-1] += char
    return parts


def _shorten(row: str, room: float) -> str:
    while row and width(row + "…") > room:
        row = row[:-1]
    return row.rstrip(" ._/-") + "…"
