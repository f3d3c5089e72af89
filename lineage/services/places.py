"""Where findings point to: the line of the fact in the file that declared it, or of its nearest declared ancestor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lineage.domain.kinds import Declared
from lineage.gate.bundle_places import ancestors
from lineage.gate.findings import Finding
from lineage.services.files import resolved
from lineage.services.placed import Known, found_in
from lineage.store.database import Connection, Database
from lineage.store.places import has_more, read_places

Where = Callable[[Finding], str]


def locate(database: Database, findings: Iterable[Finding], overlay: Iterable[Declared] = ()) -> Where:
    """Give a function that tells each of ``findings`` its place; nothing for what no file declares.

    What stands in ``overlay`` is pointed to there, not where the catalogue has it from.
    """
    wanted = {key for finding in findings for key in ancestors(finding) if key[0]}
    with database.reading() as connection:
        return _where(connection, wanted, overlay)


def _where(connection: Connection, wanted: set[tuple[str, str]], overlay: Iterable[Declared]) -> Where:
    known = dict(read_places(connection, wanted))
    for document in overlay:
        if document.file and (document.kind, document.key) in wanted:
            known[document.kind, document.key] = resolved(document.file), document.line, document.lines

    return lambda finding: found_in(known, finding)


def read_places_of(database: Database, names: Iterable[tuple[str, str]]) -> Known:
    """Give where some documents are declared."""
    with database.reading() as connection:
        return read_places(connection, set(names))


def has_more_places(database: Database, than: int) -> bool:
    """Tell whether more documents than so many are declared in files."""
    with database.reading() as connection:
        return has_more(connection, than)
