"""Where a catalogue lies: a SQLite file or a PostgreSQL database. What is shown of it never holds a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from lineage.errors import CatalogueUnreadable, NoCatalogue, WrongUse

SQLITE = {"sqlite", "sqlite+pysqlite"}
POSTGRES = {"postgresql", "postgresql+psycopg"}
SECRET = {"password", "passwd", "pass", "pwd", "passfile", "passphrase", "secret", "sslpassword", "token"}
INIT = "Make one with `lineage init`, or name another with --catalog or LINEAGE_CATALOG."
FORMS = "Write sqlite:///lineage.db or postgresql://user@host/database."


@dataclass(frozen=True, slots=True)
class Address:
    """A catalogue's address, taken apart; ``path`` is the file of a SQLite catalogue."""

    shown: str
    path: Path | None
    url: URL = field(repr=False)

    def clean(self, text: str) -> str:
        """Take out of a driver's message what nobody should read."""
        hidden = [str(value) for name, value in self.url.query.items() if name in SECRET]
        for secret in (self.url.password, *hidden):
            if secret:
                text = text.replace(secret, "***")
        return text


def address_of(text: str) -> Address:
    """Take an address apart. WrongUse when it is none, or names a kind of database that is not supported."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise WrongUse("The address of the catalogue is not a URL.", FORMS) from None
    if url.drivername in POSTGRES:
        if "@" in f"{url.host or ''}{url.database or ''}":
            # A sign that is not written as %40 ends the password early: what follows would be shown as the host.
            raise WrongUse(
                "The address holds a sign in its user or password that has to be escaped.",
                "Write @ as %40, / as %2F and : as %3A in them.",
            )
        url = url.set(drivername="postgresql+psycopg")
        return Address(_shown(url), None, url)
    if url.drivername not in SQLITE:
        raise WrongUse(f"A catalogue cannot lie in {url.drivername}: SQLite and PostgreSQL are supported.", FORMS)
    if not url.database or url.database == ":memory:" or url.host or url.query:
        raise WrongUse(
            f"{_shown(url)} names no file.", "Write sqlite:///lineage.db, or four slashes before an absolute path."
        )
    return Address(_shown(url), Path(url.database), url)


def _shown(url: URL) -> str:
    """Write a URL without the password, wherever it stands in it."""
    query = {name: "***" if name in SECRET else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


def require_file(address: Address) -> None:
    """Raise NoCatalogue when the SQLite file does not exist, CatalogueUnreadable when it is a folder."""
    if address.path is None:
        return
    try:
        if address.path.is_dir():
            raise CatalogueUnreadable(
                f"{address.shown} is a folder.", "Name the file of the catalogue in it, such as lineage.db."
            )
        found = address.path.exists()
    except OSError as error:
        raise CatalogueUnreadable(
            f"The catalogue at {address.shown} cannot be read: {error.strerror}.", "Check your rights to it."
        ) from error
    if not found:
        raise NoCatalogue(f"There is no catalogue at {address.shown}.", INIT)


def file_of(text: str) -> Path | None:
    """Give the file of a SQLite catalogue; None for one on a server. WrongUse for what is no address."""
    return address_of(text).path
