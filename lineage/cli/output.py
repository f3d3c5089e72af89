"""Answers in five forms. stdout carries only the answer; notes and progress go to stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.views import Frame, Resolved, View
    from lineage.source import Problem

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@")
STREAMED = ("jsonl", "csv", "plain")
_COLORS = {
    "allow": "blue",
    "deny": "red",
    "undecided": "yellow",
    "blocker": "red",
    "warning": "yellow",
    "complete": "blue",
}


def form_of(settings: Settings) -> str:
    """Give the form of the answer: as asked, else a table on a terminal and plain otherwise."""
    if settings.format:
        return settings.format
    return "table" if sys.stdout.isatty() and not settings.out else "plain"


def clean(value: object) -> str:
    """Give text without control characters, in which escape sequences and bidi tricks would hide."""
    return _CONTROL.sub("", str(value))


def require_out(settings: Settings) -> None:
    """Raise WrongUse before anything is changed when the answer could not be written afterwards."""
    if not settings.out:
        return
    place = Path(settings.out)
    try:
        is_new = not place.exists()
        place.open("a", encoding="utf-8").close()
        if is_new:
            place.unlink()
    except OSError as error:
        raise _unwritable(settings.out, error) from None


def _unwritable(name: str, error: OSError) -> WrongUse:
    return WrongUse(f"{name} cannot be written: {error.strerror}", "choose another file with --out")


def write_text(settings: Settings, text: str) -> None:
    """Write the answer to stdout, or whole to the file asked for."""
    if text and not text.endswith("\n"):
        text += "\n"
    if not settings.out:
        click.echo(text, nl=False)
        return
    try:
        Path(settings.out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(settings.out, error) from None


def envelope(
    command: str, view: View | Frame | None, summary: Mapping[str, Any], results: Sequence[Any]
) -> dict[str, Any]:
    """Wrap results as every JSON answer is wrapped."""
    return {
        "schema": f"lineage.{command}/1",
        "at": view.at.shown if view else None,
        "as_of": view.as_of.shown if view else None,
        "catalogue": {"revision": view.revision, "digest": view.digest, "sequence": view.entry} if view else None,
        "summary": dict(summary),
        "results": list(results),
    }


def emit(
    settings: Settings, command: str, view: View | Frame | None, summary: Mapping[str, Any], results: Sequence[Mapping[str, Any]],
    columns: Sequence[str], human: Callable[[], str] | None = None, *, prose: bool = False,
) -> None:  # fmt: skip
    """Write an answer: ``results`` as plain data, ``columns`` those of the tabular forms, ``human`` the terminal's form."""
    form = form_of(settings)
    if prose and not settings.format:
        form = "table"
    if view is not None and form != "json":
        tell_as_of(settings, view)
    if form == "json":
        write_text(settings, json.dumps(envelope(command, view, summary, results), ensure_ascii=False, indent=2))
    elif form in STREAMED:
        write_text(settings, "".join(lines_of(form, results, columns)))
    else:
        write_text(settings, human() if human else table(results, columns))


def tell_as_of(settings: Settings, view: View | Frame | Resolved) -> None:
    """Say on stderr what ``--as-of`` was resolved to, where the answer itself has no room for it."""
    if settings.as_of is not None:
        note(settings, f"as of {view.as_of.shown} (journal entry {view.entry})")


def stream(settings: Settings, parts: Iterable[str]) -> None:
    """Write a long answer piece by piece, to stdout or to the file asked for, which stays as it is if there is none."""
    pieces = iter(parts)
    first = next(pieces, "")
    if not settings.out:
        for part in chain((first,), pieces):
            click.echo(part, nl=False)
        return
    try:
        with Path(settings.out).open("w", encoding="utf-8") as file:
            file.writelines(chain((first,), pieces))
    except OSError as error:
        raise _unwritable(settings.out, error) from None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={_cell(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ",".join(_cell(item.get("code", item) if isinstance(item, dict) else item) for item in value)
    return clean(value).replace("\t", " ").replace("\n", " ")


def lines_of(form: str, results: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Give the lines of one of the forms that can be written while the results come."""
    if form == "jsonl":
        yield from (json.dumps(result, ensure_ascii=False) + "\n" for result in results)
        return
    rows = ([_cell(result.get(name)) for name in columns] for result in results)
    yield from _csv(rows, columns) if form == "csv" else ("\t".join(row) + "\n" for row in rows)


def _csv(rows: Iterable[Sequence[str]], columns: Sequence[str]) -> Iterator[str]:
    """Write CSV; a cell that a spreadsheet would run as a formula gets an apostrophe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for row in chain((columns,), rows):
        writer.writerow([f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def table(results: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Draw a table for a terminal: identifiers are never cut, the last column wraps."""
    import shutil

    rows = [[_cell(result.get(name)) for name in columns] for result in results]
    heads = [name.replace("_", " ") for name in columns]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(columns))]
    room = max(30, shutil.get_terminal_size((100, 24)).columns - sum(widths[:-1]) - 2 * (len(columns) - 1))
    lines = [
        click.style("  ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)).rstrip(), bold=True)
    ]
    for row in rows:
        wrapped = textwrap.wrap(row[-1], room) or [""]
        first = "  ".join(
            [
                *(
                    mark(cell).ljust(w + len(mark(cell)) - len(cell))
                    for cell, w in zip(row[:-1], widths[:-1], strict=True)
                ),
                mark(wrapped[0]),
            ]
        )
        lines.append(first.rstrip())
        lines += [" " * (sum(widths[:-1]) + 2 * (len(columns) - 1)) + rest for rest in wrapped[1:]]
    return "\n".join(lines)


def mark(word: str) -> str:
    """Colour a status word; the word itself always stands there."""
    return click.style(word, fg=_COLORS[word], bold=True) if word in _COLORS else word


def note(settings: Settings, text: str) -> None:
    """Print a note to stderr."""
    if not settings.quiet:
        click.echo(clean(text), err=True)


def tell_problems(problems: Sequence[Problem], settings: Settings) -> None:
    """Print every problem of a load, in the order of the files: where, what, fix."""
    shown = problems if settings.verbose else problems[:200]
    for problem in shown:
        click.echo(f"error: {clean(problem.message)}", err=True)
        click.echo(f"  where  {clean(problem.place)}{f'  {clean(problem.path)}' if problem.path else ''}", err=True)
        if problem.fix:
            click.echo(f"  fix    {clean(problem.fix)}", err=True)
    if len(shown) < len(problems):
        click.echo(f"… and {len(problems) - len(shown)} more; -v prints them all", err=True)
    count = len(problems)
    click.echo(f"{count} problem{'s' if count != 1 else ''}; nothing was written", err=True)


def finding_lines(finding: Mapping[str, Any]) -> list[str]:
    """Give a finding as the five lines people read."""
    lines = [f"{mark(finding['severity'])}[{finding['code']}] {clean(finding['message'])}"]
    for name in ("where", "fix", "cite"):
        if finding.get(name):
            lines.append(f"  {name.ljust(6)} {clean(finding[name])}")
    return lines


def obligation_lines(result: Mapping[str, Any]) -> list[str]:
    """Give what an allow asks for, one line for each thing to do, with all the rules that ask for it."""
    asked: dict[str, list[str]] = {}
    for one in result["obligations"]:
        asked.setdefault(one["message"], []).append(one["code"])
    return [f"obligation {', '.join(codes)}: {clean(message)}" for message, codes in asked.items()]


class Progress:
    """A line of progress on a terminal, after half a second; silent when piped, quiet or in CI."""

    def __init__(self, settings: Settings) -> None:
        self._shown = sys.stderr.isatty() and not settings.quiet and not os.environ.get("CI")
        self._start = monotonic()
        self._last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = monotonic()
        if not self._shown or now - self._start < 0.5 or (now - self._last < 0.1 and done < total):
            return
        self._last = now
        share = f"{done * 100 // total:3d} %" if total else ""
        click.echo(f"\r{what} {done:,} of {total:,} {share}\x1b[K", err=True, nl=done >= total)
