"""The command ``lineage``. Commands are imported only when they are called, so that starting costs little."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from lineage import __version__
from lineage.cli.options import common_options, keep
from lineage.errors import Conflict, Disputed, LineageError

COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Start": {
        "init": ("lineage.cli.start:init", "Make a catalogue here."),
        "doctor": ("lineage.cli.start:doctor", "Look for problems, and say how to mend each."),
        "schema": ("lineage.cli.start:schema", "Print the JSON Schema of the declarations."),
    },
    "Catalogue": {
        "apply": ("lineage.cli.apply:apply", "Bring declarations in; shows the plan first."),
        "element": ("lineage.cli.element:element", "Find elements, show, change and restore them."),
        "process": ("lineage.cli.keep:process", "List processes, and show one."),
        "audience": ("lineage.cli.keep:audience", "List audiences, and show one."),
        "touchpoint": ("lineage.cli.keep:touchpoint", "List touchpoints, and show one."),
        "statement": ("lineage.cli.keep:statement", "List statements, and show one."),
        "outcome": ("lineage.cli.record:outcome", "Record what a use did."),
        "insight": ("lineage.cli.record:insight", "Record what was learned, and what follows."),
        "consent": ("lineage.cli.consent:consent", "Record consents, withdraw them, and see how they stand."),
        "review": ("lineage.cli.review:review", "See changes that wait, and approve or refuse them."),
        "account": ("lineage.cli.account:account", "Say which accounts are one person, and erase a name."),
        "export": ("lineage.cli.export:export", "Write the catalogue out."),
    },
    "Gate": {
        "check": ("lineage.cli.check:check", "Check that each use closes its cycle."),
        "query": ("lineage.cli.query:query", "Ask what may be used, by whom and for what."),
        "bundle": ("lineage.cli.bundle:bundle", "Carry the answers of a catalogue in one signed file."),
        "serve": ("lineage.cli.serve:serve", "Answer over HTTP, as AuthZEN has it."),
        "explain": ("lineage.cli.explain:explain", "Say why, in plain words."),
        "forecast": ("lineage.cli.forecast:forecast", "Say which permissions lapse, and why."),
    },
    "Audit": {
        "report": ("lineage.cli.report:report", "Write an HTML lineage report."),
        "expectations": ("lineage.cli.expectations:expectations", "Compare what people were told with what is done."),
        "diff": ("lineage.cli.diff:diff", "List the answers that differ between two instants."),
        "log": ("lineage.cli.log:log", "Read the journal, and take its proofs out."),
        "verify": ("lineage.cli.verify:verify", "Prove that nothing was altered."),
    },
    "Upkeep": {
        "db": ("lineage.cli.db:db", "Upgrade, check, back up and restore the catalogue."),
        "pack": ("lineage.cli.pack:pack", "List, show and test rule packs."),
    },
}


DISPUTED = 40
"""So many values of a conflict are shown."""

HALF = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes on the command line that are not UTF-8."""


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and lists commands by section without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [name for section in COMMANDS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        for section in COMMANDS.values():
            if cmd_name in section:
                module, _, name = section[cmd_name][0].partition(":")
                found: click.Command = getattr(importlib.import_module(module), name)
                return found
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            from lineage.gate.nearest import did_you_mean

            hint = did_you_mean(name, self.list_commands(ctx))
            raise click.UsageError(f"there is no command {name}{f'; {hint}' if hint else ''}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        for title, section in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in section.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lineage")
@common_options
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """Keep a catalogue of customer data whose usage cycle closes.

    Exit codes: 0 yes or done, 1 no, 2 used wrongly, 3 could not answer, 4 not allowed, 130 interrupted.
    """
    keep(ctx, options)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code of docs/commands.md; never a traceback without LINEAGE_DEBUG."""
    sys.exit(run(args))


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit code."""
    # A command makes millions of records that all stay until it ends: looking for garbage among them is lost time.
    gc.set_threshold(200_000, 50, 1_000)
    if any(HALF.search(word) for word in (sys.argv[1:] if args is None else args)):
        click.echo("error: an argument is not UTF-8\n  fix    type it again, or rename the file", err=True)
        return 2
    try:
        code = cli.main(args=list(args) if args is not None else None, prog_name="lineage", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return 2 if isinstance(error, click.UsageError) else error.exit_code
    except LineageError as error:
        return _tell(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; nothing was left half done", err=True)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("LINEAGE_DEBUG"):
            raise
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            click.echo(f"error: the answer could not be written: {error.strerror}", err=True)
            click.echo("  fix    make room, or write it elsewhere with -o FILE", err=True)
            return 3
        click.echo(f"error: this is a mistake in the program: {type(error).__name__}: {error}", err=True)
        click.echo("  fix    run it again with LINEAGE_DEBUG=1 and report what it prints", err=True)
        return 3
    return code if isinstance(code, int) else 0


def _tell(error: LineageError) -> int:
    from lineage.cli.output import clean

    click.echo(f"error: {clean(error.sentence)}", err=True)
    for line in _disputed(error.differences) if isinstance(error, Conflict) else ():
        click.echo(clean(line), err=True)
    if error.fix:
        click.echo(f"  fix    {clean(error.fix)}", err=True)
    return error.exit_code


def _disputed(differences: Sequence[Disputed]) -> Iterator[str]:
    """Show every value in dispute three times: as it was, as it is now, as it was to be."""
    from lineage.cli.changes import value_text

    for one in differences[:DISPUTED]:
        yield f"  {one.document}{f' · {one.path}' if one.path else ''}"
        for name in ("base", "theirs", "yours"):
            yield f"    {name.ljust(6)} {value_text(getattr(one, name))}"
    if len(differences) > DISPUTED:
        yield f"  … and {len(differences) - DISPUTED} more values"
