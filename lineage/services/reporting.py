"""Write the HTML lineage report: judge once, compose element by element, and put the file in place whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from lineage import __version__
from lineage.errors import Refused, WrongUse
from lineage.gate.nearest import did_you_mean
from lineage.report.compose import ReportView, compose
from lineage.report.html import render
from lineage.services.checking import answers
from lineage.services.places import locate
from lineage.services.report_sealing import report_seal
from lineage.services.views import Times, View, open_view
from lineage.store.database import Database

WITH_PICTURES = 250
LARGE = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """The report's path, what its reader should know, and the view it was made of."""

    path: Path
    notes: tuple[str, ...]
    view: View


def write_report(
    database: Database,
    times: Times,
    out: str,
    keys: Sequence[str] = (),
    *,
    detail: str = "full",
    pictures: bool | None = None,
) -> Written:
    """Write the report of all elements, or of some.

    Raises Refused for an unknown element, WrongUse when the file cannot be written.
    """
    view = open_view(database, times, digest=True)
    for key in keys:
        if key not in view.table.elements:
            raise Refused(
                f"there is no element {key}", did_you_mean(key, view.table.elements) or "see lineage element list"
            )
    chosen = len(keys) or len(view.table.elements)
    drawn = chosen <= WITH_PICTURES if pictures is None else pictures
    path = Path(out)
    proof = report_seal(database, times.now)
    composed = compose_view(database, view, keys, detail="summary" if detail == "summary" else "full", pictures=drawn)
    size = _write(path, replace(composed, proof=proof.lines(view.entry)), lambda digest: proof.ending(view, digest))
    notes = [proof.note] if proof.note else []
    if not drawn and pictures is None and detail == "full":
        notes.append(f"{chosen} elements: their pictures are left out; name some elements, or say --pictures")
    if size > LARGE:
        notes.append(f"the report has {size / 1024 / 1024:.0f} MiB; --detail summary makes a short one")
    return Written(path.absolute(), tuple(notes), view)


def compose_view(
    database: Database, view: View, keys: Sequence[str], *, detail: Literal["summary", "full"], pictures: bool
) -> ReportView:
    """Gather what the report is composed of."""
    findings = (finding for answered in answers(view, keys) for finding in answered.findings)
    return ReportView(
        compiled=view.compiled,
        instant=view.at.microseconds,
        at=view.at.shown,
        at_utc=view.at.utc,
        as_of=view.as_of.shown,
        as_of_utc=view.as_of.utc,
        made_by=f"lineage {__version__}",
        where=locate(database, findings),
        keys=tuple(keys),
        pictures=pictures,
        detail=detail,
        command=" ".join(["lineage report", *keys, f"--at {view.at.shown}", f"--as-of {view.as_of.shown}"]),
    )


def _write(path: Path, view: ReportView, ending: Callable[[str], str]) -> int:
    """Write beside the place and move it there, so that nobody ever reads half a report.

    ``ending`` gives what stands behind it, told the SHA-256 of what stands before.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        digest = sha256()
        with os.fdopen(handle, "wb") as file:
            for part in render(compose(view)):
                data = part.encode()
                digest.update(data)
                file.write(data)
            file.write(ending(digest.hexdigest()).encode())
        made = Path(name)
        made.chmod(0o644)
        size = made.stat().st_size
        made.replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from None
        raise
    return size


def _unwritable(path: Path, error: OSError) -> WrongUse:
    return WrongUse(f"{path} cannot be written: {error.strerror}", "choose another file with --out")
