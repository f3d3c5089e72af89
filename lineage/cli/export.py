"""``lineage export``."""

from __future__ import annotations

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import tell_as_of, write_text
from lineage.settings import Settings


@click.group()
def export() -> None:
    """Write the catalogue out."""


@export.command("yaml")
@with_settings
def export_yaml(settings: Settings) -> int:
    """Write declarations that load to the same catalogue."""
    from lineage.services import exporting

    parts = exporting.export_yaml(database_of(settings), times_of(settings), lambda found: tell_as_of(settings, found))
    write_text(settings, exporting.sections(parts))
    return 0
