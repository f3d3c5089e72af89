"""All tables in one metadata: the record and the projection."""

from __future__ import annotations

from lineage.store import projection, tables
from lineage.store.columns import metadata

__all__ = ["metadata", "projection", "tables"]
