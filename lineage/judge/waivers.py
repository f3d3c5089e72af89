"""Waivers: findings accepted for a time, by somebody else than who asked."""

from __future__ import annotations

from lineage.domain.days import after
from lineage.gate.purposes import Purposes
from lineage.gate.table import ALWAYS
from lineage.judge.material import Body, Material


class Waiver:
    """A waiver ready to be matched; one that was not approved by somebody else matches nothing."""

    __slots__ = ("_covers", "pattern", "until")

    def __init__(self, body: Body, material: Material) -> None:
        self.pattern = str(body["finding"])
        self._covers: Body = body.get("covers") or {}
        asked, approved = body.get("requested_by"), body.get("approved_by")
        sound = asked and approved and asked != approved and body.get("until") and body.get("reason") and self._covers
        self.until = after(body["until"], material.zone) if sound else ALWAYS

    def fits(self, use: Body, regimes: tuple[str, ...], purposes: Purposes) -> bool:
        """Tell whether it covers a use: OR within a key, AND across keys; a purpose covers narrower ones."""
        if self.until == ALWAYS:
            return False
        covers = self._covers
        covering = purposes.covering(use["purpose"])
        return (
            ("elements" not in covers or use["element"] in covers["elements"])
            and ("processes" not in covers or use.get("process") in covers["processes"])
            and ("purposes" not in covers or any(key in covering for key in covers["purposes"]))
            and ("regimes" not in covers or bool(set(covers["regimes"]) & set(regimes)))
        )
