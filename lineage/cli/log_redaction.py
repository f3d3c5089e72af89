"""``lineage log``."""

from __future__ import annotations

import click


@click.command("redact")
def redact() -> None:
    """Not there yet."""
