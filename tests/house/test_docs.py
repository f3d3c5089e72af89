"""The documentation is true: what is generated is current, what is shown was printed, what is linked is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lineage.cli.main import cli, run
from lineage.clock import SystemClock
from lineage.services.explaining import _rule
from lineage.services.views import Times, open_view
from lineage.store.database import Database
from scripts.docs import _below, documents, overview, walk
from tests.house.trees import ROOT

README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "commands.md"
REFRESH = "out of date; `python3 scripts/docs.py` writes it, then read what changed"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HIDDEN = {"node_modules", "build", "dist", "demo"}


def pages() -> list[Path]:
    """Every page of the tree that people read."""
    found = []
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in HIDDEN for part in parts):
            found.append(path)
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands() -> list[tuple[tuple[str, ...], click.Command]]:
    return [(path, command) for path, command, _ in _below(cli, click.Context(cli, info_name="lineage"))]


# --- What is generated is current, what is shown was printed ---


@pytest.fixture(scope="module")
def fresh() -> dict[Path, str]:
    return documents()


@pytest.mark.parametrize("name", ["README.md", "docs/commands.md", "docs/facts.md", "docs/format.md"])
def test_a_page_says_what_the_program_says(fresh, name):
    assert (ROOT / name).read_text(encoding="utf-8") == fresh[ROOT / name], f"{name} is {REFRESH}"


def test_the_walk_of_the_readme_goes_from_a_no_to_a_yes():
    text = README.read_text(encoding="utf-8")
    shown = "".join(re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    for word in ("init", "apply", "check", "outcome record", "insight record", "query may", "explain", "report"):
        assert f"$ lineage {word}" in shown, word
    assert shown.index("1 denied") < shown.index("\nallow: ")
    assert "error: this is a mistake in the program" not in shown


def test_the_check_itself_notices_an_answer_that_was_not_printed():
    text = "```console\n$ lineage --version\nlineage 99\n$ echo $?\n7\n```\n"
    printed = walk(text)
    assert "99" not in printed
    assert printed.endswith("$ echo $?\n0\n```\n")


# --- Everything there is, is told ---


def test_every_command_is_in_the_overview_and_in_the_reference():
    reference, table = COMMANDS.read_text(encoding="utf-8"), overview()
    for path, _ in commands():
        assert f"### `lineage {' '.join(path)}`" in reference
        assert all(re.search(rf"\b{re.escape(word)}\b", table) for word in path), path


def test_every_option_is_in_the_reference():
    reference = COMMANDS.read_text(encoding="utf-8")
    common, *parts = re.split(r"^### `lineage ", reference, flags=re.MULTILINE)
    told = {part.partition("`")[0]: part for part in parts}
    missing = [
        f"{' '.join(path)} {name}"
        for path, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
        for name in (*option.opts, *option.secondary_opts)
        if not re.search(rf"{re.escape(name)}\b", told[" ".join(path)] + common)
    ]
    assert not missing, "\n".join(missing)


def test_every_command_shown_on_a_page_could_be_run():
    wrong = [f"{name_of(path)}: {line}: {reason}" for path in pages() for line, reason in unusable(path)]
    assert not wrong, "\n".join(wrong)


def unusable(path: Path) -> Iterator[tuple[str, str]]:
    """Find commands in shell blocks that the program would refuse for their words."""
    for block in SHELL.findall(path.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["lineage"]:
                try:
                    parse(cli, words[1:])
                except click.ClickException as error:
                    yield line, error.format_message()


def parse(group: click.Group, words: list[str]) -> None:
    """Read the words of a command as click does, without running it."""
    context = group.make_context("lineage", list(words))
    while isinstance(context.command, click.Group):
        _, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        context = command.make_context(command.name, rest, parent=context)


def test_the_check_itself_refuses_an_option_that_is_not_there():
    parse(cli, ["query", "may", "a", "b", "--for", "C"])
    with pytest.raises(click.UsageError):
        parse(cli, ["query", "may", "a", "b", "--nope"])


def test_every_rule_can_be_explained(sqlite_url, tmp_path, capsys):
    assert run(["-C", sqlite_url, "init", str(tmp_path / "made")]) == 0
    view = open_view(Database(sqlite_url), Times(SystemClock().now()))
    rules = view.compiled.policies.rules
    assert rules
    for rule in rules:
        told = _rule(view, rule)
        assert told.code == 0
        assert rule.code in told.text
        assert rule.title in told.text
    one_of_each_pack = {rule.code.partition("/")[0]: rule.code for rule in rules}
    for code in one_of_each_pack.values():
        assert run(["-C", sqlite_url, "explain", code]) == 0
        assert code in capsys.readouterr().out


# --- What is linked is there ---


def test_every_link_within_the_tree_leads_somewhere():
    broken = [f"{name_of(path)}: {target}" for path in pages() for target in links(path) if not leads(path, target)]
    assert not broken, "\n".join(broken)


def links(path: Path) -> Iterator[str]:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    yield from (target for target in LINK.findall(text) if not re.match(r"[a-z]+:", target))


def leads(path: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = (path.parent / name).resolve() if name else path
    return file.exists() and (not anchor or anchor in anchors(file))


def anchors(path: Path) -> set[str]:
    """The names under which the headings of a page can be linked to."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}


def test_the_check_itself_knows_headings():
    assert "the-two-times" in anchors(COMMANDS)
    assert not leads(COMMANDS, "nowhere.md")
    assert not leads(COMMANDS, "format.md#nowhere")


def test_pages_of_one_audience_each_are_linked_from_the_readme():
    linked = set(links(README))
    assert {
        f"docs/{name}.md" for name in ("officers", "engineers", "auditors", "deciding", "format", "commands")
    } <= linked


def test_the_picture_is_small_enough_to_load():
    picture = ROOT / "docs" / "images" / "report.png"
    assert f"({name_of(picture)})" in README.read_text(encoding="utf-8")
    assert picture.stat().st_size < 300_000
