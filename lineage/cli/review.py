"""``lineage review``: what waits for somebody else, what it would change, and the answers to it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.changes import flat
from lineage.cli.options import database_of, request_of, times_of, with_settings
from lineage.cli.output import emit, form_of, note, require_out
from lineage.cli.review_shown import COLUMNS, list_rows, results_of, shown_text, summary_of
from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.changing import Done, Request
    from lineage.services.reviewing import Shown
    from lineage.services.views import Frame

LIST = ("change_set", "state", "since", "authors", "reason", "changes", "answers")


def tell_done(settings: Settings, done: Done | None) -> None:
    """Say on stderr what became of a change that does not simply hold."""
    if done is None:
        return
    if done.plain:
        note(settings, "this catalogue asks for no review by others; the change holds like any other")
    if not done.change_set:
        return
    if done.state == "emergency":
        click.echo(
            f"warning: this emergency change holds already, and nobody else has looked at it: {done.change_set}",
            err=True,
        )
        click.echo(f"  until  {done.until}; from then on the uses it touches are denied", err=True)
    elif not done.live:
        note(settings, f"proposed as {done.change_set}; nothing changes before somebody else approves it")
    note(settings, f"  next   somebody else: lineage review show {done.change_set}")


def answering(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of an answer, and the key of what it answers."""
    for decorate in (
        with_settings,
        click.option("--request", metavar="ID", help="Id of this answer: sent again with it, it has one effect."),
        click.option("--personal-data", is_flag=True, help="What looks like personal data is meant."),
        click.argument("key"),
    ):
        function = decorate(function)
    return function


@click.group()
def review() -> None:
    """See changes that wait, and approve or refuse them."""


@review.command("list")
@click.option("--all", "everything", is_flag=True, help="Also what is over.")
@with_settings
def list_(settings: Settings, everything: bool) -> int:
    """List what waits, emergencies first, then the oldest."""
    from lineage.services.reviewing import waiting

    _require_now(settings)
    found, people = waiting(database_of(settings), times_of(settings).now, everything=everything)
    results = list_rows(found, people)
    summary = {"waiting": sum(row["waits"] for row in results), "listed": len(results)}
    summary |= {"emergencies": sum(row["state"] == "emergency" for row in results)}
    summary |= {"overdue": sum(row["overdue"] for row in results)}
    rows = results if form_of(settings) in ("json", "jsonl") else [row | {"answers": _counts(row)} for row in results]
    emit(settings, "review.list", frame(settings), summary, rows, LIST)
    if not results:
        note(settings, "nothing waits for review")
    return 0


def _counts(row: dict[str, Any]) -> str:
    if row["answers"] is None:
        return ""
    said = [f"{count} {name.replace('_', ' ')}" for name, count in row["answers"].items() if count]
    return ", ".join(said) or "no answer changes"


@review.command("show")
@click.argument("key")
@with_settings
def show_(settings: Settings, key: str) -> int:
    """Show the answers that would change, then each field."""
    from lineage.services.reviewing import show

    _require_now(settings)
    seen = show(database_of(settings), times_of(settings).now, key)
    _emit(settings, "review.show", seen)
    return 0


def _emit(settings: Settings, command: str, seen: Shown) -> None:
    summary, results = summary_of(seen), results_of(seen)
    rows = results if form_of(settings) in ("json", "jsonl") else [flat(result) for result in results]
    emit(settings, command, frame(settings), summary, rows, COLUMNS, lambda: shown_text(settings, summary, results))
    if form_of(settings) in ("plain", "csv") and seen.digest:
        note(settings, f"digest {seen.digest}")


@review.command()
@click.option("--digest", metavar="D", help="Digest of what was shown; asks nothing, and demands that it is still so.")
@click.option("--yes", is_flag=True, help="Do not ask on a terminal.")
@click.option("--reason", help="Why, for the journal.")
@answering
def approve(settings: Settings, key: str, digest: str | None, yes: bool, **how: Any) -> int:
    """Let a change hold as shown; never one's own."""
    from lineage.services.reviewing import approve as approve_it
    from lineage.services.reviewing import require_may, show

    _require_now(settings)
    require_out(settings)
    _require_shown(settings, digest)
    database, request = database_of(settings), request_of(settings, how)
    require_may(database, request, key, "approve")
    seen = show(database, request.now, key)
    if not digest and not _agreed(settings, seen, yes=yes):
        note(settings, "nothing was written")
        return 1
    done = approve_it(database, request, key, _whole(digest, seen.digest), seen)
    return _answered(settings, "approve", done, request)


def _whole(digest: str | None, known: str) -> str:
    """Take the beginning of a digest for the whole where it is long enough to mean one."""
    if not digest:
        return known
    return known if len(digest) >= SHORTEST and known.startswith(digest.lower()) else digest


SHORTEST = 16
"""So many hexadecimal digits of a digest are enough to say which is meant."""


def _agreed(settings: Settings, seen: Shown, *, yes: bool) -> bool:
    """Show people what they would approve, and ask where somebody sits at a terminal."""
    click.echo(shown_text(settings, summary_of(seen), results_of(seen)), err=True)
    if yes or not _asks() or not seen.digest:
        return True
    try:
        return click.confirm("Approve this?", err=True)
    except click.Abort:
        return False


def _require_shown(settings: Settings, digest: str | None) -> None:
    """Raise WrongUse where something would be approved that is neither shown now nor named as it was shown."""
    if settings.quiet and not digest and not _asks():
        raise WrongUse(
            "nothing would be shown of what is approved",
            "add --digest, as lineage review show gives it, or leave out -q",
        )


def _asks() -> bool:
    return sys.stdin.isatty()


@review.command("return")
@click.option("--question", metavar="TEXT", default="", help="What the authors have to answer or change.")
@answering
def return_(settings: Settings, question: str, **how: Any) -> int:
    """Send a change back with a question."""
    return _answer(settings, "return", how | {"reason": question})


@review.command()
@click.option("--reason", default="", help="Why it must not hold.")
@answering
def reject(settings: Settings, **how: Any) -> int:
    """Reject a change; an emergency is undone."""
    return _answer(settings, "reject", how)


@review.command()
@click.option("--reason", help="Why, for the journal.")
@answering
def withdraw(settings: Settings, **how: Any) -> int:
    """Take back what you proposed."""
    return _answer(settings, "withdraw", how)


def _answer(settings: Settings, said: str, how: dict[str, Any]) -> int:
    from lineage.services.reviewing import answer

    _require_now(settings)
    require_out(settings)
    request = request_of(settings, how)
    return _answered(settings, said, answer(database_of(settings), request, how["key"], said), request)


def _answered(settings: Settings, said: str, done: Done, request: Request) -> int:
    written = done.written
    result = {
        "change_set": done.change_set,
        "state": done.state,
        "by": request.actor.name,
        "documents": written.changes - 1,
        "first": written.first,
        "last": written.last,
    }
    emit(
        settings,
        f"review.{said}",
        frame(settings),
        {"answered": 1},
        [result],
        ("change_set", "state", "by", "documents", "first", "last"),
        lambda: f"{done.change_set} is {done.state}; {written.changes - 1} documents were written",
    )
    return 0


def frame(settings: Settings) -> Frame | None:
    """Give the frame of an answer; only JSON has one."""
    from lineage.services.views import frame_of

    return frame_of(database_of(settings), times_of(settings)) if form_of(settings) == "json" else None


def _require_now(settings: Settings) -> None:
    if settings.at is not None:
        raise WrongUse("a review looks at what would hold now and later", "leave out --at")
