"""The only module that knows where ``templates/``, ``migrations/`` and ``catalog/`` lie.

In a checkout they lie beside the package; in an installed wheel inside it, as ``lineage/_content/<name>``.
A checkout wins, because an editable install can leave an old copy behind.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from lineage.errors import CannotAnswer

Name = Literal["templates", "migrations", "catalog"]

PACKAGE = Path(__file__).resolve().parent
DISTRIBUTION = "usage-cycle"


def content(name: Name) -> Path:
    """Return the folder of the content called ``name``."""
    return _find(PACKAGE, name)


def _find(package: Path, name: str) -> Path:
    beside = package.parent / name
    inside = package / "_content" / name
    if beside.is_dir() and _is_checkout(package.parent):
        return beside
    if inside.is_dir():
        return inside
    raise CannotAnswer(
        f"The folder {name} of this program is missing; looked for {beside} and {inside}.",
        f"Install {DISTRIBUTION} again, or run it from a complete checkout.",
    )


@cache
def _is_checkout(folder: Path) -> bool:
    """Whether ``folder`` is our source tree; a folder that merely has a pyproject.toml does not count."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError):
        return False
    return isinstance(project, dict) and project.get("name") == DISTRIBUTION
