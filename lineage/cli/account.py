"""``lineage account``: which accounts are one person, and names that are erased."""

from __future__ import annotations

from typing import Any

import click

from lineage.cli.options import database_of, request_of, with_settings
from lineage.cli.output import emit, note, require_out
from lineage.cli.review import frame
from lineage.settings import Settings


@click.group()
def account() -> None:
    """Say which accounts are one person, and erase a name."""


@account.command("list")
@with_settings
def list_(settings: Settings) -> int:
    """List every account that ever acted."""
    from lineage.services.accounts import list_accounts

    found = list_accounts(database_of(settings))
    results = [
        {"account": one.name, "id": one.id, "since": one.since, "same_person": list(one.others)} for one in found
    ]
    summary = {"accounts": len(found), "erased": sum(one.name is None for one in found)}
    emit(settings, "account.list", frame(settings), summary, results, ("account", "id", "since", "same_person"))
    return 0


@account.command("link")
@click.argument("name", metavar="ACCOUNT")
@click.argument("person")
@click.option("--reason", help="How you know, for the journal.")
@click.option("--request", metavar="ID", help="Id of this request: sent again with it, it has one effect.")
@click.option("--personal-data", is_flag=True, help="What looks like personal data is meant.")
@with_settings
def link_(settings: Settings, name: str, person: str, **how: Any) -> int:
    """Say that two accounts are one person.

    It cannot be taken back. What one of them proposed, the other cannot approve from now on.
    """
    from lineage.services.accounts import link

    require_out(settings)
    new = link(database_of(settings), request_of(settings, how), name, person)
    result = {"account": name, "person": person, "linked": new}
    emit(settings, "account.link", frame(settings), {"linked": int(new)}, [result], ("account", "person", "linked"))
    if not new:
        note(settings, f"{name} and {person} were one person already")
    return 0


@account.command("erase")
@click.argument("name")
@click.option("--reason", help="Why, for the journal; without the name.")
@click.option("--request", metavar="ID", help="Id of this request: sent again with it, it has one effect.")
@click.option("--personal-data", is_flag=True, help="What looks like personal data is meant.")
@with_settings
def erase_(settings: Settings, name: str, **how: Any) -> int:
    """Take a name away for good; the journal stays.

    What the account did stays, under an id that says nothing. The name stands nowhere else in the journal, unless
    somebody wrote it into a text: lineage log redact takes it out there.

    Of a person with several accounts a keyed hash of the name stays, so that nobody comes back as somebody else. It
    cannot be read, but whoever has the catalogue can try names against it.
    """
    from lineage.services.accounts import erase

    require_out(settings)
    done = erase(database_of(settings), request_of(settings, how), name)
    results = [{"id": key, "erased": True} for key in done.ids]
    emit(settings, "account.erase", frame(settings), {"erased": len(results)}, results, ("id", "erased"))
    return 0
