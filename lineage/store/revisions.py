"""The migrations this program knows. On its own, so that a kept table can be read without loading what makes tables."""

from __future__ import annotations

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Oldest first; a test compares them with the folder."""

HEAD = REVISIONS[-1]
VERSION_TABLE = "alembic_version"
