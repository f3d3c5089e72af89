"""Where findings point to: the line of the fact in the file that declared it, or of its nearest declared ancestor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lineage.domain.kinds import Declared
from lineage.gate.findings import Finding
from lineage.services.files import resolved, shown
from lineage.source import Place
from lineage.store.database import Connection, Database
from lineage.store.places import read_places

Where = Callable[[Finding], str]


def locate(database: Database, findings: Iterable[Finding], overlay: Iterable[Declared] = ()) -> Where:
    """Give a function that tells each of ``findings`` its place; nothing for what no file declares.

    What stands in ``overlay`` is pointed to there, not where the catalogue has it from.
    """
    wanted = {key for finding in findings for key in _ancestors(finding) if key[0]}
    with database.reading() as connection:
        return _where(connection, wanted, overlay)


def _where(connection: Connection, wanted: set[tuple[str, str]], overlay: Iterable[Declared]) -> Where:
    known = read_places(connection, wanted)
    for document in overlay:
        if document.file and (document.kind, document.key) in wanted:
            known[document.kind, document.key] = resolved(document.file), document.line, document.lines

    def where(finding: Finding) -> str:
        for number, key in enumerate(_ancestors(finding)):
            found = known.get(key)
            if found is not None:
                file, line, lines = found
                return str(Place(shown(file), _line(lines, finding.about) or line if number == 0 else line))
        return ""

    return where


def _line(lines: dict[str, int], path: str) -> int:
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return 0


def _ancestors(finding: Finding) -> list[tuple[str, str]]:
    """Give the document of a finding, then the ones it hangs under."""
    kind, key = finding.document
    if "#" not in key:
        return [(kind, key)]
    parent = "use" if kind in ("outcome", "insight") else "element"
    return [(kind, key), (parent, key.rpartition("#")[0])]
