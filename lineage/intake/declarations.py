"""Files and folders of declarations into documents, with every problem of the whole load at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lineage.domain.kinds import CATALOGUE, Declared, references
from lineage.domain.vocabulary import Vocabulary
from lineage.errors import WrongUse
from lineage.gate.nearest import did_you_mean
from lineage.intake.consistency import consistency_problems
from lineage.intake.entries import ENDINGS, FileReading, read_file
from lineage.intake.packs import Names, in_pack, pack_folders, read_own_pack
from lineage.source import Place, Problem

PARALLEL_FROM = 4 * 1024 * 1024

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Declarations:
    """All documents of a load in order of declaration, the files read, and what is wrong."""

    documents: tuple[Declared, ...]
    problems: tuple[Problem, ...]
    files: tuple[str, ...]

    @property
    def undecodable(self) -> bool:
        """Whether a file could not be read as text at all (exit code 3)."""
        return any(problem.undecodable for problem in self.problems)


def find_files(paths: Iterable[Path], *, needed: bool = True) -> list[tuple[Path, str]]:
    """Give the declaration files at or under ``paths``, sorted, each with the name shown; files of packs are left out.

    Raises WrongUse when a path does not exist, or nothing at all is found where something is ``needed``.
    """
    paths = tuple(paths)
    found: dict[Path, str] = {}
    for path in paths:
        if not path.exists():
            raise WrongUse(f"there is no file or folder {path}", "check the path")
        if path.is_file():
            if not in_pack(path):
                found.setdefault(path.resolve(), _named(path))
            continue
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.suffix in ENDINGS and file.is_file() and not hidden and not in_pack(file):
                found.setdefault(file.resolve(), _named(file))
    if not found and needed:
        names = ", ".join(str(path) for path in paths)
        raise WrongUse(f"there are no declarations in {names}", f"put files ending in {', '.join(ENDINGS)} there")
    return sorted(found.items(), key=lambda item: item[1])


def _named(path: Path) -> str:
    """Give a path as text that can be printed and stored, whatever bytes its name is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def read_declarations(
    paths: Iterable[Path],
    vocabulary: Vocabulary,
    known: Callable[[str], Set[str]],
    progress: Progress | None = None,
) -> Declarations:
    """Read every declaration; ``known`` gives the keys of a kind that the store holds already.

    References are looked up among what is declared here, what the store holds and the vocabulary.
    """
    paths = tuple(paths)
    folders = pack_folders(paths)
    files = find_files(paths, needed=not folders)
    readings: list[FileReading] = []
    for done, reading in enumerate(_read_all(files), start=1):
        readings.append(reading)
        if progress:
            progress("reading", done, len(files))
    problems = [problem for reading in readings for problem in reading.problems]
    packs = list(_packs(folders, _names(vocabulary, readings), problems))
    documents: list[Declared] = []
    first: dict[tuple[str, str], Declared] = {}
    for group in (packs, *(reading.documents for reading in readings)):
        for document in group:
            other = first.setdefault((document.kind, document.key), document)
            if other is document:
                documents.append(document)
            elif not (document.kind in _UNDER and _repeated(document, first)):
                problems.append(_twice(document, other))
    unknown = _unknown(readings, documents, vocabulary, known)
    if unknown:
        broken = [document for reading in readings for document in reading.broken]
        problems.extend(_reference_problems([*documents, *broken], unknown, vocabulary))
    problems.extend(consistency_problems(documents, vocabulary))
    return Declarations(tuple(documents), tuple(sorted(set(problems))), tuple(shown for _, shown in files))


def _names(vocabulary: Vocabulary, readings: list[FileReading]) -> Names:
    """Give what packs may speak of: the vocabulary, and the purposes declared beside them."""
    declared = (document for reading in readings for document in (*reading.documents, *reading.broken))
    return Names.of(vocabulary, [document.key for document in declared if document.kind == "purpose"])


def _packs(folders: Iterable[Path], names: Names, problems: list[Problem]) -> Iterator[Declared]:
    for folder in folders:
        document, wrong = read_own_pack(folder, _named(folder), names)
        problems.extend(wrong)
        yield document


_UNDER = {"origin": "element", "consent": "element", "regulatory": "element", "outcome": "use", "insight": "use"}


def _repeated(document: Declared, first: Mapping[tuple[str, str], Declared]) -> bool:
    """Tell whether the parent is declared twice anyway, so that its parts need no problem of their own."""
    parent = first.get((_UNDER[document.kind], document.key.split("#")[0]))
    return parent is not None and parent.file != document.file


def _read_all(files: list[tuple[Path, str]]) -> Iterator[FileReading]:
    size = sum(path.stat().st_size for path, _ in files)
    if len(files) < 2 or size < PARALLEL_FROM:
        for path, shown in files:
            yield read_file(path, shown)
        return
    with ProcessPoolExecutor(max_workers=2, initializer=gc.disable) as pool:
        yield from pool.map(read_file, *zip(*files, strict=True))


def _twice(document: Declared, other: Declared) -> Problem:
    where = str(Place(other.file, other.line))
    alone = document.kind == CATALOGUE
    name = f"the {CATALOGUE}" if alone else f"{document.kind} {document.key}"
    fix = "keep one of them" if alone else "keep one of them, or give it another key"
    return Problem(
        Place(document.file, document.line), document.key, f"{name} is declared twice, first at {where}", fix
    )


Name = tuple[str, str]
HINTED = 50
"""For how many unknown names the nearest ones are looked for: that takes time for each, and a typing slip is rarely alone."""


def _unknown(
    readings: list[FileReading], documents: list[Declared], vocabulary: Vocabulary, known: Callable[[str], Set[str]]
) -> dict[Name, Set[str]]:
    """Give everything that is referred to and that nobody knows, each with the names there are."""
    names: dict[str, set[str]] = {
        "purpose": set(vocabulary.purposes),
        "category": set(vocabulary.categories),
        "regime": set(vocabulary.regimes),
        "country": set(vocabulary.countries),
        "operation": set(vocabulary.enumerations.get("operation", {})),
    }
    broken = [document for reading in readings for document in reading.broken]
    for document in (*broken, *documents):
        names.setdefault(document.kind, set()).add(document.key)
    referred = sorted({name for reading in readings for name in reading.referred})
    missing = [(kind, key) for kind, key in referred if key not in names.get(kind, ()) and key not in known(kind)]
    return {(kind, key): names.get(kind, set()) | known(kind) for kind, key in missing}


def _reference_problems(
    documents: list[Declared], unknown: Mapping[Name, Set[str]], vocabulary: Vocabulary
) -> Iterator[Problem]:
    """Find every place that refers to something unknown. The nearest names are looked for once a name."""
    hints = {
        name: _hint(*name, choices if number < HINTED else frozenset(), vocabulary)
        for number, (name, choices) in enumerate(unknown.items())
    }
    for document in documents:
        for path, kind, key in references(document.kind, document.body):
            if (kind, key) in hints:
                dotted = ".".join(str(step) for step in path if not isinstance(step, int))
                lines = document.lines
                line = next((lines[part] for part in (dotted, str(path[0])) if part in lines), document.line)
                place = Place(document.file, line)
                yield Problem(place, f"{document.key}: {dotted}", f"unknown {kind} {key}", hints[kind, key])


def _hint(kind: str, key: str, choices: Set[str], vocabulary: Vocabulary) -> str:
    if key in vocabulary.replaced:
        now = vocabulary.replaced[key]
        return f"the term was withdrawn: use {now}" if now else "the term was withdrawn without a successor"
    if kind == "country":
        return "write the two letters of ISO 3166, such as DE"
    return did_you_mean(key, choices) or f"declare the {kind} {key}, or correct the reference"
