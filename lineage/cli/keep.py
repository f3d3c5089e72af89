"""``lineage process``, ``audience``, ``touchpoint`` and ``statement``: list and show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import emit, form_of
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.views import Frame


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
