"""``lineage explain``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit
from lineage.errors import Refused, WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lineage.services.explaining_words import Explanation

DECISION = re.compile(r"d-[0-7][0-9A-HJKMNP-TV-Z]{25}")
"""An id of the decision log; keys of elements have no capitals."""
LIKE_ONE = re.compile(r"[dD]-[0-9A-Za-z]*")


@click.command()
@click.argument("what")
@click.option("--process", default="", help="Only the use by this process.")
@click.option("--for", "purpose", default="", metavar="PURPOSE", help="Only for this purpose.")
@click.option("--audience", default="", help="Only with data of this audience.")
@click.option("--regime", default="", help="A regime added to those that apply.")
@click.option("--breaks", is_flag=True, help="List what stops when the element is withdrawn or retired.")
@click.option("--decisions", metavar="URL", envvar="LINEAGE_DECISIONS", help="Address of the decision log.")
@with_settings
def explain(settings: Settings, what: str, decisions: str | None, breaks: bool, **asked: str) -> int:
    """Say why, in plain words: an element, a rule, or a decision.

    WHAT is the key of an element, the code of a rule, or the id of a logged decision (d-…). Of a decision it is said
    whether the journal gives the same verdict for the logged instant and revision: exit code 0 when it does, 1 when not,
    3 when that cannot be found out. What it would be today is told beside it.
    """
    is_id = DECISION.fullmatch(what) is not None
    found = _declared(settings, what, asked, breaks=breaks) if not is_id else _decision(settings, what, decisions)
    text = clean(found.text)
    emit(settings, "explain", found.view, found.summary, found.results, found.columns, lambda: text, prose=True)
    return found.code


def _declared(settings: Settings, what: str, asked: Mapping[str, str], *, breaks: bool) -> Explanation:
    """Explain an element or a rule. WrongUse for what is neither, and looks like an id that was cut or mistyped."""
    from lineage.services import explaining

    try:
        return explaining.explain(database_of(settings), times_of(settings), what, **asked, breaks=breaks)
    except Refused as error:
        if not LIKE_ONE.fullmatch(what):
            raise
        raise WrongUse(
            f"{what} is no id of a decision, and {error.sentence.removeprefix('there is ')}",
            "an id is d- and 26 digits and capitals; lineage log decisions lists them",
        ) from None


def _decision(settings: Settings, number: str, url: str | None) -> Explanation:
    from lineage.services.decisions import store_url
    from lineage.services.explaining_decision import explain_decision
    from lineage.store.decisions import Decisions

    if settings.at or settings.as_of:
        raise WrongUse("a decision has an instant and a revision of its own", "leave out --at and --as-of")
    store = Decisions(store_url(settings.catalog, url))
    return explain_decision(database_of(settings), store, number, times_of(settings).now)
