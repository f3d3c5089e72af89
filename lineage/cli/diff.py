"""``lineage diff``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, finding_lines, form_of, mark, tell_problems
from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.gate.answer import Answer
    from lineage.intake.declarations import Declarations
    from lineage.services.comparing import Change
    from lineage.services.diffing import Diff, DocumentChange
    from lineage.services.views import View

COLUMNS = ("what", "change", "name", "before", "after", "added", "removed")
MARKS = {"add": "+", "change": "~", "restore": "+", "retire": "-"}
LISTED = 200


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
    rows = results if form_of(settings) in ("json", "jsonl") else [_flat(result) for result in results]
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
        "documents": {name: operations.count(name) for name in MARKS},
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
    from lineage.services.places import locate
    from lineage.services.shapes import finding_data

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


def _flat(result: dict[str, Any]) -> dict[str, Any]:
    """Give a result as one line of a table: answers and documents share its columns."""
    if result["what"] == "document":
        return {"what": "document", "change": result["change"], "name": f"{result['kind']} {result['key']}"}
    sides = {side: f"{result[side]['effect']} {result[side]['cycle']}" for side in ("before", "after")}
    return result | sides | {"name": _name(result)}


def _name(result: dict[str, Any]) -> str:
    audience = f" ({result['audience']})" if result.get("audience") else ""
    return f"{result['element']} · {result['process']} · {result['purpose']}{audience}"


def _human(settings: Settings, summary: dict[str, Any], results: list[dict[str, Any]]) -> str:
    before, after = summary["before"], summary["after"]
    ways = [f"{count} {name.replace('_', ' ')}" for name, count in summary.items() if "_to_" in name and count]
    ways += [f"{summary['same_effect']} with the same effect"] if summary["same_effect"] else []
    how = f": {', '.join(ways)}" if ways else ""
    lines = [
        f"from {before['at']} (known at {before['as_of']}), journal entry {before['sequence']}",
        f"to   {after['at']} (known at {after['as_of']}), journal entry {after['sequence']}",
        f"{summary['changed']} of {summary['uses']} answers differ{how}",
    ]
    answers = [result for result in results if result["what"] == "answer"]
    for result in sorted(answers, key=lambda r: r["change"] == "same_effect"):
        lines += ["", *_change(result)]
    documents = [result for result in results if result["what"] == "document"]
    counts = [f"{count} {name}" for name, count in summary["documents"].items() if count]
    lines += ["", f"documents: {', '.join(counts)}"] if documents else []
    shown = documents if settings.verbose else documents[:LISTED]
    for document in shown:
        lines.append(f"{MARKS[document['change']]} {document['kind']} {clean(document['key'])}")
        lines += [f"    {v['path']}: {_value(v['before'])} → {_value(v['after'])}" for v in document["values"]]
    rest = len(documents) - len(shown)
    return "\n".join([*lines, *([f"… and {rest} more documents; -v lists them all"] if rest else [])])


def _change(result: dict[str, Any]) -> list[str]:
    before, after = result["before"], result["after"]
    cycle = after["cycle"] if before["cycle"] == after["cycle"] else f"{before['cycle']} → {after['cycle']}"
    effect = (
        mark(after["effect"])
        if before["effect"] == after["effect"]
        else f"{mark(before['effect'])} → {mark(after['effect'])}"
    )
    lines = [f"{effect}  {_name(result)}: cycle {cycle}"]
    if before["holds_until"] != after["holds_until"]:
        one, other = (side["holds_until"] or "further notice" for side in (before, after))
        lines.append(f"  holds until {one} → {other}")
    for finding in result["added"]:
        first, *rest = finding_lines(finding)
        lines += [f"+ {first}", *(f"  {line}" for line in rest)]
    return lines + [f"- {finding_lines(finding)[0]}" for finding in result["removed"]]


def _value(value: Any) -> str:
    return "(not said)" if value is None else clean(json.dumps(value, ensure_ascii=False))
