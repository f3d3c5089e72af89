"""Every version of a document: when it was written, by whom, why, and what it changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from lineage.domain.days import micros
from lineage.errors import Refused
from lineage.gate.nearest import did_you_mean
from lineage.services.editing_paths import ELEMENT, prefix_of
from lineage.services.moments import Moment
from lineage.services.plans import Difference, compare
from lineage.services.views import Times, resolve_times, zone_of
from lineage.store.database import Database
from lineage.store.documents import UNDER_ELEMENT, UNDER_USE, Version, read_history, read_keys
from lineage.store.proposals import Proposal, read_proposals

ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version: ``sequence`` is its journal entry, ``differences`` what it changed against the version before.

    ``who`` is ``erased`` where the name is gone. ``redacted`` says that something was taken out of it later.
    """

    sequence: int
    at: Moment
    kind: str
    key: str
    version: int
    operation: str
    who: str
    how_known: str
    reason: str
    retired: bool
    redacted: bool
    differences: tuple[Difference, ...]
    proposal: Proposal | None = None


def history(database: Database, times: Times, kind: str, key: str, *, everything: bool = False) -> tuple[Entry, ...]:
    """Give every version of a document, oldest first; of an element also those of what hangs under it.

    With ``everything`` those of its uses, outcomes and insights too. With ``times.as_of`` only what was known then.
    Raises Refused when there is, or was, no such document.
    """
    with database.reading() as connection:
        _, _, sequence = resolve_times(connection, times)
        under = (*UNDER_ELEMENT, *(UNDER_USE if everything else ())) if kind == ELEMENT else ()
        versions = read_history(connection, kind, key, under, sequence)
        if not any(one.kind == kind for one in versions):
            hint = did_you_mean(key, read_keys(connection, kind, sequence))
            raise Refused(f"there is no {kind} {key}", hint or f"see lineage {kind} list")
        zone = zone_of(connection, sequence)
        proposals = read_proposals(connection)
    return tuple(_entries(versions, zone, kind, proposals))


def _entries(versions: Iterable[Version], zone: str, kind: str, proposals: Mapping[str, Proposal]) -> Iterator[Entry]:
    last: dict[tuple[str, str], Version] = {}
    for one in versions:
        before = last.get((one.kind, one.key))
        last[one.kind, one.key] = one
        prefix = prefix_of(one.kind, one.key) if kind == ELEMENT else ""
        yield Entry(
            sequence=one.sys_from,
            at=Moment(micros(datetime.fromisoformat(one.at)), zone),
            kind=one.kind,
            key=one.key,
            version=one.version,
            operation=one.operation,
            who=one.who or ERASED,
            how_known=one.how_known,
            reason=one.reason or "",
            retired=one.retired,
            redacted=one.redacted,
            differences=tuple(
                Difference(f"{prefix}{d.path}", d.before, d.after)
                for d in compare(before.body if before else {}, one.body)
            ),
            proposal=proposals.get(one.command),
        )
