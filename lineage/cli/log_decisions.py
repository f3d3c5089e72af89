"""``lineage log decisions`` and ``log seal-decisions``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.changes import LISTED
from lineage.cli.options import database_of, request_of, times_of, with_settings, writing_options
from lineage.cli.output import STREAMED, clean, emit, envelope, form_of, lines_of, mark, note, stream, table, write_text
from lineage.errors import WrongUse
from lineage.settings import Settings

if TYPE_CHECKING:
    from lineage.services.decisions import Filter
    from lineage.services.decisions_sealing import Verified
    from lineage.store.decisions import Decisions

COLUMNS = (
    "time",
    "id",
    "effect",
    "caller",
    "process",
    "element",
    "purpose",
    "audience",
    "cycle",
    "revision",
    "findings",
)
MISFITS = ("batch", "id", "what", "fix")
BATCHES = ("key", "count", "first", "last", "since", "until", "root")
WHERE = click.option(
    "--decisions", metavar="URL", help="Address of the decision log; default beside a catalogue in SQLite.",
    envvar="LINEAGE_DECISIONS",
)  # fmt: skip


@click.command("decisions")
@click.argument("number", metavar="[ID]", default="")
@click.option("--since", metavar="WHEN", help="Only from this day or instant on.")
@click.option("--until", metavar="WHEN", help="Only through this day or instant.")
@click.option("--process", default="", help="Only what this process asked for.")
@click.option("--element", default="", help="Only about this element.")
@click.option("--effect", default="", type=click.Choice(["", "allow", "deny", "undecided", "lost"]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 2**62), help="Only the newest so many.")
@click.option("--rotate", metavar="N", type=click.IntRange(1, 2**62), help="Write files of N decisions each.")
@click.option("--verify", is_flag=True, help="Compare every sealed decision with its seal.")
@click.option("--drop-before", metavar="WHEN", help="Drop sealed batches that ended before this day or instant.")
@click.option("--reason", help="Why they are dropped, for the journal.")
@WHERE
@with_settings
def decisions(settings: Settings, number: str, decisions: str | None, **how: Any) -> int:
    """List the decisions that were kept, the newest last.

    With an ID, all that is kept of one. -o FILE.jsonl or FILE.parquet writes them to a file, each line of the first being
    what its seal is made of. --verify finds decisions that were altered, removed or inserted after they were sealed, and
    ends with 1 when there are any. --drop-before takes sealed batches out whose time is over; their seals stay.
    """
    from lineage.services.decisions import Filter

    store = _store(settings, decisions)
    if how["verify"]:
        return _verify(settings, store)
    if how["drop_before"]:
        return _drop(settings, store, how)
    names = ("since", "until", "process", "element", "effect", "limit")
    asked = Filter(**{name: how[name] for name in names})
    if number:
        return _show(settings, store, number)
    if _is_export(settings):
        return _export(settings, store, asked, how["rotate"])
    if how["rotate"]:
        raise WrongUse("--rotate needs files to write", "add -o FILE.jsonl or -o FILE.parquet")
    return _list(settings, store, asked)


@click.command("seal-decisions")
@click.option("--size", type=click.IntRange(1, 1_000_000), default=100_000, help="Decisions in a batch at most.")
@WHERE
@writing_options
@with_settings
def seal_decisions(settings: Settings, size: int, decisions: str | None, **how: Any) -> int:
    """Seal decisions into the catalogue's journal.

    Whoever alters, removes or inserts a decision afterwards is found out by `lineage log decisions --verify`. Run it
    regularly: what is not sealed yet is not protected.
    """
    from dataclasses import asdict

    from lineage.services.decisions_sealing import seal_decisions as seal

    made = seal(database_of(settings), _store(settings, decisions), request_of(settings, how), size)
    results = [asdict(batch) for batch in made]
    count = sum(batch.count for batch in made)
    emit(settings, "log.seal_decisions", None, {"batches": len(made), "decisions": count}, results, BATCHES)
    if not made:
        note(settings, "every decision is sealed already")
    return 0


def _store(settings: Settings, given: str | None) -> Decisions:
    from lineage.services.decisions import store_url
    from lineage.store.decisions import Decisions

    return Decisions(store_url(settings.catalog, given))


def _zone(settings: Settings) -> str:
    from lineage.services.decisions import zone_beside

    return zone_beside(database_of(settings))


def _rows(settings: Settings, store: Decisions, asked: Filter) -> Iterator[dict[str, Any]]:
    from lineage.services.decisions import list_decisions

    empty = True
    for data in list_decisions(store, asked, times_of(settings).now, _zone(settings)):
        empty = False
        yield data
    if empty:
        note(settings, "no decision fits")


def _list(settings: Settings, store: Decisions, asked: Filter) -> int:
    from dataclasses import replace

    form = form_of(settings)
    if form in STREAMED:
        rows = _rows(settings, store, asked)
        stream(settings, lines_of(form, rows if form == "jsonl" else map(_short, rows), COLUMNS))
        return 0
    if form == "json":
        results = list(_rows(settings, store, asked))
        summary = {
            "decisions": sum("lost" not in one for one in results),
            "lost": sum(o.get("lost", 0) for o in results),
        }
        told = envelope("log.decisions", None, summary, results)
        write_text(settings, json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    capped = asked.limit is None and not settings.verbose
    found = list(_rows(settings, store, replace(asked, limit=LISTED + 1) if capped else asked))
    shown = found[-LISTED:] if capped else found
    write_text(settings, table([_short(one) for one in shown], COLUMNS))
    if len(shown) < len(found):
        note(settings, f"these are the newest {LISTED}; --limit N or -v shows more")
    return 0


def _short(data: dict[str, Any]) -> dict[str, Any]:
    """Give a decision for a table: its findings by their codes, a gap by its size."""
    if "lost" in data:
        return data | {"findings": [f"{data['lost']} decisions until {data['until']} were not kept"]}
    return data | {"findings": [one["code"] for one in data.get("findings", ())]}


def _show(settings: Settings, store: Decisions, number: str) -> int:
    from lineage.services.decisions import one_decision

    data = one_decision(store, number)[1]
    shown = json.dumps(data, ensure_ascii=False, indent=2)
    emit(settings, "log.decisions", None, {"decisions": 1}, [data], COLUMNS, lambda: clean(shown), prose=True)
    return 0


def _is_export(settings: Settings) -> bool:
    from lineage.services.decisions_export import FORMS

    return bool(settings.out) and settings.format is None and Path(settings.out or "").suffix in FORMS


def _export(settings: Settings, store: Decisions, asked: Filter, rotate: int | None) -> int:
    from lineage.services.decisions import find_rows
    from lineage.services.decisions_export import export_decisions

    pages = find_rows(store, asked, times_of(settings).now, _zone(settings))
    for place, count in export_decisions(pages, Path(settings.out or ""), rotate):
        note(settings, f"wrote {count} decisions to {place}")
    return 0


def _verify(settings: Settings, store: Decisions) -> int:
    from dataclasses import asdict

    from lineage.services.decisions_sealing import verify_decisions

    found = verify_decisions(database_of(settings), store)
    summary = asdict(found)
    results = [dict(one) for one in summary.pop("misfits")]
    shown = "\n".join(_told(found))
    told = summary | {"intact": not results}
    emit(settings, "log.decisions", None, told, results, MISFITS, lambda: shown, prose=True)
    if found.others:
        note(
            settings,
            f"the journal also seals {found.others} batches of other decision logs: verify each with --decisions",
        )
    return 1 if results else 0


def _told(found: Verified) -> Iterator[str]:
    dropped = f", {found.dropped} dropped when their time was over" if found.dropped else ""
    waiting = f"; {found.unsealed} are not sealed yet" if found.unsealed else ""
    state = "broken" if found.misfits else "intact"
    yield f"{state}: {found.sealed} decisions in {found.batches} sealed batches{dropped}{waiting}"
    for one in found.misfits:
        where = f"{one.batch or 'log'}{f' {one.id}' if one.id else ''}"
        yield f"{mark('blocker')}[{clean(where)}]: {clean(one.what)}"
        yield f"  fix    {one.fix}"


def _drop(settings: Settings, store: Decisions, how: dict[str, Any]) -> int:
    from lineage.domain.days import micros
    from lineage.services.decisions_sealing import drop_before
    from lineage.services.moments import resolve_start

    if not (how["reason"] or "").strip():
        raise WrongUse("it is not said why decisions are dropped", "say it with --reason")
    moment = resolve_start(how["drop_before"], times_of(settings).now, _zone(settings), "--drop-before")
    if moment.microseconds > micros(times_of(settings).now + timedelta(days=1)):
        raise WrongUse(
            "--drop-before names a day to come, which would drop everything", "name tomorrow, or an earlier day"
        )
    dropped, gone = drop_before(database_of(settings), store, request_of(settings, how), moment.microseconds)
    results = [{"key": one.key, "count": one.count, "since": one.since, "until": one.until} for one in dropped]
    summary = {"batches": len(dropped), "decisions": gone}
    emit(settings, "log.decisions", None, summary, results, ("key", "count", "since", "until"))
    note(settings, f"dropped {gone} decisions in {len(dropped)} sealed batches that ended before {moment.shown}")
    return 0
