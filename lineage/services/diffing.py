"""What changed between two instants, or would change if declarations were applied: answers, and documents behind them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineage.domain.days import check_day
from lineage.domain.kinds import KINDS, Declared
from lineage.errors import Refused, WrongUse
from lineage.gate.nearest import did_you_mean
from lineage.services.checking import require_today
from lineage.services.comparing import Comparison, compare
from lineage.services.moments import entry_of
from lineage.services.plans import Difference
from lineage.services.plans import compare as values_that_differ
from lineage.services.views import UNDER_ELEMENTS, Scope, Times, View, open_view, resolve_both
from lineage.store.database import Connection, Database
from lineage.store.documents import read_current, read_digests

if TYPE_CHECKING:
    from lineage.intake.declarations import Declarations


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """One document that differs. ``operation`` is add, change, retire or restore; what is added has no differences."""

    operation: str
    kind: str
    key: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """Two views compared, with the documents that differ; ``declarations`` are those laid over the second, if any."""

    before: View
    after: View
    comparison: Comparison
    documents: tuple[DocumentChange, ...]
    declarations: Declarations | None = None


def diff(
    database: Database, times: Times, first: str, second: str, keys: Collection[str] = (), *, digest: bool = False
) -> Diff:
    """Compare the catalogue as it was known at two instants, for all elements or some.

    Each side is judged at its own instant, or both at ``times.at``. Raises WrongUse for what is no instant, NoCatalogue
    where nothing was known yet, and Refused for an element that neither side knows.
    """
    for name, text in (("A", first), ("B", second)):
        if entry_of(text, name) is None:
            _require_instant(name, text)
    scope = Scope(tuple(keys) or None)
    before = open_view(database, Times(times.now, times.at, first), scope, digest=digest)
    later = Times(times.now, times.at, second)
    with database.reading() as connection:
        found = resolve_both(connection, later)
    if found.entry == before.entry:
        # Nothing was written in between: the same table answers for both instants.
        after = replace(before, at=found.at, as_of=found.as_of)
    else:
        after = open_view(database, later, scope, digest=digest)
    _require_known(before, after, keys)
    with database.reading() as connection:
        changed = _between(connection, before.entry, after.entry, keys)
    return Diff(before, after, compare(before, after, keys), changed)


def diff_with(
    database: Database, times: Times, overlay: Sequence[Path], keys: Collection[str] = (), *, digest: bool = False
) -> Diff | Declarations:
    """Compare the catalogue with itself as it would be if declarations were applied; nothing is written.

    Gives the declarations alone when there are problems in them.
    """
    from lineage.services.applying import laid_over, read_against
    from lineage.services.transitions import as_applied

    require_today(times)
    declared = as_applied(database, read_against(database, overlay), times.now)
    if declared.problems:
        return declared
    laid = laid_over(database, declared)
    before = open_view(database, times, digest=digest)
    after = open_view(database, times, overlay=laid, digest=digest)
    _require_known(before, after, keys)
    with database.reading() as connection:
        changed = _laid_over(connection, before.sequence, laid, keys)
    return Diff(before, after, compare(before, after, keys), changed, declared)


def _require_instant(name: str, text: str) -> None:
    try:
        check_day(text if text != "now" else "2000-01-01")
    except ValueError as error:
        raise WrongUse(
            f"{name}: {error}", "write two instants, such as 2026-09-30 now, or two journal entries, such as @12 @57"
        ) from None


def _require_known(before: View, after: View, keys: Collection[str]) -> None:
    for key in keys:
        if key not in before.table.elements and key not in after.table.elements:
            hint = did_you_mean(key, {**before.table.elements, **after.table.elements})
            raise Refused(f"there is no element {key}", hint or "see lineage element list")


_Digests = Mapping[tuple[str, str], tuple[int, str, bool]]
_Bodies = dict[tuple[str, str], dict[str, Any]]


def _between(connection: Connection, first: int, second: int, keys: Collection[str]) -> tuple[DocumentChange, ...]:
    """Give what differs between two entries of the journal."""
    if first == second:
        return ()
    operations = _operations(read_digests(connection, first), read_digests(connection, second), keys)
    changed = {name for name, operation in operations.items() if operation in ("change", "restore")}
    return _documents(operations, _bodies(connection, changed, first), _bodies(connection, changed, second))


def _laid_over(
    connection: Connection, sequence: int | None, laid: Sequence[Declared], keys: Collection[str]
) -> tuple[DocumentChange, ...]:
    """Give what differs where documents are laid over."""
    stored = read_digests(connection, sequence)
    over = {(document.kind, document.key): document for document in laid}
    after = {**stored, **{name: (0, document.digest, False) for name, document in over.items()}}
    operations = _operations(stored, after, keys)
    changed = {name for name, operation in operations.items() if operation in ("change", "restore")}
    return _documents(
        operations, _bodies(connection, changed, sequence), {name: over[name].body for name in changed if name in over}
    )


def _operations(before: _Digests, after: _Digests, keys: Collection[str]) -> dict[tuple[str, str], str]:
    """Give what happened to each document, in the order in which documents are stored; of some elements or of all."""
    found = {}
    for name in before.keys() | after.keys():
        operation = _operation(before.get(name), after.get(name))
        if operation and (not keys or _belongs(*name, keys)):
            found[name] = operation
    return dict(sorted(found.items(), key=lambda item: (KINDS.index(item[0][0]), item[0][1])))


def _operation(was: tuple[int, str, bool] | None, now: tuple[int, str, bool] | None) -> str:
    """Name what happened to a document; going back in time, one that did not exist yet counts as retired."""
    before, after = bool(was and not was[2]), bool(now and not now[2])
    if before != after:
        return "retire" if before else "restore" if was else "add"
    return "change" if was and now and before and was[1] != now[1] else ""


def _belongs(kind: str, key: str, elements: Collection[str]) -> bool:
    """Tell whether a document is one of these elements, or hangs under one."""
    return kind in UNDER_ELEMENTS and key.partition("#")[0].partition("/")[0] in elements


def _bodies(connection: Connection, names: Collection[tuple[str, str]], sequence: int | None) -> _Bodies:
    kinds = {kind for kind, _ in names}
    rows = read_current(connection, kinds, sequence) if kinds else ()
    return {(row[0], row[1]): json.loads(row[3]) for row in rows if (row[0], row[1]) in names}


def _documents(
    operations: Mapping[tuple[str, str], str], before: _Bodies, after: _Bodies
) -> tuple[DocumentChange, ...]:
    """Put the differing values to each document; packs and vocabulary are too long to be listed value by value."""
    found = []
    for (kind, key), operation in operations.items():
        name = (kind, key)
        listed = name in before and name in after and kind not in ("pack", "vocabulary")
        differences = tuple(values_that_differ(before[name], after[name])) if listed else ()
        found.append(DocumentChange(operation, kind, key, differences))
    return tuple(found)
