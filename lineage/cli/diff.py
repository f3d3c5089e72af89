"""``lineage diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.changes import answer_lines, document_lines, flat, ways
from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import emit, form_of, tell_problems
from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.gate.answer import Answer
    from lineage.intake.declarations import Declarations
    from lineage.services.comparing import Change
    from lineage.services.diffing import Diff, DocumentChange
    from lineage.services.views import View

COLUMNS = ("what", "change", "name", "before", "after", "values", "added", "removed")
OPERATIONS = ("add", "change", "restore", "retire")


@click.command()
@click.argument("words", nargs=-1, metavar="[A B] [KEY]...")
@click.option(
    "--with",
    "overlay",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Instead of A and B: compare with the catalogue as if these declarations were applied.",
)
@with_settings
def diff(settings: Settings, words: tuple[str, ...], overlay: tuple[Path, ...]) -> int:
    """List the answers that differ between two instants.

    A and B are instants or journal entries as for --as-of. Each side is judged at its own instant, or both at --at. A
    future instant asks what will hold then with what is known today.
    """
    from lineage.services import diffing

    done = _asked(settings, words, overlay)
    if not isinstance(done, diffing.Diff):
        tell_problems(done.problems, settings)
        return 3 if done.undecodable else 1
    summary, results = _summary(done), _results(settings, done)
    rows = results if form_of(settings) in ("json", "jsonl") else [flat(result) for result in results]
    emit(settings, "diff", done.after, summary, rows, COLUMNS, lambda: _human(settings, summary, results))
    return 0


def _asked(settings: Settings, words: tuple[str, ...], overlay: tuple[Path, ...]) -> Diff | Declarations:
    from lineage.services import diffing

    database, times, digest = database_of(settings), times_of(settings), form_of(settings) == "json"
    if overlay:
        return diffing.diff_with(database, times, overlay, words, digest=digest)
    if len(words) < 2:
        raise WrongUse("diff compares two instants", "write lineage diff A B, or lineage diff --with PATH")
    if settings.as_of is not None:
        raise WrongUse("A and B say what the catalogue knew; --as-of has nothing left to say", "leave out --as-of")
    return diffing.diff(database, times, words[0], words[1], words[2:], digest=digest)


def _summary(done: Diff) -> dict[str, Any]:
    operations = [document.operation for document in done.documents]
    return {
        "before": _side(done.before),
        "after": _side(done.after),
        **done.comparison.counts(),
        "documents": {name: operations.count(name) for name in OPERATIONS},
    }


def _side(view: View) -> dict[str, Any]:
    return {
        "at": view.at.shown,
        "as_of": view.as_of.shown,
        "sequence": view.entry,
        "revision": view.revision,
        "digest": view.digest,
    }


def _results(settings: Settings, done: Diff) -> list[dict[str, Any]]:
    from lineage.gate.shapes import finding_data
    from lineage.services.places import locate

    changes = done.comparison.changes
    overlay = done.declarations.documents if done.declarations else ()
    where = locate(database_of(settings), (f for c in changes for f in (*c.added, *c.removed)), overlay)
    answers = [
        {
            "what": "answer",
            "change": change.what,
            **_question(change),
            "before": _answer(change.before),
            "after": _answer(change.after),
            "added": [finding_data(finding, where) for finding in change.added],
            "removed": [finding_data(finding, where) for finding in change.removed],
        }
        for change in changes
    ]
    return [*answers, *(_document(document) for document in done.documents)]


def _question(change: Change) -> dict[str, Any]:
    question = change.after.question
    said = {"element": question.element, "process": question.process, "purpose": question.purpose}
    return said | ({"audience": question.audience} if question.audience else {})


def _answer(answered: Answer) -> dict[str, Any]:
    return {"effect": answered.effect, "cycle": answered.cycle, "holds_until": answered.holds_until}


def _document(document: DocumentChange) -> dict[str, Any]:
    values = [{"path": d.path, "before": d.before, "after": d.after} for d in document.differences]
    return {
        "what": "document", "change": document.operation, "kind": document.kind, "key": document.key, "values": values,
    }  # fmt: skip


def _human(settings: Settings, summary: dict[str, Any], results: list[dict[str, Any]]) -> str:
    before, after = summary["before"], summary["after"]
    how = f": {', '.join(ways(summary))}" if ways(summary) else ""
    lines = [
        f"from {before['at']} (known at {before['as_of']}), journal entry {before['sequence']}",
        f"to   {after['at']} (known at {after['as_of']}), journal entry {after['sequence']}",
        f"{summary['changed']} of {summary['uses']} answers differ{how}",
    ]
    answers = [result for result in results if result["what"] == "answer"]
    for result in sorted(answers, key=lambda r: r["change"] == "same_effect"):
        lines += ["", *answer_lines(result)]
    documents = [result for result in results if result["what"] == "document"]
    counts = [f"{count} {name}" for name, count in summary["documents"].items() if count]
    lines += ["", f"documents: {', '.join(counts)}"] if documents else []
    return "\n".join([*lines, *document_lines(settings, documents)])
