"""The store of decisions: rows are added in batches and read again; nothing is changed.

A batch is one transaction. Several programs may write to one store: on SQLite one after the other, on PostgreSQL beside
each other, except for the moment in which somebody looks where the log ends (``end``), so that no row with a lower
number comes in later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from lineage.errors import CannotAnswer, LineageError, NoCatalogue, WrongUse
from lineage.store import bulk, engines
from lineage.store.address import Address, address_of, require_file
from lineage.store.decisions_tables import LOCK, need_tables, read_about
from lineage.store.failures import explained

AT_ONCE = 2_000
"""Rows a statement on SQLite: with one statement a row, a busy program would wait for the interpreter after each."""

FORMS = "Write sqlite:///decisions.db or postgresql://user@host/database, with --decisions or LINEAGE_DECISIONS."
_LEFT: list[Engine] = []
"""Engines of a parent process: a forked one neither uses nor closes them."""


class Kept(NamedTuple):
    """One row as it is kept (see ``decisions_tables.decision``)."""

    id: str
    time: int
    caller: str
    process: str
    element: str
    purpose: str
    audience: str
    regime: str
    at: int
    effect: str
    lost: int
    verdict: str
    knowledge: str
    known: int


class Numbered(NamedTuple):
    """A row with the number it got."""

    sequence: int
    row: Kept


_NAMES = Kept._fields
_COLUMNS = ", ".join(_NAMES)


class Decisions:
    """The decision log at a URL. Opening it does nothing yet; WrongUse when the URL is none."""

    def __init__(self, url: str) -> None:
        self._address: Address = _reworded(lambda: address_of(url))
        self.shown = self._address.shown
        self._about: Mapping[str, str] | None = None

    @cached_property
    def _reader(self) -> Engine:
        return engines.reader(self._address, keep=True)

    @cached_property
    def _writer(self) -> Engine:
        return engines.writer(self._address, create=True, keep=True)

    def close(self) -> None:
        """End the connections."""
        for name in ("_reader", "_writer"):
            if name in self.__dict__:
                self.__dict__.pop(name).dispose()

    def abandon(self) -> None:
        """Let go of connections that belong to the process this one was forked from."""
        _LEFT.extend(self.__dict__.pop(name) for name in ("_reader", "_writer") if name in self.__dict__)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that writes; the tables are made where there are none.

        What is done is kept when the block ends. LineageError, in words about the decision log, when that fails.
        """
        with _told(self._address, writing=True), self._writer.connect() as connection, connection.begin():
            if self._about is None:
                if bulk.is_postgres(connection):
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
                self._about = need_tables(connection, self.shown)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that reads one state. NoCatalogue when there is no log yet."""
        with _told(self._address, writing=False):
            require_file(self._address)
            with self._reader.connect() as connection, connection.begin():
                if self._about is None:
                    self._about = read_about(connection, self.shown)
                if self._about is None:
                    raise NoCatalogue("", "")
                yield connection

    @property
    def about(self) -> Mapping[str, str]:
        """What the log says about itself; it is made where there is none."""
        if self._about is None:
            with self.writing():
                pass
        assert self._about is not None
        return self._about

    def store_id(self) -> str:
        """Give the id of a log that exists."""
        with self.reading():
            assert self._about is not None
            return self._about["store"]

    def append(self, rows: Sequence[Kept], said: Mapping[str, str], *, again: bool = False) -> None:
        """Keep rows and what they say, in one transaction. ``again``: some may have been kept by a try that seemed to fail."""
        with self.writing() as connection:
            if bulk.is_postgres(connection):
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({LOCK})")
            _say(connection, said)
            if again:
                held = _held(connection, [row.id for row in rows])
                rows = [row for row in rows if row.id not in held]
            _insert(connection, rows)


def _say(connection: Connection, said: Mapping[str, str]) -> None:
    if said:
        value = bulk.mark(connection)
        statement = f"INSERT INTO decision_said (digest, body) VALUES ({value}, {value}) ON CONFLICT DO NOTHING"
        # Writers beside each other wait for one another here: in one order, so that none waits in a circle.
        connection.exec_driver_sql(statement, sorted(said.items()))


def _insert(connection: Connection, rows: Sequence[Kept]) -> None:
    if bulk.is_postgres(connection):
        bulk.insert(connection, "decision", _NAMES, rows)
        return
    one = f"({', '.join('?' * len(_NAMES))})"
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        statement = f"INSERT INTO decision ({_COLUMNS}) VALUES {', '.join([one] * len(part))}"
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(part)))


def _held(connection: Connection, ids: Collection[str]) -> set[str]:
    rest, found = list(ids), set()
    for start in range(0, len(rest), AT_ONCE):
        part = rest[start : start + AT_ONCE]
        marks = ", ".join([bulk.mark(connection)] * len(part))
        rows = connection.exec_driver_sql(f"SELECT id FROM decision WHERE id IN ({marks})", tuple(part))
        found |= {str(row[0]) for row in rows}
    return found


class Wanted(NamedTuple):
    """Which decisions are asked for: ids from ``start`` to before ``behind``, and exact words; empty means any.

    An id begins with its time, so that a range of ids is a range of time and needs no other index.
    """

    start: str = ""
    behind: str = ""
    process: str = ""
    element: str = ""
    effect: str = ""
    after: int = 0
    through: int = 0


def read_rows(connection: Connection, wanted: Wanted, limit: int = 5_000, *, newest: bool = False) -> list[Numbered]:
    """Give at most ``limit`` rows in order of their number: the first of them, or the ``newest``."""
    terms = [
        ("id >= ?", wanted.start),
        ("id < ?", wanted.behind),
        ("process = ?", wanted.process),
        ("element = ?", wanted.element),
        ("effect = ?", wanted.effect),
        ("sequence > ?", wanted.after),
        ("sequence <= ?", wanted.through),
    ]
    asked = [(term, value) for term, value in terms if value]
    where = f" WHERE {' AND '.join(term for term, _ in asked)}" if asked else ""
    order = f" ORDER BY sequence{' DESC' if newest else ''} LIMIT {limit:d}"
    query = f"SELECT sequence, {_COLUMNS} FROM decision{where}{order}".replace("?", bulk.mark(connection))
    rows = connection.exec_driver_sql(query, tuple(value for _, value in asked))
    found = [Numbered(int(row[0]), Kept(*row[1:])) for row in rows]
    return found[::-1] if newest else found


def read_decision(connection: Connection, number: str) -> Numbered | None:
    """Give the decision with an id; None when there is none."""
    row = bulk.one(connection, f"SELECT sequence, {_COLUMNS} FROM decision WHERE id = ?", number)
    return None if row is None else Numbered(int(row[0]), Kept(*row[1:]))


def read_said(connection: Connection, digests: Iterable[str]) -> dict[str, str]:
    """Give what stands behind digests; those of which nothing is kept are left out."""
    found: dict[str, str] = {}
    for digest in digests:
        row = bulk.one(connection, "SELECT body FROM decision_said WHERE digest = ?", digest)
        if row is not None:
            found[digest] = str(row[0])
    return found


def end(connection: Connection) -> int:
    """Give the number of the last row, in a writer's transaction: no row that comes later has a lower one. 0 for none."""
    if bulk.is_postgres(connection):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    return last(connection)


def last(connection: Connection) -> int:
    """Give the number of the last row there is; 0 for none."""
    row = bulk.one(connection, "SELECT coalesce(max(sequence), 0) FROM decision")
    return int(row[0])


def count_after(connection: Connection, sequence: int) -> int:
    """Give how many rows come behind a number."""
    row = bulk.one(connection, "SELECT count(*) FROM decision WHERE sequence > ?", sequence)
    return int(row[0])


def keep_hashes(connection: Connection, number: int, hashes: bytes) -> None:
    """Keep the leaf hashes of a batch that was sealed."""
    value = bulk.mark(connection)
    statement = f"INSERT INTO decision_sealed (number, hashes) VALUES ({value}, {value}) ON CONFLICT DO NOTHING"
    connection.exec_driver_sql(statement, (number, hashes))


def read_hashes(connection: Connection, number: int) -> bytes | None:
    """Give the leaf hashes kept of a batch."""
    row = bulk.one(connection, "SELECT hashes FROM decision_sealed WHERE number = ?", number)
    return None if row is None else bytes(row[0])


def drop(connection: Connection, first: int, behind: int) -> int:
    """Delete the rows from ``first`` to ``behind``, both included, and keep that they were dropped; give how many."""
    value = bulk.mark(connection)
    connection.exec_driver_sql(
        f'INSERT INTO decision_dropped ("first", "last") VALUES ({value}, {value}) ON CONFLICT DO NOTHING',
        (first, behind),
    )
    statement = f"DELETE FROM decision WHERE sequence BETWEEN {value} AND {value}"
    return connection.exec_driver_sql(statement, (first, behind)).rowcount


@contextmanager
def _told(address: Address, *, writing: bool) -> Iterator[None]:
    """Turn failures of the database into sentences about the decision log."""
    try:
        with explained(address, writing=writing):
            yield
    except NoCatalogue:
        raise NoCatalogue(
            f"There is no decision log at {address.shown}.",
            "It is made when the first decision is kept; name another with --decisions or LINEAGE_DECISIONS.",
        ) from None
    except (CannotAnswer, WrongUse) as error:
        raise type(error)(_about_log(error.sentence), _about_log(error.fix)) from error


def _reworded(make: Callable[[], Address]) -> Address:
    try:
        return make()
    except LineageError as error:
        raise WrongUse(_about_log(error.sentence), FORMS) from None


def _about_log(sentence: str) -> str:
    for old, new in (
        ("is not a catalogue", "is not a decision log"),
        ("the catalogue", "the decision log"),
        ("The catalogue", "The decision log"),
        ("A catalogue", "A decision log"),
        ("--catalog or LINEAGE_CATALOG", "--decisions or LINEAGE_DECISIONS"),
        ("send the change again: with the same --request it has one effect, whether or not it was kept", "try again"),
    ):
        sentence = sentence.replace(old, new)
    return sentence


__all__ = ["Connection", "Decisions", "Kept", "Numbered", "Wanted"]
