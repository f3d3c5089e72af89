"""What the database itself refuses, said once for both databases: conditions on a row, and what is told.

A row that the journal speaks of needs an entry of the same transaction. Entries are written first and the head of the
log moves last, so an entry is new as long as the head does not cover it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Table

from lineage.domain.kinds import RECORDS
from lineage.store.registry import metadata
from lineage.store.tables import CACHES

UNGOVERNED = CACHES | {"place"}
"""Tables that change without an entry of the journal."""

ALWAYS = "1 = 1"
"""The condition of what is never done."""

SIZE = "coalesce((SELECT size FROM head), 0)"
"""The number of entries that the head covers."""

Rule = tuple[str, str]
"""A condition in SQL that is true of what is refused, and the message."""


class Words(Protocol):
    """What the databases say differently. ``one_by_one``: a row is looked at before it comes, and not with its statement."""

    same: str
    one_by_one: bool

    def field(self, body: str, name: str) -> str:
        """Give the text of a field of a JSON body."""
        ...

    def within(self, value: str, body: str, name: str) -> str:
        """Give the condition that a value stands in a list of a JSON body."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What is refused of one table; ``NEW`` and ``OLD`` in a condition are the row as it comes and as it was."""

    insert: tuple[Rule, ...] = ()
    update: tuple[Rule, ...] = ()
    delete: tuple[Rule, ...] = ()


def governed() -> tuple[Table, ...]:
    """Give the tables that have guards: all there are but those said to have none."""
    return tuple(table for table in metadata.sorted_tables if table.name not in UNGOVERNED)


def rules_of(table: Table, words: Words, new: str) -> Rules:
    """Give the rules of one table; ``new`` is how a row that is inserted is called.

    A table that nobody thought of can be added to and nothing else.
    """
    if "kind" in table.info:
        return _main(table, new)
    if "of" in table.info:
        return _child(table, new)
    return _OWN.get(table.name, _sealed)(table, words, new)


def _sealed(table: Table, _: Words, __: str) -> Rules:
    return Rules(update=_unchanging(table), delete=_kept(table))


def _kept(table: Table) -> tuple[Rule, ...]:
    return ((ALWAYS, f"rows of {table.name} are never deleted"),)


def _unchanging(table: Table) -> tuple[Rule, ...]:
    return ((ALWAYS, f"rows of {table.name} are never changed"),)


def _unsaid(table: Table) -> str:
    return f"no new entry of the journal speaks of this row of {table.name}"


def _same(words: Words, table: Table, *but: str) -> str:
    names = [column.name for column in table.columns if column.name not in but]
    return " AND ".join(f"NEW.{name} {words.same} OLD.{name}" for name in names)


def _entry(row: str, sequence: str, version: str) -> str:
    """Give the condition that a new entry speaks of a version of the document of a row.

    As a value to be compared with NULL, and not as EXISTS, which PostgreSQL may answer by reading the whole journal.
    """
    return (
        f"({sequence} >= {SIZE} AND (SELECT 1 FROM journal AS j WHERE j.sequence = {sequence}"
        f" AND j.kind = {row}.kind AND j.key = {row}.key AND j.version = {version}) IS NOT NULL)"
    )


def _redaction(words: Words, sequence: str) -> str:
    """Give the condition that a new entry redacts another, and that somebody approved it: redacting needs two always."""
    return (
        f"((SELECT 1 FROM journal AS j WHERE j.sequence >= {SIZE} AND j.kind = 'redaction'"
        f" AND j.key = CAST({sequence} AS TEXT) LIMIT 1) IS NOT NULL"
        " AND (SELECT 1 FROM journal AS f JOIN document AS s ON s.kind = f.kind AND s.key = f.key AND s.version = f.version"
        f" WHERE f.sequence = {SIZE} AND f.kind = 'change_set'"
        f" AND {words.field('s.body', 'state')} = 'approved') IS NOT NULL)"
    )


def _document(table: Table, words: Words, new: str) -> Rules:
    written = _entry(new, f"{new}.sys_from", f"{new}.version")
    closed = f"({new}.sys_to IS NULL OR {_entry(new, f'{new}.sys_to', f'{new}.version + 1')})"
    return Rules(
        insert=(
            (f"NOT ({written} AND {closed})", _unsaid(table)),
            (_astray(words, new), "this version of a document does not follow the one before it"),
            (
                _single(words, new),
                "the catalogue asks for four eyes: it changes only with a change set that was approved",
            ),
            *_approvals(words, new),
        ),
        update=((f"NOT ({_closing(table, words)} OR {_redacting(table, words)})", _unsaid(table)),),
        delete=_kept(table),
    )


def _astray(words: Words, new: str) -> str:
    """Give the condition that a version is not the first, nor begins where the last one ends.

    A row looked at before it comes may stand in the place of another, too.
    """
    of = f"FROM document AS p WHERE p.kind = {new}.kind AND p.key = {new}.key"
    if words.one_by_one:
        last = f"SELECT CASE WHEN p.sys_to = {new}.sys_from THEN p.version ELSE -2 END {of} ORDER BY p.version DESC LIMIT 1"
        return f"coalesce(({last}), 0) + 1 <> {new}.version"
    last = f"SELECT 1 {of} AND p.version = {new}.version - 1 AND p.sys_to = {new}.sys_from"
    return f"{new}.version > 1 AND ({last}) IS NULL"


def _closing(table: Table, words: Words) -> str:
    """Give the condition that an update only ends a version, where a new entry begins the next."""
    entry = _entry("OLD", "NEW.sys_to", "OLD.version + 1")
    return f"(OLD.sys_to IS NULL AND {entry} AND {_same(words, table, 'sys_to')})"


def _redacting(table: Table, words: Words) -> str:
    """Give the condition that an update only takes text out of what is over, as a new redaction says."""
    state = words.field("OLD.body", "state")
    over = (
        f"(OLD.sys_to IS NOT NULL OR OLD.kind = 'change_set' AND {state} IN ('approved', 'rejected', 'withdrawn')"
        f" AND {words.field('NEW.body', 'state')} = {state})"
    )
    return f"({_same(words, table, 'body', 'digest')} AND {_redaction(words, 'OLD.sys_from')} AND {over})"


def _single(words: Words, new: str) -> str:
    """Give the condition that one person alone changes a catalogue in which two have to agree.

    What the catalogue said before the transaction counts, so that nobody switches the second pair of eyes off first.
    """
    double = f"(SELECT 1 FROM catalogue AS c WHERE c.review = 'four_eyes' AND c.sequence < {SIZE}) IS NOT NULL"
    state = words.field("s.body", "state")
    former = (
        f"(SELECT {words.field('p.body', 'state')} FROM document AS p"
        " WHERE p.kind = s.kind AND p.key = s.key AND p.version = s.version - 1)"
    )
    agreed = (
        "(SELECT 1 FROM journal AS f JOIN document AS s ON s.kind = f.kind AND s.key = f.key AND s.version = f.version"
        f" WHERE f.sequence = {SIZE} AND f.kind = 'change_set'"
        f" AND ({state} IN ('approved', 'emergency') OR {state} = 'rejected' AND {former} = 'emergency')) IS NOT NULL"
    )
    if words.one_by_one:
        # The row before was let in already: a change set may be large, and is not read again for each of its rows.
        before = (
            "(SELECT 1 FROM journal AS b JOIN document AS d ON d.kind = b.kind AND d.key = b.key AND d.version = b.version"
            f" WHERE b.sequence = {new}.sys_from - 1 AND b.sequence >= {SIZE} AND {_of_catalogue('b')}) IS NOT NULL"
        )
        agreed = f"({before} OR {agreed})"
    return f"{_of_catalogue(new)} AND {double} AND NOT {agreed}"


def _of_catalogue(row: str) -> str:
    return " AND ".join(f"{row}.kind <> '{kind}'" for kind in RECORDS)


def _approvals(words: Words, new: str) -> tuple[Rule, ...]:
    """Refuse approvals by authors, of the change set as it is or as it was before, and of what was not to be approved."""
    actor = f"(SELECT j.actor FROM journal AS j WHERE j.sequence = {new}.sys_from)"
    before = f"FROM document AS p WHERE p.kind = 'change_set' AND p.key = {new}.key AND p.version = {new}.version - 1"
    own = f"({words.within(actor, f'{new}.body', 'authors')} OR (SELECT {words.within(actor, 'p.body', 'authors')} {before}))"
    waited = f"coalesce((SELECT {words.field('p.body', 'state')} {before}), '') IN ('open', 'emergency')"

    def approved(refused: str) -> str:
        state = f"{words.field(f'{new}.body', 'state')} = 'approved' AND {refused}"
        return f"CASE WHEN {new}.kind = 'change_set' THEN {state} ELSE 1 = 0 END"

    return (
        (approved(own), "an author of a change set cannot approve it"),
        (approved(f"NOT {waited}"), "only a change set that is open, or an emergency, can be approved"),
    )


def _journal(table: Table, words: Words, new: str) -> Rules:
    version = "FROM document AS d WHERE d.kind = OLD.kind AND d.key = OLD.key AND d.version = OLD.version"
    redacting = (
        f"NEW.salt IS NULL AND NEW.reason IS NULL AND {_same(words, table, 'salt', 'reason')}"
        f" AND {_redaction(words, 'OLD.sequence')} AND (SELECT 1 {version}) IS NOT NULL"
    )
    follows = f"b.sequence = {new}.sequence - 1 AND b.at <= {new}.at"
    if words.one_by_one:
        last = f"coalesce((SELECT {follows} FROM journal AS b ORDER BY b.sequence DESC LIMIT 1), {new}.sequence = 0)"
        astray = f"NOT {last}"
    else:
        astray = f"{new}.sequence <> 0 AND (SELECT 1 FROM journal AS b WHERE {follows}) IS NULL"
    return Rules(
        insert=((astray, "an entry of the journal comes next to the last one, and is not older"),),
        update=((f"NOT ({redacting})", "entries of the journal are never changed"),),
        delete=((ALWAYS, "entries of the journal are never deleted"),),
    )


def _head(table: Table, _: Words, new: str) -> Rules:
    def rules(row: str, start: str) -> tuple[Rule, ...]:
        version = (
            "SELECT 1 FROM document AS d WHERE d.kind = j.kind AND d.key = j.key AND d.version = j.version"
            " AND d.sys_from = j.sequence"
        )
        lost = f"SELECT 1 FROM journal AS j WHERE j.sequence >= {start} AND ({version}) IS NULL LIMIT 1"
        end = "(SELECT coalesce(max(sequence), -1) FROM journal) + 1"
        return (
            (f"{row}.size <> {end}", "the head of the log stands at the end of the journal"),
            (f"({lost}) IS NOT NULL", "an entry of the journal has no document version"),
        )

    backwards = ("NEW.id <> OLD.id OR NEW.size <= OLD.size", "the head of the log only moves forwards")
    return Rules(insert=rules(new, "0"), update=(backwards, *rules("NEW", "OLD.size")), delete=_kept(table))


def _actor(table: Table, words: Words, _: str) -> Rules:
    # The record need not be new: it is written by the command, whose end is the head, and the name goes afterwards.
    said = f"CAST({words.field('d.body', 'erased')} AS TEXT) IN ('1', 'true')"
    record = f"SELECT 1 FROM document AS d WHERE d.kind = 'account' AND d.key = OLD.id AND d.sys_to IS NULL AND {said}"
    same = _same(words, table, "name", "salt")
    erasing = f"NEW.name IS NULL AND NEW.salt IS NULL AND {same} AND ({record}) IS NOT NULL"
    told = "the name of an actor is never changed, only erased, which the journal says first"
    return Rules(update=((f"NOT ({erasing})", told),), delete=_kept(table))


def _checkpoint(table: Table, _: Words, new: str) -> Rules:
    before = f"(SELECT 1 FROM checkpoint AS b WHERE b.number = {new}.number - 1)"
    return Rules(
        insert=(
            (f"{new}.number <> 0 AND {before} IS NULL", "this is not the next checkpoint"),
            (
                f"{new}.size > (SELECT coalesce(max(sequence), -1) FROM journal) + 1",
                "the journal is not as long as that",
            ),
        ),
        update=_unchanging(table),
        delete=_kept(table),
    )


def _main(table: Table, new: str) -> Rules:
    """Give the rules of the table of a kind: a row is that of the current version of its document, which is new."""

    def unsaid(row: str) -> str:
        current = (
            f"SELECT 1 FROM document AS d WHERE d.kind = '{table.info['kind']}' AND d.key = {row}.key"
            f" AND d.sys_to IS NULL AND d.sys_from = {row}.sequence"
        )
        return f"{row}.sequence < {SIZE} OR ({current}) IS NULL"

    return Rules(
        insert=((unsaid(new), _unsaid(table)),),
        update=((f"NEW.key <> OLD.key OR {unsaid('NEW')}", _unsaid(table)),),
        delete=_kept(table),
    )


def _child(table: Table, new: str) -> Rules:
    """Give the rules of the parts of a document: they come and go while the row of the document is new."""
    main = next(other.name for other in metadata.tables.values() if other.info.get("kind") == table.info["of"])
    own = next(iter(table.primary_key.columns)).name

    def unsaid(row: str) -> str:
        return f"coalesce((SELECT sequence FROM {main} WHERE key = {row}.{own}), -1) < {SIZE}"

    return Rules(
        insert=((unsaid(new), _unsaid(table)),),
        update=_unchanging(table),
        delete=((unsaid("OLD"), _unsaid(table)),),
    )


_OWN: dict[str, Callable[[Table, Words, str], Rules]] = {
    "document": _document,
    "journal": _journal,
    "head": _head,
    "actor": _actor,
    "checkpoint": _checkpoint,
}
"""The tables of the record; those of the projection are known by what they hold."""
