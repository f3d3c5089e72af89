"""``lineage log``."""

from __future__ import annotations

import click


@click.command("checkpoint")
def checkpoint() -> None:
    """Not there yet."""


@click.command("export")
def export() -> None:
    """Not there yet."""


@click.command("rotate")
def rotate() -> None:
    """Not there yet."""
