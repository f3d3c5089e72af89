"""Which answers a change set changes: the catalogue as it is beside the catalogue as it would be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lineage.domain.kinds import RECORDS, Declared
from lineage.services.change_sets import EMERGENCY, ChangeSet, Name
from lineage.services.comparing import Change, Comparison, Turn, compare, turns
from lineage.services.views import Times, View, open_view
from lineage.store.database import Database
from lineage.store.documents import read_one


@dataclass(frozen=True, slots=True)
class Effect:
    """The answers that differ at once, and those that differ from a later instant on."""

    comparison: Comparison
    later: tuple[Turn, ...]

    def bound(self) -> list[list[object]]:
        """Give what an approval is bound to. Sentences are left out: some count days, and would say another thing tomorrow."""
        return [_bound(change, "") for change in self.comparison.changes] + [
            _bound(turn, turn.since.shown) for turn in self.later
        ]

    def uses(self) -> list[str]:
        """Give the keys of all uses whose answer differs at some time."""
        return sorted({change.use for change in (*self.comparison.changes, *self.later)})


def _bound(change: Change, since: str) -> list[object]:
    sides = [[side.effect, side.cycle, side.holds_until] for side in (change.before, change.after)]
    rules = [[f"{f.severity} {f.code}" for f in found] for found in (change.added, change.removed)]
    return [change.use, since, *sides, *rules]


def effect_of(database: Database, now: datetime, change_set: ChangeSet, before: View | None = None) -> Effect:
    """Work out what a change set changes; ``before`` is the catalogue as it is, where somebody has it judged already.

    What an emergency change changed is told against the catalogue without it.
    """
    if change_set.state == EMERGENCY:
        return _effect_of_emergency(database, now, change_set)
    laid, gone = overlay_of(change_set)
    one = before or open_view(database, Times(now))
    other = open_view(database, Times(now), overlay=laid, gone=gone) if laid or gone else one
    return _apart(one, other)


def _effect_of_emergency(database: Database, now: datetime, change_set: ChangeSet) -> Effect:
    announced = (EMERGENCY, change_set.key)
    laid, gone = former_of(database, change_set)
    one = open_view(database, Times(now), overlay=laid, gone={*gone, announced})
    return _apart(one, open_view(database, Times(now), gone={announced}))


def _apart(one: View, other: View) -> Effect:
    start = one.at.microseconds
    later = tuple(turn for turn in turns(one, other, start) if turn.since.microseconds > start)
    return Effect(compare(one, other), later)


def touched(database: Database, now: datetime, change_set: ChangeSet) -> list[str]:
    """Give the keys of the uses whose answer changes that do not hold yet would change, now or later."""
    laid, gone = overlay_of(change_set)
    one = open_view(database, Times(now))
    return _apart(one, open_view(database, Times(now), overlay=laid, gone=gone)).uses()


def overlay_of(change_set: ChangeSet) -> tuple[list[Declared], set[Name]]:
    """Give the documents a change set lays over the catalogue, and those it takes away."""
    known = {place[:2]: place for place in change_set.places}
    laid, gone = [], set()
    for change in change_set.changes:
        if change.kind in RECORDS:
            continue
        if change.operation == "retire":
            gone.add(change.name)
            continue
        _, _, file, line, lines, _ = known.get(change.name, ("", "", "", 0, "{}", ""))
        digest = change.change.digest
        laid.append(Declared(change.kind, change.key, change.text, digest, file, line, lines))
    return laid, gone


def former_of(database: Database, change_set: ChangeSet) -> tuple[list[Declared], set[Name]]:
    """Give the documents a change set replaced, as they were before it, and those that were not there."""
    laid, gone = [], set()
    with database.reading() as connection:
        for change in change_set.changes:
            was = read_one(connection, change.kind, change.key, change_set.base)
            if was is None or was.retired:
                gone.add(change.name)
            else:
                laid.append(Declared.of(change.kind, change.key, was.body))
    return laid, gone
