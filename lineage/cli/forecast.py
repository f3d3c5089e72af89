"""``lineage forecast``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.options import database_of, times_of, with_settings
from lineage.cli.output import clean, emit, finding_lines, form_of, mark
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.forecasting import Forecast


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--until", metavar="DATE", help="How far to look; default thirty days on.")
@click.option("--process", default="", help="Only uses by this process.")
@click.option("--pilots", is_flag=True, help="List pilots instead: days left, owner, and what is still open.")
@with_settings
def forecast(settings: Settings, keys: tuple[str, ...], until: str | None, process: str, pilots: bool) -> int:
    """Say which permissions lapse, when, why, and who can act."""
    from lineage.services import forecasting, forecasting_pilots

    database, times, digest = database_of(settings), times_of(settings), form_of(settings) == "json"
    if pilots and until is not None:
        raise click.UsageError("--pilots looks at one instant: --until does not go with it")
    if pilots:
        found, columns = (
            forecasting_pilots.pilots(database, times, keys, process, digest=digest),
            forecasting_pilots.COLUMNS,
        )
    else:
        found, columns = (
            forecasting.forecast(database, times, keys, process, until, digest=digest),
            forecasting.COLUMNS,
        )
    name = "forecast.pilots" if pilots else "forecast"
    emit(settings, name, found.view, found.summary, found.results, columns, lambda: _human(found))
    return 0


def _human(found: Forecast) -> str:
    lines = [click.style(clean(found.sentence), bold=True)]
    for result in found.results:
        audience = f" ({result['audience']})" if result["audience"] else ""
        what = clean(f"{result['element']} · {result['process']} · {result['purpose']}{audience}")
        lines += ["", *(_change(result, what) if "change" in result else _pilot(result, what))]
    return "\n".join(lines)


def _change(result: Mapping[str, Any], what: str) -> list[str]:
    if result["change"] == "begins":
        last = f", and holds until {result['last_day']}" if result["last_day"] else ""
        return [f"{mark('allow')} begins on {result['on']}{last}: {what}"]
    lines = [f"{mark(result['to'])} from {result['on']}, last day {result['last_day']}: {what}"]
    for finding in result["findings"]:
        lines += [f"  {line}" for line in finding_lines(finding)]
        lines += [f"    who    {clean(finding['who'])}"] if finding["who"] else []
    return lines


def _pilot(result: Mapping[str, Any], what: str) -> list[str]:
    left = result["days_left"]
    when = {
        "running": f"{left} day{'' if left == 1 else 's'} left, until {result['until']}",
        "planned": f"from {result['from']} until {result['until']}",
        "over": f"ended on {result['until']} without an outcome",
        "undated": "without a first or last day",
    }[result["state"]]
    legacy = "legacy, " if result["legacy"] else ""
    owner = f"owner {clean(result['owner'])}" if result["owner"] else "nobody owns it"
    lacking = f"still open: {', '.join(result['open'])}" if result["open"] else "nothing is open"
    return [f"{legacy}{result['state']}: {what}", f"  {when}; {owner}; {lacking}"]
