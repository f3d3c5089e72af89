"""What can go wrong with the program, as opposed to with the data (those are ``source.Problem`` values).

::

    LineageError
    ├── CannotAnswer        exit 3   no catalogue, unreadable, read-only, another version, undecodable file
    │   ├── NoCatalogue
    │   ├── MigrationNeeded
    │   ├── CatalogueTooNew
    │   ├── CatalogueUnreadable
    │   └── CatalogueReadOnly
    ├── WrongUse            exit 2   a path that does not exist, options that do not fit
    ├── Refused             exit 1   the answer is no: declarations with problems, not confirmed
    │   └── Conflict        exit 1   somebody else changed the same thing: base, theirs and yours, path by path
    └── NotAllowed          exit 4   the person may not ask or do this

Every error has a sentence and a remedy; the command line prints both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


class LineageError(Exception):
    """A failure with a sentence for people, a remedy, and the exit code of docs/commands.md."""

    exit_code = 3

    def __init__(self, sentence: str, fix: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fix = fix


class CannotAnswer(LineageError):
    """The question cannot be answered, neither yes nor no."""


class Untrusted(CannotAnswer):
    """What would answer was altered, is signed by somebody else, or is older than what was known: it is no mere absence."""


class NoCatalogue(CannotAnswer):
    """There is no catalogue at the address."""


class MigrationNeeded(CannotAnswer):
    """The catalogue was made by an older version of this program."""


class CatalogueTooNew(CannotAnswer):
    """The catalogue was made by a newer version of this program."""


class CatalogueUnreadable(CannotAnswer):
    """The address exists but does not hold a readable catalogue."""


class CatalogueReadOnly(CannotAnswer):
    """The catalogue can be read but not written."""


class CatalogueBusy(CannotAnswer):
    """Somebody else holds the catalogue for writing for longer than we wait."""


class WrongUse(LineageError):
    """The command was used wrongly."""

    exit_code = 2


class Refused(LineageError):
    """The answer is no."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Disputed:
    """One value of a document in a conflict: as it was when the change was thought out, as it is now, as it was to be.

    None where it is not said. ``path`` is empty when the document as a whole is meant, such as one that is retired.
    """

    document: str
    path: str
    base: Any
    theirs: Any
    yours: Any


class Conflict(Refused):
    """Somebody else changed the same document in the meantime; ``differences`` holds every value that is in dispute."""

    def __init__(self, sentence: str, fix: str = "", differences: Iterable[Disputed] = ()) -> None:
        super().__init__(sentence, fix)
        self.differences = tuple(differences)


class NotAllowed(LineageError):
    """The person may not ask or do this."""

    exit_code = 4
