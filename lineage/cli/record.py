"""``lineage outcome record`` and ``lineage insight record``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from lineage.cli.options import database_of, request_of, times_of, with_settings, writing_options
from lineage.cli.output import emit, note, require_out
from lineage.cli.review import tell_done
from lineage.settings import Settings

WORDS = {"allow": "allowed", "deny": "denied", "undecided": "undecided"}


def _use_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        writing_options,
        click.option("--evidence", multiple=True, metavar="REF", help="Reference that proves it; may be repeated."),
        click.option("--key", required=True, help="Key within the use."),
        click.option("--audience", default="", help="Audience of the use, where it has one."),
        click.option("--for", "purpose", required=True, metavar="PURPOSE", help="Purpose of the use."),
        click.argument("element"),
        click.argument("process"),
    ):
        function = decorate(function)
    return function


@click.group()
def outcome() -> None:
    """Record what a use did."""


@outcome.command("record")
@_use_arguments
@click.option("--from", "start", metavar="DAY", help="First day observed.")
@click.option("--until", metavar="DAY", help="Last day observed.")
@click.option("--organisation", metavar="VALUE", help="benefit, none or harm for the organisation.")
@click.option("--organisation-observed", metavar="TEXT", help="What was observed for the organisation.")
@click.option("--subject", metavar="VALUE", help="benefit, none or harm for the person.")
@click.option("--subject-observed", metavar="TEXT", help="What was observed for the person.")
@click.option("--recorded", metavar="DAY", help="Day of recording; default today.")
@with_settings
def outcome_record(settings: Settings, **facts: Any) -> int:
    """Record what a use did, for both sides."""
    body = {
        "key": facts["key"],
        "period": {"from": facts["start"], "until": facts["until"]},
        "organisation": {"value": facts["organisation"], "observed": facts["organisation_observed"]},
        "subject": {"value": facts["subject"], "observed": facts["subject_observed"]},
        "evidence": list(facts["evidence"]) or None,
        "recorded": facts["recorded"] or "today",
    }
    return _record(settings, "outcome", facts, body, "recorded")


@click.group()
def insight() -> None:
    """Record what was learned, and what follows."""


@insight.command("record")
@_use_arguments
@click.option("--outcome", "outcomes", multiple=True, metavar="KEY", help="Outcome it is drawn from; may be repeated.")
@click.option("--learned", metavar="TEXT", help="What was learned.")
@click.option("--decision", metavar="WORD", help="confirm, amend, narrow, retire or propose_new.")
@click.option("--applied", metavar="DAY", help="Day the decision was applied, or today.")
@with_settings
def insight_record(settings: Settings, **facts: Any) -> int:
    """Record what was learned, and the decision."""
    body = {
        "key": facts["key"],
        "outcomes": list(facts["outcomes"]) or None,
        "learned": facts["learned"],
        "decision": facts["decision"],
        "applied": facts["applied"],
        "evidence": list(facts["evidence"]) or None,
    }
    return _record(settings, "insight", facts, body, "applied")


def _record(settings: Settings, kind: str, facts: dict[str, Any], body: dict[str, Any], day: str) -> int:
    from lineage.services.recording import UseName, record
    from lineage.services.views import open_view

    require_out(settings)
    database, times = database_of(settings), times_of(settings)
    if body[day] == "today":
        body[day] = open_view(database, times).at.day
    use = UseName(facts["element"], facts["process"], facts["purpose"], facts["audience"])
    done = record(database, times, kind, use, body, request_of(settings, facts))
    before, after = done.before.effect, done.after.effect
    live = done.done.live
    waits = done.done.change_set or None
    result = {"kind": kind, "key": done.key, "before": before, "after": after, "cycle": done.after.cycle}
    then = f"is {WORDS[after]} now" if live else f"would be {WORDS[after]}"
    head = f"{'recorded' if live else 'proposed'} {kind} {done.key}"
    human = f"{head}\nthe use was {WORDS[before]} and {then} (cycle {done.after.cycle})"
    emit(
        settings,
        f"{kind}.record",
        done.view,
        {"recorded": int(live), "change_set": waits},
        [result],
        ("kind", "key", "before", "after", "cycle"),
        lambda: human,
    )
    tell_done(settings, done.done)
    for finding in done.after.findings if after != "allow" else ():
        note(settings, f"  {finding.severity}[{finding.code}] {finding.message}")
    return 0
