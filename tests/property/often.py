"""How many examples a law is tried on: some in every run, thousands where the slow tests run too."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("PROPERTY_TIMES", "1"))
"""How many times as many as usual; ``dev.py test --slow`` sets it."""


def often(examples: int) -> int:
    """Give the number of examples for a law that is usually tried on ``examples``."""
    return examples * TIMES
