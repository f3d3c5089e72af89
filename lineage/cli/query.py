"""``lineage query``: may, purposes, elements, processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, finding_lines, form_of, mark, note
from lineage.gate.answer import Question
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.asking import Asked

CODES = {"allow": 0, "deny": 1, "undecided": 3}
COLUMNS = ("effect", "process", "element", "purpose", "audience", "cycle", "holds_until", "findings")


@click.group()
def query() -> None:
    """Ask what may be used, by whom and for what."""


@query.command()
@click.argument("process")
@click.argument("element")
@click.option("--for", "purpose", required=True, metavar="PURPOSE", help="The purpose it is to be used for.")
@click.option("--audience", default="", help="Whose data; default every audience of the element.")
@click.option("--regime", default="", help="A regime added to those that apply.")
@with_settings
def may(settings: Settings, process: str, element: str, purpose: str, audience: str, regime: str) -> int:
    """May this process use this element? Yes or no, and why."""
    from lineage.services import asking

    question = Question(process, element, purpose, 0, audience, regime)
    asked = asking.may(database_of(settings), times_of(settings), question, digest=form_of(settings) == "json")
    results = _results(settings, asked)
    emit(
        settings,
        "query.may",
        asked.view,
        {"effect": results[0]["effect"]},
        results,
        COLUMNS,
        lambda: _verdict(results[0]),
    )
    return CODES[results[0]["effect"]]


@query.command()
@click.argument("element")
@click.option("--process", default="", help="Only by this process.")
@with_settings
def purposes(settings: Settings, element: str, process: str) -> int:
    """List the purposes this element may be used for."""
    from lineage.services import asking

    return _listed(
        settings,
        "purposes",
        lambda **more: asking.purposes(database_of(settings), times_of(settings), element, process, **more),
    )


@query.command()
@click.option("--process", required=True, help="The process that asks.")
@click.option("--for", "purpose", default="", metavar="PURPOSE", help="Only for this purpose.")
@with_settings
def elements(settings: Settings, process: str, purpose: str) -> int:
    """List the elements this process may use."""
    from lineage.services import asking

    return _listed(
        settings,
        "elements",
        lambda **more: asking.elements(database_of(settings), times_of(settings), process, purpose, **more),
    )


@query.command()
@click.argument("element")
@click.option("--for", "purpose", default="", metavar="PURPOSE", help="Only for this purpose.")
@with_settings
def processes(settings: Settings, element: str, purpose: str) -> int:
    """List the processes that may use this element."""
    from lineage.services import asking

    return _listed(
        settings,
        "processes",
        lambda **more: asking.processes(database_of(settings), times_of(settings), element, purpose, **more),
    )


def _listed(settings: Settings, name: str, ask: Callable[..., Asked]) -> int:
    """Print what is allowed; say how much more is declared and not allowed."""
    asked = ask(digest=form_of(settings) == "json")
    results = [result for result in _results(settings, asked) if result["effect"] == "allow"]
    effects = [answered.effect for answered in asked.answers]
    summary = {"allow": len(results), "deny": effects.count("deny"), "undecided": effects.count("undecided")}
    emit(
        settings,
        f"query.{name}",
        asked.view,
        summary,
        results,
        ("process", "element", "purpose", "audience", "cycle", "holds_until"),
    )
    if asked.unknown:
        note(settings, f"no: {asked.unknown}")
    elif not asked.answers:
        note(settings, "no such use is declared")
    elif summary["deny"]:
        note(settings, f"{summary['deny']} more declared and not allowed; lineage check says why")
    return 0 if results else 3 if summary["undecided"] else 1


def _results(settings: Settings, asked: Asked) -> list[dict[str, Any]]:
    from lineage.services.places import locate
    from lineage.gate.shapes import answer_data

    where = locate(database_of(settings), (finding for answered in asked.answers for finding in answered.findings))
    return [answer_data(answered, where) for answered in asked.answers]


def _verdict(result: dict[str, Any]) -> str:
    until = f" (holds until {result['holds_until']})" if result["holds_until"] else ""
    what = f"{result['process']} · {result['element']} · {result['purpose']}"
    lines = [f"{mark(result['effect'])}: {what}, cycle {result['cycle']}{until}"]
    lines.append("  " + "  ".join(f"{stage} {state}" for stage, state in result["stages"].items()))
    for finding in result["findings"]:
        lines += [f"  {line}" for line in finding_lines(finding)]
    lines += [f"  obligation {o['code']}: {clean(o['message'])}" for o in result["obligations"]]
    return "\n".join(lines)
