"""Record what a use did and what was learned: one document, one journal entry, and the answer before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lineage.domain.kinds import Declared, use_key
from lineage.errors import Refused
from lineage.gate.answer import Answer, Question, answer
from lineage.intake.single import make_document
from lineage.services.changing import Done, Request, carry_out
from lineage.services.views import Scope, Times, View, open_view
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.documents import read_one


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, and the use's answer before and after; where it waits for somebody else, what it would be."""

    kind: str
    key: str
    before: Answer
    after: Answer
    view: View
    done: Done


@dataclass(frozen=True, slots=True)
class UseName:
    """What identifies a use."""

    element: str
    process: str
    purpose: str
    audience: str = ""

    @property
    def key(self) -> str:
        """The key of its document."""
        return use_key(
            {"element": self.element, "process": self.process, "purpose": self.purpose, "audience": self.audience}
        )


def record(
    database: Database,
    times: Times,
    kind: str,
    use: UseName,
    body: Mapping[str, Any],
    request: Request,
) -> Recorded:
    """Write an outcome or insight of a use.

    Raises Refused when the use is unknown, the key is taken, a cited outcome is unknown, or the facts do not fit.
    """
    before = _answer(database, times, use)
    document = _document(kind, f"{use.key}#{body.get('key') or ''}", body)

    def check(connection: Connection) -> None:
        stored = read_one(connection, "use", use.key)
        if stored is None or stored.retired or stored.body.get("effect") != "allow":
            raise Refused(f"no use {use.key} is declared", "declare it under uses: and apply it first")
        if read_one(connection, kind, document.key) is not None:
            raise Refused(f"{kind} {document.key} is recorded already", "give the new one another --key")
        for cited in document.body.get("outcomes") or () if kind == "insight" else ():
            if read_one(connection, "outcome", f"{use.key}#{cited}") is None:
                raise Refused(
                    f"there is no outcome {cited} of {use.key}",
                    "record the outcome first, or cite another with --outcome",
                )

    change = Change(kind, document.key, "add", document.text, document.digest)
    done = carry_out(database, request, [change], check=check)
    view, after = _asked(database, times, use, () if done.live else [document])
    return Recorded(kind, document.key, before, after, view, done)


def _document(kind: str, key: str, body: Mapping[str, Any]) -> Declared:
    document, problems = make_document(kind, key, body)
    if problems:
        sentences = [f"{problem.path}: {problem.message}" if problem.path else problem.message for problem in problems]
        raise Refused("; ".join(sentences), problems[0].fix)
    return document


def _answer(database: Database, times: Times, use: UseName) -> Answer:
    return _asked(database, times, use)[1]


def _asked(database: Database, times: Times, use: UseName, overlay: Sequence[Declared] = ()) -> tuple[View, Answer]:
    view = open_view(database, times, Scope((use.element,), use.process), overlay, digest=True)
    question = Question(use.process, use.element, use.purpose, view.at.microseconds, use.audience)
    return view, answer(view.table, question)
