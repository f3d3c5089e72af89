"""The consoles of the journeys."""

from __future__ import annotations

from tests.journeys.conftest import bare, empty, made_empty, made_shop, shop

__all__ = ["bare", "empty", "made_empty", "made_shop", "shop"]
