"""Questions: may, purposes, elements, processes. What they mean stands in the gate."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.gate.answer import Answer, Question, answer
from lineage.gate.listing import Name, questions, unknown_name
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
    return _listed(view, element, process or None)


def elements(database: Database, times: Times, process: str, purpose: str = "", *, digest: bool = False) -> Asked:
    """Answer which elements a process may use, for one purpose or for any it declares."""
    view = open_view(database, times, Scope(None, process), digest=digest)
    return _listed(view, None, process, purpose or None)


def processes(database: Database, times: Times, element: str, purpose: str = "", *, digest: bool = False) -> Asked:
    """Answer which processes may use an element, for one purpose or for any they declare."""
    view = open_view(database, times, Scope((element,)), digest=digest)
    return _listed(view, element, None, purpose or None)


def _listed(view: View, element: Name, process: Name = None, purpose: Name = None) -> Asked:
    asked = questions(view.table, view.at.microseconds, element, process, purpose)
    answers = tuple([answer(view.table, question) for question in asked])
    return Asked(view, answers, unknown_name(view.table, element, process, purpose))
