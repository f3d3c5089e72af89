"""A time limit for questions asked by machines, and what follows when there is no answer: ``--timeout``, ``--on-error``."""

from __future__ import annotations

import atexit
import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from threading import Thread
from typing import Any, TypeVar

import click

from lineage.cli.output import clean
from lineage.errors import CannotAnswer, Untrusted
from lineage.settings import Settings

T = TypeVar("T")
DAY = 86_400.0


class Seconds(click.FloatRange):
    """A time of more than no seconds, up to a day."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=DAY)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Refuse also what is no number: it is neither too small nor too large."""
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return found


_OPTIONS = (
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=Seconds(),
        help="Give up asking after so long; default never.",
    ),
    click.option(
        "--on-error",
        type=click.Choice(["deny", "allow"]),
        default="deny",
        help="Without an answer, stop (deny, the default) or go on (allow).",
    ),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How long asking may take, in seconds (None: as long as it takes), and whether no answer lets the caller go on."""

    seconds: float | None
    opens: bool

    def run(self, ask: Callable[[], T]) -> T:
        """Give what ``ask`` gives. Raises what it raises, and CannotAnswer when it takes too long.

        ``ask`` must print and write nothing: after the limit it may go on unheard until the program ends.
        """
        if self.seconds is None:
            return ask()
        told: list[T] = []
        raised: list[BaseException] = []

        def asking() -> None:
            try:
                told.append(ask())
            except BaseException as error:
                raised.append(error)

        worker = Thread(target=asking, name="asking", daemon=True)
        worker.start()
        worker.join(self.seconds)
        if told:
            return told[0]
        if raised:
            raise raised[0]
        code = 0 if self.opens else CannotAnswer.exit_code
        atexit.register(_leave, worker, code)
        raise CannotAnswer(f"there was no answer within {self.seconds:g} s", "raise --timeout, or ask a bundle")


def limited(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, hand it its ``limit``, and let it go on without an answer where that was asked for.

    Only what could not be asked goes through: a no stays a no, and so does a rule that failed, or a bundle that was altered.
    """

    def command(settings: Settings, /, timeout: float | None, on_error: str, **options: Any) -> Any:
        limit = Limit(timeout, on_error == "allow")
        try:
            return function(settings, limit=limit, **options)
        except CannotAnswer as error:
            if not limit.opens or isinstance(error, Untrusted):
                raise
            click.echo(f"warning: not checked: {clean(error.sentence)}", err=True)
            click.echo("  this goes on all the same, as --on-error allow says", err=True)
            return 0

    found = update_wrapper(command, function)
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


def _leave(worker: Thread, code: int) -> None:
    """End the program at once while a question still waits: taking down libraries it is inside of would crash them."""
    if worker.is_alive():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
