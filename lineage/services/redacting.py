"""Have text taken out of the journal: asked for by one person, carried out when another approves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lineage.domain.canonical import canonical, digest_of
from lineage.domain.redaction import NEVER, WrongPathError, left_of, texts_with
from lineage.errors import Refused, WrongUse
from lineage.intake.single import make_document
from lineage.services.changing import Done, Request, carry_out
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.documents import Stored, read_one
from lineage.store.redacting import Entry, all_entries, read_entry

SHORTEST = 4
"""Letters a text must have to be searched for: shorter ones stand everywhere."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be taken out of one entry: its sequence, what it wrote, and the paths of the texts (none: the reason only)."""

    sequence: int
    kind: str
    key: str
    version: int
    paths: tuple[str, ...]


def ask_to_redact(
    database: Database, request: Request, sequences: Sequence[int], paths: Sequence[str], containing: str, ground: str
) -> tuple[Done, tuple[Taken, ...]]:
    """Propose to take texts out: those at ``paths`` of some entries, or every one that contains a text.

    The reasons of these entries go too, since nothing seals them any more. WrongUse when neither or too little is said,
    Refused when an entry is unknown, a path leads to no text, or the text stands in something that is live.
    """
    _require(sequences, paths, containing, ground)
    with database.reading() as connection:
        entries = list(_found(connection, sequences, containing))
        before = {entry.sequence: read_one(connection, "redaction", str(entry.sequence)) for entry, _ in entries}
    wanted = [(entry, tuple(dict.fromkeys((*paths, *found)))) for entry, found in entries]
    _require_redactable(entry for entry, _ in wanted)
    _require_fixed(entry for entry, _ in wanted)
    changes = [_change(entry, chosen, ground, before[entry.sequence]) for entry, chosen in wanted]
    expected = {("redaction", str(sequence)): stored.version if stored else 0 for sequence, stored in before.items()}
    done = carry_out(database, request, changes, expected)
    return done, tuple(Taken(entry.sequence, entry.kind, entry.key, entry.version, chosen) for entry, chosen in wanted)


def _require(sequences: Sequence[int], paths: Sequence[str], containing: str, ground: str) -> None:
    if not ground.strip():
        raise WrongUse("nothing says why the text must go", "add --ground TEXT, such as the article of the law")
    if not sequences and not containing:
        raise WrongUse("nothing says what is to be taken out", "name journal entries, or add --containing TEXT")
    if paths and not sequences:
        raise WrongUse("a path needs the entry it belongs to", "name the journal entry, or leave --path out")
    if containing and len(containing.strip()) < SHORTEST:
        raise WrongUse(f"a text of under {SHORTEST} letters stands in too many places", "search for a longer one")


def _found(
    connection: Connection, sequences: Sequence[int], containing: str
) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    if not sequences:
        for entry in all_entries(connection):
            found = tuple(texts_with(entry.body, containing))
            if found or containing.casefold() in (entry.reason or "").casefold():
                yield entry, found
        return
    for sequence in dict.fromkeys(sequences):
        known = read_entry(connection, sequence)
        if known is None:
            raise Refused(f"there is no journal entry {sequence}", "see lineage log list")
        yield known, tuple(texts_with(known.body, containing)) if containing else ()


def _require_redactable(entries: Iterable[Entry]) -> None:
    """Raise Refused for what proves the log: without it, auditors could not check the rest."""
    kept = sorted((entry.sequence, entry.kind) for entry in entries if entry.kind in NEVER)
    if kept:
        sequence, kind = kept[0]
        raise Refused(
            f"journal entry {sequence} is of kind {kind}: it is part of what proves the log, and is never redacted",
            "name the other entries by their number",
        )


def _require_fixed(entries: Iterable[Entry]) -> None:
    """Raise Refused for what is live: it is changed first, since taking a text out would change it unseen."""
    live = sorted({f"{entry.kind} {entry.key}" for entry in entries if not entry.fixed})
    if live:
        shown = ", ".join(live[:5]) + (f" and {len(live) - 5} more" if len(live) > 5 else "")
        raise Refused(f"the text stands in what is live: {shown}", "change it there first, then redact what was")


def _change(entry: Entry, paths: tuple[str, ...], ground: str, stored: Stored | None) -> Change:
    """Make the record that takes the texts out when it is written."""
    try:
        left = left_of(entry.kind, entry.body, paths)
    except WrongPathError as error:
        raise Refused(f"journal entry {entry.sequence}: {error}", "see its paths: lineage log show") from None
    _require_readable(entry, left)
    earlier = tuple(stored.body["paths"]) if stored else ()
    body = {
        "key": str(entry.sequence), "sequence": entry.sequence, "ground": ground,
        "paths": list(dict.fromkeys((*earlier, *paths))), "digest": digest_of(canonical(left)),
    }  # fmt: skip
    text = canonical(body)
    operation = "change" if stored else "add"
    return Change("redaction", str(entry.sequence), operation, text, digest_of(text))  # type: ignore[arg-type]


def _require_readable(entry: Entry, left: Mapping[str, object]) -> None:
    """Raise Refused when nobody could read what is left: a day or a word of a list is no text."""
    from lineage.domain.documents import STORED

    if entry.kind not in STORED:
        return
    _, problems = make_document(entry.kind, entry.key, left)
    if problems:
        first = problems[0]
        raise Refused(f"journal entry {entry.sequence}: {first.path} cannot be taken out: {first.message}", first.fix)
