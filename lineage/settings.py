"""Settings, read once at the edge: flag, then environment, then default."""

from __future__ import annotations

from dataclasses import dataclass

CATALOG = "LINEAGE_CATALOG"
USER = "LINEAGE_USER"
DEFAULT_CATALOG = "sqlite:///lineage.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """What every command may be told."""

    catalog: str = DEFAULT_CATALOG
    at: str | None = None
    as_of: str | None = None
    format: str | None = None
    out: str | None = None
    by: str | None = None
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
