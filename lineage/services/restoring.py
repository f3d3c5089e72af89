"""Bring back what an element said before, by a new change: nothing is rewritten, and nothing that protects people goes.

One version of the element comes back whole. Everything of an element as it was at an instant comes back as far as this
may be: what people decided, what was forbidden and what was found unlawful since then stays as it is, and is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from lineage.domain.consents import state_at
from lineage.domain.days import micros
from lineage.domain.kinds import Declared
from lineage.domain.redaction import was_redacted
from lineage.errors import Refused
from lineage.services.changing import Request
from lineage.services.editing import Edited, Held, Intent, Kept, carry, held_of, no_element, require_live
from lineage.services.editing_paths import ELEMENT, Name
from lineage.services.plans import Item, Plan
from lineage.services.transitions import refusals
from lineage.services.views import Times, resolve_times, zone_of
from lineage.store.database import Database
from lineage.store.documents import read_of_elements, read_version

UNLAWFUL = frozenset({"non_compliant", "unlawful", "violation"})
EVIDENCE = frozenset({"outcome", "insight"})
"""What was recorded once: it comes back when it was retired, and is neither changed nor taken away."""


def restore_version(database: Database, times: Times, key: str, version: int, request: Request) -> Edited:
    """Make an old version of the element its current one; what hangs under it stays as it is.

    Raises Refused when there is no such version, text was taken out of it, or the element is retired.
    """
    with database.reading() as connection:
        held = held_of(connection, key)
        require_live(connection, held, key)
        old = read_version(connection, ELEMENT, key, version)
    if old is None:
        last = held[ELEMENT, key].version
        raise Refused(
            f"element {key} has no version {version}", f"it has 1 to {last}; see lineage element history {key}"
        )
    if old.retired:
        raise Refused(f"version {version} of element {key} is its retirement", "name the version before it")
    if was_redacted(ELEMENT, old.body):
        raise Refused(
            f"version {version} of element {key} was redacted: text is missing in it", f"use lineage element edit {key}"
        )
    changed = {(ELEMENT, key): old.body} if old.digest != held[ELEMENT, key].digest else {}
    return carry(database, times, request, Intent(key, held, changed, exact=True))


def restore_as_of(database: Database, times: Times, key: str, request: Request) -> Edited:
    """Bring everything of an element back as it was at ``times.as_of``: what came since is retired, as far as may be.

    Raises Refused when there was no such element then.
    """
    with database.reading() as connection:
        _, as_of, sequence = resolve_times(connection, times)
        held = held_of(connection, key)
        if (ELEMENT, key) not in held:
            raise no_element(connection, key)
        rows = read_of_elements(connection, [key], sequence)
        then = {(row[0], row[1]): Kept(row[2], json.loads(row[3]), row[4], row[5]) for row in rows if not row[5]}
        zone = zone_of(connection)
    if (ELEMENT, key) not in then:
        raise Refused(f"there was no element {key} at {as_of.shown}", f"see lineage element history {key}")
    now = replace(times, at=None, as_of=None)
    return carry(database, now, request, _Restoring(database, now, ZoneInfo(zone), held, then).intent(key))


@dataclass(frozen=True, slots=True)
class _Restoring:
    """What is held now beside what was held then."""

    database: Database
    times: Times
    zone: ZoneInfo
    held: Held
    then: Held

    def intent(self, key: str) -> Intent:
        """Think out what comes back, what goes, and what stays although it was not so then."""
        stays = dict(self._stays())
        back = {name: old.body for name, old in self.then.items() if self._differs(name) and name not in stays}
        since = {name for name, kept in self.held.items() if not kept.retired and name not in self.then}
        gone = {name for name in since if name not in stays and name[0] not in EVIDENCE}
        # What was recorded of a use goes with it, as it does when the use itself is retired.
        gone |= {name for name in since if name[0] in EVIDENCE and ("use", name[1].rpartition("#")[0]) in gone}
        left = tuple((" ".join(name), why) for name, why in sorted(stays.items()) if name not in gone)
        return Intent(key, self.held, back, frozenset(gone), left=left, exact=True)

    def _differs(self, name: Name) -> bool:
        now, old = self.held[name], self.then[name]
        return now.retired or now.digest != old.digest

    def _stays(self) -> Iterator[tuple[Name, str]]:
        """Give each document that is not as it was then and stays as it is, with the reason."""
        for name, now in self.held.items():
            old = self.then.get(name)
            if (old is None and now.retired) or (old is not None and not self._differs(name)):
                continue
            why = self._reason(name, now, old)
            if why:
                yield name, why

    def _reason(self, name: Name, now: Kept, old: Kept | None) -> str:
        kind = name[0]
        if old is not None and was_redacted(kind, old.body):
            return "what it said then was redacted: use lineage element edit"
        if kind == "consent":
            return self._of_consent(name, now, old)
        if kind in EVIDENCE and not now.retired:
            return "what was recorded stays as it is"
        if kind == "use" and not now.retired and now.body.get("effect") == "prohibit":
            return "a prohibition stays until it is taken back by itself"
        if kind == "regulatory" and not now.retired and now.body.get("status") in UNLAWFUL:
            return f"it was found {now.body['status']}: assess it anew with lineage element edit"
        return ""

    def _of_consent(self, name: Name, now: Kept, old: Kept | None) -> str:
        """Tell why a consent stays: only people's own acts give one, end one or bring one back."""
        if old is None:
            return "a consent that came since stays"
        instant = micros(self.times.now)
        was, will = state_at(old.body, instant, self.zone), state_at(now.body, instant, self.zone)
        if was != will:
            return f"it is {will} now, and would be {was}: only an act of the person changes that"
        item = Item("change", *name, document=Declared.of(*name, old.body))
        found = refusals(self.database, Plan((item,), 0, ()), self.times.now)
        return found[0].message if found else ""
