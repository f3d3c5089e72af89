"""Questions: may, purposes, elements, processes. Every answer comes from ``gate.answer``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lineage.gate.answer import Answer, Question, answer
from lineage.gate.nearest import did_you_mean
from lineage.services.views import Scope, Times, View, open_view
from lineage.store.database import Database


@dataclass(frozen=True, slots=True)
class Asked:
    """Answers with the view they were given on."""

    view: View
    answers: tuple[Answer, ...]
    unknown: str = ""


def may(database: Database, times: Times, question: Question, *, digest: bool = False) -> Asked:
    """Answer whether a process may use an element for a purpose; the question's instant is taken from ``times``."""
    further = (question.regime,) if question.regime else ()
    view = open_view(database, times, Scope((question.element,), question.process, further), digest=digest)
    return Asked(view, (answer(view.table, question._replace(instant=view.at.microseconds)),))


def purposes(database: Database, times: Times, element: str, process: str = "", *, digest: bool = False) -> Asked:
    """Answer for which purposes an element may be used, by one process or by any."""
    view = open_view(database, times, Scope((element,), process), digest=digest)
    unknown = _unknown("element", element, view.table.elements) or (
        _unknown("process", process, view.table.processes) if process else ""
    )
    return Asked(view, tuple(_declared(view, element=element, process=process)), unknown)


def elements(database: Database, times: Times, process: str, purpose: str = "", *, digest: bool = False) -> Asked:
    """Answer which elements a process may use, for one purpose or for any it declares."""
    view = open_view(database, times, Scope(None, process), digest=digest)
    unknown = _unknown("process", process, view.table.processes) or _unknown_purpose(view, purpose)
    return Asked(view, tuple(_declared(view, process=process, purpose=purpose)), unknown)


def processes(database: Database, times: Times, element: str, purpose: str = "", *, digest: bool = False) -> Asked:
    """Answer which processes may use an element, for one purpose or for any they declare."""
    view = open_view(database, times, Scope((element,)), digest=digest)
    unknown = _unknown("element", element, view.table.elements) or _unknown_purpose(view, purpose)
    return Asked(view, tuple(_declared(view, element=element, purpose=purpose)), unknown)


def _unknown_purpose(view: View, purpose: str) -> str:
    return _unknown("purpose", purpose, view.table.purposes.parents) if purpose else ""


def _unknown(kind: str, key: str, known: Iterable[str]) -> str:
    names = list(known)
    if key in names:
        return ""
    hint = did_you_mean(key, names)
    return f"there is no {kind} {key}{f'; {hint}' if hint else ''}"


def _declared(view: View, element: str = "", process: str = "", purpose: str = "") -> Iterator[Answer]:
    """Ask, for each declared use that fits, its own question; with a purpose, that purpose instead of the declared one."""
    asked: set[tuple[str, str, str, str]] = set()
    covering = view.table.purposes.covering(purpose) if purpose else {}
    for use in view.table.uses:
        if (
            (element and use.element != element)
            or (process and use.process != process)
            or (purpose and use.purpose not in covering)
        ):
            continue
        name = (use.process, use.element, purpose or use.purpose, use.audience)
        if name not in asked:
            asked.add(name)
            yield answer(view.table, Question(*name[:3], view.at.microseconds, audience=use.audience))
