"""What may have been meant by a name nobody knows: the nearest keys, by key or by what else things are called.

The names of one table are prepared when somebody first asks for one that is not there, and kept until another table is
asked. The same table and word give the same names, whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

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
    """The names of one kind of thing in a table, prepared when they are needed, with what was said about unknown ones."""

    def __init__(self, table: Table, kind: str, known: Mapping[str, object]) -> None:
        self._table, self._kind, self._known = table, kind, known
        self._said: dict[str, str] = {}

    @cached_property
    def _aliases(self) -> Mapping[str, str]:
        return _aliases(self._table, self._kind)

    @cached_property
    def _names(self) -> Book:
        return Book({*self._known, *self._aliases})

    @cached_property
    def keys(self) -> Book:
        """The keys, without what else things are called."""
        return Book(self._known)

    def near(self, word: str) -> str:
        said = self._said.get(word)
        if said is None:
            if len(self._said) >= REMEMBERED:
                self._said = {}
            said = self._said[word] = self._sentence(word)
        return said

    def _sentence(self, word: str) -> str:
        found = self._names.nearest(word, most=6)
        if len(found) < NAMED and len(self._known) + len(self._aliases) <= FEW:
            # Nothing much resembles it: among few names the three nearest still show what there is.
            found += self._names.nearest(word, most=6, least=0.0)
        keys = list(dict.fromkeys(self._aliases.get(name, name) for name in found))[:NAMED]
        return f"; the nearest {'is' if len(keys) == 1 else 'are'} {', '.join(keys)}" if keys else ""


_kept: tuple[Table | None, dict[str, _Pages]] = (None, {})
"""The table that was asked last: a new revision takes the place of the one before."""


def near(table: Table, kind: str, word: str, known: Mapping[str, object]) -> str:
    """Give the end of a sentence about a word that is not among the ``known`` keys of a kind; nothing when none is near."""
    return _pages(table, kind, known).near(word) if len(word) <= LONGEST else ""


def suggested(table: Table, kind: str, word: str, known: Mapping[str, object]) -> str:
    """Ask whether one of the ``known`` keys of a kind was meant by another word; nothing when none is near."""
    return did_you_mean(word, _pages(table, kind, known).keys) if len(word) <= LONGEST else ""


def _pages(table: Table, kind: str, known: Mapping[str, object]) -> _Pages:
    global _kept  # noqa: PLW0603 - exchanged whole, so that each thread sees one table with its own pages
    of_table, pages = _kept
    if of_table is not table:
        of_table, pages = _kept = table, {}
    found = pages.get(kind)
    if found is None:
        found = pages[kind] = _Pages(table, kind, known)
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
