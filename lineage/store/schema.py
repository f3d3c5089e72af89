"""Making and checking the tables. Alembic is loaded only inside these functions: answering questions never needs it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Connection, ForeignKeyConstraint, Table, UniqueConstraint, inspect

from lineage.content import content
from lineage.errors import CatalogueReadOnly, CatalogueTooNew
from lineage.store import engines, revisions
from lineage.store.address import address_of, require_file
from lineage.store.failures import explained

if TYPE_CHECKING:
    from alembic.config import Config

HEAD, REVISIONS, VERSION_TABLE = revisions.HEAD, revisions.REVISIONS, revisions.VERSION_TABLE
VARIABLE = "LINEAGE_CATALOG"


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a catalogue to this program's tables, all or nothing; give the migration before (None: new) and after.

    A SQLite file and its folder are made. CatalogueTooNew when a newer program made the catalogue, CatalogueReadOnly,
    CatalogueBusy, CatalogueUnreadable as the case may be.
    """
    shown = address_of(url).shown
    with changing(url) as connection:
        before = revision_of(connection)
        if before is not None and before not in REVISIONS:
            raise CatalogueTooNew(
                f"The catalogue at {shown} was made by a newer version of this program (it is at {before}).",
                "Install that version.",
            )
        if before != HEAD:
            from alembic import command

            command.upgrade(_config(connection), "head")
        if before not in {None, HEAD}:
            _fill(connection)
        return before, HEAD


def _fill(connection: Connection) -> None:
    """Fill tables that have just come in with what the documents say already: they may be older than their table."""
    from lineage.store import rebuilding

    if rebuilding.count_differences(connection):
        rebuilding.rebuild(connection)


def mend_guards(url: str) -> list[str]:
    """Make the guards anew when some are absent, altered or disabled; give what was wrong, none when all stood."""
    from lineage.store import guards

    with changing(url) as connection:
        found = guards.missing(connection)
        if found:
            guards.install(connection)
        return found


def downgrade(url: str, revision: str) -> None:
    """Take migrations back, down to ``revision`` (``base``: all of them). What the tables taken away held is lost."""
    with changing(url) as connection:
        from alembic import command

        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """Give the migration a catalogue is at; None when no migration ran there."""
    with _looking(url) as connection:
        return revision_of(connection)


def check(url: str) -> list[str]:
    """Give the differences between a catalogue's tables and those this program expects; none when all is well."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from lineage.store.registry import metadata

    with _looking(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = [_difference(item) for item in compare_metadata(context, metadata)]
        return [*found, *_checks(connection), *_keys(connection), *_guests(connection)]


def revision_of(connection: Connection) -> str | None:
    """Give the migration a database is at; None when no migration ran there."""
    if not connection.dialect.has_table(connection, VERSION_TABLE):
        return None
    return stored_revision(connection)


def stored_revision(connection: Connection) -> str | None:
    """Give the migration of a database whose table of versions is known to be there."""
    found: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    return found


@contextmanager
def changing(url: str) -> Iterator[Connection]:
    """Give a connection that alone changes tables, in one transaction; a SQLite file that is missing is made."""
    address = address_of(url)
    if address.path is not None:
        try:
            address.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogueReadOnly(
                f"The folder of {address.shown} cannot be made: {error.strerror}.", "Choose another folder."
            ) from error
    with (
        explained(address, writing=True),
        engines.writer(address, create=True).connect() as connection,
        connection.begin(),
    ):
        engines.take_lock(connection)
        yield connection


def by_hand() -> str:
    """Give the address for Alembic's own command line, which knows no other way to be told."""
    return os.environ.get(VARIABLE) or "sqlite:///lineage.db"


@contextmanager
def _looking(url: str) -> Iterator[Connection]:
    address = address_of(url)
    require_file(address)
    with explained(address), engines.reader(address).connect() as connection, connection.begin():
        yield connection


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(content("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _difference(item: Any) -> str:
    """Write one difference Alembic found; changes of a column come as a list."""
    if isinstance(item, list):
        return "; ".join(_difference(part) for part in item)
    what, *parts = item
    return " ".join([str(what).replace("_", " "), *(str(part) for part in parts if part is not None)])


def _checks(connection: Connection) -> Iterator[str]:
    """Compare check constraints, which Alembic does not: their names, and the words they list."""
    from lineage.store.registry import metadata

    inspector = inspect(connection)
    stored = set(inspector.get_table_names())
    for _, table in sorted(metadata.tables.items()):
        if table.name not in stored:
            continue
        wanted = {
            str(check.name): _words(str(check.sqltext))
            for check in table.constraints
            if isinstance(check, CheckConstraint)
        }
        found = {str(check["name"]): _words(check["sqltext"]) for check in inspector.get_check_constraints(table.name)}
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name) != found.get(name):
                state = "is missing" if name not in found else "is not known" if name not in wanted else "differs"
                yield f"check constraint {name} of {table.name} {state}"


_Keys = Counter[tuple[str, ...]]
"""Primary keys, unique and foreign keys of a table, each as a word and what it says, however often it is there."""


def _keys(connection: Connection) -> Iterator[str]:
    """Compare what keeps rows apart and together: without it a version could be there twice."""
    from lineage.store.registry import metadata

    inspector = inspect(connection)
    primary, unique = inspector.get_multi_pk_constraint(), inspector.get_multi_unique_constraints()
    foreign = inspector.get_multi_foreign_keys()
    for table in metadata.sorted_tables:
        name = (None, table.name)
        if name not in primary:
            continue
        found: _Keys = Counter()
        found[("primary key", *primary[name]["constrained_columns"])] += 1
        for one in unique[name]:
            found[("unique key", *one["column_names"])] += 1
        for reference in foreign[name]:
            options = reference.get("options", {})
            rest = ["deferred"] if options.get("initially") == "DEFERRED" else []
            rest += [f"{event} {options[event]}" for event in ("ondelete", "onupdate") if options.get(event)]
            columns = [
                *reference["constrained_columns"],
                "to",
                reference["referred_table"],
                *reference["referred_columns"],
            ]
            found[("foreign key", *columns, *rest)] += 1
        wanted = _wanted_keys(table)
        yield from (f"{' '.join(key)} of {table.name} is missing" for key in sorted((wanted - found).keys()))
        yield from (f"{' '.join(key)} of {table.name} is not known" for key in sorted((found - wanted).keys()))


def _wanted_keys(table: Table) -> _Keys:
    found: _Keys = Counter()
    found[("primary key", *(column.name for column in table.primary_key.columns))] += 1
    for one in table.constraints:
        names = [column.name for column in getattr(one, "columns", ())]
        if isinstance(one, UniqueConstraint):
            found[("unique key", *names)] += 1
        elif isinstance(one, ForeignKeyConstraint):
            rest = ["deferred"] if one.initially == "DEFERRED" else []
            targets = [element.column.name for element in one.elements]
            found[("foreign key", *names, "to", one.referred_table.name, *targets, *rest)] += 1
    return found


def _guests(connection: Connection) -> Iterator[str]:
    """Name views, and on SQLite keys that let a row take the place of another; unknown tables Alembic names."""
    postgres = connection.dialect.name == "postgresql"
    for (name,) in connection.exec_driver_sql(_VIEWS if postgres else _SQLITE_VIEWS):
        yield f"view {name} is not known"
    if not postgres:
        for name, sql in connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ):
            if re.search(r"\bON\s+CONFLICT\b", sql, re.IGNORECASE):
                yield f"table {name} says what becomes of rows in conflict"


_SQLITE_VIEWS = "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name"
# Those that an extension brought along are its own business.
_VIEWS = (
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('v', 'm', 'f')"
    " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1"
)


def _words(sql: str) -> frozenset[str]:
    return frozenset(re.findall(r"'([^']*)'", sql))
