"""Which of the known places a finding points to: the line of its fact, or of its nearest declared ancestor."""

from __future__ import annotations

from collections.abc import Mapping

from lineage.gate.bundle_places import ancestors
from lineage.gate.findings import Finding
from lineage.services.files import shown
from lineage.source import Place

Known = Mapping[tuple[str, str], tuple[str, int, Mapping[str, int]]]
"""File, line, and the lines of paths of documents by kind and key."""


def found_in(known: Known, finding: Finding) -> str:
    """Give the place of a finding among those known, or nothing."""
    for number, name in enumerate(ancestors(finding)):
        found = known.get(name)
        if found is not None:
            file, line, lines = found
            return str(Place(shown(file), _line(lines, finding.about) or line if number == 0 else line))
    return ""


def _line(lines: Mapping[str, int], path: str) -> int:
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return 0
