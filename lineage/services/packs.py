"""Packs: list them, show their rules, run their cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage.errors import Refused
from lineage.gate.nearest import did_you_mean
from lineage.intake.packs import CASES_FILE, HEAD_FILE, Names, read_cases, read_pack
from lineage.intake.packs import pack_folders as folders_under
from lineage.policy.cases import CaseResult, run_cases
from lineage.policy.pack import Pack, Rule, parse_pack
from lineage.policy.regime_data import DatedList
from lineage.services.applying import own_packs
from lineage.services.files import shown
from lineage.services.installed import installed_vocabulary, pack_folders
from lineage.services.views import Frame, Times, frame_of, resolve_times
from lineage.source import Problem
from lineage.store.database import Database
from lineage.store.documents import read_current

INSTALLED, OWN = "installed", "own"


@dataclass(frozen=True, slots=True)
class PackRun:
    """The cases of some packs, run; and what is wrong with the packs."""

    results: tuple[tuple[str, CaseResult], ...]
    problems: tuple[Problem, ...]
    packs: int

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(result.passed for _, result in self.results)


@dataclass(frozen=True, slots=True)
class Found:
    """A pack, whether it is the program's or the organisation's own, and its folder where it is on this machine."""

    pack: Pack
    origin: str
    folder: Path | None


@dataclass(frozen=True, slots=True)
class Packs:
    """The packs of a catalogue, or those this program brings when there is none (then without ``frame``)."""

    found: tuple[Found, ...]
    frame: Frame | None


def packs_of(database: Database, times: Times) -> Packs:
    """Give the packs in force: those of the catalogue where there is one, else those of this program."""
    installed = {folder.name: folder for folder in pack_folders()}
    # Where a past day is asked for, the packs of this program are no answer: reading says that there is no catalogue.
    if times.as_of is None and not database.exists():
        return Packs(tuple(Found(_pack(folder), INSTALLED, folder) for folder in installed.values()), None)
    with database.reading() as connection:
        sequence = resolve_times(connection, times)[2]
        rows = [row for row in read_current(connection, {"pack"}, sequence) if not row[5]]
        own = own_packs(connection)
    found = []
    for _, key, _, body, _, _ in rows:
        folder = _existing(Path(own[key]).parent) if key in own else installed.get(key)
        origin = OWN if key in own or key not in installed else INSTALLED
        found.append(Found(parse_pack(json.loads(body))[0], origin, folder))
    return Packs(tuple(found), frame_of(database, times))


def describe(found: Found) -> dict[str, Any]:
    """Describe a pack in a line; ``cases`` is None when its files are not on this machine."""
    pack = found.pack
    return {
        "pack": pack.key,
        "from": found.origin,
        "regime": pack.regime,
        "version": pack.version,
        "as_of": pack.as_of,
        "in_force": pack.since or None,
        "rules": len(pack.rules),
        "cases": _count(found),
        "title": pack.title,
        "about": pack.about,
    }


def details(found: Found) -> dict[str, Any]:
    """Describe a pack with its levels of sensitivity, lists and sources."""
    pack = found.pack
    levels: dict[str, list[str]] = {}
    for category, level in pack.sensitivity.levels.items():
        levels.setdefault(level, []).append(category)
    return describe(found) | {
        "until": pack.until or None,
        "where": shown(str(found.folder)) if found.folder and found.origin == OWN else None,
        "disclaimer": pack.disclaimer,
        "sources": [dict(source) for source in pack.sources],
        "sensitivity": {
            "words": dict(pack.sensitivity.words),
            "levels": levels,
            "minors": pack.sensitivity.minors or None,
        },
        "lists": {name: _list(part) for name, part in sorted(pack.lists.items())},
        "retired": sorted(pack.retired),
    }


def _list(part: DatedList) -> dict[str, Any]:
    """Give a dated list as it is written in a pack; what is not said is left out."""
    entries = [{"country": e.country, "from": e.since, "until": e.until, "years": e.years or ""} for e in part.entries]
    said = {"as_of": part.as_of, "source": part.source, "years": part.years or ""}
    return {name: value for name, value in said.items() if value != ""} | {
        "entries": [{name: value for name, value in entry.items() if value != ""} for entry in entries]
    }


def find_pack(packs: Packs, key: str) -> Found:
    """Give the pack of a key. Raises Refused when there is none."""
    known = {found.pack.key: found for found in packs.found}
    if key not in known:
        raise Refused(f"there is no pack {key}", did_you_mean(key, known) or f"the packs are {', '.join(known)}")
    return known[key]


def rules_of(pack: Pack) -> list[dict[str, Any]]:
    """Describe every rule of a pack."""
    return [_rule(rule) for rule in pack.rules]


_FIELDS = (
    "code", "title", "scope", "stage", "about", "when", "require", "effect", "waivable", "message", "fix", "cite",
    "certainty", "cycle",
)  # fmt: skip


def _rule(rule: Rule) -> dict[str, Any]:
    said = {name: str(v) if not isinstance(v := getattr(rule, name), bool) else v for name in _FIELDS}
    return said | {"from": rule.since or None, "until": rule.until or None}


def run_packs(database: Database, times: Times, which: Sequence[str | Path]) -> PackRun:
    """Run the cases of packs named by key or folder, or of all packs under a folder; of the program's when none is named."""
    folders = list(_named(database, times, which)) if which else pack_folders()
    names = _names(database)
    results: list[tuple[str, CaseResult]] = []
    problems: list[Problem] = []
    for folder in folders:
        name = shown(str(folder))
        pack, _, wrong = read_pack(folder, name, names)
        cases, lacking = read_cases(folder, name, pack, names)
        problems += [*wrong, *lacking]
        if not wrong:
            results += [(pack.key, result) for result in run_cases(pack, cases)]
    return PackRun(tuple(results), tuple(problems), len(folders))


def _named(database: Database, times: Times, which: Sequence[str | Path]) -> Iterator[Path]:
    packs: Packs | None = None
    for name in which:
        if isinstance(name, Path):
            folders = folders_under([name])
            if not folders:
                raise Refused(f"there is no pack in {name}", f"a pack is a folder with {HEAD_FILE}")
            yield from folders
            continue
        packs = packs or packs_of(database, times)
        found = find_pack(packs, name)
        if found.folder is None:
            raise Refused(f"the files of the pack {name} are not here", "name the folder they lie in")
        yield found.folder


def _names(database: Database) -> Names:
    """Give what packs may speak of; without a catalogue nobody knows which purposes an organisation has of its own."""
    vocabulary = installed_vocabulary()
    if not database.exists():
        return Names.of(vocabulary, closed=False)
    with database.reading() as connection:
        purposes = [row[1] for row in read_current(connection, {"purpose"})]
    return Names.of(vocabulary, purposes)


def _pack(folder: Path) -> Pack:
    return read_pack(folder, f"catalog/packs/{folder.name}")[0]


def _existing(folder: Path) -> Path | None:
    return folder if (folder / CASES_FILE).is_file() else None


def _count(found: Found) -> int | None:
    return len(read_cases(found.folder, found.folder.name, found.pack)[0]) if found.folder else None
