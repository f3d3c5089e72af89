"""A logged decision in plain words: what was answered, whether the journal gives the same, and what it would be now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from lineage.services.decisions import COMPARED, Rederived, rederive
from lineage.services.explaining_words import Explanation, value_text
from lineage.store.database import Database
from lineage.store.decisions import Decisions

COLUMNS = ("id", "logged", "rederived", "same", "today")


def explain_decision(database: Database, store: Decisions, number: str, now: datetime) -> Explanation:
    """Explain a decision of the log; the exit code is 0 when the journal gives the same verdict, 1 when not.

    CannotAnswer when it cannot be derived.
    """
    found = rederive(database, store, number, now)
    result = {
        "id": found.logged["id"], "logged": dict(found.logged), "rederived": dict(found.then), "same": found.same,
        "differs": list(found.differs), "reasons": list(found.reasons), "hindsight": dict(found.hindsight),
        "today": dict(found.today),
    }  # fmt: skip
    summary = {
        "same": found.same, "logged": found.logged["effect"], "rederived": found.then["effect"],
        "hindsight": found.hindsight["effect"], "today": found.today["effect"],
        "same_today": not _parted(found.logged, found.today),
    }  # fmt: skip
    return Explanation(found.view, summary, [result], COLUMNS, "\n".join(_lines(found)), 0 if found.same else 1)


def _lines(found: Rederived) -> Iterator[str]:
    logged = found.logged
    bundle = f", bundle {logged['bundle'][:16]}" if logged.get("bundle") else ""
    source = f"revision {logged.get('revision')}{bundle}"
    yield f"decision {logged['id']}: {logged['effect']}"
    yield f"  asked       {_question(logged)}"
    yield f"  about       {logged['at']}"
    yield f"  answered    {logged['time']} to {logged['caller'] or 'nobody named'}, from {source}"
    yield f"  logged      {_verdict(logged)}"
    yield f"  re-derived  {_verdict(found.then)}"
    if found.same:
        yield "The journal gives the same verdict for that instant and that revision."
    else:
        yield f"The journal gives another verdict; these parts differ: {', '.join(found.differs)}."
        for name in found.differs:
            yield f"  {name}: logged {_part(logged.get(name))}; re-derived {_part(found.then.get(name))}"
    yield from (f"  why         {reason}" for reason in found.reasons)
    yield f"  hindsight   {_verdict(found.hindsight)}: what is known now, about that instant"
    yield f"  today       {_verdict(found.today)}: what is known now, about now"
    yield _still(logged, found.today)


def _question(logged: Mapping[str, Any]) -> str:
    whose = f", data of {logged['audience']}" if logged.get("audience") else ""
    law = f", under {logged['regime']}" if logged.get("regime") else ""
    return f"may {logged['process']} use {logged['element']} for {logged['purpose']}{whose}{law}?"


def _verdict(verdict: Mapping[str, Any]) -> str:
    counts = [one["code"] for one in verdict.get("findings") or () if one["severity"] == "blocker"]
    because = f", because of {', '.join(dict.fromkeys(counts))}" if counts else ""
    return f"{verdict.get('effect')}, cycle {verdict.get('cycle')}{because}"


def _part(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return value_text([f"{one['severity']} {one['code']}" for one in value])
    if isinstance(value, dict):
        return value_text([f"{name} {said}" for name, said in value.items()])
    return "nothing" if value is None else value_text(value)


def _parted(logged: Mapping[str, Any], today: Mapping[str, Any]) -> list[str]:
    """Name the parts in which today's verdict is another; the day it holds until moves by itself."""
    return [name for name in COMPARED if name != "holds_until" and logged.get(name) != today.get(name)]


def _still(logged: Mapping[str, Any], today: Mapping[str, Any]) -> str:
    parted = _parted(logged, today)
    if not parted:
        return "Asked today, the answer would be the same."
    if "effect" not in parted:
        return f"Asked today, the effect would be the same; these parts would differ: {', '.join(parted)}."
    return f"Asked today, the answer would be {today['effect']} instead of {logged['effect']}."
