"""How a change set is shown: the answers that would change first, then what changes field by field."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lineage.cli.output import clean, finding_lines, mark
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.domain.review import People
    from lineage.services.comparing import Change, Turn
    from lineage.services.effects import Effect
    from lineage.services.reviewing import Altered, Listed, Shown

COLUMNS = ("what", "change", "name", "before", "after", "since")
MARKS = {"add": "+", "change": "~", "restore": "+", "retire": "-"}
LISTED = 200


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


def flat(result: dict[str, Any]) -> dict[str, Any]:
    """Give a result as one line of a table: answers and documents share its columns."""
    if result["what"] == "document":
        paths = ",".join(value["path"] for value in result["values"])
        return {
            "what": "document",
            "change": result["change"],
            "name": f"{result['kind']} {result['key']}",
            "after": paths,
        }
    sides = {side: f"{result[side]['effect']} {result[side]['cycle']}" for side in ("before", "after")}
    return result | sides | {"name": _name(result)}


def _name(result: dict[str, Any]) -> str:
    audience = f" ({result['audience']})" if result["audience"] else ""
    return f"{result['element']} · {result['process']} · {result['purpose']}{audience}"


def shown_text(settings: Settings, summary: dict[str, Any], results: list[dict[str, Any]]) -> str:
    """Write a change set for people: effect, fields, who said what, and the digest an approval is bound to."""
    answers = [result for result in results if result["what"] == "answer"]
    documents = [result for result in results if result["what"] == "document"]
    lines = [*_head(summary), "", *_effect(summary, answers)]
    for result in answers:
        lines += ["", *_answer_lines(result)]
    lines += ["", f"{len(documents)} documents change; {summary['unchanged']} of their fields stay as they are"]
    shown = documents if settings.verbose else documents[:LISTED]
    for document in shown:
        lines.append(f"{MARKS.get(document['change'], '~')} {document['kind']} {clean(document['key'])}")
        lines += [f"    {v['path']}: {_value(v['before'])} → {_value(v['after'])}" for v in document["values"]]
    if len(documents) > len(shown):
        lines.append(f"… and {len(documents) - len(shown)} more documents; -v lists them all")
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
    ways = [f"{count} {name.replace('_', ' ')}" for name, count in summary.items() if "_to_" in name and count]
    ways += [f"{summary['same_effect']} with the same effect"] if summary["same_effect"] else []
    ways += [f"{summary['later']} at a later time"] if summary["later"] else []
    return [f"{summary['changed']} of {summary['uses']} answers change: {', '.join(ways)}"]


def _answer_lines(result: dict[str, Any]) -> list[str]:
    before, after = result["before"], result["after"]
    same = before["effect"] == after["effect"]
    effect = mark(after["effect"]) if same else f"{mark(before['effect'])} → {mark(after['effect'])}"
    cycle = after["cycle"] if before["cycle"] == after["cycle"] else f"{before['cycle']} → {after['cycle']}"
    since = f" from {result['since']} on" if result["since"] else ""
    lines = [f"{effect}  {_name(result)}{since}: cycle {cycle}"]
    if before["holds_until"] != after["holds_until"]:
        one, other = (side["holds_until"] or "further notice" for side in (before, after))
        lines.append(f"  holds until {one} → {other}")
    for finding in result["added"]:
        first, *rest = finding_lines(finding)
        lines += [f"+ {first}", *(f"  {line}" for line in rest)]
    return lines + [f"- {finding_lines(finding)[0]}" for finding in result["removed"]]


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
        lines += [f"    {name.ljust(6)} {_value(one[name])}" for name in ("base", "theirs", "yours")]
    return [*lines, *([f"digest {summary['digest']}"] if summary["digest"] else [])]


def _value(value: Any) -> str:
    return "(not said)" if value is None else clean(json.dumps(value, ensure_ascii=False))
