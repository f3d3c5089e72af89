"""``lineage log``."""

from __future__ import annotations

import click


@click.command("list")
def list_() -> None:
    """Not there yet."""


@click.command("show")
def show() -> None:
    """Not there yet."""
