"""``lineage export``."""

from __future__ import annotations

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import write_text
from lineage.settings import Settings


@click.group()
def export() -> None:
    """Write the catalogue out."""


@export.command("yaml")
@with_settings
def export_yaml(settings: Settings) -> int:
    """Write declarations that load to the same catalogue."""
    from lineage.services import exporting

    write_text(settings, exporting.sections(exporting.export_yaml(database_of(settings), times_of(settings))))
    return 0
