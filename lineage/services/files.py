"""Names of files: kept whole, so that they mean the same from any folder; shown as people would write them here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


def resolved(file: str) -> str:
    """Give the whole path of a file named from the folder we are in."""
    return _resolved(file, str(Path.cwd()))


@lru_cache(maxsize=4096)
def _resolved(file: str, folder: str) -> str:
    return str((Path(folder) / file).resolve())


def shown(file: str) -> str:
    """Give a file as it is named from the folder we are in, or whole when it lies elsewhere."""
    path = Path(file)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file


def lies_under(file: str, named: Path) -> bool:
    """Tell whether a kept file lies at or under a file or folder named now.

    A file that is not on this machine was declared from another checkout: there the name decides, so that whoever
    applies ``catalog`` continues what somebody else applied as ``catalog``.
    """
    return _lies_under(file, str(named), str(Path.cwd()))


@lru_cache(maxsize=4096)
def _lies_under(file: str, named: str, folder: str) -> bool:
    place, root = Path(file), (Path(folder) / named).resolve()
    if place == root or root in place.parents:
        return True
    if Path(named).is_absolute() or place.exists():
        return False
    tail = f"/{Path(named).as_posix()}"
    return place.as_posix().endswith(tail) or f"{tail}/" in place.as_posix()
