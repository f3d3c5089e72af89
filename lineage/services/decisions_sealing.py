"""Batches of decisions, sealed into the catalogue's journal: whoever alters, removes or adds one afterwards is found out.

A batch is a record in the journal (kind ``decision_batch``): which decisions, how many, and the root of the RFC 6962 tree
over their canonical lines. The log keeps the leaf hashes, which prove themselves against that root and so tell which
decision does not fit. A batch whose record is retired was dropped because its time was over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lineage.domain.canonical import canonical, digest_of
from lineage.errors import Refused
from lineage.services.changing import Request, carried_out, carry_out
from lineage.services.decision_rows import decision_data, instant_shown, line_of
from lineage.services.decisions import PAGE, require_own, said_of
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.decisions import (
    Decisions,
    Numbered,
    Wanted,
    count_after,
    drop,
    end,
    keep_hashes,
    read_hashes,
    read_rows,
)
from lineage.store.documents import read_current
from lineage.store.merkle import HASH, Frontier, leaf_hash

KIND = "decision_batch"
SIZE = 100_000
"""Decisions in a batch at most."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A sealed batch: its number within its log, the sequences and ids it reaches from and to, and what it seals.

    ``since`` and ``until`` are the times of its decisions in UTC, ``lost`` how many its gaps stand for; ``version`` is
    that of its record.
    """

    key: str
    number: int
    first: int
    last: int
    first_id: str
    last_id: str
    count: int
    lost: int
    root: str
    since: str
    until: str
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Misfit:
    """A decision, or a batch, that does not fit its seal."""

    batch: str
    id: str
    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a comparison of the log with its seals found; ``others`` counts batches of other logs in this journal."""

    store: str
    batches: int
    sealed: int
    dropped: int
    unsealed: int
    others: int
    misfits: tuple[Misfit, ...]


def seal_decisions(database: Database, store: Decisions, request: Request, size: int = SIZE) -> tuple[Batch, ...]:
    """Seal what is not sealed yet, in batches of at most ``size``; give the new ones.

    The same request sent again seals nothing. Refused when somebody else seals the same log just now; CannotAnswer when
    the newest decision was made with another catalogue.
    """
    own = store.store_id()
    with database.reading() as connection:
        if carried_out(connection, request) is not None:
            return ()
        known = _batches(connection, own)
    _mend(store, [batch for batch in known if not batch.dropped])
    with store.writing() as connection:
        behind = end(connection)
        newest = read_rows(connection, Wanted(after=behind - 1, through=behind), 1)
        told = [decision_data(found, said_of(connection, newest)) for found in newest]
    for data in told:
        require_own(database, data.get("revision", -1), str(data.get("digest") or ""))
    made = list(_made(store, own, known, behind, size))
    if not made:
        return ()
    changes = [_change(own, batch) for batch, _ in made]
    carry_out(database, request, changes, {(KIND, change.key): 0 for change in changes})
    with store.writing() as connection:
        for batch, hashes in made:
            keep_hashes(connection, batch.number, hashes)
    return tuple(batch for batch, _ in made)


def _made(store: Decisions, own: str, known: Sequence[Batch], behind: int, size: int) -> Iterator[tuple[Batch, bytes]]:
    number = known[-1].number if known else 0
    after = known[-1].last if known else 0
    while after < behind:
        rows, hashes = _hashed(store, after, behind, size)
        if not rows:
            return
        number += 1
        first, final = rows[0], rows[-1]
        times = [row.time for _, row in rows]
        yield (
            Batch(
                f"{own}.{number}", number, first.sequence, final.sequence, first.row.id, final.row.id, len(rows),
                sum(row.lost for _, row in rows), _root(hashes), instant_shown(min(times)), instant_shown(max(times)),
            ),
            hashes,
        )  # fmt: skip
        after = final.sequence


def _hashed(store: Decisions, after: int, through: int, most: int | None = None) -> tuple[list[Numbered], bytes]:
    """Give the rows behind one number through another, at most so many, and their leaf hashes one after the other."""
    rows: list[Numbered] = []
    hashes = bytearray()
    while most is None or len(rows) < most:
        count = PAGE if most is None else min(PAGE, most - len(rows))
        with store.reading() as connection:
            page = read_rows(connection, Wanted(after=after, through=through), count)
            said = said_of(connection, page)
        for found in page:
            hashes += leaf_hash(line_of(decision_data(found, said)).encode())
        rows += page
        if len(page) < count:
            break
        after = page[-1].sequence
    return rows, bytes(hashes)


def _leaves(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + HASH] for start in range(0, len(hashes), HASH)]


def _root(hashes: bytes) -> str:
    tree = Frontier()
    tree.extend(_leaves(hashes))
    return tree.root().hex()


def _change(own: str, batch: Batch) -> Change:
    body = {
        "key": batch.key, "store": own, "number": batch.number, "count": batch.count, "lost": batch.lost,
        "first": {"id": batch.first_id, "sequence": batch.first},
        "last": {"id": batch.last_id, "sequence": batch.last},
        "root": batch.root, "since": batch.since, "until": batch.until,
    }  # fmt: skip
    text = canonical(body)
    return Change(KIND, batch.key, "add", text, digest_of(text))


def _batches(connection: Connection, own: str) -> list[Batch]:
    """Give the batches of one log that the journal knows, in order."""
    found = []
    for _, key, _, text, _, retired in read_current(connection, (KIND,)):
        body = json.loads(text)
        if body["store"] == own:
            first, final = body["first"], body["last"]
            found.append(
                Batch(
                    key, body["number"], first["sequence"], final["sequence"], first["id"], final["id"], body["count"],
                    body["lost"], body["root"], body["since"], body["until"], bool(retired),
                )
            )  # fmt: skip
    return sorted(found, key=lambda batch: batch.number)


def _mend(store: Decisions, batches: Sequence[Batch]) -> None:
    """Keep the hashes of batches that were sealed by a program which ended before it kept them."""
    with store.reading() as connection:
        missing = [batch for batch in batches if read_hashes(connection, batch.number) is None]
    for batch in missing:
        _, hashes = _hashed(store, batch.first - 1, batch.last)
        if _root(hashes) == batch.root:
            with store.writing() as connection:
                keep_hashes(connection, batch.number, hashes)


def verify_decisions(database: Database, store: Decisions) -> Verified:
    """Compare every sealed decision with its seal. The seals themselves are verified with the journal."""
    own = store.store_id()
    with database.reading() as connection:
        batches = _batches(connection, own)
        others = sum(json.loads(row[3])["store"] != own for row in read_current(connection, (KIND,)))
    misfits: list[Misfit] = []
    before = 0
    for batch in batches:
        misfits += _between(store, before, batch.first - 1)
        misfits += _left(store, batch) if batch.dropped else _of_batch(store, batch)
        before = batch.last
    with store.reading() as connection:
        unsealed = count_after(connection, before)
    kept = [batch for batch in batches if not batch.dropped]
    sealed, dropped = sum(b.count for b in kept), sum(b.count for b in batches) - sum(b.count for b in kept)
    return Verified(own, len(batches), sealed, dropped, unsealed, others, tuple(misfits))


_WHY = "Somebody wrote to the log's tables by hand: find out who can, and keep a copy of what is there."


def _between(store: Decisions, after: int, through: int) -> list[Misfit]:
    """Find rows that lie between batches, or before the first: they came in after their place was sealed."""
    if through <= after or through < 1:
        return []
    with store.reading() as connection:
        rows = read_rows(connection, Wanted(after=after, through=through))
    return [Misfit("", row.id, "was inserted where everything was sealed", _WHY) for _, row in rows]


def _left(store: Decisions, batch: Batch) -> list[Misfit]:
    """Find rows of a batch that was dropped."""
    with store.reading() as connection:
        rows = read_rows(connection, Wanted(after=batch.first - 1, through=batch.last), 1)
    fix = "Run lineage log decisions --drop-before again: it ends what was interrupted."
    return [Misfit(batch.key, row.id, "is still there, though its batch was dropped", fix) for _, row in rows]


def _of_batch(store: Decisions, batch: Batch) -> list[Misfit]:
    rows, hashes = _hashed(store, batch.first - 1, batch.last)
    if _root(hashes) == batch.root:
        return []
    with store.reading() as connection:
        kept = read_hashes(connection, batch.number)
    if kept is None or _root(kept) != batch.root:
        what = f"the {batch.count} decisions from {batch.first_id} to {batch.last_id} do not fit their seal"
        return [Misfit(batch.key, "", f"{what}, and which of them cannot be told: its hashes are gone too", _WHY)]
    found = list(_misfits(batch.key, rows, _leaves(hashes), _leaves(kept)))
    return found or [Misfit(batch.key, "", "the decisions stand in another order than they were sealed in", _WHY)]


def _misfits(key: str, rows: Sequence[Numbered], has: Sequence[bytes], had: Sequence[bytes]) -> Iterator[Misfit]:
    """Walk along what is there and what was sealed, and name each decision in which they part."""
    all_has, all_had = set(has), set(had)
    here = there = 0
    while here < len(has) or there < len(had):
        if here < len(has) and there < len(had) and has[here] == had[there]:
            here, there = here + 1, there + 1
        elif there < len(had) and (here >= len(has) or has[here] in all_had):
            if had[there] not in all_has:
                behind = f" behind {rows[here - 1].row.id}" if here else ""
                yield Misfit(key, "", f"decision {there + 1} of {len(had)} in the batch is missing{behind}", _WHY)
            there += 1
        elif there >= len(had) or had[there] in all_has:
            yield Misfit(key, rows[here].row.id, "was inserted after the batch was sealed", _WHY)
            here += 1
        else:
            yield Misfit(key, rows[here].row.id, "was altered after the batch was sealed", _WHY)
            here, there = here + 1, there + 1


def drop_before(database: Database, store: Decisions, request: Request, instant: int) -> tuple[tuple[Batch, ...], int]:
    """Drop the sealed batches that ended before an instant (microseconds); give them, and how many rows went.

    Their seals stay in the journal, which says who dropped them, when and why; what an interrupted drop left goes too.
    Refused when a decision in one of them does not fit its seal: that would destroy what proves it.
    """
    own, before = store.store_id(), instant_shown(instant)
    with database.reading() as connection:
        batches = _batches(connection, own)
        repeated = carried_out(connection, request) is not None
    chosen = [] if repeated else [batch for batch in batches if not batch.dropped and batch.until < before]
    for batch in chosen:
        broken = _of_batch(store, batch)
        if broken:
            raise Refused(
                f"batch {batch.key} does not fit its seal: it is not dropped, since that would hide what was done",
                "look first: lineage log decisions --verify",
            )
    if chosen:
        carry_out(database, request, [Change(KIND, batch.key, "retire", "", "") for batch in chosen])
    gone = 0
    for batch in [batch for batch in batches if batch.dropped or batch in chosen]:
        with store.writing() as connection:
            if batch in chosen or read_rows(connection, Wanted(after=batch.first - 1, through=batch.last), 1):
                gone += drop(connection, batch.first, batch.last)
    return tuple(chosen), gone
