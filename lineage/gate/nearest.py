"""Nearest names: what somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(word: str, names: Iterable[str], most: int = 3, least: float = 0.5) -> list[str]:
    """Give up to ``most`` names that resemble ``word``, best first; ties in alphabetical order.

    Likeness is the share of matching characters (Ratcliff and Obershelp), case ignored; a name that holds the word
    counts as near, since people type the part they remember.
    """
    low = word.lower()
    scored = []
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(low)
    for name in names:
        other = name.lower()
        matcher.set_seq1(other)
        inside = bool(low) and (low in other or other in low)
        floor = 0.0 if inside else least
        if not inside and (matcher.real_quick_ratio() < least or matcher.quick_ratio() < least):
            continue
        score = matcher.ratio() + (0.3 if inside else 0.0)
        if score >= floor:
            scored.append((-score, name))
    return [name for _, name in sorted(scored)[:most]]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Write the hint "did you mean a, b or c?", or nothing when no name is near."""
    near = nearest(word, names, least=0.6)
    if not near:
        return ""
    return f"did you mean {' or '.join([', '.join(near[:-1]), near[-1]] if len(near) > 1 else near)}?"
