"""``lineage check``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.check_formats import Remark, Told, render
from lineage.cli.limits import Limit, limited
from lineage.cli.options import GATES, database_of, times_of, with_settings
from lineage.cli.output import (
    clean,
    emit,
    envelope,
    finding_lines,
    form_of,
    mark,
    obligation_lines,
    tell_problems,
    write_text,
)
from lineage.errors import CannotAnswer, WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.checking import Checked

COLUMNS = ("element", "process", "purpose", "audience", "effect", "cycle", "holds_until", "obligations", "findings")
FACTS = ("at", "as_of", "catalogue", "summary")


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--process", default="", help="Only uses by this process.")
@click.option(
    "--with",
    "overlay",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Check as if these declarations were applied.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["blocker", "warning", "never"]),
    default="blocker",
    help="What makes the check fail; default blocker.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON of an earlier check: only new problems fail.",
)
@with_settings
@limited
def check(
    settings: Settings,
    keys: tuple[str, ...],
    process: str,
    overlay: tuple[Path, ...],
    fail_on: str,
    baseline: Path | None,
    limit: Limit,
) -> int:
    """Check that each use closes its cycle; stop the build if not."""
    from lineage.services import checking

    known = _baseline(baseline)
    done, results = _asked(settings, limit, keys, process, overlay)
    if done.declarations is not None and done.declarations.problems:
        tell_problems(done.declarations.problems, settings)
        _tell_builds(settings, lambda: _problems_told(done))
        return 3 if done.declarations.undecodable else 1
    summary = checking.summary(done.answers)
    if not _tell_builds(settings, lambda: _told(done, results, fail_on, known)):
        emit(settings, "check", done.view, summary, results, COLUMNS, lambda: _human(results, summary))
    if summary["undecided"]:
        return 3
    return 1 if checking.fails(done.answers, fail_on, known) else 0


def _asked(
    settings: Settings, limit: Limit, keys: tuple[str, ...], process: str, overlay: tuple[Path, ...]
) -> tuple[Checked, list[dict[str, Any]]]:
    """Judge, within the limit; a build server is told also when there is no answer."""
    from lineage.services import checking

    digest = form_of(settings) in ("json", "sarif")

    def ask() -> tuple[Checked, list[dict[str, Any]]]:
        done = checking.check(database_of(settings), times_of(settings), keys, process, overlay, digest=digest)
        return done, _results(settings, done)

    try:
        return limit.run(ask)
    except CannotAnswer as error:
        why = error.sentence + (f"\nfix: {error.fix}" if error.fix else "")
        _tell_builds(settings, lambda: Told(unanswered=why, passed_over=limit.opens))
        raise


def _tell_builds(settings: Settings, told: Callable[[], Told]) -> bool:
    """Write the answer in a form for build servers, if one was asked for."""
    form = form_of(settings)
    if form not in GATES:
        return False
    write_text(settings, render(form, told()))
    return True


def _told(done: Checked, results: list[dict[str, Any]], fail_on: str, known: frozenset[tuple[str, ...]]) -> Told:
    """Add to each finding how grave it is, and to each result whether it fails."""
    from lineage.services import checking

    told = []
    for answered, result in zip(done.answers, results, strict=True):
        grades = checking.grades(answered, fail_on, known)
        findings = [
            finding | {"level": grade.level, "known": grade.known}
            for finding, grade in zip(result["findings"], grades, strict=True)
        ]
        told.append(result | {"findings": findings, "fails": checking.fails([answered], fail_on, known)})
    facts = envelope("check", done.view, checking.summary(done.answers), ())
    return Told(told, (), checking.titles(done.answers), {name: facts[name] for name in FACTS})


def _problems_told(done: Checked) -> Told:
    """Give the problems of the declarations that were to be laid over."""
    problems = done.declarations.problems if done.declarations else ()
    remarks = [
        Remark("error", "declaration", f"{problem.path}: {clean(problem.message)}" if problem.path else problem.message,
               problem.fix, where=str(problem.place))
        for problem in problems
    ]  # fmt: skip
    return Told((), remarks, {"declaration": "Declarations can be read, and say what they mean"})


def _results(settings: Settings, done: Checked) -> list[dict[str, Any]]:
    from lineage.gate.shapes import answer_data
    from lineage.services.places import locate

    overlay = done.declarations.documents if done.declarations else ()
    findings = (finding for answered in done.answers for finding in answered.findings)
    where = locate(database_of(settings), findings, overlay)
    return [answer_data(answered, where) for answered in done.answers]


def _baseline(path: Path | None) -> frozenset[tuple[str, ...]]:
    from lineage.services.checking import baseline_of

    if path is None:
        return frozenset()
    try:
        return baseline_of(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise WrongUse(f"the baseline {path} cannot be read: {error.strerror}", "check the path") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WrongUse(
            f"{path} is not the JSON of a check", "make one with: lineage check --format json -o FILE"
        ) from None


def _human(results: Sequence[Mapping[str, Any]], summary: Mapping[str, int]) -> str:
    allowed = f"{summary['allow']} allowed ({summary['allow_with_obligations']} with obligations)"
    rest = f"{summary['deny']} denied, {summary['undecided']} undecided; {summary['warnings']} warnings"
    lines = [f"{summary['uses']} use{'' if summary['uses'] == 1 else 's'}: {allowed}, {rest}"]
    rank = {"deny": 0, "undecided": 1, "allow": 2}
    for result in sorted(results, key=lambda r: rank[r["effect"]]):
        until = f", holds until {result['holds_until']}" if result["holds_until"] else ""
        audience = f" ({result['audience']})" if result.get("audience") else ""
        what = f"{result['element']} · {result['process']} · {result['purpose']}{audience}"
        lines.append(f"\n{mark(result['effect'])}  {what}: cycle {result['cycle']}{until}")
        for finding in result["findings"]:
            lines += [f"  {line}" for line in finding_lines(finding)]
        lines += [f"  {line}" for line in obligation_lines(result)]
    return "\n".join(lines)
