"""Decisions for tests: made of a real catalogue's view, or of nothing but words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from lineage.domain.days import micros
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.findings import Finding
from lineage.gate.source import Snapshot
from lineage.services.decision_log import open_log
from lineage.services.views import Times, open_view
from lineage.store.database import Database

TIME = 1_788_264_000_000_000
"""2026-09-01T12:00:00Z in microseconds."""

WARNING = Finding("eu-gdpr/EU-18", "regulation", "warning", "no register", "keep one", "Art. 30", "Register", "L")


def made(number: int = 0, effect: str = "allow", element: str = "customer.phone_number", at: int = TIME) -> Answer:
    """Give an answer nobody judged."""
    question = Question("parcel-dispatch", element, "DeliveryOfGoods", at, "customer")
    stages = dict.fromkeys(("origin", "purpose", "outcome", "insight"), "complete")
    uses = (f"{element}/parcel-dispatch/DeliveryOfGoods", str(number))
    law = {"eu-gdpr": "compliant"}
    return Answer(question, effect, "complete", stages, "not_required", law, (), (WARNING,), "2027-03-01", uses)


def snapshot(revision: int = 7, **more: str) -> Snapshot:
    """Give a snapshot without a table."""
    return Snapshot(None, revision, "d" * 64, "e" * 64, TIME - 1_000_000, lambda _: "", **more)  # type: ignore[arg-type]


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'lineage-decisions.db'}"


def keep(folder: Path, *questions: Question, caller: str = "checkout", now: int = TIME) -> list[str]:
    """Ask the catalogue in a folder as a gate would, and keep the answers in the log beside it; give their ids."""
    times = Times(datetime.fromtimestamp(now / 1_000_000, UTC))
    view = open_view(Database(f"sqlite:///{folder / 'lineage.db'}"), times, digest=True)
    known = Snapshot(view.table, view.revision, view.digest, "root", now, lambda _: "")
    log = open_log(url_of(folder), "durable", patience=20.0)
    try:
        return log.record_many([answer(view.table, question) for question in questions], known, caller, now)
    finally:
        log.close()


def asked(element: str = "customer.phone_number", process: str = "parcel-dispatch", at: int = TIME) -> Question:
    return Question(process, element, "DeliveryOfGoods", at)


assert micros(datetime(2026, 9, 1, 12, tzinfo=UTC)) == TIME
