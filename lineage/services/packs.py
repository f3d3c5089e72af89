"""Packs: list them, show their rules, run their cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lineage.errors import Refused
from lineage.gate.nearest import did_you_mean
from lineage.intake.packs import read_cases, read_pack
from lineage.policy.cases import CaseResult, run_cases
from lineage.policy.pack import Pack
from lineage.services.installed import pack_folders
from lineage.source import Problem


@dataclass(frozen=True, slots=True)
class PackRun:
    """The cases of some packs, run; and what is wrong with the packs."""

    results: tuple[CaseResult, ...]
    problems: tuple[Problem, ...]
    packs: int

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(result.passed for result in self.results)


def list_packs() -> list[dict[str, Any]]:
    """Describe every pack this program brings."""
    return [
        {
            "pack": p.key,
            "regime": p.regime,
            "version": p.version,
            "as_of": p.as_of,
            "rules": len(p.rules),
            "title": p.title,
            "about": p.about,
        }
        for p in (_pack(folder) for folder in pack_folders())
    ]


def show_pack(key: str) -> list[dict[str, Any]]:
    """Describe every rule of a pack. Raises Refused when there is none of that key."""
    rules = _pack(_folder(key)).rules
    names = (
        "code",
        "title",
        "scope",
        "stage",
        "about",
        "when",
        "require",
        "effect",
        "waivable",
        "message",
        "fix",
        "cite",
        "certainty",
    )
    return [{name: str(v) if not isinstance(v := getattr(rule, name), bool) else v for name in names} for rule in rules]


def run_packs(which: Sequence[str | Path]) -> PackRun:
    """Run the cases of packs named by key or folder; of all when none is named."""
    folders = [name if isinstance(name, Path) else _folder(name) for name in which] or pack_folders()
    results: list[CaseResult] = []
    problems: list[Problem] = []
    for folder in folders:
        pack, _, wrong = read_pack(folder, folder.name)
        cases, lacking = read_cases(folder, folder.name, pack)
        problems += [*wrong, *lacking]
        if not wrong:
            results += run_cases(pack, cases)
    return PackRun(tuple(results), tuple(problems), len(folders))


def _pack(folder: Path) -> Pack:
    return read_pack(folder, f"catalog/packs/{folder.name}")[0]


def _folder(key: str) -> Path:
    known = {folder.name: folder for folder in pack_folders()}
    if key not in known:
        raise Refused(f"there is no pack {key}", did_you_mean(key, known) or f"the packs are {', '.join(known)}")
    return known[key]
