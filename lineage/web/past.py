"""Answers with what was known at an earlier instant: read from the journal, beside everything else, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from lineage.errors import LineageError, NoCatalogue, WrongUse
from lineage.gate.answer import Question
from lineage.gate.source import Snapshot
from lineage.web.desk import Entry, Held, encoded, ending_of, holding
from lineage.web.limits import PAST_AT_ONCE, PATIENCE
from lineage.web.messages import Malformed
from lineage.web.threads import beside_few

if TYPE_CHECKING:
    from lineage.services.views import View
    from lineage.store.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Then:
    """Both times as they were asked for (None: not said), and the clock's instant."""

    now: datetime
    at: str | None
    as_of: str


class Past:
    """Reads earlier knowledge from a catalogue; an empty address means that there is none, only a bundle."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._url = url
        self._patience = patience
        self._database: Database | None = None
        self._places = asyncio.Semaphore(PAST_AT_ONCE)

    async def answered(self, names: tuple[str, ...], then: Then) -> tuple[Entry, bytes, Snapshot]:
        """Answer one question with what was known then. Malformed when that cannot be done, now or ever."""
        return await self._within(lambda: self._answered(names, then))

    async def held(self, then: Then) -> tuple[Held, int, bytes]:
        """Give all that was known then, with the instant asked about and how answers about it end."""
        return await self._within(lambda: self._held(then))

    def close(self) -> None:
        """End the connections that were kept."""
        if self._database is not None:
            self._database.close()

    async def _within(self, work: Callable[[], T]) -> T:
        if not self._url:
            raise Malformed("context.as_of: this server answers from a bundle, which holds one revision; leave it out")
        try:
            return await beside_few(work, self._places, self._patience)
        except TimeoutError:
            raise Malformed("reading what was known then took too long; ask again later", 503) from None
        except (WrongUse, NoCatalogue) as error:
            raise Malformed(f"context.as_of: {error.sentence}") from None
        except LineageError as error:
            raise Malformed(error.sentence, 503) from None

    def _open(self) -> Database:
        from lineage.store.database import Database

        if self._database is None:
            self._database = Database(self._url, keep=True)
        return self._database

    def _answered(self, names: tuple[str, ...], then: Then) -> tuple[Entry, bytes, Snapshot]:
        from lineage.services.asking import may
        from lineage.services.places import locate
        from lineage.services.views import Times

        process, element, purpose, audience, regime = (*names, "", "")[:5]
        question = Question(process, element, purpose, 0, audience, regime)
        database = self._open()
        asked = may(database, Times(then.now, then.at, then.as_of), question, digest=True)
        found = asked.answers[0]
        snapshot = _snapshot(asked.view, locate(database, found.findings))
        ending = ending_of(asked.view.at.shown, asked.view.as_of.shown)
        return encoded(found, snapshot.where, holding(snapshot).opening), ending, snapshot

    def _held(self, then: Then) -> tuple[Held, int, bytes]:
        from lineage.services.views import Times, open_view

        view = open_view(self._open(), Times(then.now, then.at, then.as_of), digest=True)
        ending = ending_of(view.at.shown, view.as_of.shown)
        return holding(_snapshot(view, lambda _: "")), view.at.microseconds, ending


def _snapshot(view: View, where: Callable[..., str]) -> Snapshot:
    return Snapshot(view.table, view.revision, view.digest, "", view.as_of.microseconds, where)
