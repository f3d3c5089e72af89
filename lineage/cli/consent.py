"""``lineage consent``: record, withdraw, status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import WRITING, database_of, request_of, times_of, with_settings, writing_options
from lineage.cli.output import clean, emit, form_of, mark, note, require_out
from lineage.cli.review import tell_done
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.comparing import Comparison, Turn
    from lineage.services.consenting import ConsentRecorded, ConsentState
    from lineage.services.moments import Moment
    from lineage.services.views import Frame

TURNS = ("since", "element", "process", "purpose", "audience", "before", "after", "findings")
STATES = ("key", "state", "purpose", "audience", "regimes", "given", "expires", "valid", "because", "changes")
DONE = {"add": "recorded", "change": "changed", "restore": "recorded again", "same": "nothing to change in"}


@click.group()
def consent() -> None:
    """Record consents, withdraw them, and see how they stand."""


@consent.command()
@click.argument("element")
@click.option("--key", required=True, help="Key within the element.")
@click.option("--for", "purpose", metavar="PURPOSE", help="The purpose consented to; needed for a new consent.")
@click.option("--audience", help="Whose consent; default everybody's.")
@click.option("--regime", "regimes", multiple=True, metavar="R", help="Regime it was collected under; may be repeated.")
@click.option("--status", metavar="STATE", help="Its state; default given for a new consent.")
@click.option("--method", metavar="WORD", help="How it was given: ticked_box, button, signature, spoken, …")
@click.option("--statement", metavar="KEY", help="The statement people saw.")
@click.option("--explicit", is_flag=True, default=None, help="It was express.")
@click.option("--given", metavar="DAY", help="Day of the act; default today for a new one.")
@click.option("--expires", metavar="DAY", help="Last day it holds.")
@click.option("--withdraw", metavar="TEXT", help="How people withdraw it.")
@writing_options
@with_settings
def record(settings: Settings, element: str, **said: Any) -> int:
    """Record a consent, or change what is said of one."""
    from lineage.services.consenting import record_consent

    require_out(settings)
    request = request_of(settings, {name: said.pop(name) for name in WRITING})
    said["regimes"] = list(said["regimes"]) or None
    done = record_consent(database_of(settings), times_of(settings), element, said, request)
    counts = done.comparison.counts()
    result = {"kind": "consent", "key": done.key, "operation": done.operation, "state": done.state, **counts}
    live = done.done is None or done.done.live
    waits = done.done.change_set or None if done.done else None
    summary = {"recorded": int(done.operation != "same" and live), "change_set": waits, **counts}
    emit(
        settings,
        "consent.record",
        _frame(settings),
        summary,
        [result],
        ("kind", "key", "operation", "state", "changed", "allow_to_deny", "deny_to_allow"),
        lambda: _recorded(done, live=live),
    )
    tell_done(settings, done.done)
    return 0


def _recorded(done: ConsentRecorded, *, live: bool) -> str:
    if live:
        return f"{DONE[done.operation]} consent {done.key}: {done.state} now\n{_changed(done.comparison)}"
    return f"proposed consent {done.key}: {done.state}\nif it is approved, {_changed(done.comparison)}"


@consent.command("withdraw")
@click.argument("element")
@click.argument("key")
@click.option("--on", metavar="DAY", help="First day it no longer holds; default today.")
@click.option("--plan", is_flag=True, help="Only list the answers that would turn to no; write nothing.")
@writing_options
@with_settings
def withdraw_(settings: Settings, element: str, key: str, on: str | None, plan: bool, **how: Any) -> int:
    """Withdraw a consent, and list what may no longer be done."""
    from lineage.services.consenting import withdraw

    require_out(settings)
    request = request_of(settings, how)
    done = withdraw(database_of(settings), times_of(settings), element, key, on, request, plan=plan)
    results = [_turn(turn) for turn in done.turns]
    waits = done.done.change_set or None if done.done else None
    would = done.done is None or not done.done.live
    summary = {"consent": done.key, "withdrawn": done.since, "turned": len(results), "uses": done.uses, "planned": plan}
    summary |= {"change_set": waits}
    head = f"{done.key} {'would be' if would else 'is'} withdrawn from {done.since} on"
    emit(settings, "consent.withdraw", _frame(settings), summary, results, TURNS, lambda: _turned(head, results))
    if form_of(settings) != "table":
        note(settings, head)
    if plan:
        note(settings, "this is a plan; nothing was written")
    tell_done(settings, done.done)
    return 0


@consent.command()
@click.argument("element")
@click.argument("key", default="")
@with_settings
def status(settings: Settings, element: str, key: str) -> int:
    """Show each consent of an element, and how it stands."""
    from lineage.services.consenting import consent_states

    digest = form_of(settings) == "json"
    view, found = consent_states(database_of(settings), times_of(settings), element, key, digest=digest)
    results = [_state(one) for one in found]
    rows = results if form_of(settings) in ("json", "jsonl") else [_flat(result) for result in results]
    summary = {"consents": len(results), "valid": sum(one.valid for one in found)}
    emit(settings, "consent.status", view, summary, rows, STATES, lambda: _states(results))
    if not results:
        note(settings, f"no consent is declared for {element}")
    return 0


def _frame(settings: Settings) -> Frame | None:
    """Give the frame of the answer after the change; only JSON asks for it."""
    from lineage.services.views import frame_of

    return frame_of(database_of(settings), times_of(settings)) if form_of(settings) == "json" else None


def _changed(comparison: Comparison) -> str:
    counts = comparison.counts()
    ways = [f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if "_to_" in name and count]
    changed = sum(count for name, count in counts.items() if "_to_" in name)
    how = f": {', '.join(ways)}" if ways else ""
    said = f"{changed} of {counts['uses']} answers changed{how}"
    same = counts["same_effect"]
    return f"{said}; {same} more say{'s' if same == 1 else ''} something else now" if same else said


def _from(moment: Moment) -> str:
    """Write from when on something holds: the day where it begins with it, else the instant."""
    return moment.day if "T00:00:00" in moment.shown else moment.shown


def _turn(turn: Turn) -> dict[str, Any]:
    question = turn.after.question
    return {
        "element": question.element,
        "process": question.process,
        "purpose": question.purpose,
        "audience": question.audience,
        "before": turn.before.effect,
        "after": turn.after.effect,
        "since": _from(turn.since),
        "findings": [{"code": f.code, "severity": f.severity, "message": f.message, "fix": f.fix} for f in turn.added],
    }


def _turned(head: str, results: list[dict[str, Any]]) -> str:
    if not results:
        return f"{head}; no answer changes"
    lines = [f"{head}; {len(results)} answer{'s turn' if len(results) != 1 else ' turns'} to no:"]
    for result in results:
        audience = f" ({result['audience']})" if result["audience"] else ""
        what = f"{result['element']} · {result['process']} · {result['purpose']}{audience}"
        lines.append(f"\n{result['before']} → {mark(result['after'])}  {what}: from {result['since']} on")
        lines += [f"  {f['severity']}[{f['code']}] {clean(f['message'])}" for f in result["findings"]]
    return "\n".join(lines)


def _state(one: ConsentState) -> dict[str, Any]:
    said = {name: one.body.get(name) for name in ("purpose", "audience", "regimes", "given", "expires", "withdrawn")}
    changes = {"from": _from(one.changes[0]), "to": one.changes[1]} if one.changes else None
    return {
        "element": one.element,
        "key": one.key,
        "state": one.state,
        **said,
        "valid": one.valid,
        "because": list(one.because),
        "rules": list(one.codes),
        "changes": changes,
    }


def _flat(result: dict[str, Any]) -> dict[str, Any]:
    because = "; ".join(result["because"])
    return result | {"valid": "yes" if result["valid"] else "no", "because": because}


def _states(results: list[dict[str, Any]]) -> str:
    lines = []
    for result in results:
        lines.append(
            f"{click.style(result['key'], bold=True)}  {result['state']}  {clean(result['purpose'] or 'no purpose said')}"
        )
        who = f"audience {result['audience'] or 'everybody'}; regimes {', '.join(result['regimes'] or ()) or 'all'}"
        lines.append(f"  {who}; given {result['given'] or 'not said'}; expires {result['expires'] or 'never'}")
        lines.append(f"  {'valid' if result['valid'] else 'not valid: ' + clean('; '.join(result['because']))}")
        if result["changes"]:
            lines.append(f"  becomes {result['changes']['to']} from {result['changes']['from']} on")
    return "\n".join(lines)
