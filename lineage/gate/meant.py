"""What may have been meant by a name nobody knows: the nearest keys, by key or by what else things are called.

The names of one table are prepared when somebody first asks for one that is not there, and kept until another table is
asked. The same table and word give the same names, whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lineage.gate.nearest import Book, did_you_mean
from lineage.gate.table import Table

NAMED = 3
FEW = 2_000
LONGEST = 300
"""Nothing is looked for that resembles a name of more characters: no key is that long."""
REMEMBERED = 1_000
"""Words whose nearest names are remembered: programs ask for the same wrong name again and again."""
UNSOUGHT = "; names like it were not looked for, since too many unknown names were asked about at once"


class _Pages:
    """The names of one kind of thing in a table, with what was said about unknown ones."""

    def __init__(self, table: Table, kind: str, known: Mapping[str, object]) -> None:
        self._aliases = _aliases(table, kind)
        names = {*known, *self._aliases}
        self._few = len(names) <= FEW
        self._book = Book(names)
        self._said: dict[str, str] = {}

    def near(self, word: str) -> str:
        said = self._said.get(word)
        if said is None:
            if len(self._said) >= REMEMBERED:
                self._said = {}
            said = self._said[word] = self._sentence(word)
        return said

    def _sentence(self, word: str) -> str:
        found = self._book.nearest(word, most=6)
        if len(found) < NAMED and self._few:
            # Nothing much resembles it: among few names the three nearest still show what there is.
            found += self._book.nearest(word, most=6, least=0.0)
        keys = list(dict.fromkeys(self._aliases.get(name, name) for name in found))[:NAMED]
        return f"; the nearest {'is' if len(keys) == 1 else 'are'} {', '.join(keys)}" if keys else ""


class _Prepared(NamedTuple):
    """The names of one table: with what else things are called, and the keys alone."""

    table: Table | None
    pages: dict[str, _Pages]
    keys: dict[str, Book]


_kept = _Prepared(None, {}, {})
"""The table that was asked last: a new revision takes the place of the one before."""


def near(table: Table, kind: str, word: str, known: Mapping[str, object]) -> str:
    """Give the end of a sentence about a word that is not among the ``known`` keys of a kind; nothing when none is near."""
    if len(word) > LONGEST:
        return ""
    pages = _prepared(table).pages
    found = pages.get(kind)
    if found is None:
        found = pages[kind] = _Pages(table, kind, known)
    return found.near(word)


def suggested(table: Table, kind: str, word: str, known: Mapping[str, object]) -> str:
    """Ask whether one of the ``known`` keys of a kind was meant by another word; nothing when none is near."""
    if len(word) > LONGEST:
        return ""
    keys = _prepared(table).keys
    found = keys.get(kind)
    if found is None:
        found = keys[kind] = Book(known)
    return did_you_mean(word, found)


def _prepared(table: Table) -> _Prepared:
    global _kept  # noqa: PLW0603 - exchanged whole, so that each thread sees one table with its own names
    found = _kept
    if found.table is not table:
        found = _kept = _Prepared(table, {}, {})
    return found


def _aliases(table: Table, kind: str) -> Mapping[str, str]:
    """Give what else things are called, with the key of each."""
    if kind == "element":
        kept = getattr(table.elements, "aliases", None)
        if kept is not None:
            found: Mapping[str, str] = kept()
            return found
        return {word: key for key, element in table.elements.items() for word in (element.title, *element.also)}
    return {process.title: key for key, process in table.processes.items()} if kind == "process" else {}
