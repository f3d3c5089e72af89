"""Options every command takes, before or after its name, and what commands make of them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from lineage.clock import default_clock
from lineage.errors import WrongUse
from lineage.settings import CATALOG, DEFAULT_CATALOG, USER, Settings

if TYPE_CHECKING:
    from lineage.services.changing import Actor, Request
    from lineage.services.views import Times
    from lineage.store.database import Database

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("table", "plain", "json", "jsonl", "csv")
GATES = ("sarif", "junit", "github")
"""Forms for build servers: what is wrong, with file and line."""
JUDGING = frozenset({"check"})
"""The commands that give those forms; every other refuses them."""

_OPTIONS = (
    click.option(
        "-C", "--catalog", metavar="URL", help=f"Address of the catalogue; default {DEFAULT_CATALOG}.", envvar=CATALOG
    ),
    click.option("--at", metavar="WHEN", help="The instant the question is about; default now."),
    click.option(
        "--as-of",
        metavar="WHEN",
        help="What the catalogue knew at that instant, or after journal entry @N; default now.",
    ),
    click.option(
        "--format",
        type=click.Choice((*FORMATS, *GATES)),
        help="Form of the answer; table on a terminal, else plain. sarif, junit, github: check only.",
    ),
    click.option("-o", "--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write the answer to a file."),
    click.option("--by", metavar="NAME", help="Who asks or changes; default the user of the machine.", envvar=USER),
    click.option("-q", "--quiet", is_flag=True, default=None, help="Print no notes."),
    click.option("-v", "--verbose", is_flag=True, default=None, help="Print more notes, and long lists whole."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), help="When to use colour."),
)
_NAMES = ("catalog", "at", "as_of", "format", "out", "by", "quiet", "verbose", "color")


PAST = frozenset(
    {
        "audience list", "audience show", "check", "consent status", "diff", "element history", "element list",
        "element restore", "element search",
        "element show", "expectations", "explain", "export yaml", "forecast", "log list", "log show",
        "pack list", "pack show", "process list", "process show", "query elements", "query may", "query processes",
        "query purposes", "report", "statement list", "statement show", "touchpoint list", "touchpoint show",
    }
)  # fmt: skip
"""The commands that answer with what was known earlier; every other refuses ``--as-of``, so that none passes it over."""


def common_options(function: F) -> F:
    """Give a command the common options."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def keep(ctx: click.Context, options: dict[str, Any]) -> None:
    """Keep what was said before the command's name, for the command."""
    said = {name: options[name] for name in _NAMES if options.get(name) is not None}
    before = ctx.obj or {}
    # Both the program and the command look into the environment: it must not win over what was typed first.
    from_environment = {name for name in said if ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT}
    ctx.obj = before | {
        name: value for name, value in said.items() if name not in before or name not in from_environment
    }
    color = ctx.obj.get("color", "auto")
    ctx.color = _wants_color(color)


def _wants_color(color: str) -> bool | None:
    """Decide on colour: flag, then NO_COLOR, then FORCE_COLOR, then the terminal (click asks that itself)."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("CLICOLOR_FORCE") or os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def with_settings(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command its settings as the first argument, whether said before or after its name."""

    def command(ctx: click.Context, /, **options: Any) -> Any:
        keep(ctx, options)
        said = {name: value for name, value in ctx.obj.items() if name in _NAMES and value is not None}
        own = {name: value for name, value in options.items() if name not in _NAMES}
        if said.get("as_of") is not None:
            _require_past(ctx)
        if said.get("format") in GATES:
            _require_judging(ctx, said["format"])
        code = function(Settings(**said), **own)
        return ctx.exit(code) if code else None

    return common_options(click.pass_context(update_wrapper(command, function)))


def _words(ctx: click.Context) -> str:
    words: list[str] = []
    while ctx.parent is not None:
        words.insert(0, str(ctx.info_name))
        ctx = ctx.parent
    return " ".join(words)


def _require_past(ctx: click.Context) -> None:
    name = _words(ctx)
    if name not in PAST:
        raise WrongUse(f"lineage {name} works in the catalogue of today, not of an earlier day", "leave out --as-of")


def _require_judging(ctx: click.Context, form: str) -> None:
    name = _words(ctx)
    if name not in JUDGING:
        takes = " and ".join(f"lineage {command}" for command in sorted(JUDGING))
        raise WrongUse(f"lineage {name} does not answer as {form}; {takes} does", f"choose one of {', '.join(FORMATS)}")


WRITING = ("reason", "request", "personal_data", "emergency")
_WRITING = (
    click.option("--reason", help="Why, for the journal."),
    click.option("--request", metavar="ID", help="Id of this request: sent again with it, it has one effect."),
    click.option("--personal-data", is_flag=True, help="What looks like personal data is meant; needs --reason."),
    click.option(
        "--emergency", metavar="UNTIL", help="Let it hold before somebody else approved it, at most until then."
    ),
)


def writing_options(function: F) -> F:
    """Give a command that changes the catalogue the options every such command has."""
    for option in reversed(_WRITING):
        function = option(function)
    return function


def request_of(settings: Settings, how: Mapping[str, Any], change_set: str | None = None) -> Request:
    """Give who asks for a change, when and why; ``how`` holds what stood behind the writing options."""
    from lineage.services.changing import Request

    said = {name: how.get(name) for name in ("reason", "request", "emergency")}
    personal = bool(how.get("personal_data"))
    return Request(actor_of(settings), times_of(settings).now, **said, personal_data=personal, change_set=change_set)


def database_of(settings: Settings) -> Database:
    """Open the catalogue a command speaks to."""
    from lineage.services.asking_bundle import is_bundle
    from lineage.store.database import Database

    if is_bundle(settings.catalog):
        raise WrongUse(
            f"{settings.catalog} is a bundle: only lineage query and serve ask it", "name the catalogue with -C"
        )
    return Database(settings.catalog)


def times_of(settings: Settings) -> Times:
    """Give the times a command was told, with the clock's."""
    from lineage.services.views import Times

    return Times(default_clock().now(), settings.at, settings.as_of, past=True)


def actor_of(settings: Settings) -> Actor:
    """Give who acts: named by option or environment, else the user of the machine."""
    from lineage.services.changing import Actor

    if settings.by:
        return Actor(settings.by, "stated")
    return Actor(getpass.getuser(), "operating system")
