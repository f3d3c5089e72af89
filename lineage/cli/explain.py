"""``lineage explain``."""

from __future__ import annotations

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit
from lineage.settings import Settings


@click.command()
@click.argument("what")
@click.option("--process", default="", help="Only the use by this process.")
@click.option("--for", "purpose", default="", metavar="PURPOSE", help="Only for this purpose.")
@click.option("--audience", default="", help="Only with data of this audience.")
@click.option("--regime", default="", help="A regime added to those that apply.")
@click.option("--breaks", is_flag=True, help="List what stops when the element is withdrawn or retired.")
@with_settings
def explain(settings: Settings, what: str, process: str, purpose: str, audience: str, regime: str, breaks: bool) -> int:
    """Say why, in plain words: an element, or a rule."""
    from lineage.services import explaining

    asked = (what, process, purpose, audience, regime)
    found = explaining.explain(database_of(settings), times_of(settings), *asked, breaks=breaks)
    text = clean(found.text)
    emit(settings, "explain", found.view, found.summary, found.results, found.columns, lambda: text, prose=True)
    return found.code
