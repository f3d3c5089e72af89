"""``lineage db``."""

from __future__ import annotations

import click

from lineage.cli.options import actor_of, times_of, with_settings
from lineage.cli.output import note, write_text
from lineage.settings import Settings


@click.group()
def db() -> None:
    """Upgrade or check the catalogue's tables."""


@db.command()
@with_settings
def upgrade(settings: Settings) -> int:
    """Bring tables, packs and vocabulary up to date."""
    from lineage.services.setting_up import upgrade as bring_up

    for sentence in bring_up(settings.catalog, actor_of(settings), times_of(settings).now):
        note(settings, sentence)
    return 0


@db.command()
@with_settings
def check(settings: Settings) -> int:
    """Compare the tables with what this program expects."""
    from lineage.services.examining import check_tables

    differences = check_tables(settings.catalog)
    write_text(settings, "\n".join(differences) or "the tables are as they should be")
    return 1 if differences else 0
