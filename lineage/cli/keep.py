"""``lineage element``, ``process``, ``audience``, ``touchpoint`` and ``statement``: list and show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, form_of, mark, note
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.showing import ElementLine
    from lineage.services.views import Frame, View

COLUMNS = ("element", "kind", "origin", "purpose", "outcome", "insight", "allowed", "uses", "title")


@click.group()
def element() -> None:
    """Find elements, and show one with its stages."""


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
    from lineage.services.places import locate
    from lineage.services.shapes import answer_data
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


def _frame(settings: Settings) -> Frame:
    from lineage.services.views import frame_of

    return frame_of(database_of(settings), times_of(settings))


def _group(kind: str, columns: tuple[str, ...]) -> click.Group:
    """Make the group of a kind that is only listed and shown."""

    @click.group(
        kind, help=f"List {kind if kind.endswith('s') else kind + 's'}, and show one.".replace("processs", "processes")
    )
    def group() -> None: ...

    @group.command("list", help=f"List every {kind}.")
    @with_settings
    def list_all(settings: Settings) -> int:
        from lineage.services.showing import list_documents

        results = list_documents(database_of(settings), times_of(settings), kind)
        emit(settings, f"{kind}.list", _frame(settings), {f"{kind}s": len(results)}, results, columns)
        return 0

    @group.command("show", help=f"Show one {kind} as it is declared.")
    @click.argument("key")
    @with_settings
    def show(settings: Settings, key: str) -> int:
        from lineage.services.showing import show_document

        result = show_document(database_of(settings), times_of(settings), kind, key)
        shown = json.dumps(result, ensure_ascii=False, indent=2)
        emit(
            settings,
            f"{kind}.show",
            _frame(settings),
            {},
            [result],
            ("key", "title"),
            (lambda: shown) if form_of(settings) == "table" else None,
        )
        return 0

    return group


process = _group("process", ("key", "owner", "operations", "recipients", "title"))
audience = _group("audience", ("key", "rank", "owner", "process", "measure", "title"))
touchpoint = _group("touchpoint", ("key", "journey", "channel", "title"))
statement = _group("statement", ("key", "touchpoints", "in_force", "title"))
