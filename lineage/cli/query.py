"""``lineage query``: may, purposes, elements, processes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.asked import asker_of, bundle_options
from lineage.cli.limits import Limit, limited
from lineage.cli.options import with_settings
from lineage.cli.output import emit, finding_lines, mark, note, obligation_lines
from lineage.clock import default_clock
from lineage.gate.answer import Question
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.cli.asked import Asked, Asker

CODES = {"allow": 0, "deny": 1, "undecided": 3}
_FILE = click.Path(path_type=Path, dir_okay=False)
COLUMNS = ("effect", "process", "element", "purpose", "audience", "cycle", "holds_until", "obligations", "findings")


@click.group()
def query() -> None:
    """Ask what may be used, by whom and for what."""


@query.command()
@click.argument("process")
@click.argument("element")
@click.option("--for", "purpose", required=True, metavar="PURPOSE", help="The purpose it is to be used for.")
@click.option("--audience", default="", help="Whose data; default every audience of the element.")
@click.option("--regime", default="", help="A regime added to those that apply.")
@click.option("--receipt", metavar="FILE", type=_FILE, help="Also write the answer as a signed receipt.")
@bundle_options
@with_settings
@limited
def may(settings: Settings, limit: Limit, bundle: Path | None, key: str, receipt: Path | None, **words: str) -> int:
    """May this process use this element? Yes or no, and why."""
    question = Question(instant=0, **words)
    asker = asker_of(settings, bundle, key, digest=receipt is not None)

    def ask() -> tuple[Asked, list[dict[str, Any]]]:
        asked = asker.may(question)
        return asked, asker.results(asked)

    asked, results = limit.run(ask)
    if receipt is not None:
        _write_receipt(receipt, asker, asked, results[0])
    summary = {"effect": results[0]["effect"]}
    emit(settings, "query.may", asked.view, summary, results, COLUMNS, lambda: _verdict(results[0]))
    return CODES[results[0]["effect"]]


@query.command()
@click.argument("element")
@click.option("--process", default="", help="Only by this process.")
@bundle_options
@with_settings
def purposes(settings: Settings, element: str, process: str, bundle: Path | None, key: str) -> int:
    """List the purposes this element may be used for."""
    asker = asker_of(settings, bundle, key)
    return _listed(settings, "purposes", asker, asker.purposes(element, process))


@query.command()
@click.option("--process", required=True, help="The process that asks.")
@click.option("--for", "purpose", default="", metavar="PURPOSE", help="Only for this purpose.")
@bundle_options
@with_settings
def elements(settings: Settings, process: str, purpose: str, bundle: Path | None, key: str) -> int:
    """List the elements this process may use."""
    asker = asker_of(settings, bundle, key)
    return _listed(settings, "elements", asker, asker.elements(process, purpose))


@query.command()
@click.argument("element")
@click.option("--for", "purpose", default="", metavar="PURPOSE", help="Only for this purpose.")
@bundle_options
@with_settings
def processes(settings: Settings, element: str, purpose: str, bundle: Path | None, key: str) -> int:
    """List the processes that may use this element."""
    asker = asker_of(settings, bundle, key)
    return _listed(settings, "processes", asker, asker.processes(element, purpose))


def _listed(settings: Settings, name: str, asker: Asker, asked: Asked) -> int:
    """Print what is allowed; say how much more is declared and not allowed."""
    results = [result for result in asker.results(asked) if result["effect"] == "allow"]
    effects = [answered.effect for answered in asked.answers]
    summary = {"allow": len(results), "deny": effects.count("deny"), "undecided": effects.count("undecided")}
    emit(
        settings,
        f"query.{name}",
        asked.view,
        summary,
        results,
        ("process", "element", "purpose", "audience", "cycle", "holds_until", "obligations"),
    )
    if asked.unknown:
        note(settings, f"no: {asked.unknown}")
    elif not asked.answers:
        note(settings, "no such use is declared")
    elif summary["deny"]:
        note(settings, f"{summary['deny']} more declared and not allowed; lineage check says why")
    return 0 if results else 3 if summary["undecided"] else 1


def _write_receipt(path: Path, asker: Asker, asked: Asked, result: dict[str, Any]) -> None:
    from lineage.services.receipting import write_receipt

    catalogue = (asked.view.revision, asked.view.digest)
    write_receipt(path, asked.answers[0].question, result, catalogue, default_clock().now(), asker.signer())


def _verdict(result: dict[str, Any]) -> str:
    until = f" (holds until {result['holds_until']})" if result["holds_until"] else ""
    what = f"{result['process']} · {result['element']} · {result['purpose']}"
    lines = [f"{mark(result['effect'])}: {what}, cycle {result['cycle']}{until}"]
    lines.append("  " + "  ".join(f"{stage} {state}" for stage, state in result["stages"].items()))
    for finding in result["findings"]:
        lines += [f"  {line}" for line in finding_lines(finding)]
    lines += [f"  {line}" for line in obligation_lines(result)]
    return "\n".join(lines)
