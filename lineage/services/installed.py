"""The vocabulary and packs this program brings, read from ``catalog/`` into documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from lineage.content import content
from lineage.domain.canonical import without_empty
from lineage.domain.kinds import Declared
from lineage.domain.vocabulary import Vocabulary
from lineage.errors import CannotAnswer
from lineage.intake.packs import Names, read_pack
from lineage.intake.text import read_text
from lineage.intake.yaml_text import read_yaml
from lineage.source import Problem

VOCABULARY = ("purposes", "categories", "regimes", "countries", "enumerations")


def installed_documents() -> list[Declared]:
    """Give every vocabulary and pack document this program brings. CannotAnswer when one is damaged."""
    return list(_read_all(_state()))


def installed_vocabulary() -> Vocabulary:
    """Give the vocabulary this program brings."""
    return Vocabulary.of({document.key: document.body for document in _vocabulary()})


def beside(documents: Iterable[Declared], own: Collection[str]) -> list[Declared]:
    """Leave out the packs of this program that an organisation replaces by ``own`` ones of the same key."""
    return [d for d in documents if d.kind != "pack" or d.file or d.key not in own]


@lru_cache(maxsize=1)
def _read_all(_: tuple[tuple[str, int, int], ...]) -> tuple[Declared, ...]:
    """Read everything once a run: one command asks several times."""
    vocabulary = list(_vocabulary())
    names = Names.of(Vocabulary.of({document.key: document.body for document in vocabulary}))
    return (*vocabulary, *_packs(names))


def _state() -> tuple[tuple[str, int, int], ...]:
    """Tell the files apart from changed ones."""
    files = sorted(path for name in ("vocabulary", "packs") for path in (content("catalog") / name).rglob("*.yaml"))
    return tuple((str(path), (said := path.stat()).st_mtime_ns, said.st_size) for path in files)


def pack_folders() -> list[Path]:
    """Give the folders of the packs this program brings, sorted."""
    return sorted(path.parent for path in (content("catalog") / "packs").glob("*/pack.yaml"))


def _vocabulary() -> Iterator[Declared]:
    for name in VOCABULARY:
        path = content("catalog") / "vocabulary" / f"{name}.yaml"
        yield Declared.of("vocabulary", name, without_empty(_read(path)))


def _packs(names: Names) -> Iterator[Declared]:
    for folder in pack_folders():
        pack, body, problems = read_pack(folder, f"catalog/packs/{folder.name}", names)
        if problems:
            first = problems[0]
            raise CannotAnswer(f"{first.place}: {first.message}", first.fix)
        yield Declared.of("pack", pack.key, body)


def _read(path: Path) -> dict[str, Any]:
    text = read_text(path, f"catalog/vocabulary/{path.name}")
    data, problems = (None, [text]) if isinstance(text, Problem) else read_yaml(text, f"catalog/vocabulary/{path.name}")
    if problems or not isinstance(data, dict):
        first = problems[0] if problems else None
        raise CannotAnswer(
            f"the vocabulary {path.name} is damaged{f': {first.message}' if first else ''}", "install the program again"
        )
    return data
