"""The relational projection of today's documents: for people's queries and for foreign keys; nothing here reads it."""

from __future__ import annotations

from lineage.store.projection.differences import rebuild_differences
from lineage.store.projection.mapper import Mapper
from lineage.store.projection.mappers import MAPPERS

__all__ = ["MAPPERS", "Mapper", "rebuild_differences"]
