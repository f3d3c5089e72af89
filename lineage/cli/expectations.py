"""``lineage expectations``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, form_of
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.expecting import Audit, Flow

COLUMNS = ("touchpoint", "gap", "element", "process", "purpose", "audience", "told", "done", "gaps")
_COLORS = {"high": "red", "medium": "yellow", "low": "blue"}


@click.command()
@click.option("--touchpoint", default="", help="Only what people meet at this touchpoint.")
@click.option("--process", default="", help="Only uses by this process.")
@with_settings
def expectations(settings: Settings, touchpoint: str, process: str) -> int:
    """Compare what people were told with what is done.

    One row for each use, audience and touchpoint, the widest gaps first; a use that people were told of and nobody makes
    stands there without a process. The gaps are those of `check`, stage expectation. This is a list and no gate: use
    `lineage check` to stop a build.
    """
    from lineage.services import expecting

    found = expecting.audit(
        database_of(settings), times_of(settings), touchpoint, process, digest=form_of(settings) == "json"
    )
    summary = expecting.summary(found.flows, touchpoint)
    results = _results(found, touchpoint)
    emit(settings, "expectations", found.view, summary, results, COLUMNS, lambda: _human(found, summary, results))
    return 0


def _results(found: Audit, touchpoint: str) -> list[dict[str, Any]]:
    """Give a row for each flow at each of its touchpoints: the worst touchpoint first, then the worst flow."""
    groups: dict[str, list[Flow]] = {}
    for flow in found.flows:
        for key in (touchpoint,) if touchpoint else flow.touchpoints or ("",):
            groups.setdefault(key, []).append(flow)
    rank = {"high": 0, "medium": 1, "low": 2, "none": 3}
    order = sorted(groups, key=lambda key: (rank[groups[key][0].level], not key, key))
    return [_row(key, flow) for key in order for flow in groups[key]]


def _row(touchpoint: str, flow: Flow) -> dict[str, Any]:
    done = {"recipients": list(flow.recipients), "retention": flow.retention or None, "countries": list(flow.countries)}
    gaps = [
        {"code": gap.code, "level": gap.level, "accepted": gap.accepted, "message": gap.message, "fix": gap.fix}
        for gap in flow.gaps
    ]
    return {
        "touchpoint": touchpoint,
        "gap": flow.level,
        "element": flow.element,
        "process": flow.process or None,
        "purpose": flow.purpose,
        "audience": flow.audience,
        "expected": flow.expected,
        "told": list(flow.told),
        "done": done if flow.process else None,
        "gaps": gaps,
    }


def _human(found: Audit, summary: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> str:
    lines = [_told(summary)]
    place: str | None = None
    for row in results:
        if row["touchpoint"] != place:
            place = str(row["touchpoint"])
            title = f"{found.titles.get(place, place)} ({place})" if place else "No touchpoint"
            share = summary["touchpoints"].get(place)
            lines.append(f"\n{click.style(clean(title), bold=True)}: {_told(share) if share else 'nothing is done'}")
        lines += [f"  {line}" for line in _lines(row)]
    return "\n".join(lines)


def _told(share: Mapping[str, Any]) -> str:
    flows = f"{share['flows']} flow{'' if share['flows'] == 1 else 's'}"
    return f"{flows}, people were told of {share['told']}" + (
        f" ({share['share_told']:.0%})" if share["share_told"] is not None else ""
    )


def _lines(row: Mapping[str, Any]) -> list[str]:
    who = f" ({row['audience']})" if row["audience"] else ""
    what = f"{row['element']} · {row['process'] or 'nobody'} · {row['purpose']}{who}"
    level = click.style(row["gap"].ljust(6), fg=_COLORS.get(row["gap"]), bold=row["gap"] in _COLORS)
    lines = [f"{level}  {what}"]
    lines += [f"  told  {clean(sentence)}" for sentence in row["told"] or ["nothing"]]
    done = row["done"]
    if done:
        whom = ", ".join(done["recipients"]) or "nobody"
        kept, where = done["retention"] or "an unknown time", ", ".join(done["countries"]) or "an unknown country"
        lines.append(f"  done  given to {whom}, kept for {kept}, in {where}")
    for gap in row["gaps"]:
        lines.append(f"  gap   [{gap['code']}] {clean(gap['message'])}{' (accepted)' if gap['accepted'] else ''}")
        lines.append(f"        fix  {clean(gap['fix'])}")
    return lines
