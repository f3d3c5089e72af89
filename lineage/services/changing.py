"""The one way in: every change of the catalogue, from whatever command, page or import, is carried out here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lineage.store.commands import Change, Command, Written, write
from lineage.store.database import Connection, Database
from lineage.store.places import Declared as Place
from lineage.store.places import forget_places, save_places


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and how that is known."""

    name: str
    how_known: str


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for a change, when and why; ``request`` stays the same when it is sent again after an unclear answer.

    ``personal_data`` says that values which look like personal data were looked at and are meant. ``emergency`` is the
    instant until which a change may stand that nobody else has approved. ``change_set`` names one to be proposed anew.
    """

    actor: Actor
    now: datetime
    reason: str | None = None
    request: str | None = None
    personal_data: bool = False
    emergency: str | None = None
    change_set: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a request: journal entries, or a change set that waits for somebody else."""

    written: Written
    change_set: str = ""
    digest: str = ""

    @property
    def live(self) -> bool:
        """Whether the changes hold already."""
        return not self.change_set


@dataclass(frozen=True, slots=True)
class Places:
    """Where documents are declared now, and which no file declares any more: kept with the changes, outside the journal."""

    declared: Iterable[Place] = ()
    forgotten: Collection[tuple[str, str]] = ()


def carry_out(
    database: Database,
    request: Request,
    changes: Iterable[Change],
    expected: Mapping[tuple[str, str], int] | None = None,
    *,
    places: Places | None = None,
    check: Callable[[Connection], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Done:
    """Write changes in one transaction, or nothing. ``expected`` gives the versions they were thought out for.

    ``check`` looks at the catalogue inside the transaction and raises Refused when the changes no longer fit it.
    Raises Refused when a document is not in the expected version or a fitting state.
    """
    with database.writing() as connection:
        if check is not None:
            check(connection)
        written = write(connection, command_of(request), changes, expected, progress)
        if places is not None:
            save_places(connection, places.declared)
            forget_places(connection, places.forgotten)
    return Done(written)


def command_of(request: Request) -> Command:
    """Give the command the store writes for a request."""
    return Command(request.actor.name, request.actor.how_known, request.now, request.request, request.reason)
