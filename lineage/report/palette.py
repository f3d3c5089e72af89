"""Marks and light colours of the report, for attributes that must work where style sheets are dropped.

The same values, and those of the dark scheme, stand in ``templates/report/style.css``; a test compares both.
"""

from __future__ import annotations

from typing import Final

INK: Final = "#1c2127"
PAPER: Final = "#fff"
MUTED: Final = "#4f5964"
LINK: Final = "#1d4f91"
COMPLETE: Final = "#0b5c8a"
PARTIAL: Final = "#7a4d00"
PARTIAL_PAPER: Final = "#fff1d6"
MISSING: Final = "#a3210f"
MISSING_PAPER: Final = "#fde8e4"
NONE: Final = "#56606b"

#: state → mark; colour alone never carries a state.
MARKS: Final[dict[str, str]] = {
    "complete": "✓",
    "holds": "✓",
    "ready": "✓",
    "allow": "✓",
    "partial": "◐",
    "with_limits": "◐",
    "missing": "✕",
    "problem": "✕",
    "not_ready": "✕",
    "deny": "✕",
    "prohibited": "✕",
    "blocker": "✕",
    "expiring": "!",
    "warning": "!",
    "note": "–",
    "not_required": "–",
    "not_assessed": "?",
    "undecided": "?",
}

#: state → (line and text colour, paper)
COLOURS: Final[dict[str, tuple[str, str]]] = {
    "complete": (COMPLETE, PAPER),
    "holds": (COMPLETE, PAPER),
    "partial": (PARTIAL, PARTIAL_PAPER),
    "expiring": (PARTIAL, PARTIAL_PAPER),
    "missing": (MISSING, MISSING_PAPER),
    "problem": (MISSING, MISSING_PAPER),
    "not_assessed": (NONE, PAPER),
    "not_required": (NONE, PAPER),
}

#: state → the letter of its class inside the pictures; one letter, because it stands at each box.
LETTERS: Final[dict[str, str]] = {
    "complete": "h",
    "holds": "h",
    "partial": "p",
    "expiring": "p",
    "missing": "b",
    "problem": "b",
    "not_assessed": "u",
    "not_required": "u",
}

#: state → class of its pill or cell: quiet (ok, na), loud (mid, bad) or open (unk)
TONES: Final[dict[str, str]] = {
    **dict.fromkeys(("complete", "holds", "ready", "allow"), "ok"),
    **dict.fromkeys(("partial", "expiring", "with_limits", "warning"), "mid"),
    **dict.fromkeys(("missing", "problem", "not_ready", "deny", "blocker"), "bad"),
    **dict.fromkeys(("not_assessed", "undecided"), "unk"),
    **dict.fromkeys(("not_required", "note", "prohibited"), "na"),
}
