#!/usr/bin/env python3
"""Keep the documentation true: write its generated parts, and the answers printed in the walk of README.md.

    python3 scripts/docs.py            write what is out of date
    python3 scripts/docs.py --check    write nothing; end with 1 when something is out of date

A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end of NAME -->``. The walk is every ``console``
block of README.md, run in order in an empty folder with a clock that stands still; a ``yaml`` block that begins with
``# some/file.yaml`` becomes that file, one that begins with ``# add to some/file.yaml`` its end.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SHOWN_FOLDER = "/home/rina/lumbung"
WALK = {
    "SOURCE_DATE_EPOCH": "1789376400",
    "LINEAGE_USER": "rina",
    "LINEAGE_CATALOG": "",
    "LINEAGE_DEBUG": "",
    "NO_COLOR": "1",
    "FORCE_COLOR": "",
    "CLICOLOR_FORCE": "",
    "COLUMNS": "120",
    "CI": "1",
}
"""The clock of the walk is 14 September 2026, 11:00 in Berlin. CI keeps progress out of the answers."""

_REGION = re.compile(r"<!-- generated: ([\w-]+) -->\n.*?<!-- end of \1 -->", re.DOTALL)
_BLOCK = re.compile(r"^```(console|yaml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# (add to )?([\w./-]+\.ya?ml)\n")
_COMMAND = re.compile(r"^\$ .*(?:(?<=\\)\n.*)*", re.MULTILINE)


class Terminal(io.StringIO):
    """Text that takes itself for a terminal, so that answers have the form people see."""

    def isatty(self) -> bool:
        return True


def documents() -> dict[Path, str]:
    """Give every document that has generated parts, as it should be."""
    parts = generators()
    found = {}
    for path in (README, *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        fresh = _REGION.sub(lambda match: _region(match[1], parts), text)
        found[path] = walk(fresh) if path == README else fresh
    return {path: text for path, text in found.items() if path == README or _REGION.search(text)}


def generators() -> Mapping[str, Callable[[], str]]:
    """Give what writes each generated part."""
    from lineage.services.describing import facts_tables, format_tables

    return {"format": format_tables, "facts": facts_tables, "commands": commands, "overview": overview}


def _region(name: str, parts: Mapping[str, Callable[[], str]]) -> str:
    return f"<!-- generated: {name} -->\n\n{parts[name]().strip()}\n\n<!-- end of {name} -->"


# --- The commands ---


def overview() -> str:
    """Write a table of all commands, section by section."""
    import click

    from lineage.cli.main import COMMANDS, cli

    lines = ["| | command | |", "|---|---|---|"]
    context = click.Context(cli, info_name="lineage")
    for section, names in COMMANDS.items():
        for number, (name, (_, sentence)) in enumerate(names.items()):
            command = cli.get_command(context, name)
            inner = " · ".join(command.list_commands(context)) if isinstance(command, click.Group) else ""
            called = f"`{name}` {inner}".strip()
            lines.append(f"| {'' if number else section} | {called} | {sentence} |")
    return "\n".join(lines)


def commands() -> str:
    """Write the reference of all commands: usage, help and options of their own; the common options once."""
    import click

    from lineage.cli.main import cli
    from lineage.cli.options import _NAMES

    context = click.Context(cli, info_name="lineage")
    shared = [p for p in cli.params if isinstance(p, click.Option) and p.name in _NAMES]
    lines = ["### Options of every command", "", *_options(shared, context), ""]
    for path, command, inner in _below(cli, context):
        own = [p for p in command.params if isinstance(p, click.Option) and p.name not in _NAMES and not p.hidden]
        usage = " ".join(["lineage", *path, *command.collect_usage_pieces(inner)])
        lines += [f"### `lineage {' '.join(path)}`", "", " ".join((command.help or "").split()), ""]
        lines += ["```text", usage, "```", ""]
        lines += [*_options(own, inner), ""] if own else []
    return "\n".join(lines)


def _below(
    group: click.Group, context: click.Context
) -> Iterator[tuple[tuple[str, ...], click.Command, click.Context]]:
    """Give every command below a group that can be run, with its words and context."""
    import click

    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, parent=context, info_name=name)
        if isinstance(command, click.Group):
            yield from (((name, *path), found, at) for path, found, at in _below(command, inner))
        else:
            yield (name,), command, inner


def _options(options: list[click.Option], context: click.Context) -> list[str]:
    lines = ["| option | |", "|---|---|"]
    for option in options:
        record = option.get_help_record(context)
        if record:
            names, sentence = (" ".join(part.split()).replace("|", "\\|") for part in record)
            lines.append(f"| `{names}` | {sentence} |")
    return lines


# --- The walk ---


def walk(text: str) -> str:
    """Run the walk of a document in an empty folder; give the document with the answers as they were printed."""
    with tempfile.TemporaryDirectory() as folder, _set(WALK, folder):
        runner = _Runner(str(Path(folder).resolve()))
        return _BLOCK.sub(runner.block, text)


class _Runner:
    """Runs blocks one after the other and remembers the last exit code."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._code = 0

    def block(self, match: re.Match[str]) -> str:
        kind, body = match.groups()
        if kind == "yaml":
            return self._file(match[0], body)
        answers = [f"{command}\n{self._answer(command)}" for command in _COMMAND.findall(body)]
        return f"```console\n{''.join(answers)}```"

    def _file(self, whole: str, body: str) -> str:
        named = _FILE.match(body)
        if named:
            path = Path(named[2])
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text(encoding="utf-8") if named[1] else ""
            path.write_text(before + (body[named.end() :] if named[1] else body), encoding="utf-8")
        return whole

    def _answer(self, command: str) -> str:
        words = shlex.split(command.removeprefix("$ ").replace("\\\n", " "))
        if words == ["echo", "$?"]:
            return f"{self._code}\n"
        if words[0] != "lineage":
            raise SystemExit(f"the walk can run lineage and echo $? only, not: {command}")
        from lineage.cli.main import run

        screen = Terminal()
        with redirect_stdout(screen), redirect_stderr(screen):
            self._code = run(words[1:])
        return screen.getvalue().replace(self._folder, SHOWN_FOLDER)


@contextmanager
def _set(variables: Mapping[str, str], folder: str) -> Iterator[None]:
    """Set variables, an empty one means unset, and the working folder; put both back afterwards."""
    before, here = {name: os.environ.get(name) for name in variables}, Path.cwd()
    try:
        for name, value in variables.items():
            _put(name, value)
        os.chdir(folder)
        yield
    finally:
        os.chdir(here)
        for name, old in before.items():
            _put(name, old)


def _put(name: str, value: str | None) -> None:
    if value:
        os.environ[name] = value
    else:
        os.environ.pop(name, None)


def main(arguments: list[str]) -> int:
    """Write or check."""
    if set(arguments) - {"--check"}:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    stale = {path: text for path, text in documents().items() if path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        print(f"{'out of date' if '--check' in arguments else 'wrote'}: {path.relative_to(ROOT)}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    inside = (
        Path(os.environ.get("LINEAGE_VENV") or ROOT / ".venv") / ("Scripts" if os.name == "nt" else "bin") / "python"
    )
    if Path(sys.prefix) != inside.parents[1] and inside.exists():
        os.execv(inside, [str(inside), *sys.argv])  # noqa: S606 - the same script, with the packages it needs
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
