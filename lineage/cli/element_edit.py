"""``lineage element``: register, edit, retire, restore, and the history behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.changes import MARKS, flat, use_name, value_change
from lineage.cli.options import database_of, request_of, times_of, with_settings, writing_options
from lineage.cli.output import clean, emit, form_of, mark, note, require_out, tell_as_of, tell_problems
from lineage.cli.review import tell_done
from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.editing import Edited, UseAnswer
    from lineage.services.editing_paths import Said
    from lineage.services.history import Entry
    from lineage.services.plans import Difference, Item
    from lineage.services.views import Frame

COLUMNS = ("what", "change", "name", "before", "after", "values", "added", "removed")
ENTRIES = ("sequence", "at", "who", "how_known", "operation", "kind", "key", "version", "reason", "changes")
WORDS = {"allow": "allowed", "deny": "denied", "undecided": "undecided"}
DONE = {"add": "registered", "change": "changed", "restore": "brought back", "retire": "retired"}

LAST = 2**31 - 1
"""Versions are numbers of four bytes."""

_SET = click.option(
    "--set", "sets", multiple=True, metavar="PATH=VALUE",
    help="Set a fact, such as origins[checkout].measures[+]=encryption_at_rest; may be repeated.",
)  # fmt: skip
_FILE = click.option(
    "--from", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Take the facts from a YAML or JSON file; what it does not say stays.",
)  # fmt: skip
_AGAIN = click.option("--change-set", metavar="KEY", help="Propose it in this change set anew, such as a returned one.")


@click.command()
@click.argument("key")
@_SET
@_FILE
@_AGAIN
@writing_options
@with_settings
def register(settings: Settings, key: str, **said: Any) -> int:
    """Register an element.

    Origins, consents and regulatory entries are named by their key: --set origins[checkout].mode=provided. A value is a
    word, a number, or a list or mapping as YAML writes it in one line.
    """
    from lineage.services import editing

    require_out(settings)
    request = request_of(settings, said, said["change_set"])
    done = editing.register(database_of(settings), times_of(settings), key, _said(said), request)
    return _answer(settings, "element.register", done)


@click.command()
@click.argument("key")
@_SET
@click.option("--unset", "unsets", multiple=True, metavar="PATH", help="Take a fact away; may be repeated.")
@_FILE
@click.option("--version", type=click.IntRange(1, LAST), help="The version you looked at; a later one is a conflict.")
@_AGAIN
@writing_options
@with_settings
def edit(settings: Settings, key: str, version: int | None, **said: Any) -> int:
    """Change an element; what is not said stays.

    A path is a field (steward), a field of what hangs under it (origins[checkout].stored_in.country), or an entry of a
    list (measures[0], and [+] for a new one). The file counts first, then --unset, then --set. A new origin, consent or
    regulatory entry is set whole: --set 'origins[shop]={mode: provided}'; --unset origins[shop] retires it.
    """
    from lineage.services import editing

    require_out(settings)
    request = request_of(settings, said, said["change_set"])
    done = editing.edit(database_of(settings), times_of(settings), key, _said(said), request, version)
    return _answer(settings, "element.edit", done)


@click.command()
@click.argument("key")
@click.option("--undo", is_flag=True, help="Bring it back, with what was retired together with it.")
@_AGAIN
@writing_options
@with_settings
def retire(settings: Settings, key: str, undo: bool, **how: Any) -> int:
    """Retire an element with all that hangs under it.

    Its uses go with it. Nothing is deleted, and what somebody else's documents refer to cannot be retired.
    """
    from lineage.services import editing

    require_out(settings)
    act = editing.bring_back if undo else editing.retire
    request = request_of(settings, how, how["change_set"])
    return _answer(settings, "element.retire", act(database_of(settings), times_of(settings), key, request))


@click.command()
@click.argument("key")
@click.option("--version", type=click.IntRange(1, LAST), help="The version of the element that is to hold again.")
@_AGAIN
@writing_options
@with_settings
def restore(settings: Settings, key: str, version: int | None, **how: Any) -> int:
    """Make an old version hold again, by a new change.

    --version brings back what the element itself said. --as-of WHEN also brings its origins, consents, regulatory
    entries and uses back as they were; what people decided since, prohibitions, and what was found unlawful stays.
    """
    from lineage.services import restoring

    if (version is None) == (settings.as_of is None):
        raise WrongUse("one of --version and --as-of says what is to hold again", f"see lineage element history {key}")
    require_out(settings)
    now = replace(settings, as_of=None)
    database, request = database_of(settings), request_of(now, how, how["change_set"])
    if version is None:
        return _answer(now, "element.restore", restoring.restore_as_of(database, times_of(settings), key, request))
    done = restoring.restore_version(database, times_of(now), key, version, request)
    return _answer(now, "element.restore", done)


@click.command()
@click.argument("key")
@click.option("--all", "everything", is_flag=True, help="Also its uses, outcomes and insights.")
@click.option("--kind", default="element", metavar="KIND", help="KEY is a document of another kind, such as statement.")
@with_settings
def history(settings: Settings, key: str, everything: bool, kind: str) -> int:
    """List every version of an element, and who wrote it.

    What hangs under it is listed too. With --as-of what was known then.
    """
    return history_of(settings, kind, key, everything=everything)


def history_of(settings: Settings, kind: str, key: str, *, everything: bool = False) -> int:
    """Write the history of a document of any kind; ``element.history`` names its form, whatever the kind."""
    from lineage.domain.kinds import KINDS
    from lineage.gate.nearest import did_you_mean
    from lineage.services.history import history as asked

    if kind not in KINDS:
        raise WrongUse(f"there is no kind {kind}", did_you_mean(kind, KINDS) or f"the kinds are {', '.join(KINDS)}")
    found = asked(database_of(settings), times_of(settings), kind, key, everything=everything)
    results = [_entry(one) for one in found]
    rows = results if form_of(settings) in ("json", "jsonl") else [_flat_entry(result) for result in results]
    summary = {"kind": kind, "key": key, "versions": len(results)}
    emit(settings, "element.history", _frame(settings), summary, rows, ENTRIES, lambda: _told(settings, results))
    if form_of(settings) != "json" and settings.as_of is not None:
        _tell_moment(settings)
    return 0


def _tell_moment(settings: Settings) -> None:
    from lineage.services.views import resolve_both

    with database_of(settings).reading() as connection:
        tell_as_of(settings, resolve_both(connection, times_of(settings)))


def _said(options: Mapping[str, Any]) -> Said:
    from lineage.services.editing_paths import Said

    return Said(options["sets"], options.get("unsets", ()), options["file"])


def _frame(settings: Settings) -> Frame | None:
    """Give the frame of an answer; only JSON asks for it, and it costs a pass over all documents."""
    from lineage.services.views import frame_of

    return frame_of(database_of(settings), times_of(settings)) if form_of(settings) == "json" else None


# --- What was changed ---


def _answer(settings: Settings, command: str, done: Edited) -> int:
    if done.problems:
        tell_problems(done.problems, settings)
        return 1
    results = [*(_use(use) for use in done.uses), *(_document(item) for item in done.items)]
    rows = results if form_of(settings) in ("json", "jsonl") else [flat(result) for result in results]
    emit(settings, command, _frame(settings), _summary(done), rows, COLUMNS, lambda: _human(done, results))
    _notes(settings, done)
    return 0


def _summary(done: Edited) -> dict[str, Any]:
    turned = [use for use in done.uses if use.before.effect != use.after.effect]
    return {
        "element": done.key,
        "documents": len(done.items),
        "live": done.done.live if done.done else True,
        "change_set": done.done.change_set or None if done.done else None,
        "repeated": done.repeated,
        "uses": len(done.uses),
        "turned": len(turned),
        "left": [{"document": document, "why": why} for document, why in done.left],
    }


def _document(item: Item) -> dict[str, Any]:
    said = {
        "what": "document",
        "change": item.operation,
        "kind": item.kind,
        "key": item.key,
        "version": item.version + 1,
    }
    return said | {"values": [_value(one) for one in item.differences]}


def _value(one: Difference) -> dict[str, Any]:
    return {"path": one.path, "before": one.before, "after": one.after}


def _use(use: UseAnswer) -> dict[str, Any]:
    question, before, after = use.after.question, use.before, use.after
    named = {"element": question.element, "process": question.process, "purpose": question.purpose}
    return {
        "what": "answer",
        "change": "same" if before.effect == after.effect else f"{before.effect}_to_{after.effect}",
        **named,
        **({"audience": question.audience} if question.audience else {}),
        "before": {"effect": before.effect, "cycle": before.cycle, "holds_until": before.holds_until},
        "after": {"effect": after.effect, "cycle": after.cycle, "holds_until": after.holds_until},
        "added": [{"code": f.code, "severity": f.severity, "message": f.message, "fix": f.fix} for f in use.added],
        "removed": [{"code": f.code, "severity": f.severity, "message": f.message} for f in use.removed],
    }


def _human(done: Edited, results: list[dict[str, Any]]) -> str:
    if done.repeated:
        return ""
    if not done.items:
        return f"nothing to change in element {done.key}"
    lines = []
    for result in results:
        if result["what"] == "document":
            lines.append(f"{MARKS[result['change']]} {result['kind']} {clean(result['key'])}  {DONE[result['change']]}")
            lines += (
                [f"    {value_change(value)}" for value in result["values"]] if result["change"] == "change" else []
            )
    lines += _answers(
        [result for result in results if result["what"] == "answer"], live=bool(done.done and done.done.live)
    )
    return "\n".join(lines)


def _answers(uses: list[dict[str, Any]], *, live: bool) -> list[str]:
    now = "is {} now" if live else "would be {}"
    lines = [] if uses else ["no use of it is declared"]
    for use in uses:
        before, after = (WORDS[use[side]["effect"]] for side in ("before", "after"))
        lines.append(f"{use_name(use)} was {before} and {now.format(mark(after))} (cycle {use['after']['cycle']})")
        lines += [f"  {f['severity']}[{f['code']}] {clean(f['message'])}" for f in use["added"]]
    return lines


def _notes(settings: Settings, done: Edited) -> None:
    if done.repeated:
        note(settings, "this request was carried out before; nothing was written again")
    elif not done.items and form_of(settings) != "table":
        note(settings, f"nothing to change in element {done.key}")
    for document, why in done.left:
        note(settings, f"left as it is: {document}: {why}")
    tell_done(settings, done.done)
    if done.done is not None and done.done.live and done.files:
        note(settings, f"also declared in {', '.join(done.files)}: change it there too before applying that again")


# --- What was written when, by whom ---


def _entry(one: Entry) -> dict[str, Any]:
    return {
        "sequence": one.sequence,
        "at": one.at.shown,
        "who": one.who,
        "how_known": one.how_known,
        "operation": one.operation,
        "kind": one.kind,
        "key": one.key,
        "version": one.version,
        "reason": one.reason or None,
        "retired": one.retired,
        "redacted": one.redacted,
        "change_set": one.proposal.key if one.proposal else None,
        "proposed_by": list(one.proposal.by) if one.proposal else None,
        "changes": [_value(difference) for difference in one.differences],
    }


def _flat_entry(result: Mapping[str, Any]) -> dict[str, Any]:
    values = result["changes"] if result["operation"] != "add" else ()
    return {**result, "changes": "; ".join(value_change(value) for value in values)}


def _told(settings: Settings, results: list[dict[str, Any]]) -> str:
    """Write the history for people: what a first version says is left out, unless more is asked for."""
    lines: list[str] = []
    for result in results:
        head = f"{MARKS[result['operation']]} {result['kind']} {clean(result['key'])}  version {result['version']}"
        who = f"{clean(result['who'])} ({result['how_known']})"
        if result["proposed_by"]:
            who = f"{clean(', '.join(result['proposed_by']))}, approved by {who} as {result['change_set']}"
        gone = "  [something was taken out since]" if result["redacted"] else ""
        lines.append(f"{click.style(head, bold=True)}  {result['at']}  by {who}, entry {result['sequence']}{gone}")
        lines += [f"    why: {clean(result['reason'])}"] if result["reason"] else []
        listed = result["operation"] != "add" or settings.verbose
        lines += [f"    {value_change(value)}" for value in result["changes"]] if listed else []
    return "\n".join(lines)


COMMANDS: tuple[click.Command, ...] = (register, edit, retire, restore, history)
"""What the group ``element`` gets besides its own."""
