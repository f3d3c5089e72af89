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
    ├── Refused             exit 1   the answer is no: declarations with problems, a conflict, not confirmed
    └── NotAllowed          exit 4   the person may not ask or do this

Every error has a sentence and a remedy; the command line prints both.
"""

from __future__ import annotations


class LineageError(Exception):
    """A failure with a sentence for people, a remedy, and the exit code of docs/commands.md."""

    exit_code = 3

    def __init__(self, sentence: str, fix: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fix = fix


class CannotAnswer(LineageError):
    """The question cannot be answered, neither yes nor no."""


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


class NotAllowed(LineageError):
    """The person may not ask or do this."""

    exit_code = 4
