"""``lineage element``: list, search and show; ``element_edit`` has the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.element_edit import COMMANDS
from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, mark, note
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.showing import ElementLine
    from lineage.services.views import View

COLUMNS = ("element", "kind", "origin", "purpose", "outcome", "insight", "allowed", "uses", "title")


@click.group()
def element() -> None:
    """Find elements, show, change and restore them."""


@element.command("list")
@click.option("--kind", default="", help="Only elements of this kind.")
@with_settings
def element_list(settings: Settings, kind: str) -> int:
    """List the elements with their four stages."""
    from lineage.services.showing import list_elements

    return _lines(settings, "element.list", *list_elements(database_of(settings), times_of(settings), kind=kind))


@element.command("search")
@click.argument("text")
@with_settings
def element_search(settings: Settings, text: str) -> int:
    """Find elements by name, other names or column."""
    from lineage.services.showing import list_elements

    view, found = list_elements(database_of(settings), times_of(settings), text)
    if not found:
        note(settings, f"nothing is called {text}; lineage element list shows all")
    return _lines(settings, "element.search", view, found) or (0 if found else 1)


@element.command("show")
@click.argument("key")
@with_settings
def element_show(settings: Settings, key: str) -> int:
    """Show an element: its facts, stages and answers."""
    from lineage.gate.shapes import answer_data
    from lineage.services.places import locate
    from lineage.services.showing import show_element

    database = database_of(settings)
    view, body, line, answered = show_element(database, times_of(settings), key)
    where = locate(database, (finding for a in answered for finding in a.findings))
    uses = [answer_data(a, where) for a in answered]
    result = {"element": key, "stages": dict(line.stages), "declared": body, "uses": uses}
    emit(
        settings,
        "element.show",
        view,
        {"uses": line.uses, "allow": line.allowed},
        [result],
        ("element", "stages"),
        lambda: _shown(result),
        prose=True,
    )
    return 0


def _lines(settings: Settings, command: str, view: View, found: list[ElementLine]) -> int:
    results: list[dict[str, Any]] = [
        {
            "element": e.key,
            "title": e.title,
            "kind": e.kind,
            "lifecycle": e.lifecycle,
            **e.stages,
            "allowed": e.allowed,
            "uses": e.uses,
        }
        for e in found
    ]
    emit(settings, command, view, {"elements": len(results)}, results, COLUMNS)
    return 0


def _shown(result: dict[str, Any]) -> str:
    body = result["declared"]
    lines = [
        click.style(clean(body.get("title") or result["element"]), bold=True),
        f"{result['element']} · {body.get('kind') or 'kind not said'}",
    ]
    lines.append("  ".join(f"{stage} {mark(state)}" for stage, state in result["stages"].items()))
    for use in result["uses"]:
        lines.append(f"{mark(use['effect'])}  {use['process']} · {use['purpose']}: {use['cycle']}")
        lines += [f"    {f['severity']}[{f['code']}] {clean(f['message'])}" for f in use["findings"]]
    lines += ["", clean(json.dumps(body, ensure_ascii=False, indent=2)).replace("\x1b", "")]
    return "\n".join(lines)


for _command in COMMANDS:
    element.add_command(_command)
