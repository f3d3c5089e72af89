"""``lineage bundle``: build, show, verify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.asked import KEY
from lineage.cli.options import database_of, with_settings
from lineage.cli.output import clean, emit, require_out
from lineage.clock import default_clock
from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.gate.bundle import Head
    from lineage.services.views import Frame

COLUMNS = ("file", "state", "origin", "revision", "issued", "expires", "size")
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def bundle() -> None:
    """Carry the answers of a catalogue in one signed file."""


@bundle.command("build")
@click.option(
    "--expires", metavar="WHEN", default="P7D", help="How long it may be used: a period, day or instant; default P7D."
)
@click.option(
    "--places/--no-places", default=True, help="Tell files and lines of findings, or leave them out; default tell."
)
@with_settings
def build(settings: Settings, expires: str, places: bool) -> int:
    """Write a bundle of the catalogue as it is now.

    It is signed with the key that signs the journal; whoever asks it needs the public half, which is printed.
    """
    from lineage.services.bundle_files import described
    from lineage.services.bundling import build as written

    if not settings.out:
        raise WrongUse("a bundle is written to a file", "name it: lineage bundle build -o decisions.bundle")
    if settings.at:
        raise WrongUse("a bundle answers for every instant", "leave out --at; ask it with --at instead")
    require_out(settings)
    made = written(database_of(settings), default_clock().now(), Path(settings.out), expires, places=places)
    return _told(settings, "build", described(made.path, made.head, made.size), 0, _frame(made.head))


@bundle.command("show")
@click.argument("file", type=FILE)
@with_settings
def show(settings: Settings, file: Path) -> int:
    """Show what a bundle says of itself.

    Nothing is checked: that is done by lineage bundle verify.
    """
    from lineage.services.bundle_files import shown

    require_out(settings)
    return _told(settings, "show", shown(file), 0)


@bundle.command("verify")
@click.argument("file", type=FILE)
@click.option("--key", metavar="VKEY", default="", help=KEY)
@click.option(
    "--newest", metavar="FILE", type=FILE, help="Refuse a bundle older than the one kept there, then keep this."
)
@with_settings
def verify(settings: Settings, file: Path, key: str, newest: Path | None) -> int:
    """Check a bundle: key, signature, time, every segment.

    Exit code 0 when it may be used, 1 when not, with the reason; 3 when there is no key to check it with, or it is no bundle.
    """
    from lineage.services.bundle_files import verified

    require_out(settings)
    found = verified(file, key, newest, default_clock().now())
    return _told(settings, "verify", found.data, found.code)


def _frame(head: Head) -> Frame:
    """Give the times of an answer that is a bundle: those at which it was issued."""
    from lineage.services.moments import Moment
    from lineage.services.views import Frame

    issued = Moment(head.issued, head.zone)
    return Frame(issued, issued, head.revision, head.digest, head.sequence)


def _told(settings: Settings, name: str, data: Mapping[str, Any], code: int, frame: Frame | None = None) -> int:
    out = replace(settings, out=None) if name == "build" else settings
    summary = {"state": data["state"], "reason": data.get("reason")}
    emit(out, f"bundle.{name}", frame, summary, [data], COLUMNS, lambda: _lines(data), prose=True)
    return code


def _lines(data: Mapping[str, Any]) -> str:
    first = f"{data['state']}: {data.get('sentence') or data['file']}"
    told = [
        f"  {name.ljust(9)}{data[name]}" for name in (*COLUMNS[2:], "digest", "root", "segments", "key") if name in data
    ]
    fix = [f"  fix      {data['fix']}"] if data.get("fix") else []
    return "\n".join(clean(line) for line in (first, *told, *fix))
