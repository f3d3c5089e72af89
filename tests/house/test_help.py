"""Every command explains itself in one short sentence, and the README knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from tests.house.trees import ROOT

LONGEST = 60


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands people can see, groups included, with the words that call them."""
    from lineage.cli.main import cli

    return below(cli, ())


def below(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group, info_name=" ".join(("lineage", *path)))
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{name} is listed and cannot be loaded"
        if command.hidden:
            continue
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from below(command, (*path, name))


def first_sentence(text: str) -> str:
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    found = re.match(r".*?\.(?=\s|$)", paragraph)
    return found.group() if found else ""


def test_there_are_commands():
    assert len(list(commands())) > 3


def test_every_command_says_what_it_does_in_a_short_sentence():
    wrong = []
    for path, command in commands():
        sentence = first_sentence(command.help or "")
        if not sentence or len(sentence) > LONGEST:
            wrong.append(f"{' '.join(path)}: {sentence or command.help or 'no help'!r}")
    assert not wrong, f"one sentence, at most {LONGEST} characters, with a full stop:\n" + "\n".join(wrong)


def test_every_option_and_command_has_help():
    silent = [
        f"{' '.join(path)} {parameter.opts[0]}"
        for path, command in commands()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.help
    ]
    assert not silent, "\n".join(silent)


def test_the_readme_names_every_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[\w-]+", readme))
    assert not [" ".join(path) for path, _ in commands() if path[-1] not in words]


def test_the_check_itself_reads_sentences():
    assert first_sentence("Bring e.g.\n  files in.\n\nMore.") == "Bring e.g."
    assert first_sentence("Ask it. Twice.") == "Ask it."
    assert first_sentence("No stop") == ""
