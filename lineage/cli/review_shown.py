"""How a change set is shown: the answers that would change first, then what changes field by field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lineage.cli.changes import answer_lines, document_lines, value_text, ways
from lineage.cli.output import clean
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.domain.review import People
    from lineage.services.comparing import Change, Turn
    from lineage.services.effects import Effect
    from lineage.services.reviewing import Altered, Listed, Shown

COLUMNS = ("what", "change", "name", "before", "after", "since", "values")


def list_rows(found: Iterable[Listed], people: People) -> list[dict[str, Any]]:
    """Give the lines of the list as plain data."""
    rows = []
    for one in found:
        held = one.change_set
        rows.append({
            "change_set": held.key,
            "state": held.state,
            "waits": held.state in ("open", "returned", "emergency"),
            "overdue": one.overdue,
            "until": held.until or None,
            "since": held.proposed,
            "authors": [people.shown(author) for author in held.authors],
            "reason": held.reason or None,
            "changes": len(held.changes),
            "answers": counts_of(one.effect) if one.effect else None,
        })  # fmt: skip
    return rows


def counts_of(effect: Effect) -> dict[str, int]:
    """Count the answers that change at once by how they do, and those that change later."""
    counts = {name: count for name, count in effect.comparison.counts().items() if name not in ("uses", "changed")}
    return {name: count for name, count in counts.items() if count} | {"later": len(effect.later)}


def summary_of(seen: Shown) -> dict[str, Any]:
    """Say what a change set is, and count what it changes."""
    held, effect = seen.change_set, seen.effect
    said = {
        "change_set": held.key,
        "state": held.state,
        "version": seen.version,
        "digest": seen.digest or None,
        "proposed": held.proposed,
        "until": held.until or None,
        "authors": [seen.people.shown(author) for author in held.authors],
        "reason": held.reason or None,
        "documents": len(seen.documents),
        "unchanged": sum(document.unchanged for document in seen.documents),
        "answered": [
            {"by": seen.people.shown(a.by), "answer": a.answer, "reason": a.reason or None, "at": a.at} for a in held.answers
        ],
        "conflicts": [
            {"document": d.document, "path": d.path, "base": d.base, "theirs": d.theirs, "yours": d.yours}
            for d in (seen.clash.differences if seen.clash else ())
        ],
    }  # fmt: skip
    return said | (effect.comparison.counts() | {"later": len(effect.later)} if effect else {})


def results_of(seen: Shown) -> list[dict[str, Any]]:
    """Give the answers that would change, now and later, and then the documents, as plain data."""
    effect = seen.effect
    found = [_change(change, None) for change in effect.comparison.changes] if effect else []
    # What turns to yes or to no comes before what only says something else.
    found.sort(key=lambda result: result["change"] == "same_effect")
    later = [_change(turn, turn) for turn in effect.later] if effect else []
    return [*found, *later, *(_document(document) for document in seen.documents)]


def _change(change: Change, turn: Turn | None) -> dict[str, Any]:
    question = change.after.question
    sides = {
        name: {"effect": side.effect, "cycle": side.cycle, "holds_until": side.holds_until}
        for name, side in (("before", change.before), ("after", change.after))
    }
    findings = {
        name: [{"code": f.code, "severity": f.severity, "message": f.message, "fix": f.fix} for f in found]
        for name, found in (("added", change.added), ("removed", change.removed))
    }
    return {
        "what": "answer", "change": change.what, "element": question.element, "process": question.process,
        "purpose": question.purpose, "audience": question.audience or None, "since": turn.since.shown if turn else None,
        **sides, **findings,
    }  # fmt: skip


def _document(altered: Altered) -> dict[str, Any]:
    change = altered.change
    values = [{"path": d.path, "before": d.before, "after": d.after} for d in altered.differences]
    return {
        "what": "document", "change": change.operation, "kind": change.kind, "key": change.key, "values": values,
        "unchanged": altered.unchanged,
    }  # fmt: skip


def shown_text(settings: Settings, summary: dict[str, Any], results: list[dict[str, Any]]) -> str:
    """Write a change set for people: effect, fields, who said what, and the digest an approval is bound to."""
    answers = [result for result in results if result["what"] == "answer"]
    documents = [result for result in results if result["what"] == "document"]
    lines = [*_head(summary), "", *_effect(summary, answers)]
    for result in answers:
        lines += ["", *answer_lines(result)]
    lines += ["", f"{len(documents)} documents change; {summary['unchanged']} of their fields stay as they are"]
    lines += document_lines(settings, documents)
    return "\n".join([*lines, *_foot(summary)])


def _head(summary: dict[str, Any]) -> list[str]:
    state = "EMERGENCY, holds already" if summary["state"] == "emergency" else summary["state"]
    until = f" until {summary['until']}" if summary["until"] else ""
    by = clean(", ".join(summary["authors"]))
    lines = [f"{summary['change_set']}  {state}{until}  by {by}, {summary['proposed']}"]
    return lines + ([f"  reason {clean(summary['reason'])}"] if summary["reason"] else [])


def _effect(summary: dict[str, Any], answers: list[dict[str, Any]]) -> list[str]:
    if "uses" not in summary:
        return ["it is over; what it changed is in the journal"]
    if not answers:
        return [f"no answer changes, of {summary['uses']}"]
    how = ways(summary) + ([f"{summary['later']} at a later time"] if summary["later"] else [])
    return [f"{summary['changed']} of {summary['uses']} answers change: {', '.join(how)}"]


def _foot(summary: dict[str, Any]) -> list[str]:
    lines = [""] if summary["answered"] or summary["conflicts"] else []
    for said in summary["answered"]:
        lines.append(
            f"{said['at']}  {clean(said['by'])}: {said['answer']}{': ' + clean(said['reason']) if said['reason'] else ''}"
        )
    if summary["conflicts"]:
        lines.append("changed by somebody else since; it cannot be approved as it is:")
    for one in summary["conflicts"]:
        lines.append(f"  {clean(one['document'])}{' · ' + one['path'] if one['path'] else ''}")
        lines += [f"    {name.ljust(6)} {value_text(one[name])}" for name in ("base", "theirs", "yours")]
    return [*lines, *([f"digest {summary['digest']}"] if summary["digest"] else [])]
