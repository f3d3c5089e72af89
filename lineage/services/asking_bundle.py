"""Questions to a bundle instead of a catalogue; nothing of the catalogue's own programs is loaded for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from lineage.domain.days import micros
from lineage.errors import CannotAnswer, Untrusted, WrongUse
from lineage.gate.answer import Answer, Question, answer
from lineage.gate.bundle import MAGIC, Bundle
from lineage.gate.bundle_newest import newest_of
from lineage.gate.bundle_refused import DISTRUSTED, BundleRefused
from lineage.gate.bundle_source import open_bundle
from lineage.gate.findings import Finding
from lineage.gate.listing import Name, questions, unknown_name
from lineage.gate.segments import TableDamaged
from lineage.gate.signing import BadKey, keys_of
from lineage.services.moments import Moment, resolve

_AGAIN = "get the bundle again from where it is built"


class Frame(NamedTuple):
    """What an answer says of itself: the instant asked about, the one the bundle is of, and the catalogue's state then."""

    at: Moment
    as_of: Moment
    revision: int
    digest: str
    entry: int


class Asked(NamedTuple):
    """Answers with what they were given on."""

    view: Frame
    answers: tuple[Answer, ...]
    unknown: str
    where: Callable[[Finding], str]


class Carried:
    """A bundle that is asked. Every method raises CannotAnswer with the reason when it may not be used."""

    def __init__(
        self, path: Path, key: str, now: datetime, at: str | None, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.path = path
        self._key = key
        self._now = now
        self._at = at
        self._environment = environment

    @cached_property
    def bundle(self) -> Bundle:
        """The bundle, opened and found fit for use."""
        try:
            keys = keys_of(self._key or None, self._environment)
            return open_bundle(self.path, keys, micros(self._now), newest_of(None, self._environment))
        except BundleRefused as error:
            kind = Untrusted if error.reason in DISTRUSTED else CannotAnswer
            raise kind(error.sentence, error.fix) from None
        except BadKey as error:
            raise WrongUse(str(error), "name the public key with --key, or in LINEAGE_KEYS") from None

    def may(self, question: Question) -> Asked:
        """Answer whether a process may use an element; the question's instant is the one asked about."""
        with self._reading():
            frame = self._frame()
            found = answer(self.bundle.table, question._replace(instant=frame.at.microseconds))
            return Asked(frame, (found,), "", self._where)

    def purposes(self, element: str, process: str = "") -> Asked:
        """Answer for which purposes an element may be used."""
        return self._listed(element, process or None, None)

    def elements(self, process: str, purpose: str = "") -> Asked:
        """Answer which elements a process may use."""
        return self._listed(None, process, purpose or None)

    def processes(self, element: str, purpose: str = "") -> Asked:
        """Answer which processes may use an element."""
        return self._listed(element, None, purpose or None)

    def _listed(self, element: Name, process: Name, purpose: Name) -> Asked:
        with self._reading():
            frame, table = self._frame(), self.bundle.table
            asked = questions(table, frame.at.microseconds, element, process, purpose)
            found = tuple([answer(table, question) for question in asked])
            return Asked(frame, found, unknown_name(table, element, process, purpose), self._where)

    def _frame(self) -> Frame:
        head = self.bundle.head
        at = resolve(self._at, self._now, head.zone, "--at")
        return Frame(at, Moment(head.issued, head.zone), head.revision, head.digest, head.sequence)

    def _where(self, finding: Finding) -> str:
        with self._reading():
            return self.bundle.where(finding)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except TableDamaged as error:
            raise Untrusted(f"{self.path} was altered: {error}", _AGAIN) from None


def require_there(path: Path) -> None:
    """Raise WrongUse when there is no such file."""
    if not path.exists():
        raise WrongUse(f"there is no bundle {path}", "check the path; lineage bundle build -o FILE makes one")


def is_bundle(catalog: str) -> bool:
    """Tell whether a catalogue's address is a bundle's file."""
    if "://" in catalog:
        return False
    try:
        if not Path(catalog).is_file():
            return False
        with Path(catalog).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
