"""``lineage report``."""

from __future__ import annotations

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import note, tell_as_of
from lineage.settings import Settings


@click.command()
@click.argument("keys", nargs=-1)
@click.option(
    "--detail",
    type=click.Choice(["summary", "full"]),
    default="full",
    help="summary leaves the elements out; default full.",
)
@click.option("--pictures/--no-pictures", default=None, help="Draw each lineage; default up to 250 elements.")
@with_settings
def report(settings: Settings, keys: tuple[str, ...], detail: str, pictures: bool | None) -> int:
    """Write an HTML lineage report that needs no network."""
    from lineage.services.reporting import write_report

    out = settings.out or "lineage-report.html"
    done = write_report(database_of(settings), times_of(settings), out, keys, detail=detail, pictures=pictures)
    tell_as_of(settings, done.view)
    for sentence in done.notes:
        note(settings, sentence)
    click.echo(done.path)
    return 0
