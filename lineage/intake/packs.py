"""Pack folders into pack documents, with every mistake at its file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage.domain.canonical import without_empty
from lineage.domain.kinds import Declared
from lineage.domain.vocabulary import Vocabulary
from lineage.intake.messages import lines_of
from lineage.intake.text import read_text
from lineage.intake.yaml_text import read_yaml
from lineage.policy.cases import Case, failing, parse_cases, run_cases
from lineage.policy.flaws import compile_flaws
from lineage.policy.head import RULES, Known, unknown_names
from lineage.policy.literals import Words, words_of
from lineage.policy.pack import Flaw, Pack, parse_pack
from lineage.source import Place, Problem, line_of, path_text

HEAD_FILE, RULES_FILE, CASES_FILE = "pack.yaml", "rules.yaml", "cases.yaml"
FILES = (HEAD_FILE, RULES_FILE, CASES_FILE)
"""The files of a pack; a folder that holds the first is a pack."""
BESIDE = "packs"
"""A folder of this name beside a declaration file belongs to it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What packs may speak of: the vocabulary, and the names that facts with open values can have."""

    known: Known
    words: Words

    @classmethod
    def of(cls, vocabulary: Vocabulary, purposes: Iterable[str] = (), *, closed: bool = True) -> Names:
        """Take them out of a vocabulary; ``purposes`` are further own ones. Not ``closed``: there may be more purposes."""
        words = words_of(vocabulary, tuple(purposes))
        return cls(Known.of(vocabulary), words if closed else {k: v for k, v in words.items() if k != "purpose.above"})


def pack_folders(paths: Iterable[Path]) -> list[Path]:
    """Give the folders of packs at or under ``paths``, sorted: a file stands for its pack, or for ``packs`` beside it."""
    found: dict[Path, Path] = {}
    for path in paths:
        for folder in sorted(_folders(path)):
            found.setdefault(folder.resolve(), folder)
    return sorted(found.values())


def _folders(path: Path) -> Iterator[Path]:
    if not path.is_file():
        heads = path.rglob(HEAD_FILE)
        yield from (head.parent for head in heads if head.is_file() and not _hidden(head.relative_to(path)))
    elif in_pack(path):
        yield path.parent
    elif (path.parent / BESIDE).is_dir():
        yield from _folders(path.parent / BESIDE)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def in_pack(file: Path) -> bool:
    """Tell whether a file is one of the three of a pack."""
    return file.name in FILES and (file.parent / HEAD_FILE).is_file()


def read_pack(folder: Path, shown: str, names: Names | None = None) -> tuple[Pack, dict[str, Any], tuple[Problem, ...]]:
    """Read ``pack.yaml`` and ``rules.yaml`` of a folder; give the pack, its document's body, and every problem.

    Without ``names`` nothing is compared with the vocabulary.
    """
    reading = _read_pack(folder, shown, names)
    return reading.pack, reading.body, tuple(reading.problems)


def read_own_pack(folder: Path, shown: str, names: Names) -> tuple[Declared, tuple[Problem, ...]]:
    """Read a pack an organisation brings, and run its cases: one that fails is a problem."""
    reading = _read_pack(folder, shown, names)
    cases, problems, data = _cases(folder, shown, reading.pack, names, _refused(reading))
    if not reading.problems:
        flaws = failing(run_cases(reading.pack, cases))
        problems += [_problem(flaw, shown, data, CASES_FILE) for flaw in flaws]
    document = Declared.of("pack", reading.pack.key, reading.body, f"{shown}/{HEAD_FILE}", _lines(reading))
    return document, (*reading.problems, *problems)


def read_cases(
    folder: Path, shown: str, pack: Pack, names: Names | None = None
) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """Read ``cases.yaml`` of a pack folder; give its cases, and every problem, rules without cases included."""
    cases, problems, _ = _cases(folder, shown, pack, names)
    return cases, tuple(problems)


def _refused(reading: _Reading) -> frozenset[str]:
    """Give the ids of rules that are written down and have flaws of their own."""
    written = reading.body.get("rules")
    entries = written if isinstance(written, list) else ()
    ids = {str(entry.get("id")) for entry in entries if isinstance(entry, dict)}
    return frozenset(ids - {rule.id for rule in reading.pack.rules})


def _cases(
    folder: Path, shown: str, pack: Pack, names: Names | None, refused: Collection[str] = ()
) -> tuple[tuple[Case, ...], list[Problem], dict[str, Any]]:
    problems: list[Problem] = []
    data = _read(folder, CASES_FILE, shown, problems)
    if problems and not data:
        return (), problems, data
    cases, flaws = parse_cases(data, pack, names.words if names else None, refused)
    problems.extend(_problem(flaw, shown, data, CASES_FILE) for flaw in flaws)
    return cases, problems, data


@dataclass(frozen=True, slots=True)
class _Reading:
    pack: Pack
    body: dict[str, Any]
    problems: list[Problem]
    head: dict[str, Any]
    rules: dict[str, Any]


def _read_pack(folder: Path, shown: str, names: Names | None) -> _Reading:
    problems: list[Problem] = []
    head = _read(folder, HEAD_FILE, shown, problems)
    rules = _read(folder, RULES_FILE, shown, problems)
    problems += [_misplaced(name, shown, head, HEAD_FILE, RULES_FILE) for name in head if name in RULES]
    problems += [_misplaced(name, shown, rules, RULES_FILE, HEAD_FILE) for name in rules if name not in RULES]
    body = {name: value for name, value in without_empty(head).items() if name not in RULES}
    body |= {name: value for name, value in without_empty(rules).items() if name in RULES}
    pack, found = parse_pack(body)
    flaws = [*found, *compile_flaws(pack, body, names.words if names else None)]
    if names and not found:
        flaws += [Flaw(*wrong) for wrong in unknown_names(body, names.known)]
    for flaw in flaws:
        problems.append(_problem(flaw, shown, rules if flaw.path and flaw.path[0] in RULES else head))
    return _Reading(pack, body, problems, head, rules)


def _misplaced(name: str, shown: str, data: Any, file: str, other: str) -> Problem:
    fix = f"write {' or '.join(RULES)} there, and everything else in {HEAD_FILE}"
    if file == HEAD_FILE:
        fix = f"write it in {other}"
    return Problem(Place(f"{shown}/{file}", line_of(data, (name,))), name, f"{name} does not belong in {file}", fix)


def _lines(reading: _Reading) -> dict[str, int]:
    """Give the line of each field of the head, and of each rule in its own file as ``rules.ID``."""
    lines = lines_of(reading.head) if hasattr(reading.head, "lines") else {"": 1}
    for section in RULES:
        entries = reading.rules.get(section)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                lines[f"{section}.{entry.get('id')}"] = line_of(reading.rules, (section, index))
    return lines


def _read(folder: Path, name: str, shown: str, problems: list[Problem]) -> dict[str, Any]:
    if not (folder / name).exists():
        fix = f"a pack has the files {', '.join(FILES)}; see docs/packs.md"
        problems.append(Problem(Place(f"{shown}/{name}"), "", f"the pack has no {name}", fix))
        return {}
    text = read_text(folder / name, f"{shown}/{name}")
    if isinstance(text, Problem):
        problems.append(text)
        return {}
    data, found = read_yaml(text, f"{shown}/{name}")
    problems.extend(found)
    if data is not None and not isinstance(data, dict):
        problems.append(Problem(Place(f"{shown}/{name}", 1), "", "the file must be a mapping", "see docs/packs.md"))
        return {}
    return data or {}


def _problem(flaw: Flaw, shown: str, data: Any, name: str = "") -> Problem:
    file = name or (RULES_FILE if flaw.path and flaw.path[0] in RULES else HEAD_FILE)
    return Problem(Place(f"{shown}/{file}", line_of(data, flaw.path)), path_text(flaw.path), flaw.message, flaw.fix)
