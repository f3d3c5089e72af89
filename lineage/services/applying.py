"""Bring declarations into the catalogue: read, plan, write in one transaction, or write nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from lineage.domain.kinds import Declared
from lineage.domain.vocabulary import Vocabulary
from lineage.errors import Refused
from lineage.intake.declarations import Declarations, Progress, find_files, read_declarations
from lineage.intake.packs import BESIDE, in_pack, pack_folders
from lineage.services.changing import Done, Places, Request, carry_out
from lineage.services.files import lies_under, resolved
from lineage.services.installed import beside, installed_documents
from lineage.services.plans import Item, Plan, make_plan
from lineage.store.commands import Change
from lineage.store.database import Connection, Database
from lineage.store.documents import read_current, read_keys
from lineage.store.places import applied, forget_places, read_places, save_places


def read_against(
    database: Database, paths: Sequence[Path], progress: Progress | None = None, prune: Sequence[Path] = ()
) -> Declarations:
    """Read declarations; references may lead to what the catalogue holds already.

    What was last declared at or under ``prune`` counts only as far as it is declared again: the rest will be retired.
    """
    brought = installed_documents()
    paths = _there(database, paths) if prune else paths
    if prune and not find_files(paths, needed=False) and not list(pack_folders(paths)):
        return Declarations((), (), ())
    with database.reading() as connection:
        held: dict[str, set[str]] = {}
        gone = _under(applied(connection), roots(prune)) if prune else set()

        def known(kind: str) -> set[str]:
            if kind not in held:
                stored = read_keys(connection, kind) if kind in _REFERRED else set()
                held[kind] = stored - {key for of, key in gone if of == kind}
            return held[kind]

        own = [json.loads(row[3]) for row in read_current(connection, {"purpose"}) if row[1] in known("purpose")]
        vocabulary = Vocabulary.of({d.key: d.body for d in brought if d.kind == "vocabulary"}, own)
        return read_declarations(paths, vocabulary, known, progress)


def _there(database: Database, paths: Sequence[Path]) -> list[Path]:
    """Leave out paths that are gone, when something was last declared there: all of it is to be pruned."""
    with database.reading() as connection:
        last = applied(connection)
    return [path for path in paths if path.exists() or not _under(last, [path])]


def _under(last: Mapping[tuple[str, str], tuple[str, str]], roots: Sequence[Path]) -> set[tuple[str, str]]:
    """Give the documents that were last declared at or under ``roots``."""
    return {name for name, (file, _) in last.items() if any(lies_under(file, path) for path in roots)}


_REFERRED = frozenset(
    {"party", "audience", "touchpoint", "statement", "purpose", "element", "process", "outcome", "use"}
)


def plan_apply(
    database: Database, declarations: Declarations, prune: Sequence[Path] = (), on_conflict: str = "stop"
) -> Plan:
    """Work out what applying would change, the packs and vocabulary this program brings included."""
    with database.reading() as connection:
        documents = [*installed_documents(), *declarations.documents]
        return make_plan(connection, documents, roots(prune), on_conflict)


def laid_over(database: Database, declarations: Declarations) -> list[Declared]:
    """Give what applying declarations would bring, the packs and vocabulary of this program included.

    A pack the organisation brought stays, though this program has one of the same key.
    """
    own = {document.key for document in declarations.documents if document.kind == "pack"}
    with database.reading() as connection:
        own |= set(own_packs(connection))
    return [*beside(installed_documents(), own), *declarations.documents]


def own_packs(connection: Connection) -> dict[str, str]:
    """Give the packs that were last applied from a file of the organisation: key and the file of the head."""
    keys = [("pack", key) for key in sorted(read_keys(connection, "pack"))]
    return {key: file for (_, key), (file, _, _) in read_places(connection, keys).items()}


def roots(paths: Sequence[Path]) -> list[Path]:
    """Give the files and folders whose declarations are read with ``paths``: a pack is named by any of its files."""
    found: list[Path] = []
    for path in paths:
        found.append(path.parent if in_pack(path) else path)
        if path.is_file() and not in_pack(path):
            found.append(path.resolve().parent / BESIDE)
    return found


def apply_plan(
    database: Database, plan: Plan, request: Request, progress: Callable[[int, int], None] | None = None
) -> Done:
    """Carry out a plan. Raises Refused when something changed since it was made; then nothing is written."""
    if plan.conflicts:
        raise Refused(
            f"{len(plan.conflicts)} documents were changed in the catalogue since they were last applied",
            "see the plan, then use --on-conflict mine or theirs",
        )
    # An addition needs no version: adding what exists by now is refused by itself.
    expected = {(item.kind, item.key): item.version for item in plan.items if item.version}
    total = len(plan.items)
    told: Callable[[int], None] | None = (lambda done: progress(done, total)) if progress else None
    places = Places(_places(plan.documents), plan.forgotten)
    return carry_out(database, request, _changes(plan.items), expected, places=places, progress=told)


def keep_places(database: Database, plan: Plan) -> None:
    """Keep where documents are declared now, when nothing else changed: no journal entry, places are no facts."""
    with database.writing() as connection:
        save_places(connection, _places(plan.documents))
        forget_places(connection, plan.forgotten)


def _changes(items: Iterable[Item]) -> Iterator[Change]:
    for item in items:
        if item.operation == "retire":
            yield Change(item.kind, item.key, "retire", "", "")
        elif item.document is not None and item.operation in ("add", "change", "restore"):
            yield Change(item.kind, item.key, item.operation, item.document.text, item.document.digest)  # type: ignore[arg-type]


def _places(documents: Iterable[Declared]) -> Iterator[tuple[str, str, str, int, str, str]]:
    for document in documents:
        if document.file:
            yield document.kind, document.key, resolved(document.file), document.line, document.places, document.digest
