"""A catalogue's database: transactions that read and transactions that write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from lineage.errors import CatalogueTooNew, MigrationNeeded, NoCatalogue
from lineage.store import engines, schema
from lineage.store.address import INIT, Address, address_of, require_file
from lineage.store.failures import UPGRADE, broken_reference, explained

__all__ = ["Connection", "Database", "check_revision"]


class Database:
    """The database at a URL. Opening it does nothing yet; every transaction has a connection of its own.

    With ``keep`` connections stay open between transactions, which a program that runs for long wants: a new one costs
    more than a small change; ``close`` ends them. WrongUse when the URL is none or names a database that is not supported;
    ``shown`` is the URL without a password.
    """

    def __init__(self, url: str, *, keep: bool = False) -> None:
        self._address: Address = address_of(url)
        self._keep = keep
        self._met = False
        self.shown = self._address.shown

    def __repr__(self) -> str:
        return f"Database({self.shown!r})"

    @cached_property
    def _reader(self) -> Engine:
        return engines.reader(self._address, keep=self._keep)

    @cached_property
    def _writer(self) -> Engine:
        return engines.writer(self._address, keep=self._keep)

    def close(self) -> None:
        """End the connections that were kept."""
        for name in ("_reader", "_writer"):
            if name in self.__dict__:
                self.__dict__.pop(name).dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the catalogue throughout, and never waits for a writer.

        NoCatalogue, CatalogueUnreadable, MigrationNeeded, CatalogueTooNew as the case may be.
        """
        with self._open(self._reader, writing=False) as connection, connection.begin():
            self._check(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give the connection of the one writer; what it did is kept when the block ends and undone when it fails.

        Besides the errors of reading: CatalogueReadOnly, CatalogueBusy, and Refused when a reference leads nowhere.
        """
        with self._open(self._writer, writing=True) as connection:
            transaction = connection.begin()
            try:
                engines.take_lock(connection)
                self._check(connection)
                yield connection
                _commit(connection)
            except BaseException:
                transaction.rollback()
                raise
            transaction.commit()

    def check_version(self) -> None:
        """Raise NoCatalogue, MigrationNeeded or CatalogueTooNew unless this program fits the catalogue."""
        with self.reading():
            pass

    def exists(self) -> bool:
        """Whether there is a catalogue, of whatever version. CatalogueUnreadable when that cannot be found out."""
        try:
            self.check_version()
        except NoCatalogue:
            return False
        except (MigrationNeeded, CatalogueTooNew):
            return True
        return True

    def _check(self, connection: Connection) -> None:
        """Compare the migration each time: somebody may upgrade between two transactions. Its table, once there, stays."""
        check_revision(connection, self.shown, found=schema.stored_revision(connection) if self._met else "")
        self._met = True

    @contextmanager
    def _open(self, engine: Engine, *, writing: bool) -> Iterator[Connection]:
        require_file(self._address)
        with explained(self._address, writing=writing), engine.connect() as connection:
            yield connection


def check_revision(connection: Connection, shown: str, found: str | None = "") -> None:
    """Compare the migration the catalogue is at with the one this program knows; "" has it looked up."""
    found = schema.revision_of(connection) if found == "" else found
    if found is None:
        raise NoCatalogue(f"There is no catalogue at {shown}.", INIT)
    if found == schema.HEAD:
        return
    if found in schema.REVISIONS:
        raise MigrationNeeded(f"The catalogue at {shown} was made by an older version of this program.", UPGRADE)
    raise CatalogueTooNew(
        f"The catalogue at {shown} was made by a newer version of this program (it is at {found}).",
        "Install that version.",
    )


def _commit(connection: Connection) -> None:
    """Check references now, while it can still be asked which one is broken."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        return
    try:
        connection.exec_driver_sql("COMMIT")
    except IntegrityError as error:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if not broken:
            raise
        raise broken_reference(list(broken)) from error
