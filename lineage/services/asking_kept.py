"""Questions to the table that was kept of a catalogue, as long as it is of the newest revision: nothing is judged for them."""

from __future__ import annotations

from datetime import datetime

from lineage.domain.days import micros
from lineage.gate.answer import Question, answer
from lineage.gate.bundle_places import ancestors
from lineage.gate.decode import table_of
from lineage.gate.segments import TableDamaged
from lineage.services.asking_bundle import Asked, Frame
from lineage.services.moments import Moment, resolve
from lineage.services.placed import found_in
from lineage.services.program import program
from lineage.store.kept_file import KeptFile, kept_file


def may(url: str, now: datetime, at: str | None, question: Question) -> Asked | None:
    """Answer from the kept table of a SQLite catalogue; None when it has none of its newest revision.

    WrongUse for an instant that is none.
    """
    kept = kept_file(url, program())
    if kept is None:
        return None
    try:
        return _answered(kept, now, at, question)
    except TableDamaged:
        return None
    finally:
        kept.close()


def _answered(kept: KeptFile, now: datetime, at: str | None, question: Question) -> Asked:
    table = table_of(kept)
    moment = resolve(at, now, table.zone, "--at")
    found = answer(table, question._replace(instant=moment.microseconds))
    names = {name for finding in found.findings for name in ancestors(finding)}
    places = kept.places(sorted(names))
    frame = Frame(moment, Moment(micros(now), table.zone), table.revision, table.digest, kept.entry)
    return Asked(frame, (found,), "", lambda finding: found_in(places, finding))
