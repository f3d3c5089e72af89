"""Names of files: kept whole, so that they mean the same from any folder; shown as people would write them here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=4096)
def resolved(file: str) -> str:
    """Give the whole path of a file named from the folder we are in."""
    return str(Path(file).resolve())


def shown(file: str) -> str:
    """Give a file as it is named from the folder we are in, or whole when it lies elsewhere."""
    path = Path(file)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file
